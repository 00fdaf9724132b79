"""Whether cohorts meet the claims, decided by the collection's statistics alone, never by the sampler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blina import vocabulary
from pseudoipd.claims import Claim
from pseudoipd.claims.proportion import response_statistic

if TYPE_CHECKING:
    from pseudoipd.ensemble import Ensemble

MONTH = vocabulary.DAYS_PER_MONTH
FloatArray = NDArray[np.float64]


def verdicts(
    ensemble: Ensemble, claims: Sequence[Claim], assumptions: Mapping[str, str]
) -> NDArray[np.bool_]:
    """Return [draws, claims]: does our value of each claim agree with its printing."""
    found = np.ones((len(ensemble), len(claims)), dtype=bool)
    for column, claim in enumerate(claims):
        rule = assumptions.get("plateau_rule", "last_event")
        # Values repeat, so each distinct one is asked once.
        distinct, where = np.unique(values(ensemble, claim, assumptions), return_inverse=True)
        answer = np.array([claim.agrees(float(one), rule) for one in distinct], dtype=bool)
        found[:, column] = answer[where.ravel()]
    return found


def values(ensemble: Ensemble, claim: Claim, assumptions: Mapping[str, str]) -> FloatArray:
    """Return our value of one claim's statistic in each draw, in the claim's unit."""
    if claim.statistic in vocabulary.RESPONSE_STATISTICS:
        return _counted(ensemble, claim)
    if claim.statistic == "n" and claim.endpoint not in ensemble.time:
        return np.asarray(members(ensemble, claim.population).sum(axis=1), dtype=float)
    endpoint = claim.endpoint
    time = np.where(members(ensemble, claim.population), ensemble.time[endpoint], -1).astype(float)
    event = ensemble.event[endpoint] & (time >= 0)
    if claim.statistic == "mantel_byar_p":
        return _mantel_byar(ensemble, time, event, assumptions)
    return statistic(claim.statistic, time, event, claim.at, assumptions)


def members(ensemble: Ensemble, population: str) -> NDArray[np.bool_]:
    """Say who belongs to a population; columns that the claims do not describe exclude nobody."""
    predicate = vocabulary.POPULATIONS[population or "all"]
    known = {c: allowed for c, allowed in predicate.items() if c in ensemble.columns}
    if not known:
        shape = next(iter(ensemble.time.values())).shape
        return np.ones(shape, dtype=bool)
    return vocabulary.member(ensemble.columns, known)


def _counted(ensemble: Ensemble, claim: Claim) -> FloatArray:
    whole = members(ensemble, claim.population)
    part = whole & vocabulary.member(ensemble.columns, vocabulary.CATEGORIES[claim.category])
    k, n = part.sum(axis=1), whole.sum(axis=1)
    pairs, where = np.unique(np.stack([k, n]), axis=1, return_inverse=True)
    shares = np.array([response_statistic(claim.statistic, int(a), int(b)) for a, b in pairs.T])
    return shares[where.ravel()]


def statistic(
    name: str, time: FloatArray, event: NDArray[np.bool_], at: float | None, assumptions: Mapping[str, str]
) -> FloatArray:
    """Return a time-to-event statistic per draw: `time` in days, -1 for non-members; the answer in months."""
    from pseudoipd.survival import draws as many
    from pseudoipd.survival import reached

    there = time >= 0
    if name == "n":
        return np.asarray(there.sum(axis=1), dtype=float)
    if name == "events":
        return np.asarray(event.sum(axis=1), dtype=float)
    if name == "count_at_or_beyond":
        assert at is not None
        return np.asarray(reached(time / MONTH, at).sum(axis=1), dtype=float)
    if name == "followup_min":
        return np.asarray(np.where(there, time, np.inf).min(axis=1) / MONTH)
    if name == "followup_max":
        return np.asarray(time.max(axis=1) / MONTH)
    if name == "plateau_from":
        last = np.where(event, time, -1.0).max(axis=1)
        return np.where(last < 0, np.nan, last / MONTH)
    if name == "followup_median":
        if assumptions.get("followup_method") == "observed":
            return np.asarray(np.nanmedian(np.where(there, time, np.nan), axis=1) / MONTH)
        return many.quantiles(many.reverse_curves(time, event)) / MONTH
    drawn = many.curves(time, event)
    if name == "median":
        return many.quantiles(drawn) / MONTH
    if name == "survival":
        assert at is not None
        return 100 * many.survival_on_grid(drawn, [at * MONTH])[:, 0]
    limits = many.quantile_limits_of_draws(drawn, 0.5, assumptions.get("conf_type", "log-log"))
    return limits[0 if name == "median_lower" else 1] / MONTH


def _mantel_byar(
    ensemble: Ensemble, time: FloatArray, event: NDArray[np.bool_], assumptions: Mapping[str, str]
) -> FloatArray:
    from pseudoipd.transitions.risk_sets import chi_squared, risk_sets_of_draws

    day = ensemble.columns["MRDRDY"].astype(float)
    response = np.where((day < 0) | (time < 0), np.inf, day)
    tie = assumptions.get("mantel_byar_tie", "before")
    found = np.empty(len(time))
    step = max(1, 1_000_000 // time.shape[1] ** 2)
    for first in range(0, len(time), step):
        part = slice(first, first + step)
        # Non-members leave before the first day, so that they are in no risk set.
        sets = risk_sets_of_draws(
            np.where(time[part] < 0, -np.inf, time[part]), event[part], response[part], tie
        )
        found[part] = chi_squared(*sets.score_test())[1]
    return found
