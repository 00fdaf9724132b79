"""Confidence limits of S(t), quantiles and the limits of quantiles."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np

from pseudoipd.survival.kaplan_meier import FloatArray, KaplanMeier

CONF_TYPES = ("log-log", "log", "plain")

# S(t) is a product of fractions: 1/2 comes out as 0.5000000000000001 for many sample sizes.
CROSSING_TOLERANCE = 1e-9


@cache
def normal_quantile(conf_level: float) -> float:
    """Return the two-sided standard normal quantile, 1.96 for 0.95."""
    if not 0 < conf_level < 1:
        raise ValueError(f"conf_level must lie between 0 and 1, not {conf_level}")
    return NormalDist().inv_cdf(0.5 + conf_level / 2)


def limits(
    km: KaplanMeier, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return the pointwise lower and upper limits of S(t), one of each per row of the table.

    `conf_type` names the scale on which the Greenwood interval is symmetric: log(-log S), log S or
    S itself ("plain"). Where S is 1 both limits are 1; where S is 0 they are undefined (nan), as in
    R's survfit.
    """
    return interval(km.survival, km.greenwood, conf_type, conf_level)


def interval(
    survival: FloatArray, greenwood: FloatArray, conf_type: str, conf_level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the limits that belong to S and its Greenwood sum, element by element, any shape."""
    if conf_type not in CONF_TYPES:
        raise ValueError(f"conf_type must be one of {', '.join(CONF_TYPES)}, not {conf_type!r}")
    z = normal_quantile(conf_level)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        width = z * np.sqrt(greenwood)
        if conf_type == "plain":
            lower, upper = survival * (1 - width), survival * (1 + width)
        elif conf_type == "log":
            lower, upper = survival * np.exp(-width), survival * np.exp(width)
        else:
            power = np.exp(width / np.abs(np.log(survival)))
            lower, upper = survival**power, survival ** (1 / power)
    flat, ended = survival >= 1, survival <= 0
    lower = np.where(flat, 1.0, np.where(ended, np.nan, np.clip(lower, 0, 1)))
    upper = np.where(flat, 1.0, np.where(ended, np.nan, np.clip(upper, 0, 1)))
    return lower, upper


def quantile(km: KaplanMeier, p: float = 0.5) -> float:
    """Return the time at which S(t) falls to `p` (0.5: the median); inf if it never does.

    If S equals `p` on an interval, its midpoint, the rule of R and SAS: without censoring the median
    of 1..n is n/2 + 0.5 for every even n.
    """
    return crossing(km.time, km.survival, p)


def quantile_limits(
    km: KaplanMeier, p: float = 0.5, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[float, float]:
    """Return the Brookmeyer-Crowley limits of a quantile: where the limits of S(t) cross `p`."""
    lower, upper = limits(km, conf_type, conf_level)
    return crossing(km.time, lower, p), crossing(km.time, upper, p)


def crossing(time: FloatArray, curve: FloatArray, p: float) -> float:
    """Return the first time at which a step curve is at or below `p`, by the midpoint rule.

    The curve may hold nan, which counts as not crossing. Where it stays at `p` to the end, the time
    at which it got there is returned, as R's print.survfit does.
    """
    reached = np.flatnonzero(curve <= p + CROSSING_TOLERANCE)
    if not len(reached):
        return float("inf")
    first = reached[0]
    if curve[first] < p - CROSSING_TOLERANCE:
        return float(time[first])
    below = np.flatnonzero(curve < p - CROSSING_TOLERANCE)
    return float((time[first] + time[below[0]]) / 2) if len(below) else float(time[first])
