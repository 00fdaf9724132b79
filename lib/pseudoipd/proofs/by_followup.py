"""A proof on two endpoints: relapse-free survivors who are followed for longer than the printed follow-up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pseudoipd.claims import Claim
from pseudoipd.model import constraints as counts
from pseudoipd.model.problem import Problem, compiled_range
from pseudoipd.model.structs import LONG_TERM, RELAPSE_FREE, RFS, Settings
from pseudoipd.survival import FOLLOWUP_METHODS

OBSERVED = FOLLOWUP_METHODS.index("observed")


def conflict(problem: Problem) -> tuple[Claim, ...]:
    """Return claims that cannot hold together because too few patients are last seen early in remission.

    Where every patient without an event at the second endpoint is a long-term survivor, the median
    follow-up of that endpoint is not before the day on which long-term survival begins, counted from the
    latest response and from the last look at the remission: it is a median of their times, or (by reverse
    Kaplan-Meier) nobody is censored before. Empty if this refutes nothing.
    """
    observed = problem.settings.followup == OBSERVED
    if len(problem.endpoints) < 2 or observed or not problem.vocabulary.long_term:
        return ()
    printed = [
        claim for claim in problem.used
        if claim.endpoint == problem.endpoints[1] and claim.statistic == "followup_median"
        and claim.population in ("", "all") and not claim.interval.not_reached
    ]  # fmt: skip
    least = problem.settings.cut - _latest_origin(problem.settings) - problem.settings.visits
    short = [claim for claim in printed if compiled_range(claim)[1] < least]
    if not short:
        return ()
    by_claim: dict[Claim, list[counts.Constraint]] = {}
    for one in problem.found:
        by_claim.setdefault(one.claim, []).append(one)

    def holds(trial: Sequence[Claim]) -> bool:
        return _early_remission(problem, [one for claim in trial for one in by_claim[claim]])

    if holds(list(by_claim)):
        return ()
    return (short[0], *counts.smallest_conflict(list(by_claim), holds))


def _latest_origin(settings: Settings) -> int:
    """Return the last day from which a remission can count."""
    if not settings.from_response:
        return 0
    days = settings.response_days
    return int(days[0] if settings.first_remission else days.max())


def _early_remission(problem: Problem, found: Sequence[counts.Constraint]) -> bool:
    """Say whether the counts allow a patient last seen in remission who is no long-term survivor."""
    roles = problem.roles
    early = (roles[:, RFS] == 1) & (roles[:, RELAPSE_FREE] != 2) & (roles[:, LONG_TERM] != 1)
    if not found:
        return bool(early.any())
    wanted = counts.Constraint(found[0].claim, early.astype(float), 1.0, np.inf)
    return counts.solve(problem.kinds, [*found, wanted], problem.n) is not None
