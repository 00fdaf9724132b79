"""Carry arms of published trials into `data/trials/`: `python -m blina_tools.prior.trials ARMS.csv.gz`.

The source has one row per arm and day; the table here one row per arm, its course as text. `planned.csv`
lists the arms on which the prior is reported, by the rule of `protocol.md`.
"""

from __future__ import annotations

import csv
import io
import math
import sys
from pathlib import Path

import pandas as pd

from blina_base.files import write_atomically
from pseudoipd.model import trials

KEY = ["trial", "figure", "outcome", "arm"]
PLANNED = ("trial", "figure", "outcome", "arm", "class", "n")
FEWEST, MOST = 30, 300


def carry(source: Path) -> None:
    """Write `arms.csv` from the source's rows, then `planned.csv` from it."""
    table = pd.read_csv(source).sort_values([*KEY, "day"], kind="stable")
    rows = [(*key, *_described(own)) for key, own in table.groupby(KEY)]
    _write(trials.path(), trials.COLUMNS, rows)
    _write(trials.path().with_name("planned.csv"), PLANNED, planned(trials.read()))


def planned(arms: tuple[trials.Arm, ...]) -> list[tuple[object, ...]]:
    """Return the arms to report on: of trials kept apart, 30 to 300 patients, the median reached."""
    return [
        (a.trial, a.figure, a.outcome, a.arm, a.group, a.n)
        for a in arms
        if a.reported and FEWEST <= a.n <= MOST and math.isfinite(a.median)
    ]


def _described(rows: pd.DataFrame) -> tuple[object, ...]:
    """Return n, events, median and course of one arm."""
    step = rows["day"].diff().fillna(rows["day"].iloc[0]).astype(int)
    course = " ".join(
        f"{days}{_mark('e', e)}{_mark('c', c)}"
        for days, e, c in zip(step, rows["events"], rows["censored"], strict=True)
    )
    arm = trials.Arm(
        "", "", "OS", "", *(rows[name].to_numpy(dtype="int64") for name in ("day", "events", "censored"))
    )
    median = int(arm.median) if math.isfinite(arm.median) else ""
    return arm.n, int(arm.events.sum()), median, course


def _mark(letter: str, count: int) -> str:
    return "" if count == 0 else letter if count == 1 else f"{letter}{count}"


def _write(path: Path, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([head, *rows])
    write_atomically(path, text.getvalue().encode())


if __name__ == "__main__":
    carry(Path(sys.argv[1]))
