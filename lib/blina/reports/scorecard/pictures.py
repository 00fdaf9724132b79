"""The scorecard at a glance: one square per claim, a row per exhibit."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from blina import formats
from blina.figures import style
from blina.figures.parts import name_rows
from blina.figures.style import COLOURS
from blina.scorecard.held_out import CONTRADICTED
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

PER_ROW = 28
"""Squares side by side; an exhibit with more claims takes several rows."""

_UNIT, _GAP = 0.155, 0.5
"""Inches per square; space between exhibits, in squares."""
_LEFT, _BELOW, _ABOVE = 2.7, 1.0, 0.42
"""Inches for the names at the left, for legend and stamp below, for the headline above."""
_FROM_LEFT = -_LEFT / _UNIT + 0.6
"""Left edge of the figure, in squares."""

_LOOKS = {
    HELD_OUT: (COLOURS["good"], "number reproduced, and predicted narrowly when left out"),
    CONSTRAINT: ("#0072B2", "number reproduced: the cohort was made to meet it"),
    "derived": ("#8FC1E3", "number reproduced: follows from those"),
    TRANSCRIBED: ("#5B6570", "number reproduced: checks a transcription only"),
    "recomputed": ("#0072B2", "number reproduced from the data given"),
    NOT_REPRODUCED: (COLOURS["bad"], "number not reproduced"),
    NO_DATA: ("#E3E7EB", "number not recomputed: the tables lack what it needs"),
    "stated": ("#C9CED4", "number that no table of patients holds"),
    "statement": ("#FFFFFF", "statement in words: nothing to compare"),
}

_SIGNS = {HELD_OUT: ("D", 3.2), TRANSCRIBED: ("_", 6.0), "stated": (".", 5.0), NOT_REPRODUCED: ("x", 6.0)}


def scorecard(card: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """Draw the claims of a card by exhibit, in the order of `titles` (`numbers.exhibit_titles`)."""
    units = sum(_rows_of(card, exhibit) + _GAP for exhibit in titles)
    figure, axes = _canvas(units)
    y = 0.0
    seen: dict[str, None] = {}
    for exhibit, title in titles.items():
        seen |= dict.fromkeys(_draw_exhibit(axes, card[card["exhibit"] == exhibit], y, title))
        y += _rows_of(card, exhibit) + _GAP
    _legend(axes, seen)
    axes.text(_FROM_LEFT, -1.1, headline(card), fontsize=13, weight="bold", va="center")
    return figure


def headline(card: pd.DataFrame) -> str:
    """Return the whole scorecard in one line."""
    good, numbers = reproduced(card)
    stated = numbers - len(checkable(card))
    tail = f", {stated} not checkable" if stated else ""
    return f"{formats.of(good, numbers, 'printed number')} reproduced{tail}"


def _canvas(units: float) -> tuple[Figure, Axes]:
    """Return a figure whose axes count in squares from the upper left, with room for names and legend."""
    height = _UNIT * units + _BELOW + _ABOVE
    figure, axes = style.new_figure(height=height)
    figure.set_layout_engine("none")
    width = _UNIT * PER_ROW / style.WIDTH
    axes.set_position((_LEFT / style.WIDTH, _BELOW / height, width, _UNIT * units / height))
    axes.set_xlim(0, PER_ROW)
    axes.set_ylim(max(units, 1.0), 0)
    axes.axis("off")
    return figure, axes


def look(verdict: str, holds: str) -> str:
    """Return which look a claim's square has: how it holds if it is reproduced, else its verdict."""
    return verdict if verdict in (NOT_REPRODUCED, NO_DATA) else holds


def _rows_of(card: pd.DataFrame, exhibit: str) -> int:
    return -(-int((card["exhibit"] == exhibit).sum()) // PER_ROW)


def _draw_exhibit(axes: Axes, part: pd.DataFrame, y: float, title: str) -> list[str]:
    """Draw the squares of one exhibit, its name at the left and its score at the right."""
    looks = [look(v, h) for v, h in zip(part["verdict"], part["holds"], strict=True)]
    looks.sort(key=list(_LOOKS).index)
    for place, name in enumerate(looks):
        x, down = place % PER_ROW, place // PER_ROW
        axes.add_patch(_square(x, y + down, name))
        axes.add_line(_sign(x + 0.42, y + down + 0.42, name))
    axes.text(-0.5, y + 0.42, title, ha="right", va="center", fontsize=9)
    agree = reproduced(part)[0] == len(checkable(part))
    colour = COLOURS["ink"] if agree else COLOURS["bad"]
    axes.text(PER_ROW + 0.5, y + 0.42, score(part), ha="left", va="center", fontsize=9, color=colour)
    return looks


def _square(x: float, y: float, name: str) -> Rectangle:
    edge = COLOURS["neutral"] if name in ("statement", NO_DATA) else "none"
    return Rectangle((x, y), 0.84, 0.84, facecolor=_LOOKS[name][0], edgecolor=edge, linewidth=0.9)


def _sign(x: float, y: float, name: str) -> Line2D:
    """Return what stands in a square, so that its meaning does not hang on its colour."""
    marker, size = _SIGNS.get(name, ("", 0.0))
    return Line2D([x], [y], ls="none", marker=marker, color="white", ms=size, mew=1.8)


def _legend(axes: Axes, seen: Mapping[str, None]) -> None:
    names = [name for name in _LOOKS if name in seen]
    handles = [(_square(0, 0, name), _sign(0, 0, name)) for name in names]
    axes.legend(
        handles, [_LOOKS[name][1] for name in names], loc="upper left",
        bbox_to_anchor=(-_LEFT / (_UNIT * PER_ROW), 0.0),
        ncols=2, fontsize=8.5, handlelength=1.0, handleheight=1.0, columnspacing=1.5,
    )  # fmt: skip


def left_out(held: pd.DataFrame) -> Figure | None:
    """Draw where each printed number falls among the predictions of cohorts that were drawn without it.

    `held` is `numbers.left_out`; None where no number was left out. Every quantity has the same axis: the
    share of predictions below the printed number, with the middle 95 % shaded.
    """
    if held.empty:
        return None
    figure, axes = style.new_figure(height=1.1 + 0.3 * len(held))
    axes.axvspan(2.5, 97.5, color=COLOURS["ensemble"], alpha=0.22, lw=0)
    axes.axvline(50, color=COLOURS["neutral"], lw=0.8)
    beside = []
    for place, row in enumerate(held.to_dict("records")):
        inside = row["left_out"] != CONTRADICTED
        marker, colour = ("D", COLOURS["good"]) if inside else ("X", COLOURS["bad"])
        axes.plot(100 * row["below"], place, marker=marker, ms=7, color=colour, mec="white", clip_on=False)
        within = formats.between(row["lower"], row["upper"], row["unit"])
        beside.append(f"printed {row['printed']}, {'within' if inside else 'outside'} {within}")
    name_rows(axes, held["what"].tolist(), beside)
    axes.set_xlim(0, 100)
    axes.set_xlabel("Predictions below the printed number, %")
    return figure
