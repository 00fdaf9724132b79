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
_WORD = r"(days?|weeks?|months?|years?|wks?|mths?|mos?|yrs?)\.?"
# Only where the text states a unit: "(Months)", "in days", "…, weeks", "OS_months"; not "Day 29 response".
_STATED = re.compile(
    rf"[(\[]\s*{_WORD}\s*[)\],;]|\bin\s+{_WORD}(?![a-z])|(?<!\d)[,:-]\s*{_WORD}\s*$"
    # The ends of survival, time, duration, death, event and of codes.
    r"|(?:(?<=val|ime|ion|ath|ent|[PREDF]FS)|(?<=\bOS))[ _-](days|weeks|months|years)\s*$",
    re.IGNORECASE,
)
# Cells per microlitre in one of a unit of count and volume, as UCUM and laboratories write it.
_VOLUMES = {
    "L": 1e-6,
    "DL": 1e-5,
    "CL": 1e-4,
    "ML": 1e-3,
    "UL": 1.0,
    "MM3": 1.0,
    "CMM": 1.0,
    "CUMM": 1.0,
    "NL": 1e3,
}
_PREFIXES = {
    "": 1.0,
    "K": 1e3,
    "THOU": 1e3,
    "M": 1e6,
    "MILL": 1e6,
    "G": 1e9,
    "GI": 1e9,
    "GIGA": 1e9,
    "T": 1e12,
    "TH": 1e3,
}
_COUNTED = re.compile(
    r"(?:(?P<number>10+)|X?10(?:(?:\^|\*\*?|E\+?|EXP)(?P<power>\d{1,2})|(?P<raised>[3-9]))|(?P<prefix>[A-Z]+))?(?P<cells>CELLS?|\{CELLS?\})?/(?P<volume>[A-Z0-9]+)\Z"
)
_VOLUME_WORDS = {
    "MCL": "UL",
    "MICROL": "UL",
    "MICROLITER": "UL",
    "MICROLITRE": "UL",
    "CUBICMM": "MM3",
    "MM^3": "MM3",
}
# The unit in the words of a PARAM, as in "T cells (10^9/L)".
_IN_WORDS = re.compile(r"[(\[]\s*([^()\[\]]*/[^()\[\]]*?)\s*[)\]]")


def time_unit(text: str) -> str | None:
    """Return `days`, `weeks`, `months` or `years` for a written unit, or None if it is none of them."""
    return _SPELLINGS.get(text.strip().upper().rstrip(".").replace("(S)", "S"))


def stated_in(param: str) -> str | None:
    """Return the unit that the words of a PARAM state, as in "Overall survival (months)", or None."""
    found = _STATED.search(param)
    return time_unit(next(g for g in found.groups() if g)) if found else None


def without_unit(param: str) -> str:
    """Return the words of a PARAM without the unit that they state."""
    return _STATED.sub(" ", param)


def asked_for(value: str | None) -> str | None:
    """Check the unit that the user gave; "as stated" or empty means none was given. Raises InputError."""
    if value is None or value.strip() in ("", "as stated"):
        return None
    unit = time_unit(value)
    if unit is None:
        raise InputError.at("time_unit", value=value, expected="one of " + ", ".join(TIME_UNITS))
    return unit


def cells_per_ul(text: str) -> float | None:
    """Return how many cells per microlitre one of the written unit is, or None if it is no count per volume.

    >>> [cells_per_ul(unit) for unit in ("10*9/L", "cells/mcL", "x10^3/uL", "K/uL", "/mm3", "10^6/kg", "%")]
    [1000.0, 1.0, 1000.0, 1000.0, 1.0, None, None]
    """
    plain = re.sub(r"[\s.·×]+", "", text.upper().replace("Μ", "U").replace("µ", "U").replace("×", "X"))
    plain = plain.replace("³", "3").replace("⁹", "9").replace("⁶", "6")
    head, slash, volume = plain.rpartition("/")
    volume = _VOLUME_WORDS.get(volume, volume)
    found = _COUNTED.match(f"{head}{slash}{volume}")
    if not slash or found is None or found["volume"] not in _VOLUMES:
        return None
    prefix = (found["prefix"] or "").removesuffix("CELLS").removesuffix("CELL")
    if prefix not in _PREFIXES:
        return None
    # 109/L is 10⁹ of which the print was lost; 1000/uL are thousands.
    power = found["power"] or found["raised"] or (found["number"] and len(found["number"]) - 1)
    number = 10.0 ** int(power) if power else _PREFIXES[prefix]
    # A millionth of a millionth is lost in the product of powers of ten.
    return float(f"{number * _VOLUMES[found['volume']]:.12g}")


def count_stated_in(param: str) -> str:
    """Return the unit of a count that the words of a PARAM state, as in "T cells (10^9/L)", or ""."""
    found = _IN_WORDS.search(param)
    return found[1] if found and cells_per_ul(found[1]) is not None else ""
