"""T- and B-cell counts in words: sentences, tables for reading, alt texts, captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from blina import facts as published
from blina import formats
from blina.endpoint.bands import LEVEL
from blina.reports.t_cell_kinetics.numbers.simulation import CYCLE_DAYS, DETECTION_LIMIT, SISTER_PATIENTS
from blina.reports.t_cell_kinetics.numbers.summaries import LONG, SHORT, Contrast
from nbreports.html.markup import typeset

CAPTIONS = {
    "here": "On the 36 patients: words only",
    "elsewhere": "In other trials: medians with quartiles in parentheses, unless said otherwise",
    "sources": "The sources in full",
    "counts": "Thin lines: patients. Thick lines and bands: medians and quartiles of the patients still "
    "alive.",
    "summary": "Median counts per µL (quartiles) by group on some days; B cells only until below detection",
    "expansion": "Area under the fold over the pre-treatment count, divided by the days covered; medians as "
    "bars.",
    "by_group": "Fold over baseline during the infusion, median (range)",
    "power": "t test: log scale, closed form. Wilcoxon: simulated trials of the average fold in cycle 1.",
    "power_at": "Power (%) at some ratios",
    "agreement": "Published medians against the simulation without a contrast: what is taken over agrees by "
    "construction",
}
THIS_COHORT = "this cohort"
DAILY_DOSE, SISTER = 28.0, "MT103-211"
"""Dose in µg a day, and trial, of the steady state that was observed."""
_CELLS = {"TCELL": "T cells", "CD8": "CD8+ T cells", "BCELL": "B cells"}


def published_table(*, this_cohort: bool) -> pd.DataFrame:
    """Return what is printed on T and B cells: on these 36 patients, or by sister studies.

    The counts of patients by hour and day, which only the simulation needs, are left to the data file.
    """
    facts = published.kinetics()
    facts = facts.loc[~facts["id"].str.contains("_on_day_|_floor_hour_")]
    cells = facts["marker"].isin(["TCELL", "CD8", "BCELL"]) & ~facts["statistic"].eq("model value")
    rows = facts.loc[cells & (facts["patients"].eq(THIS_COHORT) == this_cohort)]
    return formats.table(
        rows,
        {
            "Study": "study",
            "Cells": lambda row: _CELLS[row["marker"]],
            "Quantity": lambda row: typeset(row["quantity"]) + _on_day(row["day"]),
            "Value": _value,
            "Basis": "basis",
            "Source": lambda row: published.credit(row["source"]),
        },
    )


def _on_day(day: float) -> str:
    return "" if np.isnan(day) else f", day {day:g}"


def _value(row: dict[Any, Any]) -> str:
    span = formats.spread(row["printed_lower"], row["printed_upper"])
    plain = row["unit"] == "patients" or row["statistic"] == "words"
    unit = "" if plain else row["unit"].replace("per uL", "/µL")
    unit = "days" if unit == "day" and row["printed"] != "1" else unit
    text = f"{row['printed']} ({span})" if row["printed"] and span else row["printed"] or span
    bound = {"upper bound": "< ", "upper bound, included": "≤ ", "mean, lower bound": "mean > "}.get(
        row["statistic"], ""
    )
    return f"{bound}{text} {unit}".strip()


def agreement_table(agreement: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.agreement` for reading, three significant digits."""
    return formats.table(
        agreement,
        {
            "Median of": "quantity",
            "Published": lambda row: f"{row['printed']:g}",
            "Simulated": lambda row: formats.statistic(row["simulated"]),
            f"{formats.share(LEVEL)} of medians of {SISTER_PATIENTS} patients": lambda row: formats.between(
                row["lower"], row["upper"], "cells/µL"
            ),
            "Use": "use",
        },
    )


def summary_table(summary: pd.DataFrame) -> pd.DataFrame | None:
    """Return `group_summary` for reading: a row per cells and day, median (quartiles) of each group.

    None where nobody is in either group.

    Days 2 to 6 of a cycle and hours are left out, and B cells once they are below detection.
    """
    if summary.empty:
        return None
    within = summary["day"] % CYCLE_DAYS
    below = summary["PARAMCD"].eq("BCELL") & (summary["upper"] < DETECTION_LIMIT) & (summary["day"] > 1.0)
    kept = summary.loc[(within.isin([0.0, 1.0]) | (within >= 7.0)) & ~below]
    shown = formats.table(
        kept.sort_values(["PARAMCD", "day"], ascending=[False, True], kind="stable"),
        {
            "Cells": lambda row: _CELLS[row["PARAMCD"]],
            "Day": lambda row: f"{row['day']:g}",
            "group": "group",
            "shown": _counted,
        },
    )
    wide = shown.pivot_table(
        index=["Cells", "Day"], columns="group", values="shown", aggfunc="first", sort=False
    )
    return pd.DataFrame(wide.fillna(formats.NOTHING).reset_index()).rename_axis(columns=None)


def _counted(row: Mapping[str, Any]) -> str:
    """Return a median with its quartiles; below detection nothing was counted."""
    if row["upper"] < DETECTION_LIMIT:
        return f"<{DETECTION_LIMIT:g}"
    return formats.limits(row["median"], row["lower"], row["upper"], "cells/µL")


def expansion_summary(expansion: pd.DataFrame) -> pd.DataFrame | None:
    """Return `expansion_table` for reading: per cycle and group the patients, average and largest fold.

    None where no patient has counts enough.
    """
    if expansion.empty:
        return None
    rows = [
        {
            "Cycle": str(cycle),
            "Group": group,
            "Patients": len(rows),
            "Average fold": _median_range(rows["auc_fold"]),
            "Largest fold": _median_range(rows["peak_fold"]),
        }
        for (cycle, group), rows in expansion.groupby(["cycle", "group"], sort=True)
    ]
    return pd.DataFrame(rows)


def _median_range(values: pd.Series[float]) -> str:
    return formats.limits(values.median(), values.min(), values.max(), "ratio")


def power_at(power: pd.DataFrame, every: int = 8) -> pd.DataFrame:
    """Return the power table for reading: every eighth ratio of the grid, a column per test, in %."""
    ratios = np.sort(power["ratio"].unique())[::every]
    chosen = power.loc[power["ratio"].isin(ratios)]
    wide = (100 * chosen.pivot_table(index="ratio", columns="test", values="power", sort=False)).round()
    wide.insert(0, "True ratio", [formats.ratio(ratio) for ratio in wide.index])
    return wide.astype(dict.fromkeys(wide.columns[1:], int)).reset_index(drop=True).rename_axis(columns=None)


def key_numbers(
    kind: str, contrasts: list[Contrast], at_80: pd.Series, sizes: tuple[int, int]
) -> list[tuple[str, str]]:
    """Return what the contrast would have to be, to be set large, and that of one's own counts before it.

    A simulated contrast is no answer: it is what was put in.
    """
    reached = np.isfinite(at_80).all()
    span = (
        f"{formats.between(at_80.min(), at_80.max(), 'ratio')}-fold" if reached else "beyond the range tried"
    )
    power = (span, f"contrast that {sizes[0]} against {sizes[1]} patients would show with 80% power")
    first = contrasts[0]
    if kind != "yours" or np.isnan(first.p):
        return [power]
    what = f"ratio of the median folds in cycle {first.cycle}, Wilcoxon {formats.p_equals(first.p)}"
    return [(formats.ratio(first.ratio), what), power]


def answer(kind: str, contrasts: list[Contrast]) -> str:
    """Return the answer to the report's question in a sentence or two, in Markdown."""
    if kind == "yours":
        only = "Cycle 1 has counts in one group only. " if np.isnan(contrasts[0].p) else ""
        return f"{only}A contrast smaller than the one with 80% power is often seen too, and says less."
    return (
        "The sources print that T cells of long-term survivors expanded more, **and no number**. How large "
        "the contrast was cannot be said; only how large it would have to be for so few patients to show it."
    )


def left_out(unknown: int, sizes: tuple[int, int]) -> str:
    """Return how many patients are in neither group of the pictures, and why; "" for none."""
    if not unknown:
        return ""
    return (
        f"**{formats.of(unknown, unknown + sum(sizes))}** patients are in neither group and not drawn: they "
        "were last seen alive before 30 months, or have no overall survival, so that it is unknown whether "
        "they lived so long."
    )


def contradiction() -> str:
    """Return the label's words on expansion beside the paper's, and the steady state seen beside computed."""
    facts = published.kinetics().set_index("id")
    label, paper = facts.loc["label_t_expansion"], facts.loc["zugmaier_expansion"]
    seen, cleared = facts.loc["css_observed"], facts.loc["poppk_clearance"]
    # 28 µg a day, as in that trial: µg/h over L/h is µg/L, a thousand pg/mL.
    computed = 1000 * DAILY_DOSE / 24 / float(cleared["value"])
    return (
        f"The {label['study']} (on {label['patients']}) says expansion above baseline was seen "
        f"**{label['printed']}**; the paper, on these patients, that it was **{paper['printed']}** in "
        "long-term survivors. The two can both hold: few may expand, and those may be the survivors. Neither "
        f"prints how many. The drug's steady state at {DAILY_DOSE:g} µg/day was "
        f"{seen['printed']} ± {seen['printed_upper']} pg/mL as observed in {SISTER} (mean, SD) and is "
        f"{formats.count(computed)} as calculated from the typical clearance."
    )


def _not_measured(kind: str) -> str:
    """Return what a picture of simulated counts says across its panels."""
    return "SIMULATED, not measured. " if kind == "simulated" else ""


def counts_alt(summary: pd.DataFrame, sizes: tuple[int, int], kind: str = "yours") -> str:
    """Return what the counts show, in words: medians of T cells at baseline, lowest and highest."""
    spans = []
    for group, size in zip((LONG, SHORT), sizes, strict=True):
        medians = summary.loc[(summary["PARAMCD"] == "TCELL") & (summary["group"] == group), "median"]
        if len(medians):
            spans.append(
                f"{group} (n = {size}): median from {formats.count(medians.iloc[0])} down to "
                f"{formats.count(medians.min())} and up to {formats.count(medians.max())} T cells/µL"
            )
    return (
        f"{_not_measured(kind)}Counts over two cycles on a log scale, a thin line per patient, medians and "
        "quartiles by group. "
        f"T cells fall within a day, return within a week and exceed baseline; {'; '.join(spans)}. "
        "B cells, where drawn, stand below."
    )


def expansion_alt(contrasts: list[Contrast], kind: str = "yours") -> str:
    """Return what the expansion picture shows, in words."""
    cycles = "; ".join(
        f"cycle {found.cycle}: median {formats.ratio(found.median_long)} ({LONG}) and "
        f"{formats.ratio(found.median_short)} ({SHORT})"
        for found in contrasts
    )
    return (
        f"{_not_measured(kind)}A dot per patient, average fold of T cells over baseline during the infusion, "
        f"log scale; {cycles}."
    )


def power_alt(at_80: pd.Series) -> str:
    """Return what the power curves show, in words."""
    reached = "; ".join(
        f"{test} at a ratio of {formats.ratio(ratio)}"
        if np.isfinite(ratio)
        else f"{test} nowhere in the range"
        for test, ratio in at_80.items()
    )
    return f"Power over the true ratio of expansion, from 5% without a contrast; 80% reached: {reached}."
