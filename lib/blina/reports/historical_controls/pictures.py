"""Pictures of the historical comparators: a forest of medians, one of O/E, the cohort beside one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.figures import style
from blina.reports.historical_controls.numbers import Comparator
from blina.reports.historical_controls.numbers.forest import Line, forest_groups
from blina.reports.historical_controls.words import p_value
from pseudoipd.survival import KaplanMeier

COLOURS = {
    "chemotherapy": style.PALETTE[1],
    "blinatumomab": style.PALETTE[0],
    "cohort": style.COLOURS["printed"],
}
MARKERS = {"chemotherapy": "s", "blinatumomab": "o"}
HORIZON = 48.0


def medians(known: Sequence[Comparator], own: Sequence[Line]) -> Figure:
    """Draw printed medians (months) with limits in groups: chemotherapy, this trial, other trials.

    `own` holds the lines of this trial. A series without a printed median has a line with its survival
    rate only; a hollow mark has no printed limits; an arrow leads out of the picture.
    """
    groups = forest_groups(known, own)
    count = sum(len(lines) + 1 for lines in groups.values())
    figure, axis = style.new_figure(height=0.27 * count + 1.0)
    y = 0
    for title, lines in groups.items():
        axis.text(-1.0, y, title, ha="right", va="center", fontsize=9, fontweight="bold")
        for line in lines:
            y += 1
            _median(axis, y, line)
            axis.text(-1.0, y, line.label, ha="right", va="center", fontsize=9)
            axis.text(HORIZON + 1.0, y, line.text, ha="left", va="center", fontsize=9)
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


def _median(axis: Axes, y: float, line: Line) -> None:
    if np.isnan(line.median):
        return
    colour = COLOURS[line.kind]
    if not np.isnan(line.lower):
        axis.hlines(y, line.lower, min(line.upper, HORIZON), color=colour, linewidth=1.8)
        if line.upper > HORIZON:
            axis.plot([HORIZON - 0.4], [y], ">", color=colour, markersize=6, clip_on=False)
    if line.median <= HORIZON:
        face = "white" if np.isnan(line.lower) else colour
        axis.plot([line.median], [y], "o", color=colour, markerfacecolor=face, markersize=7)


def ratios(tests: pd.DataFrame) -> Figure:
    """Draw deaths observed over expected against each comparator, with limits and the span over an ensemble.

    `tests` is `historical.over_ensemble`; a thick grey line is the ensemble's span, if there is one.
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


def _sign(p: float) -> str:
    text = p_value(p)
    return text.replace("<", "< ") if text.startswith("<") else f"= {text}"


def beside(
    km: KaplanMeier, curve: pd.DataFrame, found: Comparator, assumption: str, delay: float = 0.0
) -> Figure:
    """Draw the cohort's Kaplan-Meier curve (months) beside the comparator's function.

    `curve` is `historical.reference_curve`; without a `delay` the comparator's printed points are marked.
    """
    figure, axis = style.new_figure(height=4.2)
    colour = COLOURS[found.treatment]
    time = np.concatenate([[0.0], km.time])
    survival = np.concatenate([[1.0], km.survival])
    axis.step(time, survival, where="post", color=style.COLOURS["curve"], linewidth=2.0)
    axis.plot(curve["month"], curve["survival"], color=colour, linewidth=1.8, linestyle=(0, (5, 2)))
    last = float(curve["month"].max())
    for month, level in ((found.median, 0.5), (found.at, found.rate / 100.0)):
        if delay == 0.0 and np.isfinite(month) and np.isfinite(level) and month <= last:
            axis.plot([month], [level], "D", color=colour, markersize=7, markerfacecolor="white")
    axis.text(last, float(survival[-1]) + 0.03, "this cohort", ha="right", color=style.COLOURS["curve"])
    low = float(curve["survival"].iloc[-1])
    axis.text(last, low - 0.03, found.study, ha="right", va="top", color=colour)
    printed = "; diamonds: printed" if delay == 0.0 else ""
    style.label_axes(axis, f"Months ({assumption}{printed})", "Overall survival (%)")
    axis.set_ylim(-0.06, 1.02)
    axis.set_xlim(0.0, last)
    axis.set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    return figure


def medians_alt(known: Sequence[Comparator], own: Sequence[Line]) -> str:
    """Return what the forest of medians shows, in words."""
    chemotherapy = [c.median for c in known if c.treatment == "chemotherapy" and np.isfinite(c.median)]
    mine = "; ".join(f"{line.label} {line.text}" for line in own)
    return (
        f"Forest of median overall survival in months: {len(chemotherapy)} chemotherapy figures from "
        f"{min(chemotherapy):g} to {max(chemotherapy):g}; {mine}; below, other blinatumomab trials."
    )


def ratios_alt(tests: pd.DataFrame) -> str:
    """Return what the forest of O/E shows, in words."""
    rows = "; ".join(
        f"{study} {ratio:.2f}" for study, ratio in tests[["study", "ratio"]].itertuples(index=False)
    )
    return f"Deaths observed over expected with 95 % limits against each comparator, log scale: {rows}."


def beside_alt(found: Comparator, row: pd.Series) -> str:
    """Return what the two curves show, in words."""
    return (
        f"Kaplan-Meier curve of the cohort beside the survival function made from {found.study}; "
        f"{row['observed']:.0f} deaths observed against {row['expected']:.1f} expected."
    )
