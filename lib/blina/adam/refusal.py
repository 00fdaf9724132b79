"""How bad patient-level data are refused: one line with file, column, the first three rows and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from blina_base.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

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


def rows_text(positions: np.ndarray) -> str:
    """Name the first three records as a reader of the file counts them (the header is row 1)."""
    first = ", ".join(str(int(p) + HEADER_ROWS + 1) for p in positions[:SHOWN])
    more = len(positions) - SHOWN
    return f"{first} and {more} more" if more > 0 else first


def refuse(file: str, column: str, bad: np.ndarray, values: pd.Series | None, expected: str) -> None:
    """Raise InputError if any entry of the boolean array `bad` (one per record) is true."""
    positions = np.flatnonzero(bad)
    if not len(positions):
        return
    found = None if values is None else _Values([values.iloc[int(p)] for p in positions[:SHOWN]])
    raise InputError.at(file, row=rows_text(positions), column=column, value=found, expected=expected)
