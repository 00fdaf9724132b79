"""Parts that several pictures share.

Printed numbers on a curve, numbers at risk, a band over cohorts, rows of ranges, an axis in percent.
"""

from __future__ import annotations

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

Printed = dict[Any, dict[Any, Any]]
"""Printed numbers by statistic: value, lower, upper, printed."""

_COLOUR = COLOURS["printed"]
_FOLLOWUP_HEIGHT, _PLATEAU_HEIGHT = 1.065, 0.62


def draw_marks(axes: Axes, marks: pd.DataFrame) -> None:
    """Mark the printed numbers of `marks` (statistic, value, lower, upper, printed) on the curve.

    The range of the horizontal axis must be final. A number that is not reached is not drawn.
    """
    printed: Printed = marks.set_index("statistic").to_dict("index")
    draw = {"median": _mark_median, "followup_median": _mark_followup, "plateau_from": _mark_plateau}
    for statistic, mark in draw.items():
        if statistic in printed and np.isfinite(printed[statistic]["value"]):
            mark(axes, printed)


def _mark_median(axes: Axes, printed: Printed) -> None:
    """Say what is printed beside the bar, or, without a bar, off the curve with a leader line."""
    right, text = _bar(axes, printed, "median", ("median_lower", "median_upper"), 0.5)
    value, far = printed["median"]["value"], 0.6 * axes.get_xlim()[1]
    barred = value < right < far
    leader = {"arrowstyle": "-", "color": _COLOUR, "lw": 0.9, "shrinkA": 0, "shrinkB": 3}
    _say(
        axes, f"printed median: {text}", (right if barred else value, 0.5),
        (6, 5) if barred else (26, 62), ha="left" if value < far else "right", va="bottom",
        arrowprops=None if barred else leader,
    )  # fmt: skip


def _mark_followup(axes: Axes, printed: Printed) -> None:
    ends = ("followup_min", "followup_max")
    _, text = _bar(axes, printed, "followup_median", ends, _FOLLOWUP_HEIGHT)
    at = (printed["followup_median"]["value"], _FOLLOWUP_HEIGHT)
    _say(axes, f"printed follow-up: {text}", at, (-9, -6), ha="right", va="top")


def _mark_plateau(axes: Axes, printed: Printed) -> None:
    row = printed["plateau_from"]
    left, right = axes.get_xlim()
    if left <= row["value"] <= right:
        axes.fill_betweenx([0, _PLATEAU_HEIGHT], row["lower"], row["upper"], color=_COLOUR, alpha=0.16, lw=0)
        side = "right" if row["value"] > 0.8 * right else "center"
        _say(axes, f"printed plateau: {row['printed']}", (row["value"], _PLATEAU_HEIGHT), (0, 3), ha=side)


def _bar(axes: Axes, printed: Printed, middle: str, ends: tuple[str, str], y: float) -> tuple[float, str]:
    """Draw a diamond, and a bar between the ends if both are printed; return its right end and the text."""
    right, text = printed[middle]["value"], str(printed[middle]["printed"])
    if ends[0] in printed and ends[1] in printed:
        low, high = (printed[end]["value"] for end in ends)
        text += f" ({spread(*(printed[end]['printed'] for end in ends))})"
        right = high if np.isfinite(high) else axes.get_xlim()[1]
        axes.plot([low, right], [y, y], color=_COLOUR, lw=2.2, solid_capstyle="butt", zorder=6)
        axes.plot([low, right], [y, y], ls="none", marker="|", ms=9, mew=2, color=_COLOUR, zorder=6)
    axes.plot(
        [printed[middle]["value"]], [y], marker="D", ms=6, color=_COLOUR, mec="white", mew=0.8, zorder=7
    )
    return right, text


def _say(axes: Axes, text: str, at: tuple[float, float], offset: tuple[float, float], **where: Any) -> None:
    """Write about a printed number beside its place, readable where a curve runs behind it."""
    white = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85}
    axes.annotate(
        text, at, xytext=offset, textcoords="offset points", color=_COLOUR, fontsize=9, bbox=white, zorder=8,
        **where,
    )  # fmt: skip


def curves_and_risk(arms: int, height: float) -> tuple[Figure, Axes, Axes]:
    """Return a figure with axes for curves, so many inches high, and axes below for the numbers at risk."""
    row = 0.1 + 0.22 * arms + (0.15 if arms > 1 else 0.0)
    figure, (above, below) = style.new_figure(
        2, 1, height=height + row, sharex=True, gridspec_kw={"height_ratios": [height - 0.2, row]}
    )
    return figure, above, below


def name_curves(axes: Axes, names: Mapping[str, str], size: float = 9.0) -> None:
    """Write names in their colours into the corner at the upper right, which survival leaves free."""
    for place, (name, colour) in enumerate(names.items()):
        axes.text(
            0.98, 0.96 - 0.09 * place, name, transform=axes.transAxes, ha="right", va="top", color=colour,
            fontsize=size, fontweight="bold",
        )  # fmt: skip


def draw_at_risk(
    axes: Axes,
    risk: pd.DataFrame,
    colours: Mapping[str, str],
    names: Mapping[str, str] | None = None,
) -> None:
    """Write the numbers of `risk` (arm, time, at_risk) under the ticks of the axes above.

    `axes` shares its horizontal axis with the curves, so that each number stands under its tick.
    """
    arms = list(dict.fromkeys(risk["arm"]))
    for i, arm in enumerate(arms):
        for row in risk[risk["arm"] == arm].itertuples():
            axes.text(row.time, i, str(row.at_risk), ha="center", va="center", fontsize=9, color=colours[arm])
    axes.set_ylim(len(arms) - 0.4, -0.6)
    single = len(arms) == 1
    labels = ["At risk"] if single else [shortened((names or {}).get(arm, arm)) for arm in arms]
    axes.set_yticks(range(len(arms)), labels)
    for tick, arm in zip(axes.get_yticklabels(), arms, strict=True):
        tick.set_color(COLOURS["ink"] if single else colours[arm])
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelbottom=False)
    # The first number is centred on the axis: the names must keep clear of its left half.
    digits = len(str(risk["at_risk"].max()))
    axes.tick_params(axis="y", pad=5 + 3.2 * digits)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title("" if single else "At risk", fontsize=9, fontweight="normal", pad=2)


def shortened(name: str, most: int = 22) -> str:
    """Return a label that fits beside the axis."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


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
    axes: Axes, names: Sequence[str], beside: Sequence[str] = (), colours: Sequence[str] | None = None
) -> None:
    """Name rows 0, 1, … from the top down at the left of the axes; `beside` each stands a text at the right.

    `colours` are those of the texts beside.
    """
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(max(len(names), 1) - 0.5, -0.6)
    axes.tick_params(axis="y", length=0, pad=6)
    axes.spines["left"].set_visible(False)
    for row, (text, colour) in enumerate(zip(beside, colours or [COLOURS["ink"]] * len(beside), strict=True)):
        axes.text(
            1.02, row, text, transform=axes.get_yaxis_transform(), va="center", fontsize=9, color=colour
        )
