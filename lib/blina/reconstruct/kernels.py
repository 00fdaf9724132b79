"""Compiled helpers of the sampler: random numbers, the prior's probabilities, statistics of sorted keys.

A *key* packs one patient's observation so that plain integer order is the order of the Kaplan-Meier table:
day, then events before censorings, then the patient. Nothing is compiled at import; numba compiles a
function when it is first called and keeps the result on disk.
"""

from __future__ import annotations

import math

import numba
import numpy as np

PATIENT_BITS = 13
MAX_PATIENTS = 1 << PATIENT_BITS
DAY_SHIFT = PATIENT_BITS + 1

# Codes of the statistics in the compiled tables.
EVENTS, MEDIAN, LOWER, UPPER, SURVIVAL, COUNT, FU_MEDIAN, FU_MIN, FU_MAX, PLATEAU, MANTEL_BYAR = range(1, 12)
LOG_LOG, LOG, PLAIN = range(3)

# Rows of the summary that `curve_summary` fills.
_EVENTS, _MEDIAN, _LOWER, _UPPER, _FU, _LAST, _MIN, _MAX, _S_END, _LOWER_END, _UPPER_END = range(11)
SUMMARY = 11

TOLERANCE = 1e-9


@numba.njit(cache=True, inline="always")
def _rotl(x: np.uint64, k: int) -> np.uint64:
    return (x << np.uint64(k)) | (x >> np.uint64(64 - k))


@numba.njit(cache=True)
def uniform(state: np.ndarray) -> float:
    """Return the next number in (0, 1) of xoshiro256+ (Blackman and Vigna); `state` holds four words."""
    result = state[0] + state[3]
    t = state[1] << np.uint64(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= t
    state[3] = _rotl(state[3], 45)
    return (float(result >> np.uint64(11)) + 0.5) * (1.0 / 9007199254740992.0)


@numba.njit(cache=True)
def below(state: np.ndarray, n: int) -> int:
    """Return a whole number from 0 to n - 1."""
    return int(uniform(state) * n)


@numba.njit(cache=True)
def normal(state: np.ndarray) -> float:
    """Return a standard normal number (Box and Muller)."""
    return math.sqrt(-2.0 * math.log(uniform(state))) * math.cos(2.0 * math.pi * uniform(state))


@numba.njit(cache=True)
def cumulative_hazard(day: float, edges: np.ndarray, theta: np.ndarray) -> float:
    """Return H(day) of the piecewise constant hazard exp(theta[k]) per day from edges[k] on."""
    total = 0.0
    last = len(edges) - 1
    for k in range(last):
        if day <= edges[k + 1]:
            return total + math.exp(theta[k]) * (day - edges[k])
        total += math.exp(theta[k]) * (edges[k + 1] - edges[k])
    return total + math.exp(theta[last]) * (day - edges[last])


@numba.njit(cache=True)
def survival_probability(day: float, edges: np.ndarray, theta: np.ndarray) -> float:
    """Return P(T > day) with the cured fraction 1 / (1 + exp(-theta[-1]))."""
    if day <= 0:
        return 1.0
    cured = 1.0 / (1.0 + math.exp(-theta[-1]))
    return cured + (1.0 - cured) * math.exp(-cumulative_hazard(day, edges, theta))


@numba.njit(cache=True)
def log_event(day: int, edges: np.ndarray, theta: np.ndarray) -> float:
    """Return log P(day - 1 < T ≤ day)."""
    p = survival_probability(day - 1.0, edges, theta) - survival_probability(float(day), edges, theta)
    return math.log(p) if p > 1e-300 else -700.0


@numba.njit(cache=True)
def log_survival(day: int, edges: np.ndarray, theta: np.ndarray) -> float:
    """Return log P(T > day)."""
    p = survival_probability(float(day), edges, theta)
    return math.log(p) if p > 1e-300 else -700.0


@numba.njit(cache=True)
def under_observation(day: float, cens: np.ndarray, horizon: float) -> float:
    """Return P(C > day): uniform staggered entry before one cut-off, and exponential early loss.

    `cens` holds log of the longest follow-up b in days, logit of a / b, logit of the share lost by `horizon`.
    """
    if day <= 0:
        return 1.0
    longest = math.exp(cens[0])
    if day >= longest:
        return 0.0
    shortest = longest / (1.0 + math.exp(-cens[1]))
    kept = 1.0 if day <= shortest else (longest - day) / (longest - shortest)
    lost = 1.0 / (1.0 + math.exp(-cens[2]))
    return kept * math.exp(math.log1p(-lost) * day / horizon)


@numba.njit(cache=True)
def log_observed(
    day: int, event: int, edges: np.ndarray, theta: np.ndarray, cens: np.ndarray, horizon: float
) -> float:
    """Return the log prior probability of being observed to `day`, with or without the event there."""
    if event == 1:
        p = under_observation(day - 1.0, cens, horizon)
        return log_event(day, edges, theta) + (math.log(p) if p > 1e-300 else -700.0)
    p = under_observation(day - 1.0, cens, horizon) - under_observation(float(day), cens, horizon)
    return log_survival(day, edges, theta) + (math.log(p) if p > 1e-300 else -700.0)


@numba.njit(cache=True)
def draw_event_day(state: np.ndarray, edges: np.ndarray, theta: np.ndarray, limit: int) -> int:
    """Return a day of the event from the prior, or `limit` for cured or later."""
    cured = 1.0 / (1.0 + math.exp(-theta[-1]))
    u = uniform(state)
    if u <= cured:
        return limit
    target = -math.log((u - cured) / (1.0 - cured))
    total = 0.0
    last = len(edges) - 1
    for k in range(last):
        step = math.exp(theta[k]) * (edges[k + 1] - edges[k])
        if total + step >= target:
            return min(limit, max(1, math.ceil(edges[k] + (target - total) / math.exp(theta[k]))))
        total += step
    return min(limit, max(1, math.ceil(edges[last] + (target - total) / math.exp(theta[last]))))


@numba.njit(cache=True)
def draw_censoring_day(state: np.ndarray, cens: np.ndarray, horizon: float) -> int:
    """Return a day of last contact from the prior."""
    longest = math.exp(cens[0])
    shortest = longest / (1.0 + math.exp(-cens[1]))
    lost = 1.0 / (1.0 + math.exp(-cens[2]))
    cutoff = shortest + uniform(state) * (longest - shortest)
    loss = math.log(uniform(state)) / math.log1p(-lost) * horizon
    return max(1, math.ceil(min(cutoff, loss)))


@numba.njit(cache=True)
def make_key(day: int, event: int, patient: int) -> int:
    """Pack one observation."""
    return (day << DAY_SHIFT) | ((1 - event) << PATIENT_BITS) | patient


@numba.njit(cache=True)
def replace_key(keys: np.ndarray, m: int, old: int, new: int) -> None:
    """Replace `old` by `new` among the first m sorted keys, keeping them sorted."""
    low, high = 0, m - 1
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < old:
            low = middle + 1
        else:
            high = middle
    while low + 1 < m and keys[low + 1] < new:
        keys[low] = keys[low + 1]
        low += 1
    while low > 0 and keys[low - 1] > new:
        keys[low] = keys[low - 1]
        low -= 1
    keys[low] = new


@numba.njit(cache=True)
def curve_limits(s: float, g: float, z: float, conf: int) -> tuple[float, float]:
    """Return the limits of S by Greenwood's variance on the chosen scale; (2, 2) where S is 0: undefined."""
    if s <= 1e-12:
        return 2.0, 2.0
    width = z * math.sqrt(g)
    if conf == PLAIN:
        return max(0.0, s * (1.0 - width)), s * (1.0 + width)
    if conf == LOG:
        return s * math.exp(-width), s * math.exp(width)
    power = math.exp(width / abs(math.log(s)))
    return s**power, s ** (1.0 / power)


@numba.njit(cache=True)
def curve_summary(keys: np.ndarray, m: int, z: float, conf: int, with_limits: bool, out: np.ndarray) -> None:
    """Fill `out` with the summary of the Kaplan-Meier curve of the first m sorted keys, times in days.

    The crossing rules are those of `survival.limits.crossing`. Whether the result is right is never
    decided here but by `judge`, which uses the statistics themselves.
    """
    for k in range(SUMMARY):
        out[k] = math.inf
    s, g, reverse = 1.0, 0.0, 1.0
    low_curve, high_curve = 1.0, 1.0
    wait_median = wait_lower = wait_upper = wait_fu = False
    events, last = 0, -1.0
    risk, i = m, 0
    while i < m:
        day = keys[i] >> DAY_SHIFT
        died = censored = 0
        while i < m and keys[i] >> DAY_SHIFT == day:
            if (keys[i] >> PATIENT_BITS) & 1:
                censored += 1
            else:
                died += 1
            i += 1
        if died > 0:
            events += died
            last = float(day)
            s *= (risk - died) / risk
            g = g + died / (risk * (risk - died)) if risk > died else math.inf
            if wait_median:
                out[_MEDIAN] = 0.5 * (out[_MEDIAN] + day)
                wait_median = False
            if out[_MEDIAN] == math.inf and s <= 0.5 + TOLERANCE:
                out[_MEDIAN] = day
                wait_median = s >= 0.5 - TOLERANCE
            if with_limits:
                low_curve, high_curve = curve_limits(s, g, z, conf)
                if wait_lower and low_curve < 0.5 - TOLERANCE:
                    out[_LOWER] = 0.5 * (out[_LOWER] + day)
                    wait_lower = False
                if wait_upper and high_curve < 0.5 - TOLERANCE:
                    out[_UPPER] = 0.5 * (out[_UPPER] + day)
                    wait_upper = False
                if out[_LOWER] == math.inf and low_curve <= 0.5 + TOLERANCE:
                    out[_LOWER] = day
                    wait_lower = low_curve >= 0.5 - TOLERANCE
                if out[_UPPER] == math.inf and high_curve <= 0.5 + TOLERANCE:
                    out[_UPPER] = day
                    wait_upper = high_curve >= 0.5 - TOLERANCE
        if censored > 0:
            left = risk - died
            reverse *= (left - censored) / left
            if wait_fu:
                out[_FU] = 0.5 * (out[_FU] + day)
                wait_fu = False
            if out[_FU] == math.inf and reverse <= 0.5 + TOLERANCE:
                out[_FU] = day
                wait_fu = reverse >= 0.5 - TOLERANCE
        risk -= died + censored
    out[_EVENTS] = events
    out[_LAST] = last
    out[_MIN] = keys[0] >> DAY_SHIFT
    out[_MAX] = keys[m - 1] >> DAY_SHIFT
    out[_S_END] = s
    out[_LOWER_END] = low_curve
    out[_UPPER_END] = high_curve


@numba.njit(cache=True)
def survival_at(keys: np.ndarray, m: int, moment: float) -> float:
    """Return S(moment), `moment` in days."""
    s, i = 1.0, 0
    while i < m and (keys[i] >> DAY_SHIFT) <= moment:
        if not (keys[i] >> PATIENT_BITS) & 1:
            s *= (m - i - 1) / (m - i)
        i += 1
    return s


@numba.njit(cache=True)
def count_from(keys: np.ndarray, m: int, moment: float) -> int:
    """Return how many were observed to `moment` (days) or beyond."""
    i = m
    while i > 0 and (keys[i - 1] >> DAY_SHIFT) >= moment - 1e-6:
        i -= 1
    return m - i


@numba.njit(cache=True)
def observed_median(keys: np.ndarray, m: int) -> float:
    """Return the plain median of the observed days."""
    low = keys[(m - 1) // 2] >> DAY_SHIFT
    high = keys[m // 2] >> DAY_SHIFT
    return 0.5 * (low + high)


@numba.njit(cache=True)
def mantel_byar_chi2(keys: np.ndarray, m: int, response: np.ndarray, at_tie: bool) -> float:
    """Return the Mantel-Byar statistic; `response` is each patient's day of response, large for never."""
    mask = MAX_PATIENTS - 1
    latest = 0
    for k in range(m):
        r = response[keys[k] & mask]
        if r < (keys[k] >> DAY_SHIFT) + 1 and r > latest:
            latest = r
    observed = expected = variance = 0.0
    risk = responders = 0
    i = m - 1
    while i >= 0:
        day = keys[i] >> DAY_SHIFT
        died = died_responders = 0
        bound = day + 1 if at_tie else day
        while i >= 0 and keys[i] >> DAY_SHIFT == day:
            r = response[keys[i] & mask]
            risk += 1
            if r <= latest:
                responders += 1
            if not (keys[i] >> PATIENT_BITS) & 1:
                died += 1
                if r < bound:
                    died_responders += 1
            i -= 1
        if died > 0:
            exposed = responders
            if bound <= latest:
                exposed = 0
                for k in range(i + 1, m):
                    if response[keys[k] & mask] < bound:
                        exposed += 1
            share = exposed / risk
            observed += died_responders
            expected += died * share
            if risk > 1:
                variance += died * share * (1.0 - share) * (risk - died) / (risk - 1)
    if variance <= 0.0:
        return 0.0
    return (observed - expected) ** 2 / variance
