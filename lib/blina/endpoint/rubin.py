"""Total uncertainty: what 36 patients leave open, and what print leaves open, as one interval.

The drawn cohorts are to the trial's own data as imputations are to missing values: Rubin's rules combine the
variance within a cohort (sampling) with that between cohorts (what is not printed).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
Scale = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Total:
    """An estimate with its limits, and the variances within and between cohorts on the scale of the rules."""

    estimate: float
    lower: float
    upper: float
    within: float
    between: float

    @property
    def between_share(self) -> float:
        """The share of the total variance that more printed numbers could take away."""
        total = self.within + self.between
        return self.between / total if total > 0 else math.nan


def combine(estimates: ArrayLike, variances: ArrayLike, level: float = 0.95) -> tuple[float, Total]:
    """Return the degrees of freedom and the total of estimates with variances, one of each a cohort.

    T = W + (1 + 1/m) B with W the mean of the variances and B the variance of the estimates; limits by t with
    (m - 1) (1 + W / ((1 + 1/m) B))² degrees of freedom. Rubin, Multiple imputation for nonresponse in surveys
    (1987), equations 3.1.2 to 3.1.6. `between` of the total is (1 + 1/m) B.

    Example: by hand, estimates 1, 2, 3 with variance 1 each: B = 1, T = 1 + 4/3, 2 (1 + 3/4)² = 6.125.

    >>> degrees, total = combine([1, 2, 3], [1, 1, 1])
    >>> round(degrees, 9), round(total.within + total.between, 9), total.estimate
    (6.125, 2.333333333, 2.0)
    """
    from scipy.stats import t

    values, m = np.asarray(estimates, dtype=float), len(np.asarray(estimates))
    mean, within = float(values.mean()), float(np.mean(np.asarray(variances, dtype=float)))
    between = (1 + 1 / m) * float(values.var(ddof=1)) if m > 1 else 0.0
    degrees = (m - 1) * (1 + within / between) ** 2 if between > 0 else math.inf
    reach = float(t.ppf(0.5 + level / 2, degrees)) * math.sqrt(within + between)
    return degrees, Total(mean, mean - reach, mean + reach, within, between)


def survival(s: ArrayLike, greenwood: ArrayLike, level: float = 0.95) -> Total:
    """Return the total of survival as a fraction, by the rules on log(-log S).

    `greenwood` is the variance of log S. Cohorts in which S is 0 or 1 have no such variance and are left out.
    """
    fractions, variance = np.asarray(s, dtype=float), np.asarray(greenwood, dtype=float)
    inside = (fractions > 0) & (fractions < 1)
    log = np.log(fractions[inside])
    if not inside.any():
        return Total(float(fractions.mean()), math.nan, math.nan, math.nan, math.nan)
    _, found = combine(np.log(-log), variance[inside] / log**2, level)
    # log(-log S) rises where S falls, so the limits change places.
    middle, lower, upper = (math.exp(-math.exp(end)) for end in (found.estimate, found.upper, found.lower))
    return Total(middle, lower, upper, found.within, found.between)


def ratio(log_ratio: ArrayLike, se: ArrayLike, level: float = 0.95) -> Total:
    """Return the total of a ratio from its logarithms and their standard errors."""
    known = np.isfinite(np.asarray(log_ratio, dtype=float)) & np.isfinite(np.asarray(se, dtype=float))
    _, found = combine(np.asarray(log_ratio)[known], np.asarray(se)[known] ** 2, level)
    return Total(
        math.exp(found.estimate), math.exp(found.lower), math.exp(found.upper), found.within, found.between
    )
