"""Cohorts that agree with claims in this trial's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from blina.facts import read_claims
from blina.vocabulary import TIME_STATISTICS, VOCABULARY
from blina_base import project
from pseudoipd import cache
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.problem import Problem, compile_problem

ASKED = "asked"
"""The note in a checked-in ensemble: the digest of what it was drawn for, as `cache.asked`."""

LEFT_OUT, LEFT_OUT_SEED, LEFT_OUT_DRAWS = "left_out.parquet", 7, 60
"""File in data/cohort of cohorts drawn without a printed number; their seed, and how many without each one.

Its note names, in order, the digests of what each so many were drawn for: a page carries them in some 15 kB.
"""

_COUNTS = frozenset({"n", "events", "count_at_or_beyond"})
"""Counts are not left out: the table and the text print most of them twice."""

if TYPE_CHECKING:
    from pseudoipd.claims import Claim
    from pseudoipd.ensemble import Ensemble


def load(
    claims: Sequence[Claim],
    assumptions: Mapping[str, str] | None,
    draws: int,
    seed: int,
    moves: int | None = None,
) -> Ensemble:
    """Return the ensemble of these claims: checked in, from the cache if it was drawn before, or drawn.

    Raises as `cache.load` does.
    """
    stored = checked_in(cache.asked(claims, assumptions, seed, moves, VOCABULARY))
    if stored is not None and len(stored) >= draws:
        return stored.subset(np.arange(draws))
    return cache.load(claims, assumptions, draws, seed, moves=moves, vocabulary=VOCABULARY)


def stored(claims: Sequence[Claim], assumptions: Mapping[str, str] | None, draws: int, seed: int) -> Ensemble:
    """Return all cohorts of these claims that are checked in, more than a page draws; else as `load`."""
    found = checked_in(cache.asked(claims, assumptions, seed, None, VOCABULARY))
    return load(claims, assumptions, draws, seed) if found is None else found


def checked_in(asked: str) -> Ensemble | None:
    """Return the ensemble in data/cohort that was drawn for this digest of a request, if there is one."""
    import pyarrow.parquet as pa_parquet

    from pseudoipd import output

    for path in sorted(project.reference_cohort().glob("ensemble*.parquet")):
        noted = pa_parquet.read_schema(path).metadata or {}
        if noted.get(ASKED.encode(), b"").decode() == asked:
            return output.read(path)[0]
    return None


def without(
    claims: Sequence[Claim], assumptions: Mapping[str, str] | None
) -> list[tuple[tuple[Claim, ...], Ensemble]]:
    """Return what can be left out, all printings of a quantity, and the checked-in cohorts without it."""
    from pseudoipd import output

    drawn, noted = output.read(project.reference_cohort() / LEFT_OUT)
    asked = noted[ASKED].split()
    found = []
    for same in printings(claims):
        digest = cache.asked(others(claims, same), assumptions, LEFT_OUT_SEED, None, VOCABULARY)
        if digest in asked:
            # By the number of the draw, not its place: a draw may be missing.
            here = drawn.draw // LEFT_OUT_DRAWS == asked.index(digest)
            found.append((same, drawn.subset(np.flatnonzero(here))))
    return found


def others(claims: Sequence[Claim], same: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return the claims that are not left out."""
    return tuple(claim for claim in claims if claim not in same)


def printings(claims: Sequence[Claim]) -> list[tuple[Claim, ...]]:
    """Return the quantities on times that can be left out, each as all of its printings, the finest first."""
    found: dict[tuple[str, str, str, float | None], list[Claim]] = {}
    for claim in claims:
        if claim.statistic in TIME_STATISTICS and claim.statistic not in _COUNTS:
            found.setdefault((claim.endpoint, claim.statistic, claim.population, claim.at), []).append(claim)
    return [
        tuple(sorted(same, key=lambda claim: claim.interval.upper - claim.interval.lower))
        for same in found.values()
    ]


def get_ready() -> None:
    """Compile the sampler, if what it is compiled to is not kept yet: it says so, and draws one cohort."""
    from pseudoipd.chain import compiled

    if compiled.is_new():
        from pseudoipd.draw import draw_chunk, request

        draw_chunk(request(read_claims(), None, 1, moves=1, vocabulary=VOCABULARY), 0, 1, restarts=1)


def problem(claims: Sequence[Claim], assumptions: Mapping[str, str] | None) -> Problem:
    """Return what such claims ask of a cohort; as `compile_problem`."""
    return compile_problem(claims, Assumptions.of(assumptions, VOCABULARY), VOCABULARY)
