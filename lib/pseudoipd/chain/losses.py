"""How far a cohort is from the claims on times, and whether times agree with roles. Compiled."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.keys import (
    COUNT,
    EVENTS,
    FU_MAX,
    FU_MEDIAN,
    FU_MIN,
    LOWER,
    MANTEL_BYAR,
    MEDIAN,
    PLATEAU,
    SURVIVAL,
    UPPER,
    count_from,
    curve_summary,
    mantel_byar_chi2,
    observed_median,
    survival_at,
)
from pseudoipd.model.structs import EARLIEST, LONG_TERM, RELAPSE_FREE, RFS, Settings, Timing


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
    curve_summary(keys, m, settings.z, settings.conf, timing.limits[g], summary)
    loss = 0.0
    for c in range(first, end):
        if loss > bound:
            break
        what, low, high = timing.statistic[c], timing.low[c], timing.high[c]
        if what == EVENTS:
            loss += abs(summary[0] - low)
        elif what == MEDIAN:
            loss += quantile_loss(summary[1], summary[8], low, high, m)
        elif what == LOWER:
            loss += quantile_loss(summary[2], summary[9], low, high, m)
        elif what == UPPER:
            loss += quantile_loss(summary[3], summary[10], low, high, m)
        elif what == SURVIVAL:
            s = survival_at(keys, m, timing.at[c])
            if s < low - 1e-11:
                loss += 0.5 + m * (low - s)
            elif s > high + 1e-11:
                loss += 0.5 + m * (s - high)
        elif what == COUNT:
            loss += abs(count_from(keys, m, timing.at[c]) - low)
        elif what == FU_MEDIAN:
            value = observed_median(keys, m) if settings.observed_followup else summary[4]
            loss += quantile_loss(value, 2.0, low, high, m)
        elif what == FU_MIN:
            loss += distance(summary[6], low, high, 5.0)
        elif what == FU_MAX:
            loss += distance(summary[7], low, high, 5.0)
        elif what == PLATEAU:
            loss += distance(summary[5], 0.0 if settings.before_plateau else low, high, 5.0)
        elif what == MANTEL_BYAR:
            chi2 = mantel_byar_chi2(keys, m, x, settings.at_tie)
            if chi2 < low:
                loss += 0.3 + (low - chi2)
            elif chi2 > high:
                loss += 0.3 + (chi2 - high)
    return loss


@compiled()
def decisive(what: int, m: int, summary: np.ndarray) -> tuple[int, float]:
    """Return the position of the key that decides a statistic, -1 if none does, and the statistic in days."""
    position, value = math.inf, math.inf
    if what == MEDIAN:
        position, value = summary[11], summary[1]
    elif what == LOWER:
        position, value = summary[12], summary[2]
    elif what == UPPER:
        position, value = summary[13], summary[3]
    elif what == FU_MEDIAN:
        position, value = summary[14], summary[4]
    elif what == PLATEAU:
        position, value = summary[15], summary[5]
    elif what == FU_MIN:
        position, value = 0.0, summary[6]
    elif what == FU_MAX:
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
