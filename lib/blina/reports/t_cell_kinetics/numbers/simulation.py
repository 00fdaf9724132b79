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

from blina.reports.t_cell_kinetics.numbers.calibration import Calibration, below

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
