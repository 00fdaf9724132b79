"""The study's design in words: the answer, tables for reading, alt texts and captions."""

from __future__ import annotations

import pandas as pd

from blina import formats
from blina.facts import criteria as read_criteria

CAPTIONS = {
    "dosing_schedule": "One cycle of each cohort. Marrow is assessed before cycle 1 and on the marked day of "
    "every cycle.",
    "concentration": "Calculated, not measured: "
    "one compartment, clearance and volume of the population model.",
    "steady_state_by_source": "Three published clearances (L/h) "
    "and the steady state (pg/mL) that follows from each",
    "setting": "Setting, as the news page words it",
    "exclusion": "Patients were excluded with",
    "complete_remission": "Complete remission (CR): all five. "
    "The criteria of CRh are not in the sources that were available.",
    "mrd_and_end_points": "MRD response, primary end point, and further treatment",
}


def answer(totals: pd.DataFrame, steady: pd.DataFrame, target: float) -> str:
    """Return the answer to the report's question, in Markdown; tables as in `numbers`."""
    doses = ", ".join(
        f"{per_m2:g} (cohort {cohort})"
        for cohort, per_m2 in zip(totals["cohort"], totals["per_m2"], strict=True)
    )
    reached = steady.loc[steady["multiple"] >= 1.0, "dose"]
    first = f"from {reached.min():g} µg/m²/day on" if len(reached) else "at none of the doses"
    shares = "; ".join(
        f"{formats.share(share)} of patients at {dose:g} µg/m²/day"
        for dose, share in zip(steady["dose"], steady["share_above"], strict=True)
    )
    return (
        f"One cycle gives {doses} µg per m² of body surface. A typical patient's steady-state concentration "
        f"lies above the in-vitro EC90 of {target:g} pg/mL **{first}**. Clearance differs widely between "
        f"patients: by the population model, above the target are {shares}."
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
            "Per m² and cycle, µg": totals["per_m2"].astype(int),
            "Per cycle in all, µg": totals["in_all"].round().astype(int),
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
    return f"Dose of one cycle, per m² and for a body surface of {body_surface_area:g} m²"


def steady_caption(body_surface_area: float) -> str:
    """Return the caption of the steady states."""
    return f"Steady state per dose step, body surface {body_surface_area:g} m²"


def by_source_table(by_source: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.steady_states_by_source` for reading."""
    return by_source.rename(columns=str.capitalize).round(2)


def schedule_alt(totals: pd.DataFrame) -> str:
    """Return what the schedule shows, in words."""
    doses = ", ".join(
        f"cohort {cohort} up to {dose:g}, {per_m2:g} µg/m² in a cycle"
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
