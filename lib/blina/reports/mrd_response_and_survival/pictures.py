"""Survival by a response that comes later: from day 0 and by current state, landmark, sweep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from blina import formats
from blina.endpoint.bands import held
from blina.endpoint.by_response import STATES, ResponseReport
from blina.endpoint.numbers import censor_ticks
from blina.endpoint.pictures import draw_censored, draw_curve, draw_limits, explain_ticks, finish, steps
from blina.figures import style
from blina.figures.parts import (
    curves_and_risk,
    draw_at_risk,
    draw_band,
    draw_hints,
    legend_above,
    name_curves,
    say_in_panel,
)
from blina.figures.style import COLOURS
from blina.reports.mrd_response_and_survival.numbers import FEWEST, LandmarkReport

_RATIO_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50)


@style.also_narrow
def immortal_time(report: ResponseReport) -> Figure:
    """Draw the comparison from day 0 beside the one by current state."""
    rows, columns = style.either((1, 2), (2, 1))
    figure, axes = style.new_figure(rows, columns, height=3.1 * rows, sharex=True, sharey=True)
    for panel, curves, test, how in (
        (axes[0], report.naive_curves, report.naive, "misleading, from day 0"),
        (axes[1], report.state_curves, report.mantel_byar, "by current state"),
    ):
        _both_states(panel, curves, report.patients.labels)
        chi2 = f"χ² {formats.statistic(test.chi2)}, {formats.p_equals(test.p)}"
        chi2 = "no test" if np.isnan(test.chi2) else chi2
        panel.set_title(f"{report.patients.name}\n{how}: {chi2}", fontsize=9)
        finish(panel, report.state_risk, "Survival (%)", "Months since start of treatment")
    axes[1].set_ylabel(style.either("", axes[0].get_ylabel()))
    name_curves(axes[1], {name: COLOURS[state] for state, name in report.patients.labels.items()})
    return figure


@style.also_narrow
def by_state(report: ResponseReport) -> Figure:
    """Draw the Simon-Makuch curves with their limits, the test, and the counts in each state."""
    return _with_risk(
        report.state_curves, report.state_risk, report, "Survival by current state (%)", said=_tested(report)
    )


def _tested(report: ResponseReport) -> list[str]:
    """Return hazard ratio and test of the comparison by current state, for the panel."""
    cox, test = report.cox, report.mantel_byar
    if np.isnan(test.p):
        return []
    limits = formats.spread(formats.ratio(cox.lower), formats.ratio(cox.upper))
    return [
        f"HR {formats.ratio(cox.hazard_ratio)} ({report.options.level} CI {limits})",
        f"Mantel-Byar {formats.p_equals(test.p)}",
    ]


@style.also_narrow
def from_landmark(report: ResponseReport, found: LandmarkReport) -> Figure:
    """Draw the curves from the landmark on, the state being that at the landmark."""
    labels = {
        "responder": f"{report.patients.labels['responder']} by {found.at.at:g} months",
        "non_responder": f"none by {found.at.at:g} months",
    }
    return _with_risk(found.curves, found.risk, report, "Survival from the landmark (%)", found.at.at, labels)


def _with_risk(
    curves: pd.DataFrame,
    risk: pd.DataFrame,
    report: ResponseReport,
    y_label: str,
    origin: float = 0.0,
    labels: Mapping[str, str] | None = None,
    said: Sequence[str] = (),
) -> Figure:
    figure, axes, below = curves_and_risk(len(STATES), 4.2)
    names = dict(labels or report.patients.labels)
    level = f"{report.options.level} limits ({report.options.conf_type})"
    _both_states(axes, curves, names)
    for state in (state for state in STATES if (curves["state"] == state).any()):
        draw_limits(axes, curves[curves["state"] == state], COLOURS[state], level, filled=False)
        level = ""
    explain_ticks(axes, curves.assign(arm=curves["state"]), COLOURS["muted"])
    if origin > 0:
        axes.axvspan(0, origin, color=COLOURS["grid"], alpha=0.6, lw=0, zorder=0)
        axes.text(
            origin / 2, 0.5, "before the landmark", rotation=90, ha="center", va="center", fontsize=8.5,
            color=COLOURS["muted"],
        )  # fmt: skip
    finish(axes, report.state_risk, y_label, "Months since start of treatment")
    say_in_panel(axes, [(line, COLOURS["ink"]) for line in said])
    draw_hints(axes, steps(curves, names, "state"))
    legend_above(figure, axes)
    short = {"responder": "response", "non_responder": "none (yet)"}
    draw_at_risk(below, risk, {state: COLOURS[state] for state in STATES}, short)
    return figure


def _both_states(axes: Axes, curves: pd.DataFrame, labels: Mapping[str, str]) -> None:
    ticked = censor_ticks(curves.assign(arm=curves["state"]))
    for state in STATES:
        rows = curves[curves["state"] == state]
        if len(rows):
            draw_curve(axes, rows, COLOURS[state], labels[state], style.dashes(STATES.index(state)))
            if ticked:
                draw_censored(axes, rows, COLOURS[state])


@style.also_narrow
def sweep(found: LandmarkReport, report: ResponseReport, drawn: pd.DataFrame | None, draws: int) -> Figure:
    """Draw the hazard ratio at every landmark, and below it who takes part in the comparison."""
    figure, (ratios, people) = style.new_figure(
        2, 1, height=5.6, sharex=True, gridspec_kw={"height_ratios": [3.2, 2.0]}
    )
    kept = found.readable
    _ratios(ratios, kept, report, None if drawn is None else _at(drawn, kept), draws)
    _shade_small_groups(ratios, found.sweep, kept)
    # Above the axes: within them the legend would hide limits of late landmarks.
    legend_above(figure, ratios)
    _people(people, found.sweep)
    people.set_xlabel("Landmark (months)")
    people.set_xlim(0, float(found.sweep["landmark"].max()) + 0.3)
    people.xaxis.set_major_locator(MaxNLocator(integer=True))
    if found.at.at <= people.get_xlim()[1]:
        _mark_landmark(ratios, people, found.at.at)
    return figure


def _mark_landmark(ratios: Axes, people: Axes, at: float) -> None:
    for axes, top in ((ratios, 1.0), (people, 0.8)):
        axes.axvline(at, ymax=top, color=COLOURS["ink"], lw=0.9, ls=":", zorder=1)
    ratios.annotate(
        f"landmark {at:g}", (at, 1.0), xycoords=("data", "axes fraction"), xytext=(0, 2),
        textcoords="offset points", ha="center", va="bottom", fontsize=8.5,
    )  # fmt: skip


def _ratios(
    axes: Axes, swept: pd.DataFrame, report: ResponseReport, drawn: pd.DataFrame | None, draws: int
) -> None:
    low, high = _ratio_range(swept, drawn)
    if drawn is not None and len(drawn):
        lower, upper = (drawn[side].clip(low, high) for side in ("lower", "upper"))
        draw_band(axes, drawn["landmark"], lower, upper, f"{held(draws)} reconstructed cohorts")
    known = swept[np.isfinite(swept["hazard_ratio"]) & (swept["hazard_ratio"] > 0)]
    limits = (known["lower"].clip(low, high), known["upper"].clip(low, high))
    axes.vlines(known["landmark"], *limits, color=COLOURS["curve"], lw=1.4)
    if len(known):
        axes.plot(
            known["landmark"], known["hazard_ratio"], "o", color=COLOURS["curve"], ms=4.5,
            label=f"landmark hazard ratio, {report.options.level} limits",
        )  # fmt: skip
    if 0 < report.cox.hazard_ratio < np.inf:
        axes.axhline(
            report.cox.hazard_ratio, color=COLOURS["survivor"], lw=1.4, ls="--", label="time-dependent Cox"
        )
    axes.axhline(1, color=COLOURS["ink"], lw=0.9)
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    ticks = [tick for tick in _RATIO_TICKS if low <= tick <= high]
    axes.set_yticks([], minor=True)
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylabel("Hazard ratio, responders")


def _at(drawn: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """Return the ranges over the draws at the landmarks that are shown."""
    return drawn[drawn["landmark"].isin(kept["landmark"])]


def _shade_small_groups(axes: Axes, swept: pd.DataFrame, kept: pd.DataFrame) -> None:
    """Shade the landmarks without a ratio, because a group has too few patients there."""
    label = f"a group has fewer than {FEWEST} patients: no ratio"
    for at in swept.loc[~swept.index.isin(kept.index), "landmark"]:
        axes.axvspan(at - 0.25, at + 0.25, color=COLOURS["grid"], alpha=0.6, lw=0, zorder=0, label=label)
        label = ""


def _ratio_range(swept: pd.DataFrame, drawn: pd.DataFrame | None) -> tuple[float, float]:
    """Return a range that shows the estimates, one step beyond at most; limits may leave it."""
    values = np.concatenate(
        [swept["hazard_ratio"], [] if drawn is None else [*drawn["lower"], *drawn["upper"]]]
    )
    values = values[np.isfinite(values) & (values > 0)]
    if not len(values):
        return 0.1, 10.0
    low, high = min(0.1, float(values.min()) / 2), max(10.0, float(values.max()) * 4)
    return max(low, 0.01), min(high, 50.0)


def _people(axes: Axes, swept: pd.DataFrame) -> None:
    """Draw, stacked, responders, non-responders and those left out, so that every patient is seen."""
    bottom = np.zeros(len(swept))
    for column, colour, label in (
        ("responders", COLOURS["responder"], "responders"),
        ("non_responders", COLOURS["non_responder"], "no response so far"),
        ("left_out", COLOURS["neutral"], style.either("left out: gone by then", "gone by then")),
    ):
        height = swept[column].to_numpy(dtype=float)
        axes.bar(
            swept["landmark"], height, 0.42, bottom=bottom, color=colour, label=label, edgecolor="white",
            lw=0.4,
        )  # fmt: skip
        bottom += height
    axes.set_ylabel("Patients")
    axes.set_ylim(0, max(1.0, bottom.max()) * 1.22)
    axes.legend(
        loc="upper left", ncols=3, fontsize=8.5, borderaxespad=0.1, columnspacing=style.either(1.2, 0.7),
        handlelength=style.either(2.0, 0.8),
    )  # fmt: skip
