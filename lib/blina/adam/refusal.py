"""How bad patient-level data are refused: one line with file, column, the first three rows and values.

Tables keep the place of each record in its file as their index, whatever was left out of them, so that a row
is named as a reader of the file counts it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blina_base.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

HEADER_ROWS = 1
SHOWN = 3


class _Values:
    """Several found values, shown like one."""

    def __init__(self, values: list[object]) -> None:
        self.values = values

    def __repr__(self) -> str:
        return ", ".join(dict.fromkeys(map(_text, self.values)))


def _text(value: object) -> str:
    """Return a found value as a reader of the file wrote it: -2 and not -2.0, and not at any length."""
    plain = value.item() if isinstance(value, np.generic) else value
    text = repr(int(plain) if isinstance(plain, float) and plain.is_integer() else plain)
    return text if len(text) <= 24 else f"{text[:21]}…"


def rows_text(index: ArrayLike) -> str:
    """Name the first three records, given by their index, as a reader of the file counts (header: row 1)."""
    places = np.asarray(index)
    first = ", ".join(str(int(place) + HEADER_ROWS + 1) for place in places[:SHOWN])
    more = len(places) - SHOWN
    return f"{first} and {more} more" if more > 0 else first


def refuse(
    file: str,
    column: str,
    bad: ArrayLike,
    table: pd.DataFrame | pd.Series,
    expected: str,
    *,
    show: bool = True,
) -> None:
    """Raise InputError if any entry of `bad` (one per record of `table`) is true.

    `table` gives the rows and, unless `show` is false, the values that were found: it, or its `column`.
    """
    positions = np.flatnonzero(np.asarray(bad))
    if not len(positions):
        return
    found = None
    if show:
        cells = table if isinstance(table, pd.Series) else table[column]
        found = _Values([cells.iloc[int(p)] for p in positions[:SHOWN]])
    rows = rows_text(table.index[positions])
    raise InputError.at(file, row=rows, column=column, value=found, expected=expected)
