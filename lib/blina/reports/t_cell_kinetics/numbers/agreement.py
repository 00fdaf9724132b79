"""Does the simulation meet the published summaries: printed value, simulated value, and sampling error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from blina import facts
from blina.reports.t_cell_kinetics.numbers.calibration import Calibration
from blina.reports.t_cell_kinetics.numbers.simulation import DAYS, SimulatedCounts, simulate

Floats = npt.NDArray[np.float64]

PATIENTS = 20000
"""Simulated patients, so many that the simulation's own chance does not matter."""
SISTER_PATIENTS = 19
"""Patients behind the published medians; this many are drawn to say how far a median can fall by chance."""
RESAMPLES = 2000


def agreement(calibration: Calibration, seed: int) -> pd.DataFrame:
    """Compare the simulation without contrast with the published medians of the sister trial.

    Columns: quantity, use (taken over, or fitted), printed, simulated, lower, upper, agrees. `lower` and
    `upper` hold 95 % of the medians of `SISTER_PATIENTS` simulated patients.
    """
    rng = np.random.default_rng(seed)
    counts = simulate(np.zeros(PATIENTS, dtype=bool), calibration, expansion_ratio=1.0, rng=rng)
    printed = facts.kinetics().set_index("id")["value"]
    rows = []
    for key, (name, use, values) in _quantities(counts).items():
        sample = rng.choice(values, size=(RESAMPLES, SISTER_PATIENTS))
        lower, upper = np.quantile(np.median(sample, axis=1), [0.025, 0.975])
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
        "CD8+ T cells, peak of days 7 to 28, fold",
        "fitted by the spread between visits",
        fold[:, during].max(axis=1),
    )
    return found
