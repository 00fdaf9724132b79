"""What the pictures on response and survival show, in words for those who do not see them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from blina.analyses.response import FEWEST, LandmarkReport, ResponseReport
from blina.analyses.words import p_value, percent, ratio


def _at(curves: pd.DataFrame, state: str, month: float) -> str:
    rows = curves[(curves["state"] == state) & (curves["time"] <= month)]
    return percent(100 * float(rows["survival"].iloc[-1])) if len(rows) else "–"


def immortal_time_alt(reports: Sequence[ResponseReport]) -> str:
    """Describe the four panels."""
    parts = ["Survival curves of two groups, left from day 0 by final state, right by current state."]
    parts += [
        f"{report.cohort.name}: at 12 months {_at(report.naive_curves, 'responder', 12)} against "
        f"{_at(report.naive_curves, 'non_responder', 12)} on the left, "
        f"{_at(report.state_curves, 'responder', 12)} against "
        f"{_at(report.state_curves, 'non_responder', 12)} on the right "
        f"(P {p_value(report.naive.p)} and {p_value(report.mantel_byar.p)})."
        for report in reports
    ]
    return " ".join(parts)


def by_state_alt(report: ResponseReport) -> str:
    """Describe the Simon-Makuch curves."""
    curves = report.state_curves
    return (
        f"Two step curves with limits. {report.cohort.labels['responder']}: "
        f"{_at(curves, 'responder', 12)} alive at 12 months, {_at(curves, 'responder', 30)} at 30; "
        f"{report.cohort.labels['non_responder']}: {_at(curves, 'non_responder', 12)} and "
        f"{_at(curves, 'non_responder', 30)}. Numbers at risk in each state stand below."
    )


def landmark_alt(found: LandmarkReport) -> str:
    """Describe the curves from the landmark on."""
    at = found.at
    return (
        f"Two step curves from {at.at:g} months on: {at.responders} responders, of whom "
        f"{_at(found.curves, 'responder', 24)} live to 24 months, and {at.non_responders} others, of whom "
        f"{_at(found.curves, 'non_responder', 24)} do. The time before the landmark is shaded."
    )


def sweep_alt(found: LandmarkReport) -> str:
    """Describe the sweep of landmarks."""
    swept, kept = found.sweep, found.readable
    known = kept[np.isfinite(kept["hazard_ratio"]) & (kept["hazard_ratio"] > 0)]
    last = swept.iloc[-1]
    shown = (
        f"ranges from {ratio(known['hazard_ratio'].min())} to {ratio(known['hazard_ratio'].max())}"
        if len(known)
        else "cannot be estimated"
    )
    return (
        f"Above, the hazard ratio of responders for landmarks up to {last['landmark']:g} months: "
        f"where both groups have {FEWEST} patients or more it {shown}. "
        f"Below, stacked bars of who takes part: {last['left_out']:.0f} patients are left out at the last "
        "landmark."
    )
