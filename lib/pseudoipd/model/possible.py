"""Whether the patients of a cohort can have been: the rules of the vocabulary, read off the drawn tables.

As the judge of the claims, this knows nothing of the sampler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pseudoipd.claims.grammar import FIRST, SECOND, member

if TYPE_CHECKING:
    from pseudoipd.claims.vocabulary import Rule, Vocabulary
    from pseudoipd.ensemble import Ensemble

TOO_FEW_RELAPSES = "relapses"
"""Names what is about a cohort and not about one of its patients."""


def offences(ensemble: Ensemble, vocabulary: Vocabulary) -> Mapping[str, NDArray[np.bool_]]:
    """Return by the words of each rule which patients break it, [draws, patients].

    A rule on a column, or an endpoint, that the cohorts lack says nothing. Under `TOO_FEW_RELAPSES` every
    patient of a cohort is marked that has fewer relapses than are known.
    """
    found = {
        rule.words: member(ensemble.columns, rule.whom) & _breaks(ensemble, rule, vocabulary)
        for rule in vocabulary.rules
        if set(rule.whom) <= set(ensemble.columns) and FIRST in ensemble.time
    }
    least = vocabulary.course.relapses
    if least and SECOND in ensemble.time:
        few = relapsed(ensemble).sum(axis=1) < least
        found[TOO_FEW_RELAPSES] = np.repeat(few[:, None], len(ensemble.subjects), axis=1)
    return found


def possible(ensemble: Ensemble, vocabulary: Vocabulary) -> NDArray[np.bool_]:
    """Say of each draw whether it holds possible patients only."""
    fine = np.ones(len(ensemble), dtype=bool)
    for broken in offences(ensemble, vocabulary).values():
        fine &= ~broken.any(axis=1)
    return fine


def relapsed(ensemble: Ensemble) -> NDArray[np.bool_]:
    """Say who relapsed: whose event of the second endpoint is not their death."""
    days, event = ensemble.time[SECOND], ensemble.event[SECOND] & (ensemble.time[SECOND] >= 0)
    if FIRST not in ensemble.time:
        return event
    since_start = days + ensemble.origin.get(SECOND, np.zeros_like(days))
    died = ensemble.event[FIRST] & (since_start == ensemble.time[FIRST])
    return np.asarray(event & ~died)


def _breaks(ensemble: Ensemble, rule: Rule, vocabulary: Vocabulary) -> NDArray[np.bool_]:
    days = ensemble.time[FIRST]
    broken = days < rule.least
    response = vocabulary.response
    if rule.after_response and response is not None:
        day = ensemble.columns.get(response.day, np.full_like(days, -1))
        broken |= days < np.where(day >= 0, day, response.days[0]) + rule.after_response
    if rule.relapsed and SECOND in ensemble.time:
        broken |= ~relapsed(ensemble)
    return np.asarray(broken)
