"""Numbers and sentences of a survival report, and its table as a reader wants it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from blina.endpoint.numbers import EndpointReport
from blina.endpoint.options import PCT
from blina.endpoint.summary import ALL
from blina.vocabulary import DAYS_PER_MONTH, ENDPOINT_NAMES

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


def reader_table(report: EndpointReport) -> pd.DataFrame:
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


def results(report: EndpointReport) -> pd.DataFrame:
    """Return every number of the report as rows of analysis, population, statistic, value, unit, claim."""
    found = [
        {
            "analysis": report.own_name or ENDPOINT_NAMES[report.role],
            "population": row["population"],
            "statistic": _with_time(row),
            "value": row["value"],
            "unit": row["unit"],
            "claim": row["claim"],
        }
        for row in report.summary.to_dict("records")
    ]
    return pd.DataFrame(found + list(_comparison(report)))


def _with_time(row: dict[Any, Any]) -> str:
    return row["statistic"] if math.isnan(row["at"]) else f"{row['statistic']} at {row['at']:g} months"


def _comparison(report: EndpointReport) -> list[dict[str, object]]:
    """Return the comparison of arms as result rows; nothing without arms."""
    if report.test is None or report.ratios is None:
        return []
    base = {
        "analysis": f"{report.own_name or ENDPOINT_NAMES[report.role]} by arm",
        "population": ALL,
        "unit": "",
        "claim": "",
    }
    test = report.test
    rows: list[dict[str, object]] = [
        base | {"statistic": "log-rank chi-squared", "value": test.chi2},
        base | {"statistic": "log-rank degrees of freedom", "value": test.df},
        base | {"statistic": "log-rank P", "value": test.p},
    ]
    for row in report.ratios.to_dict("records"):
        of = base | {"population": f"{row['arm']} against {row['reference']}"}
        rows += [
            of | {"statistic": name, "value": row[name]} for name in ("hazard_ratio", "lower", "upper", "p")
        ]
    return rows


def comparison_table(report: EndpointReport) -> pd.DataFrame:
    """Return the comparison of arms for readers: deaths, expected deaths, hazard ratio with limits."""
    if report.test is None or report.ratios is None:
        raise ValueError("there are no arms to compare")
    test, ratios = report.test, report.ratios.set_index("arm").to_dict("index")
    blank = dict.fromkeys(("hazard_ratio", "lower", "upper", "p"), math.nan)
    rows = []
    for arm, n, observed, expected in zip(test.arms, test.n, test.observed, test.expected, strict=True):
        found = ratios.get(arm, blank)
        rows.append(
            {
                "Arm": arm,
                "Patients": n,
                "Events": f"{observed:.0f}",
                "Expected": f"{expected:.1f}",
                "Hazard ratio": "1 (reference)" if arm not in ratios else ratio(found["hazard_ratio"]),
                f"{report.options.percent} limits": ""
                if arm not in ratios
                else f"{ratio(found['lower'])} to {ratio(found['upper'])}",
                "P": "" if arm not in ratios else p_value(found["p"]),
            }
        )
    return pd.DataFrame(rows)


def comparison_caption(report: EndpointReport) -> str:
    """Return the caption of the comparison of arms, with the log-rank test."""
    test = report.test
    if test is None or math.isnan(test.p):
        return "Arms; no event distinguishes them"
    return (
        f"Log-rank test: χ² {test.chi2:.1f} on {test.df} degrees of freedom, P {p_value(test.p)}; "
        "hazard ratios from Cox regression"
    )


def risk_table(report: EndpointReport) -> pd.DataFrame:
    """Return the numbers at risk, one row per arm and one column per tick of the axis."""
    wide = report.risk.pivot(index="arm", columns="time", values="at_risk").loc[list(report.arms)]
    wide.columns = [f"{month:g} mo" for month in wide.columns]
    wide.insert(0, "", ["At risk" if arm == ALL else arm for arm in wide.index])
    return wide.reset_index(drop=True)


def curve_table(report: EndpointReport) -> pd.DataFrame:
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


def curve_caption(report: EndpointReport) -> str:
    """Return the caption of the table of the curve."""
    return (
        f"Kaplan-Meier estimate with limits ({report.options.conf_type}) at the months of the axis; "
        "the table beside the page holds every step that is drawn"
    )
