"""Units of time and of cell counts: how they are written, and what they are worth."""

from __future__ import annotations

import re

from blina.vocabulary import DAYS_PER_MONTH
from blina_base.errors import InputError

TIME_UNITS = ("days", "weeks", "months", "years")
DAYS_PER: dict[str, float] = {
    "days": 1.0,
    "weeks": 7.0,
    "months": DAYS_PER_MONTH,
    "years": 12 * DAYS_PER_MONTH,
}
_SPELLINGS = {
    **dict.fromkeys(("D", "DAY", "DAYS"), "days"),
    **dict.fromkeys(("W", "WK", "WKS", "WEEK", "WEEKS"), "weeks"),
    **dict.fromkeys(("MO", "MOS", "MTH", "MTHS", "MONTH", "MONTHS"), "months"),
    **dict.fromkeys(("Y", "YR", "YRS", "YEAR", "YEARS"), "years"),
}
_WORD = r"(days?|weeks?|months?|years?)"
# Only where the text states a unit: "(Months)", "in days", "…, weeks"; "Day 29 response" states none.
_STATED = re.compile(rf"[(\[]\s*{_WORD}\s*[)\]]|\bin\s+{_WORD}\b|[,:-]\s*{_WORD}\s*$", re.IGNORECASE)
# Cells per microlitre in one of the unit.
CELLS_PER_UL: dict[str, float] = {
    "CELLS/UL": 1.0,
    "CELL/UL": 1.0,
    "/UL": 1.0,
    "CELLS/MM3": 1.0,
    "/MM3": 1.0,
    "10^6/L": 1.0,
    "10^3/UL": 1000.0,
    "10^9/L": 1000.0,
    "GIGA/L": 1000.0,
    "GI/L": 1000.0,
}


def time_unit(text: str) -> str | None:
    """Return `days`, `weeks`, `months` or `years` for a written unit, or None if it is none of them."""
    return _SPELLINGS.get(text.strip().upper().rstrip("."))


def stated_in(param: str) -> str | None:
    """Return the unit that the words of a PARAM state, as in "Overall survival (months)", or None."""
    found = _STATED.search(param)
    return time_unit(next(g for g in found.groups() if g)) if found else None


def asked_for(value: str | None) -> str | None:
    """Check the unit that the user gave; "as stated" or empty means none was given. Raises InputError."""
    if value is None or value.strip() in ("", "as stated"):
        return None
    unit = time_unit(value)
    if unit is None:
        raise InputError.at("time_unit", value=value, expected="one of " + ", ".join(TIME_UNITS))
    return unit


def cells_per_ul(text: str) -> float | None:
    """Return how many cells per microlitre one of the written unit is, or None if it is unknown."""
    return CELLS_PER_UL.get(re.sub(r"\s+", "", text).upper().replace("Μ", "U").replace("µ", "U"))
