"""The validation in words: how near the ensembles come to the truth; tables, alt texts, captions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from blina import formats
from blina.endpoint.bands import LEVEL
from blina.facts import read_claims
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
from blina.scorecard.words import predicted

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


_SPELLED: Mapping[str, Callable[[dict[Any, Any]], str]] = {
    "rmse": lambda row: formats.fraction(row["rmse"]),
    "expected": lambda row: formats.fraction(row["expected"]),
    "coverage": lambda row: formats.share(row["coverage"]),
    "width": lambda row: formats.fraction(row["width"]),
    "rmst": lambda row: formats.decimal(row["rmst_error"], 2),
    "rmst_share": lambda row: f"{formats.decimal(row['rmst_error'], 2)} ({formats.share(row['share'], 1)})",
    "expected_rmst": lambda row: formats.decimal(row["expected_rmst"], 2),
    "horizon": lambda row: f"{formats.count(row['horizon'])} months" if "horizon" in row else "",
}
"""How what is measured of a method, or a mean of it, is spelled."""
Cells = Mapping[str, tuple[str, str]]
"""Head of a column → method, and what is measured of it."""
_CURVES: Cells = {
    "RMSE": ("ensemble", "rmse"),
    "Expected": ("ensemble", "expected"),
    "RMSE, with S": ("ensemble_s", "rmse"),
    "RMSE, interpolation": ("interpolation", "rmse"),
}
_COVERAGE: Cells = {"Inside": ("ensemble", "coverage"), "Inside, with S": ("ensemble_s", "coverage")}
_WIDTH: Cells = {"Width": ("ensemble", "width"), "Width, with S": ("ensemble_s", "width")}
_RMST: Cells = {
    "Up to": ("ensemble", "horizon"),
    "Ensemble": ("ensemble", "rmst_share"),
    "Ensemble: expected": ("ensemble", "expected_rmst"),
    "Ensemble, with S": ("ensemble_s", "rmst_share"),
    "Ensemble, with S: expected": ("ensemble_s", "expected_rmst"),
    "Interpolation": ("interpolation", "rmst_share"),
}
_MEAN_RMST: Cells = {
    "RMST": ("ensemble", "rmst"),
    "RMST, with S": ("ensemble_s", "rmst"),
    "RMST, interpolation": ("interpolation", "rmst"),
}


def _cells(by_method: dict[Any, dict[Any, Any]], columns: Cells) -> dict[str, str]:
    return {head: _SPELLED[what](by_method[method]) for head, (method, what) in columns.items()}


def answer(table: pd.DataFrame, held: pd.DataFrame) -> str:
    """Return the answer to the report's question in a few sentences."""
    mean = _cells(means(table), {**_CURVES, **_COVERAGE})
    return (
        f"Over {formats.counted(table['cohort'].nunique(), 'public cohort')} the mean curve of the ensemble "
        f"lies within **{mean['RMSE']}** of the truth (root mean square, up to the last printed time), where "
        f"its own spread leads one to expect {mean['Expected']}; within **{mean['RMSE, with S']}** where one "
        "survival rate is printed as well. Interpolation through the printed numbers, that rate among them, "
        f"reaches {mean['RMSE, interpolation']}. The truth lies in the {formats.share(LEVEL)} band at "
        f"**{mean['Inside']}** of the points ({mean['Inside, with S']} with the rate). {predicted(held)} The "
        "[scorecard](11_scorecard.ipynb) shows each of them."
    )


def series(table: pd.DataFrame) -> str:
    """Say what the cohorts that were looked at show beside those that were not."""
    unseen = table["purpose"].isin(UNSEEN)
    new, old = (
        _cells(means(part), {**_CURVES, **_COVERAGE})
        | {"cohorts": formats.counted(part["cohort"].nunique(), "cohort")}
        for part in (table[unseen], table[~unseen])
    )
    return (
        f"Over {old['cohorts']} that had been looked at before, the mean RMSE is {old['RMSE']}, the truth "
        f"lies inside the band at {old['Inside']} of the points, and interpolation reaches "
        f"{old['RMSE, interpolation']}. Over {new['cohorts']} that had not, these are {new['RMSE']}, "
        f"{new['Inside']} and {new['RMSE, interpolation']}."
    )


def against_the_aim(table: pd.DataFrame) -> str:
    """Say what was aimed at and what is reached, with the cohorts that are worst."""
    mean = means(table)
    lines = [_beside_the_aim(name, mean[name]) for name in ("ensemble", "ensemble_s", "interpolation")]
    aim = (
        f"Aimed at: RMSE below {formats.fraction(AIM_RMSE)}, RMST error below {AIM_RMST} months, truth "
        f"inside at {formats.share(AIM_COVERAGE)} of the points or more."
    )
    return "\n\n".join([aim, "\n".join(lines), _no_longer_than_ours(table) + _worst(table)])


def _beside_the_aim(name: str, row: dict[Any, Any]) -> str:
    """Return one method's means beside the aims; a peer has no spread, hence no band and nothing expected."""
    text = (
        f"- **{METHODS[name]}**: mean RMSE {formats.fraction(row['rmse'], 4)} "
        f"({_met(row['rmse'] < AIM_RMSE)}), mean error of RMST {_SPELLED['rmst'](row)} months, "
        f"{formats.share(row['share'], 1)} of the horizon ({_met(row['rmst_error'] < AIM_RMST)})"
    )
    if math.isnan(row["coverage"]):
        return f"{text}."
    return (
        f"{text}, truth inside at {formats.share(row['coverage'], 1)} of the points "
        f"({_met(row['coverage'] >= AIM_COVERAGE)}; standard error over the cohorts "
        f"{formats.share(row['coverage_error'], 1)}), mean width of the band {_SPELLED['width'](row)}; its "
        f"own spread leads one to expect RMSE {formats.fraction(row['expected'], 4)} and an error of RMST of "
        f"{_SPELLED['expected_rmst'](row)} months."
    )


def _met(yes: bool) -> str:
    return "met" if yes else "not met"


def _no_longer_than_ours(table: pd.DataFrame) -> str:
    """Say the errors of RMST of the cohorts with no later horizon than this trial; nothing without any."""
    longest = next(claim.value for claim in read_claims() if claim.id == "os_followup_max")
    near = table[table["horizon"] <= longest]
    if near.empty:
        return ""
    mean, cohorts = _cells(means(near), _MEAN_RMST), near["cohort"].nunique()
    return (
        "Where the last printed time is no later than the longest follow-up of this trial, "
        f"{longest:g} months ({formats.of(cohorts, table['cohort'].nunique(), 'cohort')}), the mean error of "
        f"RMST is {mean['RMST']} months, {mean['RMST, with S']} with the rate; that of interpolation "
        f"{mean['RMST, interpolation']}.\n\n"
    )


def _worst(table: pd.DataFrame) -> str:
    low = table[table["method"] == "ensemble"].nsmallest(3, "coverage").to_dict("records")
    listed = ", ".join(f"{row['cohort']} ({_SPELLED['coverage'](row)})" for row in low)
    return f"The share of points with the truth inside the band is smallest for {listed}."


def cohort_table(found: Validation) -> pd.DataFrame:
    """Return the cohorts and what was printed about each, for reading."""
    rows = []
    for one in found.more:
        printed = {claim.statistic: claim.printed for claim in one.claims}
        at = next(claim.at for claim in one.claims if claim.statistic == "survival")
        rows.append(
            {
                "Cohort": one.cohort.name,
                "What": one.cohort.what,
                "Unit": one.cohort.unit,
                "n": printed["n"],
                "Median (limits)": "{median} ({median_lower}–{median_upper})".format(**printed),
                "Still followed": f"{printed['count_at_or_beyond']} at {at:g}",
                "S then": f"{printed['survival']}%",
                "Follow-up (range)": "{followup_median} ({followup_min}–{followup_max})".format(**printed),
                "Flat from": printed.get("plateau_from", ""),
            }
        )
    return pd.DataFrame(rows)


def error_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the errors of the curves for reading: the ensembles and the best peer side by side."""
    return _by_cohort(table, {**_CURVES, **_COVERAGE, **_WIDTH}, "Mean")


def rmst_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the errors of restricted mean survival, in months, for reading."""
    return _by_cohort(table, _RMST, "Mean, without sign")


def _by_cohort(table: pd.DataFrame, columns: Cells, last: str) -> pd.DataFrame:
    rows = [
        {"Cohort": name} | _cells(part.set_index("method").to_dict("index"), columns)
        for name, part in table.groupby("cohort", sort=False)
    ]
    return pd.DataFrame([*rows, {"Cohort": last} | _cells(means(table), columns)])


def kinds_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series for reading: what its cohorts are, how many, how large, up to which month."""
    return pd.DataFrame([_kind(purpose, part) for purpose, part in _by_series(table)])


def series_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series for reading: the means over its cohorts, errors of RMST without sign."""
    columns = {**_CURVES, **_MEAN_RMST, **_COVERAGE}
    rows = [{"Series": purpose} | _cells(means(part), columns) for purpose, part in _by_series(table)]
    return pd.DataFrame(rows)


def _by_series(table: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Give the latest series first."""
    for purpose in reversed(PURPOSES):
        if purpose in set(table["purpose"]):
            yield purpose, table[table["purpose"] == purpose]


def _kind(purpose: str, part: pd.DataFrame) -> dict[str, str]:
    cohorts = part.drop_duplicates("cohort")
    size, months = cohorts["n"], cohorts["horizon"]
    return {
        "Series": purpose,
        "Of what": SERIES[purpose],
        "Looked at before": "no" if purpose in UNSEEN else "yes",
        "Cohorts": str(len(cohorts)),
        "Patients": formats.between(size.min(), size.max(), "patients"),
        "Up to month": formats.spread(formats.count(months.min()), formats.count(months.max())),
    }


def truths_alt(found: Sequence[Accuracy]) -> str:
    """Say in words what the small pictures show."""
    inside = {one.cohort.name: float(one.measures.set_index("method")["coverage"]["mean"]) for one in found}
    best, worst = max(inside, key=inside.__getitem__), min(inside, key=inside.__getitem__)
    return (
        f"{len(found)} survival curves with the band of their reconstruction. The truth lies in the band "
        f"nearly always for {best} ({formats.share(inside[best])} of the points), least often for {worst} "
        f"({formats.share(inside[worst])})."
    )


def errors_alt(table: pd.DataFrame) -> str:
    """Say in words which method is nearest how often."""
    wide = table.pivot(index="cohort", columns="method", values="rmse")
    rival = wide[["interpolation", "weibull", "exponential"]].min(axis=1)
    ahead, more = (int((wide[name] < rival).sum()) for name in ("ensemble", "ensemble_s"))
    return (
        "Errors by cohort and method. The ensemble is nearer to the truth than all three peers for "
        f"{formats.of(ahead, len(wide), 'cohort')}, and for {more} where one survival rate is printed too."
    )
