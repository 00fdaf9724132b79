"""The command `blina reconstruct`: claims in, cohorts out, progress on the way."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from blina_base.cluster import connected
from blina_base.errors import InputError
from pseudoipd import draw, engine, output
from pseudoipd.claims.grammar import FIRST
from pseudoipd.claims.vocabulary import MINIMAL, Vocabulary
from pseudoipd.paper import drawing, files, held_out, linking
from pseudoipd.paper.reading import Paper, Part, read_paper
from pseudoipd.proofs import infeasible

PLAIN_EVERY = 10.0
"""Seconds between two lines of progress where there is no terminal."""
GENERAL = frozenset({"conf_type", "followup_method", "plateau_rule", "prior"})
"""Assumptions about statistics, and the prior: what is a choice for any paper."""


@dataclass(frozen=True)
class Order:
    """How many cohorts are wanted, from which seed, in which file, and what draws them.

    `out` None writes no file; `jobs` is a number of processes, `cluster` the address of a Dask scheduler
    instead, `moves` the length of a chain if it is not to be the engine's. Raises InputError, in the words of
    the command line, for what cannot be.
    """

    draws: int
    seed: int
    out: Path | None
    jobs: int = 1
    cluster: str = ""
    moves: int | None = None
    timeout: float | None = None

    def __post_init__(self) -> None:
        """Check the numbers and the name of the file."""
        for name, least in (("draws", 1), ("seed", 0), ("jobs", 1), ("moves", 1)):
            given = getattr(self, name)
            if given is not None and given < least:
                raise InputError(f"--{name} {given}: expected {least} or more")
        if self.timeout is not None and not self.timeout > 0:
            raise InputError(f"--timeout {self.timeout:g}: expected seconds, more than 0")
        if self.out is not None:
            output.check_path(self.out)

    @property
    def until(self) -> float | None:
        """Seconds since 1970 after which no cohort is begun, counted from now; None for no limit."""
        return None if self.timeout is None else time.time() + self.timeout


def run(
    claims_path: Path,
    order: Order,
    assumptions: Mapping[str, str] | None = None,
    vocabulary: Vocabulary = MINIMAL,
) -> int:
    """Write exact cohorts as ordered, and return how many were written.

    Raises InputError for a wrong request or file, ContradictionError for claims that cannot hold together,
    and IncompleteError where fewer cohorts were found than were asked for (of one arm: after writing them).
    """
    paper = _read(claims_path, order, vocabulary, assumptions)
    out = order.out
    if out is None or drawing.chooses(paper) or len(paper.parts) > 1:
        drawn = draw_paper(paper, order, assumptions)
        if out is not None:
            output.write_table(files.all_rows(drawn), out)
            _say(f"{len(drawn)} cohorts: {out}")
        return len(drawn)
    return _streamed(paper, order, out, assumptions)


def report(
    claims_path: Path,
    order: Order,
    folder: Path,
    assumptions: Mapping[str, str] | None = None,
    vocabulary: Vocabulary = MINIMAL,
    title: str = "",
) -> int:
    """Draw as ordered, write into a folder what pages are made of, and return the number of cohorts.

    Raises as `run` does.
    """
    paper = _read(claims_path, order, vocabulary, assumptions)
    wanted = _requests(paper, order, assumptions)
    drawn = _drawn(paper, wanted, order)
    if order.out is not None:
        output.write_table(files.all_rows(drawn), order.out)
    with executor(order) as pool, said("leaving out one number at a time"):
        predictions = held_out.left_out(paper, wanted, pool, lambda claim: _say(f"left out: {claim.id}"))
    for one in predictions:
        if one.surprising:
            _say(
                f"{one.claim.id} ({one.claim.printed}): far from {one.draws} cohorts drawn from the other "
                "numbers; a slip of the pen, or news that they lack"
            )
    files.write(drawn, folder)
    notes = files.notes(drawn, predictions) | {
        "title": title or claims_path.stem,
        "open": [
            [part.arm, one.code] for part in paper.parts if open_end(part) for one in part.names.values()
        ],
        "seed": order.seed,
    }
    (folder / files.NOTES).write_text(
        json.dumps(notes, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    return len(drawn)


def _read(
    claims_path: Path, order: Order, vocabulary: Vocabulary, assumptions: Mapping[str, str] | None
) -> Paper:
    """Return the paper of a claims file, which the cohorts must not replace."""
    if order.out is not None and order.out.exists() and order.out.samefile(claims_path):
        raise InputError(f"--out {order.out}: expected another name than that of the claims file")
    paper = read_paper(claims_path, vocabulary)
    with said("looking which endpoints the same patients can have"):
        apart = linking.unlinked(paper, chosen_assumptions(paper, assumptions), order.seed)
    return read_paper(claims_path, vocabulary, apart) if apart else paper


def draw_paper(paper: Paper, order: Order, assumptions: Mapping[str, str] | None = None) -> drawing.Drawn:
    """Return the cohorts of a paper, all in memory; says on standard error what is read, drawn and open."""
    return _drawn(paper, _requests(paper, order, assumptions), order)


def _drawn(paper: Paper, wanted: Sequence[draw.Request], order: Order) -> drawing.Drawn:
    if order.jobs > 1 and not order.cluster:
        engine.get_ready()
    with executor(order) as pool, ExitStack() as shown:

        def of_arm(arm: str, most: int) -> engine.Progress | None:
            # One arm after another: what was said of the one before ends here.
            shown.close()
            return shown.enter_context(progress(most, arm) if most else said(arm))

        drawn = drawing.draw(paper, wanted, order.draws, pool, of_arm)
    for line in remarks(drawn):
        _say(line)
    return drawn


def _streamed(paper: Paper, order: Order, out: Path, assumptions: Mapping[str, str] | None) -> int:
    """Write the cohorts of one arm chunk by chunk, so that any number can be drawn."""
    if order.jobs > 1 and not order.cluster:
        engine.get_ready()
    draws, (part,) = order.draws, paper.parts
    (wanted,) = _requests(paper, order, assumptions)
    with said("no cohort found yet"):
        infeasible.check(wanted)
    names = {place: one.code for place, one in part.names.items()}
    with executor(order) as pool, progress(draws) as report:
        written = output.write(engine.chunks(wanted, draws, pool, report), out, names=names)
    if written < draws:
        why = (
            f"no exact cohort was found for the other {draws - written} within {draw.RESTARTS} attempts each"
        )
        if wanted.too_late:
            why = f"--timeout {order.timeout:g} s was up"
        raise engine.IncompleteError(f"{out}: {written} of {draws} draws written; {why}")
    _say(f"{written} exact cohorts: {out}")
    return written


def _requests(paper: Paper, order: Order, assumptions: Mapping[str, str] | None) -> tuple[draw.Request, ...]:
    """Return what is asked of the sampler for each part of a paper, having said so."""
    until = order.until
    found = drawing.requests(paper, chosen_assumptions(paper, assumptions), order.seed, order.moves)
    _announce(paper, found)
    if order.timeout is not None:
        _say(f"no cohort is begun after {order.timeout:g} s, {order.timeout / order.draws:.2g} s for each")
    return tuple(replace(asked, until=until) for asked in found)


def chosen_assumptions(paper: Paper, given: Mapping[str, str] | None) -> dict[str, str]:
    """Return those of the given assumptions that a file in its own words knows; all, for one in a trial's."""
    return {name: value for name, value in (given or {}).items() if not paper.own_words or name in GENERAL}


def _announce(paper: Paper, wanted: Sequence[draw.Request]) -> None:
    """Say how the file was read, what is not used, and what is looked for."""
    for line in paper.readings:
        _say(f"read as: {line}")
    for claim, why in paper.unused:
        _say(f"not used: {claim.id} ({claim.printed}): {why}")
    for part, asked in zip(paper.parts, wanted, strict=True):
        whose = f" of arm {part.arm}" if part.arm else ""
        whose += f" for {part.names[FIRST].code}" if part.apart else ""
        later = f" and are chosen by {len(part.chosen)}" if part.chosen else ""
        _say(
            f"looking for cohorts of {asked.problem.n} patients{whose} that meet "
            f"{len(asked.problem.used)} claims{later}; if none is found, at most {infeasible.SEARCHES} "
            "searches seek the smallest contradictory set"
        )
        if open_end(part):
            whose += " by itself" if any(c.statistic.startswith("followup") for c in paper.pooled) else ""
            _say(f"no follow-up is printed{whose}: the curve beyond the last printed time is a guess")


def open_end(part: Part) -> bool:
    """Say whether nothing is printed on how long the patients of a part were followed."""
    told = {
        "followup_median", "followup_min", "followup_max", "followup_q1", "followup_q3", "followup_minimum",
        "followup_median_alive", "at_risk", "count_at_or_beyond", "plateau_from", "events", "censored",
    }  # fmt: skip
    return not any(claim.statistic in told for claim in part.printed)


def remarks(drawn: drawing.Drawn) -> list[str]:
    """Return what has to be said of claims that not every cohort was made to meet."""
    return [
        f"{row['claim']} ({row['printed']}): {row['standing']}; "
        f"{100 * row['met']:.0f}% of the cohorts would print it so"
        for row in files.printed(drawn).to_dict("records")
        if row["standing"] not in (drawing.ASKED, drawing.CHOSEN)
    ]


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
def progress(draws: int, arm: str = "") -> Iterator[engine.Progress]:
    """Give what shows draws found, rate and time left on standard error: a bar, or plain lines."""
    if sys.stderr.isatty():
        from tqdm import tqdm

        with tqdm(total=draws, unit="draw", desc=f"{arm} found".strip()) as bar:

            def show(tried: int, found: int) -> None:
                bar.update(tried - bar.n)
                if found < tried:
                    bar.set_postfix(found=found)

            yield show
    else:
        with said(f"drawing {draws} cohorts" + (f" of arm {arm}" if arm else "")):
            yield _plain(draws, arm)


@contextmanager
def said(what: str) -> Iterator[None]:
    """Say that something long goes on, whenever nothing has been said for a while."""
    done = threading.Event()
    begin = time.perf_counter()

    def beat() -> None:
        while not done.wait(PLAIN_EVERY / 10):
            now = time.perf_counter()
            if now - max(begin, _said[-1]) >= PLAIN_EVERY:
                _say(f"{what}, {now - begin:.0f} s so far")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _plain(draws: int, arm: str = "") -> engine.Progress:
    begin = time.monotonic()
    last = begin

    def show(tried: int, found: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < PLAIN_EVERY and tried < draws:
            return
        last = now
        rate = tried / max(now - begin, 1e-9)
        left = max(draws - tried, 0) / max(rate, 1e-9)
        whose = f"arm {arm}: " if arm else ""
        _say(f"{whose}{found} of {draws} draws found, {rate:.2g} a second, {left:.0f} s left")

    return show


_said = deque([0.0], maxlen=1)
"""When something was said last, by the clock that only counts on."""


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
    _said.append(time.perf_counter())
