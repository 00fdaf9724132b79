"""What a survival report says: sentences, tables for reading, alt texts, captions; numbers are computed."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from blina.endpoint.numbers import EndpointReport
from blina.endpoint.options import PCT
from blina.endpoint.summary import ALL
from blina.vocabulary import DAYS_PER_MONTH, ENDPOINT_NAMES
from nbreports.html.markup import escape_markdown

CAPTIONS = {
    "at_risk": "Patients at risk at each month of the axis",
}
_WITHOUT = {"OS": "a survival", "RFS": "a relapse-free survival"}
EVENTS = {"OS": "death", "RFS": "relapse or death"}

_ALIVE = {"OS": "Alive", "RFS": "Alive without relapse"}

_WHAT = {
    "n": "Patients",
    "events": "Events",
    "median": "Median",
    "median_lower": "Median, lower {level} limit",
    "median_upper": "Median, upper {level} limit",
    "followup_median": "Median follow-up ({method})",
    "followup_min": "Shortest time observed",
    "followup_max": "Longest time observed",
    "plateau_from": "Last event: no event after",
    "count_at_or_beyond": "Observed for {at:g} months or longer",
    "survival": "{alive} at {at:g} months",
    "rmst": "Mean {name} up to month {at:g}",
    "rmst_se": "– its standard error",
}


def name_of(report: EndpointReport) -> str:
    """Return what the endpoint is called: a user's own words where it is not the one of the role's name."""
    return f"“{report.own_name}”" if report.own_name else ENDPOINT_NAMES[report.role]


def event_of(report: EndpointReport) -> str:
    """Return what an event of the endpoint is."""
    return "CNSR 0" if report.own_name else EVENTS[report.role]


def months(value: float) -> str:
    """Return months to one decimal; 'not reached' for infinity, a dash for nothing."""
    if math.isnan(value):
        return "–"
    return "not reached" if math.isinf(value) else f"{value:.1f}"


def percent(value: float) -> str:
    """Return a percentage without decimals: a step of 36 patients is nearly three points."""
    return "–" if math.isnan(value) else f"{value:.0f}{PCT}"


def p_value(value: float) -> str:
    """Return P with two significant digits, and '<0.0001' below that."""
    if math.isnan(value):
        return "–"
    return "<0.0001" if value < 1e-4 else f"{value:.2g}"


def ratio(value: float) -> str:
    """Return a hazard ratio with two decimals."""
    if math.isnan(value):
        return "–"
    return "∞" if math.isinf(value) else f"{value:.2f}"


def number(value: float, unit: str) -> str:
    """Return a value of the summary in its unit's format."""
    if unit == "%":
        return percent(value)
    if unit == "patients":
        return "–" if math.isnan(value) else f"{value:.0f}"
    return months(value)


def with_unit(value: float, unit: str) -> str:
    """Return a value of the summary with its unit, where it has a value."""
    text = number(value, unit)
    return f"{text} months" if unit == "months" and math.isfinite(value) else text


def what(row: dict[Any, Any], report: EndpointReport) -> str:
    """Return a statistic of the summary in words."""
    method = {"reverse-km": "reverse Kaplan-Meier", "observed": "time observed"}
    text = _WHAT[row["statistic"]].format(
        level=report.options.percent,
        at=row["at"],
        method=method[report.options.followup_method],
        alive="Without the event" if report.own_name else _ALIVE[report.role],
        name="time without the event" if report.own_name else ENDPOINT_NAMES[report.role],
    )
    beyond = row["statistic"] == "rmst" and row["at"] > report.curve["time"].max()
    return text + ("; curve carried on flat to there" if beyond else "")


def summary_caption(report: EndpointReport) -> str:
    """Return the caption of the reader's table."""
    name = name_of(report)
    parts = ["every statistic"]
    parts += ["what is printed"] if len(report.marks) else []
    parts += ["what the printed numbers leave open"] if report.draws else []
    return f"{name[0].upper()}{name[1:]}: {', '.join(parts)}"


def summary_table(report: EndpointReport) -> pd.DataFrame:
    """Return the summary as text: printed, ours, agreement, and the range over the ensemble.

    Columns without content (nothing printed, no ensemble) are left out; days stand beside months where the
    table was in days and is the user's own. With arms there is one column per arm.
    """
    groups = report.summary.fillna({"at": -1}).groupby(["population", "statistic", "at"], sort=False)
    firsts = report.summary.loc[[group.index[0] for _, group in groups]].to_dict("records")
    rows = [
        _reader_row(row | {"printed": _joined(group["printed"]), "agrees": _all(group["agrees"])}, report)
        for row, (_, group) in zip(firsts, groups, strict=True)
    ]
    frame = pd.DataFrame(rows)
    frame = frame[[name for name in frame.columns if name == "" or (frame[name] != "").any()]]
    return _arms_beside(frame, report) if len(report.arms) > 1 else frame.drop(columns="Patients of")


def _arms_beside(frame: pd.DataFrame, report: EndpointReport) -> pd.DataFrame:
    """Return the table with one column per arm, and one for all arms with what is printed about them."""
    if "In days" in frame:
        frame = frame.assign(Here=frame["Here"] + frame["In days"].map(lambda d: f" ({d} days)" if d else ""))
    sides = {name: part.set_index("") for name, part in frame.groupby("Patients of", sort=False)}
    wide = pd.DataFrame({arm: sides[arm]["Here"] for arm in report.arms}, index=sides[report.arms[0]].index)
    wide["all arms"] = sides["all arms"]["Here"]
    for name in ("Printed", "Agrees"):
        if name in frame:
            wide[name] = sides["all arms"][name]
    return wide.reset_index()


def _joined(printed: pd.Series) -> str:
    """Return what the sources print for one statistic: the same quantity may be printed twice."""
    return " and ".join(printed)


def _all(agrees: pd.Series) -> bool | None:
    return None if agrees.isna().any() else bool(agrees.all())


def _reader_row(row: dict[Any, Any], report: EndpointReport) -> dict[str, str]:
    unit = row["unit"]
    in_days = unit == "months" and report.kind == "yours" and report.unit == "days"
    days = row["value"] * DAYS_PER_MONTH
    drawn = not math.isnan(row["middle"])
    return {
        "": what(row, report) + (", in months" if unit == "months" else ""),
        "Patients of": "all arms" if row["population"] == ALL else row["population"],
        "Printed": row["printed"],
        "Here": number(row["value"], unit),
        "In days": f"{days:.4g}" if in_days and math.isfinite(days) else "",
        "Agrees": "" if row["agrees"] is None else ("yes" if row["agrees"] else "no"),
        f"95 % of {report.draws} cohorts": between(row["lower"], row["upper"], unit) if drawn else "",
        "All cohorts": between(row["lowest"], row["highest"], unit) if drawn else "",
    }


def between(lower: float, upper: float, unit: str) -> str:
    """Return a range in the unit's format; one number where both ends are shown alike."""
    ends = number(lower, unit), number(upper, unit)
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix(PCT)} to {ends[1]}"


def arms(report: EndpointReport) -> str:
    """Return how arms are compared, or that there are none."""
    if report.test is None:
        return "The data have a single arm; there is nothing to compare."
    return "Events against those expected if the arms did not differ; hazard ratios are from Cox regression."


def arms_table(report: EndpointReport) -> pd.DataFrame | None:
    """Return the comparison of arms for readers: events, expected events, hazard ratio; None for one arm."""
    if report.test is None or report.ratios is None:
        return None
    test, ratios = report.test, report.ratios.set_index("arm").to_dict("index")
    limits = f"{report.options.percent} limits"
    rows = []
    for arm, n, observed, expected in zip(test.arms, test.n, test.observed, test.expected, strict=True):
        row = {"Arm": arm, "Patients": n, "Events": f"{observed:.0f}", "Expected": f"{expected:.1f}"}
        against = {"Hazard ratio": "1 (reference)", limits: "", "P": ""}
        if found := ratios.get(arm):
            ends = f"{ratio(found['lower'])} to {ratio(found['upper'])}"
            against = {"Hazard ratio": ratio(found["hazard_ratio"]), limits: ends, "P": p_value(found["p"])}
        rows.append(row | against)
    return pd.DataFrame(rows)


def arms_caption(report: EndpointReport) -> str:
    """Return the caption of the comparison of arms: the log-rank test."""
    test = report.test
    if test is None or math.isnan(test.p):
        return "Arms; no event distinguishes them"
    return f"Log-rank test: χ² {test.chi2:.1f} on {test.df} degrees of freedom, P {p_value(test.p)}"


def risk_table(report: EndpointReport) -> pd.DataFrame:
    """Return the numbers at risk, one row per arm and one column per tick of the axis."""
    wide = report.risk.pivot(index="arm", columns="time", values="at_risk").loc[list(report.arms)]
    wide.columns = [f"{month:g} mo" for month in wide.columns]
    wide.insert(0, "", ["At risk" if arm == ALL else arm for arm in wide.index])
    return wide.reset_index(drop=True)


def steps_table(report: EndpointReport) -> pd.DataFrame:
    """Return survival in % with its limits at the ticks of the axis."""
    rows = []
    for arm in report.arms:
        steps = report.curve[report.curve["arm"] == arm]
        for month in report.risk["time"].unique():
            reached = steps[steps["time"] <= month + 1e-9]
            if month > steps["time"].max() + 1e-9:
                continue
            row = reached.iloc[-1]
            lower, upper = (percent(100 * row[side]).removesuffix(PCT) for side in ("lower", "upper"))
            rows.append(
                {
                    "Months": f"{month:g}",
                    "Arm": arm,
                    "Survival": percent(100 * row["survival"]),
                    f"{report.options.percent} limits": f"{lower} to {upper}{PCT}",
                }
            )
    frame = pd.DataFrame(rows)
    return frame if len(report.arms) > 1 else frame.drop(columns="Arm")


def steps_caption(report: EndpointReport) -> str:
    """Return the caption of the table of the curve."""
    return (
        f"Kaplan-Meier estimate with limits ({report.options.conf_type}) at the months of the axis; "
        "the table beside the page holds every step that is drawn"
    )


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


def curve_alt(report: EndpointReport) -> str:
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


def curve_caption(report: EndpointReport) -> str:
    """Return the caption of the curve."""
    parts = [_about_ticks(report)]
    if len(report.arms) == 1:
        parts.append("Dotted: the median.")
    if len(report.marks):
        parts.append("Printed numbers in their own colour.")
    if report.band is not None:
        parts.append("Grey: what the printed numbers leave open.")
    return " ".join(parts)
