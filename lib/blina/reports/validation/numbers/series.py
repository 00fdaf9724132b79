"""Every public cohort assessed, series by series, for one table: what was looked at, and what was not.

A report assesses one series; all of them take minutes. `python -m blina.reports.validation.numbers.series`
writes the errors of all cohorts, as the report has them at its default draws and seed, to
`data/cohort/validation.csv`.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, Any

import pandas as pd

from blina.endpoint.options import PCT
from blina.reports.validation.numbers import COHORTS, PURPOSES, SERIES, Cohort
from blina.reports.validation.numbers.report import means, measures, thousandths, validate
from blina_base import project

if TYPE_CHECKING:
    from pathlib import Path

DRAWS, SEED = 40, 1
UNSEEN = ("elsewhere", "reporting")


def assessed(cohorts: Sequence[Cohort], jobs: int = 1) -> pd.DataFrame:
    """Return `measures` of these cohorts in their order, drawn in `jobs` processes."""
    if jobs == 1:
        return pd.concat([_one(cohort) for cohort in cohorts], ignore_index=True)
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        return pd.concat(pool.map(_one, cohorts), ignore_index=True)


def _one(cohort: Cohort) -> pd.DataFrame:
    return measures(validate([cohort], DRAWS, SEED))


def write(path: Path, jobs: int) -> None:
    """Assess every public cohort and write its errors, four decimals each."""
    table = assessed(COHORTS, jobs)
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.4f")


def read() -> pd.DataFrame:
    """Return the checked-in errors of every public cohort, one row per cohort and method."""
    return pd.read_csv(project.reference_cohort() / "validation.csv")


def kinds_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series for reading: what its cohorts are, how many, how large, up to which month."""
    return pd.DataFrame([_kind(purpose, part) for purpose, part in _by_series(table)])


def series_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series for reading: the means over its cohorts, errors of RMST without sign."""
    return pd.DataFrame([_cells(purpose, part) for purpose, part in _by_series(table)])


def _by_series(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the latest series first."""
    for purpose in reversed(list(PURPOSES)):
        if purpose in set(table["purpose"]):
            yield purpose, table[table["purpose"] == purpose]


def _kind(purpose: str, part: pd.DataFrame) -> dict[str, str]:
    cohorts = part.drop_duplicates("cohort")
    return {
        "Series": purpose,
        "Of what": SERIES[purpose],
        "Looked at before": "no" if purpose in UNSEEN else "yes",
        "Cohorts": str(len(cohorts)),
        "Patients": f"{cohorts['n'].min()}–{cohorts['n'].max()}",
        "Up to month": f"{cohorts['horizon'].min():.0f}–{cohorts['horizon'].max():.0f}",
    }


def _cells(purpose: str, part: pd.DataFrame) -> dict[str, str]:
    mean = means(part)
    plain, more, peer = (mean[name] for name in ("ensemble", "ensemble_s", "interpolation"))
    return {
        "Series": purpose,
        "RMSE": thousandths(plain["rmse"]),
        "Expected": thousandths(plain["expected"]),
        "RMSE, with S": thousandths(more["rmse"]),
        "RMSE, interpolation": thousandths(peer["rmse"]),
        "RMST": f"{plain['rmst_error']:.2f}",
        "RMST, with S": f"{more['rmst_error']:.2f}",
        "RMST, interpolation": f"{peer['rmst_error']:.2f}",
        "Inside": f"{100 * plain['coverage']:.0f}{PCT}",
        "Inside, with S": f"{100 * more['coverage']:.0f}{PCT}",
    }


def series_words(table: pd.DataFrame) -> str:
    """Say what the cohorts that were looked at show beside those that were not."""
    unseen = table["purpose"].isin(UNSEEN)
    new, old = _errors(table[unseen]), _errors(table[~unseen])
    return (
        f"Over all {old['cohorts']} cohorts that had been looked at before, the mean RMSE is {old['rmse']}, "
        f"the truth lies inside the band at {old['inside']} of the points, and interpolation reaches "
        f"{old['peer']}. Over the {new['cohorts']} that had not, these are {new['rmse']}, {new['inside']} "
        f"and {new['peer']}."
    )


def _errors(part: pd.DataFrame) -> dict[str, Any]:
    mean = means(part)
    return {
        "cohorts": part["cohort"].nunique(),
        "rmse": thousandths(mean["ensemble"]["rmse"]),
        "inside": f"{100 * mean['ensemble']['coverage']:.0f}{PCT}",
        "peer": thousandths(mean["interpolation"]["rmse"]),
    }


if __name__ == "__main__":
    write(project.reference_cohort() / "validation.csv", jobs=os.cpu_count() or 1)
