"""Confidence limits of S(t), quantiles and the limits of quantiles."""

from __future__ import annotations

from functools import cache
from statistics import NormalDist

import numpy as np

from pseudoipd.survival.kaplan_meier import FloatArray, KaplanMeier

CONF_TYPES = ("log-log", "log", "plain")

# S(t) is a product of fractions: 1/2 comes out as 0.5000000000000001 for many sample sizes.
# R's minmin uses 1.5e-8 for the same purpose; rounding is about 1e-16 for each factor.
CROSSING_TOLERANCE = 1e-9


@cache
def normal_quantile(conf_level: float) -> float:
    """Return the two-sided standard normal quantile z: P(-z < Z < z) = conf_level.

    Raises ValueError unless 0 < conf_level < 1.

    Example: R: qnorm(.975) 1.95996398454005

    >>> round(normal_quantile(0.95), 12)
    1.95996398454
    """
    if not 0 < conf_level < 1:
        raise ValueError(f"conf_level must lie between 0 and 1, not {conf_level}")
    return NormalDist().inv_cdf(0.5 + conf_level / 2)


def limits(
    km: KaplanMeier, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    """Return the pointwise lower and upper limits of S(t), one of each per row of the table.

    `conf_type` names the scale on which the interval is symmetric; with w = z √(Σ d / (n (n - d))):
    "log-log" S^exp(±w / log S); "log" S exp(±w); "plain" S (1 ± w); cut off at 0 and 1. Where S is 1 both
    are 1 (R the same, but NA for "log-log"); where S is 0 they are nan, as in R. R's default is "log", that
    of SAS "log-log". Raises ValueError for another type, or a level outside (0, 1).

    Reference: Kalbfleisch and Prentice 1980; Klein and Moeschberger 2003, section 4.3.
    Example: R: f <- survfit(Surv(1:5, c(0, 1, 1, 1, 1)) ~ 1, conf.type = "log-log"); f$lower[2:4] is
    0.127946917595 0.057847082995 0.008947824417; with conf.type = "plain" 0.325655349721 0.010009003865 0

    >>> from pseudoipd.survival import kaplan_meier
    >>> km = kaplan_meier([1, 2, 3, 4, 5], [0, 1, 1, 1, 1])
    >>> limits(km, "log-log")[0].round(9).tolist()
    [1.0, 0.127946918, 0.057847083, 0.008947824, nan]
    >>> limits(km, "plain")[0].round(9).tolist()
    [1.0, 0.32565535, 0.010009004, 0.0, nan]
    """
    return interval(km.survival, km.greenwood, conf_type, conf_level)


def interval(
    survival: FloatArray, greenwood: FloatArray, conf_type: str, conf_level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the limits of `limits` from S and its Greenwood sum, element by element, any shape."""
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
            # log S is negative, so that S^power with power > 1 is the lower limit.
            power = np.exp(width / np.abs(np.log(survival)))
            lower, upper = survival**power, survival ** (1 / power)
    # 1^∞ before the first event and 0^0 after the last have no value of their own.
    flat, ended = survival >= 1, survival <= 0
    lower = np.where(flat, 1.0, np.where(ended, np.nan, np.clip(lower, 0, 1)))
    upper = np.where(flat, 1.0, np.where(ended, np.nan, np.clip(upper, 0, 1)))
    return lower, upper


def survival_with_limits(
    km: KaplanMeier, at: float, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[float, float, float]:
    """Return S(at) with its lower and upper limit; 1 with both before the first time of the table.

    The step in force at `at` (`survival_at`) with the limits of `limits`; carried on beyond the last time.

    Example: R: summary(survfit(Surv(time, status) ~ 1, lung, conf.type = "log-log"), times = 365) has surv
    0.40924, lower 0.33871, upper 0.47838 (in the tests); by hand, before the first time:

    >>> from pseudoipd.survival import kaplan_meier
    >>> survival_with_limits(kaplan_meier([2, 3], [1, 1]), 1)
    (1.0, 1.0, 1.0)
    """
    step = int(np.searchsorted(km.time, at, side="right")) - 1
    if step < 0:
        return 1.0, 1.0, 1.0
    lower, upper = limits(km, conf_type, conf_level)
    return float(km.survival[step]), float(lower[step]), float(upper[step])


def quantile(km: KaplanMeier, p: float = 0.5) -> float:
    """Return the time at which S(t) falls to `p` (0.5: the median); inf if it never does.

    min {t: S(t) ≤ p}. If S equals p from t₁ until it falls again at t₂, (t₁ + t₂) / 2: R and SAS do the same.
    If S equals p to the end, t₁, as R's print and summary of survfit do. There R's own quantile() takes the
    last time observed for t₂, and SAS, which looks for min {t: S(t) < p}, has no estimate.

    Reference: R's survival:::survmean; SAS/STAT, LIFETEST, computational formulas; CAMIS, R against SAS.
    Example: by hand, S is 1/2 from 2 to 3. Then the data of CAMIS, S = 1/2 from 87 to the end: R's
    print(survfit(Surv(t, d) ~ 1)) gives 87, quantile(survfit(Surv(t, d) ~ 1), .5) gives 102.5.

    >>> from pseudoipd.survival import kaplan_meier
    >>> quantile(kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]))
    2.5
    >>> t, d = [54, 75, 77, 84, 87, 92, 103, 105, 112, 118], [1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
    >>> quantile(kaplan_meier(t, d))
    87.0
    """
    return crossing(km.time, km.survival, p)


def quantile_limits(
    km: KaplanMeier, p: float = 0.5, conf_type: str = "log-log", conf_level: float = 0.95
) -> tuple[float, float]:
    """Return the Brookmeyer-Crowley limits of a quantile: where the limits of S(t) cross `p`.

    {t: lower(t) ≤ p ≤ upper(t)}, its ends by the rule of `quantile`; an upper limit of S that never comes
    down to p gives inf. Type and errors as in `limits`, unit as of the times.

    Reference: Brookmeyer and Crowley, Biometrics 1982;38:29.
    Example: R: summary(survfit(Surv(1:36, rep(1, 36)) ~ 1, conf.type = ct))$table[7:9] is 18.5 12 24 for
    "log-log", 18.5 13 25 for "log"

    >>> from pseudoipd.survival import kaplan_meier
    >>> km = kaplan_meier(range(1, 37), [1] * 36)
    >>> quantile(km), quantile_limits(km), quantile_limits(km, conf_type="log")
    (18.5, (12.0, 24.0), (13.0, 25.0))
    """
    lower, upper = limits(km, conf_type, conf_level)
    return crossing(km.time, lower, p), crossing(km.time, upper, p)


def crossing(time: FloatArray, curve: FloatArray, p: float) -> float:
    """Return the first time at which a step curve [times] is at or below `p`, by the rule of `quantile`.

    The curve may hold nan, which counts as not crossing.

    Example: by hand, a limit that starts undefined and is 1/2 from 2 to 3.

    >>> crossing(np.array([1.0, 2.0, 3.0]), np.array([np.nan, 0.5, 0.3]), 0.5)
    2.5
    """
    reached = np.flatnonzero(curve <= p + CROSSING_TOLERANCE)
    if not len(reached):
        return float("inf")
    first = reached[0]
    if curve[first] < p - CROSSING_TOLERANCE:
        return float(time[first])
    # The next fall, not the next row: censorings within the plateau do not end it.
    below = np.flatnonzero(curve < p - CROSSING_TOLERANCE)
    return float((time[first] + time[below[0]]) / 2) if len(below) else float(time[first])
