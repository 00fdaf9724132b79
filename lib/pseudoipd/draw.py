"""Drawing numbered cohorts: each draw has its own random numbers and is kept only if the judge agrees."""

from __future__ import annotations

import functools
import pickle
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pseudoipd import judge
from pseudoipd.claims import Claim
from pseudoipd.claims.vocabulary import MINIMAL, Vocabulary
from pseudoipd.ensemble import Ensemble
from pseudoipd.model import possible
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.problem import Problem, compile_problem
from pseudoipd.model.structs import (
    EVENT,
    KIND,
    LATENT,
    LATENT_START,
    LATENTS,
    NEVER,
    RELAPSE,
    RELAPSED,
    RESPONSE,
    RFS,
    STATE,
    TIME,
    UNSEEN,
    Effort,
)
from pseudoipd.model.types import SECOND_FLAG

if TYPE_CHECKING:
    from pseudoipd.chain.turns import Arm

RESTARTS = 200
"""Structures from which a chain is begun before a draw is given up."""


@dataclass(frozen=True, eq=False)
class Request:
    """What is drawn: a compiled problem, the seed, and the least number of moves (None: the engine's).

    No cohort is begun after `until`, in seconds since 1970; None sets no limit.
    It travels to another process packed: compiling takes longer than a hundred draws, and the arrays of
    a problem (some 40 MB for a claims file with ten columns) are nearly all zeros.
    """

    problem: Problem
    seed: int
    moves: int | None = None
    until: float | None = None

    @property
    def too_late(self) -> bool:
        """True where time has run out."""
        return self.until is not None and time.time() >= self.until

    def chunk(self, first: int, last: int) -> Ensemble:
        """Draw cohorts first … last - 1 as `draw_chunk`."""
        return draw_chunk(self, first, last)

    @functools.cached_property
    def _packed(self) -> bytes:
        return zlib.compress(pickle.dumps((self.problem, self.seed, self.moves, self.until)), 1)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as the packed bytes, made once however many chunks are sent."""
        return _unpacked, (self._packed,)


@functools.lru_cache(maxsize=4)
def _unpacked(packed: bytes) -> Request:
    """Return the request that was packed; a process that draws many chunks of it unpacks it once."""
    return Request(*pickle.loads(zlib.decompress(packed)))


def request(
    claims: Sequence[Claim],
    assumptions: Mapping[str, str] | None,
    seed: int,
    moves: int | None = None,
    vocabulary: Vocabulary = MINIMAL,
) -> Request:
    """Return the request for cohorts that meet `claims`.

    Raises as `Assumptions.of` and `compile_problem` do.
    """
    chosen = Assumptions.of(assumptions, vocabulary)
    return Request(compile_problem(claims, chosen, vocabulary), seed, moves)


def stream(seed: int, number: int) -> NDArray[np.uint64]:
    """Return the state of the random numbers of one cohort: it depends on seed and number only."""
    words = np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(4, np.uint64)
    return words.astype(np.uint64)


def draw_chunk(wanted: Request, first: int, last: int, restarts: int = RESTARTS) -> Ensemble:
    """Draw cohorts first … last - 1; return those that meet every claim by the judge."""
    from pseudoipd.chain.chains import draw_cohorts
    from pseudoipd.chain.compiled import announced
    from pseudoipd.chain.turns import draw_arms

    problem, numbers = wanted.problem, np.arange(first, last)
    streams = [stream(wanted.seed, number) for number in range(first, last)]
    states = np.array(streams, dtype=np.uint64).reshape(-1, 4)
    arm = arm_of(problem, problem.effort(wanted.moves))
    with announced():
        if problem.linked:
            (out,), met = draw_arms([states], [arm], restarts, lambda: wanted.too_late)
        else:
            (model,), (start,) = arm.models, arm.starts
            out, moves = draw_cohorts(
                states, problem.counts, model, start, arm.effort, restarts, lambda: wanted.too_late
            )
            met = moves >= 0
    found = as_ensemble(problem, out[met], numbers[met])
    exact = judge.verdicts(found, problem.used, problem.assumptions, problem.vocabulary).all(axis=1)
    exact &= possible.possible(found, problem.vocabulary)
    return found.subset(np.flatnonzero(exact))


def arm_of(problem: Problem, effort: Effort, beside: Sequence[tuple[int, int]] = ()) -> Arm:
    """Return what the sampler is told of a problem; `beside` is that of `turns.Arm`, none for one alone."""
    from pseudoipd.chain.chains import model_of
    from pseudoipd.chain.turns import Arm

    tables = problem.tables()
    return Arm(
        problem.counts,
        tuple(model_of(roles, timing, settings, problem.counts) for roles, timing, settings, _ in tables),
        tuple(start for *_, start in tables),
        effort,
        np.array(beside or [(-1, -1)] * len(problem.timing.endpoint)),
    )


def as_ensemble(problem: Problem, state: NDArray[np.int64], numbers: NDArray[np.int64]) -> Ensemble:
    """Turn the sampler's states [draws, patients, columns] into an ensemble."""
    kind, time, event = state[..., KIND], state[..., TIME], state[..., EVENT] == 1
    columns: dict[str, NDArray[Any]] = {
        name: values[kind] for name, values in problem.kinds.values.items() if name != SECOND_FLAG
    }
    response, rule = state[..., RESPONSE], problem.vocabulary.response
    if rule is not None and rule.flag in columns:
        columns[rule.day] = np.where(response < NEVER, response, -1).astype(np.int32)
    times, events = {problem.endpoints[0]: time.astype(np.int32)}, {problem.endpoints[0]: event}
    origins: dict[str, NDArray[np.int32]] = {}
    if len(problem.endpoints) == 2:
        has = problem.roles[kind, RFS] == 1
        origin = np.zeros_like(time)
        if problem.settings.from_response:
            origin = np.where(response < NEVER, response, problem.settings.response_days[0])
            if problem.settings.first_remission:
                origin = np.full_like(time, problem.settings.response_days[0])
        relapsed = state[..., RELAPSED] == 1
        seen = np.where(event, time, time - state[..., UNSEEN])
        second = np.where(relapsed, state[..., RELAPSE], seen) - origin
        times[problem.endpoints[1]] = np.where(has, second, -1).astype(np.int32)
        events[problem.endpoints[1]] = has & (relapsed | event)
        origins[problem.endpoints[1]] = np.where(has, origin, 0).astype(np.int32)
    for k, name in enumerate(problem.endpoints[1:] if problem.linked else ()):
        place, has = STATE + LATENTS * k, problem.has(k + 1)[kind] == 1
        own, origin = state[..., place + LATENT], state[..., place + LATENT_START]
        times[name] = np.where(has, np.minimum(own, time) - origin, -1).astype(np.int32)
        events[name] = has & ((own < time) | event)
        origins[name] = np.where(has, origin, 0).astype(np.int32)
    width = max(2, len(str(problem.n)))
    subjects = tuple(f"{problem.vocabulary.subjects}-{i:0{width}d}" for i in range(1, problem.n + 1))
    return Ensemble(
        subjects, times, events, columns, numbers.astype(np.int64), origins, problem.vocabulary.study
    )


def probe(wanted: Request, draws: int, restarts: int) -> bool:
    """Say whether any of the first draws succeeds; the first success ends the search."""
    return any(len(draw_chunk(wanted, number, number + 1, restarts)) for number in range(draws))
