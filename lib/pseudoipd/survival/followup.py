"""Length of follow-up, and restricted mean survival time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pseudoipd.survival.kaplan_meier import KaplanMeier, from_counts, kaplan_meier
from pseudoipd.survival.limits import quantile

FOLLOWUP_METHODS = ("reverse-km", "observed")


def reverse_kaplan_meier(time: ArrayLike, event: ArrayLike) -> KaplanMeier:
    """Estimate the distribution of follow-up: censoring is the event, a death censors it.

    The method of Schemper and Smith (1996). At a tie the death leaves first: a patient who died on
    the day on which another was last seen is no longer at risk of being censored, as in R's prodlim
    with reverse = TRUE.
    """
    died = np.asarray(event, dtype=bool)
    plain = kaplan_meier(time, ~died)
    # In `plain` the censorings are its events and the deaths its censorings: take those out first.
    return from_counts(plain.time, plain.at_risk - plain.censored, plain.events, plain.censored)


def median_followup(time: ArrayLike, event: ArrayLike, method: str = "reverse-km") -> float:
    """Return the median follow-up, inf if not reached.

    "reverse-km" is the median of the reverse Kaplan-Meier estimate; "observed" the plain median of
    the observed times of all patients, dead or alive.
    """
    if method not in FOLLOWUP_METHODS:
        raise ValueError(f"method must be one of {', '.join(FOLLOWUP_METHODS)}, not {method!r}")
    if method == "reverse-km":
        return quantile(reverse_kaplan_meier(time, event))
    times = np.asarray(time, dtype=np.float64)
    return float(np.median(times)) if len(times) else float("nan")


def rmst(km: KaplanMeier, tau: float) -> tuple[float, float]:
    """Return the restricted mean survival time up to `tau` and its standard error.

    The area under the step function, with variance Σ A_i² d_i / (n_i (n_i - d_i)), A_i being the
    area from the i-th time to `tau` (Klein and Moeschberger, section 4.5). Beyond the last
    observation the curve is carried on flat, as R's survfit does with rmean = tau.
    """
    inside = km.time <= tau
    edges = np.concatenate([[0.0], km.time[inside], [tau]])
    areas = np.diff(edges) * np.concatenate([[1.0], km.survival[inside]])
    area_after = areas[:0:-1].cumsum()[::-1]
    died, n = km.events[inside], km.at_risk[inside]
    left = n * (n - died)
    terms = np.zeros(len(n))
    np.divide(area_after**2 * died, left, out=terms, where=left > 0)
    return float(areas.sum()), float(np.sqrt(terms.sum()))
