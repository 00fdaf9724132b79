"""Survival curves: limits, censoring ticks, printed numbers, ensemble band, numbers at risk."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina.endpoint.bands import held
from blina.endpoint.numbers import EndpointReport, censor_ticks
from blina.figures import style
from blina.figures.parts import (
    curves_and_risk,
    draw_at_risk,
    draw_band,
    draw_hints,
    draw_marks,
    in_legend,
    legend_above,
    percent_axis,
    say_in_panel,
    shortened,
)
from blina.figures.style import COLOURS
from blina.formats import NOT_REACHED, between, counted, months, of, p_equals, ratio, share, spread, with_unit

# The layer of the curves themselves.
_CURVE = 4
# Of more arms, limits and many words would hide the curves; the table below the picture has them.
_FEW = 4


@dataclass(frozen=True)
class Wording:
    """What a survival picture says: labels of its axes and limits, lines in the panel, names of arms.

    `said` are lines about an arm, named beside each, or about all of them ("").
    """

    y_label: str
    x_label: str = "Months"
    limits_label: str = ""
    said: tuple[tuple[str, str], ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)


def survival_figure(
    curve: pd.DataFrame,
    risk: pd.DataFrame,
    wording: Wording,
    *,
    marks: pd.DataFrame | None = None,
    band: tuple[pd.DataFrame, str] | None = None,
    medians: Mapping[str, float] | None = None,
) -> Figure:
    """Draw one curve per arm of `curve`, with the counts of `risk` under the axis.

    `curve` has arm, time (months), at_risk, events, censored, survival, lower, upper; `risk` has arm, time,
    at_risk, censored, events. `marks` are printed numbers (statistic, value, lower, upper, printed), `band`
    the span of an ensemble (time, lower, upper) and what it is called, `medians` arms to their median.
    """
    names, limits_label = wording.names, wording.limits_label
    arms, ticked = list(dict.fromkeys(risk["arm"])), censor_ticks(curve)
    colours = style.arm_colours(arms) if len(arms) > 1 else {arms[0]: COLOURS["curve"]}
    # What is said of each arm would cover the curves: it stands in the legend, where long names have room.
    told = {arm: text for text, arm in wording.said if arm}
    said = [text for text, arm in wording.said if not arm]
    labels, more = in_legend([told.get(arm, names.get(arm, arm)) for arm in arms])
    figure, axes, below = curves_and_risk(len(arms), 4.6, more)
    if band is not None:
        area, label = band
        draw_band(axes, area["time"], area["lower"], area["upper"], label)
    for place, arm in enumerate(arms):
        rows = curve[curve["arm"] == arm]
        draw_curve(axes, rows, colours[arm], labels[place], style.dashes(place))
        if len(arms) <= _FEW:
            draw_limits(
                axes, rows, colours[arm], limits_label if arm == arms[0] else "", filled=len(arms) > 1
            )
        if ticked:
            draw_censored(axes, rows, colours[arm])
        draw_median(axes, (medians or {}).get(arm, np.inf), colours[arm])
    explain_ticks(axes, curve, colours[arms[0]] if len(arms) == 1 else COLOURS["muted"])
    finish(axes, risk, wording.y_label, wording.x_label)
    if marks is not None:
        draw_marks(axes, marks)
    if _high(curve):
        for text in said:
            axes.plot([], [], ls="none", label=text)
    else:
        say_in_panel(axes, [(text, COLOURS["ink"]) for text in said])
    draw_hints(axes, steps(curve, names))
    legend_above(figure, axes)
    draw_at_risk(below, risk, colours)
    return figure


def _high(curve: pd.DataFrame) -> bool:
    """Say whether a curve goes where the panel has room for words in others: high up, at late times."""
    late = curve["time"] >= 0.4 * curve["time"].max()
    return bool((curve.loc[late, "survival"] > 0.8).any())


def steps(curve: pd.DataFrame, names: Mapping[str, str], column: str = "arm") -> list[tuple[float, str]]:
    """Return each month at which a curve steps, with how many are then without the event, arm by arm."""
    fell = curve[(curve["events"] > 0) | (curve["time"] == curve["time"].min())]
    stepped = fell["time"].unique()
    arms = list(dict.fromkeys(curve[column]))
    said: list[list[str]] = [[] for _ in stepped]
    for arm in arms:
        rows = curve[curve[column] == arm]
        name = f"{names.get(arm, arm)}: " if len(arms) > 1 else ""
        left = (rows["at_risk"] - rows["events"] - rows["censored"]).to_numpy()
        survival = rows["survival"].to_numpy()
        # The last row of an arm up to each step, -1 before its first.
        last = np.searchsorted(rows["time"], stepped, side="right") - 1
        for parts, row in zip(said, last, strict=True):
            if row >= 0:
                parts.append(f"{name}{share(survival[row])}, {int(left[row])} left")
    return [
        (float(month), f"month {months(month)}: {'; '.join(parts)}")
        for month, parts in zip(stepped, said, strict=True)
    ]


def finish(axes: Axes, risk: pd.DataFrame, y_label: str, x_label: str = "Months") -> None:
    """Set range, ticks and grid of the axes that hold the curves."""
    grid = risk["time"].unique()
    axes.set_xlim(-0.012 * grid[-1], grid[-1] * 1.01)
    axes.set_xticks(grid)
    axes.tick_params(axis="x", labelbottom=True)
    axes.set_xlabel(x_label, labelpad=2)
    axes.xaxis.label.set_visible(True)
    percent_axis(axes, y_label)
    axes.spines["left"].set_bounds(0, 1)


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
    """Draw a tick on the curve wherever someone was censored; `censor_ticks` says if there are any."""
    ticks = rows[rows["censored"] > 0]
    axes.plot(ticks["time"], ticks["survival"], ls="none", marker="|", ms=8, mew=1.3, color=colour, zorder=5)


def explain_ticks(axes: Axes, curve: pd.DataFrame, colour: str) -> None:
    """Add the censoring tick to the legend, where there are ticks."""
    if censor_ticks(curve):
        axes.plot([], [], ls="none", marker="|", ms=8, mew=1.3, color=colour, label="censored")


def draw_median(axes: Axes, median: float, colour: str) -> None:
    """Draw thin lines from the axes to the point where the curve crosses one half."""
    if np.isfinite(median):
        axes.plot([0, median, median], [0.5, 0.5, 0], color=colour, lw=0.9, ls=":", zorder=2)


def report_figure(report: EndpointReport, y_label: str, x_label: str = "") -> Figure:
    """Draw the curve of a survival report: one for a single arm, one per arm otherwise."""
    level = f"{report.options.level} limits ({report.options.conf_type})"
    single = len(report.arms) == 1
    drawn = {"reconstructed": "one reconstructed cohort", "yours": "Kaplan-Meier"}
    wording = Wording(
        y_label="Without the event (%)" if report.own_name else y_label,
        x_label="Months" if report.kind == "yours" or not x_label else x_label,
        limits_label=level,
        said=tuple(_in_panel(report)),
        names={arm: drawn.get(report.kind, "Kaplan-Meier") if single else arm for arm in report.arms},
    )
    return survival_figure(
        report.curve,
        report.risk,
        wording,
        marks=report.marks,
        band=None if report.band is None else (report.band, f"{held(report.draws)} reconstructed cohorts"),
        medians={arm: report.value("median", arm) for arm in report.arms},
    )


def _in_panel(report: EndpointReport) -> list[tuple[str, str]]:
    """Return what stands in the panel: median and events of each arm, and how two of them compare."""
    if len(report.arms) > _FEW:
        return []
    lines = []
    for arm in report.arms:
        median, low, high = (report.value(name, arm) for name in ("median", "median_lower", "median_upper"))
        n, events = (report.value(name, arm) for name in ("n", "events"))
        name = "Median" if len(report.arms) == 1 else f"{arm}: median"
        limits = f"{report.options.level} CI {between(low, high, 'months')}"
        middle = with_unit(median, "months") if math.isfinite(median) else NOT_REACHED
        counts = f"{counted(events, 'event')} in {counted(n, 'patient')}"
        lines += (
            [f"{name} {middle} ({limits})", counts]
            if len(report.arms) == 1
            else [f"{name} {middle} ({limits}), {of(events, n)}"]
        )
    owners = ["", ""] if len(report.arms) == 1 else list(report.arms)
    return [*zip(lines, owners, strict=True), *((text, "") for text in _compared(report))]


def _compared(report: EndpointReport) -> list[str]:
    """Return hazard ratio with limits, and the log-rank P, where there are two arms."""
    if len(report.arms) != 2 or report.ratios is None or report.test is None or math.isnan(report.test.p):
        return []
    row = report.ratios.to_dict("records")[0]
    if math.isnan(row["hazard_ratio"]):
        return [f"log-rank {p_equals(report.test.p)}"]
    limits = spread(ratio(row["lower"]), ratio(row["upper"]))
    found = f"HR {ratio(row['hazard_ratio'])} ({limits}), log-rank {p_equals(report.test.p)}"
    return [f"{shortened(row['arm'])}: {found}"]
