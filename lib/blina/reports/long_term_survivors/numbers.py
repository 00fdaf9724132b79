"""The course of each patient, who survived long, and how that depends on what long means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blina.endpoint.bands import span
from blina.endpoint.numbers import curve_frame, step_at
from blina.endpoint.options import Options
from blina.scorecard.numbers import of_exhibit
from blina.vocabulary import DAYS_PER_MONTH, FIRST_ASSESSMENT
from nbreports.page import RESULT_COLUMNS
from pseudoipd.survival import kaplan_meier, reached

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from blina.adam import Tables
    from blina.page import TrialPage
    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

THRESHOLDS = tuple(range(24, 37))
"""Months at which the count of long-term survivors is compared."""

MOST_BARS = 80
"""More patients than this are no longer told apart in a picture; the longest are drawn."""

COUNTED = ("mrd_response", "relapse_free", "allohct", "adverse_event")
"""Columns of `courses` that are counted among the long-term survivors."""

LIMITED = ("survival", "lower", "upper")
_FLAGS = {
    "MRDRESP": "mrd_response",
    "HSCTFL": "allohct",
    "RETRTFL": "retreated",
    "RLPFRFL": "relapse_free",
    "AEINTFL": "adverse_event",
}

COURSE_COLUMNS = (
    "USUBJID", "best_response", "mrd_response", "mrd_day", "response_months", "relapse_months", "months",
    "died", "long_term", "allohct", "retreated", "relapse_free", "adverse_event", "additional_cycles",
)  # fmt: skip


def courses(tables: Tables, threshold: float, rfs_origin: str = "start") -> pd.DataFrame:
    """Return one row per patient with overall survival, the longest first, with COURSE_COLUMNS.

    `months` is the time to death (`died`) or last contact; `response_months` the time of MRD response and
    `relapse_months` that of relapse, NaN without one; `long_term` whether `months` reaches `threshold`.
    Flags are Y, N, or empty where the tables do not say. A relapse-free survival that ends with the
    patient's death is a death in remission and no relapse. With `rfs_origin` "response" it counts from
    the day of MRD response, else from the first marrow assessment, and is moved to the start of treatment.
    """
    endpoint = tables.endpoint("OS")
    adsl = tables.adsl.set_index("USUBJID").loc[endpoint.USUBJID]
    frame = pd.DataFrame(
        {
            "USUBJID": endpoint.USUBJID,
            "best_response": _column(adsl, "BESTRESP", ""),
            "mrd_day": _number(adsl, "MRDRDY"),
            "relapse_months": _relapses(tables, adsl, rfs_origin).to_numpy(),
            "months": endpoint.time_months,
            "died": endpoint.event,
            "long_term": reached(endpoint.time_months, threshold),
            "additional_cycles": _number(adsl, "ADDCYC"),
            **{name: _column(adsl, flag, "") for flag, name in _FLAGS.items()},
        }
    )
    frame["response_months"] = frame["mrd_day"] / DAYS_PER_MONTH
    order = ["months", "USUBJID"]
    return frame.sort_values(order, ascending=[False, True], ignore_index=True)[list(COURSE_COLUMNS)]


def explored(page: TrialPage) -> tuple[pd.DataFrame, float]:
    """Return the courses under the parameters of a page, and its threshold (months)."""
    threshold = float(page.parameters["long_term_months"])
    return courses(page.tables, threshold, str(page.parameters["relapse_from"])), threshold


def consolidation(course: pd.DataFrame) -> pd.DataFrame:
    """Return how many long-term survivors had which consolidation, and how many of them stayed relapse-free.

    Columns: consolidation (allohct; cycles: three additional cycles without alloHCT; neither), patients,
    relapse_free.
    """
    chosen = course[course["long_term"]]
    transplanted = (chosen["allohct"] == "Y").to_numpy()
    cycles = ~transplanted & (chosen["additional_cycles"] == 3).to_numpy()
    free = (chosen["relapse_free"] == "Y").to_numpy()
    groups = {"allohct": transplanted, "cycles": cycles, "neither": ~transplanted & ~cycles}
    rows = [(name, int(who.sum()), int((who & free).sum())) for name, who in groups.items()]
    return pd.DataFrame(rows, columns=["consolidation", "patients", "relapse_free"])


def threshold_sweep(
    months: ArrayLike, died: ArrayLike, thresholds: Sequence[float], conf_type: str = "log-log"
) -> pd.DataFrame:
    """Return, per threshold in months: patients seen at or beyond it, deaths before it, and survival.

    `seen` is what the paper counts; `unknown` were last seen alive before the threshold and may have
    reached it. `seen`, and survival with its 95 % limits (in %), are NaN beyond the last time observed unless
    all had died.
    """
    time, event = np.asarray(months, dtype=float), np.asarray(died, dtype=bool)
    curve = curve_frame(kaplan_meier(time, event), Options(conf_type=conf_type))
    rows: list[dict[str, float]] = []
    for threshold in thresholds:
        seen, step = reached(time, threshold), step_at(curve, threshold)
        counts = {"seen": seen, "died": ~seen & event, "unknown": ~seen & ~event}
        rows.append(
            {
                "threshold": float(threshold),
                **{name: int(who.sum()) for name, who in counts.items()},
                **({"seen": np.nan} if step is None else {}),
                **{name: np.nan if step is None else 100 * step[name] for name in LIMITED},
            }
        )
    return pd.DataFrame(rows)


def ensemble_counts(ensemble: Ensemble | None, thresholds: Sequence[float]) -> pd.DataFrame | None:
    """Return over many cohorts how many patients were seen at or beyond each threshold (months).

    Columns threshold, lowest, lower, middle, upper, highest, as in `bands.span`. None without an ensemble.
    """
    if ensemble is None:
        return None
    months = np.asarray(ensemble.time["OS"]) / DAYS_PER_MONTH
    rows = [{"threshold": float(at)} | span(reached(months, at).sum(axis=1)) for at in thresholds]
    return pd.DataFrame(rows)


def printed_count(claims: Iterable[Claim]) -> tuple[float, float] | None:
    """Return the printed threshold (months) and count of long-term survivors, None if none is printed."""
    for claim in claims:
        if claim.endpoint == "OS" and claim.statistic == "count_at_or_beyond" and claim.at is not None:
            return claim.at, claim.value
    return None


def printed(tables: Tables, claims: Sequence[Claim], assumptions: Mapping[str, str]) -> pd.DataFrame:
    """Return the scorecard of what is printed on the long-term survivors."""
    return of_exhibit(tables, claims, "long_term_survivors", assumptions)


def results(course: pd.DataFrame, sweep: pd.DataFrame, claims: Iterable[Claim]) -> pd.DataFrame:
    """Return counts of the survivors and the sweep over thresholds as tidy results."""
    ids = {c.at: c.id for c in claims if c.endpoint == "OS" and c.statistic == "count_at_or_beyond"}
    rows = []
    for row in sweep.to_dict("records"):
        at, seen = f"at {row['threshold']:g} months", float(row["seen"])
        claim = ids.get(row["threshold"], "")
        rows.append(("long-term survival", "all", f"seen {at}", seen, "patients", claim))
        rows += [("long-term survival", "all", f"{name} {at}", row[name], "%", "") for name in LIMITED]
    chosen = course[course["long_term"]]
    for name in COUNTED:
        known = (chosen[name] != "").any()
        value = float((chosen[name] == "Y").sum()) if known else math.nan
        rows.append(("course", "long-term survivors", name, value, "patients", ""))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))


def _relapses(tables: Tables, adsl: pd.DataFrame, rfs_origin: str) -> pd.Series:
    """Return the month of relapse per patient of `adsl`, from the start of treatment.

    Nothing where relapse-free survival is played by an endpoint whose event need not be a relapse.
    """
    if "RFS" not in tables.roles or tables.endpoint("RFS").own_name:
        return pd.Series(np.nan, index=adsl.index)
    rfs, last = tables.endpoint("RFS"), tables.endpoint("OS")
    days = pd.Series(rfs.days, index=pd.Index(rfs.USUBJID))
    if rfs_origin == "response":
        response = pd.Series(_number(adsl, "MRDRDY"), index=adsl.index).fillna(FIRST_ASSESSMENT)
        days = days + response.reindex(days.index)
    death = pd.Series(np.where(last.event, last.days, np.inf), index=pd.Index(last.USUBJID))
    relapsed = rfs.event & (days < death.reindex(days.index)).to_numpy()
    return days[relapsed].reindex(adsl.index) / DAYS_PER_MONTH


def _column(adsl: pd.DataFrame, name: str, missing: object) -> NDArray[Any]:
    return adsl[name].to_numpy() if name in adsl else np.full(len(adsl), missing)


def _number(adsl: pd.DataFrame, name: str) -> NDArray[Any]:
    return np.asarray(_column(adsl, name, np.nan), dtype=float)
