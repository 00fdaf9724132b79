"""What a printed curve adds: `python -m blina_tools.cohort.curve_points`.

Of each small public cohort reconstructions are held against the truth: cohorts drawn from the summary that a
paper prints; cohorts drawn from that and from its figure, points of the curve read off to a whole percent and
the numbers at risk below it; the one cohort that Guyot's method makes of these points and numbers, and the
one that it makes of a hundred points, as a digitizer gives them. Written to `data/cohort/curve_points.csv`.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina import ensemble
from blina.endpoint.bands import band
from blina.endpoint.numbers import time_grid
from blina.reports.validation.numbers import accuracy
from blina.reports.validation.numbers.cohorts import Cohort, cohorts
from blina.reports.validation.numbers.summary import printed_claims
from blina.vocabulary import DAYS_PER_MONTH
from blina_base import project
from pseudoipd.claims import Claim
from pseudoipd.model.problem import LEAST_MOVES
from pseudoipd.survival import draws as over
from pseudoipd.survival import endpoint_statistic, kaplan_meier, survival_at

SIZES = range(20, 61)
"""Patients of the cohorts: a chain takes more moves for each claim, and a figure is some twenty."""
DRAWS, SEED = 40, 1
SUMMARY, FIGURE, GUYOT, DIGITIZED = "summary", "figure", "guyot", "guyot_digitized"
CLICKS = 100
ROUNDS = 100
"""Attempts of Guyot's method to place as many censorings as the numbers at risk ask for."""

FloatArray = NDArray[np.float64]


def figure_claims(cohort: Cohort) -> tuple[Claim, ...]:
    """Return what is read off a cohort's figure: S at its ticks and midway, and the number at risk at each.

    S is read to a whole percent and may be off by one: `~63` is 62 to 64.
    """
    months = cohort.days / DAYS_PER_MONTH
    ticks = time_grid(float(months.max()))
    ticks = ticks[(ticks > 0) & (ticks < months.max())]
    between = np.concatenate([[0.0], ticks])[: len(ticks)] + ticks[0] / 2
    curve = [_claim("survival", at, f"~{_percent(cohort, at)}", "%") for at in sorted([*ticks, *between])]
    below = [_claim("at_risk", at, f"{int((months >= at - 1e-9).sum())}", "patients") for at in ticks]
    return (*curve, *below)


def _percent(cohort: Cohort, month: float) -> int:
    """Return S at a month as it can be read off."""
    return round(endpoint_statistic("survival", cohort.days / DAYS_PER_MONTH, cohort.died, month))


def _claim(statistic: str, at: float, printed: str, unit: str) -> Claim:
    name = f"{statistic}_{at:g}"
    return Claim(name, "figure", "OS", statistic, "", "all", float(at), printed, unit, "public data set", "")


def guyot(
    times: FloatArray, survival: FloatArray, at: FloatArray, at_risk: NDArray[np.int64]
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return times and events of the patients that Guyot's method makes of a figure.

    `times` and `survival` are points of the curve, from (0, 1) on; `at` and `at_risk` the numbers below it,
    from 0 on. In each interval between two of these as many are censored, evenly spread, as make the number
    at the next come out; events lie at the points. After the last number censoring goes on at its mean rate.

    Reference: Guyot et al., BMC Med Res Methodol 2012;12:9.
    """
    starts = np.searchsorted(times, at)
    ends = np.append(starts[1:], len(times))
    risk, km = float(at_risk[0]), 1.0
    events: list[float] = []
    censored: list[float] = []
    rates: list[float] = []
    for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
        known = number + 1 < len(at)
        end = at[number + 1] if known else times[-1]
        goal = float(at_risk[number + 1]) if known else None
        lost = risk * survival[min(last, len(times) - 1)] / survival[first] - goal if goal is not None else (
            np.mean(rates) * (end - at[number]) if rates else 0.0
        )  # fmt: skip
        count = int(np.clip(round(lost), 0, risk))
        for _ in range(ROUNDS):
            placed = at[number] + (np.arange(count) + 0.5) / max(count, 1) * (end - at[number])
            died, left, level = _interval(times[first:last], survival[first:last], placed, risk, km)
            off = int(left - goal) if goal is not None else 0
            if off == 0 or not 0 <= count + off <= risk:
                break
            count += off
        events += died
        censored += list(placed)
        rates.append(count / max(end - at[number], 1e-9))
        risk, km = left, level
    # Who is left was followed to the end of the curve.
    censored += [float(times[-1])] * int(risk)
    time = np.array(events + censored)
    return time, np.arange(len(time)) < len(events)


def _interval(
    times: FloatArray, survival: FloatArray, placed: FloatArray, risk: float, km: float
) -> tuple[list[float], float, float]:
    """Return the days of events in an interval, how many are left at its end, and the curve there."""
    died: list[float] = []
    gone = 0
    for day, level in zip(times, survival, strict=True):
        before = int((placed < day).sum())
        risk -= before - gone
        gone = before
        if risk > 0:
            events = int(np.clip(round(risk * (1 - level / km)), 0, risk)) if km > 0 else 0
            died += [float(day)] * events
            km *= 1 - events / risk
            risk -= events
    return died, risk - (len(placed) - gone), km


def assess(cohort: Cohort) -> pd.DataFrame:
    """Return a row per reconstruction: errors as in report 10, and the mean width of the 95 % band."""
    printed, read = printed_claims(cohort.days, cohort.died), figure_claims(cohort)
    months = np.linspace(0, accuracy.horizon(printed), accuracy.POINTS + 1)[1:]
    truth = np.asarray(survival_at(kaplan_meier(cohort.days, cohort.died), months * DAYS_PER_MONTH))
    rows = []
    for method, claims in ((SUMMARY, printed), (FIGURE, (*printed, *read))):
        moves = max(LEAST_MOVES[0], int(accuracy.LENGTH * ensemble.problem(claims, None).effort().moves))
        drawn = ensemble.load(claims, None, DRAWS, SEED, moves=moves)
        curves = over.curves(drawn.time["OS"], drawn.event["OS"])
        values = over.survival_on_grid(curves, months * DAYS_PER_MONTH)
        lower, upper = band(values)
        width = float((upper - lower).mean())
        rows.append({"method": method, **accuracy.of_ensemble(values, truth, months), "width": width})
    points = np.array([claim.at for claim in read if claim.statistic == "survival"], dtype=float)
    below = [claim for claim in read if claim.statistic == "at_risk"]
    at = np.array([0.0, *(claim.at or 0.0 for claim in below)])
    at_risk = np.array([cohort.n, *(int(claim.value) for claim in below)])
    clicks = np.union1d(np.linspace(0, float(cohort.days.max()) / DAYS_PER_MONTH, CLICKS + 1)[1:-1], at[1:])
    for method, known in ((GUYOT, points), (DIGITIZED, clicks)):
        level = np.array([1.0, *(_percent(cohort, month) / 100 for month in known)])
        time, event = guyot(np.append(0.0, known), level, at, at_risk)
        peer = np.asarray(survival_at(kaplan_meier(time, event), months))
        crps = float(np.abs(peer - truth).mean())
        rows.append({"method": method, **accuracy.of_curve(peer, truth, months), "crps": crps})
    about = {"cohort": cohort.name, "n": cohort.n, "points": len(points), "numbers_at_risk": len(below)}
    return pd.DataFrame([about | row for row in rows])


if __name__ == "__main__":
    small = [cohort for cohort in cohorts() if cohort.n in SIZES]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = pd.concat(pool.map(assess, small), ignore_index=True)
    path = project.reference_cohort() / "curve_points.csv"
    found.to_csv(path, index=False, lineterminator="\n", float_format="%.4f")
