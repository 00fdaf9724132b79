"""Response rates with their exact limits: of the whole cohort, and by column of the published table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.figures import style
from blina.figures.style import COLOURS
from blina.reports.response_table.numbers import APART

LOOKS = dict(zip(APART, (("survivor", "o"), ("responder", "s"), ("non_responder", "^")), strict=True))
"""Colour role and marker of each population."""


def rates(found: pd.DataFrame, printed: pd.DataFrame | None = None) -> Figure:
    """Draw one rate per row of `found` (`numbers.rates`), with limits; the count stands at the right.

    `printed` has category, value and, where printed, lower and upper, all in %; they are drawn below ours.
    """
    figure, axes = style.new_figure(height=0.9 + 0.42 * len(found))
    rows = np.arange(len(found))
    axes.hlines(rows, found["lower"], found["upper"], color=COLOURS["curve"], lw=2)
    axes.plot(
        found["percent"], rows, ls="none", marker="o", ms=7, color=COLOURS["curve"], label="this cohort"
    )
    for row, rate in zip(rows, found.to_dict("records"), strict=True):
        axes.text(103, row, f"{rate['count']} of {rate['n']}", va="center", fontsize=9)
    if printed is not None and len(printed):
        _printed(axes, found, printed)
    axes.set_yticks(rows, found["category_label"])
    _finish(axes, len(found))
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, borderaxespad=0.2)
    return figure


def table_rates(table: pd.DataFrame) -> Figure:
    """Draw each row of the published table (`numbers.response_table`) in columns that share no patient."""
    categories = list(dict.fromkeys(table["category"]))
    figure, axes = style.new_figure(height=1.1 + 0.5 * len(categories))
    for shift, (population, (role, marker)) in zip((-0.22, 0.0, 0.22), LOOKS.items(), strict=True):
        part = table[table["population"] == population].set_index("category").loc[categories]
        y = np.arange(len(categories)) + shift
        axes.hlines(y, part["lower"], part["upper"], color=COLOURS[role], lw=1.6, alpha=0.7)
        axes.plot(
            part["percent"], y, ls="none", marker=marker, ms=6, color=COLOURS[role],
            label=part["population_label"].iloc[0],
        )  # fmt: skip
    axes.set_yticks(range(len(categories)), table.drop_duplicates("category")["category_label"])
    for line in range(1, len(categories)):
        axes.axhline(line - 0.5, color=COLOURS["grid"], lw=0.8)
    _finish(axes, len(categories))
    axes.legend(loc="lower left", bbox_to_anchor=(-0.35, 1.0), ncols=3, borderaxespad=0.2)
    return figure


def _printed(axes: Axes, rates: pd.DataFrame, printed: pd.DataFrame) -> None:
    """Draw the printed percentages, with limits where they are printed, a little below ours."""
    place = {category: row for row, category in enumerate(rates["category"])}
    known = printed[printed["category"].isin(place)]
    rows = known["category"].map(place).to_numpy(dtype=float) + 0.24
    limits = known["lower"].notna().to_numpy()
    colour = COLOURS["printed"]
    axes.hlines(rows[limits], known["lower"][limits], known["upper"][limits], color=colour, lw=2)
    axes.plot(known["value"], rows, ls="none", marker="D", ms=5, color=colour, mec="white", label="printed")


def _finish(axes: Axes, rows: int) -> None:
    axes.set_ylim(rows - 0.5, -0.6)
    axes.set_xlim(-1.5, 101.5)
    axes.set_xlabel("Patients, %")
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0, pad=6)
    axes.spines["left"].set_visible(False)
