"""The study's design: step dosing over a cycle, dose totals, and the concentrations that the doses lead to.

Doses are µg per m² of body surface and day, concentrations pg/mL. The pharmacokinetics are those of a
one-compartment model with constant infusion: at steady state, concentration = infusion rate / clearance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from blina import facts as published
from blina.facts import dosing as dosing
from blina_base.errors import InputError
from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims import Claim, select

if TYPE_CHECKING:
    from blina.page import TrialPage

Floats = npt.NDArray[np.float64]

PG_PER_ML = 1000.0
"""pg/mL in one µg/L."""
BETWEEN = float(stats.norm.ppf(0.975))
"""Normal deviates between which 95 % of the patients lie."""


@dataclass(frozen=True)
class Pharmacokinetics:
    """A typical patient's clearance (L/h), volume (L) and body surface (m²); `spread` is between patients.

    `spread` is the log SD of clearance.
    """

    clearance: float
    volume: float
    spread: float
    surface: float

    def steady_state(self, dose: npt.ArrayLike) -> Floats:
        """Return the typical concentration (pg/mL) that a constant infusion of `dose` µg/m²/day ends in."""
        per_hour = np.asarray(dose, dtype=float) * self.surface / 24.0
        return np.asarray(PG_PER_ML * per_hour / self.clearance)


def pharmacokinetics(body_surface_area: float) -> Pharmacokinetics:
    """Return the population model of 2019 for a body surface (m²), on which clearance depends by a power.

    The printed coefficient of variation of clearance is turned into the log SD of a log-normal distribution.
    """
    if not body_surface_area > 0.0:
        raise InputError(f"body_surface_area: {body_surface_area!r} found; expected m² above 0")
    value = published.kinetics().set_index("id")["value"]
    relative = body_surface_area / value["poppk_reference_bsa"]
    variation = value["poppk_clearance_cv"] / 100.0
    return Pharmacokinetics(
        clearance=float(value["poppk_clearance"] * relative ** value["poppk_bsa_exponent"]),
        volume=float(value["poppk_volume"]),
        spread=float(np.sqrt(np.log1p(variation**2))),
        surface=body_surface_area,
    )


def target_concentration() -> float:
    """Return the in-vitro EC90 for leukemia cell lines, pg/mL."""
    return float(published.kinetics().set_index("id")["value"]["pk_target"])


def regimens(dosing: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the distinct regimens, named by weekly doses ('5-15-30-30'), with the cohorts on each."""
    found: dict[str, tuple[str, ...]] = {}
    for cohort, weeks in dosing.groupby("cohort", sort=False):
        name = "-".join(f"{dose:g}" for dose in weeks["dose"] if dose > 0.0)
        found[name] = (*found.get(name, ()), str(cohort))
    return found


def dose_totals(dosing: pd.DataFrame, body_surface_area: float) -> pd.DataFrame:
    """Return per cohort: infusion_weeks, highest dose, and the dose of one cycle per m² and in all (µg)."""
    days = dosing["last_day"] - dosing["first_day"] + 1.0
    table = dosing.assign(total=dosing["dose"] * days, infused=dosing["dose"] > 0.0)
    grouped = table.groupby("cohort", sort=False)
    totals = pd.DataFrame(
        {
            "infusion_weeks": grouped["infused"].sum().astype(int),
            "highest_dose": grouped["dose"].max(),
            "per_m2": grouped["total"].sum(),
        }
    )
    return totals.assign(in_all=totals["per_m2"] * body_surface_area).reset_index()


def dose_steps(dosing: pd.DataFrame) -> list[float]:
    """Return the doses that occur, ascending, without the free weeks."""
    return sorted({float(dose) for dose in dosing["dose"] if dose > 0.0})


def steady_states(dosing: pd.DataFrame, model: Pharmacokinetics, target: float) -> pd.DataFrame:
    """Return per dose step: dose, typical, lower, upper (95 % of patients), multiple of target, share_above.

    The share is of patients whose steady state lies above `target`; clearance is taken as log-normal.
    """
    dose = np.array(dose_steps(dosing))
    typical = model.steady_state(dose)
    width = np.exp(BETWEEN * model.spread)
    return pd.DataFrame(
        {
            "dose": dose,
            "typical": typical,
            "lower": typical / width,
            "upper": typical * width,
            "multiple": typical / target,
            "share_above": stats.norm.cdf(np.log(typical / target) / model.spread),
        }
    )


def clearances(body_surface_area: float) -> pd.DataFrame:
    """Return study and clearance (L/h, for the body surface in m²) of each published clearance."""
    rows = published.kinetics().set_index("id")
    found = {
        "poppk_clearance": pharmacokinetics(body_surface_area).clearance,
        "pk_clearance": float(rows["value"]["pk_clearance"]),
        # Printed in mL per m² and day.
        "qsp_clearance": float(rows["value"]["qsp_clearance"]) * body_surface_area / 24.0 / 1000.0,
    }
    studies = [str(rows["study"][fact]) for fact in found]
    return pd.DataFrame({"study": studies, "clearance": list(found.values())})


def steady_states_by_source(dosing: pd.DataFrame, body_surface_area: float) -> pd.DataFrame:
    """Return study, clearance (L/h) and a column per dose step with the steady state (pg/mL) that follows."""
    sources = clearances(body_surface_area)
    columns = {
        f"{dose:g} µg/m²/day": PG_PER_ML * dose * body_surface_area / 24.0 / sources["clearance"]
        for dose in dose_steps(dosing)
    }
    return sources.assign(**columns)


def concentration(dosing: pd.DataFrame, cohort: str, model: Pharmacokinetics, days: npt.ArrayLike) -> Floats:
    """Return the typical concentration (pg/mL) at times in days since the start of the cycle's infusion.

    Closed form of the one-compartment model, by superposition: each change of the infusion rate adds
    (change / clearance)·(1 − exp(−k·(time since the change))), k = clearance / volume.
    """
    weeks = dosing.loc[dosing["cohort"] == cohort].sort_values("week")
    changes = np.diff(np.concatenate([[0.0], weeks["dose"].to_numpy(dtype=float)]))
    starts = weeks["first_day"].to_numpy(dtype=float) - 1.0
    since = np.maximum(np.asarray(days, dtype=float)[..., None] - starts, 0.0)
    rate = 24.0 * model.clearance / model.volume
    reached = 1.0 - np.exp(-rate * since)
    return np.asarray(np.sum(model.steady_state(changes) * reached, axis=-1))


def concentration_curves(dosing: pd.DataFrame, model: Pharmacokinetics) -> pd.DataFrame:
    """Return regimen, cohorts, day, concentration over one cycle, every 3 hours, finer after a change."""
    last = float(dosing["last_day"].max())
    steps = np.unique(dosing["first_day"] - 1.0)
    after = (steps[:, None] + np.geomspace(0.01, 1.0, 24)).ravel()
    days = np.unique(np.concatenate([np.arange(0.0, last + 0.125, 0.125), after]))
    days = days[days <= last]
    frames = [
        pd.DataFrame(
            {
                "regimen": name,
                "cohorts": ", ".join(cohorts),
                "day": days,
                "concentration": concentration(dosing, cohorts[0], model, days),
            }
        )
        for name, cohorts in regimens(dosing).items()
    ]
    return pd.concat(frames, ignore_index=True)


CHARACTERISTICS = {
    "age": ("Age, median", ("age_median",)),
    "prior_transplant": ("Earlier transplantation", ("prior_transplant_percent",)),
    "salvage_2": ("Two or more salvage therapies", ("salvage_2_percent",)),
    "ph_positive": ("Philadelphia chromosome", ("ph_positive_percent",)),
    "blasts": ("Blasts in the marrow, median", ("blasts_median",)),
    "exposure": ("Exposure, median (range)", ("exposure_median", "exposure_min", "exposure_max")),
    "cumulative_dose": ("Cumulative dose, median", ("cumulative_dose_median",)),
    "five_cycles": ("Completed five cycles", ("five_cycles_count",)),
}
"""What is printed on who the patients were and how long they were treated: name, claims on the 36."""
BESIDE = {"mt103_211": "MT103-211", "tower": "TOWER"}


def explored(page: TrialPage) -> tuple[pd.DataFrame, pd.DataFrame, float]:
    """Return concentrations, steady states and target for the body surface of a page."""
    schedule, target = dosing(), target_concentration()
    model = pharmacokinetics(float(page.parameters["body_surface_area"]))
    return concentration_curves(schedule, model), steady_states(schedule, model, target), target


def patients(claims: tuple[Claim, ...]) -> pd.DataFrame:
    """Return characteristic, unit, printed (with lower and upper), and the same of MT103-211 and of TOWER.

    All as printed; empty where a trial prints nothing. Whose numbers they are says the column.
    """
    ours = {claim.id: claim for claim in claims}
    others = published.comparators().set_index("id")["printed"]
    rows = []
    for key, (name, ids) in CHARACTERISTICS.items():
        texts = [ours[claim].printed for claim in ids] + ["", ""]
        row = {"characteristic": name, "unit": ours[ids[0]].unit}
        row |= dict(zip(("printed", "lower", "upper"), texts, strict=False))
        rows.append(row | {trial: others.get(f"{trial}_{key}", "") for trial in BESIDE})
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class Exposure:
    """The printed median exposure of the 36 beside two whole cycles: days, and µg per m² of body surface.

    `first` if the step of week one is taken in the first cycle only, `every` if in both: which of them was
    meant is not printed.
    """

    days: float
    dose: float
    two_days: float
    first: float
    every: float


def exposure(claims: tuple[Claim, ...], dosing: pd.DataFrame, cohort: str = "3") -> Exposure:
    """Return the median exposure beside two cycles of `cohort`.

    Without the step of week one all days of a cycle are at its highest dose.

    Example: by hand, cohort 3: 7 · 5 + 21 · 15 + 28 · 15 = 770, 2 · 350 = 700, 2 · 28 = 56 days.
    """
    printed = {claim.id: claim.value for claim in claims}
    weeks = dosing[(dosing["cohort"] == cohort) & (dosing["dose"] > 0)]
    days = weeks["last_day"] - weeks["first_day"] + 1
    one, level = float((weeks["dose"] * days).sum()), float((weeks["dose"].max() * days).sum())
    return Exposure(
        printed["exposure_median"],
        printed["cumulative_dose_median"],
        2 * float(days.sum()),
        one + level,
        2 * one,
    )


POOLED, EARLIER, RELATED = "pooled", "earlier", "treatment-related, "


def pooled_events() -> pd.DataFrame:
    """Return kind, patients, related (treatment-related) and n of adverse events, pooled with MT103-211."""
    rows = _adverse_events(POOLED)
    counted = rows[rows["unit"] == "patients"].set_index("statistic")
    related = counted.index.str.startswith(RELATED)
    both = counted.loc[related, "value"].rename(lambda name: name.removeprefix(RELATED))
    table = counted.loc[~related, ["value", "n"]].rename(columns={"value": "patients"})
    return table.assign(related=both).rename_axis("kind").reset_index()


def earlier_events() -> pd.DataFrame:
    """Return what interim reports of this trial print on adverse events, with study, n and source."""
    return _adverse_events(EARLIER)[["study", "n", "statistic", "printed", "unit", "source"]]


def _adverse_events(relation: str) -> pd.DataFrame:
    rows = published.comparators()
    chosen = rows["endpoint"].eq("ADVERSE EVENT") & rows["relation"].eq(relation)
    return rows[chosen].reset_index(drop=True)


def cohort_sizes(claims: tuple[Claim, ...]) -> dict[str, int]:
    """Return the printed number of patients of each cohort."""
    counts = select(claims, population="all", statistic="count")
    prefix = "cohort_"
    return {
        claim.category.removeprefix(prefix): int(claim.value)
        for claim in counts
        if claim.category.startswith(prefix)
    }


def assessment_day(claims: tuple[Claim, ...]) -> float:
    """Return the day of the cycle on which marrow was assessed."""
    return select(claims, statistic="day", category="marrow_assessment")[0].value


def results(dosing: pd.DataFrame, steady: pd.DataFrame, claims: tuple[Claim, ...]) -> pd.DataFrame:
    """Return the report's numbers as tidy rows; a dose stands beside the claim of its cohort and week."""
    rows: list[tuple[str, str, str, float, str, str]] = []
    for claim in select(claims, statistic="dose"):
        here = (dosing["cohort"] == claim.population.removeprefix("cohort_")) & (dosing["week"] == claim.at)
        dose = float(dosing.loc[here, "dose"].iloc[0])
        rows.append(("dosing", claim.population, f"dose in week {claim.at:g}", dose, claim.unit, claim.id))
    weeks = {
        "cycle": dosing["dose"] >= 0,
        "infusion": dosing["dose"] > 0,
        "treatment_free": dosing["dose"] == 0,
    }
    for claim in select(claims, statistic="weeks"):
        count = float(dosing.loc[weeks[claim.category], "week"].nunique())
        rows.append(("dosing", "all", f"weeks: {claim.category}", count, claim.unit, claim.id))
    for dose, typical in zip(steady["dose"], steady["typical"], strict=True):
        name = f"steady state at {dose:g} ug/m2/day"
        rows.append(("pharmacokinetics", "typical patient", name, float(typical), "pg/mL", ""))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
