"""Sentences, tables and alt texts of the report on response and survival; every number is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from blina.endpoint.by_response import FEWEST, LandmarkReport, ResponseReport
from blina.endpoint.options import PCT
from blina.endpoint.tables import p_value, percent, ratio
from blina.reports.mrd_response_and_survival.numbers import Found, count
from pseudoipd.claims import Claim, select

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


def printed_p(claims: Iterable[Claim]) -> Claim | None:
    """Return the claim that prints the Mantel-Byar P, None if there is none."""
    found = select(claims, statistic="mantel_byar_p")
    return found[0] if found else None


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
        f"{report.cohort.name}: χ² {_chi2(report.naive.chi2)} from day 0 against "
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


def test_table(*reports: ResponseReport) -> pd.DataFrame:
    """Return observed and expected deaths, variance, χ² and P, naively and by current state, per data set."""
    rows = []
    for report in reports:
        for name, test in (("naive", report.naive), ("mantel_byar", report.mantel_byar)):
            rows.append(
                {
                    "Data": report.cohort.name,
                    "Test": _METHODS[name],
                    "O": f"{test.observed:.0f}",
                    "E": f"{test.expected:.2f}",
                    "V": f"{test.variance:.2f}",
                    "χ²": _chi2(test.chi2),
                    "P": p_value(test.p),
                }
            )
    return pd.DataFrame(rows)


def tidy_tests(*reports: ResponseReport) -> pd.DataFrame:
    """Return the same numbers unrounded: data, test, observed, expected, variance, chi2, p, deaths."""
    return pd.DataFrame(
        [
            {"data": report.cohort.name, "test": name}
            | {
                field: getattr(test, field)
                for field in ("observed", "expected", "variance", "chi2", "p", "deaths")
            }
            for report in reports
            for name, test in (("naive", report.naive), ("mantel_byar", report.mantel_byar))
        ]
    )


def state_table(report: ResponseReport) -> pd.DataFrame:
    """Return survival by current state, with limits, at the ticks of the axis."""
    rows = []
    for month in report.state_risk["time"].unique():
        shown = {"Months": f"{month:g}"}
        for state, name in report.cohort.labels.items():
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


def range_table(ranges: pd.DataFrame, drawn: dict[str, Found] | None, landmark_months: float) -> pd.DataFrame:
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


def conclusion_table(conclusions: pd.DataFrame, drawn: dict[str, Found] | None) -> pd.DataFrame:
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


def certainty(conclusions: pd.DataFrame, drawn: dict[str, Found] | None, kind: str, without: str = "") -> str:
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


def results(
    report: ResponseReport, heart: ResponseReport, ranges: pd.DataFrame, claims: Iterable[Claim]
) -> pd.DataFrame:
    """Return every number of the report as rows of analysis, population, statistic, value, unit, claim."""
    claim = printed_p(claims)
    rows = [
        {
            "analysis": row["analysis"],
            "population": "all",
            "statistic": row["statistic"],
            "value": row["value"],
            "unit": "patients" if row["statistic"] in ("observed", "left_out") else "",
            "claim": claim.id
            if claim and (row["analysis"], row["statistic"]) == ("mantel_byar", "p")
            else "",
        }
        for row in ranges.to_dict("records")
    ]
    tests = tidy_tests(heart).to_dict("records")
    rows += [
        {"analysis": row["test"], "population": heart.cohort.name, "statistic": statistic}
        | {"value": row[statistic], "unit": "", "claim": ""}
        for row in tests
        for statistic in ("observed", "expected", "variance", "chi2", "p")
    ]
    rows.append(
        {"analysis": "cox", "population": heart.cohort.name, "statistic": "hazard_ratio"}
        | {"value": heart.cox.hazard_ratio, "unit": "", "claim": ""}
    )
    return pd.DataFrame(rows)


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
