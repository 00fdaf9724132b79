"""How many digits of a number leave a page: ten, as data.

The last digits of a double depend on which vector instructions the processor has (numpy computes `exp`
and `log` with them). Ten digits are the same on every machine, and more than a few thousand rows determine.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


# What a spreadsheet takes for the beginning of a formula; in East Asia also the signs of full width.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def rounded(value: Any) -> Any:
    """Return a value with ten digits if it is a fraction, as it is if not."""
    if hasattr(value, "item"):
        value = value.item()
    return float(f"{value:.10g}") if isinstance(value, float) else value


def jsonable(value: Any) -> Any:
    """Return a value that JSON can hold: ten digits, "NR" for not reached, None for no value."""
    value = rounded(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        # As JavaScript writes it: a notebook that JupyterLab stores stays the same.
        return int(value)
    return "NR" if isinstance(value, float) and math.isinf(value) else value


def inert(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula: an apostrophe before = + - @, tab and return.

    A number written as text stays one, and so do signs of our own (a minus is no hyphen).

    >>> [inert(text) for text in ("=1+1", "@SUM(1)", "-2.5", "Drug A", "-x")]
    ["'=1+1", "'@SUM(1)", '-2.5', 'Drug A', "'-x"]
    """
    if not isinstance(value, str) or not value.lstrip(" ").startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value


def csv_text(frame: pd.DataFrame) -> str:
    """Return a frame as CSV, ten digits to a fraction, also in columns that hold words and numbers.

    Texts and headings, which may be a user's names of arms, are made inert for spreadsheets.
    """
    kept = {
        name: frame[name].map(lambda cell: inert(rounded(cell)))
        for name in frame.columns
        if frame[name].dtype.kind in "fO"
    }
    return str(frame.assign(**kept).rename(columns=inert).to_csv(index=False, lineterminator="\n"))
