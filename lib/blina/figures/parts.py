"""Parts that several pictures share.

Printed numbers on a curve, numbers at risk, a band over cohorts, rows of ranges, an axis in percent.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from blina.figures import style
from blina.figures.style import COLOURS
from blina.formats import spread
from nbreports.html.picture import hint

Printed = dict[Any, dict[Any, Any]]
"""Printed numbers by statistic: value, lower, upper, printed."""

_COLOUR = COLOURS["printed"]
MOST_HINTS = 150
ABOVE = 0.47
"""How far above its row a name stands on a narrow screen, in rows."""
# Inches that a letter of a legend takes, and a sample of the line with the gap to the next column.
_LETTER, _SAMPLE = 0.0645, 0.5


def draw_marks(axes: Axes, marks: pd.DataFrame) -> None:
    """Mark the printed numbers of `marks` (statistic, value, lower, upper, printed) on the curve.

    The marks cover little, and what they say stands in the legend. The range of the horizontal axis must be
    final. A number that is not reached is not drawn.
    """
    printed: Printed = marks.set_index("statistic").to_dict("index")
    draw = {"median": _mark_median, "plateau_from": _mark_plateau}
    for statistic, mark in draw.items():
        if statistic in printed and np.isfinite(printed[statistic]["value"]):
            mark(axes, printed)


def _mark_median(axes: Axes, printed: Printed) -> None:
    """Draw a diamond where the curve should cross one half, and ticks at the printed limits."""
    text = _with_limits(printed, "median", ("median_lower", "median_upper"))
    look: dict[str, Any] = {"ls": "none", "color": _COLOUR, "zorder": 7}
    axes.plot(
        [printed["median"]["value"]], [0.5], marker="D", ms=6, mec="white", mew=0.8,
        label=f"printed median {text}", **look,
    )  # fmt: skip
    limits = [printed[end]["value"] for end in ("median_lower", "median_upper") if end in printed]
    ends = [limit for limit in limits if np.isfinite(limit)]
    axes.plot(ends, [0.5] * len(ends), marker="|", ms=10, mew=2, **look)


def _mark_plateau(axes: Axes, printed: Printed) -> None:
    """Draw a triangle on the axis where the plateau is printed to begin."""
    row = printed["plateau_from"]
    left, right = axes.get_xlim()
    if left <= row["value"] <= right:
        axes.plot(
            [row["value"]], [0], ls="none", marker=">", ms=7, color=_COLOUR, mec="white", mew=0.8,
            clip_on=False, zorder=7, label=f"printed plateau from {row['printed']}",
        )  # fmt: skip


def _with_limits(printed: Printed, middle: str, ends: tuple[str, str]) -> str:
    """Return a printed number with its printed limits, if it has both."""
    text = str(printed[middle]["printed"])
    if ends[0] in printed and ends[1] in printed:
        text += f" ({spread(*(printed[end]['printed'] for end in ends))})"
    return text


def curves_and_risk(arms: int, height: float, legend: float = 0.0) -> tuple[Figure, Axes, Axes]:
    """Return a figure with axes for curves, so many inches high, and axes below for the numbers at risk.

    `legend` are inches more for a legend of many lines above them.
    """
    row = 0.1 + 0.19 * len(_risk_rows(arms))
    figure, (above, below) = style.new_figure(
        2,
        1,
        height=height + legend + row + style.either(0.0, 0.7),
        sharex=True,
        gridspec_kw={"height_ratios": [height - 0.2, row]},
    )
    return figure, above, below


def legend_above(figure: Figure, axes: Axes, columns: int = 3) -> None:
    """Set the legend of some axes above them, where it covers no data: fewer columns for long labels."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        longest = max(_cells(line) for label in labels for line in label.split("\n"))
        columns = max(1, min(columns, int(style.WIDTH / (_LETTER * longest + _SAMPLE))))
        figure.legend(
            handles, labels, loc="outside upper left", ncols=style.either(columns, 1), fontsize=8.5,
            handlelength=2.2, columnspacing=1.4, borderaxespad=0.2,
        )  # fmt: skip


def say_in_panel(axes: Axes, lines: Sequence[tuple[str, str]], top: float = 0.97) -> None:
    """Write lines (text, colour) into the corner at the upper right, which survival leaves free."""
    place = 0
    for text, colour in lines:
        # On a narrow screen limits stand below what they belong to.
        parts = text.split(" (", 1) if style.narrow() else [text]
        for part in [parts[0], *(f"({rest}" for rest in parts[1:])]:
            axes.text(
                0.99, top - 0.068 * place, part, transform=axes.transAxes, ha="right", va="top", color=colour,
                fontsize=style.either(9.5, 9.0), fontweight="bold" if place == 0 else "normal", zorder=8,
            )  # fmt: skip
            place += 1


def name_curves(axes: Axes, names: Mapping[str, str], size: float = 9.0) -> None:
    """Write names in their colours into the corner at the upper right, which survival leaves free."""
    for place, (name, colour) in enumerate(names.items()):
        axes.text(
            0.98, 0.96 - 0.09 * place, name, transform=axes.transAxes, ha="right", va="top", color=colour,
            fontsize=size, fontweight="bold",
        )  # fmt: skip


_COUNTED = {"at_risk": "At risk", "censored": "Censored", "events": "Events"}


def _risk_rows(arms: int) -> list[tuple[str, int | None]]:
    """Return what stands in each row below a curve: what is counted, and of which arm; None for a heading.

    One arm has a row for each count, two have a block for each; of more only those at risk are listed.
    """
    if arms == 1:
        return [(counted, 0) for counted in _COUNTED]
    blocks = _COUNTED if arms == 2 else ("at_risk",)
    return [(counted, arm) for counted in blocks for arm in (None, *range(arms))]


def draw_at_risk(
    axes: Axes,
    risk: pd.DataFrame,
    colours: Mapping[str, str],
    names: Mapping[str, str] | None = None,
) -> None:
    """Write the counts of `risk` (arm, time, at_risk, censored, events) under the ticks of the axes above.

    Those censored and the events are all so far. `axes` shares its horizontal axis with the curves, so that
    each number stands under its tick.
    """
    arms = list(dict.fromkeys(risk["arm"]))
    rows = _risk_rows(len(arms))
    labels, shades = [], []
    for place, (counted, arm) in enumerate(rows):
        own = "" if arm is None else arms[arm]
        single = len(arms) == 1 or arm is None
        shades.append(COLOURS["ink"] if single else colours[own])
        labels.append(
            _COUNTED[counted] if single else shortened((names or {}).get(own, own), style.either(22, 14))
        )
        for row in risk[risk["arm"] == own].to_dict("records"):
            axes.text(
                row["time"], place, str(row[counted]), ha="center", va="center", fontsize=9, color=shades[-1]
            )
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), labels)
    for tick, shade, (_, arm) in zip(axes.get_yticklabels(), shades, rows, strict=True):
        tick.set(color=shade, fontweight="bold" if arm is None else "normal")
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelbottom=False)
    # The first number is centred on the axis: the names must keep clear of its left half.
    digits = len(str(risk["at_risk"].max()))
    axes.tick_params(axis="y", pad=5 + 3.2 * digits)
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_hints(axes: Axes, steps: Sequence[tuple[float, str]]) -> None:
    """Let a reader who points into the axes see the words of the last of `steps` (month, words) so far.

    The range of the horizontal axis must be final. More than 150 steps are too narrow to be pointed at.
    """
    if len(steps) > MOST_HINTS:
        return
    ends = [month for month, _ in steps[1:]] + [axes.get_xlim()[1]]
    for (start, words), end in zip(steps, ends, strict=True):
        hint(axes.axvspan(start, end, alpha=0, lw=0, zorder=9), words)


def _cells(text: str) -> int:
    """Return how wide a text is in Latin letters; those of East Asia are as wide as two."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def in_legend(names: Sequence[str]) -> tuple[list[str], float]:
    """Return names for a legend, on several lines where they are long, and the inches to add for many lines.

    A few stand side by side; many take the whole width each.
    """
    width = style.either(60 if len(names) <= 4 else 110, 46)
    found = [textwrap.fill(name, width) for name in names]
    lines = sum(name.count("\n") + 1 for name in found) if any(len(name) > 40 for name in names) else 0
    return found, 0.14 * max(0, lines - 6)


def shortened(name: str, most: int = 22) -> str:
    """Return a label that fits beside the axis: of a long one both ends, as arms may differ at the last.

    >>> shortened("Pembrolizumab plus chemotherapy, then placebo")
    'Pembrolizuma…n placebo'
    """
    if _cells(name) > len(name):
        most = 13
    return name if len(name) <= most else f"{name[: most - 10].rstrip()}…{name[-9:]}"


def percent_axis(axes: Axes, label: str = "", top: float = 1.02) -> None:
    """Let the vertical axis of fractions read 0 to 100, up to `top`, with a grid."""
    axes.set_ylim(0, top)
    axes.set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    axes.set_ylabel(label)
    axes.grid(axis="y")
    axes.set_axisbelow(True)


def draw_band(axes: Axes, x: ArrayLike, lower: ArrayLike, upper: ArrayLike, label: str | None = None) -> None:
    """Draw the grey area that an ensemble of cohorts spans along `x`."""
    axes.fill_between(
        np.asarray(x), np.asarray(lower), np.asarray(upper), color=COLOURS["ensemble"], alpha=0.28, lw=0,
        label=label,
    )  # fmt: skip


def draw_ranges(
    axes: Axes,
    rows: ArrayLike,
    lower: ArrayLike,
    middle: ArrayLike,
    upper: ArrayLike,
    colour: str,
    **mark: Any,
) -> None:
    """Draw on each of `rows` (heights) a line from `lower` to `upper` and a mark at the middle.

    A missing end draws no line, a missing middle no mark. `mark` is for `Axes.plot`: marker, ms, label, mfc.
    """
    axes.hlines(rows, lower, upper, color=colour, lw=2)
    looks: dict[str, Any] = {"marker": "o", "ms": 7} | mark
    axes.plot(middle, rows, ls="none", color=colour, **looks)


def name_rows(
    axes: Axes,
    names: Sequence[str],
    beside: Sequence[str] = (),
    colours: Sequence[str] | None = None,
    *,
    above: bool = True,
) -> None:
    """Name rows 0, 1, … from the top down at the left of the axes; `beside` each stands a text at the right.

    `colours` are those of the texts beside. On a narrow screen names and texts stand `above` their rows.
    """
    above = above and style.narrow()
    axes.set_yticks(range(len(names)), [""] * len(names) if above else list(names))
    axes.set_ylim(max(len(names), 1) - 0.5, -0.9 if above else -0.6)
    axes.tick_params(axis="y", length=0, pad=6)
    axes.spines["left"].set_visible(False)
    look: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 9}
    up, right, side = (ABOVE, 1.0, "right") if above else (0.0, 1.02, "left")
    # What stands above a row may lie on a line of the axes.
    look |= {"bbox": {"facecolor": "white", "lw": 0, "pad": 0.5}} if above else {}
    for row, name in enumerate(names if above else ()):
        axes.text(0.0, row - up, " ".join(name.split()), ha="left", **look)
    for row, (text, colour) in enumerate(zip(beside, colours or [COLOURS["ink"]] * len(beside), strict=True)):
        axes.text(right, row - up, text, ha=side, color=colour, **look)


def rows_high(rows: int, each: float, around: float) -> float:
    """Return the height of a figure of so many named rows (inches): names above them take room, too."""
    return around + rows * (each + style.either(0.0, 0.2))
