"""T- and B-cell counts over two cycles: the simulated ADLB table, and summaries of any ADLB table.

Counts are in cells/µL; days count from the start of treatment (day 0 is ADY 1); cycle 2 starts on day 42.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from blina.errors import InputError
from blina.kinetics_facts import Calibration, read_calibration
from blina.kinetics_simulation import CYCLE_DAYS, CYCLES, DAYS, PARAMETERS, simulate

EXPANSION_RATIO = 2.0
"""Ratio of expansion that the checked-in table is drawn with; nothing is printed, see `simulate_adlb`."""
INFUSION_DAYS = 28
SHORTEST_COVER = 14.0
"""Days of a cycle's infusion that a patient's counts must cover for an average over it."""
LONG, SHORT = "OS ≥30 months", "OS <30 months"
GROUPS = (LONG, SHORT)


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
            "STUDYID": np.repeat(adsl["STUDYID"].to_numpy(), days),
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


def counts_table(adlb: pd.DataFrame, adsl: pd.DataFrame) -> pd.DataFrame:
    """Return the tidy table behind the pictures: USUBJID, group, PARAMCD, day, count, baseline, fold.

    `day` is ARELTM where given, otherwise ADY − 1. The baseline is the last count up to day 0;
    patients without one, or with none above 0, have no fold (NaN).
    """
    group = adsl.set_index("USUBJID")["LTSFL"].map({"Y": LONG, "N": SHORT})
    day = adlb["ADY"] - 1.0
    if "ARELTM" in adlb:
        day = adlb["ARELTM"].astype(float).fillna(day)
    table = pd.DataFrame(
        {
            "USUBJID": adlb["USUBJID"],
            "group": adlb["USUBJID"].map(group),
            "PARAMCD": adlb["PARAMCD"],
            "day": day.astype(float),
            "count": adlb["AVAL"].astype(float),
        }
    ).dropna(subset=["group", "count"])
    table = table.sort_values(["PARAMCD", "USUBJID", "day"], kind="stable").reset_index(drop=True)
    before = table.loc[table["day"] <= 0.0].groupby(["PARAMCD", "USUBJID"])["count"].last()
    keys = pd.MultiIndex.from_frame(table[["PARAMCD", "USUBJID"]])
    baseline = before.reindex(keys).to_numpy()
    baseline = np.where(baseline > 0.0, baseline, np.nan)
    return table.assign(baseline=baseline, fold=table["count"] / baseline)


def group_summary(table: pd.DataFrame, value: str = "count") -> pd.DataFrame:
    """Return PARAMCD, group, day, n, lower, median, upper: quartiles of `value` on that day."""
    grouped = table.groupby(["PARAMCD", "group", "day"], sort=True)[value]
    summary = grouped.quantile(np.array([0.25, 0.5, 0.75])).unstack()
    summary.columns = pd.Index(["lower", "median", "upper"])
    return summary.assign(n=grouped.count()).reset_index()


def average_fold(days: npt.ArrayLike, folds: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return the area under the fold (trapezoids, last axis) over the days covered: 1 is 'as at baseline'."""
    t = np.asarray(days, dtype=float)
    return np.asarray(np.trapezoid(np.asarray(folds, dtype=float), t, axis=-1) / (t[-1] - t[0]))


def expansion_table(table: pd.DataFrame, parameter: str = "TCELL") -> pd.DataFrame:
    """Return per patient and cycle the average and the largest fold over baseline during the infusion.

    Columns: USUBJID, group, cycle, auc_fold, peak_fold. Folds are over the baseline before cycle 1.
    Patients whose counts cover fewer than `SHORTEST_COVER` days of a cycle's infusion are left out of it.
    """
    cells = table.loc[(table["PARAMCD"] == parameter) & table["fold"].notna()]
    rows = []
    for cycle in range(1, CYCLES + 1):
        start = (cycle - 1) * CYCLE_DAYS
        during = cells.loc[cells["day"].between(start, start + INFUSION_DAYS)]
        for (patient, group), visits in during.groupby(["USUBJID", "group"], sort=True):
            if visits["day"].iloc[-1] - visits["day"].iloc[0] >= SHORTEST_COVER:
                auc = float(average_fold(visits["day"], visits["fold"]))
                rows.append((patient, group, cycle, auc, visits["fold"].max()))
    return pd.DataFrame(rows, columns=["USUBJID", "group", "cycle", "auc_fold", "peak_fold"])


@dataclass(frozen=True)
class Contrast:
    """Expansion of the two groups in a cycle: sizes, median folds, their ratio, p (NaN: empty group)."""

    cycle: int
    n_long: int
    n_short: int
    median_long: float
    median_short: float
    ratio: float
    p: float


def contrast(expansion: pd.DataFrame, cycle: int, value: str = "auc_fold") -> Contrast:
    """Compare the groups in one cycle; p is of the rank-sum test."""
    rows = expansion.loc[expansion["cycle"] == cycle]
    long, short = (rows.loc[rows["group"] == group, value].to_numpy(dtype=float) for group in GROUPS)
    medians = [float(np.median(values)) if values.size else float("nan") for values in (long, short)]
    p = rank_sum_p(long, short) if long.size and short.size else float("nan")
    return Contrast(cycle, long.size, short.size, medians[0], medians[1], medians[0] / medians[1], p)


def rank_sum_p(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> float:
    """Return the two-sided Wilcoxon p by the rule of R's `wilcox.test`: exact below 50 without ties."""
    together = np.concatenate([first, second])
    exact = np.unique(together).size == together.size and max(first.size, second.size) < 50
    method = "exact" if exact else "asymptotic"
    return float(stats.mannwhitneyu(first, second, alternative="two-sided", method=method).pvalue)
