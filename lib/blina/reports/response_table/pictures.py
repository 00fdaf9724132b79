"""Response rates with their exact limits: of the whole cohort, and by column of the published table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina import formats
from blina.figures import style
from blina.figures.parts import draw_ranges, legend_above, name_rows, rows_high
from blina.figures.style import COLOURS
from blina.reports.response_table.numbers import APART

LOOKS = dict(zip(APART, (("survivor", "o"), ("responder", "s"), ("non_responder", "^")), strict=True))
"""Colour role and marker of each population."""


@style.also_narrow
def rates(found: pd.DataFrame, printed: pd.DataFrame) -> Figure:
    """Draw one rate per row of `found` (`numbers.rates`), with limits; the count stands at the right.

    `printed` has category, value and, where printed, lower and upper, all in %; they are drawn below ours.
    """
    figure, axes = style.new_figure(height=rows_high(len(found), 0.42, 0.9))
    rows, own = np.arange(len(found)), COLOURS["curve"]
    draw_ranges(axes, rows, found["lower"], found["percent"], found["upper"], own, label="this cohort")
    place = dict(zip(found["category"], rows, strict=True))
    known = printed[printed["category"].isin(place)]
    if len(known):
        below = known["category"].map(place) + 0.24
        draw_ranges(
            axes, below, known["lower"], known["value"], known["upper"], COLOURS["printed"], marker="D", ms=5,
            mec="white", label="printed",
        )  # fmt: skip
    counts = [formats.of(k, n) for k, n in zip(found["count"], found["n"], strict=True)]
    name_rows(axes, list(found["category_label"]), counts)
    _percent_below(axes)
    legend_above(figure, axes)
    return figure


@style.also_narrow
def table_rates(table: pd.DataFrame) -> Figure:
    """Draw each row of the published table (`numbers.response_table`) in columns that share no patient."""
    categories = list(dict.fromkeys(table["category"]))
    figure, axes = style.new_figure(height=rows_high(len(categories), 0.5, 1.1 + style.either(0.0, 0.4)))
    for shift, (population, (role, marker)) in zip((-0.22, 0.0, 0.22), LOOKS.items(), strict=True):
        part = table[table["population"] == population].set_index("category").loc[categories]
        rows, name = np.arange(len(categories)) + shift, part["population_label"].iloc[0]
        draw_ranges(
            axes,
            rows,
            part["lower"],
            part["percent"],
            part["upper"],
            COLOURS[role],
            marker=marker,
            label=name,
        )
    name_rows(axes, list(table.drop_duplicates("category")["category_label"]))
    for line in range(1, len(categories) if not style.narrow() else 0):
        axes.axhline(line - 0.5, color=COLOURS["grid"], lw=0.8)
    _percent_below(axes)
    legend_above(figure, axes)
    return figure


def _percent_below(axes: Axes) -> None:
    axes.set_xlim(-1.5, 101.5)
    axes.set_xlabel("Patients (%)")
    axes.grid(axis="x")
    axes.set_axisbelow(True)
