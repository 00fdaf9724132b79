"""Sentences, tables and alt texts of the report on response and survival; every number is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from blina.endpoint.by_response import STATES, ResponseReport
from blina.endpoint.options import PCT
from blina.endpoint.words import p_value, percent, ratio
from blina.reports.mrd_response_and_survival.numbers import (
    FEWEST,
    Drawn,
    LandmarkReport,
    count,
    printed_p,
    tests,
)
from pseudoipd.claims import Claim

CAPTIONS = {
    "immortal_time": "Left: everyone from day 0 in the group of their final state. "
    "Right: each patient in the group of the moment.",
    "immortal_time_stanford": "The same for heart transplants, "
    "where the difference from day 0 is due to the wait alone.",
    "mantel_byar": "Deaths among responders: observed (O), expected (E) "
    "and the variance of their difference (V)",
    "mantel_byar_stanford": "The same for patients accepted for a heart transplant",
    "os_by_mrd_response": "A responder is counted without response up to the response, and in response from "
    "then on.",
    "os_by_state": "Survival by current state, in %",
    "landmark": "Only patients still followed after the landmark, in the group in which they were at the "
    "landmark.",
    "landmark_sweep": "Every choice of landmark at once: the later it is, the more patients are left out.",
    "landmarks": f"Landmarks at whole months; no ratio where a group has fewer than {FEWEST} patients",
    "conclusions": "Each conclusion, in the cohort that is drawn and over the ensemble",
    "ranges": "Each number with its range over the ensemble",
}
CONCLUSIONS = {
    "fewer_deaths": "Fewer deaths in response than expected (observed < expected)",
    "mantel_byar": "Mantel-Byar P below .05",
    "cox": "Time-dependent Cox: upper {level} limit below 1",
    "landmark": "Landmark at {at:g} months: P below .05",
    "naive": "Comparison from day 0: P below .05",
    "naive_smaller": "Comparison from day 0 gives a smaller P than Mantel-Byar",
}
"""What one might conclude, by the keys of `numbers.conclusions`."""
_METHODS = {
    "naive": "From day 0, ever against never (misleading)",
    "mantel_byar": "Mantel-Byar",
    "cox": "Time-dependent Cox",
    "landmark": "Landmark",
}
_STATISTICS = {
    "observed": "deaths of responders, observed",
    "expected": "deaths of responders, expected",
    "variance": "variance",
    "chi2": "χ²",
    "p": "P",
    "hazard_ratio": "hazard ratio of responders",
    "lower": "hazard ratio, lower limit",
    "upper": "hazard ratio, upper limit",
    "left_out": "patients left out",
}


def answer(report: ResponseReport, claims: Iterable[Claim], ranges: pd.DataFrame | None = None) -> str:
    """Return the answer to the report's question as Markdown, with its range over the ensemble."""
    test, cox = report.mantel_byar, report.cox
    if math.isnan(test.p):
        return (
            "The data cannot tell: at no death were patients with and without response at risk together, "
            "or nobody died."
        )
    more = "fewer" if test.observed < test.expected else "more"
    claim = printed_p(claims)
    printed = "" if claim is None else f" (printed: {claim.printed})"
    return (
        f"Counting each patient as a responder only from the day of response, **{more} responders died than "
        f"expected**: {test.observed:.0f} of {test.deaths} deaths fell among them, {test.expected:.1f} were "
        f"expected; Mantel-Byar P **{p_value(test.p)}**{printed}. The hazard of death in response was "
        f"**{ratio(cox.hazard_ratio)} times** that without ({report.options.percent} limits "
        f"{ratio(cox.lower)} to {ratio(cox.upper)}). This is an association: who responds may also be who "
        f"would have lived longer.{_over_cohorts(ranges)}"
    )


def _over_cohorts(ranges: pd.DataFrame | None) -> str:
    if ranges is None:
        return ""
    row = ranges[(ranges["analysis"] == "cox") & (ranges["statistic"] == "hazard_ratio")].iloc[0]
    if math.isnan(row["lowest"]):
        return ""
    return (
        " In all cohorts drawn to meet the printed numbers the hazard ratio lies between "
        f"{ratio(row['lowest'])} and {ratio(row['highest'])}."
    )


def comparison(first: ResponseReport, second: ResponseReport) -> str:
    """Return what the naive comparison does on both data sets, in words."""
    parts = [
        f"{report.patients.name}: χ² {_chi2(report.naive.chi2)} from day 0 against "
        f"{_chi2(report.mantel_byar.chi2)} by current state"
        for report in (first, second)
    ]
    return (
        f"{'; '.join(parts)}. A patient who is to respond must first live until the response, so from day 0 "
        "responders start with a time in which they cannot die. Where the wait is long and deadly, as for a "
        "heart, that alone makes a difference which is not there."
    )


def _chi2(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"


def test_table(report: ResponseReport) -> pd.DataFrame:
    """Return observed and expected deaths, variance, χ² and P, naively and by current state."""
    return pd.DataFrame(
        [
            {
                "Data": row["data"],
                "Test": _METHODS[row["test"]],
                "O": f"{row['observed']:.0f}",
                "E": f"{row['expected']:.2f}",
                "V": f"{row['variance']:.2f}",
                "χ²": _chi2(row["chi2"]),
                "P": p_value(row["p"]),
            }
            for row in tests(report).to_dict("records")
        ]
    )


def state_table(report: ResponseReport) -> pd.DataFrame:
    """Return survival by current state, with limits, at the ticks of the axis."""
    rows = []
    for month in report.state_risk["time"].unique():
        shown = {"Months": f"{month:g}"}
        for state, name in report.patients.labels.items():
            shown[name] = _survival(report.state_curves, state, month)
        rows.append(shown)
    return pd.DataFrame(rows)


def _survival(curves: pd.DataFrame, state: str, month: float) -> str:
    steps = curves[curves["state"] == state]
    reached = steps[steps["time"] <= month + 1e-9]
    if not len(reached) or month > steps["time"].max() + 1e-9:
        return "–"
    row = reached.iloc[-1]
    value, lower, upper = (
        percent(100 * row[name]).removesuffix(PCT) for name in ("survival", "lower", "upper")
    )
    return f"{value} ({lower} to {upper})"


def range_table(ranges: pd.DataFrame, drawn: Drawn, landmark_months: float) -> pd.DataFrame:
    """Return every number with its range over the draws, as text; without draws only the number."""
    draws = count(drawn)
    rows = []
    for row in ranges.to_dict("records"):
        method = _METHODS[row["analysis"]]
        method += f" at {landmark_months:g} months" if row["analysis"] == "landmark" else ""
        shown = {"Method": method, "": _STATISTICS[row["statistic"]], "Here": _text(row, "value")}
        if draws:
            shown[f"95 % of {draws} cohorts"] = f"{_text(row, 'lower')} to {_text(row, 'upper')}"
            shown["All cohorts"] = f"{_text(row, 'lowest')} to {_text(row, 'highest')}"
        rows.append(shown)
    return pd.DataFrame(rows)


def _text(row: Mapping[Any, Any], field: str) -> str:
    value, statistic = float(row[field]), row["statistic"]
    if statistic == "p":
        return p_value(value)
    if math.isnan(value):
        return "–"
    if statistic in ("observed", "left_out"):
        return f"{value:.0f}"
    return ratio(value)


def stated(conclusions: pd.DataFrame, report: ResponseReport, at: LandmarkReport) -> pd.DataFrame:
    """Return `numbers.conclusions` with each conclusion in words."""
    said = {
        key: words.format(level=report.options.percent, at=at.at.at) for key, words in CONCLUSIONS.items()
    }
    return conclusions.assign(conclusion=conclusions["conclusion"].map(said))


def conclusion_table(conclusions: pd.DataFrame, drawn: Drawn) -> pd.DataFrame:
    """Return the conclusions for readers: whether each holds here, and in how many of the draws."""
    draws = count(drawn)
    frame = pd.DataFrame(
        {
            "Conclusion": conclusions["conclusion"],
            "Here": conclusions["here"].map({True: "holds", False: "does not hold"}),
        }
    )
    if draws:
        frame[f"In {draws} cohorts"] = [_share(share, draws) for share in conclusions["share"]]
    return frame


def _share(share: float, draws: int) -> str:
    held = round(share * draws)
    if held == draws:
        return "every one"
    return "none" if held == 0 else f"{held} of {draws}"


def certainty(conclusions: pd.DataFrame, drawn: Drawn, kind: str, without: str = "") -> str:
    """Return which conclusions do not depend on which of the possible cohorts is the true one.

    `without` says why there is no ensemble although one was asked for.
    """
    draws = count(drawn)
    if not draws:
        if kind == "yours":
            return "These are your patients' numbers; the limits show how far chance alone could move them."
        return without or "Without an ensemble (parameter draws) only the one reconstructed cohort speaks."
    always = conclusions.loc[conclusions["share"] == 1, "conclusion"]
    other = conclusions.loc[conclusions["share"] < 1]
    text = (
        "The printed P was a constraint, so that Mantel-Byar comes out as printed is by construction. "
        f"In every one of {draws} cohorts that meet all printed numbers: {_listed(always)}."
    )
    if len(other):
        words = [
            f"{_inside(row['conclusion'])} (in {_share(row['share'], draws)})"
            for row in other.to_dict("records")
        ]
        text += f" Open, because the printed numbers do not decide it: {'; '.join(words)}."
    return text


def _listed(items: Iterable[str]) -> str:
    return "; ".join(_inside(item) for item in items) or "nothing on this list holds"


def _inside(item: str) -> str:
    """Return a conclusion as part of a sentence; names of methods keep their capital."""
    return item if item.startswith("Mantel") else item[0].lower() + item[1:]


def landmark(found: LandmarkReport) -> str:
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
            "Hazard ratio": whole["hazard_ratio"].map(ratio).where(told, "–"),
            "Limits": limits.where(told, "–"),
            "Log-rank P": whole["p"].map(p_value).where(told, "–"),
        }
    )


def _at(curves: pd.DataFrame, state: str, month: float) -> str:
    rows = curves[(curves["state"] == state) & (curves["time"] <= month)]
    return percent(100 * float(rows["survival"].iloc[-1])) if len(rows) else "–"


def immortal_time_alt(report: ResponseReport) -> str:
    """Describe the two panels."""
    naive, current = (
        " against ".join(_at(curves, state, 12) for state in STATES)
        for curves in (report.naive_curves, report.state_curves)
    )
    return (
        "Survival curves of two groups, left from day 0 by final state, right by current state. "
        f"{report.patients.name}: at 12 months {naive} on the left, {current} on the right "
        f"(P {p_value(report.naive.p)} and {p_value(report.mantel_byar.p)})."
    )


def by_state_alt(report: ResponseReport) -> str:
    """Describe the Simon-Makuch curves."""
    curves = report.state_curves
    return (
        f"Two step curves with limits. {report.patients.labels['responder']}: "
        f"{_at(curves, 'responder', 12)} alive at 12 months, {_at(curves, 'responder', 30)} at 30; "
        f"{report.patients.labels['non_responder']}: {_at(curves, 'non_responder', 12)} and "
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
