"""Parts that several pictures share.

Printed numbers on a curve, numbers at risk, a band over cohorts, rows of ranges, an axis in percent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from blina.figures.style import COLOURS

Printed = dict[str, dict[str, object]]

_COLOUR = COLOURS["printed"]
_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.2, "alpha": 0.85}
_FOLLOWUP_HEIGHT, _PLATEAU_HEIGHT = 1.065, 0.62


def draw_marks(axes: Axes, marks: pd.DataFrame) -> None:
    """Mark the printed numbers of `marks` (statistic, value, lower, upper, printed) on the curve.

    The range of the horizontal axis must be final. A number that is not reached is not drawn.
    """
    printed: Printed = {
        str(row["statistic"]): {str(key): value for key, value in row.items()}
        for row in marks.to_dict("records")
    }
    if _value(printed, "median") is not None:
        _mark_median(axes, printed)
    if _value(printed, "followup_median") is not None:
        _mark_followup(axes, printed)
    if _value(printed, "plateau_from") is not None:
        _mark_plateau(axes, printed["plateau_from"])


def _mark_median(axes: Axes, printed: Printed) -> None:
    """Say what is printed beside the bar, or, without a bar, off the curve with a leader line."""
    right, text = _bar(axes, printed, "median", ("median_lower", "median_upper"), 0.5)
    value, far = float(str(printed["median"]["value"])), 0.6 * axes.get_xlim()[1]
    barred = right > value
    leader = {"arrowstyle": "-", "color": _COLOUR, "lw": 0.9, "shrinkA": 0, "shrinkB": 3}
    axes.annotate(
        f"printed median: {text}", (right if barred and right < far else value, 0.5),
        xytext=(6, 5) if barred and right < far else (26, 62), textcoords="offset points",
        ha="left" if value < far else "right", va="bottom", color=_COLOUR, fontsize=9, bbox=_WHITE, zorder=8,
        arrowprops=None if barred and right < far else leader,
    )  # fmt: skip


def _mark_followup(axes: Axes, printed: Printed) -> None:
    _, text = _bar(axes, printed, "followup_median", ("followup_min", "followup_max"), _FOLLOWUP_HEIGHT)
    axes.annotate(
        f"printed follow-up: {text}",
        (float(str(printed["followup_median"]["value"])), _FOLLOWUP_HEIGHT),
        xytext=(-9, -6), textcoords="offset points", ha="right", va="top", color=_COLOUR, fontsize=9,
        bbox=_WHITE, zorder=8,
    )  # fmt: skip


def _bar(axes: Axes, printed: Printed, middle: str, ends: tuple[str, str], y: float) -> tuple[float, str]:
    """Draw a diamond, and a bar between the ends if both are printed; return its right end and the text."""
    value, text = float(str(printed[middle]["value"])), str(printed[middle]["printed"])
    right = value
    if ends[0] in printed and ends[1] in printed:
        low, high = (float(str(printed[end]["value"])) for end in ends)
        text += f" ({printed[ends[0]]['printed']}–{printed[ends[1]]['printed']})"
        right = high if np.isfinite(high) else axes.get_xlim()[1]
        axes.plot([low, right], [y, y], color=_COLOUR, lw=2.2, solid_capstyle="butt", zorder=6)
        axes.plot([low, right], [y, y], ls="none", marker="|", ms=9, mew=2, color=_COLOUR, zorder=6)
    axes.plot([value], [y], marker="D", ms=6, color=_COLOUR, mec="white", mew=0.8, zorder=7)
    return right, text


def _mark_plateau(axes: Axes, row: dict[str, object]) -> None:
    value, lower, upper = (float(str(row[field])) for field in ("value", "lower", "upper"))
    left, right = axes.get_xlim()
    if not left <= value <= right:
        return
    axes.fill_betweenx([0, _PLATEAU_HEIGHT], lower, upper, color=_COLOUR, alpha=0.16, lw=0)
    axes.annotate(
        f"printed plateau: {row['printed']}", (value, _PLATEAU_HEIGHT), xytext=(0, 3),
        textcoords="offset points", ha="right" if value > 0.8 * right else "center", color=_COLOUR,
        fontsize=9, bbox=_WHITE, zorder=8,
    )  # fmt: skip


def _value(printed: Printed, statistic: str) -> float | None:
    value = float(str(printed[statistic]["value"])) if statistic in printed else np.nan
    return value if np.isfinite(value) else None


def risk_height(arms: int) -> float:
    """Return the height in inches that the numbers of so many arms need."""
    return 0.1 + 0.22 * arms + (0.15 if arms > 1 else 0.0)


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
