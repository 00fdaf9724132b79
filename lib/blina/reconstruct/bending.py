"""A hazard drawn from the prior, bent so that its curve passes through the printed points. Compiled.

Between two points the cumulative hazard keeps the shape that was drawn and is stretched by one factor; so the
first guesses of chains differ as the prior differs, and not only around one curve. Beyond the last point it
is stretched as on the whole up to there: the last stretch may be a short and steep one.
"""

from __future__ import annotations

import math

import numpy as np

from blina.reconstruct.compiled import compiled
from blina.reconstruct.hazards import day_of, survival_probability

LEAST = 1e-9


@compiled()
def drawn_level(day: float, table: np.ndarray) -> float:
    """Return the cumulative hazard, -log S, of a drawn hazard at a day."""
    return -math.log(max(survival_probability(day, table), 1e-300))


@compiled()
def factors(days: np.ndarray, hazard: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return for each stretch from a point (`days`, cumulative `hazard`, from 0, 0) how it is stretched."""
    found = np.ones(len(days))
    for j in range(len(found) - 1):
        rise = drawn_level(days[j + 1], table) - drawn_level(days[j], table)
        found[j] = max(hazard[j + 1] - hazard[j], LEAST) / max(rise, LEAST)
    found[-1] = max(hazard[-1], LEAST) / max(drawn_level(days[-1], table), LEAST)
    return found


@compiled()
def bent_level(
    day: float, days: np.ndarray, hazard: np.ndarray, stretch: np.ndarray, table: np.ndarray
) -> float:
    """Return the cumulative hazard of the bent curve at a day."""
    j = len(stretch) - 1
    while j > 0 and days[j] > day:
        j -= 1
    return hazard[j] + stretch[j] * (drawn_level(day, table) - drawn_level(days[j], table))


@compiled()
def bent_day(
    level: float, days: np.ndarray, hazard: np.ndarray, stretch: np.ndarray, table: np.ndarray, limit: int
) -> int:
    """Return the day at which the bent curve reaches a cumulative hazard, `limit` if it never does."""
    j = len(stretch) - 1
    while j > 0 and hazard[j] >= level:
        j -= 1
    return day_of(math.exp(-drawn_level(days[j], table) - (level - hazard[j]) / stretch[j]), table, limit)


@compiled()
def adopt(
    theta: np.ndarray, edges: np.ndarray, horizon: float, days: np.ndarray, hazard: np.ndarray,
    stretch: np.ndarray, table: np.ndarray,
) -> None:  # fmt: skip
    """Set the log hazards in `theta` (as in `hazards.tabulate`) to the means of the bent curve by piece."""
    end = 1.2 * horizon
    last = math.exp(-bent_level(end, days, hazard, stretch, table))
    cured = min(1.0 / (1.0 + math.exp(-theta[-1])), 0.9 * last)
    theta[-1] = math.log(cured / (1.0 - cured))
    before = 0.0
    for j in range(len(edges)):
        until = edges[j + 1] if j + 1 < len(edges) else end
        s = math.exp(-bent_level(until, days, hazard, stretch, table))
        level = -math.log(max((s - cured) / (1.0 - cured), 1e-6))
        theta[j] = math.log(max((level - before) / (until - edges[j]), 0.02 / horizon))
        before = level
