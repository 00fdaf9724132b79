"""The study's design in words: the answer, tables for reading, alt texts and captions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from blina import formats
from blina.facts import comparators, credit
from blina.facts import criteria as read_criteria
from blina.reports.study_design.numbers import BESIDE, Exposure
from nbreports.html.markup import typeset

CAPTIONS = {
    "dosing_schedule": "The first cycle of each cohort. Marrow is assessed before it and on the marked "
    "day of every cycle.",
    "concentration": "Calculated, not measured: "
    "one compartment, clearance and volume of the population model.",
    "steady_state_by_source": "Three published clearances (L/h) "
    "and the steady state (pg/mL) that follows from each",
    "setting": "Setting, as the news page words it",
    "exclusion": "Patients were excluded with",
    "complete_remission": "Complete remission (CR): all five. "
    "The criteria of CRh are not in the sources that were available.",
    "mrd_and_end_points": "MRD response, primary end point, and further treatment",
    "patients": "Who was treated and for how long, as a review prints it, beside two later trials",
    "pooled_events": "Adverse events during treatment, pooled: these 36 and the 189 of MT103-211 together",
    "earlier_events": "Adverse events as interim reports of this trial print them (superseded)",
}


def key_numbers(found: Exposure, steady: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the median dose, and who reaches the target at the lowest dose that does, to be set large."""
    dose = f"{formats.count(found.dose)} µg/m²"
    pairs = [(dose, f"median cumulative dose, in a median of {formats.count(found.days)} days of treatment")]
    reached = steady.loc[steady["multiple"] >= 1.0]
    for row in reached.nsmallest(1, "dose").to_dict("records"):
        share = formats.share(row["share_above"])
        pairs.append(
            (share, f"of patients of a published model above the in-vitro EC90 at {row['dose']:g} µg/m²/day")
        )
    return pairs


def answer(steady: pd.DataFrame, target: float) -> str:
    """Return the answer to the report's question, in Markdown; `steady` is `numbers.steady_states`."""
    reached = steady.loc[steady["multiple"] >= 1.0, "dose"]
    first = f"from {reached.min():g} µg/m²/day on" if len(reached) else "at none of the doses"
    return (
        "The median exposure is about two cycles. A typical patient's calculated concentration exceeds that "
        f"which is 90% effective in the laboratory ({target:g} pg/mL) **{first}**."
    )


def exposure(found: Exposure, step_dose: str = "first_cycle") -> str:
    """Return the median exposure beside two whole cycles, the step as the assumption `step_dose` says."""
    readings = {
        "first_cycle": (found.first, "in the first cycle only", found.every, "in both"),
        "every_cycle": (found.every, "in both cycles", found.first, "in the first only"),
    }
    chosen, where, other, elsewhere = readings[step_dose]
    return (
        f"Half of the patients were treated for {formats.count(found.days)} days or less and received "
        f"{formats.count(found.dose)} µg/m² or less. Two cycles of cohort 3 are "
        f"{formats.count(found.two_days)} days and {formats.count(chosen)} µg/m² if the step of week "
        f"one is taken {where}, {formats.count(other)} if {elsewhere}: which was meant is "
        "not printed. Response by earlier treatment was not printed either, so what the lighter "
        "pretreatment here did to the response rate is not known."
    )


def patients_table(patients: pd.DataFrame, sizes: dict[str, str]) -> pd.DataFrame:
    """Return `numbers.patients` for reading; `sizes` heads the columns printed, mt103_211 and tower."""
    return formats.table(
        patients,
        {
            "Characteristic": "characteristic",
            sizes["printed"]: lambda row: _printed(row, row["printed"], row["lower"], row["upper"]),
            sizes["mt103_211"]: lambda row: _printed(row, row["mt103_211"]),
            sizes["tower"]: lambda row: _printed(row, row["tower"]),
        },
    )


def patients_heads(n: int) -> dict[str, str]:
    """Return what the columns of the table of patients are called, with the size of each trial."""
    rows = comparators().set_index("id")
    sizes = {trial: float(rows["n"][f"{trial}_age"]) for trial in BESIDE}
    return {"printed": f"These {n}"} | {
        t: f"{BESIDE[t]} (n = {formats.count(size)})" for t, size in sizes.items()
    }


def _printed(row: Mapping[Any, Any], text: str, lower: str = "", upper: str = "") -> str:
    """Return a printed value with unit and, where one is printed, its range."""
    if not text:
        return formats.NOTHING
    unit = "" if row["unit"] == "patients" else typeset(row["unit"])
    whole = f"{text}%" if unit == "%" else f"{text} {unit}".strip()
    return f"{whole} ({formats.spread(lower, upper)})" if lower else whole


def adverse_events(pooled: pd.DataFrame, n: int) -> str:
    """Return whose the adverse events are, and what of them is certain of these `n` patients."""
    every = pooled.iloc[0]
    without = every["n"] - every["patients"]
    return (
        "**No table of the adverse events of these patients alone was at hand.** The pooled numbers are "
        f"context: {formats.of(every['patients'], every['n'])} patients of two trials had an adverse event, "
        f"so of these {n} at least {formats.count(n - without)} had one. Nothing is subtracted, since the "
        "other trial's own table counts by another definition."
    )


def pooled_table(pooled: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.pooled_events` for reading."""
    return formats.table(
        pooled,
        {
            "Adverse events": "kind",
            f"Of {formats.counted(pooled['n'].iloc[0], 'patient')}": lambda row: _of(row, "patients"),
            "Treatment-related": lambda row: _of(row, "related"),
        },
    )


def _of(row: Mapping[Any, Any], name: str) -> str:
    return f"{formats.count(row[name])} ({formats.share(row[name] / row['n'])})"


def earlier_table(earlier: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.earlier_events` for reading."""
    return formats.table(
        earlier,
        {
            "Report": "study",
            "Patients": lambda row: formats.count(row["n"]),
            "Adverse events": "statistic",
            "Printed": lambda row: f"{row['printed']}{'%' if row['unit'] == '%' else ''}",
            "Source": lambda row: credit(row["source"]),
        },
    )


def criteria_table(*topics: str, head: str = "Requirement") -> pd.DataFrame:
    """Return Item and Requirement (or `head`) of some topics, as the source words them."""
    criteria = read_criteria()
    rows = criteria.loc[criteria["topic"].isin(topics)]
    words = rows[["relation", "printed", "unit"]].apply(
        lambda row: " ".join(part for part in row if part not in ("", "is", "source slip")), axis=1
    )
    words = words.str.replace(" %", "%")
    return pd.DataFrame({"Item": rows["item"], head: words}).reset_index(drop=True)


def totals_table(totals: pd.DataFrame, patients: dict[str, int]) -> pd.DataFrame:
    """Return `dose_totals` for reading: a row per cohort, doses in µg, with the printed cohort sizes."""
    return pd.DataFrame(
        {
            "Cohort": totals["cohort"],
            "Patients": totals["cohort"].map(patients),
            "Weeks of infusion": totals["infusion_weeks"],
            "Highest dose, µg/m²/day": totals["highest_dose"].astype(int),
            "First cycle per m², µg": totals["per_m2"].astype(int),
            "First cycle in all, µg": totals["in_all"].round().astype(int),
        }
    )


def steady_table(steady: pd.DataFrame) -> pd.DataFrame:
    """Return `steady_states` for reading: a row per dose step, concentrations in pg/mL."""
    return pd.DataFrame(
        {
            "Dose, µg/m²/day": steady["dose"].map("{:g}".format),
            "Typical": steady["typical"].round().astype(int),
            "95% of patients": [
                formats.spread(formats.count(low), formats.count(high))
                for low, high in steady[["lower", "upper"]].to_numpy()
            ],
            "Multiple of the EC90": steady["multiple"].map(formats.ratio),
            "Patients above the EC90": steady["share_above"].map(formats.share),
        }
    )


def totals_caption(body_surface_area: float) -> str:
    """Return the caption of the dose totals."""
    return f"Dose of the first cycle, per m² and for a body surface of {body_surface_area:g} m²"


def steady_caption(body_surface_area: float) -> str:
    """Return the caption of the steady states."""
    return f"Steady state per dose step, body surface {body_surface_area:g} m²"


def by_source_table(by_source: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.steady_states_by_source` for reading."""
    return by_source.rename(columns=str.capitalize).round(2)


def schedule_alt(totals: pd.DataFrame) -> str:
    """Return what the schedule shows, in words."""
    doses = ", ".join(
        f"cohort {cohort} up to {dose:g}, {per_m2:g} µg/m² in the first cycle"
        for cohort, dose, per_m2 in totals[["cohort", "highest_dose", "per_m2"]].itertuples(index=False)
    )
    return (
        "Four rows of bars over the six weeks of a cycle: doses in µg/m²/day rise in weekly steps during the "
        f"infusion, then two weeks are free ({doses}). Lines mark the marrow assessments."
    )


def concentrations_alt(steady: pd.DataFrame, target: float) -> str:
    """Return what the concentrations show, in words."""
    levels = ", ".join(
        f"{formats.count(typical)} at {dose:g}"
        for dose, typical in zip(steady["dose"], steady["typical"], strict=True)
    )
    return (
        "Left: concentration over a cycle for the three regimens, level within hours of each step. "
        f"Right: steady state in pg/mL per dose in µg/m²/day ({levels}) with the span of 95% of patients, "
        f"against a line at the in-vitro EC90 of {target:g} pg/mL."
    )
