"""The table of an endpoint's statistics: ours, what is printed, and the range over an ensemble."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.bands import span
from blina.endpoint.options import Options
from blina.endpoint.over_draws import drawn_statistics
from pseudoipd.claims import Claim, select
from pseudoipd.survival import ENDPOINT_STATISTICS, endpoint_statistic, kaplan_meier, rmst, survival_at

ALL = "all"
"""The population of everyone who has the endpoint."""

MONTHS = "months"
DEFAULT_TIMES = (6.0, 12.0, 24.0, 30.0)
STATISTICS = (
    "n",
    "events",
    "median",
    "median_lower",
    "median_upper",
    "followup_median",
    "followup_min",
    "followup_max",
    "plateau_from",
)

Sample = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Times (months) and events."""


def summarise(
    samples: Mapping[str, Sample],
    claims: tuple[Claim, ...],
    options: Options,
    drawn: tuple[NDArray[np.int32], NDArray[np.bool_]] | None,
) -> pd.DataFrame:
    """Return population, statistic, at, value, unit, claim, printed, agrees and the range over the draws.

    `samples` maps populations to their times and events; `ALL` must be among them, and claims are compared
    with it. A statistic that is printed twice has two rows. `drawn` are days and events, [draws, patients].
    """
    longest = float(samples[ALL][0].max(initial=0.0))
    claims = comparable(claims, options.conf_level)
    times, counted = _times(claims, longest), _counted(claims)
    frames = [_summary(name, *sample, options, times, counted) for name, sample in samples.items()]
    ranges = {} if drawn is None else drawn_statistics(*drawn, options, times, counted)
    rows = [
        row | match | span(ranges.get(_key(row), []))
        for row in pd.concat(frames, ignore_index=True).to_dict("records")
        for match in _matches(row, claims, options.plateau_rule)
    ]
    return pd.DataFrame(rows)


def _times(claims: tuple[Claim, ...], longest: float) -> tuple[float, ...]:
    """Return the months at which survival is given: usual ones that were observed, and those printed."""
    printed = {claim.at for claim in claims if claim.statistic == "survival" and claim.at is not None}
    return tuple(sorted(printed | {month for month in DEFAULT_TIMES if month <= longest}))


def _counted(claims: tuple[Claim, ...]) -> tuple[float, ...]:
    """Return the months at which a claim counts those observed that long."""
    found = {claim.at for claim in claims if claim.statistic == "count_at_or_beyond"}
    return tuple(sorted(month for month in found if month is not None))


def _summary(
    population: str,
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    options: Options,
    times: tuple[float, ...],
    counted: tuple[float, ...],
) -> pd.DataFrame:
    km = kaplan_meier(time, event)
    mean, error = rmst(km, options.tau_months)
    rows = [(name, np.nan, _value(name, time, event, options), _unit(name)) for name in STATISTICS]
    rows += [
        (
            "count_at_or_beyond",
            month,
            endpoint_statistic("count_at_or_beyond", time, event, month),
            "patients",
        )
        for month in counted
    ]
    rows += [
        ("survival", month, 100 * value, "%")
        for month, value in zip(times, survival_at(km, times), strict=True)
    ]
    rows += [
        ("rmst", options.tau_months, mean, MONTHS),
        ("rmst_se", options.tau_months, error, MONTHS),
    ]
    frame = pd.DataFrame(rows, columns=["statistic", "at", "value", "unit"])
    frame.insert(0, "population", population)
    return frame


def _value(statistic: str, time: NDArray[np.float64], event: NDArray[np.bool_], options: Options) -> float:
    return endpoint_statistic(
        statistic,
        time,
        event,
        conf_type=options.conf_type,
        conf_level=options.conf_level,
        followup_method=options.followup_method,
    )


def _unit(statistic: str) -> str:
    return "patients" if statistic in ("n", "events") else MONTHS


def _key(row: dict[Any, Any]) -> str:
    timed = row["statistic"] in ("survival", "count_at_or_beyond")
    return f"{row['statistic']} {row['at']:g}" if timed else str(row["statistic"])


def _matches(row: dict[Any, Any], claims: tuple[Claim, ...], rule: str) -> Iterator[dict[str, object]]:
    found = [
        claim
        for claim in claims
        if row["population"] == ALL
        and claim.statistic == row["statistic"]
        and (claim.at is None or claim.at == row["at"])
    ]
    for claim in found:
        yield {"claim": claim.id, "printed": claim.printed, "agrees": claim.agrees(row["value"], rule)}
    if not found:
        yield {"claim": "", "printed": "", "agrees": None}


MARK_COLUMNS = ["statistic", "value", "lower", "upper", "printed"]


def endpoint_claims(claims: Iterable[Claim], role: str) -> tuple[Claim, ...]:
    """Return the numeric claims about everyone who has the endpoint."""
    about = select(claims, endpoint=role, population="all")
    return tuple(claim for claim in about if claim.statistic in ENDPOINT_STATISTICS)


def comparable(claims: Iterable[Claim], conf_level: float) -> tuple[Claim, ...]:
    """Return the claims that may stand beside statistics of this level: printed limits are 95 % limits."""
    limits = ("median_lower", "median_upper")
    return tuple(claim for claim in claims if conf_level == 0.95 or claim.statistic not in limits)


def marks(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return what is marked on a curve: per statistic the claim that is printed most precisely."""
    rows = [_mark(claim) for claim in claims if claim.statistic != "survival"]
    frame = pd.DataFrame(rows, columns=MARK_COLUMNS)
    frame = frame.assign(width=frame["upper"] - frame["lower"]).sort_values("width", kind="stable")
    return frame.drop_duplicates("statistic")[MARK_COLUMNS].reset_index(drop=True)


def _mark(claim: Claim) -> dict[str, object]:
    interval = claim.interval
    return {
        "statistic": claim.statistic,
        "value": claim.value,
        "lower": interval.lower,
        "upper": interval.upper,
        "printed": claim.printed,
    }
