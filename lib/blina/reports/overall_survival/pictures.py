"""The curve of overall survival."""

from __future__ import annotations

from matplotlib.figure import Figure

from blina.endpoint.numbers import EndpointReport
from blina.endpoint.pictures import report_figure
from blina.figures import style


@style.also_narrow
def curve(report: EndpointReport) -> Figure:
    """Draw the curve, or one for each arm, with limits, band, printed numbers and numbers at risk."""
    return report_figure(report, "Overall survival (%)", "Months since start of treatment")
