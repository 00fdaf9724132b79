"""What each published file and its columns mean, with unit and coding: the data dictionary's part.

The texts stand in `columns.csv` beside this module. A row without a column is about the file, one without a
file about a column of several; a name in braces stands for the codes that the library knows by it.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import NamedTuple

from blina import vocabulary
from blina.reports.validation.numbers import cohorts
from pseudoipd.model import trials

_CODES = {
    **{
        name: "; ".join(getattr(vocabulary, name))
        for name in vocabulary.__all__
        if name.endswith("STATISTICS")
    },
    **{name: "; ".join(getattr(vocabulary, name)) for name in ("CATEGORIES", "POPULATIONS", "COHORTS")},
    **{name: "; ".join(getattr(cohorts, name)) for name in ("PURPOSES", "UNITS")},
    "CLASSES": "; ".join(trials.CLASSES),
}


class Described(NamedTuple):
    """A file or a column in words: its meaning, unit ("-" for none) and coding ("" for a number)."""

    meaning: str
    unit: str
    coding: str


@functools.cache
def _rows() -> dict[tuple[str, str], Described]:
    with Path(__file__).with_name("columns.csv").open(encoding="utf-8", newline="") as file:
        return {
            (row["file"], row["column"]): Described(
                row["meaning"], row["unit"], row["coding"].format_map(_CODES)
            )
            for row in csv.DictReader(file)
        }


def described(file: str, column: str = "") -> Described | None:
    """Return what a file, or a column of it, means; None where nothing describes it."""
    return _rows().get((file, column)) or (_rows().get(("", column)) if column else None)
