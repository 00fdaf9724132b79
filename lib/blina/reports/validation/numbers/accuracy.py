"""How near an ensemble's curves come to the truth that they were not shown, by cohort and on average."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina import ensemble
from blina.endpoint.bands import band
from blina.facts import read_claims
from blina.reports.validation.numbers.cohorts import Cohort, chosen
from blina.reports.validation.numbers.summary import PEERS, printed_claims, printed_points
from blina.scorecard import held_out
from blina.scorecard.numbers import describe
from blina.vocabulary import DAYS_PER_MONTH
from blina_base import project
from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims import Claim
from pseudoipd.model.problem import LEAST_MOVES
from pseudoipd.survival import draws as over
from pseudoipd.survival import endpoint_statistic, kaplan_meier, survival_at

MOVES_PER_PATIENT, MOST_MOVES = 100, 8000
"""Moves of a chain for each patient: the larger a cohort, the longer until a chain forgets its start."""
POINTS = 400
"""Time points at which curves are compared, evenly spaced."""
TOLERANCE = 1e-9

FloatArray = NDArray[np.float64]

METHODS = {
    "ensemble": "ensemble",
    "ensemble_s": "ensemble, S printed too",
    **{name: words for name, (words, _) in PEERS.items()},
}
"""The methods compared: the ensemble from the summary, the same with S at the milestone, the peers."""

UNITS = {
    "rmse": "", "expected": "", "rmst_error": "months", "expected_rmst": "months", "coverage": "",
    "width": "",
}  # fmt: skip
"""Units of what is measured."""

MEASURES = (
    "cohort", "purpose", "n", "horizon", "method", "rmse", "expected", "rmst_error", "expected_rmst", "share",
    "coverage", "width",
)  # fmt: skip
"""Columns of `measures`."""
AIM_RMSE, AIM_RMST, AIM_COVERAGE = 0.030, 0.35, 0.95
"""What was aimed at, before any figure was known."""


@dataclass(frozen=True, eq=False)
class Accuracy:
    """One cohort: what was printed, the curves, and the errors.

    `curves` has time (months), truth, mean, lower, upper, and one column per peer; `measures` one row per
    method with rmse, rmst_error (months), and for the ensemble coverage and width (of the 95 % band), and
    expected and expected_rmst, the errors to be expected by its own spread (`expected_error`,
    `expected_rmst_error`).
    """

    cohort: Cohort
    claims: tuple[Claim, ...]
    draws: int
    curves: pd.DataFrame
    measures: pd.DataFrame


def assess(cohort: Cohort, draws: int, seed: int, *, with_survival: bool = False) -> Accuracy:
    """Print the cohort's summary, reconstruct from it alone, and compare with the truth.

    `with_survival` prints S at the milestone as well, which the peers are given in any case.
    Raises as `ensemble.load` does.
    """
    claims = printed_claims(cohort.days, cohort.died, with_survival=with_survival)
    moves = max(LEAST_MOVES, min(MOVES_PER_PATIENT * cohort.n, MOST_MOVES))
    drawn = ensemble.load(claims, None, draws, seed, moves=moves)
    months = np.linspace(0, horizon(claims), POINTS + 1)[1:]
    truth = np.asarray(survival_at(kaplan_meier(cohort.days, cohort.died), months * DAYS_PER_MONTH))
    values = over.survival_on_grid(over.curves(drawn.time["OS"], drawn.event["OS"]), months * DAYS_PER_MONTH)
    lower, upper = band(values)
    curves = pd.DataFrame(
        {"time": months, "truth": truth, "mean": values.mean(axis=0), "lower": lower, "upper": upper}
    )
    at = next(claim.at for claim in claims if claim.statistic == "count_at_or_beyond")
    milestone = endpoint_statistic("survival", cohort.days / DAYS_PER_MONTH, cohort.died, at)
    points = printed_points(claims, round(milestone))
    for name, (_, peer) in PEERS.items():
        curves[name] = peer(points, months)
    measures = errors(curves, ("mean", *PEERS))
    own = measures["method"] == "mean"
    measures["expected"] = np.where(own, expected_error(values), math.nan)
    measures["expected_rmst"] = np.where(own, expected_rmst_error(values, months[-1]), math.nan)
    return Accuracy(cohort, claims, draws, curves, measures)


def expected_error(values: FloatArray) -> float:
    """Return the RMSE to be expected of the mean of curves [draws, points] were the truth one more of them.

    √ of (1 + 1 / draws) times the mean over points of the variance (draws - 1 below) between curves. No curve
    made from the same printed numbers can be expected to do better where the prior holds.

    Example: by hand, variances .08 and 0 at the two points: 3/2 · .04 = .06.

    >>> round(expected_error(np.array([[0.2, 0.5], [0.6, 0.5]])) ** 2, 9)
    0.06
    """
    return float(np.sqrt((1 + 1 / len(values)) * values.var(axis=0, ddof=1).mean()))


def expected_rmst_error(values: FloatArray, end: float) -> float:
    """Return the error of RMST, in units of `end`, to be expected were the truth one more curve: no sign.

    As `expected_error`: each curve of [draws, points], evenly spaced up to `end`, is held against the mean of
    the others, which is draws / (draws - 1) times its distance from the mean of all.

    Example: by hand, RMST 2, 5 and 8 lie 4.5, 0 and 4.5 from the mean of the others.

    >>> round(expected_rmst_error(np.array([[0.2, 0.2], [0.6, 0.4], [0.8, 0.8]]), 10.0), 9)
    3.0
    """
    rmst, draws = end * values.mean(axis=1), len(values)
    return float(np.abs(rmst - rmst.mean()).mean() * draws / (draws - 1))


def horizon(claims: Sequence[Claim]) -> float:
    """Return the last printed time of the curve, in months: the last of median, limits, milestone, plateau.

    A printed plateau carries the curve on to the longest time observed. Otherwise nothing is printed about
    the curve beyond, but for the length of follow-up.
    """
    by = {claim.statistic: claim for claim in claims}
    if "plateau_from" in by:
        return by["followup_max"].value
    times = [by[name].value for name in ("median", "median_lower", "median_upper")]
    times.append(by["count_at_or_beyond"].at or 0.0)
    return max(time for time in times if math.isfinite(time))


def errors(curves: pd.DataFrame, methods: Sequence[str]) -> pd.DataFrame:
    """Return one row per method: rmse of S(t), rmst_error in months; coverage and width of the band.

    `curves` is that of `Accuracy`, at evenly spaced times up to the horizon. rmse = √ mean of (S - truth)²;
    rmst_error = horizon · mean of (S - truth), RMST being the mean of S(t) times the horizon; width = mean
    of upper - lower. The band belongs to the method `mean`.

    Example: by hand, off by +.1 and by -.3 up to 10 months: √(.1 / 2) = .2236, 10 · -.1; in the band once.

    >>> curves = pd.DataFrame({"time": [5.0, 10], "truth": [0.8, 0.6], "mean": [0.9, 0.3]})
    >>> curves["lower"], curves["upper"] = [0.7, 0.2], [0.9, 0.5]
    >>> errors(curves, ["mean"]).round(4).values.tolist()
    [['mean', 0.2236, -1.0, 0.5, 0.25]]
    """
    truth, end = curves["truth"].to_numpy(), float(curves["time"].iloc[-1])
    rows = [
        {
            "method": name,
            "rmse": float(np.sqrt(np.mean((curves[name] - truth) ** 2))),
            "rmst_error": float(end * np.mean(curves[name] - truth)),
            "coverage": coverage(truth, curves["lower"], curves["upper"]) if name == "mean" else math.nan,
            "width": float(np.mean(curves["upper"] - curves["lower"])) if name == "mean" else math.nan,
        }
        for name in methods
    ]
    return pd.DataFrame(rows)


def coverage(truth: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> float:
    """Return the share of points [points] at which the truth lies in the band, its edges included.

    Example: by hand, on the lower edge, above, and inside.

    >>> round(coverage([0.5, 0.9, 0.4], [0.5, 0.2, 0.2], [0.8, 0.8, 0.5]), 4)
    0.6667
    """
    value = np.asarray(truth)
    inside = (np.asarray(lower) - TOLERANCE <= value) & (value <= np.asarray(upper) + TOLERANCE)
    return float(np.mean(inside))


@dataclass(frozen=True, eq=False)
class Validation:
    """Every cohort with the summary as listed (`plain`), and with S at the milestone added (`more`)."""

    plain: tuple[Accuracy, ...]
    more: tuple[Accuracy, ...]


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
        about = both.assign(cohort=plain.cohort.name, purpose=plain.cohort.purpose, n=plain.cohort.n)
        parts.append(about.assign(horizon=end, share=both["rmst_error"] / end))
    return pd.concat(parts, ignore_index=True)[list(MEASURES)]


def _named(one: Accuracy, name: str) -> pd.DataFrame:
    return one.measures.assign(method=one.measures["method"].replace("mean", name))


def means(table: pd.DataFrame) -> dict[Any, dict[Any, Any]]:
    """Return the means over the cohorts by method and measure; errors of RMST without their sign.

    `coverage_error` is the standard error of the mean coverage, from its spread over the cohorts.
    """
    absolute = table.assign(rmst_error=table["rmst_error"].abs(), share=table["share"].abs())
    by_method = absolute.groupby("method")
    found = by_method[[*UNITS, "share"]].mean().assign(coverage_error=by_method["coverage"].sem())
    return found.reindex(list(METHODS)).to_dict("index")


def every_series() -> pd.DataFrame:
    """Return the checked-in errors of every public cohort, one row per cohort and method."""
    return pd.read_csv(project.reference_cohort() / "validation.csv")


def left_out() -> pd.DataFrame:
    """Return the predictions for this trial's numbers that were left out, with `what` each is."""
    held = held_out.read()
    words = {claim.id: describe(claim) for claim in read_claims()}
    return held.assign(what=[words[name] for name in held.index])


def results(table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of the report as tidy rows."""
    rows = [
        (f"validation, {METHODS[row['method']]}", row["cohort"], name, row[name], unit, "")
        for row in table.to_dict("records")
        for name, unit in UNITS.items()
        if not math.isnan(row[name])
    ]
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
