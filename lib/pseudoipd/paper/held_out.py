"""Each printed number left out in turn: what the others say about it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from blina_base.errors import BlinaError
from pseudoipd import judge
from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import STATISTIC_CODES
from pseudoipd.draw import Request
from pseudoipd.ensemble import Ensemble
from pseudoipd.model.problem import LEAST_MOVES, compile_problem
from pseudoipd.paper.reading import Paper, Part
from pseudoipd.paper.together import Together, of_long

LEVEL = 95.0
"""The share of draws, in %, between the ends of a range."""
DRAWS = 40
"""Cohorts behind each prediction: the fewest, but for one, whose ends hold one more in 95 % of cases."""
ATTEMPTS = 20
"""Structures from which a chain is begun before a cohort without the number is given up."""
LENGTH, LENGTH_OF_MANY = 0.25, 0.5
"""Length of a chain, in terms of the usual one, and of one that gives many cohorts, but never less than the
least: there are 40 for each number, and of a large trial with a dozen of them, each in full, they would take
an hour."""
FAR = 0.25
"""By so much of the range a number must lie beyond it to be called surprising."""


@dataclass(frozen=True)
class LeftOut:
    """One printed number, and the range of 95% of the cohorts that were drawn without it.

    `surprising` is true where the printed number lies far beyond those of all cohorts: a slip of the pen, an
    assumption that does not hold, or information that the other numbers lack.
    """

    claim: Claim
    arm: str
    lower: float
    middle: float
    upper: float
    draws: int
    surprising: bool


def left_out(
    paper: Paper,
    wanted: Sequence[Request],
    executor: Executor | None = None,
    listener: Callable[[Claim], None] = lambda claim: None,
) -> list[LeftOut]:
    """Return the prediction of each printed number on times that each cohort is made to meet, by the others.

    Further printings of the same number are left out with it. A number without which no cohort is found in
    a few attempts, or before time is up (`Request.until`), has no row.
    """
    found = []
    for part, asked in zip(paper.parts, wanted, strict=True):
        trials = [claim for claim in part.asked if claim.statistic in STATISTIC_CODES]
        for claim, cohorts in zip(trials, _drawn(trials, part, asked, executor), strict=True):
            listener(claim)
            if cohorts is None or not len(cohorts):
                continue
            own = judge.Judge(cohorts, asked.problem.assumptions, part.vocabulary)
            values = np.where(np.isnan(own.values(claim)), math.inf, own.values(claim))
            lower, upper = spread(values)
            agree = [claim.agrees(float(one), asked.problem.assumptions.plateau_rule) for one in values]
            middle = float(np.sort(values)[(len(values) - 1) // 2])
            strange = not any(agree) and _far(values, claim)
            found.append(LeftOut(claim, part.arm, lower, middle, upper, len(values), strange))
    return found


def _far(values: NDArray[np.float64], claim: Claim) -> bool:
    """Say whether the printed number lies beyond all draws by `FAR` of their range."""
    lowest, highest = float(values.min()), float(values.max())
    room = FAR * (highest - lowest) if math.isfinite(highest) else 0.0
    return claim.interval.upper < lowest - room or claim.interval.lower > highest + room


def spread(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the ends between which 95% of the draws lie; a value that was not reached is infinite."""
    tail = (100 - LEVEL) / 2
    known = np.where(np.isnan(values), np.inf, values)
    ends = np.percentile(known, [tail, 100 - tail], method="closest_observation")
    return float(ends[0]), float(ends[1])


def _drawn(
    trials: Sequence[Claim], part: Part, asked: Request, executor: Executor | None
) -> Iterator[Ensemble | None]:
    each = of_long((asked,))
    requests = [_without(claim, part, asked, LENGTH if each == 1 else LENGTH_OF_MANY) for claim in trials]
    drawers = [None if one is None else Together((one,), of_chain=each) for one in requests]
    if executor is None:
        for one in drawers:
            yield None if one is None else one.chunk(0, DRAWS, ATTEMPTS)[0]
        return
    waiting = [None if one is None else executor.submit(one.chunk, 0, DRAWS, ATTEMPTS) for one in drawers]
    for future in waiting:
        yield None if future is None else future.result()[0]


def _without(claim: Claim, part: Part, asked: Request, length: float) -> Request | None:
    def same(other: Claim) -> bool:
        return (other.endpoint, other.statistic, other.population, other.at) == (
            claim.endpoint, claim.statistic, claim.population, claim.at,
        )  # fmt: skip

    kept = [other for other in part.asked if not same(other)]
    try:
        problem = compile_problem(kept, asked.problem.assumptions, part.vocabulary)
    except BlinaError:
        return None
    if claim.endpoint not in problem.endpoints:
        return None
    usual, least = problem.effort().moves, LEAST_MOVES[len(problem.endpoints) > 1]
    return replace(asked, problem=problem, moves=asked.moves or max(least, int(length * usual)))
