"""What a printed number means: the interval of values that would have been printed so."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pseudoipd.claims.grammar import DAYS_PER_MONTH, MONTHS, PERCENT, PROBABILITY, RATIO, REGISTRY

TOLERANCE = 1e-9
"""Slack for the last digits of floating-point arithmetic; far below any printed precision."""

TIME_UNITS: Mapping[str, float] = {
    **dict.fromkeys(("", "months", "month", "mo", "mos", "mth", "mths"), 1.0),
    **dict.fromkeys(("years", "year", "yr", "yrs", "y"), 12.0),
    **dict.fromkeys(("weeks", "week", "wk", "wks", "w"), 7 / DAYS_PER_MONTH),
    **dict.fromkeys(("days", "day", "d"), 1 / DAYS_PER_MONTH),
}
"""How many months a unit of time is."""
_FRACTIONS = frozenset({"fraction", "proportion", "probability", "1"})
SHARE_UNITS: Mapping[str, float] = {
    **dict.fromkeys(("", "%", "percent", "per cent", "pct"), 1.0), **dict.fromkeys(_FRACTIONS, 100.0),
}  # fmt: skip
"""How many per cent a unit of a share is."""
UNITS: Mapping[str, Mapping[str, float]] = {MONTHS: TIME_UNITS, PERCENT: SHARE_UNITS}

_NUMBER = re.compile(
    r"(?P<mark>~|∼|≈|approximately|approx\.?|about|<=|>=|<|≤|>|≥|)\s*(?P<number>\d{1,3}(?:,\d{3})+(?![\d,])|\d+(?:\.\d*)?|\.\d+)"
    r"(?P<more>\+?)\s*(?P<unit>%|[A-Za-z]*)",
    re.IGNORECASE,
)
# A point in the middle of the line, as The Lancet prints it.
_POINTS = str.maketrans("·∙⋅", "...")
_OBSERVED = ("followup_min", "followup_max")
_NOT_REACHED = frozenset({
    "NR", "NE", "NA", "N/A", "NOT REACHED", "NOT YET REACHED", "NOT ESTIMABLE", "NOT ESTIMATED",
    "NOT EVALUABLE", "NOT CALCULABLE", "NYR", "NC", "N.R.", "N.E.", "∞", "—", "–", "-",
})  # fmt: skip


@dataclass(frozen=True)
class Interval:
    """Values from `lower` to `upper`; `upper` itself belongs to it only if `closed`.

    Both ends infinite stand for 'not reached', which only an infinite or undefined value meets; an infinite
    upper end alone for 'more than', which 'not reached' meets as well.
    """

    lower: float
    upper: float
    closed: bool = False

    @property
    def not_reached(self) -> bool:
        """True for the interval of the printed word NR."""
        return math.isinf(self.lower)

    def contains(self, value: float) -> bool:
        """Say whether `value` would have been printed like this."""
        if self.not_reached:
            return math.isinf(value) or math.isnan(value)
        if math.isinf(self.upper):
            return value >= self.lower - TOLERANCE
        if not math.isfinite(value) or value < self.lower - TOLERANCE:
            return False
        return self.ends_after(value)

    def ends_after(self, value: float) -> bool:
        """Say whether `value` does not lie beyond the upper end."""
        return value <= self.upper + TOLERANCE if self.closed else value < self.upper - TOLERANCE


@cache
def printed_interval(printed: str, statistic: str, unit: str = "") -> Interval:
    """Return the interval that `printed` stands for, under the rounding of its last digit.

    The interval is in months for a time and in % for a share, whatever `unit` it is printed in: 3.4 years
    are 40.2 to 41.4 months. Whatever the number, the last digit printed says how far it may be off. `~33`
    stands for one unit of the last digit either way, `<.1` for everything from 0, `>24` and `24+` for
    everything above, 'not reached' included; but the shortest or longest follow-up `41.9+` is that of
    somebody who was alive then, and so a number. Raises ValueError for what is no printed number of this
    statistic.

    Example: by hand.

    >>> [printed_interval("13.0", "median").contains(x) for x in (12.94, 12.95, 13.049, 13.05)]
    [False, True, True, False]
    >>> [printed_interval("~33", "median").contains(x) for x in (31.9, 32, 34)]
    [False, True, True]
    >>> printed_interval("NR", "median").contains(math.inf)
    True
    >>> years = printed_interval("3.4", "median", "years")
    >>> round(years.lower, 6), round(years.upper, 6), printed_interval("3·4 years", "median") == years
    (40.2, 41.4, True)
    """
    kind = REGISTRY[statistic]
    if _not_reached(printed):
        if kind.unit not in (MONTHS, RATIO, ""):
            raise ValueError(f"{printed!r} is no {kind.unit}")
        return Interval(math.inf, math.inf, closed=True)
    match = _match(printed)
    if match is None:
        raise ValueError(f"{printed!r} is no printed number")
    size = _size(match["unit"], unit, kind.unit)
    value, last = _value(match), _last_digit(match["number"])
    if match["mark"] in ("<", "<=", "≤"):
        return Interval(0.0, value * size, closed=match["mark"] != "<")
    if match["mark"] in (">", ">=", "≥") or (match["more"] and statistic not in _OBSERVED):
        return Interval(value * size, _most(kind.unit), closed=True)
    if match["mark"]:
        return Interval(max(0.0, value - last) * size, (value + last) * size, closed=True)
    if kind.exact:
        return Interval(value, value, closed=True)
    return Interval(max(0.0, value - last / 2) * size, (value + last / 2) * size)


def printed_value(printed: str, unit: str = "", kind: str = "") -> float:
    """Return the printed number itself: infinity for NR, NaN for words.

    A number of the `kind` months or % is given in that unit, whatever `unit` it is printed in.

    Example: by hand.

    >>> printed_value("~33"), printed_value(".009"), printed_value("NR"), printed_value("more")
    (33.0, 0.009, inf, nan)
    >>> printed_value("3·4", "years", "months"), printed_value("1,200")
    (40.8, 1200.0)
    """
    if _not_reached(printed):
        return math.inf
    match = _match(printed)
    if match is None:
        return math.nan
    try:
        size = _size(match["unit"], unit, kind)
    except ValueError:
        return math.nan
    return round(_value(match) * size, 10)


def stated_unit(printed: str) -> str:
    """Return the unit that stands behind the number, "" for none.

    Example: by hand.

    >>> stated_unit("42%"), stated_unit("3.4 years"), stated_unit("13.0")
    ('%', 'years', '')
    """
    match = _match(printed)
    return match["unit"].lower() if match else ""


def decimals(printed: str) -> int:
    """Return how many digits are printed behind the point, so that our value can be shown alike.

    Example: by hand.

    >>> decimals("13.0"), decimals(".009"), decimals("28")
    (1, 3, 0)
    """
    match = _match(printed)
    return len(match["number"].partition(".")[2]) if match else 0


def _not_reached(printed: str) -> bool:
    return " ".join(printed.upper().split()) in _NOT_REACHED


def _match(printed: str) -> re.Match[str] | None:
    return _NUMBER.fullmatch(printed.translate(_POINTS).strip())


def _value(match: re.Match[str]) -> float:
    return float(match["number"].replace(",", ""))


def _size(beside: str, unit: str, kind: str) -> float:
    """Return how many of the statistic's unit are one of the printed; ValueError for one of another kind."""
    known = UNITS.get(kind, {})
    beside, unit = beside.lower(), unit.lower()
    for word in (beside, unit):
        if known and word not in known:
            raise ValueError(f"{word!r} is no unit of {kind}")
    if beside and (beside not in known or (unit and known[unit] != known[beside])):
        raise ValueError(f"{beside!r} beside {unit!r}")
    return known.get(beside or unit, 1.0)


def _most(unit: str) -> float:
    """Return the upper end of 'more than'."""
    return {PERCENT: 100.0, PROBABILITY: 1.0}.get(unit, math.inf)


def _last_digit(number: str) -> float:
    return float(10.0 ** -len(number.partition(".")[2]))
