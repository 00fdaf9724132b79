"""What the landmark analyses say: whom a landmark compares, whom it leaves out, and the table of all."""

from __future__ import annotations

import math

import pandas as pd

from blina.analyses.response import FEWEST, LandmarkReport
from blina.analyses.words import p_value, ratio

NONE = "–"


def landmark_words(found: LandmarkReport) -> str:
    """Return what the chosen landmark compares, and whom it leaves out."""
    at = found.at
    return f"{_compared(found)} {_left_out(found)}{_later(at.later_responders)} {_result(found)}"


def _patients(number: int) -> str:
    return "1 patient" if number == 1 else f"{number} patients"


def _compared(found: LandmarkReport) -> str:
    at = found.at
    if not at.responders and not at.non_responders:
        return f"At the landmark of **{at.at:g} months** nobody is followed any more."
    if not at.responders:
        return (
            f"At the landmark of **{at.at:g} months** none of {_patients(at.non_responders)} has responded."
        )
    if not at.non_responders:
        return f"At the landmark of **{at.at:g} months** all of {_patients(at.responders)} have responded."
    return (
        f"At the landmark of **{at.at:g} months**, {_patients(at.responders)} with a response are compared "
        f"with {at.non_responders} without."
    )


def _left_out(found: LandmarkReport) -> str:
    at = found.at
    if not at.left_out:
        return "Nobody is left out."
    gone = [
        f"{number} {how}"
        for number, how in ((at.died_before, "had died"), (at.censored_before, "censored"))
        if number
    ]
    verb = "is" if at.left_out == 1 else "are"
    return f"**{_patients(at.left_out)} {verb} left out** ({' and '.join(gone)})."


def _later(number: int) -> str:
    if not number:
        return ""
    return f" {number} of those without {'responds' if number == 1 else 'respond'} later."


def _result(found: LandmarkReport) -> str:
    at = found.at
    if math.isnan(at.p):
        return "One of the groups is empty or no death tells them apart, so there is no test."
    smaller = min(at.responders, at.non_responders)
    few = "" if smaller >= FEWEST else f" The smaller group is {_patients(smaller)}: read nothing into it."
    return (
        f"Log-rank P {p_value(at.p)}, hazard ratio of responders {ratio(at.hazard_ratio)} "
        f"({ratio(at.lower)} to {ratio(at.upper)}).{few}"
    )


def sweep_table(found: LandmarkReport) -> pd.DataFrame:
    """Return the landmarks at whole months for readers; no test where a group is too small."""
    whole = found.sweep[found.sweep["landmark"] % 1 == 0]
    told = whole.index.isin(found.readable.index) & whole["p"].notna()
    limits = whole["lower"].map(ratio) + " to " + whole["upper"].map(ratio)
    return pd.DataFrame(
        {
            "Landmark (months)": whole["landmark"].map("{:g}".format),
            "Responders": whole["responders"],
            "Others": whole["non_responders"],
            "Left out": whole["left_out"],
            "Respond later": whole["later_responders"],
            "Hazard ratio": whole["hazard_ratio"].map(ratio).where(told, NONE),
            "Limits": limits.where(told, NONE),
            "Log-rank P": whole["p"].map(p_value).where(told, NONE),
        }
    )


def sweep_caption() -> str:
    """Say what the table of landmarks leaves out."""
    return f"Landmarks at whole months; no ratio where a group has fewer than {FEWEST} patients"
