"""The curve of relapse-free survival, and those of both populations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from blina.endpoint.numbers import EndpointReport, at_each
from blina.endpoint.pictures import Wording, report_figure, survival_figure
from blina.figures import style

Y_LABEL = "Relapse-free survival (%)"


_SINCE = {"start": "Months since start of treatment", "response": "Months since response"}


@style.also_narrow
def curve(report: EndpointReport, assumptions: Mapping[str, str]) -> Figure:
    """Draw the curve, or one for each arm, with limits, band, printed numbers and numbers at risk."""
    return report_figure(report, Y_LABEL, _SINCE[assumptions["rfs_origin"]])


@style.also_narrow
def populations(reports: Mapping[str, EndpointReport]) -> Figure | None:
    """Draw the curves of several populations, which may share patients, in one picture; None of none."""
    if not reports:
        return None
    curve = pd.concat([report.curve.assign(arm=name) for name, report in reports.items()])
    grid = max((report.risk["time"].to_numpy() for report in reports.values()), key=len)
    return survival_figure(
        curve.reset_index(drop=True),
        pd.concat([_counted(report, name, grid) for name, report in reports.items()], ignore_index=True),
        Wording(Y_LABEL),
        medians={name: report.value("median") for name, report in reports.items()},
    )


def _counted(report: EndpointReport, name: str, grid: NDArray[np.float64]) -> pd.DataFrame:
    """Return the numbers at risk at months that may lie beyond those of the report's own."""
    rows = report.curve
    time = np.concatenate([np.repeat(rows["time"], rows[how]) for how in ("events", "censored")])
    return at_each(grid, name, time, np.arange(len(time)) < rows["events"].sum())
