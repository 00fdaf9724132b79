"""Drawing many cohorts: numbered draws, each with its own random numbers, in any number of processes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blina_base.errors import BlinaError
from pseudoipd import judge
from pseudoipd.claims import Claim
from pseudoipd.ensemble import Ensemble
from pseudoipd.model.problem import Problem, compile_problem
from pseudoipd.model.structs import EVENT, KIND, NEVER, RELAPSE, RELAPSED, RESPONSE, RFS, STATE, TIME
from pseudoipd.model.types import SECOND_FLAG

CHUNK = 100
RESTARTS = 200
NEEDED = (__name__, "pseudoipd.chain.chains", "pseudoipd.survival", "pseudoipd.transitions", "scipy.stats")
"""What a process that draws and judges imports."""
Progress = Callable[[int, int], None]
"""Called with the number of draws tried and the number found so far."""


class IncompleteError(BlinaError):
    """Not as many exact cohorts were found as were asked for; the claims may still be consistent."""


@dataclass(frozen=True)
class Request:
    """What a chunk of draws needs; the same in every process."""

    claims: tuple[Claim, ...]
    assumptions: tuple[tuple[str, str], ...]
    seed: int
    moves: int | None = None

    @property
    def problem(self) -> Problem:
        """The compiled problem, made once per process, or once for all processes of a pool."""
        if _RECEIVED.get("request") == self:
            received: Problem = _RECEIVED["problem"]
            return received
        return _compiled(self.claims, self.assumptions)


_RECEIVED: dict[str, Any] = {}
"""What a process of a pool was given at its start: a request and its compiled problem."""


@functools.lru_cache(maxsize=4)
def _compiled(claims: tuple[Claim, ...], assumptions: tuple[tuple[str, str], ...]) -> Problem:
    return compile_problem(claims, dict(assumptions))


def _receive(wanted: Request, problem: Problem) -> None:
    _RECEIVED.update(request=wanted, problem=problem)


def request(
    claims: Sequence[Claim], assumptions: Mapping[str, str] | None, seed: int, moves: int | None = None
) -> Request:
    """Return the request in a form that can be sent to another process and serves as a cache key."""
    return Request(tuple(claims), tuple(sorted((assumptions or {}).items())), seed, moves)


def stream(seed: int, chain: int) -> NDArray[np.uint64]:
    """Return the state of the random numbers of one chain: it depends on seed and number only."""
    words = np.random.SeedSequence(seed, spawn_key=(chain,)).generate_state(4, np.uint64)
    return words.astype(np.uint64)


def draw_chunk(wanted: Request, first: int, last: int, restarts: int = RESTARTS) -> Ensemble:
    """Draw cohorts first … last - 1; return those that meet every claim by the judge.

    `first` begins a chain. Of the last chain only the draws before `last` are made.
    """
    problem = wanted.problem
    numbers = np.arange(first, last)
    each = problem.per_chain
    whole = (last - first) // each * each
    parts = [_run(wanted, first, whole // each, each, restarts)]
    if whole < last - first:
        parts.append(_run(wanted, first + whole, 1, last - first - whole, restarts))
    out = np.concatenate([states for states, _ in parts])
    moves = np.concatenate([made for _, made in parts])
    found = as_ensemble(problem, out[moves >= 0], numbers[moves >= 0])
    exact = judge.verdicts(found, problem.used, problem.assumptions).all(axis=1)
    return subset(found, np.flatnonzero(exact))


def _run(
    wanted: Request, first: int, chains: int, each: int, restarts: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the states [draws, patients, columns] of some chains of `each` draws, and the moves made."""
    from pseudoipd.chain.chains import draw_cohorts

    problem = wanted.problem
    states = np.array(
        [stream(wanted.seed, first // problem.per_chain + c) for c in range(chains)], dtype=np.uint64
    )
    out = np.zeros((chains, each, problem.n, STATE), dtype=np.int64)
    moves = np.zeros((chains, each), dtype=np.int64)
    draw_cohorts(
        states.reshape(chains, 4), problem.counts, problem.roles, problem.timing, problem.settings,
        problem.start, problem.effort(wanted.moves), restarts, out, moves,
    )  # fmt: skip
    return out.reshape(-1, problem.n, STATE), moves.reshape(-1)


def as_ensemble(problem: Problem, state: NDArray[np.int64], numbers: NDArray[np.int64]) -> Ensemble:
    """Turn the sampler's states [draws, patients, columns] into an ensemble."""
    kind, time, event = state[..., KIND], state[..., TIME], state[..., EVENT] == 1
    columns: dict[str, NDArray[Any]] = {
        name: values[kind] for name, values in problem.kinds.values.items() if name != SECOND_FLAG
    }
    response = state[..., RESPONSE]
    if "MRDRESP" in columns:
        columns["MRDRDY"] = np.where(response < NEVER, response, -1).astype(np.int32)
    times, events = {problem.endpoints[0]: time.astype(np.int32)}, {problem.endpoints[0]: event}
    origins: dict[str, NDArray[np.int32]] = {}
    if len(problem.endpoints) == 2:
        has = problem.roles[kind, RFS] == 1
        origin = np.zeros_like(time)
        if problem.settings.from_response:
            origin = np.where(response < NEVER, response, problem.settings.response_days[0])
        relapsed = state[..., RELAPSED] == 1
        second = np.where(relapsed, state[..., RELAPSE], time) - origin
        times[problem.endpoints[1]] = np.where(has, second, -1).astype(np.int32)
        events[problem.endpoints[1]] = has & (relapsed | event)
        origins[problem.endpoints[1]] = np.where(has, origin, 0).astype(np.int32)
    width = max(2, len(str(problem.n)))
    subjects = tuple(f"RECON-{i:0{width}d}" for i in range(1, problem.n + 1))
    return Ensemble(subjects, times, events, columns, numbers.astype(np.int64), origins)


def subset(ensemble: Ensemble, rows: NDArray[np.int64]) -> Ensemble:
    """Return the ensemble of some of its draws."""
    return Ensemble(
        ensemble.subjects,
        {name: array[rows] for name, array in ensemble.time.items()},
        {name: array[rows] for name, array in ensemble.event.items()},
        {name: array[rows] for name, array in ensemble.columns.items()},
        ensemble.draw[rows],
        {name: array[rows] for name, array in ensemble.origin.items()},
    )


def concatenate(parts: Sequence[Ensemble]) -> Ensemble:
    """Return the draws of several ensembles of the same problem, one after the other."""
    head = parts[0]
    return Ensemble(
        head.subjects,
        {name: np.concatenate([p.time[name] for p in parts]) for name in head.time},
        {name: np.concatenate([p.event[name] for p in parts]) for name in head.event},
        {name: np.concatenate([p.columns[name] for p in parts]) for name in head.columns},
        np.concatenate([p.draw for p in parts]),
        {name: np.concatenate([p.origin[name] for p in parts]) for name in head.origin},
    )


def chunks(
    wanted: Request, draws: int, executor: Executor | None, progress: Progress | None = None
) -> Iterator[Ensemble]:
    """Yield the draws in order, chunk by chunk; chunks not yet used are computed ahead by the executor."""
    spans = [(first, min(first + CHUNK, draws)) for first in range(0, draws, CHUNK)]
    found = 0
    for (_, last), part in zip(spans, _results(wanted, spans, executor), strict=True):
        found += len(part)
        if progress is not None:
            progress(last, found)
        yield part


def _results(
    wanted: Request, spans: Sequence[tuple[int, int]], executor: Executor | None
) -> Iterator[Ensemble]:
    if executor is None:
        for first, last in spans:
            yield draw_chunk(wanted, first, last)
        return
    # A window of submitted chunks bounds the memory: results wait only for their turn.
    window = 64
    waiting = [executor.submit(draw_chunk, wanted, *span) for span in spans[:window]]
    for position in range(len(spans)):
        ahead = position + window
        if ahead < len(spans):
            waiting.append(executor.submit(draw_chunk, wanted, *spans[ahead]))
        yield waiting[position].result()
        waiting[position].cancel()


def get_ready() -> None:
    """Let the process from which pools are forked import what they need, beside what this one does."""
    from multiprocessing import forkserver, set_forkserver_preload

    set_forkserver_preload(list(NEEDED))
    forkserver.ensure_running()


def pool(jobs: int, wanted: Request) -> ProcessPoolExecutor:
    """Return a pool of processes that draw what is wanted, and do not inherit this one's threads.

    They are given the compiled problem and fork from one that has imported what they need: to do either
    takes longer than a hundred draws.
    """
    import multiprocessing

    get_ready()
    return ProcessPoolExecutor(
        jobs,
        mp_context=multiprocessing.get_context("forkserver"),
        initializer=_receive,
        initargs=(wanted, wanted.problem),
    )


def reconstruct(
    claims: Sequence[Claim],
    draws: int,
    seed: int,
    assumptions: Mapping[str, str] | None = None,
    executor: Executor | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
    moves: int | None = None,
) -> Ensemble:
    """Draw `draws` cohorts that each meet every claim, as judged by the statistics.

    The result depends on claims, assumptions, seed and the numbers of the draws only, not on `executor` or
    `jobs`. Raises ContradictionError (with the claims) where none can be or none is found, and
    IncompleteError where fewer than `draws` are found.
    """
    wanted = request(claims, assumptions, seed, moves)
    check_feasible(wanted)
    if executor is None and jobs > 1 and draws > CHUNK:
        with pool(jobs, wanted) as own:
            parts = list(chunks(wanted, draws, own, progress))
    else:
        parts = list(chunks(wanted, draws, executor, progress))
    result = concatenate(parts)
    if len(result) < draws:
        raise IncompleteError(
            f"only {len(result)} of {draws} draws were found within the stated number of moves"
        )
    return result


def check_feasible(wanted: Request) -> None:
    """Raise ContradictionError if the claims cannot hold together or no cohort is found."""
    from pseudoipd.proofs import infeasible

    infeasible.check(wanted)


def probe(wanted: Request, draws: int, restarts: int) -> bool:
    """Say whether any of the first draws succeeds; the first success ends the search."""
    each = wanted.problem.per_chain
    starts = range(0, draws * each, each)
    return any(len(draw_chunk(wanted, number, number + 1, restarts)) for number in starts)
