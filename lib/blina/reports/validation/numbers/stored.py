"""The checked-in results: every public cohort looked at before, and the trials' arms that were not."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from blina.endpoint.calibration import FIRST, SECOND, planned
from blina.reports.validation.numbers.accuracy import (
    ENSEMBLE,
    INSIDE,
    INTERPOLATION,
    MEASURES,
    METHODS,
    UNITS,
    WITH_S,
)
from blina_base import project
from nbreports.page import RESULT_COLUMNS

TRIALS: Mapping[str, str] = {
    "survival": "trials: OS",
    "progression": "trials: PFS, TTP",
    "relapse": "trials: DFS, RFS",
}
"""The series of the arms kept apart, by class of endpoint, drawn when none had been looked at."""
AGAIN: Mapping[str, str] = {group: name.replace("trials", "again") for group, name in TRIALS.items()}
"""The same arms, drawn a second time with the prior of today."""


def seen() -> pd.DataFrame:
    """Return the errors of every public cohort of the packages, with the columns `MEASURES`."""
    return pd.read_csv(project.reference_cohort() / "validation.csv")


def with_figures() -> pd.DataFrame:
    """Return the errors on small public cohorts, with a figure beside the summary and without; by method."""
    return pd.read_csv(project.reference_cohort() / "curve_points.csv")


def apart(report: str = FIRST, series: Mapping[str, str] = TRIALS) -> pd.DataFrame:
    """Return the errors on the trials' arms kept apart, with the columns `MEASURES`.

    A planned arm without an ensemble stays, with nan for what cannot be said and 0 for its shares inside.
    """
    table = planned(report).rename(columns={"arm": "cohort"})
    table["purpose"] = table["class"].map(series)
    more = table["s_printed"].astype(bool)
    peer = table.loc[~more, ~table.columns.str.startswith("in_")]
    parts = (
        table[~more].rename(columns={"rmst": "rmst_error"}).assign(method=ENSEMBLE),
        table[more].rename(columns={"rmst": "rmst_error"}).assign(method=WITH_S),
        peer.drop(columns=["rmse", "rmst", "crps"])
        .rename(columns={"peer_rmse": "rmse", "peer_rmst": "rmst_error", "peer_crps": "crps"})
        .assign(method=INTERPOLATION),
    )
    found = pd.concat([part.reindex(columns=list(MEASURES)) for part in parts])
    place = {name: number for number, name in enumerate(series.values())}
    return found.sort_values("purpose", key=lambda name: name.map(place), kind="stable", ignore_index=True)


def priors() -> pd.DataFrame:
    """Return the errors under each prior, on one survival arm of each trial that was learned from.

    From the summary alone. Columns prior, arm, n, horizon, rmse, rmst, in_50 …, peer_rmse … of interpolation.
    """
    return pd.read_csv(project.root() / "data" / "trials" / "priors.csv")


def every() -> pd.DataFrame:
    """Return all of them, with `looked_at`."""
    parts = (apart().assign(looked_at=False), apart(SECOND, AGAIN).assign(looked_at=True))
    return pd.concat([*parts, seen().assign(looked_at=True)], ignore_index=True)


def means(table: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Return the means over the cohorts: method → measure → mean, nan for a method that is not there.

    `rmst` is that of errors without their sign. `cohorts` counts all that were planned, `failed` those
    without an error.
    """
    with_size = table.assign(rmst=table["rmst_error"].abs(), failed=table["rmse"].isna())
    by_method = with_size.groupby("method")
    found = by_method[[*UNITS, "rmst"]].mean()
    found = found.assign(cohorts=by_method.size(), failed=by_method["failed"].sum()).reindex(METHODS)
    return {str(name): {str(k): float(v) for k, v in row.items()} for name, row in found.iterrows()}


def results(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means of each series as tidy rows."""
    units = {"rmse": "", "rmst": "months", "crps": "", **dict.fromkeys(INSIDE.values(), "")}
    rows = [
        (f"validation, {method}", str(series), name, mean[name], unit, "")
        for series, part in table.groupby("purpose", sort=False)
        for method, mean in means(part).items()
        for name, unit in units.items()
        if not math.isnan(mean[name])
    ]
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
