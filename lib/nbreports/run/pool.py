"""Jobs to executors: a local pool or a Dask cluster, with few results in memory at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait

from blina_base.cluster import connected
from nbreports.process import worker
from nbreports.run.job import Job, Kind, Result


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextlib.contextmanager
def local(jobs: int, collection: str, preload: bool = True) -> Iterator[tuple[Executor, int]]:
    """Yield an executor for `jobs` reports of a collection at a time; each runs in a process of its own.

    The threads only wait for those processes; leaving the block in whatever way ends them.
    """
    worker.start(collection, preload)
    executor = ThreadPoolExecutor(jobs)
    try:
        yield executor, jobs
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        worker.stop()


@contextlib.contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """Yield the executor of the Dask cluster at `address`, and how many jobs to give it at a time.

    A report whose worker is lost runs again on another one. InputError if nothing answers at the address.
    """
    with connected(address) as client:
        threads = sum(client.nthreads().values()) or 1
        yield client.get_executor(pure=False, retries=2), 2 * threads


def run(jobs: Iterable[Job], executor: Executor, width: int) -> Iterator[tuple[int, Result]]:
    """Yield (position, result) as jobs end; at most `width` are under way or waiting to be read."""
    waiting: dict[Future[Result], int] = {}
    remaining = enumerate(jobs)
    while True:
        for position, job in remaining:
            waiting[executor.submit(worker.render, job)] = position
            if len(waiting) >= width:
                break
        if not waiting:
            return
        ended, _ = wait(waiting, return_when=FIRST_COMPLETED)
        for future in ended:
            yield waiting.pop(future), _result(future)


def _result(future: Future[Result]) -> Result:
    try:
        return future.result()
    except Exception as error:
        return Result(Kind.DIED, f"the worker was lost: {type(error).__name__}: {error}")
