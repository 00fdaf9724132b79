"""Sentences, tables and alt texts of the report on response and survival; every number is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from blina.analyses.options import PCT
from blina.analyses.response import ResponseReport
from blina.analyses.response_over_draws import Found, count
from blina.analyses.words import p_value, percent, ratio
from blina.published import Claim, select

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
