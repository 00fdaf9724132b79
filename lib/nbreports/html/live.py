"""Members of an ensemble to choose from on a page: data that its script draws in place of a picture.

A member has a falling curve in each panel, and numbers. A reader keeps those whose numbers, or whose curves
at a place, lie in a range; the page shows their curves, the band of them, and how many are left. Nothing is
fetched: the data stand in the page, as text of few bytes (`packed`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LIVE = "application/x-live+json"
"""What a cell carries for the page that is drawn live, beside the picture."""
LEVELS = 10_000
"""Steps between the lowest and the highest level of a curve: a hundredth of a percent."""
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
"""A letter stands for five bits of a number, and for whether more follow, as in source maps."""


@dataclass(frozen=True, eq=False)
class Panel:
    """One curve of each member: whole places where it falls, in order, and the level (0 to 1) from there on.

    `reading` is what the level at a place is called; a level is shown in percent.
    """

    title: str
    reading: str
    curves: Sequence[tuple[ArrayLike, ArrayLike]]


@dataclass(frozen=True, eq=False)
class Measure:
    """A number of each member, from 0 up; with `chosen` a reader can keep a range of it.

    It is carried with `digits` decimals, and shown with them. NaN is a number that a member has not.
    """

    name: str
    values: ArrayLike
    digits: int = 0
    chosen: bool = False


@dataclass(frozen=True, eq=False)
class Interval:
    """A number of each member, which a reader can hold to the middle part of `lower` to `upper`.

    Ends are shown with `digits` decimals, `bare` ones (of probabilities) without a zero before the point.
    """

    name: str
    values: ArrayLike
    lower: float
    upper: float
    digits: int
    bare: bool = False


@dataclass(frozen=True, eq=False)
class Live:
    """What a reader may play with.

    `noun` is what a member is called. `groups` are the names and sizes of those that follow one another: one
    of them is shown at a time, the first one first, and the others are held against it. Places of the curves
    are counted in `unit` of the axis `axis`, which ends at `most`; curves are read at `at` first. `level` is
    that of the band. `words` head the two kinds of controls, are said where nobody is left, and head the
    choice of a group.
    """

    noun: str
    groups: Sequence[tuple[str, int]]
    level: float
    axis: str
    unit: float
    most: int
    at: int
    panels: Sequence[Panel]
    measures: Sequence[Measure]
    intervals: Sequence[Interval]
    words: tuple[str, str, str, str]


def packed(numbers: Iterable[int]) -> str:
    """Return whole numbers from 0 up as letters: one for each that is below 32, two up to 1023, and so on.

    >>> packed([0, 31, 32, 1000])
    'Afgboe'
    """
    letters = []
    for number in numbers:
        if number < 0:
            raise ValueError(f"{number} is below 0 and cannot be packed")
        while number > 31:
            letters.append(_DIGITS[32 + number % 32])
            number //= 32
        letters.append(_DIGITS[number])
    return "".join(letters)


def to_text(live: Live) -> str:
    """Return the data as JSON that can stand in a page."""
    import numpy as np

    def scaled(values: ArrayLike, lower: float, size: float, most: float = math.inf) -> str:
        steps = np.rint((np.asarray(values, dtype=float) - lower) * size)
        known = (steps >= 0) & (steps <= most)
        return packed(np.where(known, steps + 1, 0).astype(int).tolist())

    content: dict[str, Any] = {
        name: getattr(live, name)
        for name in ("noun", "groups", "level", "axis", "unit", "most", "at", "words")
    }
    content["levels"] = LEVELS
    content["panels"] = [
        {"title": panel.title, "reading": panel.reading, "curves": [_curve(*curve) for curve in panel.curves]}
        for panel in live.panels
    ]
    content["measures"] = [
        {"name": m.name, "digits": m.digits, "chosen": m.chosen, "values": scaled(m.values, 0, 10**m.digits)}
        for m in live.measures
    ]
    # Where in its interval a number lies, in steps of a ten-thousandth: as fine as the levels; 0 outside.
    content["intervals"] = [
        {
            "name": i.name, "lower": i.lower, "upper": i.upper, "digits": i.digits, "bare": i.bare,
            "values": scaled(i.values, i.lower, LEVELS / (i.upper - i.lower), LEVELS),
        }
        for i in live.intervals
    ]  # fmt: skip
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _curve(places: ArrayLike, levels: ArrayLike) -> str:
    """Return a falling curve: of each step how far it is from the one before, and how deep."""
    import numpy as np

    along = np.diff(np.asarray(places, dtype=int), prepend=0)
    down = -np.diff(np.rint(np.asarray(levels, dtype=float) * LEVELS).astype(int), prepend=LEVELS)
    return packed(np.column_stack([along, down]).ravel().tolist())
