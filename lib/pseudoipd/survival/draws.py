"""Kaplan-Meier statistics over an ensemble: arrays [draws, patients] in, one value per draw out.

Each patient is a factor of his own, 1 - 1/n for a death, deaths before censorings at a tie; the
factors of tied deaths multiply to (n - d)/n, and their Greenwood terms add up to d / (n (n - d)), so
the curve after each distinct time is the usual one. References are those of the statistics of one cohort;
the examples hold two cohorts, whose values are those of the examples there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pseudoipd.survival.kaplan_meier import FloatArray
from pseudoipd.survival.limits import CROSSING_TOLERANCE, interval


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Arrays [draws, patients], sorted by time; `last` is true at the last entry of each distinct time."""

    time: FloatArray
    survival: FloatArray
    greenwood: FloatArray
    last: NDArray[np.bool_]


def curves(time: ArrayLike, event: ArrayLike) -> Curves:
    """Estimate one Kaplan-Meier curve per draw: `time`, `event` [draws, patients].

    S(t) = Π over deaths ≤ t of (1 - 1 / n). Patients without the endpoint have time -1 (or any below 0).
    Ties must be exact (whole days).

    Example: by hand, as `kaplan_meier`; the second draw has three patients with the endpoint.

    >>> drawn = curves([[2, 4, 6, 30], [-1, 1, 2, 3]], [[1, 0, 1, 0], [0, 1, 1, 0]])
    >>> drawn.survival[0].tolist(), drawn.survival[1].round(4).tolist()
    ([0.75, 0.75, 0.375, 0.375], [1.0, 0.6667, 0.3333, 0.3333])
    """
    times = np.asarray(time, dtype=np.float64)
    died = np.asarray(event, dtype=bool) & (times >= 0)
    return _product_limit(times, died, ~died)


def reverse_curves(time: ArrayLike, event: ArrayLike) -> Curves:
    """Estimate follow-up per draw [draws, patients]: censoring is the event; a death at a tie leaves first.

    Example: by hand, as `reverse_kaplan_meier`.

    >>> reverse_curves([[2, 2, 4]], [[1, 0, 0]]).survival.tolist()
    [[1.0, 0.5, 0.0]]
    """
    times = np.asarray(time, dtype=np.float64)
    censored = ~np.asarray(event, dtype=bool) & (times >= 0)
    return _product_limit(times, censored, censored)


def _product_limit(times: FloatArray, falls: NDArray[np.bool_], leaves_late: NDArray[np.bool_]) -> Curves:
    """Return the curves that fall where `falls` is true; at a tie `leaves_late` go after the others."""
    # By time (the last key counts first), and at a tie those who leave late after the others. Patients
    # without the endpoint (-1) are sorted first and take the highest n, which leaves the others theirs.
    order = np.lexsort((leaves_late, times))
    times, falls = np.take_along_axis(times, order, 1), np.take_along_axis(falls, order, 1)
    n = np.arange(times.shape[1], 0, -1, dtype=np.float64)
    survival = np.asarray(np.cumprod(np.where(falls, 1 - 1 / n, 1.0), axis=1), dtype=np.float64)
    # At n = 1 the term is infinite, as Greenwood's sum of one cohort is once everyone has died.
    with np.errstate(divide="ignore"):
        terms = np.where(falls, 1 / (n * (n - 1)), 0.0)
    last = np.ones(times.shape, dtype=bool)
    last[:, :-1] = times[:, 1:] > times[:, :-1]
    return Curves(times, survival, np.cumsum(terms, axis=1), last)


def survival_on_grid(drawn: Curves, grid: ArrayLike) -> FloatArray:
    """Return S(t) per draw at each time of `grid` [times]: [draws, times]; carried on beyond the last.

    Example: by hand, as `survival_at`.

    >>> survival_on_grid(curves([[1, 2, 3, 4]], [[1, 1, 0, 0]]), [0.5, 1, 1.5, 99]).tolist()
    [[1.0, 0.75, 0.75, 0.5]]
    """
    moments = np.asarray(grid, dtype=np.float64)
    padded = np.concatenate([np.ones((len(drawn.time), 1)), drawn.survival], axis=1)
    steps = (drawn.time[:, :, None] <= moments).sum(axis=1)
    return np.take_along_axis(padded, steps, axis=1)


def quantiles(drawn: Curves, p: float = 0.5) -> FloatArray:
    """Return per draw the time at which S(t) falls to `p`, by the rule of `quantile`; inf if it does not.

    Example: by hand, as `quantile`: 1/2 from 2 to 3, and from 2 to the end.

    >>> quantiles(curves([[1, 2, 3, 4], [1, 2, 3, 4]], [[1, 1, 1, 1], [1, 1, 0, 0]])).tolist()
    [2.5, 2.0]
    """
    return _crossings(drawn, drawn.survival, p)


def quantile_limits_of_draws(
    drawn: Curves, p: float = 0.5, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return per draw the Brookmeyer-Crowley limits of a quantile: lower and upper [draws].

    Example: R's limits of the median of 1 … 36, as `quantile_limits`.

    >>> quantile_limits_of_draws(curves([range(1, 37)], [[1] * 36]))
    (array([12.]), array([24.]))
    """
    lower, upper = interval(drawn.survival, drawn.greenwood, conf_type, conf_level)
    return _crossings(drawn, lower, p), _crossings(drawn, upper, p)


def survival_limits_on_grid(
    drawn: Curves, grid: ArrayLike, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return lower and upper limits of S(t) per draw at each time of `grid`: [draws, times].

    Before the first event both are 1.

    Example: R: summary(survfit(Surv(1:4, c(1, 1, 0, 0)) ~ 1, conf.type = "log-log"), times = 2)[13:14] is
    0.0578470830 0.8448612812

    >>> lower, upper = survival_limits_on_grid(curves([[1, 2, 3, 4]], [[1, 1, 0, 0]]), [2])
    >>> lower.round(9).tolist(), upper.round(9).tolist()
    ([[0.057847083]], [[0.844861281]])
    """
    lower, upper = interval(drawn.survival, drawn.greenwood, conf_type, conf_level)
    before = np.ones((len(drawn.time), 1))
    steps = (drawn.time[:, :, None] <= np.asarray(grid, dtype=np.float64)).sum(axis=1)
    found = [np.take_along_axis(np.hstack([before, side]), steps, axis=1) for side in (lower, upper)]
    return found[0], found[1]


def rmst_of_draws(drawn: Curves, tau: float) -> FloatArray:
    """Return per draw the area under the curve up to `tau`, carried on flat beyond the last time.

    Example: by hand, as `rmst`: the mean of 1, 2, 4, 4.

    >>> rmst_of_draws(curves([[1, 2, 5, 9]], [[1, 1, 1, 1]]), tau=4).tolist()
    [2.75]
    """
    # The absent (-1) are moved to 0 and those beyond tau to tau: their steps have no width.
    edges = np.clip(drawn.time, 0, tau)
    draws = len(edges)
    widths = np.diff(np.hstack([np.zeros((draws, 1)), edges, np.full((draws, 1), tau)]), axis=1)
    return np.asarray((widths * np.hstack([np.ones((draws, 1)), drawn.survival])).sum(axis=1))


def rmst_errors_of_draws(drawn: Curves, tau: float) -> FloatArray:
    """Return per draw the standard error of the area up to `tau`, as `rmst` gives it.

    Example: by hand, as `rmst`: √1.6875 / 2.

    >>> rmst_errors_of_draws(curves([[1, 2, 5, 9]], [[1, 1, 1, 1]]), tau=4).round(9).tolist()
    [0.649519053]
    """
    edges = np.clip(drawn.time, 0, tau)
    ends = np.full((len(edges), 1), tau)
    areas = np.diff(np.hstack([edges, ends]), axis=1) * drawn.survival
    after = areas[:, ::-1].cumsum(axis=1)[:, ::-1]
    terms = np.diff(drawn.greenwood, axis=1, prepend=0.0)
    # At the last death the term is infinite and the area behind it 0, which leaves nothing, as in R.
    counted = (after > 0) & (drawn.time <= tau)
    squares = np.zeros(after.shape)
    np.multiply(after**2, terms, out=squares, where=counted)
    return np.asarray(np.sqrt(squares.sum(axis=1)))


def _crossings(drawn: Curves, curve: FloatArray, p: float) -> FloatArray:
    # Only the last of tied entries shows the curve of that time; `crossing` says the rule.
    at_or_below = drawn.last & (curve <= p + CROSSING_TOLERANCE)
    below = drawn.last & (curve < p - CROSSING_TOLERANCE)
    first, then = _first(drawn.time, at_or_below), _first(drawn.time, below)
    on_p = ~np.take_along_axis(below, at_or_below.argmax(axis=1)[:, None], 1)[:, 0]
    # inf + inf and inf / 2 would warn; `first` alone is the answer where the curve never falls again.
    midpoint = on_p & np.isfinite(then)
    return np.where(midpoint, (first + np.where(midpoint, then, 0.0)) / 2, first)


def _first(time: FloatArray, where: NDArray[np.bool_]) -> FloatArray:
    found = np.take_along_axis(time, where.argmax(axis=1)[:, None], 1)[:, 0]
    return np.where(where.any(axis=1), found, np.inf)
