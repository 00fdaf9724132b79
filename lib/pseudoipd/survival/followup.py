"""Length of follow-up, and restricted mean survival time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pseudoipd.survival.kaplan_meier import KaplanMeier, from_counts, kaplan_meier
from pseudoipd.survival.limits import quantile

FOLLOWUP_METHODS = ("reverse-km", "observed", "survivors")


def reverse_kaplan_meier(time: ArrayLike, event: ArrayLike) -> KaplanMeier:
    """Estimate the distribution of follow-up: censoring is the event, a death censors it.

    G(t) = Π over times ≤ t of (1 - c / (n - d)), c censorings and d deaths among the n under observation.
    At a tie the death leaves first: who died on the day on which another was last seen is no longer at risk
    of being censored, as by prodlim(…, reverse = TRUE) in R. survfit(Surv(t, 1 - d) ~ 1) does it the other
    way, 1 - c / n, and so does SAS with time t*d(1).

    Reference: Schemper and Smith, Control Clin Trials 1996;17:343.
    Example: by hand, a death and a censoring on day 2, G = 1 - 1/2. R: d <- c(1, 0, 0); t <- c(2, 2, 4);
    survfit(Surv(t - 1e-6 * d, 1 - d) ~ 1) has median 3; without the shift G(2) is 2/3 and the median 4.

    >>> reverse_kaplan_meier([2, 2, 4], [1, 0, 0]).survival.tolist()
    [0.5, 0.0]
    """
    died = np.asarray(event, dtype=bool)
    plain = kaplan_meier(time, ~died)
    # In `plain` the censorings are its events and the deaths its censorings; `from_counts` would count
    # those as at risk, so they are taken out first.
    return from_counts(plain.time, plain.at_risk - plain.censored, plain.events, plain.censored)


def median_followup(time: ArrayLike, event: ArrayLike, method: str = "reverse-km") -> float:
    """Return the median follow-up in the unit of `time`, inf if not reached.

    "reverse-km" is the median of `reverse_kaplan_meier`; "observed" the plain median of the observed
    times of all patients, dead or alive, "survivors" that of those without the event (nan of nobody).
    Raises ValueError for another method.

    Reference: Schemper and Smith, Control Clin Trials 1996;17:343.
    Example: by hand, as in `reverse_kaplan_meier`: G is 1/2 from 2 to 4; the middle one of 2, 2, 4.

    >>> median_followup([2, 2, 4], [1, 0, 0]), median_followup([2, 2, 4], [1, 0, 0], method="observed")
    (3.0, 2.0)
    """
    if method not in FOLLOWUP_METHODS:
        raise ValueError(f"method must be one of {', '.join(FOLLOWUP_METHODS)}, not {method!r}")
    if method == "reverse-km":
        return quantile(reverse_kaplan_meier(time, event))
    times = np.asarray(time, dtype=np.float64)
    if method == "survivors":
        times = times[~np.asarray(event, dtype=bool)]
    return float(np.median(times)) if len(times) else float("nan")


def rmst(km: KaplanMeier, tau: float) -> tuple[float, float]:
    """Return the restricted mean survival time up to `tau` and its standard error, in the unit of time.

    ∫ S(t) dt from 0 to tau, the area under the step function, with variance Σ A_i² d_i / (n_i (n_i - d_i)),
    A_i being the area from the i-th time to `tau`. Beyond the last observation the curve is carried on
    flat, as R's survfit does with rmean = tau.

    Reference: Klein and Moeschberger 2003, section 4.5.
    Example: by hand, uncensored: the mean of 1, 2, 4, 4 and their standard deviation / √4, √1.6875 / 2.
    R: summary(survfit(Surv(c(1, 2, 5, 9), rep(1, 4)) ~ 1), rmean = 4)$table[5:6] is 2.75 0.6495190528

    >>> from pseudoipd.survival import kaplan_meier
    >>> value, error = rmst(kaplan_meier([1, 2, 5, 9], [1, 1, 1, 1]), tau=4)
    >>> value, round(error, 9)
    (2.75, 0.649519053)
    """
    inside = km.time <= tau
    edges = np.concatenate([[0.0], km.time[inside], [tau]])
    areas = np.diff(edges) * np.concatenate([[1.0], km.survival[inside]])
    # From the end backwards, without the first area, which lies before the first time.
    area_after = areas[:0:-1].cumsum()[::-1]
    died, n = km.events[inside], km.at_risk[inside]
    # Where all at risk died nothing of the area is left: the term 0² / 0 is 0, as in R.
    left = n * (n - died)
    terms = np.zeros(len(n))
    np.divide(area_after**2 * died, left, out=terms, where=left > 0)
    return float(areas.sum()), float(np.sqrt(terms.sum()))
