"""How far a cohort is from the claims on times. Compiled.

A loss is 0 where a claim holds. Outside its interval it rises by a step at once, so that a claim just missed
is worth a move, and then slowly, so that one claim far off does not outweigh all others.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.between import comparison_loss
from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.keys import (
    AT_FOLLOWUP,
    AT_LAST_EVENT,
    AT_LOWER,
    AT_MEDIAN,
    AT_UPPER,
    COUNT,
    DAY_TOLERANCE,
    EVENTS,
    EVENTS_BY,
    FU_MAX,
    FU_MEDIAN,
    FU_MIN,
    LARGEST_TIME,
    LOWER,
    LOWER_AT,
    LOWER_END,
    MANTEL_BYAR,
    MEDIAN,
    N_EVENTS,
    PLATEAU,
    POSITION,
    RMST,
    S_END,
    SMALLEST_TIME,
    SURVIVAL,
    UNDEFINED_LIMIT,
    UPPER,
    UPPER_END,
    alive_range,
    count_from,
    curve_summary,
    events_until,
    limit_at,
    mantel_byar_chi2,
    mean_until,
    observed_median,
    relapses_of,
    survival_at,
    survivors_median,
)
from pseudoipd.model.structs import RELAPSES_SEEN, Settings, Timing

OBSERVED, SURVIVORS = 1, 2
"""Places of methods in survival.FOLLOWUP_METHODS; the first is reverse Kaplan-Meier."""
HOLDS = 1e-9
"""A loss below this is 0: the sum of many may be off by rounding."""
DAY_UNIT = 5.0
"""Days from which on the loss of a time rises with their logarithm rather than in proportion."""
STEP, CHI2_STEP = 0.5, 0.3
"""By how much a loss rises at the end of an interval: of a time or a share, of the Mantel-Byar statistic."""
CHI2_SLOPE = 0.3
"""Slow: exchanges of times bring the statistic back soon, so it should not keep the curve from changing."""
UNREACHED = 3.0
"""Loss of a quantile that is printed and not reached, and more the further its curve ends above one half."""
S_TOLERANCE = 1e-11
"""By how much S may miss the end of its interval: products of the same fractions in another order."""


@compiled()
def time_loss(value: float, low: float, high: float) -> float:
    """Return the loss of a time in days outside its interval, ends included."""
    if value < low - DAY_TOLERANCE:
        return STEP + math.log1p((low - value) / DAY_UNIT)
    if value > high + DAY_TOLERANCE:
        return STEP + math.log1p((value - high) / DAY_UNIT)
    return 0.0


@compiled()
def quantile_loss(value: float, end: float, low: float, high: float, m: int) -> float:
    """Return the loss of a quantile; `end` is where its curve ends, for the cases 'not reached'."""
    if low == math.inf:
        return 0.0 if value == math.inf else STEP + m * max(0.0, 0.5 - end)
    if value == math.inf:
        # Patients too many above one half; a limit that is undefined there says nothing of how many.
        return UNREACHED + (m * (end - 0.5) if end < 1.5 else 1.0)
    return time_loss(value, low, high)


@inlined()
def linear_loss(
    value: float, low: float, high: float, tolerance: float, step: float, slope: float
) -> float:  # fmt: skip
    """Return a loss in proportion to the distance from an interval."""
    if value < low - tolerance:
        return step + slope * (low - value)
    if value > high + tolerance:
        return step + slope * (value - high)
    return 0.0


@inlined()
def followup_loss(
    what: int, low: float, high: float, keys: np.ndarray, m: int, settings: Settings, summary: np.ndarray
) -> float:  # fmt: skip
    """Return the loss of a claim on follow-up or on where the events end."""
    if what == FU_MEDIAN:
        value = summary[AT_FOLLOWUP]
        if settings.followup == OBSERVED:
            value = observed_median(keys, m)
        elif settings.followup == SURVIVORS:
            value = survivors_median(keys, m)
        return quantile_loss(value, UNDEFINED_LIMIT, low, high, m)
    if what in (FU_MIN, FU_MAX):
        smallest, largest = summary[SMALLEST_TIME], summary[LARGEST_TIME]
        if settings.alive_range:
            smallest, largest = alive_range(keys, m)
        return time_loss(smallest if what == FU_MIN else largest, low, high)
    # A plateau: the last event where it begins, or anywhere before it.
    return time_loss(summary[AT_LAST_EVENT], 0.0 if settings.before_plateau else low, high)


@inlined()
def moment_loss(c: int, keys: np.ndarray, m: int, timing: Timing, settings: Settings) -> float:
    """Return the loss of a claim on the curve up to a time or at it, other than S itself."""
    what, at, low, high = timing.statistic[c], timing.at[c], timing.low[c], timing.high[c]
    if what == EVENTS_BY:
        return abs(events_until(keys, m, at) - low)
    if what == RMST:
        return time_loss(mean_until(keys, m, at), low, high)
    z = -settings.z if what == LOWER_AT else settings.z
    return linear_loss(limit_at(keys, m, at, z, settings.conf), low, high, S_TOLERANCE, STEP, float(m))


@inlined()
def claim_loss(
    c: int, keys: np.ndarray, m: int, x: np.ndarray, timing: Timing, settings: Settings, summary: np.ndarray
) -> float:  # fmt: skip
    """Return the loss of one claim; `summary` is that of the m `keys`."""
    what, low, high = timing.statistic[c], timing.low[c], timing.high[c]
    if what == EVENTS:
        return abs(summary[N_EVENTS] - low)
    if what == MEDIAN:
        return quantile_loss(summary[AT_MEDIAN], summary[S_END], low, high, m)
    if what == LOWER:
        return quantile_loss(summary[AT_LOWER], summary[LOWER_END], low, high, m)
    if what == UPPER:
        return quantile_loss(summary[AT_UPPER], summary[UPPER_END], low, high, m)
    if what == SURVIVAL:
        return linear_loss(survival_at(keys, m, timing.at[c]), low, high, S_TOLERANCE, STEP, float(m))
    if what == COUNT:
        return abs(count_from(keys, m, timing.at[c]) - low)
    if EVENTS_BY <= what <= RMST:
        return moment_loss(c, keys, m, timing, settings)
    if what == RELAPSES_SEEN:
        return max(0.0, low - relapses_of(keys, m, x))
    if what == MANTEL_BYAR:
        return linear_loss(
            mantel_byar_chi2(keys, m, x, settings.at_tie), low, high, 0.0, CHI2_STEP, CHI2_SLOPE
        )
    return followup_loss(what, low, high, keys, m, settings, summary)


@compiled()
def group_loss(
    g: int, keys: np.ndarray, m: int, x: np.ndarray, timing: Timing, settings: Settings,
    summary: np.ndarray, bound: float,
) -> float:  # fmt: skip
    """Return how far the claims of group g are from holding; 0 if all hold.

    Beyond `bound` the sum need not be complete: it is a refusal in any case.
    """
    first, end = timing.first[g], timing.first[g + 1]
    if first == end or m == 0:
        return 0.0
    if timing.compared[g]:
        return comparison_loss(first, end, keys, m, timing.other[g], timing.others[g], timing)
    curve_summary(keys, m, settings.z, settings.conf, timing.limits[g], summary)
    loss = 0.0
    for c in range(first, end):
        if loss > bound:
            break
        loss += claim_loss(c, keys, m, x, timing, settings, summary)
    return loss


@compiled()
def decisive(what: int, m: int, summary: np.ndarray) -> tuple[int, float]:
    """Return the position of the key that decides a statistic, -1 if none does, and the statistic in days."""
    if what == FU_MIN:
        return 0, summary[SMALLEST_TIME]
    if what == FU_MAX:
        return m - 1, summary[LARGEST_TIME]
    place = -1
    if what == MEDIAN:
        place = AT_MEDIAN
    elif what == LOWER:
        place = AT_LOWER
    elif what == UPPER:
        place = AT_UPPER
    elif what == FU_MEDIAN:
        place = AT_FOLLOWUP
    elif what == PLATEAU:
        place = AT_LAST_EVENT
    if place < 0 or summary[place + POSITION] == math.inf:
        return -1, math.inf
    return int(summary[place + POSITION]), summary[place]
