"""Mantel-Byar, and beside it the naive comparison that counts immortal time as treated time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pseudoipd.transitions.risk_sets import RiskSets, chi_squared, clean, risk_sets


@dataclass(frozen=True, slots=True)
class MantelByar:
    """Deaths in the response state, observed and expected, and the test of their difference.

    `deaths` counts all deaths, so those without response are deaths - observed, of
    deaths - expected. `chi2` and `p` are nan where no death compares the two states.
    """

    observed: float
    expected: float
    variance: float
    chi2: float
    p: float
    deaths: int


def mantel_byar(
    time: ArrayLike, event: ArrayLike, response_time: ArrayLike, *, tie: str = "before"
) -> MantelByar:
    """Compare survival with and without response, a patient changing sides at the response.

    The log-rank test on (start, stop]: E = Σ over death times of d n₁ / n, V = Σ d n₁ n₀ (n - d) /
    (n² (n - 1)), chi² = (O - E)² / V on one degree of freedom, n₁ of the n at risk in the response state.
    `response_time` is inf or nan for patients who never responded. `tie` says when a patient counts as
    responder at time t: "before" if response < t (R's (start, stop]), "at" if response ≤ t. Raises
    ValueError for another rule. R's survdiff refuses (start, stop]; the score test of coxph(ties = "breslow")
    lacks the factor (n - d) / (n - 1) of V.

    Reference: Mantel and Byar, J Am Stat Assoc 1974;69:81.
    Example: by hand, O = 1, E = 1/4 + 2/3, V = 3/16 + 2/9, chi² = 1/59. With "at" A dies as a responder:
    O = 2, E = 2/4 + 2/3.

    >>> time, event, response = [5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.inf]
    >>> found = mantel_byar(time, event, response)
    >>> found.observed, round(found.expected, 4), round(found.variance, 4), round(found.chi2 * 59, 9)
    (1.0, 0.9167, 0.4097, 1.0)
    >>> found = mantel_byar(time, event, response, tie="at")
    >>> found.observed, round(found.expected, 4)
    (2.0, 1.1667)
    """
    return _tested(risk_sets(*clean(time, event, response_time), tie))


def naive_logrank(time: ArrayLike, event: ArrayLike, ever: ArrayLike) -> MantelByar:
    """Compare those who ever responded with those who never did, both from time 0.

    Wrong on purpose: who responds late must live that long, so the time before response is credited
    to it (immortal time). `ever` is true for a responder; `observed` counts deaths of responders. Formula
    as in `mantel_byar`, every patient in one state throughout.

    Reference: Suissa, Am J Epidemiol 2008;167:492, on immortal time.
    Example: by hand, E = 2/4 + 2 · 1/3; R: survdiff(Surv(c(5, 10, 10, 12), c(1, 1, 1, 0)) ~ c(1, 1, 0, 0))
    has observed 2, expected 1.16667, chisq 1.470588235

    >>> found = naive_logrank([5, 10, 10, 12], [1, 1, 1, 0], [True, True, False, False])
    >>> found.observed, round(found.expected, 5), round(found.chi2, 9)
    (2.0, 1.16667, 1.470588235)
    """
    fixed = np.where(np.asarray(ever, dtype=bool), -np.inf, np.inf)
    return _tested(risk_sets(*clean(time, event, fixed)))


def _tested(sets: RiskSets) -> MantelByar:
    observed, expected, variance = sets.score_test()
    chi2, p = chi_squared(observed, expected, variance)
    deaths = int(sets.counts.sum())
    return MantelByar(float(observed), float(expected), float(variance), float(chi2), float(p), deaths)
