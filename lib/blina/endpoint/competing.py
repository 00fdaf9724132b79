"""Relapse and death in remission, the two ends of relapse-free survival, each with its own incidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.bands import SPAN, span
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.survival import cumulative_incidence

if TYPE_CHECKING:
    from blina.adam import Tables
    from pseudoipd.cache import Ensemble

CAUSES = {"relapse": 1, "death": 2}
"""The kinds of event of relapse-free survival; 0 is censored."""
MONTHS = (6.0, 12.0, 24.0)
COLUMNS = ("cause", "at", "value", *SPAN)

Courses = tuple[NDArray[np.float64], NDArray[np.int64]]
"""Times in months and kinds of event, [patients]."""


def of_tables(tables: Tables) -> Courses | None:
    """Return relapse-free survival with its kinds of event, by EVNTDESC; None where that does not tell them.

    An event is a death in remission if its description says death or died, else a relapse.
    """
    if "RFS" not in tables.roles or "EVNTDESC" not in tables.adtte:
        return None
    endpoint = tables.endpoint("RFS")
    rows = tables.adtte[tables.adtte["PARAMCD"] == endpoint.paramcd].set_index("USUBJID")
    said = rows["EVNTDESC"].reindex(endpoint.USUBJID).fillna("").astype(str).str.lower()
    if (said[endpoint.event] == "").any():
        return None
    died = said.str.contains("death|died").to_numpy()
    return endpoint.time_months, _kinds(endpoint.event, died)


def of_draws(cohorts: Ensemble) -> list[Courses]:
    """Return the same of each draw; an event on the day of death is a death in remission."""
    found = []
    origin = cohorts.origin.get("RFS", np.zeros_like(cohorts.time["RFS"]))
    for days, event, start, last, dead in zip(
        cohorts.time["RFS"],
        cohorts.event["RFS"],
        origin,
        cohorts.time["OS"],
        cohorts.event["OS"],
        strict=True,
    ):
        there = days >= 0
        died = dead & (days + start == last)
        found.append((days[there] / DAYS_PER_MONTH, _kinds(event[there], died[there])))
    return found


def _kinds(event: NDArray[np.bool_], died: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.where(event, np.where(died, CAUSES["death"], CAUSES["relapse"]), 0)


def incidences(here: Courses | None, drawn: list[Courses]) -> pd.DataFrame:
    """Return cause, at (months), value (%, by Aalen and Johansen) and the range over the draws.

    `at` is NaN for the number of events of a cause. Months beyond the last time observed have no value.
    """
    if here is None:
        return pd.DataFrame(columns=list(COLUMNS))
    rows = []
    for cause, kind in CAUSES.items():
        values = [_values(course, kind) for course in (here, *drawn)]
        for place, at in enumerate((*MONTHS, np.nan)):
            over = [value[place] for value in values[1:]]
            rows.append({"cause": cause, "at": at, "value": values[0][place]} | span(over))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _values(course: Courses, kind: int) -> NDArray[np.float64]:
    """Return the incidence of a kind at each of `MONTHS`, in %, and the number of its events."""
    time, cause = course
    known = np.array(MONTHS) <= time.max(initial=0.0)
    share = np.where(known, 100 * cumulative_incidence(time, cause, kind, MONTHS), np.nan)
    return np.append(share, float((cause == kind).sum()))
