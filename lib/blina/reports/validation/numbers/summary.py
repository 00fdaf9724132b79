"""What a paper would print about a cohort, at one decimal, and the curve that can be drawn through it.

Interpolation does without reconstructing. It sees the same printed numbers, and one more in its favor: S at
the milestone, in whole percent.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blina import formats
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import MONTHS, REGISTRY
from pseudoipd.survival import endpoint_statistic
from pseudoipd.survival.limits import interval

SUMMARY = (
    "n", "median", "median_lower", "median_upper", "count_at_or_beyond", "survival", "followup_median",
    "followup_min", "followup_max", "plateau_from",
)  # fmt: skip
"""What is printed about each cohort, `survival` only on demand; nothing else is."""

ROUND_MONTHS = 3
MILESTONE_SHARE = 0.75
PLATEAU_SHARE = 0.75
PLATEAU_PATIENTS = 3

Days = NDArray[np.int64]
Died = NDArray[np.bool_]
FloatArray = NDArray[np.float64]


def printed_claims(
    days: Days, died: Died, endpoint: str = "OS", *, with_survival: bool = False
) -> tuple[Claim, ...]:
    """Return the summary as claims: months at one decimal, NR for a median or limit that is not reached.

    `with_survival` adds S at the milestone in whole percent. Raises ValueError for no patients.
    """
    if not len(days):
        raise ValueError("there are no patients to summarise")
    at = milestone(days, died)
    printed = {"survival": with_survival, "plateau_from": has_plateau(days, died)}
    wanted = [name for name in SUMMARY if printed.get(name, True)]
    return tuple(_claim(endpoint, name, days, died, at) for name in wanted)


def milestone(days: Days, died: Died) -> float:
    """Return the month at which the number still followed is printed.

    Twice the median, or three quarters of the longest time where that is less (or the median is not
    reached); in quarters of a year, or whole months below that.
    """
    longest = float(days.max()) / DAYS_PER_MONTH
    median = endpoint_statistic("median", days / DAYS_PER_MONTH, died)
    wanted = min(2 * median, MILESTONE_SHARE * longest)
    return float(max(1, ROUND_MONTHS * round(wanted / ROUND_MONTHS) or round(wanted)))


def has_plateau(days: Days, died: Died) -> bool:
    """Say whether a paper would call the end of the curve flat.

    The last event falls into the first three quarters of the longest time, and at least three patients are
    followed beyond it.
    """
    if not died.any():
        return False
    last = days[died].max()
    return bool(last <= PLATEAU_SHARE * days.max() and (days > last).sum() >= PLATEAU_PATIENTS)


def _claim(endpoint: str, statistic: str, days: Days, died: Died, at: float) -> Claim:
    moment = at if REGISTRY[statistic].timed else None
    value = endpoint_statistic(statistic, days / DAYS_PER_MONTH, died, moment)
    whole = REGISTRY[statistic].unit != MONTHS
    return Claim(
        id=statistic,
        exhibit="summary",
        endpoint=endpoint,
        statistic=statistic,
        category="",
        population="all",
        at=moment,
        printed=f"{math.floor(value + 0.5 + 1e-9):d}" if whole else one_decimal(value),
        unit=REGISTRY[statistic].unit,
        source="public data set",
        quote="",
    )


def one_decimal(value: float) -> str:
    """Return months at one decimal, halves up as a paper rounds; NR for infinity."""
    return formats.months(math.floor(10 * value + 0.5 + 1e-9) / 10) if math.isfinite(value) else "NR"


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
    survival, at = survival_percent / 100, by["count_at_or_beyond"].at
    assert at is not None
    lower, upper = survival_at_limits(int(by["n"].value))
    levels = {"median_lower": lower, "median": 0.5, "median_upper": upper}
    # Where the milestone is a limit's time as well, its own S counts.
    known = {by[name].value: level for name, level in levels.items()} | {at: survival}
    return Points(by["median"].value, at, survival, falling(sorted(known.items())))


def falling(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return the points that are reached, S never rising: one that would rise is brought down."""
    times, levels = zip(*(point for point in points if math.isfinite(point[0])), strict=True)
    return tuple(zip(times, np.minimum.accumulate(levels).tolist(), strict=True))


def survival_at_limits(n: int) -> tuple[float, float]:
    """Return S where its lower, and where its upper log-log limit crosses one half, without censoring."""
    levels = np.arange(1, n) / n
    greenwood = (1 - levels) / (n * levels)
    low, high = interval(levels, greenwood, "log-log", 0.95)
    # Falling from 1, the first level whose limit is one half or less.
    lower = levels[low <= 0.5].max(initial=1 / n)
    upper = levels[high <= 0.5].max(initial=1 / n)
    return float(lower), float(upper)


def interpolation(points: Points, months: ArrayLike) -> FloatArray:
    """Return S(t) linear between the printed points, and flat after the last."""
    times = [0.0, *(month for month, _ in points.through)]
    levels = [1.0, *(survival for _, survival in points.through)]
    return np.asarray(np.interp(np.asarray(months, dtype=float), times, levels))
