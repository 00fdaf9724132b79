"""How the ensemble fares where the truth is known: arms of published trials kept out of the fit."""

from __future__ import annotations

import functools

import pandas as pd

from blina import formats
from blina.endpoint.bands import LEVEL
from blina_base import project

CLASSES = {"OS": ("survival",), "RFS": ("progression", "relapse")}
"""Classes of the trials' endpoints that stand for an endpoint of ours."""


FIRST, SECOND = "report.csv", "report_second.csv"
"""Both drawings of the planned arms: when nothing of them had been looked at; and with today's prior."""


@functools.cache
def planned(report: str) -> pd.DataFrame:
    """Return one row per planned arm, once more with S at the milestone printed; failures are rows too.

    Columns arm, class, n, horizon (months), s_printed, rmse, rmst (months), crps, in_50, in_80, in_95 (shares
    of points inside the bands, 0 for a failure), peer_rmse, peer_rmst, peer_crps of interpolation, and failed
    (why there is no ensemble, else empty).
    """
    table = pd.read_csv(project.root() / "data" / "trials" / report, keep_default_na=True)
    failed = table["failed"].fillna("") if "failed" in table else pd.Series("", index=table.index)
    inside = table.columns[table.columns.str.startswith("in_")]
    table[inside] = table[inside].where(failed == "", 0.0, axis=0)
    return table.assign(failed=failed)


def inside(endpoint: str) -> tuple[float, int]:
    """Return the share of points at which the truth lies in the 95 % band, and the number of planned arms.

    From the printed summary alone, with today's prior. `endpoint` is OS or RFS; an arm counts as one,
    whatever its size.
    """
    rows = planned(SECOND)
    rows = rows[rows["class"].isin(CLASSES[endpoint]) & ~rows["s_printed"].astype(bool)]
    return float(rows[f"in_{100 * LEVEL:g}"].mean()), len(rows)


def clause(endpoint: str) -> str:
    """Return the sentence that belongs under a gray band."""
    share, arms = inside(endpoint)
    return (
        f"On {formats.counted(arms, 'arm')} of solid-tumor trials kept out of the fit, the truth lay in a "
        f"band of this kind at {formats.share(share)} of the points."
    )
