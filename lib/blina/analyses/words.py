"""Numbers and sentences of a survival report, and its table as a reader wants it."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from blina.analyses.endpoint import ALL, EndpointReport
from blina.vocabulary import DAYS_PER_MONTH

NAMES = {"OS": "overall survival", "RFS": "relapse-free survival"}
EVENTS = {"OS": "death", "RFS": "relapse or death"}

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
    "survival": "Survival at {at:g} months",
    "rmst": "Mean survival up to {at:g} months",
    "rmst_se": "– its standard error",
}


def months(value: float) -> str:
    """Return months to one decimal; 'not reached' for infinity, a dash for nothing."""
    if math.isnan(value):
        return "–"
    return "not reached" if math.isinf(value) else f"{value:.1f}"


def percent(value: float) -> str:
    """Return a percentage without decimals: a step of 36 patients is nearly three points."""
    return "–" if math.isnan(value) else f"{value:.0f} %"


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
        level=report.options.percent, at=row["at"], method=method[report.options.followup_method]
    )
    beyond = row["statistic"] == "rmst" and row["at"] > report.curve["time"].max()
    return text + ("; curve carried on flat to there" if beyond else "")


def reader_table(report: EndpointReport) -> pd.DataFrame:
    """Return the summary as text: printed, ours, agreement, and the range over the ensemble.

    Columns without content (nothing printed, no arms, no ensemble) are left out; days stand beside months
    where the table was in days and is the user's own.
    """
    rows = [_reader_row(row, report) for row in report.summary.to_dict("records")]
    frame = pd.DataFrame(rows)
    dropped = [name for name in frame.columns if name != "" and (frame[name] == "").all()]
    if len(report.arms) == 1:
        dropped.append("Patients of")
    return frame.drop(columns=dropped)


def _reader_row(row: dict[Any, Any], report: EndpointReport) -> dict[str, str]:
    unit = row["unit"]
    in_days = unit == "months" and report.kind == "yours" and report.unit == "days"
    days = row["value"] * DAYS_PER_MONTH
    drawn = not math.isnan(row["middle"])
    return {
        "": what(row, report),
        "Patients of": "all arms" if row["population"] == ALL else row["population"],
        "Printed": row["printed"],
        "Here": with_unit(row["value"], unit),
        "In days": f"{days:.4g}" if in_days and math.isfinite(days) else "",
        "Agrees": "" if row["agrees"] is None else ("yes" if row["agrees"] else "no"),
        f"95 % of {report.draws} cohorts": _between(row["lower"], row["upper"], unit) if drawn else "",
        "All cohorts": _between(row["lowest"], row["highest"], unit) if drawn else "",
    }


def _between(lower: float, upper: float, unit: str) -> str:
    ends = number(lower, unit), number(upper, unit)
    return ends[0] if ends[0] == ends[1] else f"{ends[0].removesuffix(' %')} to {ends[1]}"


def results(report: EndpointReport) -> pd.DataFrame:
    """Return every number of the report as rows of analysis, population, statistic, value, unit, claim."""
    found = [
        {
            "analysis": NAMES[report.role],
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
    base = {"analysis": f"{NAMES[report.role]} by arm", "population": ALL, "unit": "", "claim": ""}
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
