"""Pictures of the reconstruction: the cohorts' curves, what is identified, chains that ran longer."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina import formats
from blina.endpoint.bands import held
from blina.figures import style
from blina.figures.parts import draw_band, draw_marks, draw_ranges, name_rows, percent_axis
from blina.figures.style import COLOURS
from blina.reports.reconstruction.numbers import (
    BOUNDED,
    IDENTIFIED,
    LONGER,
    OPEN,
    Playable,
    Reconstruction,
    printed_marks,
    some_curves,
)
from blina.vocabulary import ENDPOINT_NAMES

_FEW_CURVES = 12
_LABEL_COLOURS = {
    IDENTIFIED: COLOURS["survivor"], BOUNDED: COLOURS["curve"], OPEN: COLOURS["non_responder"],
}  # fmt: skip


@style.also_narrow
def cohorts(found: Reconstruction, bands: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the curves of some cohorts, their pointwise median, and the printed medians and plateaus.

    `bands` is `numbers.curve_bands`.
    """
    figure, axes = style.new_figure(len(bands), height=3.3 * len(bands), squeeze=False)
    for ax, (endpoint, band) in zip(axes[:, 0], bands.items(), strict=True):
        few = some_curves(found.drawn, endpoint, band["time"])
        ax.step(band["time"], few.T, where="post", color=COLOURS["ensemble"], lw=0.5, alpha=0.45)
        ax.step([], [], color=COLOURS["ensemble"], lw=1, label=f"{len(few)} of {found.draws} cohorts")
        ax.step(band["time"], band["middle"], where="post", color=COLOURS["curve"], label="median of all")
        ax.legend(loc="upper right")
        _frame(ax, endpoint)
        draw_marks(ax, printed_marks(found, endpoint))
    return figure


def play(cohorts: Playable) -> Figure:
    """Draw what stands in place of the cohorts to choose among: some curves, their band and median."""
    figure, axes = style.new_figure(1, len(cohorts.bands), height=3.2, sharey=True, squeeze=False)
    for ax, (endpoint, band) in zip(axes[0], cohorts.bands.items(), strict=True):
        few = some_curves(cohorts.drawn, endpoint, band["time"], most=_FEW_CURVES)
        draw_band(ax, band["time"], band["lower"], band["upper"], held(len(cohorts.drawn)))
        ax.step(band["time"], few.T, where="post", color=COLOURS["ensemble"], lw=0.5)
        ax.step(band["time"], band["middle"], where="post", color=COLOURS["curve"], label="median")
        _frame(ax, endpoint)
        ax.label_outer()
    axes[0][0].legend(loc="upper right")
    return figure


@style.also_narrow
def longer(bands: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw the band of the curves, and that of chains that ran `LONGER` times as long."""
    rows, columns = style.either((1, len(bands)), (len(bands), 1))
    figure, axes = style.new_figure(rows, columns, height=3.2 * rows, sharey=True, squeeze=False)
    for ax, (endpoint, band) in zip(axes.flat, bands.items(), strict=True):
        draw_band(ax, band["time"], band["lower"], band["upper"], "the ensemble")
        for end, label in (("lower_longer", f"chains {LONGER} times as long"), ("upper_longer", None)):
            ax.plot(band["time"], band[end], color=COLOURS["printed"], lw=1.1, label=label)
        _frame(ax, endpoint)
        ax.label_outer()
    axes[0][0].legend(loc="upper right")
    return figure


def _frame(axes: Axes, endpoint: str) -> None:
    percent_axis(axes, "Without the event (%)")
    axes.set_title(ENDPOINT_NAMES[endpoint].capitalize())
    axes.set_xlabel("Months")
    axes.set_xlim(0)


@style.also_narrow
def identified(table: pd.DataFrame) -> Figure:
    """Draw each quantity's band on the range that print allows, whose ends are 0 and 1.

    `table` is `numbers.identified` with words (`words.named`).
    """
    figure, axes = style.new_figure(height=0.9 + style.either(0.34, 0.58) * len(table))
    beside, colours = [], []
    for place, row in enumerate(table.to_dict("records")):
        finite = [row[end] for end in _ENDS if math.isfinite(row[end])]
        low, high = min(finite), max(finite)
        if high > low:
            axes.barh(place, 1, left=0, height=0.62, color=COLOURS["grid"], lw=0)
        lower, middle, upper = ([_place(row[end], low, high)] for end in ("lower", "middle", "upper"))
        colours.append(_LABEL_COLOURS[row["label"]])
        beside.append(f"{row['label']}: {formats.span(row['least'], row['largest'], row['unit'])}")
        draw_ranges(axes, [place], lower, middle, upper, colours[-1], ms=5)
    names = [textwrap.fill(what, style.either(44, 52), break_on_hyphens=False) for what in table["what"]]
    name_rows(axes, [""] * len(names) if style.narrow() else names, beside, colours, above=False)
    for place, name in enumerate(names if style.narrow() else ()):
        # Two lines of a name fit between a bar and the next.
        axes.text(-0.06, place - 0.33, name, ha="left", va="bottom", fontsize=8.5)
    axes.tick_params(axis="y", labelsize=8.5)
    axes.set_xlim(-0.06, 1.06)
    axes.set_xticks([0.5], ["what print allows, at the least"])
    axes.tick_params(axis="x", length=0)
    axes.spines["bottom"].set_visible(False)
    return figure


_ENDS = ("least", "lower", "middle", "upper", "largest")


def _place(value: float, low: float, high: float) -> float:
    return 0.5 if high <= low else min(1.05, (value - low) / (high - low))
