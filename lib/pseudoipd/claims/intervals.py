"""What a printed number means: the interval of values that would have been printed so."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache

from pseudoipd.claims.grammar import REGISTRY

TOLERANCE = 1e-9
"""Slack for the last digits of floating-point arithmetic; far below any printed precision."""

_NUMBER = re.compile(r"(?P<mark>[~∼≈<]?)\s*(?P<number>\d+(?:\.\d*)?|\.\d+)")
_NOT_REACHED = "NR"


@dataclass(frozen=True)
class Interval:
    """Values from `lower` to `upper`; `upper` itself belongs to it only if `closed`.

    Both ends infinite stand for 'not reached', which only an infinite or undefined value meets.
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
        if not math.isfinite(value) or value < self.lower - TOLERANCE:
            return False
        return self.ends_after(value)

    def ends_after(self, value: float) -> bool:
        """Say whether `value` does not lie beyond the upper end."""
        return value <= self.upper + TOLERANCE if self.closed else value < self.upper - TOLERANCE


@cache
def printed_interval(printed: str, statistic: str) -> Interval:
    """Return the interval that `printed` stands for, under the rounding of its last digit.

    With u one unit of the last digit, x is [x - u/2, x + u/2), as halves go up: `13.0` is [12.95, 13.05);
    `~33` is [33 - u, 33 + u], `<.001` is [0, .001), `NR` is 'not reached'. Counts and doses are exact. None
    of the printed quantities can be negative, so the lower end is never below zero.
    Raises ValueError where `printed` is none of these.

    Example: by hand.

    >>> [printed_interval("13.0", "median").contains(x) for x in (12.94, 12.95, 13.049, 13.05)]
    [False, True, True, False]
    >>> [printed_interval("~33", "median").contains(x) for x in (31.9, 32, 34)]
    [False, True, True]
    >>> printed_interval("NR", "median").contains(math.inf)
    True
    """
    if printed.strip().upper() == _NOT_REACHED:
        return Interval(math.inf, math.inf, closed=True)
    match = _NUMBER.fullmatch(printed.strip())
    if match is None:
        raise ValueError(f"{printed!r} is no printed number")
    value, unit = float(match["number"]), _last_digit(match["number"])
    if match["mark"] == "<":
        return Interval(0.0, value)
    if match["mark"]:
        return Interval(max(0.0, value - unit), value + unit, closed=True)
    if REGISTRY[statistic].exact:
        return Interval(value, value, closed=True)
    return Interval(max(0.0, value - unit / 2), value + unit / 2)


def printed_value(printed: str) -> float:
    """Return the printed number itself: infinity for NR, NaN for words.

    Example: by hand.

    >>> printed_value("~33"), printed_value(".009"), printed_value("NR"), printed_value("more")
    (33.0, 0.009, inf, nan)
    """
    if printed.strip().upper() == _NOT_REACHED:
        return math.inf
    match = _NUMBER.fullmatch(printed.strip())
    return float(match["number"]) if match else math.nan


def decimals(printed: str) -> int:
    """Return how many digits are printed behind the point, so that our value can be shown alike.

    Example: by hand.

    >>> decimals("13.0"), decimals(".009"), decimals("28")
    (1, 3, 0)
    """
    match = _NUMBER.fullmatch(printed.strip())
    return len(match["number"].partition(".")[2]) if match else 0


def _last_digit(number: str) -> float:
    return float(10.0 ** -len(number.partition(".")[2]))
