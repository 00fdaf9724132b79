"""Everything that the report on response and survival shows, as tidy tables.

Times in months. A state is `responder` (the response has come) or `non_responder` (not, or not yet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.numbers import thinned, time_grid
from blina.endpoint.options import Options
from blina.vocabulary import DAYS_PER_MONTH
from blina_base.errors import InputError
from pseudoipd.survival import KaplanMeier, kaplan_meier, limits
from pseudoipd.transitions import (
    Cox,
    Landmark,
    MantelByar,
    landmark,
    landmark_sweep,
    mantel_byar,
    naive_logrank,
    simon_makuch,
    time_dependent_cox,
)

if TYPE_CHECKING:
    from blina.adam import Endpoint, Tables

FloatArray = NDArray[np.float64]

FEWEST = 5
"""Patients in the smaller group below which a landmark's ratio is not shown: it would rest on single ones."""


@dataclass(frozen=True, eq=False)
class Cohort:
    """Patients of one data set: observed time and response time in days (inf: never), and death.

    `labels` says what the two states are called; `name` what the data are.
    """

    name: str
    time: FloatArray
    event: NDArray[np.bool_]
    response: FloatArray
    labels: dict[str, str]


@dataclass(frozen=True, eq=False)
class ResponseReport:
    """One data set compared by response in every way of the report.

    `naive_curves` and `state_curves`: state, time, at_risk, events, censored, survival, lower, upper;
    `state_risk`: state, time, at_risk.
    """

    cohort: Cohort
    options: Options
    tie: str
    naive: MantelByar
    mantel_byar: MantelByar
    cox: Cox
    naive_curves: pd.DataFrame
    state_curves: pd.DataFrame
    state_risk: pd.DataFrame


def trial_cohort(tables: Tables, endpoint: Endpoint) -> Cohort:
    """Return the study's patients with their day of MRD response.

    Raises InputError for a patient of whom MRDRESP says Y without a day of response.
    """
    adsl = tables.adsl.set_index("USUBJID").loc[list(endpoint.USUBJID)]
    day = pd.to_numeric(adsl["MRDRDY"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    responded = adsl["MRDRESP"].eq("Y").to_numpy() if "MRDRESP" in adsl else np.isfinite(day)
    without = np.flatnonzero(responded & np.isnan(day))
    if len(without):
        row = int(np.flatnonzero(tables.adsl["USUBJID"] == adsl.index[without[0]])[0]) + 2
        raise InputError.at(
            tables.files["adsl"], row=row, column="MRDRDY", expected="the study day of MRD response"
        )
    return Cohort(
        name="Your data" if tables.kind == "yours" else "This trial",
        time=endpoint.days,
        event=endpoint.event,
        response=np.where(responded, day, np.inf),
        labels={"responder": "MRD response", "non_responder": "no MRD response (yet)"},
    )


def stanford_heart() -> Cohort:
    """Return the Stanford heart-transplant patients (Crowley and Hu 1977; R's survival::heart)."""
    from lifelines.datasets import load_stanford_heart_transplants

    rows = load_stanford_heart_transplants()
    last = rows.groupby("id")[["stop", "event"]].max()
    day = rows[rows["transplant"] == 1].set_index("id")["start"].reindex(last.index)
    return Cohort(
        name="Stanford heart transplants (public data)",
        time=last["stop"].to_numpy(dtype=float),
        event=last["event"].to_numpy() == 1,
        response=day.fillna(np.inf).to_numpy(dtype=float),
        labels={"responder": "transplanted", "non_responder": "not transplanted (yet)"},
    )


def response_report(cohort: Cohort, options: Options, tie: str = "before") -> ResponseReport:
    """Compare survival by response: from day 0 (naively), by current state, by hazard."""
    t, e, r = cohort.time, cohort.event, cohort.response
    ever = np.isfinite(r)
    months = t / DAYS_PER_MONTH
    grid = time_grid(float(months.max(initial=0.0)))
    naive = {
        "responder": kaplan_meier(months[ever], e[ever]),
        "non_responder": kaplan_meier(months[~ever], e[~ever]),
    }
    states = simon_makuch(months, e, r / DAYS_PER_MONTH, tie=tie)
    current = {"responder": states.with_response, "non_responder": states.without_response}
    start = {"responder": states.start, "non_responder": 0.0}
    return ResponseReport(
        cohort=cohort,
        options=options,
        tie=tie,
        naive=naive_logrank(t, e, ever),
        mantel_byar=mantel_byar(t, e, r, tie=tie),
        cox=time_dependent_cox(t, e, r, tie=tie, conf_level=options.conf_level),
        naive_curves=both_states(naive, options, dict.fromkeys(STATES, 0.0)),
        state_curves=both_states(current, options, start),
        state_risk=risk_frame(months, r / DAYS_PER_MONTH, grid, tie),
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
    "responders",
    "non_responders",
    "left_out",
    "died_before",
    "censored_before",
    "later_responders",
    "chi2",
    "p",
    "hazard_ratio",
    "lower",
    "upper",
)


def landmark_report(
    cohort: Cohort, options: Options, landmark_months: float, sweep_months: float
) -> LandmarkReport:
    """Compare at one landmark, and at every half month up to `sweep_months`."""
    months, response = cohort.time / DAYS_PER_MONTH, cohort.response / DAYS_PER_MONTH
    at = landmark(months, cohort.event, response, landmark_months, conf_level=options.conf_level)
    swept = landmark_sweep(
        months, cohort.event, response, landmarks(sweep_months), conf_level=options.conf_level
    )
    tables = {"responder": at.with_response, "non_responder": at.without_response}
    fixed = np.where(response <= landmark_months, 0.0, np.inf)
    stays = months > landmark_months
    grid = time_grid(float(months.max(initial=0.0)))
    risk = risk_frame(months[stays], fixed[stays], grid[grid >= landmark_months - 1e-9], "at")
    return LandmarkReport(
        at=at,
        curves=both_states(tables, options, dict.fromkeys(STATES, landmark_months)),
        risk=risk,
        sweep=pd.DataFrame(
            [{"landmark": one.at} | {name: getattr(one, name) for name in _SWEPT} for one in swept]
        ),
    )


def landmarks(sweep_months: float) -> FloatArray:
    """Return the landmarks of a sweep: every half month from half a month on."""
    return np.arange(0.5, sweep_months + 1e-9, 0.5)


STATES = ("responder", "non_responder")


def both_states(
    tables: Mapping[str, KaplanMeier], options: Options, start: Mapping[str, float]
) -> pd.DataFrame:
    """Return the curves of both states under one another; a state in which nobody was has no rows."""
    frames = [curve_frame(state, tables[state], options, start[state]) for state in STATES]
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def curve_frame(state: str, km: KaplanMeier, options: Options, start: float = 0.0) -> pd.DataFrame:
    """Return one state's curve from `start` (months) on, at 1 there; no rows if nobody was in the state."""
    columns = ["state", "time", "at_risk", "events", "censored", "survival", "lower", "upper"]
    if not len(km.time):
        return pd.DataFrame(columns=columns)
    lower, upper = limits(km, options.conf_type, options.conf_level)
    frame = pd.DataFrame(
        {
            "time": km.time,
            "at_risk": km.at_risk,
            "events": km.events,
            "censored": km.censored,
            "survival": km.survival,
            "lower": lower,
            "upper": upper,
        }
    )
    first = pd.DataFrame(
        {"time": [start], "at_risk": [int(km.at_risk[0])], "events": [0], "censored": [0]}
        | {name: [1.0] for name in ("survival", "lower", "upper")}
    )
    return pd.concat([first, thinned(frame)], ignore_index=True).assign(state=state)[columns]


def risk_frame(
    months: NDArray[np.float64], response: NDArray[np.float64], grid: NDArray[np.float64], tie: str
) -> pd.DataFrame:
    """Return how many patients are at risk in each state just before each month of `grid`.

    A patient is in the response state at t if response < t (`tie` "before") or ≤ t ("at"); at the very
    start nobody is, unless the response came at time 0 and counts there.
    """
    exits, moments = months[:, None], grid[None, :]
    there = exits >= moments - 1e-9
    responded = response[:, None] < moments if tie == "before" else response[:, None] <= moments
    counts = {
        "responder": (there & responded).sum(axis=0),
        "non_responder": (there & ~responded).sum(axis=0),
    }
    return pd.concat(
        [pd.DataFrame({"arm": state, "time": grid, "at_risk": counts[state]}) for state in STATES],
        ignore_index=True,
    )
