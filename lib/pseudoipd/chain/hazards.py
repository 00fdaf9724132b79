"""The prior in compiled form: probabilities of days, and draws from it; `prior` says what it means."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.random_numbers import draw_beta_logit, normal, uniform


@compiled()
def tabulate(edges: np.ndarray, theta: np.ndarray, table: np.ndarray) -> None:
    """Fill `table` [3, pieces]: first day, hazard, cumulative hazard there; table[3, 0] the cured fraction.

    theta holds the log hazard per day of each piece, then the logit of the cured fraction.
    """
    total = 0.0
    for j in range(len(edges)):
        table[0, j] = edges[j]
        table[1, j] = math.exp(theta[j])
        table[2, j] = total
        if j + 1 < len(edges):
            total += table[1, j] * (edges[j + 1] - edges[j])
    table[3, 0] = 1.0 / (1.0 + math.exp(-theta[-1]))


@compiled()
def tabulate_censoring(cens: np.ndarray, horizon: float, table: np.ndarray) -> None:
    """Fill `table`: shortest and longest follow-up in days, rate of early loss per day, shape of accrual.

    `cens` holds log of the longest follow-up b in days, logit of a / b, logit of the share lost by `horizon`,
    and log of the shape.
    """
    table[1] = math.exp(cens[0])
    table[0] = table[1] / (1.0 + math.exp(-cens[1]))
    table[2] = -math.log1p(-1.0 / (1.0 + math.exp(-cens[2]))) / horizon
    table[3] = math.exp(cens[3])


@compiled()
def survival_probability(day: float, table: np.ndarray) -> float:
    """Return P(T > day)."""
    if day <= 0:
        return 1.0
    j = table.shape[1] - 1
    while table[0, j] > day:
        j -= 1
    cured = table[3, 0]
    return cured + (1.0 - cured) * math.exp(-table[2, j] - table[1, j] * (day - table[0, j]))


@compiled()
def log_event(day: int, table: np.ndarray) -> float:
    """Return log P(day - 1 < T ≤ day)."""
    p = survival_probability(day - 1.0, table) - survival_probability(float(day), table)
    return math.log(p) if p > 1e-300 else -700.0


@compiled()
def log_survival(day: int, table: np.ndarray) -> float:
    """Return log P(T > day)."""
    p = survival_probability(float(day), table)
    return math.log(p) if p > 1e-300 else -700.0


@compiled()
def under_observation(day: float, cens: np.ndarray) -> float:
    """Return P(C > day): staggered entry before one cut-off, and exponential early loss."""
    if day <= 0:
        return 1.0
    if day >= cens[1]:
        return 0.0
    log_kept = -cens[2] * day
    if day > cens[0]:
        log_kept += cens[3] * math.log((cens[1] - day) / (cens[1] - cens[0]))
    return math.exp(log_kept)


@compiled()
def log_observed(day: int, event: int, table: np.ndarray, cens: np.ndarray) -> float:
    """Return the log prior probability of being observed to `day`, with or without the event there."""
    if event == 1:
        p = under_observation(day - 1.0, cens)
        p *= survival_probability(day - 1.0, table) - survival_probability(float(day), table)
    else:
        p = under_observation(day - 1.0, cens) - under_observation(float(day), cens)
        p *= survival_probability(float(day), table)
    return math.log(p) if p > 1e-300 else -700.0


@compiled()
def draw_event_day(state: np.ndarray, table: np.ndarray, limit: int) -> int:
    """Return a day of the event from the prior, or `limit` for cured or later."""
    return day_of(uniform(state), table, limit)


@compiled()
def day_of(u: float, table: np.ndarray, limit: int) -> int:
    """Return the day by which P(T > day) has fallen to `u`, or `limit` for never or later."""
    cured = table[3, 0]
    if u <= cured:
        return limit
    target = -math.log((u - cured) / (1.0 - cured))
    j = table.shape[1] - 1
    while table[2, j] > target:
        j -= 1
    return min(limit, max(1, math.ceil(table[0, j] + (target - table[2, j]) / table[1, j])))


@compiled()
def draw_censoring_day(state: np.ndarray, cens: np.ndarray) -> int:
    """Return a day of last contact from the prior."""
    cutoff = cens[1] - uniform(state) ** (1.0 / cens[3]) * (cens[1] - cens[0])
    loss = -math.log(uniform(state)) / cens[2]
    return max(1, math.ceil(min(cutoff, loss)))


@compiled()
def log_normal(x: float, mean: float, sd: float) -> float:
    """Return the normal log density without its constant."""
    return -0.5 * ((x - mean) / sd) ** 2


@compiled()
def log_beta_logit(x: float, a: float, b: float) -> float:
    """Return the log density of the logit of a Beta(a, b) variable without its constant."""
    return -a * math.log1p(math.exp(-x)) - b * math.log1p(math.exp(x))


@compiled()
def log_steps(theta: np.ndarray, distance: np.ndarray, step_sd: float, trend_sd: float) -> float:
    """Return the log density, without its constant, of the steps between log hazards, whatever the trend.

    With the trend integrated out the steps are normal with covariance step_sd² I + trend_sd² d d', d the
    `distance` in log time; its inverse is that of Sherman and Morrison (1950).
    """
    squares = along = length = 0.0
    for j in range(1, len(theta) - 1):
        step = theta[j] - theta[j - 1]
        squares += step * step
        along += step * distance[j - 1]
        length += distance[j - 1] ** 2
    shared = (trend_sd * along) ** 2 / (step_sd**2 + trend_sd**2 * length)
    return -0.5 * (squares - shared) / step_sd**2


@compiled()
def log_hyper_hazard(theta: np.ndarray, centre: float, distance: np.ndarray, hyper: np.ndarray) -> float:
    """Return the log hyperprior of one hazard; `distance` as prior.log_time_steps, `hyper` as Hyperprior."""
    value = log_normal(theta[0], centre, hyper[1]) + log_steps(theta, distance, hyper[2], hyper[13])
    return value + log_beta_logit(theta[-1], hyper[3], hyper[4])


@compiled()
def log_hyper_cens(cens: np.ndarray, hyper: np.ndarray) -> float:
    """Return the log hyperprior of the censoring parameters."""
    return (
        log_normal(cens[0], hyper[5], hyper[6])
        + log_beta_logit(cens[1], hyper[7], hyper[8])
        + log_beta_logit(cens[2], hyper[9], hyper[10])
        + log_normal(cens[3], 0.0, hyper[11])
    )


@compiled()
def draw_hazard(
    state: np.ndarray, centre: float, distance: np.ndarray, hyper: np.ndarray, theta: np.ndarray
) -> None:
    """Draw the parameters of one hazard from the hyperprior."""
    theta[0] = centre + hyper[1] * normal(state)
    trend = hyper[13] * normal(state)
    for j in range(1, len(theta) - 1):
        theta[j] = theta[j - 1] + trend * distance[j - 1] + hyper[2] * normal(state)
    theta[-1] = draw_beta_logit(state, hyper[3], hyper[4])


@compiled()
def draw_cens(state: np.ndarray, hyper: np.ndarray, cens: np.ndarray) -> None:
    """Draw the censoring parameters from the hyperprior."""
    cens[0] = hyper[5] + hyper[6] * normal(state)
    cens[1] = draw_beta_logit(state, hyper[7], hyper[8])
    cens[2] = draw_beta_logit(state, hyper[9], hyper[10])
    cens[3] = hyper[11] * normal(state)


@compiled()
def log_relapse(relapsed: int, relapse: int, time: int, origin: int, table: np.ndarray) -> float:
    """Return the log prior probability of the relapse day, or of none before `time`."""
    if relapsed == 1:
        return log_event(relapse - origin, table)
    return log_survival(time - 1 - origin, table)
