"""What 95 % of the cohorts show: the one rule behind every range, table and gray band over an ensemble."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from blina.formats import share

LEVEL = 0.95
SPAN = ("lowest", "lower", "middle", "upper", "highest")
FEWEST = 39
"""Draws below which no band can reach the level, so that it holds them all."""
WIDTHS = {
    "%": (10.0, 25.0), "months": (1.5, 6.0), "patients": (2.0, 6.0), "": (math.log(1.25), math.log(2)),
}  # fmt: skip
"""By unit the widths up to which a range is identified, and up to which bounded; of a ratio its log."""
# (1 - .8) / 2 * 10 is a hair below 1 in binary.
_ROUNDING = 1e-9

FloatArray = NDArray[np.float64]


def band(values: ArrayLike, level: float = LEVEL) -> tuple[FloatArray, FloatArray]:
    """Return the lower and upper edge of the band over the draws, the first axis of `values`.

    The edges are values of draws: the k-th smallest and the k-th largest. One more cohort of the same kind
    is as likely to take any of the n + 1 ranks among n drawn, so it lies within, edges included, with a
    probability of (n + 1 - 2 k) / (n + 1); k is the largest for which that is at least `level` (Wilks, Ann
    Math Stat 1941;12:91). For fewer than 2 / (1 - level) - 1 draws, `FEWEST` for 95 %, no band can reach the
    level, and it holds them all.

    A range in a table follows the same rule as a band in a picture. Percentiles would answer another
    question (what 95 % of the draws show, not where the true cohort may lie), and those that interpolate
    have no value between a median of 30 months and one that is not reached; here infinity is a value like
    any other. Without draws the edges are nan, and so they are where a value is.

    Of 39 draws the band leaves out none, of 79 the lowest and the highest:

    >>> [[float(edge) for edge in band(range(1, draws + 1))] for draws in (39, 79)]
    [[1.0, 39.0], [2.0, 78.0]]
    >>> band([[0.1, 5.0], [0.4, 7.0], [0.2, np.inf]])
    (array([0.1, 5. ]), array([0.4, inf]))
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64), axis=0)
    draws = len(ordered)
    if not draws:
        nothing = np.full(ordered.shape[1:], np.nan)
        return nothing, nothing
    outside = max(1, math.floor((1 - level) / 2 * (draws + 1) + _ROUNDING)) - 1
    # Sorting puts nan last, where it would pass for the largest value.
    unknown = np.isnan(ordered[-1])
    lower, upper = np.where(unknown, np.nan, ordered[[outside, draws - 1 - outside]])
    return lower, upper


def span(values: ArrayLike) -> dict[str, float]:
    """Return lowest, lower, middle, upper and highest of one statistic over the draws; nan stays out.

    `lower` to `upper` is the `band`; `middle` the smallest value that half of the draws do not exceed, so
    that it is one of theirs, and may be infinite.

    >>> span([3, 1, math.inf, 2])
    {'lowest': 1.0, 'lower': 1.0, 'middle': 2.0, 'upper': inf, 'highest': inf}
    """
    known = np.asarray(values, dtype=np.float64)
    known = np.sort(known[~np.isnan(known)])
    if not len(known):
        return dict.fromkeys(SPAN, math.nan)
    lower, upper = band(known)
    found = (known[0], lower, known[(len(known) - 1) // 2], upper, known[-1])
    return dict(zip(SPAN, map(float, found), strict=True))


def width(lower: float, upper: float, unit: str) -> float:
    """Return the width of a range, of a ratio as that of its logarithm: 0 between two equal ends."""
    if lower == upper:
        return 0.0
    if unit == "":
        return math.log(upper / lower) if lower > 0 and math.isfinite(upper) else math.inf
    return upper - lower


def end_limits(values: ArrayLike, level: float = LEVEL) -> dict[str, float]:
    """Return the Monte Carlo error of the ends of the `band` of independent draws, as 95 % limits of each.

    With ever more draws an end comes to a quantile of their distribution. Of n draws the number below it is
    binomial, which gives exact limits without any assumption on the distribution: the r-th and the s-th
    smallest draw (Conover, Practical Nonparametric Statistics, 3.2). Keys lower_from, lower_to, upper_from,
    upper_to; nan where so few draws hold no limit, and where a value is unknown.

    Example: R's qbinom(c(.025, .975), 150, .025) + c(0, 1) is 1 9.

    >>> end_limits(range(1, 151))
    {'lower_from': 1.0, 'lower_to': 9.0, 'upper_from': 142.0, 'upper_to': 150.0}
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    n = len(ordered)
    first, last = _ranks(n, (1 - level) / 2)
    ranks = {"lower_from": first, "lower_to": last, "upper_from": n + 1 - last, "upper_to": n + 1 - first}
    return {name: _at_rank(ordered, rank) for name, rank in ranks.items()}


def middle_limits(values: ArrayLike) -> dict[str, float]:
    """Return the Monte Carlo error of the median of independent draws, as `end_limits` does of the ends.

    Example: R's qbinom(c(.025, .975), 100, .5) + c(0, 1) is 40 61.

    >>> middle_limits(range(1, 101))
    {'middle_from': 40.0, 'middle_to': 61.0}
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    first, last = _ranks(len(ordered), 0.5)
    return {"middle_from": _at_rank(ordered, first), "middle_to": _at_rank(ordered, last)}


def _ranks(n: int, share: float) -> tuple[int, int]:
    """Return the ranks of n draws between which the quantile at `share` lies with a probability of 95 %."""
    from scipy import stats

    tail = (1 - LEVEL) / 2
    return int(stats.binom.ppf(tail, n, share)), int(stats.binom.ppf(1 - tail, n, share)) + 1


def _at_rank(ordered: FloatArray, rank: int) -> float:
    known = len(ordered) > 0 and not np.isnan(ordered[-1])
    return float(ordered[rank - 1]) if known and 1 <= rank <= len(ordered) else math.nan


def extremes(drawn: ArrayLike, witnessed: ArrayLike) -> dict[str, float]:
    """Return `least` and `largest` of the draws and the witnesses together; nan of no draws, nan stays out.

    >>> extremes([2.0, 3.0], [math.nan, 5.0])
    {'least': 2.0, 'largest': 5.0}
    """
    known = np.concatenate([np.asarray(drawn, dtype=float), np.asarray(witnessed, dtype=float)])
    known = known[~np.isnan(known)]
    if not len(np.asarray(drawn)) or not len(known):
        return {"least": math.nan, "largest": math.nan}
    return {"least": float(known.min()), "largest": float(known.max())}


def held(draws: int) -> str:
    """Return what a 95 % band over so many draws holds, in words: `95% of 200`, `all 20`."""
    return f"all {draws}" if draws < FEWEST else f"{share(LEVEL)} of {draws}"
