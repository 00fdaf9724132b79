"""Pictures of the historical comparators: a forest of medians, one of O/E, the cohort beside one of them."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from blina import formats
from blina.figures import style
from blina.figures.parts import draw_ranges, name_curves, name_rows, percent_axis, rows_high
from blina.reports.historical_controls.numbers import Beside

COLOURS = {
    "chemotherapy": style.PALETTE[1],
    "blinatumomab": style.PALETTE[0],
    "cohort": style.COLOURS["printed"],
    "curve": style.COLOURS["curve"],
}
MARKERS = {"chemotherapy": "s", "blinatumomab": "o"}
HORIZON = 48.0
"""Months that the forest of medians shows."""
TICKS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)


@style.also_narrow
def medians(lines: pd.DataFrame) -> Figure:
    """Draw printed medians (months) with limits in groups: chemotherapy, this trial, other trials.

    `lines` is `words.forest_table`. A series without a printed median has a line with its survival rate only;
    a hollow mark has no printed limits; an arrow leads out of the picture.
    """
    names: list[str] = []
    beside: list[str] = []
    titles = []
    for title, group in lines.groupby("group", sort=False):
        titles.append(len(names))
        names += [str(title), *group["label"]]
        beside += ["", *group["text"]]
    rows = np.setdiff1d(np.arange(len(names)), titles)
    figure, axes = style.new_figure(height=rows_high(len(names), 0.27, 1.0))
    for row, line in zip(rows, lines.to_dict("records"), strict=True):
        hollow = {"mfc": "white"} if np.isnan(line["lower"]) else {}
        upper, colour = min(line["upper"], HORIZON), COLOURS[line["kind"]]
        middle = line["median"] if line["median"] <= HORIZON else np.nan
        draw_ranges(axes, [row], [line["lower"]], [middle], [upper], colour, **hollow)
        if line["upper"] > HORIZON:
            axes.plot([HORIZON - 0.4], [row], ">", color=colour, ms=6, clip_on=False)
    name_rows(axes, names, beside)
    for place in titles:
        style.either(axes.get_yticklabels(), axes.texts)[place].set_fontweight("bold")
    axes.set_xlim(0.0, HORIZON)
    axes.set_xticks(range(0, int(HORIZON) + 1, 6))
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    end = style.either(" ", "\n")
    axes.set_xlabel(f"Median overall survival, months{end}(hollow: no limits printed)")
    return figure


@style.also_narrow
def ratios(tests: pd.DataFrame) -> Figure | None:
    """Draw deaths observed over expected against each comparator, with limits and the span over an ensemble.

    `tests` is `numbers.over_ensemble`; a thick gray line is the ensemble's span, if there is one. None where
    nobody was followed for any time, so that there is no ratio.
    """
    if tests["ratio"].isna().all():
        return None
    tests = tests.sort_values("treatment", key=lambda names: names != "chemotherapy", kind="stable")
    figure, axes = style.new_figure(height=rows_high(len(tests), 0.3, 1.2))
    lowest, highest = _span(tests)
    tests = tests.assign(row=range(len(tests)), **tests[["ratio", "ratio_lower"]].clip(lower=lowest))
    axes.hlines(
        tests["row"], tests["lowest_ratio"], tests["highest_ratio"], lw=9, alpha=0.4,
        color=style.COLOURS["ensemble"],
    )  # fmt: skip
    for kind, rows in tests.groupby("treatment"):
        ends = (rows["row"], rows["ratio_lower"], rows["ratio"], rows["ratio_upper"])
        draw_ranges(axes, *ends, COLOURS[str(kind)], marker=MARKERS[str(kind)])
    beside = [
        f"{formats.over(row['observed'], row['expected'])}, {formats.p_equals(row['p'])}"
        for row in tests.to_dict("records")
    ]
    name_rows(axes, tests["study"].tolist(), beside)
    axes.axvline(1.0, color=style.COLOURS["muted"], lw=1.0, ls=(0, (5, 3)))
    axes.set_xscale("log")
    axes.set_xlim(lowest, highest)
    ticks = [tick for tick in TICKS if lowest <= tick <= highest]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_xticks([], minor=True)
    end = style.either(" ", "\n")
    axes.set_xlabel(f"Deaths observed / expected under the comparator{end}(fewer than expected: left of 1)")
    return figure


def _span(tests: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the O/E axis, 1 within; without a death the lower limits are 0 and run off it."""
    positive = tests["ratio_lower"].where(tests["ratio_lower"] > 0.0)
    lowest = positive.min() if positive.notna().any() else 0.1 * tests["ratio_upper"].min()
    return 0.8 * min(float(lowest), 1.0), 1.2 * max(float(tests["ratio_upper"].max()), 1.0)


@style.also_narrow
def beside(found: Beside) -> Figure | None:
    """Draw the cohort's Kaplan-Meier curve (months) beside the comparator's function.

    The comparator's printed points are marked unless its clock is ahead. None where nobody was followed.
    """
    if not found.curve["month"].iloc[-1] > 0:
        return None
    figure, axes = style.new_figure(height=4.2)
    comparator, curve = found.comparator, found.curve
    colour = COLOURS[comparator.treatment]
    survival = np.concatenate([[1.0], found.km.survival])
    axes.step(np.concatenate([[0.0], found.km.time]), survival, where="post", color=COLOURS["curve"], lw=2.0)
    axes.plot(curve["month"], curve["survival"], color=colour, lw=1.8, ls=(0, (5, 2)))
    last = float(curve["month"].iloc[-1])
    for month, level in ((comparator.median, 0.5), (comparator.at, comparator.rate / 100.0)):
        if found.delay == 0.0 and np.isfinite(month) and np.isfinite(level) and month <= last:
            axes.plot([month], [level], "D", color=colour, ms=7, mfc="white")
    name_curves(axes, {"this cohort": COLOURS["curve"], comparator.study: colour})
    percent_axis(axes, "Overall survival (%)")
    printed = "; diamonds: printed" if found.delay == 0.0 else ""
    axes.set_xlabel(textwrap.fill(f"Months ({found.row['assumption']}{printed})", style.either(90, 42)))
    axes.set_xticks(np.arange(0.0, last + 0.01, 6.0 if last <= 60.0 else 12.0))
    axes.set_xlim(0.0, last)
    return figure
