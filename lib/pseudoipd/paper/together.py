"""Arms drawn together: cohorts that meet each arm's own claims and what is printed of two of them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pseudoipd import judge
from pseudoipd.claims.grammar import FIRST
from pseudoipd.draw import RESTARTS, Request, arm_of, as_ensemble, draw_chunk, stream
from pseudoipd.ensemble import Ensemble
from pseudoipd.model import possible
from pseudoipd.model.anchors import dispersed, follow_up, packed, value, variances
from pseudoipd.model.problem import Problem, compiled_range
from pseudoipd.model.structs import LOG_RATIO, LOGRANK, Start
from pseudoipd.paper.comparing import compared
from pseudoipd.paper.reading import Comparison
from pseudoipd.survival.limits import normal_quantile

if TYPE_CHECKING:
    from pseudoipd.chain.turns import Arm

ERRORS = {"hazard_ratio": 0.0, "hazard_ratio_lower": -1.0, "hazard_ratio_upper": 1.0, "logrank_p": 0.0}
"""Statistics of two arms that the sampler meets; on which side of the ratio a limit lies."""
PROBES, PROBES_OF_LONG = ((4, 4), (1, 1, 1)), ((4, 4), (1,))
"""How much shorter the chains of the draws are that are tried before comparisons are given up: those of one
length at once."""
LONG, OF_LONG = 80_000_000, 10
"""Moves of a chain, each times the patients of its arm and twice where arms are compared, from which on so
many cohorts are taken of one chain: 200 that each have their own would take more than ten minutes.

Between two of them lies a fifth of a chain.
"""
_CLEAR = 1e-8
"""How far, on the log scale, a ratio stays from the end of an interval that does not belong to it."""


@dataclass(frozen=True, eq=False)
class Together:
    """What is drawn together: the request of each arm, or of one alone, and the comparisons to be met.

    `first` and `second` of a comparison are positions among these requests. So many successive cohorts are
    taken `of_chain`, `of_long` says how many.
    """

    requests: tuple[Request, ...]
    comparisons: tuple[Comparison, ...] = ()
    of_chain: int = 1

    def chunk(self, first: int, last: int, restarts: int = RESTARTS) -> tuple[Ensemble, ...]:
        """Draw cohorts first … last - 1; return those whose arms meet every claim, by the judge."""
        if not self.comparisons and len(self.requests) > 1:
            alone = [replace(self, requests=(one,)).chunk(first, last, restarts)[0] for one in self.requests]
            both = functools.reduce(np.intersect1d, [one.draw for one in alone])
            return tuple(one.subset(np.flatnonzero(np.isin(one.draw, both))) for one in alone)
        if not self.comparisons and self.of_chain == 1:
            return (draw_chunk(self.requests[0], first, last, restarts),)
        from pseudoipd.chain.compiled import announced
        from pseudoipd.chain.turns import draw_arms

        numbers = np.arange(first, last)
        states = [
            np.array([stream(one.seed, number) for number in range(first, last)], dtype=np.uint64)
            for one in self.requests
        ]
        with announced():
            out, found = draw_arms(
                states, self._arms(), restarts, lambda: self.requests[0].too_late, self.of_chain
            )
        problems = [one.problem for one in self.requests]
        drawn = [as_ensemble(p, x[found], numbers[found]) for p, x in zip(problems, out, strict=True)]
        exact = np.ones(int(found.sum()), dtype=bool)
        for p, ensemble in zip(problems, drawn, strict=True):
            exact &= judge.verdicts(ensemble, p.used, p.assumptions, p.vocabulary).all(axis=1)
            exact &= possible.possible(ensemble, p.vocabulary)
        values = values_of(drawn, self.comparisons)
        for c in self.comparisons:
            exact &= np.array([c.claim.agrees(float(one)) for one in values[c.claim.id]], dtype=bool)
        return tuple(ensemble.subset(np.flatnonzero(exact)) for ensemble in drawn)

    def found(self, executor: Executor | None = None) -> bool:
        """Say whether any of a few draws succeeds, by chains that go on until they arrive or are too long."""
        first = 0
        for lengths in PROBES if self.of_chain == 1 else PROBES_OF_LONG:
            tries = list(enumerate(lengths, first))
            first += len(lengths)
            if executor is None:
                done = (self._arrives(*one) for one in tries)
            else:
                waiting = [executor.submit(self._arrives, *one) for one in tries]
                done = (one.result() for one in as_completed(waiting))
            if any(done):
                return True
        return False

    def _arrives(self, number: int, shorter: int) -> bool:
        """Say whether the chain of a draw, so much shorter, finds a cohort."""
        usual = [one.problem.effort(one.moves).moves for one in self.requests]
        tried = [
            replace(one, moves=max(1, moves // shorter))
            for one, moves in zip(self.requests, usual, strict=True)
        ]
        alone = replace(self, requests=tuple(tried), of_chain=1)
        return bool(len(alone.chunk(number, number + 1, restarts=1)[0]))

    def _arms(self) -> list[Arm]:
        """Return each arm as the sampler has it."""
        sets = list(dict.fromkeys((one.first, one.second, one.place) for one in self.comparisons))
        own = [len(one.problem.timing.endpoint) for one in self.requests]
        about = [[one for one in sets if k in one[:2]] for k in range(len(own))]
        arms = []
        for k, one in enumerate(self.requests):
            problem, beside = one.problem, [(-1, -1)] * own[k]
            for pair in about[k]:
                other = pair[1] if pair[0] == k else pair[0]
                beside.append((other, own[other] + about[other].index(pair)))
                claims = [c for c in self.comparisons if (c.first, c.second, c.place) == pair]
                problem = _beside(problem, claims, self.requests[other].problem.n, of_first=pair[0] == k)
            # As long as without comparisons: they follow from what the arm's own claims leave open.
            arm = arm_of(problem, one.problem.effort(one.moves), beside)
            # Cohorts that have a chain each are held against exact draws with the starts that they have.
            arms.append(replace(arm, dispersed=_dispersed(problem)) if self.of_chain > 1 else arm)
        return arms


def near_in_events(together: Together) -> Together:
    """Let chains begin with about as many events as the limits of a hazard ratio tell of.

    That is where no follow-up is printed; how many events there are is what a chain forgets last. By
    Schoenfeld (1981) the squared error of the log ratio is (n + m)² / (n m) over the events of both arms.
    """
    told = ("followup", "events", "at_risk", "count_at", "plateau")
    requests, begun = list(together.requests), set[int]()
    for one in sorted(together.comparisons, key=lambda one: one.place != FIRST):
        pair = [requests[k] for k in (one.first, one.second)]
        limits = {
            other.claim.statistic: other.claim
            for other in together.comparisons
            if (other.first, other.second, other.place) == (one.first, one.second, one.place)
        }
        low, high = (limits.get(f"hazard_ratio_{side}") for side in ("lower", "upper"))
        arms = [
            (asked.problem.n, _last_point(asked.problem, one.place), variances(asked.problem.used, one.place))
            for asked in pair
        ]
        known = any(c.statistic.startswith(told) for asked in pair for c in asked.problem.used)
        done = {one.first, one.second} <= begun
        if one.claim is not low or high is None or known or done or not all(hazard for _, hazard, _ in arms):
            continue
        error = math.log(value(high) / value(low)) / (2 * normal_quantile(low.conf_level))
        n, m = (asked.problem.n for asked in pair)
        starts = [asked.problem.start for asked in pair]
        last = max(max(one.days[-1:].sum(), one.relapse_days[-1:].sum()) for one in starts)
        cens = packed(follow_up((n + m) ** 2 / (n * m) / error**2, arms, last))
        for k in (one.first, one.second):
            problem = requests[k].problem
            requests[k] = replace(
                requests[k], problem=replace(problem, start=problem.start._replace(cens=cens))
            )
            begun.add(k)
    return replace(together, requests=tuple(requests))


def _dispersed(problem: Problem) -> Callable[[float], tuple[Start, ...]] | None:
    """Return what gives starts of other longest follow-ups than a problem's own; None if that is no guess.

    A chain need not forget its longest follow-up over ten cohorts of a large arm. Begun at one guess, all
    would tell of that guess; so starts are over-dispersed (Gelman and Rubin 1992, Stat Sci 7:457-472).
    """
    starts = tuple(start for *_, start in problem.tables())

    def begun(deviate: float) -> tuple[Start, ...]:
        return tuple(dispersed(one, problem.hyper, deviate) for one in starts)

    return None if all(new is old for new, old in zip(begun(0.0), starts, strict=True)) else begun


def _last_point(problem: Problem, place: str) -> float:
    """Return the mean hazard per day up to the last printed point of a curve, 0 without one."""
    start, first = problem.start, place == problem.endpoints[0]
    days, hazard = (start.days, start.hazard) if first else (start.relapse_days, start.relapse_hazard)
    return float(hazard[-1] / days[-1]) if len(days) > 1 else 0.0


def of_long(requests: Sequence[Request], comparisons: Sequence[Comparison] = ()) -> int:
    """Return how many cohorts are taken of a chain: one, unless chains are too long."""
    looks = sum(one.problem.effort(one.moves).moves * one.problem.n for one in requests)
    return OF_LONG if looks * (2 if comparisons else 1) > LONG else 1


def values_of(
    ensembles: Sequence[Ensemble], comparisons: Sequence[Comparison]
) -> dict[str, NDArray[np.float64]]:
    """Return the value of each comparison of times in each draw, by the id of its claim."""

    @functools.cache
    def of_times(first: int, second: int, place: str, level: float) -> Mapping[str, NDArray[np.float64]]:
        arms = [(ensembles[k].time[place], ensembles[k].event[place]) for k in (first, second)]
        return compared(arms[0], arms[1], level)

    return {
        one.claim.id: of_times(one.first, one.second, one.place, one.claim.conf_level)[one.claim.statistic]
        for one in comparisons
    }


def _beside(problem: Problem, claims: Sequence[Comparison], patients: int, *, of_first: bool) -> Problem:
    """Add a group of claims on the arm of a problem and another one, of so many patients, to its tables.

    The ratio of the second arm against the first is the inverse, and the limits change sides.
    """
    timing, place = problem.timing, problem.endpoints.index(claims[0].place)
    rows, sign = [], 1.0 if of_first else -1.0
    for one in claims:
        low, high = compiled_range(one.claim)
        if one.claim.statistic == "logrank_p":
            rows.append((LOGRANK, 0.0, low, high))
            continue
        ends = sorted((sign * low, sign * (high - _CLEAR)))
        errors = sign * ERRORS[one.claim.statistic] * normal_quantile(one.claim.conf_level)
        rows.append((LOG_RATIO, errors, ends[0], ends[1]))
    code, at, low, high = np.array(rows, dtype=float).T
    room = max(patients, timing.other.shape[1])
    other = np.zeros((len(timing.other) + 1, room), np.int64)
    return replace(
        problem,
        roles=np.ascontiguousarray(np.column_stack([problem.roles, problem.has(place)])),
        timing=timing._replace(
            endpoint=np.append(timing.endpoint, place),
            first=np.append(timing.first, timing.first[-1] + len(rows)),
            limits=np.append(timing.limits, False), response=np.append(timing.response, False),
            compared=np.append(timing.compared, True), others=np.append(timing.others, 0), other=other,
            statistic=np.append(timing.statistic, code.astype(np.int64)), at=np.append(timing.at, at),
            low=np.append(timing.low, low), high=np.append(timing.high, high),
        ),
    )  # fmt: skip
