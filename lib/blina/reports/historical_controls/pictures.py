"""Pictures of the historical comparators: a forest of medians, one of O/E, the cohort beside one of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.figures import style
from blina.reports.historical_controls.numbers import Beside

COLOURS = {
    "chemotherapy": style.PALETTE[1],
    "blinatumomab": style.PALETTE[0],
    "cohort": style.COLOURS["printed"],
}
MARKERS = {"chemotherapy": "s", "blinatumomab": "o"}
HORIZON = 48.0


def medians(lines: pd.DataFrame) -> Figure:
    """Draw printed medians (months) with limits in groups: chemotherapy, this trial, other trials.

    `lines` is `words.forest_table`. A series without a printed median has a line with its survival rate only;
    a hollow mark has no printed limits; an arrow leads out of the picture.
    """
    groups = lines.groupby("group", sort=False)
    count = len(lines) + len(groups)
    figure, axis = style.new_figure(height=0.27 * count + 1.0)
    y = 0
    for title, group in groups:
        axis.text(-1.0, y, title, ha="right", va="center", fontsize=9, fontweight="bold")
        for row in group.to_dict("records"):
            y += 1
            _median(axis, y, row)
            axis.text(-1.0, y, row["label"], ha="right", va="center", fontsize=9)
            axis.text(HORIZON + 1.0, y, row["text"], ha="left", va="center", fontsize=9)
        y += 1
    axis.set_ylim(count - 0.4, -0.6)
    axis.set_xlim(0.0, HORIZON)
    axis.set_xticks(range(0, int(HORIZON) + 1, 6))
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.grid(axis="x")
    axis.set_axisbelow(True)
    axis.set_xlabel("Median overall survival, months (hollow: no limits printed)")
    return figure


def _median(axis: Axes, y: float, row: dict[Any, Any]) -> None:
    median, lower, upper, colour = row["median"], row["lower"], row["upper"], COLOURS[row["kind"]]
    if np.isnan(median):
        return
    if not np.isnan(lower):
        axis.hlines(y, lower, min(upper, HORIZON), color=colour, linewidth=1.8)
        if upper > HORIZON:
            axis.plot([HORIZON - 0.4], [y], ">", color=colour, markersize=6, clip_on=False)
    if median <= HORIZON:
        face = "white" if np.isnan(lower) else colour
        axis.plot([median], [y], "o", color=colour, markerfacecolor=face, markersize=7)


def ratios(tests: pd.DataFrame) -> Figure:
    """Draw deaths observed over expected against each comparator, with limits and the span over an ensemble.

    `tests` is `numbers.over_ensemble`; a thick grey line is the ensemble's span, if there is one.
    """
    tests = tests.sort_values("treatment", key=lambda names: names != "chemotherapy", kind="stable")
    figure, axis = style.new_figure(height=0.3 * len(tests) + 1.2)
    lowest, highest = _span(tests)
    for y, row in enumerate(tests.to_dict("records")):
        if not np.isnan(row["lowest_ratio"]):
            axis.hlines(
                y, row["lowest_ratio"], row["highest_ratio"], linewidth=9, alpha=0.4,
                color=style.COLOURS["ensemble"],
            )  # fmt: skip
        colour = COLOURS[row["treatment"]]
        axis.hlines(y, max(row["ratio_lower"], lowest), row["ratio_upper"], color=colour, linewidth=1.8)
        axis.plot([max(row["ratio"], lowest)], [y], MARKERS[row["treatment"]], color=colour, markersize=6)
    for y, row in enumerate(tests.to_dict("records")):
        axis.text(lowest / 1.05, y, row["study"], ha="right", va="center", fontsize=9)
        text = f"{row['observed']:.0f} / {row['expected']:.1f}, P {_sign(row['p'])}"
        axis.text(highest * 1.05, y, text, ha="left", va="center", fontsize=9)
    axis.axvline(1.0, color=style.COLOURS["muted"], linewidth=1.0, linestyle=(0, (5, 3)))
    axis.set_xscale("log")
    axis.set_xlim(lowest, highest)
    ticks = [
        tick for tick in (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10) if lowest <= tick <= highest
    ]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_xticks([], minor=True)
    axis.set_ylim(len(tests) - 0.4, -0.6)
    axis.set_yticks([])
    axis.spines["left"].set_visible(False)
    axis.set_xlabel("Deaths observed / expected under the comparator (fewer than expected: left of 1)")
    return figure


def _span(tests: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the O/E axis, 1 within; without a death the lower limits are 0 and run off it."""
    positive = tests["ratio_lower"].where(tests["ratio_lower"] > 0.0)
    lowest = positive.min() if positive.notna().any() else 0.1 * tests["ratio_upper"].min()
    return 0.8 * min(float(lowest), 1.0), 1.2 * max(float(tests["ratio_upper"].max()), 1.0)


def beside(found: Beside) -> Figure:
    """Draw the cohort's Kaplan-Meier curve (months) beside the comparator's function.

    The comparator's printed points are marked unless its clock is ahead.
    """
    figure, axis = style.new_figure(height=4.2)
    comparator, curve = found.comparator, found.curve
    colour = COLOURS[comparator.treatment]
    time = np.concatenate([[0.0], found.km.time])
    survival = np.concatenate([[1.0], found.km.survival])
    axis.step(time, survival, where="post", color=style.COLOURS["curve"], linewidth=2.0)
    axis.plot(curve["month"], curve["survival"], color=colour, linewidth=1.8, linestyle=(0, (5, 2)))
    last = float(curve["month"].max())
    for month, level in ((comparator.median, 0.5), (comparator.at, comparator.rate / 100.0)):
        if found.delay == 0.0 and np.isfinite(month) and np.isfinite(level) and month <= last:
            axis.plot([month], [level], "D", color=colour, markersize=7, markerfacecolor="white")
    axis.text(last, float(survival[-1]) + 0.03, "this cohort", ha="right", color=style.COLOURS["curve"])
    low = float(curve["survival"].iloc[-1])
    axis.text(last, low - 0.03, comparator.study, ha="right", va="top", color=colour)
    printed = "; diamonds: printed" if found.delay == 0.0 else ""
    style.label_axes(axis, f"Months ({found.row['assumption']}{printed})", "Overall survival (%)")
    axis.set_ylim(-0.06, 1.02)
    axis.set_xlim(0.0, last)
    axis.set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    return figure


def _sign(p: float) -> str:
    if p < 0.0001:
        return "< 0.0001"
    return f"= {p:.{2 if p >= 0.1 else 3 if p >= 0.01 else 4}f}"
