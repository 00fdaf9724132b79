"""Pictures of the reconstruction: the cohorts' curves, what is identified, chains that ran longer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.figures import style
from blina.figures.style import COLOURS
from blina.reports.reconstruction.numbers import cohorts as shown
from blina.reports.reconstruction.numbers.identification import BOUNDED, IDENTIFIED, OPEN
from blina.reports.reconstruction.words import between
from blina.vocabulary import ENDPOINT_NAMES
from pseudoipd.claims import select

if TYPE_CHECKING:
    from blina.reports.reconstruction.numbers.cohorts import Reconstruction

MOST_CURVES = 60
"""More curves than this make a solid area."""

_LABEL_COLOURS = {
    IDENTIFIED: COLOURS["survivor"], BOUNDED: COLOURS["curve"], OPEN: COLOURS["non_responder"],
}  # fmt: skip


def cohorts_figure(found: Reconstruction) -> Figure:
    """Draw the curves of the first cohorts, their pointwise median, and the printed medians and plateaus."""
    endpoints = list(found.drawn.time)
    figure, axes = style.new_figure(1, len(endpoints), height=4.0, sharey=True, squeeze=False)
    for ax, endpoint in zip(axes[0], endpoints, strict=True):
        _curves(ax, found, endpoint)
        _printed(ax, found, endpoint)
        style.label_axes(ax, "Months", "", _title(endpoint))
        ax.set_ylim(0, 1.02)
        ax.set_xlim(0)
        ax.grid(axis="y")
    axes[0][0].set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    axes[0][0].set_ylabel("Without the event (%)")
    return figure


def _title(endpoint: str) -> str:
    return ENDPOINT_NAMES[endpoint].capitalize()


def _curves(axes: Axes, found: Reconstruction, endpoint: str) -> None:
    grid = shown.months(found.drawn, endpoint)
    values = shown.curves(found.drawn, endpoint, grid)
    few = values[:: max(1, len(values) // MOST_CURVES)][:MOST_CURVES]
    axes.step(grid, few.T, where="post", color=COLOURS["ensemble"], lw=0.5, alpha=0.45)
    axes.step([], [], color=COLOURS["ensemble"], lw=1, label=f"{len(few)} of {found.draws} cohorts")
    axes.step(
        grid, np.median(values, axis=0), where="post", color=COLOURS["curve"], lw=2, label="median of all"
    )
    axes.legend(loc="upper right", bbox_to_anchor=(1.0, 0.98))


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


def cohorts_alt(found: Reconstruction) -> str:
    """Say in words what the picture of the curves shows."""
    parts = []
    for endpoint in found.drawn.time:
        grid = shown.months(found.drawn, endpoint)
        values = shown.curves(found.drawn, endpoint, grid)
        spread = np.quantile(values, 0.975, axis=0) - np.quantile(values, 0.025, axis=0)
        widest = int(np.argmax(spread))
        parts.append(
            f"{_title(endpoint)}: one step curve per cohort; 95 % of them span "
            f"at most {100 * spread[widest]:.0f} points, at {grid[widest]:g} months."
        )
    return " ".join(parts)


def identification_figure(table: pd.DataFrame, reference: pd.DataFrame) -> Figure:
    """Draw each quantity's band on the scale of the reference's: 0 and 1 are the reference's ends.

    `table` and `reference` are `identification.table` of the ensemble and of cohorts that meet counts only.
    """
    figure, axes = style.new_figure(height=0.9 + 0.34 * len(table))
    ends = reference.set_index("name")
    for place, row in enumerate(table.to_dict("records")):
        low, high = _scale(row, ends)
        if high > low:
            axes.barh(place, 1, left=0, height=0.62, color=COLOURS["grid"], lw=0)
        band = [_place(row[end], low, high) for end in ("lower", "median", "upper")]
        axes.plot([band[0], band[2]], [place, place], color=_LABEL_COLOURS[row["label"]], lw=6,
                  solid_capstyle="butt", zorder=3)  # fmt: skip
        axes.plot(band[1], place, "o", color="white", mec=COLOURS["ink"], ms=5, zorder=4)
        words = f"{row['label']}: {between(row['lower'], row['upper'], row['unit'])}"
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
        known += [float(beside["median"])]
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


def identification_alt(table: pd.DataFrame) -> str:
    """Say in words what the picture of the bands shows."""
    narrow = table.loc[table["share"].idxmin()] if table["share"].notna().any() else None
    wide = table.loc[table["share"].idxmax()] if narrow is not None else None
    labels = table["label"].value_counts().to_dict()
    words = ", ".join(f"{count} {name}" for name, count in labels.items())
    if narrow is None or wide is None:
        return f"One bar per quantity: {words}."
    return (
        f"One bar per quantity on the range that the counts alone allow: {words}. "
        f"Narrowest: {narrow['what']}, {100 * narrow['share']:.0f} % of that range; "
        f"widest: {wide['what']}, {100 * wide['share']:.0f} %."
    )


def longer_figure(found: Reconstruction, longer: int) -> Figure:
    """Draw the band of the curves, and that of chains that ran `longer` times as long."""
    endpoints = list(found.drawn.time)
    figure, axes = style.new_figure(1, len(endpoints), height=3.2, sharey=True, squeeze=False)
    for ax, endpoint in zip(axes[0], endpoints, strict=True):
        grid = shown.months(found.drawn, endpoint)
        ours, theirs = (shown.curves(part, endpoint, grid) for part in (found.drawn, found.longer))
        lower, upper = np.quantile(ours, [0.025, 0.975], axis=0)
        ax.fill_between(
            grid, lower, upper, step="post", color=COLOURS["ensemble"], alpha=0.3, lw=0, label="the ensemble"
        )
        for i, edge in enumerate(np.quantile(theirs, [0.025, 0.975], axis=0)):
            label = f"chains {longer} times as long" if i == 0 else None
            ax.step(grid, edge, where="post", color=COLOURS["printed"], lw=1.1, label=label)
        style.label_axes(ax, "Months", "", _title(endpoint))
        ax.set_ylim(0, 1.02)
        ax.set_xlim(0)
        ax.grid(axis="y")
    axes[0][0].set_ylabel("Without the event (%)")
    axes[0][0].set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    axes[0][0].legend(loc="upper right")
    return figure


def longer_alt(found: Reconstruction) -> str:
    """Say in words how far the two bands lie apart."""
    parts = []
    for endpoint in found.drawn.time:
        grid = shown.months(found.drawn, endpoint)
        edges = [
            np.quantile(shown.curves(part, endpoint, grid), [0.025, 0.975], axis=0)
            for part in (found.drawn, found.longer)
        ]
        gap = 100 * float(np.abs(edges[0] - edges[1]).mean())
        parts.append(f"{_title(endpoint)} {gap:.1f} points")
    return "Two bands of curves. Mean distance of their edges: " + "; ".join(parts) + "."
