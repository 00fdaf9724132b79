"""The row of numbers at risk under a survival curve, each under its tick."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

from blina.figures.style import COLOURS


def risk_height(arms: int) -> float:
    """Return the height in inches that the numbers of so many arms need."""
    return 0.1 + 0.22 * arms + (0.15 if arms > 1 else 0.0)


def draw_at_risk(
    axes: Axes,
    risk: pd.DataFrame,
    colours: Mapping[str, str],
    names: Mapping[str, str] | None = None,
) -> None:
    """Write the numbers of `risk` (arm, time, at_risk) under the ticks of the axes above.

    `axes` shares its horizontal axis with the curves, so that each number stands under its tick.
    """
    arms = list(dict.fromkeys(risk["arm"]))
    for i, arm in enumerate(arms):
        for row in risk[risk["arm"] == arm].itertuples():
            axes.text(row.time, i, str(row.at_risk), ha="center", va="center", fontsize=9, color=colours[arm])
    axes.set_ylim(len(arms) - 0.4, -0.6)
    single = len(arms) == 1
    labels = ["At risk"] if single else [shortened((names or {}).get(arm, arm)) for arm in arms]
    axes.set_yticks(range(len(arms)), labels)
    for tick, arm in zip(axes.get_yticklabels(), arms, strict=True):
        tick.set_color(COLOURS["ink"] if single else colours[arm])
    axes.tick_params(axis="both", length=0)
    axes.tick_params(axis="x", labelbottom=False)
    # The first number is centred on the axis: the names must keep clear of its left half.
    digits = len(str(risk["at_risk"].max()))
    axes.tick_params(axis="y", pad=5 + 3.2 * digits)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_title("" if single else "At risk", fontsize=9, fontweight="normal", pad=2)


def shortened(name: str, most: int = 22) -> str:
    """Return a label that fits beside the axis."""
    return name if len(name) <= most else f"{name[: most - 1]}…"
