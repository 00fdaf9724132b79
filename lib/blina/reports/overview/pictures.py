"""The curves that matter, small and side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.figures import style
from blina.figures.parts import shortened
from blina.figures.style import COLOURS

if TYPE_CHECKING:
    import pandas as pd

    from blina.endpoint.by_response import ResponseReport
    from blina.endpoint.numbers import EndpointReport


def curves(reports: Mapping[str, EndpointReport], response: ResponseReport | None) -> Figure:
    """Draw each endpoint with its ensemble band and printed median, and survival by current response."""
    panels = len(reports) + (response is not None)
    figure, grid = style.new_figure(1, panels, height=2.9, sharey=True, squeeze=False)
    axes = list(grid[0])
    for panel, report in zip(axes, reports.values(), strict=False):
        _endpoint(panel, report)
        panel.set_title(shortened(report.title, 34), fontsize=10)
    if response is not None:
        _states(axes[-1], response)
        axes[-1].set_title("OS by current MRD response", fontsize=10)
    axes[0].set_ylabel("Survival (%)")
    axes[0].set_yticks(np.linspace(0, 1, 6), ["0", "20", "40", "60", "80", "100"])
    for panel in axes:
        _finish(panel)
    return figure


def _endpoint(axes: Axes, report: EndpointReport) -> None:
    if report.band is not None:
        band = report.band
        axes.fill_between(
            band["time"], band["lower"], band["upper"], color=COLOURS["ensemble"], alpha=0.28, lw=0
        )
    colours = style.arm_colours(list(report.arms)) if len(report.arms) > 1 else {}
    for arm in report.arms:
        colour = colours.get(arm, COLOURS["curve"])
        _steps(axes, report.curve[report.curve["arm"] == arm], colour, report.arms.index(arm))
        if len(report.arms) > 1:
            place = 0.97 - 0.09 * report.arms.index(arm)
            axes.text(
                0.97,
                place,
                arm[:24],
                transform=axes.transAxes,
                ha="right",
                va="top",
                fontsize=8,
                color=colour,
            )
    for mark in report.marks[report.marks["statistic"] == "median"].to_dict("records"):
        if np.isfinite(mark["value"]):
            axes.plot(mark["value"], 0.5, marker="D", ms=6, color=COLOURS["printed"], mec="white", zorder=6)
            axes.annotate(
                f"printed {mark['printed']}", (mark["value"], 0.5), xytext=(6, 6), fontsize=8.5,
                textcoords="offset points", color=COLOURS["printed"],
            )  # fmt: skip


def _states(axes: Axes, response: ResponseReport) -> None:
    for place, state in enumerate(("responder", "non_responder")):
        rows = response.state_curves[response.state_curves["state"] == state]
        _steps(axes, rows, COLOURS[state], place)
        axes.text(
            0.97, 0.97 - 0.09 * place, response.patients.labels[state], transform=axes.transAxes, ha="right",
            va="top", fontsize=8.5, color=COLOURS[state],
        )  # fmt: skip


def _steps(axes: Axes, rows: pd.DataFrame, colour: str, place: int) -> None:
    axes.step(
        rows["time"], rows["survival"], where="post", color=colour, lw=1.8, ls=style.dashes(place), zorder=4
    )


def _finish(axes: Axes) -> None:
    axes.set_ylim(0, 1.03)
    axes.set_xlim(0, None)
    axes.set_xlabel("Months")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
