"""What the printed numbers allow at the least and at the most: read off cohorts that were searched for it.

A band says what most of the cohorts drawn show. A bound says what *some* cohort shows that meets every
printed number: `data/cohort/witnesses.csv` holds such cohorts, two for each quantity, found by
`blina_tools.bounds`. Other cohorts may reach farther, so a bound is one of 'at least'.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blina import facts
from blina.vocabulary import VOCABULARY
from blina_base import project
from blina_base.files import whole
from pseudoipd.claims.grammar import ENDPOINTS, FIRST, SECOND
from pseudoipd.ensemble import Ensemble

if TYPE_CHECKING:
    from pseudoipd.claims import Claim

FloatArray = NDArray[np.float64]
_DAY = "MRDRDY"
_OF_TIMES = (
    *(f"{FIRST}_{part}" for part in ("days", "event")),
    *(f"{SECOND}_{part}" for part in ("days", "event", "origin")),
)


def write(found: Mapping[str, Ensemble], path: Path) -> None:
    """Write witnesses, one row a patient: of which quantity, which end (0 least, 1 most), columns, times."""
    first = next(iter(found.values()))
    columns = [name for name in first.columns if name != _DAY]
    with whole(path) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["quantity", "end", "USUBJID", *columns, _DAY, *_OF_TIMES])
        for name, cohorts in found.items():
            for end in range(len(cohorts)):
                for i, subject in enumerate(cohorts.subjects):
                    own = [cohorts.columns[column][end, i] for column in (*columns, _DAY)]
                    parts = (
                        cohorts.time[FIRST], cohorts.event[FIRST],
                        cohorts.time[SECOND], cohorts.event[SECOND], cohorts.origin[SECOND],
                    )  # fmt: skip
                    times = [int(part[end, i]) for part in parts]
                    out.writerow([name, end, subject, *own, *times])


def witnesses_of(claims: Sequence[Claim], assumptions: Mapping[str, str]) -> Ensemble | None:
    """Return the witnesses if they are of these claims and assumptions, the collection's; else None."""
    ours = tuple(claims) == facts.read_claims() and dict(assumptions) == facts.assumptions()
    return witnesses() if ours else None


@functools.cache
def witnesses(path: Path | None = None) -> Ensemble | None:
    """Return all witnesses as one ensemble, None where there are none; `draw` numbers them in file order."""
    path = path or project.reference_cohort() / "witnesses.csv"
    if not path.exists():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    subjects = tuple(dict.fromkeys(row["USUBJID"] for row in rows))

    def table(name: str) -> NDArray[np.str_]:
        return np.array([row[name] for row in rows]).reshape(-1, len(subjects))

    def days(name: str) -> NDArray[np.int32]:
        return table(name).astype(np.int32)

    columns = {name: table(name) for name in rows[0] if name in VOCABULARY.codings}
    return Ensemble(
        subjects, {e: days(f"{e}_days") for e in ENDPOINTS}, {e: days(f"{e}_event") == 1 for e in ENDPOINTS},
        columns | {_DAY: days(_DAY)}, np.arange(len(rows) // len(subjects)),
        {e: days(f"{e}_origin") for e in ENDPOINTS[1:]}, VOCABULARY.study,
    )  # fmt: skip
