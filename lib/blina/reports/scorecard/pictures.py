"""The scorecard at a glance: one square per claim, a row per exhibit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from blina import formats
from blina.figures import style
from blina.figures.parts import name_rows, rows_high
from blina.figures.style import COLOURS
from blina.scorecard.held_out import CONTRADICTED, NOT_CONTRADICTED, PREDICTED
from blina.scorecard.numbers import (
    CONSTRAINT,
    HELD_OUT,
    NO_DATA,
    NOT_REPRODUCED,
    TRANSCRIBED,
    checkable,
    reproduced,
    score,
)

_UNIT = 0.155
"""Inches per square."""


@dataclass(frozen=True)
class _Layout:
    """How the squares lie.

    `per_row` are side by side; an exhibit with more claims takes several rows. `gap` is between exhibits, in
    squares, and holds a name that stands `above`. Inches: `left` for the names, `below` for legend and
    stamp, `top` for the headline.
    """

    per_row: int
    gap: float
    left: float
    below: float
    top: float
    above: bool

    @property
    def from_left(self) -> float:
        """The left edge of the figure, in squares."""
        return -self.left / _UNIT + 0.6

    def rows(self, claims: int) -> int:
        """Return in how many rows so many claims lie."""
        return -(-claims // self.per_row)


def _layout() -> _Layout:
    return style.either(_Layout(28, 0.5, 2.7, 1.0, 0.42, False), _Layout(23, 1.9, 0.16, 1.75, 0.85, True))


_LOOKS = {
    HELD_OUT: (COLOURS["good"], "number reproduced, and predicted when left out"),
    CONSTRAINT: ("#0072B2", "number reproduced: the cohort was made to meet it"),
    "derived": ("#8FC1E3", "number reproduced: follows from those"),
    TRANSCRIBED: ("#5B6570", "number reproduced: checks a transcription only"),
    "recomputed": ("#0072B2", "number reproduced from the data given"),
    NOT_REPRODUCED: (COLOURS["bad"], "number not reproduced"),
    NO_DATA: ("#E3E7EB", "number not recomputed: the tables lack what it needs"),
    "stated": ("#C9CED4", "number that no table of patients holds"),
    "statement": ("#FFFFFF", "statement in words: nothing to compare"),
}

_OUTCOMES = {
    PREDICTED: ("D", COLOURS["good"]), NOT_CONTRADICTED: ("o", COLOURS["curve"]),
    CONTRADICTED: ("X", COLOURS["bad"]),
}  # fmt: skip
_SIGNS = {HELD_OUT: ("D", 3.2), TRANSCRIBED: ("_", 6.0), "stated": (".", 5.0), NOT_REPRODUCED: ("x", 6.0)}


@style.also_narrow
def scorecard(card: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw the claims of a card by exhibit, in the order of `titles` (`numbers.exhibit_titles`)."""
    layout, counts = _layout(), card["exhibit"].value_counts()
    units = sum(layout.rows(counts[exhibit]) + layout.gap for exhibit in titles)
    figure, axes = _canvas(units, layout)
    y = 0.0
    seen: dict[str, None] = {}
    for exhibit, title in titles.items():
        drawn = _draw_exhibit(axes, card[card["exhibit"] == exhibit], y, title, layout)
        seen |= dict.fromkeys(drawn)
        y += layout.rows(counts[exhibit]) + layout.gap
    _legend(axes, seen, layout)
    axes.text(
        layout.from_left, style.either(-1.1, -3.4), headline(card).replace(", ", style.either(", ", ",\n")),
        fontsize=style.either(13, 11), weight="bold", va="center",
    )  # fmt: skip
    return figure


def headline(card: pd.DataFrame) -> str:
    """Return the whole scorecard in one line."""
    good, numbers = reproduced(card)
    stated = numbers - len(checkable(card))
    tail = f", {stated} not checkable" if stated else ""
    return f"{formats.of(good, numbers, 'printed number')} reproduced{tail}"


def _canvas(units: float, layout: _Layout) -> tuple[Figure, Axes]:
    """Return a figure whose axes count in squares from the upper left, with room for names and legend."""
    height = _UNIT * units + layout.below + layout.top
    figure, axes = style.new_figure(height=height)
    figure.set_layout_engine("none")
    width = _UNIT * layout.per_row / style.width()
    left = layout.left / style.width()
    axes.set_position((left, layout.below / height, width, _UNIT * units / height))
    axes.set_xlim(0, layout.per_row)
    axes.set_ylim(max(units, 1.0), 0)
    axes.axis("off")
    return figure, axes


def look(verdict: str, holds: str) -> str:
    """Return which look a claim's square has: how it holds if it is reproduced, else its verdict."""
    return verdict if verdict in (NOT_REPRODUCED, NO_DATA) else holds


def _draw_exhibit(axes: Axes, part: pd.DataFrame, y: float, title: str, layout: _Layout) -> list[str]:
    """Draw the squares of one exhibit, with its name and its score beside or above them."""
    looks = [look(v, h) for v, h in zip(part["verdict"], part["holds"], strict=True)]
    looks.sort(key=list(_LOOKS).index)
    for place, name in enumerate(looks):
        x, down = place % layout.per_row, place // layout.per_row
        axes.add_patch(_square(x, y + down, name))
        axes.add_line(_sign(x + 0.42, y + down + 0.42, name))
    agree = reproduced(part)[0] == len(checkable(part))
    colour = COLOURS["ink"] if agree else COLOURS["bad"]
    if layout.above:
        (left, right), sides, y = (0.0, layout.per_row - 0.2), ("left", "right"), y - 1.0
    else:
        (left, right), sides = (-0.5, layout.per_row + 0.5), ("right", "left")
    axes.text(left, y + 0.42, title, ha=sides[0], va="center", fontsize=9)
    axes.text(right, y + 0.42, score(part), ha=sides[1], va="center", fontsize=9, color=colour)
    return looks


def _square(x: float, y: float, name: str) -> Rectangle:
    edge = COLOURS["neutral"] if name in ("statement", NO_DATA) else "none"
    return Rectangle((x, y), 0.84, 0.84, facecolor=_LOOKS[name][0], edgecolor=edge, linewidth=0.9)


def _sign(x: float, y: float, name: str) -> Line2D:
    """Return what stands in a square, so that its meaning does not hang on its colour."""
    marker, size = _SIGNS.get(name, ("", 0.0))
    return Line2D([x], [y], ls="none", marker=marker, color="white", ms=size, mew=1.8)


def _legend(axes: Axes, seen: Mapping[str, None], layout: _Layout) -> None:
    names = [name for name in _LOOKS if name in seen]
    handles = [(_square(0, 0, name), _sign(0, 0, name)) for name in names]
    axes.legend(
        handles, [_LOOKS[name][1] for name in names], loc="upper left",
        bbox_to_anchor=(-layout.left / (_UNIT * layout.per_row), 0.0), ncols=style.either(2, 1),
        fontsize=8.5, handlelength=1.0, handleheight=1.0, columnspacing=1.5,
    )  # fmt: skip


@style.also_narrow
def left_out(held: pd.DataFrame) -> Figure | None:
    """Draw where each printed number falls among the predictions of cohorts that were drawn without it.

    `held` is `numbers.left_out`; None where no number was left out. Every quantity has the same axis: the
    share of predictions below the printed number, with the middle 95 % shaded.
    """
    if held.empty:
        return None
    figure, axes = style.new_figure(height=rows_high(len(held), 0.3, 1.1))
    axes.axvspan(2.5, 97.5, color=COLOURS["ensemble"], alpha=0.22, lw=0)
    axes.axvline(50, color=COLOURS["neutral"], lw=0.8)
    beside = []
    for place, row in enumerate(held.to_dict("records")):
        inside = row["left_out"] != CONTRADICTED
        marker, colour = _OUTCOMES[row["left_out"]]
        axes.plot(100 * row["below"], place, marker=marker, ms=7, color=colour, mec="white", clip_on=False)
        within = formats.between(row["lower"], row["upper"], row["unit"])
        printed, where = row["printed"], "within" if inside else "outside"
        brief = f"{printed} {'in' if inside else 'not in'} {within}"
        beside.append(style.either(f"printed {printed}, {where} {within}", brief))
    name_rows(axes, held["what"].tolist(), beside)
    axes.set_xlim(0, 100)
    axes.set_xlabel("Predictions below the printed number, %")
    return figure
