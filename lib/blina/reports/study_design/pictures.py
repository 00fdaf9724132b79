"""Pictures of the study's design: the dosing schedule, and concentrations against the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blina import formats
from blina.figures import style

DOSE_FACES = {5.0: "#CFE3F1", 15.0: "#6BADD6", 30.0: "#0072B2"}
_LEVELS = (50, 100, 200, 500, 1000, 2000)
REGIMEN_COLOURS = (style.PALETTE[1], style.PALETTE[0], style.PALETTE[2])


@style.also_narrow
def schedule(
    dosing: pd.DataFrame, totals: pd.DataFrame, patients: dict[str, int], assessment_day: float
) -> Figure:
    """Draw one cycle of each cohort as steps of dose over weeks, with the free weeks and marrow assessments.

    `totals` is `numbers.dose_totals`; `patients` the cohort sizes; `assessment_day` the day of the cycle.
    """
    cohorts = list(totals["cohort"])
    figure, axes = style.new_figure(len(cohorts), 1, height=5.2, sharex=True, sharey=True)
    highest = float(totals["highest_dose"].max())
    for axis, cohort, per_m2 in zip(axes, cohorts, totals["per_m2"], strict=True):
        _weeks(axis, dosing.loc[dosing["cohort"] == cohort], highest)
        _assessments(axis, assessment_day)
        axis.set_ylim(0.0, 1.35 * highest)
        axis.set_yticks([])
        axis.tick_params(axis="x", length=0)
        axis.spines["left"].set_visible(False)
        name = f"Cohort {cohort}\nn = {patients[cohort]}" if cohort in patients else f"Cohort {cohort}"
        axis.set_ylabel(name, rotation=0, ha="right", va="center", labelpad=style.either(12, 4))
        axis.text(
            1.01,
            0.4,
            f"{per_m2:g} µg/m²\nfirst cycle",
            transform=axis.transAxes,
            va="center",
            fontsize=style.either(9, 8),
        )
    _head(axes[0], axes[-1], float(dosing["last_day"].max()), assessment_day)
    return figure


def _weeks(axis: Axes, weeks: pd.DataFrame, highest: float) -> None:
    runs = (weeks["dose"] != weeks["dose"].shift()).cumsum()
    for _, run in weeks.groupby(runs):
        start, end = run["first_day"].min() - 1.0, run["last_day"].max()
        dose = float(run["dose"].iloc[0])
        if dose > 0.0:
            colour = DOSE_FACES.get(dose, style.COLOURS["neutral"])
            axis.bar(start, dose, end - start, align="edge", color=colour, edgecolor="white", linewidth=0.8)
            axis.text((start + end) / 2, dose + 0.04 * highest, f"{dose:g}", ha="center", va="bottom")
        else:
            axis.bar(
                start, highest, end - start, align="edge", color="none", hatch="///",
                edgecolor=style.COLOURS["grid"], linewidth=0,
            )  # fmt: skip


def _assessments(axis: Axes, day: float) -> None:
    for at in (0.0, day - 1.0):
        axis.axvline(at, color=style.COLOURS["printed"], linewidth=1.2, linestyle=(0, (3, 2)), zorder=3)


def _head(first: Axes, last: Axes, days: float, assessment_day: float) -> None:
    """Write what the marks mean above the first row, and the week scale below the last."""
    words: dict[str, Any] = {
        "va": "bottom",
        "fontsize": style.either(9, 8),
        "transform": first.get_xaxis_transform(),
    }
    colour = style.COLOURS["printed"]
    gap, week, end = style.either((" ", "week ", " "), ("\n", "", "\n"))
    first.text(0.0, 1.02, f"marrow before{gap}cycle 1", color=colour, ha="left", **words)
    first.text(
        assessment_day - 1.0, 1.02, f"marrow on{gap}day {assessment_day:g}", color=colour,
        ha=style.either("center", "right"), **words,
    )  # fmt: skip
    first.text(days, 1.02, f"no{gap}treatment", color=style.COLOURS["muted"], ha="right", **words)
    last.set_xlim(-0.5, days)
    last.set_xticks(np.arange(0.0, days, 7.0) + 3.5, [f"{week}{i + 1}" for i in range(int(days // 7))])
    scale = style.either("", "Week. ")
    last.set_xlabel(
        f"{scale}Dose in µg/m² of body surface and day,{end}continuous infusion; the first six-week cycle"
    )


@style.also_narrow
def concentrations(curves: pd.DataFrame, steady: pd.DataFrame, target: float) -> Figure:
    """Draw concentration over a cycle per regimen (left), and per dose step with 95 % of patients (right).

    `curves` is `numbers.concentration_curves`, `steady` is `numbers.steady_states`, `target`
    the EC90 (pg/mL).
    """
    rows, columns, ratios = style.either((1, 2, {"width_ratios": [1.9, 1]}), (2, 1, {}))
    figure, (left, right) = style.new_figure(rows, columns, height=4.2 * rows**0.6, sharey=True, **ratios)
    _curves(left, curves)
    _steps(right, steady)
    for axis in (left, right):
        axis.axhline(target, color=style.COLOURS["printed"], linewidth=1.4, linestyle=(0, (5, 3)), zorder=1)
        axis.set_yscale("log")
        axis.set_yticks(_LEVELS, [formats.count(level) for level in _LEVELS])
        axis.set_yticks([], minor=True)
        axis.set_ylim(0.7 * float(steady["lower"].min()), 1.2 * float(steady["upper"].max()))
    left.text(
        float(curves["day"].max()) / 7.0, 0.95 * target, f"in-vitro EC90\n{target:g} pg/mL",
        ha="right", va="top", color=style.COLOURS["printed"], fontsize=9,
    )  # fmt: skip
    style.label_axes(left, "Week of the cycle", "Blinatumomab, pg/mL", "Typical patient, one cycle")
    style.label_axes(right, "Dose step, µg/m²/day\n(bar: 95% of patients)", "", "Steady state")
    return figure


def _curves(axis: Axes, curves: pd.DataFrame) -> None:
    """Draw a curve per regimen, the later ones thinner, so that all stay visible where they coincide."""
    drawn = zip(curves.groupby("regimen", sort=False), REGIMEN_COLOURS, (6.0, 3.5, 1.6), strict=False)
    highest_first_week = curves.loc[curves["day"] == 7.0, "concentration"].max()
    for (_, rows), colour, width in drawn:
        shown = rows.loc[rows["concentration"] > 0.0]
        axis.plot(shown["day"] / 7.0, shown["concentration"], color=colour, linewidth=width)
        # A label stands where its regimen differs from the others: in week 1, or in week 4.
        first = float(rows.loc[rows["day"] == 7.0, "concentration"].iloc[0]) >= highest_first_week
        week = 0.5 if first else 3.3
        level = float(np.interp(7.0 * week, rows["day"], rows["concentration"]))
        axis.text(
            week, 1.08 * level, _cohorts(rows["cohorts"].iloc[0]), color=colour, ha="center", fontsize=9
        )
    weeks = int(np.ceil(float(curves["day"].max()) / 7.0))
    axis.set_xticks(range(weeks + 1))
    axis.set_xlim(0.0, weeks)


def _cohorts(names: str) -> str:
    return f"cohorts {names.replace(', ', ' and ')}" if "," in names else f"cohort {names}"


def _steps(axis: Axes, steady: pd.DataFrame) -> None:
    at = np.arange(len(steady))
    error = np.vstack([steady["typical"] - steady["lower"], steady["upper"] - steady["typical"]])
    axis.errorbar(at, steady["typical"], yerr=error, fmt="o", color=style.COLOURS["curve"], capsize=4)
    for x, typical in zip(at, steady["typical"], strict=True):
        axis.annotate(
            formats.count(typical), (x, typical), xytext=(7, 0), textcoords="offset points", va="center"
        )
    axis.set_xticks(at, [f"{dose:g}" for dose in steady["dose"]])
    axis.set_xlim(-0.5, len(steady) - 0.2)
