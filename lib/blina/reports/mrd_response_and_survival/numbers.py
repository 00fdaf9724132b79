"""Response and survival: the comparisons, at every landmark, and over the cohorts that are possible."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.allowed import allowed as allowed
from blina.endpoint.bands import extremes, span
from blina.endpoint.bounds import witnesses_of as witnesses_of
from blina.endpoint.by_response import Patients, ResponseReport, both_states, risk_frame
from blina.endpoint.by_response import response_report as response_report
from blina.endpoint.by_response import trial_patients as trial_patients
from blina.endpoint.numbers import time_grid
from blina.endpoint.options import Options
from blina.endpoint.options import options as options
from blina.vocabulary import DAYS_PER_MONTH
from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims import Claim, select
from pseudoipd.survival.limits import normal_quantile
from pseudoipd.transitions import (
    Landmark,
    landmark,
    landmark_of_draws,
    landmark_sweep,
    mantel_byar_of_draws,
    naive_logrank_of_draws,
)

if TYPE_CHECKING:
    from blina.page import TrialPage
    from pseudoipd.cache import Ensemble

FloatArray = NDArray[np.float64]
Drawn = dict[str, dict[str, FloatArray]]
"""One value per draw for each statistic of each analysis; empty without an ensemble."""

FEWEST = 5
"""Patients in the smaller group below which a landmark's ratio is not shown: it would rest on single ones."""


def stanford_heart() -> Patients:
    """Return the Stanford heart-transplant patients (Crowley and Hu 1977; R's survival::heart)."""
    from lifelines.datasets import load_stanford_heart_transplants

    rows = load_stanford_heart_transplants()
    last = rows.groupby("id")[["stop", "event"]].max()
    day = rows[rows["transplant"] == 1].set_index("id")["start"].reindex(last.index)
    return Patients(
        name="Stanford heart transplants (public data)",
        time=last["stop"].to_numpy(dtype=float),
        event=last["event"].to_numpy() == 1,
        response=day.fillna(np.inf).to_numpy(dtype=float),
        labels={"responder": "transplanted", "non_responder": "not transplanted (yet)"},
    )


@dataclass(frozen=True, eq=False)
class LandmarkReport:
    """The comparison at one landmark, with its curves, and the sweep over many.

    `curves` and `risk` as in `ResponseReport`. `sweep`: landmark (months), responders, non_responders,
    left_out, died_before, censored_before, later_responders, chi2, p, hazard_ratio, lower, upper.
    """

    at: Landmark
    curves: pd.DataFrame
    risk: pd.DataFrame
    sweep: pd.DataFrame

    @property
    def readable(self) -> pd.DataFrame:
        """The landmarks of the sweep with patients enough in both groups."""
        return self.sweep[self.sweep[["responders", "non_responders"]].min(axis=1) >= FEWEST]


_SWEPT = (
    "responders", "non_responders", "left_out", "died_before", "censored_before", "later_responders", "chi2",
    "p", "hazard_ratio", "lower", "upper",
)  # fmt: skip


def landmark_report(
    patients: Patients, options: Options, landmark_months: float, sweep_months: float
) -> LandmarkReport:
    """Compare at one landmark, and at every half month up to `sweep_months`."""
    months, response = patients.time / DAYS_PER_MONTH, patients.response / DAYS_PER_MONTH
    at = landmark(months, patients.event, response, landmark_months, conf_level=options.conf_level)
    swept = landmark_sweep(
        months, patients.event, response, landmarks(sweep_months), conf_level=options.conf_level
    )
    fixed, stays = np.where(response <= landmark_months, 0.0, np.inf), months > landmark_months
    grid = time_grid(float(months.max(initial=0.0)))
    # Numbers stand at the landmark itself; the next tick must leave them room.
    from_there = np.concatenate([[landmark_months], grid[grid > landmark_months + 0.25 * grid[1]]])
    return LandmarkReport(
        at=at,
        curves=both_states((at.with_response, at.without_response), options, (landmark_months,) * 2),
        risk=risk_frame(months[stays], patients.event[stays], fixed[stays], from_there, "at"),
        sweep=pd.DataFrame(
            [{"landmark": one.at} | {name: getattr(one, name) for name in _SWEPT} for one in swept]
        ),
    )


def landmarks(sweep_months: float) -> FloatArray:
    """Return the landmarks of a sweep: every half month from half a month on."""
    return np.arange(0.5, sweep_months + 1e-9, 0.5)


def compared_in_draws(ensemble: Ensemble | None, at_months: float, tie: str) -> Drawn:
    """Return the tests of every draw: `naive`, `mantel_byar` (with the Cox fit) and `landmark`."""
    if ensemble is None:
        return {}
    time, event, response = _outcomes(ensemble)
    return {
        "naive": naive_logrank_of_draws(time, event, np.isfinite(response)),
        "mantel_byar": mantel_byar_of_draws(time, event, response, tie=tie),
        "landmark": landmark_of_draws(time, event, response, at_months * DAYS_PER_MONTH),
    }


def _outcomes(ensemble: Ensemble) -> tuple[NDArray[np.int32], NDArray[np.bool_], FloatArray]:
    """Return days, deaths and days of response (inf: never) of every draw."""
    day = np.asarray(ensemble.columns["MRDRDY"], dtype=np.float64)
    return ensemble.time["OS"], ensemble.event["OS"], np.where(day < 0, np.inf, day)


def count(drawn: Drawn) -> int:
    """Return the number of draws, 0 without an ensemble."""
    return len(drawn["naive"]["p"]) if drawn else 0


def sweep_of_draws(ensemble: Ensemble | None, sweep_months: float) -> pd.DataFrame | None:
    """Return per landmark (months) the range of the hazard ratio over the draws, and the share with P < .05.

    Columns landmark, those of `span`, significant (share; draws without a test do not count as significant).
    None without an ensemble.
    """
    if ensemble is None:
        return None
    rows = []
    for month in landmarks(sweep_months):
        found = landmark_of_draws(*_outcomes(ensemble), month * DAYS_PER_MONTH)
        significant = float((found["p"] < 0.05).mean())
        rows.append({"landmark": month} | span(np.exp(found["coef"])) | {"significant": significant})
    return pd.DataFrame(rows)


def ranges(
    report: ResponseReport, at: LandmarkReport, drawn: Drawn, witnessed: Drawn | None = None
) -> pd.DataFrame:
    """Return every number of the comparison with its range over the draws, and what print allows at least.

    Columns analysis, statistic, value, lowest, lower, middle, upper, highest (nan without draws), least and
    largest of the draws and the witnesses (`endpoint.bounds`) together, nan without either.
    """
    known = witnessed or {}
    rows = [
        (name, statistic, getattr(test, statistic), *(_of(of, name, statistic) for of in (drawn, known)))
        for name, test, statistics in (
            ("naive", report.naive, TESTED),
            ("mantel_byar", report.mantel_byar, TESTED),
            ("landmark", at.at, ("left_out", "chi2", "p")),
        )
        for statistic in statistics
    ]
    for name, cox, source in (("cox", report.cox, "mantel_byar"), ("landmark", at.at, "landmark")):
        over = [_hazard_ratios(of, source, report.options.conf_level) for of in (drawn, known)]
        rows += [
            (name, part, getattr(cox, part), *values)
            for part, *values in zip(("hazard_ratio", "lower", "upper"), *over, strict=True)
        ]
    return pd.DataFrame(
        [
            {"analysis": a, "statistic": s, "value": float(v)} | span(values) | _reached(values, found)
            for a, s, v, values, found in rows
        ]
    )


def _reached(drawn: FloatArray, witnessed: FloatArray) -> dict[str, float]:
    """Return `bands.extremes`; without witnesses nobody looked how far print reaches."""
    return extremes(drawn if len(witnessed) else (), witnessed)


def _of(drawn: Drawn, name: str, statistic: str) -> FloatArray:
    return drawn[name][statistic] if drawn else np.array([])


def _hazard_ratios(drawn: Drawn, name: str, conf_level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the hazard ratio of every draw, and its lower and upper limit."""
    coef, se = _of(drawn, name, "coef"), _of(drawn, name, "se")
    # Without a standard error the limits are no limits.
    width = normal_quantile(conf_level) * np.where(np.isfinite(se), se, np.inf)
    center = np.where(np.isfinite(se), coef, 0.0)
    return np.exp(coef), np.exp(center - width), np.exp(center + width)


def conclusions(
    report: ResponseReport,
    at: LandmarkReport,
    drawn: Drawn,
    witnessed: Drawn | None = None,
    claims: Iterable[Claim] = (),
) -> pd.DataFrame:
    """Return what one might conclude, whether it holds here, and in which share of the draws.

    Columns conclusion (a key of `words.CONCLUSIONS`), here (bool), share (nan without draws), allowed: the
    share of the witnesses (`endpoint.bounds`) in which it holds, nan without any; printed (bool): whether it
    is one of the claims that each draw was made to meet.
    """
    mb, naive = report.mantel_byar, report.naive
    here = {
        "fewer_deaths": mb.observed < mb.expected,
        "mantel_byar": mb.p < 0.05,
        "cox": report.cox.upper < 1,
        "landmark": at.at.p < 0.05,
        "naive": naive.p < 0.05,
        "naive_smaller": naive.p < mb.p,
    }
    level = report.options.conf_level
    shares = {"share": _held(drawn, level), "allowed": _held(witnessed or {}, level)}
    return pd.DataFrame(
        [
            {"conclusion": name, "here": bool(holds)}
            | {column: found[name] for column, found in shares.items()}
            | {"printed": name == "mantel_byar" and _prints_below(claims, 0.05)}
            for name, holds in here.items()
        ]
    )


def _prints_below(claims: Iterable[Claim], level: float) -> bool:
    claim = printed_p(claims)
    return claim is not None and not claim.interval.ends_after(level)


def _held(drawn: Drawn, level: float) -> dict[str, float]:
    """Return in which share of the draws each conclusion holds, nan without draws."""
    p = {name: _of(drawn, name, "p") for name in ("naive", "mantel_byar", "landmark")}
    fewer = _of(drawn, "mantel_byar", "observed") < _of(drawn, "mantel_byar", "expected")
    held: dict[str, NDArray[np.bool_]] = {
        "fewer_deaths": fewer,
        "mantel_byar": p["mantel_byar"] < 0.05,
        "cox": _hazard_ratios(drawn, "mantel_byar", level)[2] < 1,
        "landmark": p["landmark"] < 0.05,
        "naive": p["naive"] < 0.05,
        "naive_smaller": p["naive"] < p["mantel_byar"],
    }
    return {name: float(np.mean(there)) if len(there) else np.nan for name, there in held.items()}


TESTED = ("observed", "expected", "variance", "chi2", "p")


def tests(report: ResponseReport) -> pd.DataFrame:
    """Return data, test (naive, mantel_byar), observed, expected, variance, chi2, p, deaths."""
    return pd.DataFrame(
        [
            {"data": report.patients.name, "test": name}
            | {field: getattr(test, field) for field in (*TESTED, "deaths")}
            for name, test in (("naive", report.naive), ("mantel_byar", report.mantel_byar))
        ]
    )


def printed_p(claims: Iterable[Claim]) -> Claim | None:
    """Return the claim that prints the Mantel-Byar P, None if there is none."""
    return next(iter(select(claims, statistic="mantel_byar_p")), None)


def results(heart: ResponseReport, ranges: pd.DataFrame, claims: Iterable[Claim]) -> pd.DataFrame:
    """Return every number of the report as rows of analysis, population, statistic, value, unit, claim."""
    claim = printed_p(claims)
    printed = (ranges["analysis"] == "mantel_byar") & (ranges["statistic"] == "p")
    counted = ranges["statistic"].isin(["observed", "left_out"])
    trial = ranges.assign(
        population="all",
        unit=np.where(counted, "patients", ""),
        claim=np.where(printed, claim.id if claim else "", ""),
    )
    other = (
        tests(heart).melt("test", TESTED, "statistic", "value", ignore_index=False).sort_index(kind="stable")
    )
    cox = {"test": "cox", "statistic": "hazard_ratio", "value": heart.cox.hazard_ratio}
    other = pd.concat([other, pd.DataFrame([cox])]).rename(columns={"test": "analysis"})
    other = other.assign(population=heart.patients.name, unit="", claim="")
    return pd.concat([trial[list(RESULT_COLUMNS)], other[list(RESULT_COLUMNS)]], ignore_index=True)


def explored(page: TrialPage) -> tuple[ResponseReport]:
    """Return the trial by response under the parameters of a page."""
    choices = options(page.parameters, page.assumptions)
    return (response_report(trial_patients(page.tables), choices, str(page.parameters["mantel_byar_tie"])),)


def explored_landmark(page: TrialPage) -> tuple[ResponseReport, LandmarkReport]:
    """Return the trial by response, and from the landmark, under the parameters of a page."""
    (trial,), months = explored(page), float(page.parameters["landmark_months"])
    choices = options(page.parameters, page.assumptions)
    return trial, landmark_report(trial.patients, choices, months, months)
