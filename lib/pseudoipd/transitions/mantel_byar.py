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

    The log-rank test on (start, stop] of Mantel and Byar (1974), hypergeometric variance, one degree
    of freedom. `response_time` is inf or nan for patients who never responded. `tie` says when a
    patient counts as responder at time t: "before" if response < t, "at" if response ≤ t.
    """
    return _tested(risk_sets(*clean(time, event, response_time), tie))


def naive_logrank(time: ArrayLike, event: ArrayLike, ever: ArrayLike) -> MantelByar:
    """Compare those who ever responded with those who never did, both from time 0.

    Wrong on purpose: who responds late must live that long, so the time before response is credited
    to it (immortal time). `ever` is true for a responder; `observed` counts deaths of responders.
    """
    fixed = np.where(np.asarray(ever, dtype=bool), -np.inf, np.inf)
    return _tested(risk_sets(*clean(time, event, fixed)))


def _tested(sets: RiskSets) -> MantelByar:
    observed, expected, variance = sets.score_test()
    chi2, p = chi_squared(observed, expected, variance)
    deaths = int(sets.counts.sum())
    return MantelByar(float(observed), float(expected), float(variance), float(chi2), float(p), deaths)
