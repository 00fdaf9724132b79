"""The curves that matter, small and side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.endpoint.by_response import STATES, ResponseReport
from blina.endpoint.numbers import EndpointReport
from blina.endpoint.pictures import draw_curve
from blina.endpoint.summary import ALL
from blina.figures import style
from blina.figures.parts import draw_band, name_curves, percent_axis, shortened
from blina.figures.style import COLOURS


@style.also_narrow
def curves(reports: Mapping[str, EndpointReport], response: ResponseReport | None) -> Figure:
    """Draw each endpoint with its ensemble band and printed median, and survival by current response."""
    panels = len(reports) + (response is not None)
    rows, columns = style.either((1, panels), (panels, 1))
    figure, grid = style.new_figure(rows, columns, height=2.9 * rows, sharey=True, squeeze=False)
    axes = list(grid.flat)
    for panel, report in zip(axes, reports.values(), strict=False):
        _endpoint(panel, report)
        panel.set_title(shortened(report.title, 34), fontsize=10)
    if response is not None:
        _states(axes[-1], response)
        axes[-1].set_title("OS by current MRD response", fontsize=10)
    own = any(report.own_name for report in reports.values())
    what = "Without the event (%)" if own else "Survival (%)"
    for panel in axes:
        percent_axis(panel, what if panel is axes[0] or rows > 1 else "", 1.03)
        panel.set_xlim(0, None)
        panel.set_xlabel("Months")
    return figure


def _endpoint(axes: Axes, report: EndpointReport) -> None:
    if report.band is not None:
        draw_band(axes, report.band["time"], report.band["lower"], report.band["upper"])
    arms = report.arms
    colours = style.arm_colours(list(arms)) if len(arms) > 1 else {ALL: COLOURS["curve"]}
    for place, arm in enumerate(arms):
        draw_curve(axes, report.curve[report.curve["arm"] == arm], colours[arm], "", style.dashes(place))
    if len(arms) > 1:
        name_curves(axes, {shortened(arm, 24): colour for arm, colour in colours.items()}, 8.0)
    for mark in report.marks[report.marks["statistic"] == "median"].to_dict("records"):
        if np.isfinite(mark["value"]):
            axes.plot(mark["value"], 0.5, marker="D", ms=6, color=COLOURS["printed"], mec="white", zorder=6)
            axes.annotate(
                f"printed {mark['printed']}", (mark["value"], 0.5), xytext=(6, 6), fontsize=8.5,
                textcoords="offset points", color=COLOURS["printed"],
            )  # fmt: skip


def _states(axes: Axes, response: ResponseReport) -> None:
    for place, state in enumerate(STATES):
        rows = response.state_curves[response.state_curves["state"] == state]
        draw_curve(axes, rows, COLOURS[state], "", style.dashes(place))
    name_curves(axes, {name: COLOURS[state] for state, name in response.patients.labels.items()}, 8.5)
