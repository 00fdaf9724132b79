"""Every public cohort assessed: `python -m blina_tools.cohort.validation`, into `data/cohort/validation.csv`.

A report assesses one series; all of them take minutes. The errors are those that the report has at its
default draws and seed.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

import pandas as pd

from blina.reports.validation.numbers.accuracy import measures, validate
from blina.reports.validation.numbers.cohorts import Cohort, cohorts
from blina_base import project

DRAWS, SEED = 40, 1


def assessed(cohorts: Sequence[Cohort], jobs: int = 1) -> pd.DataFrame:
    """Return `measures` of these cohorts in their order, drawn in `jobs` processes."""
    if jobs == 1:
        return pd.concat([_one(cohort) for cohort in cohorts], ignore_index=True)
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(jobs, mp_context=context) as pool:
        return pd.concat(pool.map(_one, cohorts), ignore_index=True)


def _one(cohort: Cohort) -> pd.DataFrame:
    return measures(validate([cohort], DRAWS, SEED))


if __name__ == "__main__":
    table = assessed(cohorts(), jobs=os.cpu_count() or 1)
    path = project.reference_cohort() / "validation.csv"
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.4f")
