"""How a number is spelled for a reader: one function for each kind, and no other place that does it.

The spelling is that of the journal: `50%`, `26–59%`, `P = .009` (no zero before the point), `13.0 months`,
`10 of 36`. What is not reached, or not there, is said in words or by a dash, never as inf or nan.
A number that someone set (a landmark, a threshold, a dose) is no result: it is written as it was given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Column = str | Callable[[dict[Any, Any]], object]
"""A column of a table for reading: one of the tidy frame as it is, or how a row (a dict) is spelled in it."""

NOTHING = "–"
"""Stands where there is no value."""
NOT_REACHED = "not reached"
# 100 * .285 is a hair below 28.5 in binary.
_ROUNDING = 1e-9


def months(value: float) -> str:
    """Return months to one decimal, as the paper prints them: `13.0`."""
    return _spelled(value, ".1f")


def days(value: float) -> str:
    """Return days: whole ones, or a half where two are averaged."""
    return _spelled(value, ".1f").removesuffix(".0")


def percent(value: float, digits: int = 0) -> str:
    """Return a percentage, without decimals as one of 36 patients is nearly three points: `31%`, `−1.5%`.

    Halves go up, as papers print 1 of 8: `13%`.
    """
    if math.isnan(value):
        return NOTHING
    return f"{decimal(value, digits) if digits else math.floor(value + 0.5 + _ROUNDING)}%"


def share(fraction: float, digits: int = 0) -> str:
    """Return a fraction as a percentage: `.31` is `31%`."""
    return percent(100 * fraction, digits)


def level(fraction: float) -> str:
    """Return a confidence level with the digits that it has: `95%`, `99.9%`."""
    return f"{100 * fraction:g}%"


def fraction(value: float, digits: int = 3) -> str:
    """Return an error or a width of S(t) without zero before the point: `.030`."""
    return _spelled(value, f".{digits}f").removeprefix("0")


def decimal(value: float, digits: int) -> str:
    """Return a number with so many decimals, below 0 with a minus sign and not a hyphen: `−1.94`."""
    text = _spelled(value, f".{digits}f")
    return text.lstrip("-") if text.strip("-0.") == "" else text.replace("-", "−")


def exact(value: float) -> str:
    """Return a number with six digits, for whoever asks how a rounding came about."""
    return f"{value:.6g}"


def count(value: float) -> str:
    """Return a whole number: of patients, events or cells, or a concentration."""
    return _spelled(value, ".0f")


def counted(value: float, noun: str) -> str:
    """Return a count with its noun: `1 cohort`, `10 cohorts`."""
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def of(part: float, whole: float, noun: str = "") -> str:
    """Return a count out of a whole: `10 of 36`, `1 of 1 number`, `3 of 4 numbers`."""
    return f"{count(part)} of {counted(whole, noun) if noun else count(whole)}"


def over(observed: float, expected: float) -> str:
    """Return events observed over events expected: `26 / 41.3`."""
    return f"{count(observed)} / {statistic(expected)}"


def ratio(value: float) -> str:
    """Return a hazard ratio, or observed over expected, with two decimals: `0.34`."""
    return "∞" if math.isinf(value) else _spelled(value, ".2f")


def statistic(value: float) -> str:
    """Return a test statistic, an expected count or a variance with three digits: `20.0`, `0.175`, `1204`."""
    return _spelled(value, ".0f" if value >= 1000 else "#.3g").removesuffix(".")


def p_value(value: float) -> str:
    """Return P with two significant digits at most, no zero before the point: `.0085`, `<.0001`, `>.99`."""
    if math.isnan(value):
        return NOTHING
    if value < 1e-4:
        return "<.0001"
    if value > 0.99:
        return ">.99"
    text = f"{value:.{max(2, 1 - math.floor(math.log10(value)))}f}".lstrip("0")
    return text.rstrip("0") if len(text) > 3 else text


def p_equals(value: float) -> str:
    """Return P with its sign of comparison: `P = .009`, `P < .0001`."""
    text = p_value(value)
    return f"P {text[0]} {text[1:]}" if text[0] in "<>" else f"P = {text}"


def number(value: float, unit: str) -> str:
    """Return a value in its unit's format, without the unit but for the percent sign."""
    return _BY_UNIT.get(unit, months)(value)


def with_unit(value: float, unit: str) -> str:
    """Return a value with its unit, where it has a value: `13.0 months`."""
    text = number(value, unit)
    return f"{text} months" if unit == "months" and math.isfinite(value) else text


def spread(lower: str, upper: str) -> str:
    """Return a range of two spelled ends: `8.5–21.9`, `26–59%`; one of them where both are spelled alike."""
    if lower == upper:
        return lower
    if NOTHING in (lower, upper):
        return f"{lower} to {upper}"
    return f"{lower.removesuffix('%') if upper.endswith('%') else lower}–{upper}"


def between(lower: float, upper: float, unit: str) -> str:
    """Return a range in its unit's format, as `spread` does."""
    return spread(number(lower, unit), number(upper, unit))


def span(lower: float, upper: float, unit: str) -> str:
    """Return a range with its unit in words: `17.1–18.3 months`, `1 patient`, `38–50%`."""
    text = between(lower, upper, unit)
    if unit not in ("months", "patients", "events"):
        return text
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}"


def limits(value: float, lower: float, upper: float, unit: str) -> str:
    """Return a value with its range, if it has another: `31% (17–46%)`, `0.51 (0.33–0.75)`, `47%`."""
    middle, ends = number(value, unit), between(lower, upper, unit)
    return middle if ends in (middle, NOTHING) else f"{middle} ({ends})"


def table(frame: pd.DataFrame, columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return a tidy frame for reading: head → how its cells are spelled, in the order of `columns`."""
    import pandas as pd

    rows = frame.to_dict("records")
    return pd.DataFrame(
        {
            head: [row[spell] if isinstance(spell, str) else spell(row) for row in rows]
            for head, spell in columns.items()
        }
    )


def listed(words: list[str]) -> str:
    """Return words as an English list: `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _spelled(value: float, form: str) -> str:
    if math.isnan(value):
        return NOTHING
    return NOT_REACHED if math.isinf(value) else format(value, form)


_BY_UNIT: Mapping[str, Callable[[float], str]] = {
    "%": percent,
    "P": p_value,
    "": ratio,
    "ratio": ratio,
    "cells/µL": statistic,
    "patients": count,
    "events": count,
}
