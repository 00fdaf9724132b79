"""Kaplan-Meier statistics over an ensemble: arrays [draws, patients] in, one value per draw out.

Each patient is a factor of his own, 1 - 1/n for a death, deaths before censorings at a tie; the
factors of tied deaths multiply to (n - d)/n, and their Greenwood terms add up to d / (n (n - d)), so
the curve after each distinct time is the usual one.
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
    """Estimate one curve per draw. Patients without the endpoint have time -1 (or any below 0).

    Ties must be exact (whole days).
    """
    times = np.asarray(time, dtype=np.float64)
    died = np.asarray(event, dtype=bool) & (times >= 0)
    return _product_limit(times, died, ~died)


def reverse_curves(time: ArrayLike, event: ArrayLike) -> Curves:
    """Estimate follow-up per draw: censoring is the event; a death at a tie leaves first."""
    times = np.asarray(time, dtype=np.float64)
    censored = ~np.asarray(event, dtype=bool) & (times >= 0)
    return _product_limit(times, censored, censored)


def _product_limit(times: FloatArray, falls: NDArray[np.bool_], leaves_late: NDArray[np.bool_]) -> Curves:
    """Return the curves that fall where `falls` is true; at a tie `leaves_late` go after the others."""
    order = np.lexsort((leaves_late, times))
    times, falls = np.take_along_axis(times, order, 1), np.take_along_axis(falls, order, 1)
    n = np.arange(times.shape[1], 0, -1, dtype=np.float64)
    survival = np.asarray(np.cumprod(np.where(falls, 1 - 1 / n, 1.0), axis=1), dtype=np.float64)
    with np.errstate(divide="ignore"):
        terms = np.where(falls, 1 / (n * (n - 1)), 0.0)
    last = np.ones(times.shape, dtype=bool)
    last[:, :-1] = times[:, 1:] > times[:, :-1]
    return Curves(times, survival, np.cumsum(terms, axis=1), last)


def survival_on_grid(drawn: Curves, grid: ArrayLike) -> FloatArray:
    """Return S(t) per draw at each time of `grid`: [draws, times]."""
    moments = np.asarray(grid, dtype=np.float64)
    padded = np.concatenate([np.ones((len(drawn.time), 1)), drawn.survival], axis=1)
    steps = (drawn.time[:, :, None] <= moments).sum(axis=1)
    return np.take_along_axis(padded, steps, axis=1)


def quantiles(drawn: Curves, p: float = 0.5) -> FloatArray:
    """Return per draw the time at which S(t) falls to `p`, by the midpoint rule; inf if it does not."""
    return _crossings(drawn, drawn.survival, p)


def quantile_limits_of_draws(
    drawn: Curves, p: float = 0.5, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return per draw the Brookmeyer-Crowley limits of a quantile."""
    lower, upper = interval(drawn.survival, drawn.greenwood, conf_type, conf_level)
    return _crossings(drawn, lower, p), _crossings(drawn, upper, p)


def rmst_of_draws(drawn: Curves, tau: float) -> FloatArray:
    """Return per draw the area under the curve up to `tau`, carried on flat beyond the last time."""
    edges = np.clip(drawn.time, 0, tau)
    draws = len(edges)
    widths = np.diff(np.hstack([np.zeros((draws, 1)), edges, np.full((draws, 1), tau)]), axis=1)
    return np.asarray((widths * np.hstack([np.ones((draws, 1)), drawn.survival])).sum(axis=1))


def _crossings(drawn: Curves, curve: FloatArray, p: float) -> FloatArray:
    at_or_below = drawn.last & (curve <= p + CROSSING_TOLERANCE)
    below = drawn.last & (curve < p - CROSSING_TOLERANCE)
    first, then = _first(drawn.time, at_or_below), _first(drawn.time, below)
    on_p = ~np.take_along_axis(below, at_or_below.argmax(axis=1)[:, None], 1)[:, 0]
    midpoint = on_p & np.isfinite(then)
    return np.where(midpoint, (first + np.where(midpoint, then, 0.0)) / 2, first)


def _first(time: FloatArray, where: NDArray[np.bool_]) -> FloatArray:
    found = np.take_along_axis(time, where.argmax(axis=1)[:, None], 1)[:, 0]
    return np.where(where.any(axis=1), found, np.inf)
