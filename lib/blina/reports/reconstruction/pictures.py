"""Pictures of the reconstruction: the cohorts' curves, what is identified, chains that ran longer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.figures import style
from blina.figures.style import COLOURS
from blina.reports.reconstruction.numbers import (
    BOUNDED,
    IDENTIFIED,
    LONGER,
    OPEN,
    Reconstruction,
    some_curves,
)
from blina.vocabulary import ENDPOINT_NAMES
from pseudoipd.claims import select

_LABEL_COLOURS = {
    IDENTIFIED: COLOURS["survivor"], BOUNDED: COLOURS["curve"], OPEN: COLOURS["non_responder"],
}  # fmt: skip


def cohorts(found: Reconstruction, bands: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the curves of some cohorts, their pointwise median, and the printed medians and plateaus.

    `bands` is `numbers.curve_bands`.
    """
    figure, axes = style.new_figure(1, len(bands), height=4.0, sharey=True, squeeze=False)
    for ax, (endpoint, band) in zip(axes[0], bands.items(), strict=True):
        few = some_curves(found, endpoint, band["time"])
        ax.step(band["time"], few.T, where="post", color=COLOURS["ensemble"], lw=0.5, alpha=0.45)
        ax.step([], [], color=COLOURS["ensemble"], lw=1, label=f"{len(few)} of {found.draws} cohorts")
        label = "median of all"
        ax.step(band["time"], band["middle"], where="post", color=COLOURS["curve"], lw=2, label=label)
        ax.legend(loc="upper right", bbox_to_anchor=(1.0, 0.98))
        _printed(ax, found, endpoint)
        _frame(ax, endpoint)
    axes[0][0].set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    axes[0][0].set_ylabel("Without the event (%)")
    return figure


def _frame(axes: Axes, endpoint: str) -> None:
    style.label_axes(axes, "Months", "", ENDPOINT_NAMES[endpoint].capitalize())
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0)
    axes.grid(axis="y")


def _printed(axes: Axes, found: Reconstruction, endpoint: str) -> None:
    """Mark the printed median, its limits, and the month from which the curve is flat."""
    about = select(found.claims, endpoint=endpoint, population="all")
    by = {c.statistic: c for c in reversed(about) if not c.qualitative and math.isfinite(c.value)}
    colour, white = COLOURS["printed"], {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
    if "median" in by:
        ends = [by[name].value for name in ("median_lower", "median_upper") if name in by]
        axes.plot(ends, [0.5] * len(ends), color=colour, lw=2, marker="|", ms=9, mew=2, zorder=6)
        axes.plot(by["median"].value, 0.5, "D", color=colour, ms=6, mec="white", zorder=7)
        axes.annotate(
            f"printed median {by['median'].printed}", (max([by["median"].value, *ends]), 0.5), xytext=(7, 5),
            textcoords="offset points", color=colour, fontsize=9, zorder=8, bbox=white,
        )  # fmt: skip
    if "plateau_from" in by:
        at = by["plateau_from"]
        axes.axvspan(at.interval.lower, at.interval.upper, ymax=0.6, color=colour, alpha=0.16, lw=0)
        axes.text(
            at.value, 0.06, f"flat from {at.printed}", color=colour, fontsize=9, ha="center", bbox=white
        )


def identified(table: pd.DataFrame, reference: pd.DataFrame) -> Figure:
    """Draw each quantity's band on the scale of the reference's: 0 and 1 are the reference's ends.

    `table` and `reference` are of `numbers.identified`, the first with words (`words.named`).
    """
    figure, axes = style.new_figure(height=0.9 + 0.34 * len(table))
    ends = reference.set_index("name")
    for place, row in enumerate(table.to_dict("records")):
        low, high = _scale(row, ends)
        if high > low:
            axes.barh(place, 1, left=0, height=0.62, color=COLOURS["grid"], lw=0)
        band = [_place(row[end], low, high) for end in ("lower", "middle", "upper")]
        axes.plot([band[0], band[2]], [place, place], color=_LABEL_COLOURS[row["label"]], lw=6,
                  solid_capstyle="butt", zorder=3)  # fmt: skip
        axes.plot(band[1], place, "o", color="white", mec=COLOURS["ink"], ms=5, zorder=4)
        words = f"{row['label']}: {_between(row['lower'], row['upper'], row['unit'])}"
        axes.text(1.06, place, words, color=_LABEL_COLOURS[row["label"]], va="center", fontsize=9)
    axes.set_yticks(range(len(table)), [_wrapped(what) for what in table["what"]], fontsize=8.5)
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.set_xlim(-0.06, 1.78)
    axes.set_xticks([0, 0.5, 1], ["", "what the counts alone allow (95 %)", ""])
    axes.tick_params(axis="both", length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure


def _scale(row: dict[Any, Any], ends: pd.DataFrame) -> tuple[float, float]:
    """Return the ends of the reference's band, the ensemble's where there is no finite one."""
    known = [float(row["lower"]), float(row["upper"])]
    if row["name"] in ends.index:
        beside = ends.loc[row["name"]]
        known += [float(beside[end]) for end in ("lower", "upper")]
        known += [float(beside["middle"])]
    finite = [value for value in known if math.isfinite(value)]
    return min(finite), max(finite)


def _place(value: float, low: float, high: float) -> float:
    return 0.5 if high <= low else min(1.05, (value - low) / (high - low))


def _wrapped(what: str) -> str:
    """Break a long description in two lines at a comma or a parenthesis."""
    for mark in (", ", " ("):
        if len(what) > 44 and mark in what:
            head, tail = what.split(mark, 1)
            return f"{head}{mark.rstrip(' (')}\n{mark.strip(', ')}{tail}".replace("\n (", "\n(")
    return what


def longer(bands: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the band of the curves, and that of chains that ran `LONGER` times as long."""
    figure, axes = style.new_figure(1, len(bands), height=3.2, sharey=True, squeeze=False)
    for ax, (endpoint, band) in zip(axes[0], bands.items(), strict=True):
        ax.fill_between(
            band["time"], band["lower"], band["upper"], step="post", color=COLOURS["ensemble"], alpha=0.3,
            lw=0, label="the ensemble",
        )  # fmt: skip
        for end, label in (("lower_longer", f"chains {LONGER} times as long"), ("upper_longer", None)):
            ax.step(band["time"], band[end], where="post", color=COLOURS["printed"], lw=1.1, label=label)
        _frame(ax, endpoint)
    axes[0][0].set_ylabel("Without the event (%)")
    axes[0][0].set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    axes[0][0].legend(loc="upper right")
    return figure


def _between(lower: float, upper: float, unit: str) -> str:
    digits = {"%": 0, "patients": 0, "months": 1}.get(unit, 2)
    ends = ["not reached" if math.isinf(value) else f"{value:.{digits}f}" for value in (lower, upper)]
    if ends == ["1", "1"]:
        unit = unit.removesuffix("s")
    return f"{ends[0] if ends[0] == ends[1] else ' to '.join(ends)} {unit}".strip()
