"""Many cohorts, in order, in one process or in many: checked for feasibility, then drawn chunk by chunk."""

from __future__ import annotations

import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

from blina_base.errors import BlinaError
from blina_base.processes import die_with_parent, interrupted
from pseudoipd.claims import Claim
from pseudoipd.claims.vocabulary import MINIMAL, Vocabulary
from pseudoipd.draw import request
from pseudoipd.ensemble import Ensemble
from pseudoipd.proofs import infeasible

CHUNK = 5
WINDOW = 64
"""Chunks that are submitted ahead: results wait only for their turn, so the window bounds the memory."""
NEEDED = (__name__, "pseudoipd.chain.chains", "pseudoipd.survival", "pseudoipd.transitions", "scipy.stats")
"""What a process that draws and judges imports."""
T = TypeVar("T", Ensemble, tuple[Ensemble, ...])
T_co = TypeVar("T_co", covariant=True)
Progress = Callable[[int, int], None]
"""Called with the number of draws tried and the number found so far."""


class IncompleteError(BlinaError):
    """Not as many exact cohorts were found as were asked for; the claims may still be consistent."""


class Drawer(Protocol[T_co]):
    """What can be drawn chunk by chunk, each by its numbers alone, in any process."""

    def chunk(self, first: int, last: int) -> T_co:
        """Draw cohorts first … last - 1."""


def chunks(
    wanted: Drawer[T], draws: int, executor: Executor | None, progress: Progress | None = None,
    size: int = CHUNK,
) -> Iterator[T]:  # fmt: skip
    """Yield the draws in order, chunk by chunk; chunks not yet used are computed ahead by the executor."""
    spans = [(first, min(first + size, draws)) for first in range(0, draws, size)]
    found = 0
    for (_, last), part in zip(spans, _results(wanted, spans, executor), strict=True):
        if interrupted.is_set():
            raise KeyboardInterrupt
        found += len(part[0] if isinstance(part, tuple) else part)
        if progress is not None:
            progress(last, found)
        yield part


def _results(wanted: Drawer[T], spans: Sequence[tuple[int, int]], executor: Executor | None) -> Iterator[T]:
    if executor is None:
        for first, last in spans:
            yield wanted.chunk(first, last)
        return
    waiting: deque[Future[T]] = deque()
    try:
        for span in spans:
            waiting.append(executor.submit(wanted.chunk, *span))
            if len(waiting) == WINDOW:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # Who has enough does not wait for the others.
        for one in waiting:
            one.cancel()


def get_ready() -> None:
    """Let the process from which pools are forked import what they need, beside what this one does."""
    from multiprocessing import forkserver, set_forkserver_preload

    set_forkserver_preload(list(NEEDED))
    forkserver.ensure_running()


@contextmanager
def pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes that draw and do not inherit this one's threads.

    They fork from one that has imported what they need: that takes longer than a hundred draws. Whatever ends
    this process ends them, at once: an interrupt here, a kill by the system.
    """
    import multiprocessing

    get_ready()
    context = multiprocessing.get_context("forkserver")
    executor = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin)
    try:
        yield executor
    except BaseException:
        workers = list((executor._processes or {}).values())
        executor.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.kill()
        raise
    executor.shutdown()


def _begin() -> None:
    """Begin a worker: an interrupt of the terminal is for the owner, who ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(os.getppid())


# A fork server outlives an owner that is killed as long as any of its children lives: each holds the pipe by
# which it would know. It imports this module before it forks, and is then bound to its owner by the system.
if any("multiprocessing.forkserver" in argument for argument in sys.orig_argv):
    die_with_parent(os.getppid())


def reconstruct(
    claims: Sequence[Claim],
    draws: int,
    seed: int,
    assumptions: Mapping[str, str] | None = None,
    vocabulary: Vocabulary = MINIMAL,
    *,
    jobs: int = 1,
    moves: int | None = None,
) -> Ensemble:
    """Draw `draws` cohorts that each meet every claim, as judged by the statistics.

    `vocabulary` says what the claims' words mean, `assumptions` what they leave open (name → choice; the
    defaults stand in `model.assumptions`). The result depends on these, on the seed and on the numbers of the
    draws only, not on `jobs`, the number of processes.
    Raises InputError for a wrong request, ContradictionError (with the claims) where no cohort can be or none
    is found, and IncompleteError where fewer than `draws` are found.
    """
    wanted = request(claims, assumptions, seed, moves, vocabulary)
    infeasible.check(wanted)
    if jobs > 1 and draws > CHUNK:
        with pool(jobs) as own:
            parts = list(chunks(wanted, draws, own))
    else:
        parts = list(chunks(wanted, draws, None))
    result = parts[0].concatenate(parts[1:])
    if len(result) < draws:
        raise IncompleteError(
            f"only {len(result)} of {draws} draws were found within the stated number of moves"
        )
    return result
