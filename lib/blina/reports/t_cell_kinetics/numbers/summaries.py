"""Summaries of any ADLB table of T- and B-cell counts over two cycles, simulated or real.

Counts are in cells/µL; days count from the start of treatment (day 0 is ADY 1); cycle 2 starts on day 42.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from blina.adam import Tables
from blina.endpoint.response import at_threshold
from blina.reports.t_cell_kinetics.numbers.simulation import (
    CYCLE_DAYS,
    CYCLES,
    EXPANSION_RATIO,
    simulate_adlb,
)
from nbreports.page import RESULT_COLUMNS

INFUSION_DAYS = 28
SHORTEST_COVER = 14.0
"""Days of a cycle's infusion that a patient's counts must cover for an average over it."""
LONG, SHORT = "OS ≥30 months", "OS <30 months"
GROUPS = (LONG, SHORT)


def counts_table(adlb: pd.DataFrame, adsl: pd.DataFrame) -> pd.DataFrame:
    """Return the tidy table behind the pictures: USUBJID, group, PARAMCD, day, count, baseline, fold.

    `day` is ARELTM where given, otherwise ADY − 1. The baseline is the count flagged by ABLFL; without a flag
    the first count of day 0, or the last before it. Patients without one, or with none above 0, have no fold.
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
            "flag": adlb.get("ABLFL", ""),
        }
    ).dropna(subset=["group", "count"])
    table = table.sort_values(["PARAMCD", "USUBJID", "day"], kind="stable").reset_index(drop=True)
    keys = pd.MultiIndex.from_frame(table[["PARAMCD", "USUBJID"]])
    baseline = _baselines(table).reindex(keys).to_numpy()
    baseline = np.where(baseline > 0.0, baseline, np.nan)
    return table.drop(columns="flag").assign(baseline=baseline, fold=table["count"] / baseline)


def _baselines(table: pd.DataFrame) -> pd.Series[float]:
    """Return the baseline of each patient and PARAMCD; later lines of the same day follow the start."""
    keys = ["PARAMCD", "USUBJID"]
    flagged = table.loc[table["flag"] == "Y"].groupby(keys)["count"].first()
    at_start = table.loc[(table["day"] >= 0.0) & (table["day"] < 1.0)].groupby(keys)["count"].first()
    earlier = table.loc[table["day"] < 0.0].groupby(keys)["count"].last()
    return flagged.combine_first(at_start).combine_first(earlier)


def group_summary(table: pd.DataFrame, value: str = "count") -> pd.DataFrame:
    """Return PARAMCD, group, day, n, lower, median, upper: quartiles of `value` on that day."""
    if table.empty:
        return pd.DataFrame(columns=["PARAMCD", "group", "day", "lower", "median", "upper", "n"])
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
    p: float

    @property
    def ratio(self) -> float:
        """The ratio of the medians."""
        return self.median_long / self.median_short


def contrast(expansion: pd.DataFrame, cycle: int) -> Contrast:
    """Compare the average folds of the groups in one cycle; p is of the rank-sum test."""
    rows = expansion.loc[expansion["cycle"] == cycle].set_index("group")["auc_fold"].astype(float)
    long, short = (rows.loc[rows.index == group] for group in GROUPS)
    p = rank_sum_p(long, short) if len(long) and len(short) else float("nan")
    return Contrast(cycle, len(long), len(short), long.median(), short.median(), p)


def contrasts(expansion: pd.DataFrame) -> list[Contrast]:
    """Return the contrast of each cycle."""
    return [contrast(expansion, cycle) for cycle in range(1, CYCLES + 1)]


def rank_sum_p(first: npt.ArrayLike, second: npt.ArrayLike) -> float:
    """Return the two-sided Wilcoxon p by the rule of R's `wilcox.test`: exact below 50 without ties."""
    together, sizes = np.concatenate([first, second]), (np.size(first), np.size(second))
    exact = np.unique(together).size == together.size and max(sizes) < 50
    method = "exact" if exact else "asymptotic"
    return float(stats.mannwhitneyu(first, second, alternative="two-sided", method=method).pvalue)


@dataclass(frozen=True)
class Counts:
    """The tidy counts (`summaries.counts_table`), their kind (simulated or yours), both group sizes.

    `t_cells` says which T cells they are: the simulation is of CD8+ cells; `ratio` is its true contrast (NaN
    for the user's own counts). `unknown` patients are in neither group.
    """

    table: pd.DataFrame
    kind: str
    sizes: tuple[int, int]
    t_cells: str = "T cells"
    ratio: float = float("nan")
    unknown: int = 0


def counts_of(tables: Tables, *, seed: int, expansion_ratio: float = EXPANSION_RATIO) -> Counts:
    """Return the counts for the patients of `tables`, grouped by overall survival of 30 months.

    The reference cohort's counts are always simulated, with these parameters; a folder of one's own is
    drawn as it is if its ADLB holds T-cell counts. Patients of whom 30 months are unknown are left out.
    """
    survival, adsl = tables.endpoint("OS"), at_threshold(tables)
    unknown = int((adsl["LTSFL"] == "").sum())
    adsl = adsl.loc[adsl["LTSFL"] != ""].reset_index(drop=True)
    long = int((adsl["LTSFL"] == "Y").sum())
    sizes = (long, len(adsl) - long)
    own = None if tables.kind == "reconstructed" else tables.adlb
    if own is not None and (own["PARAMCD"] == "TCELL").any():
        return Counts(counts_table(own, adsl), tables.kind, sizes, unknown=unknown)
    observed = pd.DataFrame({"USUBJID": survival.USUBJID, "PARAMCD": "OS", "AVAL": survival.days})
    drawn = simulate_adlb(adsl, seed, adtte=observed, expansion_ratio=expansion_ratio)
    return Counts(counts_table(drawn, adsl), "simulated", sizes, "CD8+ T cells", expansion_ratio, unknown)


def results(contrasts: list[Contrast], at_80: pd.Series, kind: str) -> pd.DataFrame:
    """Return the report's numbers as tidy rows; none has a claim, since no number was printed."""
    rows: list[tuple[str, str, str, float, str, str]] = []
    for found in contrasts:
        what = (f"T-cell expansion, {kind}", f"cycle {found.cycle}")
        for group, value in ((LONG, found.median_long), (SHORT, found.median_short)):
            rows.append((what[0], group, f"median average fold, {what[1]}", value, "fold", ""))
        if kind == "yours":
            rows.append((what[0], "all", f"Wilcoxon P, {what[1]}", found.p, "P", ""))
    for test, ratio in at_80.items():
        rows.append(("power", "all", f"ratio at 80% power, {test}", float(ratio), "ratio", ""))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
