"""The simulated ADLB table: counts in cells/µL; days count from the start of treatment (day 0 is ADY 1)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from blina.reports.t_cell_kinetics.numbers.calibration import Calibration, read_calibration
from blina.reports.t_cell_kinetics.numbers.simulation import CYCLE_DAYS, DAYS, PARAMETERS, simulate
from blina_base.errors import InputError

EXPANSION_RATIO = 2.0
"""Ratio of expansion that the checked-in table is drawn with; nothing is printed, see `simulate_adlb`."""
SEED = 1
"""Seed of the checked-in table: the first whose ratio of medians lies within a fifth of the true one in both
cycles, so that the picture at the report's defaults shows what the ratio means and not a lucky draw."""


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
