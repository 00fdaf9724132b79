"""The command `blina reconstruct`: claims in, cohorts out, progress on the way."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from blina_base.cluster import connected
from blina_base.errors import InputError
from pseudoipd import draw, engine, output
from pseudoipd.claims import read_claims
from pseudoipd.claims.vocabulary import MINIMAL, Vocabulary
from pseudoipd.proofs import infeasible

PLAIN_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""


@dataclass(frozen=True)
class Order:
    """How many cohorts are wanted, from which seed, in which file, and what draws them.

    `jobs` is a number of processes, `cluster` the address of a Dask scheduler instead, `moves` the length of
    a chain if it is not to be the engine's. Raises InputError,
    in the words of the command line, for what cannot be.
    """

    draws: int
    seed: int
    out: Path
    jobs: int = 1
    cluster: str = ""
    moves: int | None = None

    def __post_init__(self) -> None:
        """Check the numbers and the name of the file."""
        for name, least in (("draws", 1), ("seed", 0), ("jobs", 1), ("moves", 1)):
            given = getattr(self, name)
            if given is not None and given < least:
                raise InputError(f"--{name} {given}: expected {least} or more")
        output.check_path(self.out)


def run(
    claims_path: Path,
    order: Order,
    assumptions: Mapping[str, str] | None = None,
    vocabulary: Vocabulary = MINIMAL,
) -> int:
    """Write exact cohorts as ordered, and return how many were written.

    Raises InputError for a wrong request or file, ContradictionError for claims that cannot hold together,
    and IncompleteError after having written fewer cohorts than were asked for.
    """
    draws, out = order.draws, order.out
    if order.jobs > 1 and not order.cluster:
        engine.get_ready()
    claims = read_claims(claims_path, vocabulary)
    wanted = draw.request(claims, assumptions, order.seed, order.moves, vocabulary)
    _say(
        f"looking for cohorts of {wanted.problem.n} patients that meet {len(wanted.problem.used)} claims; "
        f"if none is found, at most {infeasible.SEARCHES} searches seek the smallest contradictory set"
    )
    infeasible.check(wanted)
    with executor(order) as pool, progress(draws) as report:
        written = output.write(engine.chunks(wanted, draws, pool, report), out)
    if written < draws:
        raise engine.IncompleteError(
            f"{out}: {written} of {draws} draws written; no exact cohort was found for the other "
            f"{draws - written} within {draw.RESTARTS} attempts each"
        )
    _say(f"{written} exact cohorts: {out}")
    return written


@contextmanager
def executor(order: Order) -> Iterator[Executor | None]:
    """Give the executor that draws: none for one process, a pool, or a Dask cluster's."""
    if order.cluster:
        with connected(order.cluster) as client:
            yield client.get_executor(pure=False)
    elif order.jobs > 1:
        with engine.pool(order.jobs) as pool:
            yield pool
    else:
        yield None


@contextmanager
def progress(draws: int) -> Iterator[engine.Progress]:
    """Give what shows draws found, rate and time left on standard error: a bar, or plain lines."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(total=draws, unit="draw", desc="found") as bar:

            def show(tried: int, found: int) -> None:
                bar.update(tried - bar.n)
                if found < tried:
                    bar.set_postfix(found=found)

            yield show
    else:
        yield _plain(draws)


def _plain(draws: int) -> engine.Progress:
    begin = time.monotonic()
    last = begin

    def show(tried: int, found: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < PLAIN_EVERY and tried < draws:
            return
        last = now
        rate = tried / max(now - begin, 1e-9)
        _say(f"{found} of {draws} draws found, {rate:.0f} a second, {(draws - tried) / rate:.0f} s left")

    return show


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
