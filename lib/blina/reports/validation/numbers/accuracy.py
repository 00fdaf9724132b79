"""How near an ensemble's curves come to the truth that they were not shown, by cohort and on average."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina import ensemble
from blina.endpoint.bands import band
from blina.reports.validation.numbers.cohorts import Cohort, chosen
from blina.reports.validation.numbers.summary import interpolation, printed_claims, printed_points
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.claims import Claim
from pseudoipd.model.problem import LEAST_MOVES
from pseudoipd.survival import draws as over
from pseudoipd.survival import endpoint_statistic, kaplan_meier, survival_at

POINTS = 400
"""Time points at which curves are compared, evenly spaced."""
LENGTH = 0.25
"""Length of the chains, in terms of the usual one: some thousand cohorts of up to 292 patients are drawn."""
TOLERANCE = 1e-9
LEVELS = (0.5, 0.8, 0.95)
"""Levels of the bands that are held against the truth."""
ENSEMBLE, WITH_S, INTERPOLATION = "ensemble", "ensemble_s", "interpolation"
METHODS = (ENSEMBLE, WITH_S, INTERPOLATION)
"""The ensemble from the summary, the same with S at the milestone, and interpolation, which knows that S."""
INSIDE = {level: f"in_{100 * level:g}" for level in LEVELS}
"""The column that holds the share of points with the truth inside the band of a level."""
UNITS = {"rmse": "", "rmst_error": "months", "crps": "", **dict.fromkeys(INSIDE.values(), "")}
"""Units of what is measured."""
MEASURES = ("cohort", "purpose", "n", "horizon", "method", *UNITS)
"""Columns of `measures`."""

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Accuracy:
    """One cohort: what was printed, the curves, and the errors.

    `curves` has time (months), truth, mean, lower, upper (of the 95 % band), interpolation; `measures` one
    row per method with rmse, rmst_error (months), crps, and for the ensemble the share of points inside the
    band of each of `LEVELS`.
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
    moves = max(LEAST_MOVES[0], int(LENGTH * ensemble.problem(claims, None).effort().moves))
    drawn = ensemble.load(claims, None, draws, seed, moves=moves)
    months = np.linspace(0, horizon(claims), POINTS + 1)[1:]
    truth = np.asarray(survival_at(kaplan_meier(cohort.days, cohort.died), months * DAYS_PER_MONTH))
    values = over.survival_on_grid(over.curves(drawn.time["OS"], drawn.event["OS"]), months * DAYS_PER_MONTH)
    at = next(claim.at for claim in claims if claim.statistic == "count_at_or_beyond")
    milestone = endpoint_statistic("survival", cohort.days / DAYS_PER_MONTH, cohort.died, at)
    peer = interpolation(printed_points(claims, round(milestone)), months)
    lower, upper = band(values)
    curves = pd.DataFrame(
        {"time": months, "truth": truth, "mean": values.mean(axis=0), "lower": lower, "upper": upper}
    ).assign(interpolation=peer)
    name = WITH_S if with_survival else ENSEMBLE
    rows = [
        {"method": name, **of_ensemble(values, truth, months)},
        {
            "method": INTERPOLATION,
            **of_curve(peer, truth, months),
            "crps": float(np.abs(peer - truth).mean()),
        },
    ]
    return Accuracy(cohort, claims, draws, curves, pd.DataFrame(rows))


def of_curve(curve: FloatArray, truth: FloatArray, months: FloatArray) -> dict[str, float]:
    """Return rmse of a curve at evenly spaced months, and rmst_error, in months.

    rmse = √ mean of (S - truth)²; rmst_error = last month · mean of (S - truth), RMST up to there being the
    mean of S(t) times the month.

    Example: by hand, off by +.1 and by -.3 up to 10 months: √(.1 / 2), 10 · -.1.

    >>> found = of_curve(np.array([0.9, 0.3]), np.array([0.8, 0.6]), np.array([5.0, 10.0]))
    >>> {name: round(value, 4) for name, value in found.items()}
    {'rmse': 0.2236, 'rmst_error': -1.0}
    """
    off = curve - truth
    return {"rmse": float(np.sqrt(np.mean(off**2))), "rmst_error": float(months[-1] * off.mean())}


def of_ensemble(values: FloatArray, truth: FloatArray, months: FloatArray) -> dict[str, float]:
    """Return the errors of the mean of curves [draws, points], their crps, and shares inside the bands."""
    shares = {name: coverage(truth, *band(values, level)) for level, name in INSIDE.items()}
    return {**of_curve(values.mean(axis=0), truth, months), "crps": crps(values, truth), **shares}


def crps(values: FloatArray, truth: FloatArray) -> float:
    """Return the continuous ranked probability score of curves [draws, points], mean over the points.

    E|X - truth| - E|X - X'| / 2, X and X' two different draws: of a single curve, its absolute error.

    Reference: Gneiting and Raftery, JASA 2007;102:359.
    Example: by hand, draws 0 and 1, truth 0: 1/2 - 1/2.

    >>> crps(np.array([[0.0], [1.0]]), np.array([0.0]))
    0.0
    """
    draws = len(values)
    rank = 2 * np.arange(1, draws + 1) - draws - 1
    spread = 2 * (rank @ np.sort(values, axis=0)) / (draws * max(draws - 1, 1))
    return float(np.mean(np.abs(values - truth).mean(axis=0) - spread / 2))


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
    """Assess the cohorts of one purpose, a key of `PURPOSES`; none for any other word."""
    return validate(chosen(purpose), draws, seed)


def validate(cohorts: Sequence[Cohort], draws: int, seed: int) -> Validation:
    """Assess these cohorts."""
    return Validation(
        tuple(assess(cohort, draws, seed) for cohort in cohorts),
        tuple(assess(cohort, draws, seed, with_survival=True) for cohort in cohorts),
    )


def measures(found: Validation) -> pd.DataFrame:
    """Return one row per cohort and method, with the columns `MEASURES`: who, and how near."""
    if not found.plain:
        return pd.DataFrame(columns=list(MEASURES))
    parts = []
    for plain, more in zip(found.plain, found.more, strict=True):
        both = pd.concat([plain.measures, more.measures.head(1)])
        about = both.assign(cohort=plain.cohort.name, purpose=plain.cohort.purpose, n=plain.cohort.n)
        parts.append(about.assign(horizon=float(plain.curves["time"].iloc[-1])))
    return pd.concat(parts, ignore_index=True)[list(MEASURES)]
