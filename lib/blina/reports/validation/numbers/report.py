"""What the validation report shows: public cohorts assessed with two summaries, in tables and words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from blina.endpoint.options import PCT
from blina.reports.validation.numbers import PEERS, Accuracy, Cohort, assess, chosen, printed_frame
from blina.scorecard import held_out
from blina.scorecard.numbers import describe
from blina.vocabulary import RESULT_COLUMNS
from pseudoipd.claims import read_claims

PEERS_LONG = {name: words for name, (words, _) in PEERS.items()}
METHODS = {"ensemble": "ensemble", "ensemble_s": "ensemble, S printed too", **PEERS_LONG}
"""The methods compared: the ensemble from the summary, the same with S at the milestone, the peers."""

UNITS = {
    "rmse": "", "expected": "", "rmst_error": "months", "expected_rmst": "months", "coverage": "",
    "width": "",
}  # fmt: skip
"""Units of what is measured."""

AIM_RMSE, AIM_RMST, AIM_COVERAGE = 0.030, 0.35, 0.95
"""What was aimed at, before any figure was known."""


@dataclass(frozen=True, eq=False)
class Validation:
    """Every cohort with the summary as listed (`plain`), and with S at the milestone added (`more`)."""

    plain: tuple[Accuracy, ...]
    more: tuple[Accuracy, ...]

    @property
    def draws(self) -> int:
        """Cohorts drawn for each public cohort and summary."""
        return self.plain[0].draws


def validation(purpose: str, draws: int, seed: int) -> Validation:
    """Assess the cohorts of one purpose, a key of `PURPOSES`."""
    return validate(chosen(purpose), draws, seed)


def validate(cohorts: Sequence[Cohort], draws: int, seed: int) -> Validation:
    """Assess these cohorts."""
    return Validation(
        tuple(assess(cohort, draws, seed) for cohort in cohorts),
        tuple(assess(cohort, draws, seed, with_survival=True) for cohort in cohorts),
    )


def measures(found: Validation) -> pd.DataFrame:
    """Return one row per cohort and method: who, and how near.

    Columns: cohort, purpose, n, horizon, method, rmse, expected, rmst_error, expected_rmst, share, coverage,
    width. `horizon`, `rmst_error` and `expected_rmst` are in months, `share` is the RMST error in terms of
    the horizon; what is expected, coverage and width belong to the two ensembles.
    """
    parts = []
    for plain, more in zip(found.plain, found.more, strict=True):
        both = pd.concat([_named(plain, "ensemble"), _named(more, "ensemble_s").head(1)])
        end = float(plain.curves["time"].iloc[-1])
        about: dict[str, Any] = {
            "cohort": plain.cohort.name, "purpose": plain.cohort.purpose, "n": plain.cohort.n, "horizon": end,
        }  # fmt: skip
        parts.append(both.assign(**about, share=both["rmst_error"] / end))
    order = [
        "cohort", "purpose", "n", "horizon", "method", "rmse", "expected", "rmst_error", "expected_rmst",
        "share", "coverage", "width",
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)[order]


def _named(one: Accuracy, name: str) -> pd.DataFrame:
    return one.measures.assign(method=one.measures["method"].replace("mean", name))


def means(table: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    """Return `averages` by method and column."""
    return averages(table).set_index("method").to_dict("index")


def averages(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means over the cohorts by method; errors of RMST without their sign.

    `coverage_error` is the standard error of the mean coverage, from its spread over the cohorts.
    """
    absolute = table.assign(rmst_error=table["rmst_error"].abs(), share=table["share"].abs())
    columns = ["rmse", "expected", "rmst_error", "expected_rmst", "share", "coverage", "width"]
    by_method = absolute.groupby("method")
    found = by_method[columns].mean().assign(coverage_error=by_method["coverage"].sem())
    return found.reindex(list(METHODS)).reset_index()


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


def left_out() -> pd.DataFrame:
    """Return `held_out.read()` with `what`, the number left out in words."""
    held = held_out.read()
    words = {claim.id: describe(claim) for claim in read_claims()}
    return held.assign(what=[words[name] for name in held.index])


def held_out_table(held: pd.DataFrame) -> pd.DataFrame:
    """Return the leave-one-out table for reading."""
    rows = []
    for row in held.reset_index().to_dict("records"):
        digits = 3 if row["unit"] == "P" else 1
        low, middle, high = (f"{row[end]:.{digits}f}" for end in ("lower", "median", "upper"))
        rows.append(
            {
                "Left out": row["what"],
                "Printed": row["printed"],
                "Predicted": middle,
                "95 % of cohorts": f"{low} to {high}",
                "Unit": row["unit"],
                "Would print so": f"{100 * row['inside']:.1f}{PCT}",
                "In the band": "yes" if row["predicted"] == "Y" else "no",
            }
        )
    return pd.DataFrame(rows)


def results(table: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of the report as rows of analysis, population, statistic, value, unit, claim."""
    rows = [
        (f"validation, {METHODS[row['method']]}", row["cohort"], name, row[name], unit, "")
        for row in table.to_dict("records")
        for name, unit in UNITS.items()
        if not math.isnan(row[name])
    ]
    rows += [
        ("left out", "all", f"predicted {end}", row[end], row["unit"], row["claim"])
        for row in held.reset_index().to_dict("records")
        for end in ("lower", "median", "upper")
    ]
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
