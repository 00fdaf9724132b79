"""Pictures of validation and calibration: coverage, ranks, errors, truth against ensemble."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from blina import formats
from blina.endpoint.bands import LEVEL
from blina.figures import style
from blina.figures.parts import draw_band, name_rows
from blina.figures.style import COLOURS
from blina.reports.validation.numbers.accuracy import ENSEMBLE, INSIDE, INTERPOLATION, LEVELS, Accuracy
from blina.reports.validation.numbers.sbc import LAWS, counts, limits

COLUMNS = 3
_LOOKED_AT = {False: COLOURS["curve"], True: COLOURS["neutral"]}
_WORDS = {False: "kept out of the fit", True: "looked at before"}


@style.also_narrow
def coverage(table: pd.DataFrame) -> Figure:
    """Draw, for each level, the share of points inside the band: a dot a cohort, a bar a series' mean."""
    names = list(dict.fromkeys(table["purpose"]))
    figure, axes = style.new_figure(1, len(LEVELS), height=1.3 + 0.34 * len(names), sharey=True)
    own = table[table["method"] == ENSEMBLE]
    for ax, level in zip(axes, LEVELS, strict=True):
        for place, name in enumerate(names):
            rows = own[own["purpose"] == name]
            colour = _LOOKED_AT[bool(rows["looked_at"].iloc[0])]
            values = rows[INSIDE[level]].to_numpy()
            # Spread by rank within the row: dots on one another would look like one.
            off = np.linspace(-0.28, 0.28, len(values)) if len(values) > 1 else np.zeros(1)
            ax.plot(np.sort(values), place + off, ls="none", marker="o", ms=3, color=colour, alpha=0.6)
            ax.plot([values.mean()] * 2, [place - 0.4, place + 0.4], color=colour, lw=3)
        ax.axvline(level, color=COLOURS["ink"], lw=0.9, ls=":")
        ax.set_xlim(0, 1.02)
        ax.set_title(f"{formats.share(level)} band", fontsize=9)
        ax.set_xlabel("Share of points inside" if ax is axes[1] or not style.narrow() else "")
        ax.xaxis.set_major_formatter(lambda value, _: formats.share(value))
    name_rows(axes[0], names, above=False)
    handles = [axes[0].plot([], [], color=_LOOKED_AT[k], lw=3, label=_WORDS[k])[0] for k in (False, True)]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure


@style.also_narrow
def ranks(table: pd.DataFrame) -> Figure:
    """Draw the distribution of the ranks less uniform, one panel per kind of summary and prior."""
    wide = counts(table)
    shapes, laws = (list(dict.fromkeys(wide.index.get_level_values(name))) for name in ("shape", "prior"))
    rows, columns = style.either((len(laws), len(shapes)), (len(shapes), len(laws)))
    figure, axes = style.new_figure(
        rows, columns, height=0.8 + 2.0 * rows, sharex=True, sharey=True, squeeze=False
    )
    for row, law in enumerate(laws):
        for column, shape in enumerate(shapes):
            ax = style.either(axes, axes.T)[row][column]
            _ranks(ax, wide.loc[(shape, law)].to_numpy())
            ax.set_title(f"{shape.replace('_', ' ')}\n{LAWS[law]}", fontsize=8.5)
    for ax in axes[-1]:
        ax.set_xlabel("Rank of the truth")
    for ax in axes[:, 0]:
        ax.set_ylabel("ECDF − uniform")
    return figure


def _ranks(axes: Axes, count: NDArray[np.int64]) -> None:
    total, bins = int(count[0].sum()), count.shape[1]
    share = np.arange(1, bins) / bins
    low, high = limits(total, bins)
    draw_band(axes, share, low, high)
    for line in count:
        axes.plot(share, line.cumsum()[:-1] / total - share, color=COLOURS["curve"], lw=0.8, alpha=0.7)
    axes.axhline(0, color=COLOURS["ink"], lw=0.8)


@style.also_narrow
def errors(table: pd.DataFrame) -> Figure:
    """Draw the error of the ensemble's mean curve against that of interpolation."""
    figure, axes = style.new_figure(height=4.2)
    wide = table.pivot_table(
        index=["looked_at", "purpose", "cohort"], columns="method", values="rmse"
    ).dropna()
    most = 1.05 * float(wide[[ENSEMBLE, INTERPOLATION]].to_numpy().max())
    axes.plot([0, most], [0, most], color=COLOURS["ink"], lw=0.9, ls=":")
    for looked, words in reversed(_WORDS.items()):
        rows = wide[wide.index.get_level_values("looked_at") == looked]
        axes.plot(
            rows[INTERPOLATION],
            rows[ENSEMBLE],
            ls="none",
            marker="o",
            ms=4,
            color=_LOOKED_AT[looked],
            label=words,
        )
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    style.label_axes(axes, "Root mean square error, interpolation", "… mean of the cohorts drawn")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def truths(found: Sequence[Accuracy]) -> Figure | None:
    """Draw each true curve, the ensemble's mean and band, and interpolation; None without cohorts."""
    if not found:
        return None
    rows = math.ceil(len(found) / COLUMNS)
    figure, axes = style.new_figure(rows, COLUMNS, height=0.7 + 2.0 * rows, sharey=True, squeeze=False)
    for place, ax in enumerate(axes.flat):
        if place >= len(found):
            ax.set_axis_off()
            continue
        _truth(ax, found[place])
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), handlelength=1.6)
    for ax in axes[:, 0]:
        ax.set_ylabel("S(t)")
    for ax in axes[-1]:
        ax.set_xlabel("Months")
    return figure


def _truth(axes: Axes, one: Accuracy) -> None:
    curves = one.curves.iloc[::2]
    label = f"{formats.share(LEVEL)} of the cohorts drawn"
    draw_band(axes, curves["time"], curves["lower"], curves["upper"], label)
    axes.plot(curves["time"], curves["mean"], color=COLOURS["curve"], lw=1.6, label="their mean")
    peer = curves["interpolation"]
    axes.plot(curves["time"], peer, color=COLOURS["printed"], lw=1, ls="--", label="interpolation")
    axes.step(curves["time"], curves["truth"], where="post", color=COLOURS["ink"], lw=1.2, label="truth")
    axes.set_ylim(0, 1.02)
    axes.set_xlim(0)
    axes.set_title(f"{one.cohort.name} ({one.cohort.n})", fontsize=8.5)
