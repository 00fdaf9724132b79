"""The chain that draws one cohort, compiled: structure, first guess, Metropolis moves to an exact state."""

from __future__ import annotations

import math

import numpy as np

from blina.reconstruct import kernels as k
from blina.reconstruct.compiled import compiled
from blina.reconstruct.tables import EARLIEST, LONG_TERM, RELAPSE_FREE, RFS, Counts, Settings, Timing

NEVER = 1 << 40


@compiled()
def count_loss(total: np.ndarray, counts: Counts) -> float:
    """Return by how many patients the counts are off."""
    loss = 0.0
    for c in range(len(total)):
        if total[c] < counts.low[c]:
            loss += (counts.low[c] - total[c]) / counts.scale[c]
        elif total[c] > counts.high[c]:
            loss += (total[c] - counts.high[c]) / counts.scale[c]
    return loss


@compiled()
def same_roles(roles: np.ndarray, one: int, other: int) -> bool:
    """Say whether two types mean the same for the times."""
    same = True
    for c in range(roles.shape[1]):
        same = same and roles[one, c] == roles[other, c]
    return same


@compiled()
def shuffle_structure(
    state: np.ndarray, counts: Counts, roles: np.ndarray, moves: int, kind: np.ndarray, keep: bool
) -> None:
    """Change the type of each patient by a random walk that begins and ends where all counts hold.

    With `keep` only what has no bearing on the times changes. Its stationary law is uniform over the
    assignments of allowed types. On the way the counts may be off (weight exp(-2 · patients off)), so that
    the walk is not confined to the neighbourhood of its start.
    """
    n, columns = len(kind), len(counts.size)
    if columns == 0 or moves == 0:
        return
    size = len(counts.low)
    total = np.zeros(size)
    for i in range(n):
        for c in range(size):
            total[c] += counts.coef[kind[i], c]
    trial, best = np.empty(size), kind.copy()
    loss = count_loss(total, counts)
    for step in range(2 * moves):
        if step >= moves and loss < 1e-6:
            break
        i, column = k.below(state, n), k.below(state, columns)
        stride, values = counts.stride[column], counts.size[column]
        here = (kind[i] // stride) % values
        j = i
        if k.uniform(state) < 0.7:
            j = k.below(state, n)
            there = (kind[j] // stride) % values
        else:
            there = k.below(state, values)
        if here == there:
            continue
        new_i = kind[i] + (there - here) * stride
        new_j = kind[j] if j == i else kind[j] + (here - there) * stride
        if not counts.allowed[new_i] or (j != i and not counts.allowed[new_j]):
            continue
        if keep and not (same_roles(roles, kind[i], new_i) and same_roles(roles, kind[j], new_j)):
            continue
        for c in range(size):
            trial[c] = total[c] + counts.coef[new_i, c] - counts.coef[kind[i], c]
            if j != i:
                trial[c] += counts.coef[new_j, c] - counts.coef[kind[j], c]
        new_loss = count_loss(trial, counts)
        sharp = 2.0 if step < moves else 4.0
        if new_loss <= loss or k.uniform(state) < math.exp(-sharp * (new_loss - loss)):
            kind[i] = new_i
            if j != i:
                kind[j] = new_j
            total[:] = trial
            loss = new_loss
            if loss < 1e-6:
                best[:] = kind
    if loss >= 1e-6:
        kind[:] = best


@compiled()
def log_normal(x: float, mean: float, sd: float) -> float:
    """Return the normal log density without its constant."""
    return -0.5 * ((x - mean) / sd) ** 2


@compiled()
def log_beta_logit(x: float, a: float, b: float) -> float:
    """Return the log density of the logit of a Beta(a, b) variable without its constant."""
    return -a * math.log1p(math.exp(-x)) - b * math.log1p(math.exp(x))


@compiled()
def log_hyper_hazard(theta: np.ndarray, centre: float, hyper: np.ndarray) -> float:
    """Return the log hyperprior of one hazard; `hyper` as in prior.Hyperprior."""
    value = log_normal(theta[0], centre, hyper[1])
    for j in range(1, len(theta) - 1):
        value += log_normal(theta[j], theta[j - 1], hyper[2])
    return value + log_beta_logit(theta[-1], hyper[3], hyper[4])


@compiled()
def log_hyper_cens(cens: np.ndarray, hyper: np.ndarray) -> float:
    """Return the log hyperprior of the censoring parameters."""
    return (
        log_normal(cens[0], hyper[5], hyper[6])
        + log_beta_logit(cens[1], hyper[7], hyper[8])
        + log_beta_logit(cens[2], hyper[9], hyper[10])
    )


@compiled()
def draw_gamma(state: np.ndarray, shape: float) -> float:
    """Return a gamma variable (Marsaglia and Tsang; shapes below 1 by Stuart's power)."""
    boost = 1.0
    if shape < 1.0:
        boost = k.uniform(state) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = k.normal(state)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(k.uniform(state)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v * boost


@compiled()
def draw_beta_logit(state: np.ndarray, a: float, b: float) -> float:
    """Return the logit of a Beta(a, b) variable."""
    return math.log(max(draw_gamma(state, a), 1e-300)) - math.log(max(draw_gamma(state, b), 1e-300))


@compiled()
def draw_hazard(state: np.ndarray, centre: float, hyper: np.ndarray, theta: np.ndarray) -> None:
    """Draw the parameters of one hazard from the hyperprior."""
    theta[0] = centre + hyper[1] * k.normal(state)
    for j in range(1, len(theta) - 1):
        theta[j] = theta[j - 1] + hyper[2] * k.normal(state)
    theta[-1] = draw_beta_logit(state, hyper[3], hyper[4])


@compiled()
def draw_cens(state: np.ndarray, hyper: np.ndarray, cens: np.ndarray) -> None:
    """Draw the censoring parameters from the hyperprior."""
    cens[0] = hyper[5] + hyper[6] * k.normal(state)
    cens[1] = draw_beta_logit(state, hyper[7], hyper[8])
    cens[2] = draw_beta_logit(state, hyper[9], hyper[10])


@compiled()
def log_relapse(relapsed: int, relapse: int, time: int, origin: int, table: np.ndarray) -> float:
    """Return the log prior probability of the relapse day, or of none before `time`."""
    if relapsed == 1:
        return k.log_event(relapse - origin, table)
    return k.log_survival(time - 1 - origin, table)


@compiled()
def distance(value: float, low: float, high: float, unit: float) -> float:
    """Return the loss of a time outside its interval: rises at once, then with the log of the distance."""
    if value < low - 1e-6:
        return 0.5 + math.log1p((low - value) / unit)
    if value > high + 1e-6:
        return 0.5 + math.log1p((value - high) / unit)
    return 0.0


@compiled()
def quantile_loss(value: float, end: float, low: float, high: float, m: int) -> float:
    """Return the loss of a quantile; `end` is where its curve ends, for the cases 'not reached'."""
    if low == math.inf:
        return 0.0 if value == math.inf else 0.5 + m * max(0.0, 0.5 - end)
    if value == math.inf:
        return 3.0 + (m * (end - 0.5) if end < 1.5 else 1.0)
    return distance(value, low, high, 5.0)


@compiled()
def group_loss(
    g: int,
    keys: np.ndarray,
    m: int,
    x: np.ndarray,
    timing: Timing,
    settings: Settings,
    summary: np.ndarray,
    bound: float,
) -> float:
    """Return how far the claims of one group are from holding; 0 if all hold.

    Beyond `bound` the sum need not be complete: it is a refusal in any case.
    """
    first, end = timing.first[g], timing.first[g + 1]
    if first == end or m == 0:
        return 0.0
    k.curve_summary(keys, m, settings.z, settings.conf, timing.limits[g], summary)
    loss = 0.0
    for c in range(first, end):
        if loss > bound:
            break
        what, low, high = timing.statistic[c], timing.low[c], timing.high[c]
        if what == k.EVENTS:
            loss += abs(summary[0] - low)
        elif what == k.MEDIAN:
            loss += quantile_loss(summary[1], summary[8], low, high, m)
        elif what == k.LOWER:
            loss += quantile_loss(summary[2], summary[9], low, high, m)
        elif what == k.UPPER:
            loss += quantile_loss(summary[3], summary[10], low, high, m)
        elif what == k.SURVIVAL:
            s = k.survival_at(keys, m, timing.at[c])
            if s < low - 1e-11:
                loss += 0.5 + m * (low - s)
            elif s > high + 1e-11:
                loss += 0.5 + m * (s - high)
        elif what == k.COUNT:
            loss += abs(k.count_from(keys, m, timing.at[c]) - low)
        elif what == k.FU_MEDIAN:
            value = k.observed_median(keys, m) if settings.observed_followup else summary[4]
            loss += quantile_loss(value, 2.0, low, high, m)
        elif what == k.FU_MIN:
            loss += distance(summary[6], low, high, 5.0)
        elif what == k.FU_MAX:
            loss += distance(summary[7], low, high, 5.0)
        elif what == k.PLATEAU:
            loss += distance(summary[5], 0.0 if settings.before_plateau else low, high, 5.0)
        elif what == k.MANTEL_BYAR:
            chi2 = k.mantel_byar_chi2(keys, m, x, settings.at_tie)
            if chi2 < low:
                loss += 0.3 + (low - chi2)
            elif chi2 > high:
                loss += 0.3 + (chi2 - high)
    return loss


@compiled()
def decisive(what: int, m: int, summary: np.ndarray) -> tuple[int, float]:
    """Return the position of the key that decides a statistic, -1 if none does, and the statistic in days."""
    position, value = math.inf, math.inf
    if what == k.MEDIAN:
        position, value = summary[11], summary[1]
    elif what == k.LOWER:
        position, value = summary[12], summary[2]
    elif what == k.UPPER:
        position, value = summary[13], summary[3]
    elif what == k.FU_MEDIAN:
        position, value = summary[14], summary[4]
    elif what == k.PLATEAU:
        position, value = summary[15], summary[5]
    elif what == k.FU_MIN:
        position, value = 0.0, summary[6]
    elif what == k.FU_MAX:
        position, value = m - 1.0, summary[7]
    return (int(position), value) if position < math.inf else (-1, value)


@compiled()
def possible(
    kind: int,
    time: int,
    event: int,
    relapsed: int,
    relapse: int,
    origin: int,
    roles: np.ndarray,
    settings: Settings,
) -> bool:
    """Say whether one patient's times agree with their roles."""
    if time < roles[kind, EARLIEST] or time > settings.limit or time <= origin:
        return False
    term = roles[kind, LONG_TERM]
    if (term == 1 and time < settings.cut) or (term == 2 and time >= settings.cut):
        return False
    if relapsed == 1 and (roles[kind, RFS] == 0 or relapse <= origin or relapse >= time):
        return False
    free = roles[kind, RELAPSE_FREE]
    if free == 1:
        return event == 0 and relapsed == 0
    return free != 2 or event == 1 or relapsed == 1


@compiled()
def draw_bends(state: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Return for each stretch between printed points how the hazard rises (above 1) or falls along it."""
    bends = np.ones(len(days))
    for j in range(len(days)):
        bends[j] = math.exp(0.5 * k.normal(state))
    return bends


@compiled()
def start_day(u: float, days: np.ndarray, hazard: np.ndarray, bends: np.ndarray, limit: int) -> int:
    """Return the day at which the curve through the printed points falls to `u`, or `limit`."""
    target = -math.log(u)
    for j in range(1, len(days)):
        if hazard[j] >= target:
            share = (target - hazard[j - 1]) / max(hazard[j] - hazard[j - 1], 1e-12)
            share = max(share, 0.0) ** (1.0 / bends[j])
            return max(1, math.ceil(days[j - 1] + share * (days[j] - days[j - 1])))
    return limit


@compiled()
def shuffled(state: np.ndarray, n: int) -> np.ndarray:
    """Return 0 … n - 1 in random order."""
    order = np.arange(n)
    for i in range(n - 1, 0, -1):
        j = k.below(state, i + 1)
        order[i], order[j] = order[j], order[i]
    return order
