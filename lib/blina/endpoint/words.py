"""What a survival report says in words, and the alt text of its picture; every number is computed."""

from __future__ import annotations

import math

from blina.endpoint.numbers import EndpointReport
from blina.endpoint.summary import ALL
from blina.endpoint.tables import between, event_of, months, name_of, p_value, percent, with_unit
from nbreports.html.markup import escape_markdown

_WITHOUT = {"OS": "a survival", "RFS": "a relapse-free survival"}


def answer(report: EndpointReport) -> str:
    """Return the answer to the report's question as Markdown, one short paragraph."""
    if len(report.arms) > 1:
        return " ".join([_median_of(report, arm) for arm in report.arms] + [_tested(report)])
    parts = [_median_of(report, report.arms[0]), _tail(report), _followed(report), _left_open(report)]
    return " ".join(part for part in parts if part)


def _median_of(report: EndpointReport, arm: str) -> str:
    whose = "" if arm == ALL else f" in **{escape_markdown(arm)}**"
    median, n = report.value("median", arm), report.value("n", arm)
    low, high = (with_unit(report.value(f"median_{end}", arm), "months") for end in ("lower", "upper"))
    name = f"median of {escape_markdown(name_of(report))}" if report.own_name else f"median {name_of(report)}"
    the = "In the reconstructed cohort drawn here, the" if report.kind == "reconstructed" else "The"
    events, level = report.value("events", arm), report.options.percent
    if math.isinf(median):
        return (
            f"{the} {name}{whose} is **not reached**: {events:.0f} of {n:.0f} patients had the event "
            f"({event_of(report)}; lower {level} limit: {low})."
        )
    return (
        f"{the} {name}{whose} is **{months(median)} months** ({level} limits "
        f"{low.removesuffix(' months')} to {high}; {n:.0f} patients, {events:.0f} events)."
    )


def _tail(report: EndpointReport) -> str:
    last = report.value("plateau_from")
    if math.isnan(last):
        return f"There was no event ({event_of(report)})."
    level = 100 * report.curve["survival"].iloc[-1]
    if level < 1e-6:
        return f"The last patient at risk had the event at {months(last)} months, so there is no plateau."
    return f"After the last event, at {months(last)} months, the curve stays at {percent(level)}."


def _followed(report: EndpointReport) -> str:
    followed = report.value("followup_median")
    if math.isinf(followed):
        return "The median follow-up cannot be estimated: too few patients were censored."
    return f"Patients were followed for a median of {months(followed)} months."


def _left_open(report: EndpointReport) -> str:
    """Return, for one number that is not printed, how far the printed ones pin it down."""
    rows = report.summary[(report.summary["statistic"] == "survival") & (report.summary["claim"] == "")]
    rows = rows[rows["middle"].notna()]
    if not len(rows):
        return ""
    row = rows.iloc[(rows["at"] - 12).abs().argmin()]
    agreed = report.summary.loc[report.summary["claim"] != "", "agrees"].eq(True)
    met = (
        "the printed numbers are met"
        if agreed.all()
        else f"{agreed.sum()} of {len(agreed)} printed numbers are met"
    )
    return (
        f"How sure that is: {met}; those that are not printed are this one cohort's. Survival at "
        f"{row['at']:g} months, for one, may be anything from {between(row['lower'], row['upper'], '%')} in "
        "95 % of the cohorts that meet every printed number."
    )


def _tested(report: EndpointReport) -> str:
    if report.test is None or math.isnan(report.test.p):
        return "The arms cannot be compared: no event distinguishes them."
    test = report.test
    return f"Log-rank test of the arms: χ² {test.chi2:.1f} on {test.df} df, P {p_value(test.p)}."


def certainty(report: EndpointReport) -> str:
    """Return how sure the numbers are, for the kind of data at hand."""
    if report.kind == "yours":
        return _yours(report)
    text = f"{_agreement(report)} {_by_construction(report)}"
    if report.band is None:
        asked = report.without or "What was not printed needs the ensemble to be judged (parameter draws)."
        return f"{text} {asked}"
    return f"{text} {_not_printed(report)}"


def _agreement(report: EndpointReport) -> str:
    agreed = report.summary.loc[report.summary["claim"] != "", "agrees"]
    return f"{agreed.eq(True).sum()} of {len(agreed)} printed numbers on this page come out as printed."


def _by_construction(report: EndpointReport) -> str:
    agreed = report.summary.loc[report.summary["claim"] != "", "agrees"]
    if agreed.eq(True).all():
        return "That is no evidence: the reconstructed cohorts were made to meet them."
    return (
        "The one cohort that is drawn was made under the collection's default assumptions and need not meet "
        "every printed number under those chosen here."
    )


def _yours(report: EndpointReport) -> str:
    text = "These are your patients' numbers: the limits show how far chance alone could move them."
    if (report.summary["claim"] == "").all():
        return f"{text} The publication's numbers are not shown: they are about other patients."
    return f"{text} {_agreement(report)} Those are the numbers of the claims file that you gave."


def _not_printed(report: EndpointReport) -> str:
    rows = report.summary[(report.summary["statistic"] == "survival") & (report.summary["claim"] == "")]
    spans = [
        f"{between(row['lower'], row['upper'], '%')} at {row['at']:g} months"
        for row in rows.to_dict("records")
    ]
    return (
        f"What was not printed is only bounded: of {report.draws} cohorts that meet all printed numbers, "
        f"95 % have {_WITHOUT[report.role]} of {', '.join(spans)}. The grey band shows this for every month; "
        "it is not sampling error (that is what the dashed limits show) but what the printed numbers leave "
        "open."
    )


def alt_text(report: EndpointReport) -> str:
    """Return what the picture shows, in words."""
    last = report.risk["time"].max()
    parts = [f"Kaplan-Meier curve of {name_of(report)} over {last:g} months."]
    for arm in report.arms:
        name = "It" if arm == ALL else f"The curve of {arm}"
        rows = report.curve[report.curve["arm"] == arm]
        end = percent(100 * rows["survival"].iloc[-1])
        median = report.value("median", arm)
        half = "never falls to half" if math.isinf(median) else f"falls to half at {months(median)} months"
        parts.append(f"{name} starts with {report.value('n', arm):.0f} patients, {half} and ends at {end}.")
    printed = ", ".join(
        f"{row['statistic'].replace('_', ' ')} {row['printed']}" for row in report.marks.to_dict("records")
        if row["statistic"] in ("median", "followup_median", "plateau_from")
    )  # fmt: skip
    if printed:
        parts.append(f"Printed numbers are marked: {printed}.")
    if report.band is not None:
        parts.append(f"A grey band holds 95 % of the curves of {report.draws} reconstructed cohorts.")
    return " ".join(parts)


def _about_ticks(report: EndpointReport) -> str:
    if report.ticked:
        return "Ticks: censored."
    censored = report.curve["censored"].sum() > 0
    return "Too many are censored to draw a tick for each." if censored else "Nobody was censored."


def caption(report: EndpointReport) -> str:
    """Return the caption of the curve."""
    parts = [_about_ticks(report)]
    if len(report.arms) == 1:
        parts.append("Dotted: the median.")
    if len(report.marks):
        parts.append("Printed numbers in their own colour.")
    if report.band is not None:
        parts.append("Grey: what the printed numbers leave open.")
    return " ".join(parts)
