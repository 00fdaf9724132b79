"""Simulated CD8+ T-cell and B-cell counts, built from what sister studies print.

No count and no fold value of the 36 patients was ever printed in reach of this collection. The simulation
takes medians and quartiles of another trial (`Calibration`) and adds three assumptions:

* the contrast between patients with OS ≥ 30 months and the others is a ratio of expansion, constant from
  day 7 of each cycle on, and centred so that the geometric mean over all patients stays the published one;
* cycle 2 repeats the course of cycle 1, relative to the baseline before cycle 1 (no source gives numbers);
* in the fifth of the patients with the lowest baselines the fold rises as the baseline falls, up to the
  factor that brings the mean fold to the published one while the median stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from blina import facts
from blina.endpoint.bands import band
from blina.reports.t_cell_kinetics.numbers.calibration import Calibration, below, read_calibration
from blina_base.errors import InputError

Floats = npt.NDArray[np.float64]

CYCLE_DAYS = 42
CYCLE_VISITS = (0.0, 0.25, 0.5, 1.0, 2.0, 7.0, 14.0, 21.0, 28.0, 35.0)
"""Days since the start of a cycle's infusion on which counts are drawn; the infusion ends on day 28."""
CYCLES = 2
DAYS = np.array([cycle * CYCLE_DAYS + day for cycle in range(CYCLES) for day in CYCLE_VISITS])
"""Days since the start of treatment, both cycles."""

LOW_BASELINE_SHARE = 0.2
"""Share of patients (lowest baselines) who carry the excess of the mean fold; the quartiles hardly move."""
VISIT_SPREAD = 0.25
"""Log standard deviation between the visits of one patient; the median peak of the sister trial fits it."""
DETECTION_LIMIT = 1.0
"""Cells/µL; a count below it is written as half of it."""
EXPANSION_RATIO = 2.0
"""Ratio of expansion that the checked-in table is drawn with; nothing is printed, see `simulate_adlb`."""
SEED = 0
"""Seed of the checked-in table: the first whose ratio of medians lies within a fifth of the true one in both
cycles, so that the picture at the report's defaults shows what the ratio means and not a lucky draw."""
AGREEMENT_PATIENTS = 20000
"""Simulated patients behind `agreement`, so many that the simulation's own chance does not matter."""
SISTER_PATIENTS = 19
"""Patients behind the published medians; this many are drawn to say how far a median can fall by chance."""
RESAMPLES = 2000
PARAMETERS = {"TCELL": "CD8+ T cells (cells/uL)", "BCELL": "B cells (cells/uL)"}


@dataclass(frozen=True)
class SimulatedCounts:
    """Simulated counts in cells/µL, patients × `DAYS` (any leading shape)."""

    t_cells: Floats
    b_cells: Floats


def simulate(
    long_term: npt.ArrayLike,
    calibration: Calibration,
    *,
    expansion_ratio: float,
    rng: np.random.Generator,
    repeats: int | None = None,
) -> SimulatedCounts:
    """Draw counts for patients of whom `long_term` says who survives 30 months; optionally `repeats` cohorts.

    The draws do not depend on `expansion_ratio`: two ratios with one generator state differ in nothing else.
    """
    flags = np.asarray(long_term, dtype=bool)
    shape = flags.shape if repeats is None else (repeats, *flags.shape)
    z = rng.standard_normal(shape)
    baseline = calibration.baseline.at(z)
    log_fold = _log_folds(calibration, z, shape, rng) + contrast_shift(flags, expansion_ratio)
    return SimulatedCounts(
        np.asarray(baseline[..., None] * np.exp(log_fold)), _b_cells(calibration, shape, rng)
    )


def _log_folds(
    calibration: Calibration, z: Floats, shape: tuple[int, ...], rng: np.random.Generator
) -> Floats:
    """Return the log fold over baseline without the contrast, patients × days."""
    person = rng.standard_normal(shape)
    low = below(z, LOW_BASELINE_SHARE)
    cycles = []
    for _ in range(CYCLES):
        early, late = _redistribution(calibration, shape, rng), _expansion(calibration, person, low, rng)
        cycles.append(np.concatenate([early, late], axis=-1))
    # Before cycle 2 stands the count of the treatment-free interval, not the baseline before cycle 1.
    cycles[1][..., 0] = cycles[0][..., -1] + VISIT_SPREAD * rng.standard_normal(shape)
    return np.concatenate(cycles, axis=-1)


def _redistribution(calibration: Calibration, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Return log folds of days 0 to 2: straight lines on the log scale to the nadir, to day 1, to day 2."""
    nadir = np.log(calibration.nadir.at(rng.standard_normal(shape)))
    day = rng.choice(calibration.nadir_days, p=calibration.nadir_shares, size=shape)
    at_day_1 = nadir + np.where(day < 1.0, calibration.rise(1.0), 0.0)
    at_day_2 = nadir + calibration.rise(2.0)
    visits = []
    for visit in (v for v in CYCLE_VISITS if v <= 2.0):
        falling = nadir * visit / day
        rising = nadir + (at_day_1 - nadir) * (visit - day) / np.maximum(1.0 - day, 1e-9)
        visits.append(np.where(visit <= day, falling, rising) if visit <= 1.0 else at_day_2)
    return np.stack(visits, axis=-1)


def _expansion(calibration: Calibration, person: Floats, low: Floats, rng: np.random.Generator) -> Floats:
    """Return log folds from day 7 on: published median, the patient's own level, a draw for each visit."""
    days = [v for v in CYCLE_VISITS if v >= 7.0]
    visits = rng.standard_normal((*person.shape, len(days)))
    between = np.sqrt(max(calibration.fold_spread**2 - VISIT_SPREAD**2, 0.0))
    spread = between * person[..., None] + VISIT_SPREAD * visits
    gain, shift = calibration.skew(LOW_BASELINE_SHARE)
    medians = np.log([calibration.folds[day] for day in days])
    return np.asarray(medians + spread + gain * low[..., None] - shift)


def contrast_shift(long_term: npt.NDArray[np.bool_], ratio: float) -> Floats:
    """Return the group's log shift, patients × days: all of it from day 7 of a cycle up to the next cycle."""
    centred = long_term.astype(float) - long_term.mean(axis=-1)
    expanding = (DAYS % CYCLE_DAYS >= 7.0) | ((DAYS % CYCLE_DAYS == 0.0) & (DAYS > 0.0))
    return np.asarray(np.log(ratio) * centred[..., None] * expanding)


def _b_cells(calibration: Calibration, shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Return B-cell counts: a straight log line to the floor, then below detection throughout."""
    start = calibration.b_baseline.at(rng.standard_normal(shape))
    floor_day = calibration.floor_day(rng.uniform(size=shape))
    fraction = np.minimum(DAYS / floor_day[..., None], 1.0)
    log_count = np.log(start)[..., None] + fraction * (np.log(DETECTION_LIMIT) - np.log(start)[..., None])
    counts = np.exp(log_count)
    return np.where((fraction >= 1.0) | (counts < DETECTION_LIMIT), DETECTION_LIMIT / 2.0, counts)


def simulate_adlb(
    adsl: pd.DataFrame,
    seed: int,
    *,
    adtte: pd.DataFrame | None = None,
    expansion_ratio: float = EXPANSION_RATIO,
    calibration: Calibration | None = None,
) -> pd.DataFrame:
    """Draw an ADLB table for the patients of `adsl` (USUBJID, LTSFL), the same for the same seed.

    `expansion_ratio` is how many times more the CD8+ T cells of patients with OS ≥ 30 months expand; at 2 the
    others' median stays near baseline ('minor or even absent expansion'). With `adtte`, counts after
    the end of a patient's OS time are left out; the day of the end itself is kept.
    """
    if not expansion_ratio > 0.0:
        raise InputError(f"expansion_ratio: {expansion_ratio!r} found; expected a number above 0")
    long_term = adsl["LTSFL"].to_numpy() == "Y"
    chosen = calibration or read_calibration()
    counts = simulate(long_term, chosen, expansion_ratio=expansion_ratio, rng=np.random.default_rng(seed))
    tables = [
        _long(adsl, code, values) for code, values in (("TCELL", counts.t_cells), ("BCELL", counts.b_cells))
    ]
    table = pd.concat(tables, ignore_index=True)
    return table if adtte is None else _while_alive(table, adtte)


def _long(adsl: pd.DataFrame, code: str, values: npt.NDArray[np.float64]) -> pd.DataFrame:
    patients, days = values.shape
    return pd.DataFrame(
        {
            "STUDYID": np.repeat(adsl["STUDYID"].to_numpy() if "STUDYID" in adsl else "", days),
            "USUBJID": np.repeat(adsl["USUBJID"].to_numpy(), days),
            "PARAMCD": code,
            "PARAM": PARAMETERS[code],
            "ADY": np.tile(np.floor(DAYS).astype(int) + 1, patients),
            "ARELTM": np.tile(DAYS, patients),
            "AVISIT": [visit_name(day) for day in DAYS] * patients,
            "AVAL": np.round(values.ravel(), 1),
            "AVALU": "cells/uL",
            "DTYPE": "SIMULATED",
        }
    )


def visit_name(day: float) -> str:
    """Return a visit's name, for instance 'Cycle 1 Day 1 Hour 6', from the days since start of treatment."""
    cycle, within = divmod(day, CYCLE_DAYS)
    hours = round((within % 1.0) * 24)
    name = f"Cycle {int(cycle) + 1} Day {int(within) + 1}"
    return f"{name} Hour {hours}" if hours else name


def _while_alive(table: pd.DataFrame, adtte: pd.DataFrame) -> pd.DataFrame:
    survival = adtte.loc[adtte["PARAMCD"] == "OS"].set_index("USUBJID")["AVAL"]
    last = table["USUBJID"].map(survival)
    return table.loc[~(table["ADY"] > last)].reset_index(drop=True)


def agreement(calibration: Calibration, seed: int) -> pd.DataFrame:
    """Compare the simulation without contrast with the published medians of the sister trial.

    Columns: quantity, use (taken over, or fitted), printed, simulated, lower, upper, agrees. `lower` and
    `upper` hold 95 % of the medians of `SISTER_PATIENTS` simulated patients.
    """
    rng = np.random.default_rng(seed)
    counts = simulate(np.zeros(AGREEMENT_PATIENTS, dtype=bool), calibration, expansion_ratio=1.0, rng=rng)
    printed = facts.kinetics().set_index("id")["value"]
    rows = []
    for key, (name, use, values) in _quantities(counts).items():
        sample = rng.choice(values, size=(RESAMPLES, SISTER_PATIENTS))
        lower, upper = band(np.median(sample, axis=1))
        rows.append((name, use, float(printed[key]), float(np.median(values)), float(lower), float(upper)))
    frame = pd.DataFrame(rows, columns=["quantity", "use", "printed", "simulated", "lower", "upper"])
    return frame.assign(agrees=frame["printed"].between(frame["lower"], frame["upper"]))


def _quantities(counts: SimulatedCounts) -> dict[str, tuple[str, str, Floats]]:
    """Return fact id → name, use, and the simulated values whose median it is compared with."""
    fold = counts.t_cells / counts.t_cells[:, :1]
    during = (DAYS >= 7.0) & (DAYS <= 28.0)
    found = {
        "cd8_baseline": ("CD8+ T cells/µL at baseline", "taken over", counts.t_cells[:, 0]),
        "cd8_nadir": ("CD8+ T cells, nadir, fold", "taken over", fold[:, DAYS <= 2.0].min(axis=1)),
        "b_baseline": ("B cells/µL at baseline", "taken over", counts.b_cells[:, 0]),
    }
    for day in (1, 2, 7, 14, 21, 28, 35):
        name = f"CD8+ T cells, day {day}, fold"
        found[f"cd8_day_{day}"] = (name, "taken over", fold[:, int(np.flatnonzero(day == DAYS)[0])])
    found["cd8_peak"] = (
        "CD8+ T cells, peak of days 7–28, fold",
        "fitted by the spread between visits",
        fold[:, during].max(axis=1),
    )
    return found
