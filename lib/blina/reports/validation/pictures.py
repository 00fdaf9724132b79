"""Pictures of the validation: truth against ensemble, errors by method, numbers left out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina import formats
from blina.endpoint.bands import LEVEL
from blina.figures import style
from blina.figures.parts import draw_band, name_rows
from blina.figures.style import COLOURS
from blina.reports.validation.numbers.accuracy import AIM_RMSE, METHODS, Accuracy

COLUMNS = 3
_METHOD_COLOURS = {
    "ensemble": COLOURS["curve"],
    "ensemble_s": COLOURS["survivor"],
    "interpolation": COLOURS["printed"],
    "weibull": COLOURS["neutral"],
    "exponential": COLOURS["neutral"],
}
_HOLLOW = ("interpolation", "exponential")
_MARKERS = {"ensemble": "o", "ensemble_s": "D", "interpolation": "s", "weibull": "v", "exponential": "^"}


def truths(found: Sequence[Accuracy]) -> Figure:
    """Draw each cohort's true curve, the ensemble's mean and band, and interpolation."""
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


def errors(table: pd.DataFrame) -> Figure:
    """Draw the root mean square error of each method for each cohort, and the aim."""
    names = list(dict.fromkeys(table["cohort"]))
    figure, axes = style.new_figure(height=1.1 + 0.27 * len(names))
    for place, name in enumerate(names):
        values = table[table["cohort"] == name]["rmse"]
        axes.plot([values.min(), values.max()], [place, place], color=COLOURS["grid"], lw=1.5, zorder=1)
    for method, words in METHODS.items():
        rows = table[table["method"] == method]
        axes.plot(
            rows["rmse"], [names.index(name) for name in rows["cohort"]], ls="none", marker=_MARKERS[method],
            ms=5 if method != "interpolation" else 8, color=_METHOD_COLOURS[method], label=words,
            mfc="none" if method in _HOLLOW else _METHOD_COLOURS[method], zorder=3 + (method in _HOLLOW),
        )  # fmt: skip
    axes.axvline(AIM_RMSE, color=COLOURS["ink"], lw=0.9, ls=":")
    axes.text(AIM_RMSE, -0.75, "aim", fontsize=8.5, ha="center")
    name_rows(axes, names)
    axes.set_ylim(top=-1.0)
    axes.set_xlim(0)
    axes.set_xlabel("Root mean square error of S(t)")
    figure.legend(loc="outside upper center", ncols=3, handlelength=1.2)
    return figure
