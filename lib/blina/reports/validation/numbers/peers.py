"""What one can do without reconstructing: a curve through the printed numbers.

The three peers see the same printed numbers as the reconstruction, and the two that use a second point of the
curve see one number more, in their favour: S at the milestone, in whole percent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pseudoipd.claims import Claim
from pseudoipd.survival.limits import interval

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Points:
    """Printed points of a curve: (month, S) in order of time; `median` infinite where not reached."""

    median: float
    at: float
    survival: float
    through: tuple[tuple[float, float], ...]


def printed_points(claims: Sequence[Claim], survival_percent: float) -> Points:
    """Return the points that the printed summary puts on the curve.

    The limits of the median give two: the times at which a limit of S crosses one half, where S follows from
    Greenwood's variance without censoring. `survival_percent` is S at the milestone, in whole percent.
    """
    by = {claim.statistic: claim for claim in claims}
    n, survival = int(by["n"].value), survival_percent / 100
    at = by["count_at_or_beyond"].at
    assert at is not None
    lower, upper = survival_at_limits(n)
    wanted = {
        by["median_lower"].value: lower,
        by["median"].value: 0.5,
        by["median_upper"].value: upper,
        at: survival,
    }
    known = sorted((month, s) for month, s in wanted.items() if math.isfinite(month))
    return Points(by["median"].value, at, survival, falling(known))


def falling(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return points in order of time, S never rising: a point that would rise is brought down."""
    found, level = [], 1.0
    for month, survival in points:
        level = min(level, survival)
        found.append((month, level))
    return tuple(found)


def survival_at_limits(n: int) -> tuple[float, float]:
    """Return S where its lower, and where its upper log-log limit crosses one half, without censoring."""
    levels = np.arange(1, n) / n
    greenwood = (1 - levels) / (n * levels)
    low, high = interval(levels, greenwood, "log-log", 0.95)
    # Falling from 1, the first level whose limit is one half or less.
    lower = levels[low <= 0.5].max(initial=1 / n)
    upper = levels[high <= 0.5].max(initial=1 / n)
    return float(lower), float(upper)


def exponential(points: Points, months: ArrayLike) -> FloatArray:
    """Return S(t) of the exponential through the median, or through the milestone if it is not reached."""
    month, survival = (points.median, 0.5) if math.isfinite(points.median) else (points.at, points.survival)
    rate = -math.log(min(max(survival, 1e-3), 1 - 1e-3)) / month
    return np.asarray(np.exp(-rate * np.asarray(months, dtype=float)))


def weibull(points: Points, months: ArrayLike) -> FloatArray:
    """Return S(t) of the Weibull through the median and the milestone; exponential without two points."""
    inside = 0 < points.survival < 0.5 and math.isfinite(points.median) and points.at > points.median
    if not inside:
        return exponential(points, months)
    ratio = math.log(-math.log(points.survival) / math.log(2))
    shape = ratio / math.log(points.at / points.median)
    scale = points.median / math.log(2) ** (1 / shape)
    return np.asarray(np.exp(-((np.asarray(months, dtype=float) / scale) ** shape)))


def interpolation(points: Points, months: ArrayLike) -> FloatArray:
    """Return S(t) linear between the printed points, and flat after the last."""
    times = [0.0, *(month for month, _ in points.through)]
    levels = [1.0, *(survival for _, survival in points.through)]
    return np.asarray(np.interp(np.asarray(months, dtype=float), times, levels))


PEERS: Mapping[str, tuple[str, Callable[[Points, ArrayLike], FloatArray]]] = {
    "interpolation": ("interpolation through the printed numbers", interpolation),
    "weibull": ("Weibull through median and milestone", weibull),
    "exponential": ("exponential through the median", exponential),
}
