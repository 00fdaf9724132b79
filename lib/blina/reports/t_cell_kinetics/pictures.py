"""Pictures of T- and B-cell counts over two cycles, of each patient's expansion, and of power."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina import formats
from blina.figures import style
from blina.figures.parts import legend_above
from blina.reports.t_cell_kinetics.numbers.simulation import CYCLE_DAYS, CYCLES, DETECTION_LIMIT
from blina.reports.t_cell_kinetics.numbers.summaries import INFUSION_DAYS, LONG, SHORT, Contrast

COLOURS = {LONG: style.COLOURS["survivor"], SHORT: "#4A5560"}
_SMALL: dict[str, Any] = {"fontsize": 8, "rotation": 90, "va": "bottom", "color": style.COLOURS["muted"]}
MARKERS = {LONG: "o", SHORT: "D"}
_CENTRED: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": 9}
CELLS = ("TCELL", "BCELL")
DAY_TICKS = (0, 1, 2, 7, 14, 21, 28, 35)


@style.also_narrow
def counts(
    table: pd.DataFrame,
    summary: pd.DataFrame,
    sizes: tuple[int, int],
    t_cells: str = "T cells",
    kind: str = "yours",
) -> Figure | None:
    """Draw counts, log scale: cells in rows, cycles in columns; thin lines per patient, medians, quartiles.

    `table` is `numbers.counts_table`, `summary` its `group_summary`, `sizes` the patients with OS ≥ 30
    months and the others. Days are drawn on a square-root scale, so that the first hours can be seen.
    Simulated counts (`kind`) say so in each panel.
    None where nobody is in either group.
    """
    cells = [code for code in CELLS if (table["PARAMCD"] == code).any()]
    if not cells:
        return None
    rows, columns = style.either((len(cells), CYCLES), (len(cells) * CYCLES, 1))
    figure, axes = style.new_figure(
        rows, columns, height=style.either(3.0, 2.6) * rows + 0.4, sharex=True, sharey="row", squeeze=False
    )
    axes = axes.reshape(len(cells), CYCLES)
    for row, code in enumerate(cells):
        for cycle in range(CYCLES):
            axis = axes[row][cycle]
            if cycle:
                axis.sharey(axes[row][0])
            _individuals(axis, _within(table, code, cycle))
            _medians(axis, _within(summary, code, cycle))
            _frame(axis, code)
            if row == 0 or style.narrow():
                axis.set_title(f"Cycle {cycle + 1}")
            if cycle == 0 or style.narrow():
                axis.set_ylabel(f"{t_cells if code == 'TCELL' else 'B cells'}/µL")
    for axis in axes[-1][style.either(0, -1) :]:
        axis.set_xlabel("Days since start of infusion (square-root scale)")
    axes[0][0].text(
        INFUSION_DAYS + 0.4, 0.02, "no infusion", transform=axes[0][0].get_xaxis_transform(), **_SMALL
    )
    _name_groups(axes[0][-1], sizes)
    _say_simulated(axes.flat, kind)
    return figure


def _say_simulated(axes: Iterable[Axes], kind: str, across: tuple[float, ...] = (0.5,)) -> None:
    """Write behind simulated data what they are, at these places of a panel: nobody takes it for measured."""
    look: dict[str, Any] = {"ha": "center", "va": "center", "rotation": 24, "fontsize": 30, "zorder": 0.5}
    for axis in axes if kind == "simulated" else ():
        for place in across:
            axis.text(
                place, 0.5, "SIMULATED", transform=axis.transAxes, color=style.COLOURS["simulated"],
                alpha=0.2, fontweight="bold", **look,
            )  # fmt: skip


def _within(frame: pd.DataFrame, code: str, cycle: int) -> pd.DataFrame:
    start = cycle * CYCLE_DAYS
    here = (frame["PARAMCD"] == code) & (frame["day"] >= start) & (frame["day"] < start + CYCLE_DAYS)
    return frame.loc[here].assign(day=frame["day"] - start)


def _individuals(axis: Axes, rows: pd.DataFrame) -> None:
    for (group, _), patient in rows.groupby(["group", "USUBJID"], sort=True):
        axis.plot(patient["day"], patient["count"], color=COLOURS[str(group)], linewidth=0.5, alpha=0.3)


def _medians(axis: Axes, rows: pd.DataFrame) -> None:
    for group in (SHORT, LONG):
        line = rows.loc[rows["group"] == group]
        axis.fill_between(line["day"], line["lower"], line["upper"], color=COLOURS[group], alpha=0.22, lw=0)
        dashes = "-" if group == LONG else (0, (4, 1.2))
        axis.plot(line["day"], line["median"], color=COLOURS[group], linewidth=2.4, linestyle=dashes)


def _frame(axis: Axes, code: str) -> None:
    axis.set_yscale("log")
    axis.set_xscale("function", functions=(lambda x: np.sqrt(np.maximum(x, 0.0)), np.square))
    axis.set_xlim(0.0, CYCLE_DAYS - 6.0)
    axis.set_xticks(DAY_TICKS, [str(day) for day in DAY_TICKS])
    axis.yaxis.set_major_formatter("{x:g}")
    axis.axvspan(INFUSION_DAYS, CYCLE_DAYS - 6.0, color=style.COLOURS["grid"], alpha=0.6, lw=0, zorder=0)
    if code == "BCELL":
        axis.axhline(DETECTION_LIMIT, color=style.COLOURS["printed"], linewidth=1.2, linestyle=(0, (5, 3)))
        axis.annotate(
            f"{DETECTION_LIMIT:g}/µL", (CYCLE_DAYS - 7.0, DETECTION_LIMIT), xytext=(0, 3), ha="right",
            textcoords="offset points", color=style.COLOURS["printed"],
        )  # fmt: skip


def _name_groups(axis: Axes, sizes: tuple[int, int]) -> None:
    for group, size, height in ((LONG, sizes[0], 0.12), (SHORT, sizes[1], 0.04)):
        axis.text(
            0.98, height, f"{group} (n = {size})", color=COLOURS[group], ha="right", va="bottom",
            fontweight="bold", fontsize=9, transform=axis.transAxes,
        )  # fmt: skip


@style.also_narrow
def expansion(table: pd.DataFrame, contrasts: list[Contrast], kind: str = "yours") -> Figure | None:
    """Draw each patient's average fold over baseline during the infusion, by cycle and group, with medians.

    `table` is `numbers.expansion_table`; `contrasts` hold medians and p of each cycle. Simulated counts
    (`kind`) have no P: it would only say which contrast was put in. None without patients.
    """
    if table.empty:
        return None
    figure, axis = style.new_figure(height=3.8)
    places: dict[float, str] = {}
    for found in contrasts:
        aside = style.either(0.18, 0.25)
        for offset, group, median in ((-aside, LONG, found.median_long), (aside, SHORT, found.median_short)):
            rows = table.loc[(table["cycle"] == found.cycle) & (table["group"] == group)]
            at = found.cycle + offset
            spread = np.linspace(-0.1, 0.1, max(len(rows), 1))[: len(rows)]
            axis.scatter(
                at + spread, rows["auc_fold"], s=18, color=COLOURS[group], alpha=0.6, linewidths=0,
                marker=MARKERS[group],
            )  # fmt: skip
            name = textwrap.fill(group, style.either(20, 8))
            size = style.either(f"{len(rows)} patients", f"n = {len(rows)}")
            places[at] = f"{name}\n{size}"
            if np.isfinite(median):
                axis.hlines(median, at - 0.14, at + 0.14, color=COLOURS[group], linewidth=2.6)
                axis.annotate(formats.ratio(median), (at + 0.15, median), va="center", fontsize=9)
    axis.axhline(1.0, color=style.COLOURS["muted"], linewidth=1.0, linestyle=(0, (5, 3)))
    axis.set_yscale("log")
    axis.yaxis.set_major_formatter("{x:g}")
    axis.set_xlim(0.5, CYCLES + 0.5)
    axis.set_xticks(list(places), list(places.values()), fontsize=style.either(9, 8))
    for found in contrasts:
        axis.text(
            found.cycle,
            style.either(-0.2, -0.26),
            _cycle_label(found, kind),
            transform=axis.get_xaxis_transform(),
            **_CENTRED,
        )
    axis.tick_params(axis="x", length=0)
    axis.set_ylabel("Average fold over baseline,\nfour weeks of infusion")
    words = {"ha": "left", "va": "bottom", "fontsize": 8, "color": style.COLOURS["muted"]}
    axis.text(0.51, 1.0, "as at baseline", **words)
    _say_simulated([axis], kind, (0.25, 0.75))
    return figure


def _cycle_label(found: Contrast, kind: str) -> str:
    text = f"Cycle {found.cycle}: ratio of medians {formats.ratio(found.ratio)}"
    text += f", Wilcoxon {formats.p_equals(found.p)}" if kind == "yours" else ""
    return textwrap.fill(text, style.either(80, 18))


POWER_COLOURS = (style.PALETTE[5], style.PALETTE[1], style.PALETTE[0])


@style.also_narrow
def power(table: pd.DataFrame, at_80: pd.Series, chosen: float, sizes: tuple[int, int]) -> Figure:
    """Draw the power of each test over the true ratio of expansion, and where each reaches 80%.

    `table` is `numbers.power_table`, `at_80` its `ratio_at_power`, `chosen` the simulation's ratio.
    """
    figure, axis = style.new_figure(height=style.either(4.2, 5.0))
    for place, (test, curve) in enumerate(table.groupby("test", sort=False)):
        colour = POWER_COLOURS[place]
        ratio = at_80[str(test)]
        reached = f"80% at {formats.ratio(ratio)}" if np.isfinite(ratio) else "80% not reached"
        axis.plot(
            curve["ratio"], 100 * curve["power"], color=colour, ls=style.dashes(place),
            label=f"{test}: {reached}",
        )  # fmt: skip
        if np.isfinite(ratio):
            axis.plot([ratio], [80.0], "o", color=colour, markersize=6)
    axis.axhline(80.0, color=style.COLOURS["muted"], linewidth=1.0, linestyle=(0, (5, 3)))
    if table["ratio"].min() <= chosen <= table["ratio"].max():
        axis.axvline(chosen, color=style.COLOURS["simulated"], linewidth=1.4)
        words = {"ha": "right", "fontsize": 9, "color": style.COLOURS["simulated"]}
        axis.text(chosen / 1.01, 2.0, "simulated ratio", **words)
    axis.set_xscale("log")
    ticks = [
        tick
        for tick in style.either((1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 7, 10), (1, 1.5, 2, 3, 5, 10))
        if tick <= table["ratio"].max() * 1.001
    ]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_xticks([], minor=True)
    axis.set_ylim(0.0, 101.0)
    end = style.either(" ", "\n")
    style.label_axes(
        axis, f"True ratio of expansion,{end}OS ≥30 months over OS <30 months", "Power, %",
        f"{sizes[0]} and {sizes[1]} patients,{end}two-sided test at 5%",
    )  # fmt: skip
    if style.narrow():
        legend_above(figure, axis)
    else:
        axis.legend(loc="lower right")
    return figure
