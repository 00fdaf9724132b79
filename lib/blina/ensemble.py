"""Cohorts that agree with claims in this trial's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from blina.vocabulary import VOCABULARY
from pseudoipd import cache
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.problem import Problem, compile_problem

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
    """Return the ensemble of these claims, from the cache if it was drawn before; as `cache.load`."""
    return cache.load(claims, assumptions, draws, seed, moves=moves, vocabulary=VOCABULARY)


def problem(claims: Sequence[Claim], assumptions: Mapping[str, str] | None) -> Problem:
    """Return what such claims ask of a cohort; as `compile_problem`."""
    return compile_problem(claims, Assumptions.of(assumptions, VOCABULARY), VOCABULARY)
