"""The validation in words: how near the ensembles come to the truth; tables, alt texts, captions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from blina.endpoint.options import PCT
from blina.reports.validation.numbers.accuracy import (
    AIM_COVERAGE,
    AIM_RMSE,
    AIM_RMST,
    METHODS,
    Accuracy,
    Validation,
    means,
)
from blina.reports.validation.numbers.cohorts import PURPOSES, UNSEEN
from blina.reports.validation.numbers.summary import printed_frame
from blina.scorecard.words import predicted
from pseudoipd.claims import read_claims

SERIES: Mapping[str, str] = {
    "tuning": "data sets of lifelines",
    "first": "leukaemia, lung and ovarian cancer and others, from R",
    "second": "cirrhosis, gammopathy, bladder tumours and others, from R",
    "third": "randomised trials by arm, from SurvSet",
    "fourth": "cancer and AIDS, no longer than this trial, from SurvSet",
    "elsewhere": "any other condition, no longer than this trial, from SurvSet",
    "reporting": "cancer, longer than this trial, from SurvSet",
}
"""What the cohorts of each purpose are."""
CAPTIONS = {
    "summaries": "The printed summaries: months at one decimal. S at the milestone is handed over in the "
    "second run only",
    "truths": "Up to the last printed time. The ensemble saw the summary, not the curve; in brackets the "
    "patients.",
    "errors": "The peers know one survival rate more than the ensemble does without S.",
    "by_cohort": "RMSE of S(t), share of time points with the truth inside the band, mean width of the band",
    "rmst": "Error of restricted mean survival in months (and of the horizon)",
    "kinds": "What each series is of",
    "series": "Means over the cohorts of each series, 40 draws each; RMST in months",
}


def answer(table: pd.DataFrame, held: pd.DataFrame) -> str:
    """Return the answer to the report's question in a few sentences."""
    mean = means(table)
    plain, more, peer = (mean[name] for name in ("ensemble", "ensemble_s", "interpolation"))
    return (
        f"Over {table['cohort'].nunique()} public cohorts the mean curve of the ensemble lies within "
        f"**{thousandths(plain['rmse'])}** of the truth (root mean square, up to the last printed time), "
        f"where its own spread leads one to expect {thousandths(plain['expected'])}; within "
        f"**{thousandths(more['rmse'])}** where one survival rate is printed as well. Interpolation "
        f"through the printed numbers, that rate among them, reaches {thousandths(peer['rmse'])}. The truth "
        f"lies in the 95{PCT} band at **{100 * plain['coverage']:.0f}{PCT}** of the points "
        f"({100 * more['coverage']:.0f}{PCT} with the rate). {predicted(held)} The "
        "[scorecard](11_scorecard.ipynb) shows each of them."
    )


def against_the_aim(table: pd.DataFrame) -> str:
    """Say what was aimed at and what is reached, with the cohorts that are worst."""
    mean = means(table)
    lines = []
    for name in ("ensemble", "ensemble_s", "interpolation"):
        row = mean[name]
        cover = "" if math.isnan(row["coverage"]) else (
            f", truth inside at {100 * row['coverage']:.1f}{PCT} of the points "
            f"({_met(row['coverage'] >= AIM_COVERAGE)}; standard error over the cohorts "
            f"{100 * row['coverage_error']:.1f}), mean width of the band {thousandths(row['width'])}"
        )  # fmt: skip
        lines.append(
            f"- **{METHODS[name]}**: mean RMSE {row['rmse']:.4f} ({_met(row['rmse'] < AIM_RMSE)}), mean "
            f"error of RMST {row['rmst_error']:.2f} months, {100 * row['share']:.1f}{PCT} of the horizon "
            f"({_met(row['rmst_error'] < AIM_RMST)}){cover}{_expected(row)}."
        )
    return (
        f"Aimed at: RMSE below {thousandths(AIM_RMSE)}, RMST error below {AIM_RMST} months, truth inside "
        f"at {100 * AIM_COVERAGE:.0f}{PCT} of the points or more.\n\n" + "\n".join(lines) + "\n\n"
        + _no_longer_than_ours(table) + _worst(table)
    )  # fmt: skip


def _no_longer_than_ours(table: pd.DataFrame) -> str:
    """Say the errors of RMST of the cohorts with no later horizon than this trial; nothing without any."""
    longest = next(claim.value for claim in read_claims() if claim.id == "os_followup_max")
    near = table[table["horizon"] <= longest]
    if near.empty:
        return ""
    mean = means(near)
    plain, more, peer = (mean[name]["rmst_error"] for name in ("ensemble", "ensemble_s", "interpolation"))
    return (
        "Where the last printed time is no later than the longest follow-up of this trial, "
        f"{longest:g} months ({near['cohort'].nunique()} of {table['cohort'].nunique()} cohorts), the mean "
        f"error of RMST is {plain:.2f} months, {more:.2f} with the rate; that of interpolation {peer:.2f}."
        "\n\n"
    )


def _expected(row: dict[Any, Any]) -> str:
    """Say which errors the ensemble's own spread leads one to expect; nothing for a method without spread."""
    if math.isnan(row["expected"]):
        return ""
    return (
        f"; its own spread leads one to expect RMSE {row['expected']:.4f} and an error of RMST of "
        f"{row['expected_rmst']:.2f} months"
    )


def _met(yes: bool) -> str:
    return "met" if yes else "not met"


def _worst(table: pd.DataFrame) -> str:
    plain = table[table["method"] == "ensemble"]
    low = plain.nsmallest(3, "coverage").to_dict("records")
    listed = ", ".join(f"{row['cohort']} ({100 * row['coverage']:.0f}{PCT})" for row in low)
    return f"The share of points with the truth inside the band is smallest for {listed}."


def cohort_table(found: Validation) -> pd.DataFrame:
    """Return the cohorts and what was printed about each, for reading."""
    rows = []
    for one in found.more:
        printed = printed_frame(one.claims).set_index("statistic")["printed"]
        at = next(claim.at for claim in one.claims if claim.statistic == "survival")
        rows.append(
            {
                "Cohort": one.cohort.name,
                "What": one.cohort.what,
                "Unit": one.cohort.unit,
                "n": printed["n"],
                "Median (limits)": _with_range(printed, "median", "median_lower", "median_upper"),
                "Still followed": f"{printed['count_at_or_beyond']} at {at:g}",
                "S then": f"{printed['survival']} %",
                "Follow-up (range)": _with_range(printed, "followup_median", "followup_min", "followup_max"),
                "Flat from": printed.get("plateau_from", ""),
            }
        )
    return pd.DataFrame(rows)


def _with_range(printed: pd.Series, middle: str, low: str, high: str) -> str:
    return f"{printed[middle]} ({printed[low]}–{printed[high]})"


def error_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the errors of the curves for reading: the ensembles and the best peer side by side."""
    return _by_cohort(table, _curve_cells, "Mean")


def rmst_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the errors of restricted mean survival, in months, for reading."""
    return _by_cohort(table, _rmst_cells, "Mean, without sign")


Cells = Callable[[dict[Any, dict[Any, Any]]], dict[str, str]]


def _by_cohort(table: pd.DataFrame, cells: Cells, last: str) -> pd.DataFrame:
    rows = []
    for name, part in table.groupby("cohort", sort=False):
        rows.append({"Cohort": name} | cells(part.set_index("method").to_dict("index")))
    return pd.DataFrame([*rows, {"Cohort": last} | cells(means(table))])


def _curve_cells(by: dict[Any, dict[Any, Any]]) -> dict[str, str]:
    plain, more, peer = by["ensemble"], by["ensemble_s"], by["interpolation"]
    return {
        "RMSE": thousandths(plain["rmse"]),
        "Expected": thousandths(plain["expected"]),
        "RMSE, with S": thousandths(more["rmse"]),
        "Interpolation": thousandths(peer["rmse"]),
        "Inside": f"{100 * plain['coverage']:.0f}{PCT}",
        "Inside, with S": f"{100 * more['coverage']:.0f}{PCT}",
        "Width": thousandths(plain["width"]),
        "Width, with S": thousandths(more["width"]),
    }


def _rmst_cells(by: dict[Any, dict[Any, Any]]) -> dict[str, str]:
    cells = {"Up to": f"{by['ensemble']['horizon']:.0f} months" if "horizon" in by["ensemble"] else ""}
    for name, words in (
        ("ensemble", "Ensemble"), ("ensemble_s", "Ensemble, with S"), ("interpolation", "Interpolation"),
    ):  # fmt: skip
        row = by[name]
        cells[words] = f"{_signed(row['rmst_error'], 2)} ({_signed(100 * row['share'], 1)}{PCT})"
        if name != "interpolation":
            cells[f"{words}: expected"] = f"{row['expected_rmst']:.2f}"
    return cells


def thousandths(value: float) -> str:
    """Return a share or an error without its leading zero, a dash for none."""
    return "–" if math.isnan(value) else f"{value:.3f}".removeprefix("0")


def _signed(value: float, digits: int) -> str:
    """Return a number with a minus sign in print, and none before a zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def kinds_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series for reading: what its cohorts are, how many, how large, up to which month."""
    return pd.DataFrame([_kind(purpose, part) for purpose, part in _by_series(table)])


def series_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series for reading: the means over its cohorts, errors of RMST without sign."""
    return pd.DataFrame([_cells(purpose, part) for purpose, part in _by_series(table)])


def _by_series(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the latest series first."""
    for purpose in reversed(list(PURPOSES)):
        if purpose in set(table["purpose"]):
            yield purpose, table[table["purpose"] == purpose]


def _kind(purpose: str, part: pd.DataFrame) -> dict[str, str]:
    cohorts = part.drop_duplicates("cohort")
    return {
        "Series": purpose,
        "Of what": SERIES[purpose],
        "Looked at before": "no" if purpose in UNSEEN else "yes",
        "Cohorts": str(len(cohorts)),
        "Patients": f"{cohorts['n'].min()}–{cohorts['n'].max()}",
        "Up to month": f"{cohorts['horizon'].min():.0f}–{cohorts['horizon'].max():.0f}",
    }


def _cells(purpose: str, part: pd.DataFrame) -> dict[str, str]:
    mean = means(part)
    plain, more, peer = (mean[name] for name in ("ensemble", "ensemble_s", "interpolation"))
    return {
        "Series": purpose,
        "RMSE": thousandths(plain["rmse"]),
        "Expected": thousandths(plain["expected"]),
        "RMSE, with S": thousandths(more["rmse"]),
        "RMSE, interpolation": thousandths(peer["rmse"]),
        "RMST": f"{plain['rmst_error']:.2f}",
        "RMST, with S": f"{more['rmst_error']:.2f}",
        "RMST, interpolation": f"{peer['rmst_error']:.2f}",
        "Inside": f"{100 * plain['coverage']:.0f}{PCT}",
        "Inside, with S": f"{100 * more['coverage']:.0f}{PCT}",
    }


def series(table: pd.DataFrame) -> str:
    """Say what the cohorts that were looked at show beside those that were not."""
    unseen = table["purpose"].isin(UNSEEN)
    new, old = _errors(table[unseen]), _errors(table[~unseen])
    return (
        f"Over all {old['cohorts']} cohorts that had been looked at before, the mean RMSE is {old['rmse']}, "
        f"the truth lies inside the band at {old['inside']} of the points, and interpolation reaches "
        f"{old['peer']}. Over the {new['cohorts']} that had not, these are {new['rmse']}, {new['inside']} "
        f"and {new['peer']}."
    )


def _errors(part: pd.DataFrame) -> dict[str, Any]:
    mean = means(part)
    return {
        "cohorts": part["cohort"].nunique(),
        "rmse": thousandths(mean["ensemble"]["rmse"]),
        "inside": f"{100 * mean['ensemble']['coverage']:.0f}{PCT}",
        "peer": thousandths(mean["interpolation"]["rmse"]),
    }


def truths_alt(found: Sequence[Accuracy]) -> str:
    """Say in words what the small pictures show."""
    inside = [float(one.measures.set_index("method")["coverage"]["mean"]) for one in found]
    best, worst = int(np.argmax(inside)), int(np.argmin(inside))
    return (
        f"{len(found)} survival curves with the band of their reconstruction. The truth lies in the band "
        f"nearly always for {found[best].cohort.name} ({100 * inside[best]:.0f} % of the points), least "
        f"often for {found[worst].cohort.name} ({100 * inside[worst]:.0f} %)."
    )


def errors_alt(table: pd.DataFrame) -> str:
    """Say in words which method is nearest how often."""
    wide = table.pivot(index="cohort", columns="method", values="rmse")
    rival = wide[["interpolation", "weibull", "exponential"]].min(axis=1)
    ahead = int((wide["ensemble"] < rival).sum())
    more = int((wide["ensemble_s"] < rival).sum())
    return (
        "Errors by cohort and method. The ensemble is nearer to the truth than all three peers for "
        f"{ahead} of {len(wide)} cohorts, and for {more} where one survival rate is printed too."
    )
