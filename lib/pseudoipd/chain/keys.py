"""Statistics of sorted keys. Compiled.

A *key* packs one patient's observation so that plain integer order is the order of the Kaplan-Meier table:
day, then events before censorings, then the patient. Nothing is compiled at import; numba compiles a
function when it is first called and keeps the result on disk.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled
from pseudoipd.claims.grammar import STATISTIC_CODES
from pseudoipd.model.structs import RESPONSE

PATIENT_BITS = 13
MAX_PATIENTS = 1 << PATIENT_BITS
DAY_SHIFT = PATIENT_BITS + 1

# Codes of the statistics in the compiled tables.
EVENTS, MEDIAN, LOWER, UPPER, SURVIVAL, COUNT, FU_MEDIAN, FU_MIN, FU_MAX, PLATEAU, MANTEL_BYAR = (
    STATISTIC_CODES[name]
    for name in (
        "events", "median", "median_lower", "median_upper", "survival", "count_at_or_beyond",
        "followup_median", "followup_min", "followup_max", "plateau_from", "mantel_byar_p",
    )
)  # fmt: skip
LOG_LOG, LOG, PLAIN = range(3)

# Rows of the summary that `curve_summary` fills.
_EVENTS, _MEDIAN, _LOWER, _UPPER, _FU, _LAST, _MIN, _MAX, _S_END, _LOWER_END, _UPPER_END = range(11)
# Then the keys at which the median, its limits, the follow-up median and the last event were reached.
_KEY_MEDIAN, _KEY_LOWER, _KEY_UPPER, _KEY_FU, _KEY_LAST = range(11, 16)
SUMMARY = 16

TOLERANCE = 1e-9
LOG_TWO = math.log(2.0)


@compiled()
def make_key(day: int, event: int, patient: int) -> int:
    """Pack one observation."""
    return (day << DAY_SHIFT) | ((1 - event) << PATIENT_BITS) | patient


@compiled()
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


@compiled()
def curve_limit(s: float, g: float, z: float, conf: int, upper: bool) -> float:
    """Return one limit of S by Greenwood's variance on the chosen scale; 2 where S is 0: undefined."""
    if s <= 1e-12:
        return 2.0
    width = z * math.sqrt(g) if upper else -z * math.sqrt(g)
    if conf == PLAIN:
        return max(0.0, s * (1.0 + width))
    if conf == LOG:
        return s * math.exp(width)
    size = -math.log(s)
    return math.exp(-size * math.exp(-width / size))


@compiled()
def limit_crossed(s: float, g: float, z: float, conf: int, upper: bool) -> bool:
    """Say whether one limit of S is at or below one half; for log-log limits without their exponentials."""
    if s <= 1e-12:
        return False
    if conf != LOG_LOG:
        return curve_limit(s, g, z, conf, upper) <= 0.5 + TOLERANCE
    size = -math.log(s)
    scaled = size * math.log(size / LOG_TWO)
    if upper:
        return scaled >= 0.0 and z * z * g <= scaled * scaled
    return scaled >= 0.0 or z * z * g >= scaled * scaled


@compiled()
def curve_summary(keys: np.ndarray, m: int, z: float, conf: int, with_limits: bool, out: np.ndarray) -> None:
    """Fill `out` with the summary of the Kaplan-Meier curve of the first m sorted keys, times in days.

    The crossing rules are those of `survival.limits.crossing`, but that a limit never stays at one half.
    Whether the result is right is never decided here but by `judge`, which uses the statistics themselves.
    """
    for k in range(SUMMARY):
        out[k] = math.inf
    s, g, reverse = 1.0, 0.0, 1.0
    wait_median = wait_fu = False
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
            event_key = i - censored - 1
            out[_KEY_LAST] = event_key
            s *= (risk - died) / risk
            g = g + died / (risk * (risk - died)) if risk > died else math.inf
            if wait_median:
                out[_MEDIAN] = 0.5 * (out[_MEDIAN] + day)
                wait_median = False
            if out[_MEDIAN] == math.inf and s <= 0.5 + TOLERANCE:
                out[_MEDIAN] = day
                out[_KEY_MEDIAN] = event_key
                wait_median = s >= 0.5 - TOLERANCE
            if with_limits:
                if out[_LOWER] == math.inf and limit_crossed(s, g, z, conf, False):
                    out[_LOWER] = day
                    out[_KEY_LOWER] = event_key
                # The upper limit is above S, so it has not crossed one half before S has.
                if s <= 0.5 and out[_UPPER] == math.inf and limit_crossed(s, g, z, conf, True):
                    out[_UPPER] = day
                    out[_KEY_UPPER] = event_key
        if censored > 0:
            left = risk - died
            reverse *= (left - censored) / left
            if wait_fu:
                out[_FU] = 0.5 * (out[_FU] + day)
                wait_fu = False
            if out[_FU] == math.inf and reverse <= 0.5 + TOLERANCE:
                out[_FU] = day
                out[_KEY_FU] = i - 1
                wait_fu = reverse >= 0.5 - TOLERANCE
        risk -= died + censored
    out[_EVENTS] = events
    out[_LAST] = last
    out[_MIN] = keys[0] >> DAY_SHIFT
    out[_MAX] = keys[m - 1] >> DAY_SHIFT
    out[_S_END] = s
    if with_limits:
        out[_LOWER_END] = curve_limit(s, g, z, conf, False)
        out[_UPPER_END] = curve_limit(s, g, z, conf, True)


@compiled()
def survival_at(keys: np.ndarray, m: int, moment: float) -> float:
    """Return S(moment), `moment` in days."""
    s, i = 1.0, 0
    while i < m and (keys[i] >> DAY_SHIFT) <= moment:
        if not (keys[i] >> PATIENT_BITS) & 1:
            s *= (m - i - 1) / (m - i)
        i += 1
    return s


@compiled()
def count_from(keys: np.ndarray, m: int, moment: float) -> int:
    """Return how many were observed to `moment` (days) or beyond."""
    i = m
    while i > 0 and (keys[i - 1] >> DAY_SHIFT) >= moment - 1e-6:
        i -= 1
    return m - i


@compiled()
def observed_median(keys: np.ndarray, m: int) -> float:
    """Return the plain median of the observed days."""
    low = keys[(m - 1) // 2] >> DAY_SHIFT
    high = keys[m // 2] >> DAY_SHIFT
    return 0.5 * (low + high)


@compiled()
def mantel_byar_chi2(keys: np.ndarray, m: int, x: np.ndarray, at_tie: bool) -> float:
    """Return the Mantel-Byar statistic; `x` is the state of a chain."""
    mask = MAX_PATIENTS - 1
    latest = 0
    for k in range(m):
        r = x[keys[k] & mask, RESPONSE]
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
            r = x[keys[i] & mask, RESPONSE]
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
                    if x[keys[k] & mask, RESPONSE] < bound:
                        exposed += 1
            share = exposed / risk
            observed += died_responders
            expected += died * share
            if risk > 1:
                variance += died * share * (1.0 - share) * (risk - died) / (risk - 1)
    if variance <= 0.0:
        return 0.0
    return (observed - expected) ** 2 / variance
