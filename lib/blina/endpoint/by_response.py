"""Survival by a response that comes later, as tidy tables: from day 0, by current state, from a landmark.

Times in months. A state is `responder` (the response has come) or `non_responder` (not, or not yet).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.numbers import curve_frame, time_grid
from blina.endpoint.options import Options
from blina.vocabulary import DAYS_PER_MONTH
from blina_base.errors import InputError
from pseudoipd.survival import KaplanMeier, kaplan_meier
from pseudoipd.transitions import (
    Cox,
    MantelByar,
    mantel_byar,
    naive_logrank,
    proportional_hazards,
    simon_makuch,
    time_dependent_cox,
)

if TYPE_CHECKING:
    from blina.adam import Tables

FloatArray = NDArray[np.float64]
STATES = ("responder", "non_responder")


@dataclass(frozen=True, eq=False)
class Patients:
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

    `constant_p` is the P of the test that the hazard ratio of `cox` stays the same over time.
    `naive_curves` and `state_curves`: state, time, at_risk, events, censored, survival, lower, upper;
    `state_risk`: arm (the state), time, at_risk, censored, events.
    """

    patients: Patients
    options: Options
    tie: str
    naive: MantelByar
    mantel_byar: MantelByar
    cox: Cox
    constant_p: float
    naive_curves: pd.DataFrame
    state_curves: pd.DataFrame
    state_risk: pd.DataFrame


def trial_patients(tables: Tables) -> Patients:
    """Return the study's patients with their day of MRD response.

    Raises InputError for a patient of whom MRDRESP says Y without a day of response.
    """
    endpoint = tables.endpoint("OS")
    adsl = tables.adsl.set_index("USUBJID").loc[list(endpoint.USUBJID)]
    day = pd.to_numeric(adsl["MRDRDY"], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    responded = adsl["MRDRESP"].eq("Y").to_numpy() if "MRDRESP" in adsl else np.isfinite(day)
    without = np.flatnonzero(responded & np.isnan(day))
    if len(without):
        # The index of ADSL is the place in its file.
        row = int(tables.adsl.index[tables.adsl["USUBJID"] == adsl.index[without[0]]][0]) + 2
        raise InputError.at(
            tables.files["adsl"], row=row, column="MRDRDY", expected="the study day of MRD response"
        )
    return Patients(
        name="Your data" if tables.kind == "yours" else "This trial",
        time=endpoint.days,
        event=endpoint.event,
        response=np.where(responded, day, np.inf),
        labels={"responder": "MRD response", "non_responder": "no MRD response (yet)"},
    )


def response_report(patients: Patients, options: Options, tie: str = "before") -> ResponseReport:
    """Compare survival by response: from day 0 (naively), by current state, by hazard."""
    t, e, r = patients.time, patients.event, patients.response
    ever, months = np.isfinite(r), t / DAYS_PER_MONTH
    states = simon_makuch(months, e, r / DAYS_PER_MONTH, tie=tie)
    naive = kaplan_meier(months[ever], e[ever]), kaplan_meier(months[~ever], e[~ever])
    current = states.with_response, states.without_response
    return ResponseReport(
        patients=patients,
        options=options,
        tie=tie,
        naive=naive_logrank(t, e, ever),
        mantel_byar=mantel_byar(t, e, r, tie=tie),
        cox=time_dependent_cox(t, e, r, tie=tie, conf_level=options.conf_level),
        constant_p=proportional_hazards(t, e, r, tie=tie)[1],
        naive_curves=both_states(naive, options),
        state_curves=both_states(current, options, (states.start, 0.0)),
        state_risk=risk_frame(months, e, r / DAYS_PER_MONTH, time_grid(float(months.max(initial=0.0))), tie),
    )


def both_states(
    tables: tuple[KaplanMeier, KaplanMeier], options: Options, starts: tuple[float, float] = (0.0, 0.0)
) -> pd.DataFrame:
    """Return the curves of both states under one another; a state in which nobody was has no rows."""
    frames = [curve_frame(table, options, start) for table, start in zip(tables, starts, strict=True)]
    for state, frame in zip(STATES, frames, strict=True):
        frame.insert(0, "state", state)
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def risk_frame(
    months: FloatArray, event: NDArray[np.bool_], response: FloatArray, grid: FloatArray, tie: str
) -> pd.DataFrame:
    """Return how many patients are at risk in each state just before each month of `grid`.

    A patient is in the response state at t if response < t (`tie` "before") or ≤ t ("at"); at the very
    start nobody is, unless the response came at time 0 and counts there. `censored` and `events` are all
    before that month, in the state in which they came; a response takes a patient from one state to the
    other and is neither.
    """
    there, gone = months[:, None] >= grid - 1e-9, months[:, None] < grid - 1e-9
    responded = response[:, None] < grid if tie == "before" else response[:, None] <= grid
    at_end = (response < months if tie == "before" else response <= months)[:, None]
    frames = [
        pd.DataFrame(
            {
                "arm": state,
                "time": grid,
                "at_risk": (there & inside).sum(axis=0),
                "censored": (gone & last & ~event[:, None]).sum(axis=0),
                "events": (gone & last & event[:, None]).sum(axis=0),
            }
        )
        for state, inside, last in zip(STATES, (responded, ~responded), (at_end, ~at_end), strict=True)
    ]
    return pd.concat(frames, ignore_index=True)
