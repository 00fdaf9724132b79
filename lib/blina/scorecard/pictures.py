"""The picture of the numbers that were left out."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from blina.figures import style
from blina.figures.style import COLOURS


def held_out(table: pd.DataFrame) -> Figure | None:
    """Draw where each printed number falls among the predictions of cohorts that were drawn without it.

    `table` is `numbers.left_out`; None where no number was left out. Every quantity has the same axis: the
    share of predictions below the printed number, with the middle 95 % shaded.
    """
    if table.empty:
        return None
    figure, axes = style.new_figure(height=1.1 + 0.3 * len(table))
    axes.axvspan(2.5, 97.5, color=COLOURS["ensemble"], alpha=0.22, lw=0)
    axes.axvline(50, color=COLOURS["neutral"], lw=0.8)
    for place, row in enumerate(table.to_dict("records")):
        colour = COLOURS["good"] if row["predicted"] == "Y" else COLOURS["bad"]
        marker = "D" if row["predicted"] == "Y" else "X"
        axes.plot(100 * row["below"], place, marker=marker, ms=7, color=colour, mec="white", clip_on=False)
        words = f"printed {row['printed']}, {row['left_out']}"
        axes.text(103, place, words, va="center", fontsize=8.5, color=COLOURS["ink"])
    axes.set_yticks(range(len(table)), table["what"])
    axes.tick_params(axis="y", length=0, pad=6)
    axes.spines["left"].set_visible(False)
    axes.set_xlim(0, 100)
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel("Predictions below the printed number, %")
    return figure
