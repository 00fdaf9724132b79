"""Sentences, tables and alt texts of the report on response and survival; every number is computed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from blina import formats
from blina.endpoint.bands import held
from blina.endpoint.by_response import STATES, ResponseReport
from blina.endpoint.numbers import step_at
from blina.endpoint.words import ALLOWED
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
    "where by current state no difference is left to see.",
    "mantel_byar": "Deaths among responders: observed (O), expected (E) "
    "and the variance of their difference (V)",
    "mantel_byar_stanford": "The same for patients accepted for a heart transplant",
    "os_by_mrd_response": "A responder is counted without response up to the response, and in response from "
    "then on.",
    "os_by_state": "Survival by current state, with its limits",
    "landmark": "Only patients still followed after the landmark, in the group in which they were at the "
    "landmark.",
    "landmark_sweep": "Every choice of landmark at once: the later it is, the more patients are left out.",
    "landmarks": f"Landmarks at whole months at which both groups have {FEWEST} patients or more",
    "conclusions": "What one might conclude, and whether it holds",
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
    "observed": ("deaths of responders, observed", formats.count),
    "expected": ("deaths of responders, expected", formats.statistic),
    "variance": ("variance", formats.statistic),
    "chi2": ("χ²", formats.statistic),
    "p": ("P", formats.p_value),
    "hazard_ratio": ("hazard ratio of responders", formats.ratio),
    "lower": ("hazard ratio, lower limit", formats.ratio),
    "upper": ("hazard ratio, upper limit", formats.ratio),
    "left_out": ("patients left out", formats.count),
}
"""Words and spelling of each statistic of `numbers.ranges`."""


def _limits(found: Any) -> str:
    """Return the limits of a hazard ratio."""
    return formats.spread(formats.ratio(found.lower), formats.ratio(found.upper))


def finding(report: ResponseReport) -> str:
    """Return the answer to the report's question as Markdown, in 40 words at most."""
    cox = report.cox
    if math.isnan(report.mantel_byar.p):
        return (
            "The data cannot tell: at no death were patients with and without response at risk together, "
            "or nobody died."
        )
    return (
        f"Here MRD responders died at **{formats.ratio(cox.hazard_ratio)} times** the rate of patients "
        "without a response so far, counted as responders only from the day of response. An "
        "association, not a cause: who responds may be who would have lived longer."
    )


def key_numbers(report: ResponseReport, claims: Iterable[Claim]) -> list[tuple[str, str]]:
    """Return hazard ratio and P, to be set large, and what they are."""
    if math.isnan(report.mantel_byar.p):
        return []
    claim = printed_p(claims)
    printed = "" if claim is None else f" (printed: {claim.printed})"
    ratio = f"hazard ratio of death in MRD response ({report.options.level} CI {_limits(report.cox)})"
    ratio += "" if claim is None else ", of this cohort; not printed"
    return [
        (formats.ratio(report.cox.hazard_ratio), ratio),
        (formats.p_equals(report.mantel_byar.p), f"Mantel-Byar{printed}"),
    ]


def answer(report: ResponseReport, claims: Iterable[Claim], ranges: pd.DataFrame | None = None) -> str:
    """Return the answer in more words, as Markdown, with its range over the ensemble."""
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
        f"expected**: {formats.of(test.observed, test.deaths)} deaths fell among them, "
        f"{formats.statistic(test.expected)} were expected; Mantel-Byar **{formats.p_equals(test.p)}**"
        f"{printed}. The hazard of death in response was **{formats.ratio(cox.hazard_ratio)} times** that "
        f"without ({report.options.level} limits {_limits(cox)}){_constant(report.constant_p)}. "
        "This is an association: who responds may "
        f"also be who would have lived longer.{_over_cohorts(ranges)}"
    )


def _constant(p: float) -> str:
    """Return whether the data speak against one hazard ratio throughout; they seldom can."""
    if math.isnan(p):
        return ""
    by = f"(Grambsch-Therneau {formats.p_equals(p)})"
    if p < 0.05:
        return f", and not the same throughout {by}: it is an average over time"
    return f"; that it stays the same over time is not contradicted {by}, nor shown"


def _over_cohorts(ranges: pd.DataFrame | None) -> str:
    if ranges is None:
        return ""
    row = ranges[(ranges["analysis"] == "cox") & (ranges["statistic"] == "hazard_ratio")].iloc[0]
    if math.isnan(row["lowest"]):
        return ""
    span = formats.spread(formats.ratio(row["lowest"]), formats.ratio(row["highest"]))
    text = f" Over all cohorts drawn to meet the printed numbers the hazard ratio is {span}"
    if math.isnan(row["least"]):
        return f"{text}."
    reach = formats.spread(formats.ratio(row["least"]), formats.ratio(row["largest"]))
    return f"{text}; print allows {reach} and perhaps more."


def comparison(first: ResponseReport, second: ResponseReport) -> str:
    """Return what the naive comparison does on both data sets, in words."""
    parts = [
        f"{report.patients.name}: χ² {formats.statistic(report.naive.chi2)} from day 0 against "
        f"{formats.statistic(report.mantel_byar.chi2)} by current state"
        for report in (first, second)
    ]
    return (
        f"{'; '.join(parts)}. A patient who is to respond must first live until the response, so from day 0 "
        "responders start with a time in which they cannot die. Where the wait is long and deadly, as for a "
        "heart, that alone can make a difference."
    )


def test_table(report: ResponseReport) -> pd.DataFrame:
    """Return observed and expected deaths, variance, χ² and P, naively and by current state."""
    heads = {"observed": "O", "expected": "E", "variance": "V", "chi2": "χ²", "p": "P"}
    found = tests(report)
    shown = {head: found[name].map(_STATISTICS[name][1]) for name, head in heads.items()}
    return pd.DataFrame({"Data": found["data"], "Test": found["test"].map(_METHODS)} | shown)


def _alive(curves: pd.DataFrame, state: str, month: float, unknown: str, *, limits: bool = False) -> str:
    """Return survival in a state at a month; `unknown` where nobody was followed so long in it.

    Table and alt text both say what this says.
    """
    row = step_at(curves[curves["state"] == state], month)
    if row is None:
        return unknown
    value, lower, upper = (100 * row[name] for name in ("survival", "lower", "upper"))
    return formats.limits(value, lower, upper, "%") if limits else formats.percent(value)


def state_table(report: ResponseReport) -> pd.DataFrame:
    """Return survival by current state, with limits, at the ticks of the axis."""
    curves = report.state_curves
    return pd.DataFrame(
        [
            {"Months": f"{month:g}"}
            | {
                name: _alive(curves, state, month, formats.NOTHING, limits=True)
                for state, name in report.patients.labels.items()
            }
            for month in report.state_risk["time"].unique()
        ]
    )


def range_table(ranges: pd.DataFrame, drawn: Drawn, landmark_months: float) -> pd.DataFrame:
    """Return every number with its range over the draws, as text; without draws only the number."""
    draws = count(drawn)
    rows = []
    for row in ranges.to_dict("records"):
        method = _METHODS[row["analysis"]]
        method += f" at {landmark_months:g} months" if row["analysis"] == "landmark" else ""
        words, spelled = _STATISTICS[row["statistic"]]
        shown = {"Method": method, "Quantity": words, "Here": spelled(row["value"])}
        if draws:
            shown[f"{held(draws)} cohorts drawn"] = formats.spread(
                spelled(row["lower"]), spelled(row["upper"])
            )
            if math.isnan(row["least"]):
                shown["All cohorts drawn"] = formats.spread(spelled(row["lowest"]), spelled(row["highest"]))
            else:
                shown[ALLOWED] = formats.spread(spelled(row["least"]), spelled(row["largest"]))
        rows.append(shown)
    return pd.DataFrame(rows)


def range_caption(ranges: pd.DataFrame) -> str:
    """Return the caption of `range_table`, which says what a ratio of 0 is where there is one."""
    zero = ranges.loc[ranges["statistic"] == "hazard_ratio", ["value", "lowest", "least"]].eq(0)
    more = "; a ratio of 0: whenever a responder died, nobody without response was followed any more"
    return CAPTIONS["ranges"] + more * bool(zero.to_numpy().any())


def stated(conclusions: pd.DataFrame, report: ResponseReport, at: LandmarkReport) -> pd.DataFrame:
    """Return `numbers.conclusions` with each conclusion in words."""
    said = {key: words.format(level=report.options.level, at=at.at.at) for key, words in CONCLUSIONS.items()}
    return conclusions.assign(conclusion=conclusions["conclusion"].map(said))


def conclusion_table(conclusions: pd.DataFrame, drawn: Drawn) -> pd.DataFrame:
    """Return the conclusions for readers: whether each holds here, and in how many of the draws."""
    draws = count(drawn)
    here = conclusions["here"].map({True: "holds", False: "does not hold"})
    frame = pd.DataFrame({"Conclusion": conclusions["conclusion"], "Here": here})
    if draws:
        frame[f"In {draws} cohorts drawn"] = [_held_in(share, draws) for share in conclusions["share"]]
        if conclusions["allowed"].notna().all():
            # A cohort drawn in which a conclusion fails is one that print allows.
            always = (conclusions["allowed"] == 1) & (conclusions["share"] == 1)
            otherwise = always.map({True: "not found", False: "yes"})
            frame["Print allows otherwise"] = otherwise.mask(conclusions["printed"], "no, it is printed")
    return frame


def _held_in(share: float, draws: int) -> str:
    some = formats.of(round(share * draws), draws)
    return "every one" if share == 1 else "none" if share == 0 else some


def certainty(conclusions: pd.DataFrame, drawn: Drawn, kind: str, without: str = "") -> str:
    """Return which conclusions do not depend on which of the possible cohorts is the true one.

    `without` says why there is no ensemble although one was asked for.
    """
    draws = count(drawn)
    if not draws:
        if kind == "yours":
            return "These are your patients' numbers; the limits show how far chance alone could move them."
        return without or "Without an ensemble (parameter draws) only the one reconstructed cohort speaks."
    stands = (conclusions["share"] == 1) & ~(conclusions["allowed"] < 1)
    always = conclusions.loc[stands & ~conclusions["printed"], "conclusion"].map(_inside)
    text = (
        "The printed P was a constraint, so that Mantel-Byar comes out as printed is by construction. "
        f"In every one of {draws} cohorts drawn, and in all cohorts searched for that reach farther: "
        f"{'; '.join(always) or 'nothing on this list holds'}."
    )
    other = conclusions[~stands & ~conclusions["printed"]].to_dict("records")
    words = [f"{_inside(row['conclusion'])} (in {_held_in(row['share'], draws)} drawn)" for row in other]
    decided = f" Open, because the printed numbers do not decide it: {'; '.join(words)}."
    return text + (decided if words else "")


def _inside(item: str) -> str:
    """Return a conclusion as part of a sentence; names of methods keep their capital."""
    return item if item.startswith("Mantel") else item[0].lower() + item[1:]


def landmark(found: LandmarkReport) -> str:
    """Return what the chosen landmark compares, and whom it leaves out."""
    at = found.at
    verb = "responds" if at.later_responders == 1 else "respond"
    later = f" {at.later_responders} of those without {verb} later." if at.later_responders else ""
    landmark = f"At the landmark of **{at.at:g} months**"
    return f"{landmark}{_compared(found)} {_left_out(found)}{later} {_result(found)}"


def _compared(found: LandmarkReport) -> str:
    with_response = formats.counted(found.at.responders, "patient")
    without = formats.counted(found.at.non_responders, "patient")
    if not found.at.responders and not found.at.non_responders:
        return " nobody is followed any more."
    if not found.at.responders:
        return f" none of {without} has responded."
    if not found.at.non_responders:
        return f" all of {with_response} have responded."
    return f", {with_response} with a response are compared with {found.at.non_responders} without."


def _left_out(found: LandmarkReport) -> str:
    at = found.at
    if not at.left_out:
        return "Nobody is left out."
    gone = {"had died": at.died_before, "censored": at.censored_before}
    how = " and ".join(f"{number} {fate}" for fate, number in gone.items() if number)
    verb = "is" if at.left_out == 1 else "are"
    return f"**{formats.counted(at.left_out, 'patient')} {verb} left out** ({how})."


def _result(found: LandmarkReport) -> str:
    at = found.at
    if math.isnan(at.p):
        return "One of the groups is empty or no death tells them apart, so there is no test."
    smaller = min(at.responders, at.non_responders)
    few = (
        ""
        if smaller >= FEWEST
        else f" The smaller group is {formats.counted(smaller, 'patient')}: read nothing into it."
    )
    return (
        f"Log-rank {formats.p_equals(at.p)}, hazard ratio of responders {formats.ratio(at.hazard_ratio)} "
        f"({_limits(at)}).{few}"
    )


def sweep_table(found: LandmarkReport) -> pd.DataFrame:
    """Return the landmarks at whole months for readers, without those at which a group is too small."""
    whole = found.readable[found.readable["landmark"] % 1 == 0]
    told = whole["p"].notna()
    results = {
        "Hazard ratio": whole["hazard_ratio"].map(formats.ratio),
        "Limits": [_limits(row) for row in whole.itertuples()],
        "Log-rank P": whole["p"].map(formats.p_value),
    }
    return pd.DataFrame(
        {
            "Landmark (months)": whole["landmark"].map("{:g}".format),
            "Responders": whole["responders"],
            "Others": whole["non_responders"],
            "Left out": whole["left_out"],
            "Respond later": whole["later_responders"],
        }
        | {name: pd.Series(text, whole.index).where(told, formats.NOTHING) for name, text in results.items()}
    )


# --- alt texts ----------------------------------------------------------------------------------------------

_UNKNOWN = "an unknown share"


def immortal_time_alt(report: ResponseReport) -> str:
    """Describe the two panels."""
    naive, current = (
        " against ".join(_alive(curves, state, 12, _UNKNOWN) for state in STATES)
        for curves in (report.naive_curves, report.state_curves)
    )
    return (
        "Survival curves of two groups, left from day 0 by final state, right by current state. "
        f"{report.patients.name}: at 12 months {naive} on the left ({formats.p_equals(report.naive.p)}), "
        f"{current} on the right ({formats.p_equals(report.mantel_byar.p)})."
    )


def by_state_alt(report: ResponseReport) -> str:
    """Describe the Simon-Makuch curves."""
    states = [
        f"{name}: {_alive(report.state_curves, state, 12, _UNKNOWN)} alive at 12 months, "
        f"{_alive(report.state_curves, state, 30, _UNKNOWN)} at 30"
        for state, name in report.patients.labels.items()
    ]
    return f"Two step curves with limits. {'; '.join(states)}. Numbers at risk in each state stand below."


def landmark_alt(found: LandmarkReport) -> str:
    """Describe the curves from the landmark on."""
    at = found.at
    lived = [_alive(found.curves, state, 24, _UNKNOWN) for state in STATES]
    return (
        f"Two step curves from {at.at:g} months on: {at.responders} responders, of whom {lived[0]} live to "
        f"24 months, and {at.non_responders} others, of whom {lived[1]} do. The time before the landmark is "
        "shaded."
    )


def sweep_alt(found: LandmarkReport) -> str:
    """Describe the sweep of landmarks."""
    ratios = found.readable["hazard_ratio"]
    ratios = ratios[np.isfinite(ratios) & (ratios > 0)]
    shown = "cannot be estimated"
    if len(ratios):
        shown = f"is {formats.spread(formats.ratio(ratios.min()), formats.ratio(ratios.max()))}"
    last = found.sweep.iloc[-1]
    return (
        f"Above, the hazard ratio of responders for landmarks up to {last['landmark']:g} months: "
        f"where both groups have {FEWEST} patients or more it {shown}. Below, stacked bars of who takes "
        f"part: {formats.count(last['left_out'])} patients are left out at the last landmark."
    )
