"""Survival curves: limits, censoring ticks, printed numbers, ensemble band, numbers at risk."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.endpoint.bands import held
from blina.endpoint.numbers import MOST_TICKS, EndpointReport
from blina.figures import style
from blina.figures.parts import curves_and_risk, draw_at_risk, draw_band, draw_marks, percent_axis
from blina.figures.style import COLOURS

# The layer of the curves themselves.
_CURVE = 4


def survival_figure(
    curve: pd.DataFrame,
    risk: pd.DataFrame,
    *,
    y_label: str,
    marks: pd.DataFrame | None = None,
    band: tuple[pd.DataFrame, str] | None = None,
    limits_label: str = "",
    names: Mapping[str, str] | None = None,
    medians: Mapping[str, float] | None = None,
) -> Figure:
    """Draw one curve per arm of `curve`, with the numbers at risk of `risk` under the axis.

    `curve` has arm, time (months), survival, lower, upper, censored; `risk` has arm, time, at_risk.
    `marks` are printed numbers (statistic, value, lower, upper, printed), `band` the span of an ensemble
    (time, lower, upper) and what it is called, `names` maps arms to what the legend says, `medians` arms to
    their median.
    """
    arms = list(dict.fromkeys(risk["arm"]))
    colours = style.arm_colours(arms) if len(arms) > 1 else {arms[0]: COLOURS["curve"]}
    figure, axes, below = curves_and_risk(len(arms), 4.6)
    if band is not None:
        area, label = band
        draw_band(axes, area["time"], area["lower"], area["upper"], label)
    for place, arm in enumerate(arms):
        rows = curve[curve["arm"] == arm]
        draw_curve(axes, rows, colours[arm], (names or {}).get(arm, arm), style.dashes(place))
        draw_limits(axes, rows, colours[arm], limits_label if arm == arms[0] else "", filled=len(arms) > 1)
        draw_censored(axes, rows, colours[arm])
        draw_median(axes, (medians or {}).get(arm, np.inf), colours[arm])
    explain_ticks(axes, curve, colours[arms[0]] if len(arms) == 1 else COLOURS["muted"])
    marked = marks is not None and len(marks) > 0
    finish(axes, risk, y_label, 1.1 if marked else 1.02)
    if marks is not None:
        draw_marks(axes, marks)
    draw_at_risk(below, risk, colours)
    return figure


def finish(axes: Axes, risk: pd.DataFrame, y_label: str, top: float = 1.02) -> None:
    """Set range, ticks, grid and legend of the axes that hold the curves."""
    grid = risk["time"].unique()
    axes.set_xlim(-0.012 * grid[-1], grid[-1] * 1.01)
    axes.set_xticks(grid)
    axes.tick_params(axis="x", labelbottom=True)
    axes.set_xlabel("Months", labelpad=2)
    axes.xaxis.label.set_visible(True)
    percent_axis(axes, y_label, top)
    axes.spines["left"].set_bounds(0, 1)
    if _highest_late(axes) < 0.7:
        legend = axes.legend(loc="upper right", bbox_to_anchor=(1.0, min(1.0, 1.03 / top)), handlelength=2.4)
    else:
        legend = axes.legend(loc="lower left", handlelength=2.4)
    legend.set(frame_on=True)
    legend.get_frame().set(facecolor="white", edgecolor="none", alpha=0.85)


def _highest_late(axes: Axes) -> float:
    """Return the highest survival in the right half of the picture, where the legend may stand."""
    middle = 0.55 * axes.get_xlim()[1]
    found = []
    for line in axes.get_lines():
        x, y = np.asarray(line.get_xdata(), dtype=float), np.asarray(line.get_ydata(), dtype=float)
        if line.get_zorder() == _CURVE and len(x):
            step = int(np.searchsorted(x, middle, side="right")) - 1
            found.append(float(y[max(step, 0)]))
    return max(found, default=0.0)


def draw_curve(axes: Axes, rows: pd.DataFrame, colour: str, label: str, dashes: style.Dashes = "-") -> None:
    """Draw the step function of one arm."""
    axes.step(
        rows["time"], rows["survival"], where="post", color=colour, label=label, linestyle=dashes, lw=2.0,
        zorder=_CURVE,
    )  # fmt: skip


def draw_limits(axes: Axes, rows: pd.DataFrame, colour: str, label: str, *, filled: bool) -> None:
    """Draw the pointwise limits: thin lines for one arm, a light area where several overlap."""
    known = rows.ffill()
    if filled:
        axes.fill_between(
            known["time"], known["lower"], known["upper"], step="post", color=colour, alpha=0.1, lw=0
        )
        return
    for side in ("lower", "upper"):
        axes.step(
            known["time"], known[side], where="post", color=colour, lw=1.0, ls=(0, (4, 2)), zorder=3,
            label=label if side == "lower" else None,
        )  # fmt: skip


def draw_censored(axes: Axes, rows: pd.DataFrame, colour: str) -> None:
    """Draw a tick on the curve wherever someone was censored, if the ticks can be told apart."""
    ticks = rows[rows["censored"] > 0]
    if len(ticks) <= MOST_TICKS:
        axes.plot(
            ticks["time"], ticks["survival"], ls="none", marker="|", ms=8, mew=1.3, color=colour, zorder=5
        )


def explain_ticks(axes: Axes, curve: pd.DataFrame, colour: str) -> None:
    """Add the censoring tick to the legend, where there are ticks."""
    ticks = curve[curve["censored"] > 0].groupby("arm").size()
    if len(ticks) and ticks.min() <= MOST_TICKS:
        axes.plot([], [], ls="none", marker="|", ms=8, mew=1.3, color=colour, label="censored")


def draw_median(axes: Axes, median: float, colour: str) -> None:
    """Draw thin lines from the axes to the point where the curve crosses one half."""
    if np.isfinite(median):
        axes.plot([0, median, median], [0.5, 0.5, 0], color=colour, lw=0.9, ls=":", zorder=2)


def report_figure(report: EndpointReport, y_label: str) -> Figure:
    """Draw the curve of a survival report: one for a single arm, one per arm otherwise."""
    level = f"{report.options.level} limits ({report.options.conf_type})"
    single = len(report.arms) == 1
    drawn = {"reconstructed": "Kaplan-Meier, one reconstructed cohort", "yours": "Kaplan-Meier"}
    return survival_figure(
        report.curve,
        report.risk,
        y_label="Without the event (%)" if report.own_name else y_label,
        marks=report.marks,
        band=None if report.band is None else (report.band, f"{held(report.draws)} reconstructed cohorts"),
        limits_label=level,
        names={arm: drawn.get(report.kind, "Kaplan-Meier") if single else arm for arm in report.arms},
        medians={arm: report.value("median", arm) for arm in report.arms},
    )
