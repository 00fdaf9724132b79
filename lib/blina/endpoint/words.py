"""What a survival report says: sentences, tables for reading, alt texts, captions; numbers are computed."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from blina import formats
from blina.endpoint.bands import held
from blina.endpoint.calibration import clause
from blina.endpoint.numbers import EndpointReport, step_at
from blina.endpoint.summary import ALL, CONDITION
from blina.facts import noted
from blina.vocabulary import DAYS_PER_MONTH
from nbreports.html.markup import escape_markdown

FIRST = "Statistic"
"""Head of the column that names the rows of a summary."""
_EVENTS = {"OS": "death", "RFS": "relapse or death"}
_HAD = {"OS": "died", "RFS": "relapsed or died"}
_ALIVE = {"OS": "Alive", "RFS": "Alive without relapse"}
_WITHOUT = {"OS": "a survival", "RFS": "a relapse-free survival"}
_METHODS = {
    "reverse-km": "reverse Kaplan-Meier", "observed": "time observed", "survivors": "of survivors",
}  # fmt: skip
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
    "conditional_survival": "{alive} at {at:g} months, of those still so at {given:g}",
    "rmst": "Mean {name} up to month {at:g}",
}


def _name(report: EndpointReport) -> str:
    """Return what the endpoint is called: a user's own words in quotes."""
    return f"“{report.own_name}”" if report.own_name else report.name


def _event(report: EndpointReport) -> str:
    """Return what an event of the endpoint is."""
    return "CNSR 0" if report.own_name else _EVENTS[report.role]


# --- tables for reading -------------------------------------------------------------------------------------


def _what(row: dict[Any, Any], report: EndpointReport) -> str:
    """Return a statistic of the summary in words."""
    text = _WHAT[row["statistic"]].format(
        level=report.options.level,
        at=row["at"],
        given=CONDITION,
        method=_METHODS[report.options.followup_method],
        alive="Without the event" if report.own_name else _ALIVE[report.role],
        name="time without the event" if report.own_name else report.name,
    )
    return text + (", in months" if row["unit"] == "months" else "")


ALLOWED = "Allowed by print, at least"
"""Head of what some cohort has that meets every printed number: those drawn, and those searched for."""


def summary_table(report: EndpointReport) -> pd.DataFrame:
    """Return the summary as text: printed, ours, agreement, and the range over the ensemble.

    Survival and the mean stand with their limits. Columns without content (nothing printed, no ensemble) are
    left out; days stand beside months where the table was in days and is the user's own. With arms there is
    one column per arm. What is printed twice has one row.
    """
    groups = (
        report.summary[report.summary["statistic"] != "rmst_se"]
        .fillna({"at": -1})
        .groupby(["population", "statistic", "at"], sort=False)
    )
    rows = []
    for _, group in groups:
        row = report.summary.loc[group.index[0]].to_dict()
        agrees = None if group["agrees"].isna().any() else bool(group["agrees"].all())
        rows.append(_summary_row(row | {"printed": " and ".join(group["printed"]), "agrees": agrees}, report))
    frame = pd.DataFrame(rows)
    frame = frame[[name for name in frame.columns if name == FIRST or (frame[name] != "").any()]]
    return _arms_beside(frame, report) if len(report.arms) > 1 else frame.drop(columns="Patients of")


def _summary_row(row: dict[Any, Any], report: EndpointReport) -> dict[str, str]:
    unit = row["unit"]
    in_days = unit == "months" and report.kind == "yours" and report.unit == "days"
    days = row["value"] * DAYS_PER_MONTH
    drawn = not math.isnan(row["middle"])
    return {
        FIRST: _what(row, report),
        "Patients of": "all arms" if row["population"] == ALL else row["population"],
        "Printed": row["printed"],
        "Here": _noted(formats.limits(row["value"], row["low"], row["high"], unit), row, report),
        "In days": formats.days(days) if in_days and math.isfinite(days) else "",
        "Agrees": "" if row["agrees"] is None else ("yes" if row["agrees"] else "no"),
        f"{held(report.draws)} cohorts drawn": formats.between(row["lower"], row["upper"], unit)
        if drawn
        else "",
        # What is printed is the same in all of them.
        ALLOWED: formats.between(row["least"], row["largest"], unit) if drawn and not row["printed"] else "",
    }


def _noted(text: str, row: dict[Any, Any], report: EndpointReport) -> str:
    """Return our value, with a card about the claim that it stands for, if it does for one."""
    claim = next((claim for claim in report.claims if claim.id == row["claim"]), None)
    if claim is None:
        return text
    value = formats.exact(row["value"]) if math.isfinite(row["value"]) else text
    return noted(text, claim, value, "reproduced" if row["agrees"] else "not reproduced")


def _arms_beside(frame: pd.DataFrame, report: EndpointReport) -> pd.DataFrame:
    """Return the table with one column per arm, and one for all arms with what is printed about them."""
    if "In days" in frame:
        frame = frame.assign(Here=frame["Here"] + frame["In days"].map(lambda d: f" ({d} days)" if d else ""))
    sides = {name: part.set_index(FIRST) for name, part in frame.groupby("Patients of", sort=False)}
    wide = pd.DataFrame({arm: sides[arm]["Here"] for arm in report.arms}, index=sides[report.arms[0]].index)
    wide["all arms"] = sides["all arms"]["Here"]
    for name in ("Printed", "Agrees"):
        if name in frame:
            wide[name] = sides["all arms"][name]
    return wide.reset_index()


def summary_caption(report: EndpointReport) -> str:
    """Return the caption of the summary."""
    parts = ["every statistic"]
    parts += ["what is printed"] if len(report.marks) else []
    parts += ["what the printed numbers leave open"] if report.draws else []
    name = _name(report)
    return f"{name[0].upper()}{name[1:]}: {', '.join(parts)}"


def arms(report: EndpointReport) -> str:
    """Return how arms are compared; nothing where there is one."""
    if report.test is None:
        return ""
    return "Events against those expected if the arms did not differ; hazard ratios are from Cox regression."


def arms_table(report: EndpointReport) -> pd.DataFrame | None:
    """Return the comparison of arms for readers: events, expected events, hazard ratio; None for one arm."""
    if report.test is None or report.ratios is None:
        return None
    test, ratios = report.test, report.ratios.set_index("arm").to_dict("index")
    limits = f"{report.options.level} limits"
    rows = []
    for arm, n, observed, expected in zip(test.arms, test.n, test.observed, test.expected, strict=True):
        row = {
            "Arm": arm,
            "Patients": n,
            "Events": formats.count(observed),
            "Expected": formats.statistic(expected),
            "Hazard ratio": "1 (reference)",
            limits: "",
            "P": "",
        }
        if found := ratios.get(arm):
            row["Hazard ratio"] = formats.ratio(found["hazard_ratio"])
            row[limits] = formats.spread(formats.ratio(found["lower"]), formats.ratio(found["upper"]))
            row["P"] = formats.p_value(found["p"])
        rows.append(row)
    return pd.DataFrame(rows)


def arms_caption(report: EndpointReport) -> str:
    """Return the caption of the comparison of arms: the log-rank test."""
    return f"Log-rank test: {_logrank(report)}" if _logrank(report) else "Arms; no event distinguishes them"


def _logrank(report: EndpointReport) -> str:
    test = report.test
    if test is None or math.isnan(test.p):
        return ""
    return f"χ² {formats.statistic(test.chi2)} on {test.df} df, {formats.p_equals(test.p)}"


def steps_table(report: EndpointReport) -> pd.DataFrame:
    """Return survival with its limits at the ticks of the axis, as far as each arm was followed."""
    rows = []
    for arm in report.arms:
        curve = report.curve[report.curve["arm"] == arm]
        for month in report.risk["time"].unique():
            if (row := step_at(curve, month)) is not None:
                limits = formats.between(100 * row["lower"], 100 * row["upper"], "%")
                rows.append((f"{month:g}", arm, formats.share(row["survival"]), limits))
    frame = pd.DataFrame(rows, columns=["Months", "Arm", "Survival", f"{report.options.level} limits"])
    return frame if len(report.arms) > 1 else frame.drop(columns="Arm")


def steps_caption(report: EndpointReport) -> str:
    """Return the caption of the table of the curve."""
    return (
        f"Kaplan-Meier estimate with limits ({report.options.conf_type}) at the months of the axis; "
        "the table beside the page holds every step that is drawn"
    )


# --- sentences ----------------------------------------------------------------------------------------------


def finding(report: EndpointReport) -> str:
    """Return the answer to the report's question as Markdown, in 40 words at most."""
    if len(report.arms) > 1:
        told = _logrank(report)
        counts = [
            f"{formats.of(report.value('events', arm), report.value('n', arm))} in {escape_markdown(arm)}"
            for arm in report.arms[:4]
        ]
        events = f"Events ({_event(report)}): {formats.listed(counts)}."
        return f"{events} Log-rank {told}." if told else f"{events} No event distinguishes the arms."
    had, n = report.value("events"), report.value("n")
    what = "had the event" if report.own_name else _HAD[report.role]
    last, end = report.value("plateau_from"), report.curve["survival"].iloc[-1]
    flat = "" if math.isnan(last) or end < 1e-8 else (
        f"; after month {formats.months(last)} the curve stays at {formats.share(end)}"
    )  # fmt: skip
    # How many had it, and what is left, another cohort has otherwise: nobody printed either.
    whose = "In the cohort shown " if report.kind == "reconstructed" else ""
    return f"{whose}{formats.of(had, n, 'patient')} {what}{flat}.{_at_a_year(report)}"


def key_numbers(report: EndpointReport) -> list[tuple[str, str]]:
    """Return the median of each arm, to be set large, and what it is."""
    found = []
    for arm in report.arms[:3]:
        median, low, high = (report.value(name, arm) for name in ("median", "median_lower", "median_upper"))
        whose = "" if arm == ALL else f", {arm}"
        limits = f"{report.options.level} CI {formats.between(low, high, 'months')}{_ours_alone(report)}"
        number = formats.with_unit(median, "months") if math.isfinite(median) else formats.NOT_REACHED
        found.append((number, f"median {report.name}{whose} ({limits})"))
    return found


def _ours_alone(report: EndpointReport) -> str:
    """Return that the limits are those of one cohort, where nobody printed them."""
    printed = {"median_lower", "median_upper"} <= set(report.marks["statistic"])
    return " in this cohort, not printed" if report.kind == "reconstructed" and not printed else ""


def _at_a_year(report: EndpointReport) -> str:
    """Return how far the printed numbers pin down what they do not say, at the month nearest to 12."""
    rows = _not_printed(report)[lambda rows: rows["middle"].notna()]
    if not len(rows):
        return ""
    row = rows.iloc[(rows["at"] - 12).abs().argmin()]
    alive = "without the event" if report.own_name else _ALIVE[report.role].lower()
    return (
        f" At month {row['at']:g}, not printed, {_range(row)} are {alive} in {held(report.draws)} "
        f"cohorts; print allows {_allowed(row)} and perhaps more."
    )


def answer(report: EndpointReport) -> str:
    """Return the answer in more words, as Markdown, one short paragraph."""
    if len(report.arms) > 1:
        told = _logrank(report)
        test = f"Log-rank test of the arms: {told}." if told else (
            "The arms cannot be compared: no event distinguishes them."
        )  # fmt: skip
        return " ".join([*(_median(report, arm) for arm in report.arms), test])
    parts = [_median(report, report.arms[0]), _tail(report), _followed(report), _left_open(report)]
    return " ".join(part for part in parts if part)


def _median(report: EndpointReport, arm: str) -> str:
    whose = "" if arm == ALL else f" in **{escape_markdown(arm)}**"
    median, low, high = (report.value(name, arm) for name in ("median", "median_lower", "median_upper"))
    n, events = (report.value(name, arm) for name in ("n", "events"))
    name = f"median of {escape_markdown(_name(report))}" if report.own_name else f"median {_name(report)}"
    the = "In the reconstructed cohort drawn here, the" if report.kind == "reconstructed" else "The"
    level = report.options.level
    if math.isinf(median):
        return (
            f"{the} {name}{whose} is **not reached**: {formats.of(events, n, 'patient')} had the event "
            f"({_event(report)}; lower {level} limit: {formats.with_unit(low, 'months')})."
        )
    return (
        f"{the} {name}{whose} is **{formats.months(median)} months** ({level} limits "
        f"{formats.between(low, high, 'months')}; {formats.counted(n, 'patient')}, "
        f"{formats.counted(events, 'event')})."
    )


def _tail(report: EndpointReport) -> str:
    last = report.value("plateau_from")
    if math.isnan(last):
        return f"There was no event ({_event(report)})."
    end, last_month = report.curve["survival"].iloc[-1], formats.months(last)
    if end < 1e-8:
        return f"The last patient at risk had the event at {last_month} months, so there is no plateau."
    return f"After the last event, at {last_month} months, the curve stays at {formats.share(end)}."


def _followed(report: EndpointReport) -> str:
    followed = report.value("followup_median")
    if math.isinf(followed):
        return "The median follow-up cannot be estimated: too few patients were censored."
    return f"Patients were followed for a median of {formats.months(followed)} months."


def _not_printed(report: EndpointReport) -> pd.DataFrame:
    """Return the rows of survival at months at which it is not printed."""
    return report.summary[(report.summary["statistic"] == "survival") & (report.summary["claim"] == "")]


def _left_open(report: EndpointReport) -> str:
    """Return, for one number that is not printed, how far the printed ones pin it down."""
    rows = _not_printed(report)[lambda rows: rows["middle"].notna()]
    if not len(rows):
        return ""
    row = rows.iloc[(rows["at"] - 12).abs().argmin()]
    agree, printed = _agreeing(report)
    met = (
        "the printed numbers are met" if agree == printed else f"{agree} of {printed} printed numbers are met"
    )
    return (
        f"How sure that is: {met}; those that are not printed are this one cohort's. Survival at "
        f"{row['at']:g} months, for one, is {_range(row)} in {held(report.draws)} cohorts drawn; print "
        f"allows {_allowed(row)} and perhaps more."
    )


def _range(row: Any) -> str:
    return formats.between(row["lower"], row["upper"], "%")


def _allowed(row: Any) -> str:
    return formats.between(row["least"], row["largest"], "%")


def _agreeing(report: EndpointReport) -> tuple[int, int]:
    """Return how many of the printed numbers come out as printed, and how many there are."""
    agrees = report.summary.loc[report.summary["claim"] != "", "agrees"].eq(True)
    return int(agrees.sum()), len(agrees)


def certainty(report: EndpointReport) -> str:
    """Return how sure the numbers are, for the kind of data at hand."""
    agree, printed = _agreeing(report)
    agreement = f"{agree} of {printed} printed numbers on this page come out as printed."
    if report.kind == "yours":
        text = "These are your patients' numbers: the limits show how far chance alone could move them."
        if not printed:
            return f"{text} The publication's numbers are not shown: they are about other patients."
        return f"{text} {agreement} Those are the numbers of the claims file that you gave."
    construction = (
        "That is no evidence: the reconstructed cohorts were made to meet them."
        if agree == printed
        else "The one cohort that is drawn was made under the collection's default assumptions and need not "
        "meet every printed number under those chosen here."
    )
    return f"{agreement} {construction} {_open(report)}"


def _open(report: EndpointReport) -> str:
    if report.band is None:
        return report.without or "What was not printed needs the ensemble to be judged (parameter draws)."
    rows = _not_printed(report).to_dict("records")
    spans = [f"{_range(row)} ({_allowed(row)}) at {row['at']:g} months" for row in rows]
    return (
        f"What was not printed stays open within a range: {held(report.draws)} cohorts drawn have "
        f"{_WITHOUT[report.role]} of {', '.join(spans)}; in parentheses what print allows, at least. The "
        "gray band shows the cohorts drawn for every month; it is not sampling error (that is what the "
        "dashed limits show) but what the printed numbers leave open, given the prior."
    )


# --- the picture --------------------------------------------------------------------------------------------


def curve_alt(report: EndpointReport) -> str:
    """Return what the picture shows, in words."""
    parts = [f"Kaplan-Meier curve of {_name(report)} over {report.risk['time'].max():g} months."]
    for arm in report.arms:
        name = "It" if arm == ALL else f"The curve of {arm}"
        end = formats.share(report.curve.loc[report.curve["arm"] == arm, "survival"].iloc[-1])
        median, n = report.value("median", arm), formats.counted(report.value("n", arm), "patient")
        half = (
            "never falls to half"
            if math.isinf(median)
            else f"falls to half at {formats.months(median)} months"
        )
        parts.append(f"{name} starts with {n}, {half} and ends at {end}.")
    marked = report.marks[report.marks["statistic"].isin(["median", "followup_median", "plateau_from"])]
    printed = marked["statistic"].str.replace("_", " ") + " " + marked["printed"]
    if len(printed):
        parts.append(f"Printed numbers are marked: {', '.join(printed)}.")
    if report.band is not None:
        parts.append(f"A gray band holds, at each month, {held(report.draws)} reconstructed cohorts.")
    return " ".join(parts)


def curve_caption(report: EndpointReport) -> str:
    """Return the caption of the curve."""
    censored = report.curve["censored"].sum() > 0
    untold = "Too many are censored to draw a tick for each." if censored else "Nobody was censored."
    parts = ["Ticks: censored." if report.ticked else untold]
    parts += ["Dotted: the median."] if len(report.arms) == 1 else []
    parts += ["Printed numbers in their own color."] if len(report.marks) else []
    printed = report.marks.set_index("statistic")["printed"].to_dict()
    if "followup_median" in printed:
        ends = [printed[end] for end in ("followup_min", "followup_max") if end in printed]
        span = f" ({formats.spread(*ends)})" if len(ends) == 2 else ""
        parts += [f"Printed median follow-up: {printed['followup_median']}{span} months."]
    parts += [f"Gray: the cohorts drawn. {clause(report.role)}"] if report.band is not None else []
    return " ".join(parts)
