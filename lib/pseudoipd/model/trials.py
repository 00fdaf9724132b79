"""Arms of published trials, from which the prior is learned: who had the event, or was last seen, when.

`data/trials/arms.csv` holds pseudo-patients that R. Redd, G. Fell and R. Rahman reconstructed from digitised
Kaplan-Meier curves (R package kmdata, MIT licence). Events lie where the curves step down; when patients were
censored is the reconstruction's guess between two printed numbers at risk.
"""

from __future__ import annotations

import csv
import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from blina_base import project
from blina_base.errors import InputError

CLASSES = {
    "OS": "survival", "PFS": "progression", "RPFS": "progression", "TTP": "progression",
    "DFS": "relapse", "RFS": "relapse", "EFS": "relapse", "LRR": "relapse",
}  # fmt: skip
"""Which endpoints share a prior: death; progression; relapse of patients who are free of disease."""
COLUMNS = ("trial", "figure", "outcome", "arm", "n", "events", "median", "course")
PARTS, REPORTED = 3, 0
_STEP = re.compile(r"(\d+)(?:e(\d*))?(?:c(\d*))?")


@dataclass(frozen=True, eq=False)
class Arm:
    """One curve: days (rising), events and censorings on them, int64[rows] each."""

    trial: str
    figure: str
    outcome: str
    arm: str
    day: NDArray[np.int64]
    events: NDArray[np.int64]
    censored: NDArray[np.int64]

    @property
    def key(self) -> str:
        """Name of the arm, unique among all."""
        return "/".join((self.trial, self.figure, self.outcome, self.arm))

    @property
    def group(self) -> str:
        """Class of the endpoint, a value of CLASSES."""
        return CLASSES[self.outcome]

    @property
    def n(self) -> int:
        """Number of patients."""
        return int(self.events.sum() + self.censored.sum())

    @cached_property
    def median(self) -> float:
        """First day on which the Kaplan-Meier curve is at one half or below, infinity if none is."""
        at_risk = self.n - np.concatenate([[0], np.cumsum(self.events + self.censored)[:-1]])
        reached = self.day[np.cumprod(1 - self.events / at_risk) <= 0.5 + 1e-12]
        return float(reached[0]) if len(reached) else float("inf")

    @property
    def reported(self) -> bool:
        """Whether the arm's trial is kept apart, to report how far the prior can be trusted."""
        return part(self.trial) == REPORTED


def part(trial: str) -> int:
    """Return which third a trial belongs to: the sha256 of its name, as a number, modulo 3.

    >>> [part(name) for name in ("ACT1", "BOLERO2", "AIO0207")]
    [0, 1, 2]
    """
    return int(hashlib.sha256(trial.encode()).hexdigest(), 16) % PARTS


def path() -> Path:
    """Return the checked-in table of arms."""
    return project.root() / "data" / "trials" / "arms.csv"


def read(file: Path | None = None) -> tuple[Arm, ...]:
    """Return all arms; InputError in one line for a missing column, an unknown endpoint or a bad course."""
    file = file or path()
    with file.open(encoding="utf-8", newline="") as handle:
        rows = csv.DictReader(handle)
        for column in COLUMNS:
            if column not in (rows.fieldnames or ()):
                raise InputError.at(file.name, column=column, expected=f"the columns {', '.join(COLUMNS)}")
        return tuple(_arm(file.name, number, row) for number, row in enumerate(rows, start=2))


def _arm(file: str, number: int, row: dict[str, str]) -> Arm:
    if row["outcome"] not in CLASSES:
        known = ", ".join(CLASSES)
        raise InputError.at(
            file, row=number, column="outcome", value=row["outcome"], expected=f"one of {known}"
        )
    steps = [_STEP.fullmatch(step) for step in row["course"].split()]
    if not steps or not all(step and step.group(1) != "0" for step in steps):
        raise InputError.at(
            file, row=number, column="course", value=row["course"],
            expected="days since the row before, each with e (event) or c (censored) and how many",
        )  # fmt: skip
    day, events, censored = np.array(
        [(int(s.group(1)), _count(s.group(2)), _count(s.group(3))) for s in steps if s], dtype=np.int64
    ).T
    return Arm(row["trial"], row["figure"], row["outcome"], row["arm"], np.cumsum(day), events, censored)


def _count(found: str | None) -> int:
    return 0 if found is None else int(found or 1)
