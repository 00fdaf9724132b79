"""The table of an endpoint's statistics: ours, what is printed, and the range over an ensemble."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.bands import span
from blina.endpoint.options import Options
from blina.endpoint.over_draws import STATISTICS, drawn_statistics
from pseudoipd.claims import Claim, select
from pseudoipd.claims.grammar import MONTHS, PATIENTS, REGISTRY
from pseudoipd.survival import ENDPOINT_STATISTICS, endpoint_statistic, kaplan_meier, rmst

ALL = "all"
"""The population of everyone who has the endpoint."""

DEFAULT_TIMES = (6.0, 12.0, 24.0, 30.0)

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
    survival = _months(claims, "survival", (month for month in DEFAULT_TIMES if month <= longest))
    counted = _months(claims, "count_at_or_beyond")
    ranges = {} if drawn is None else drawn_statistics(*drawn, options, survival, counted)
    rows = [
        row | match | span(ranges.get(_key(row), []))
        for population, sample in samples.items()
        for row in _statistics(population, sample, options, survival, counted)
        for match in _matches(row, claims, options.plateau_rule)
    ]
    return pd.DataFrame(rows)


def _months(claims: tuple[Claim, ...], statistic: str, usual: Iterable[float] = ()) -> tuple[float, ...]:
    """Return the months at which a statistic is given: the usual ones, and those of the claims."""
    printed = {claim.at for claim in claims if claim.statistic == statistic and claim.at is not None}
    return tuple(sorted(printed.union(usual)))


def _statistics(
    population: str,
    sample: Sample,
    options: Options,
    survival: tuple[float, ...],
    counted: tuple[float, ...],
) -> Iterator[dict[str, Any]]:
    """Yield population, statistic, at, value and unit of every statistic of one sample."""
    asked = [(name, math.nan, REGISTRY[name].unit) for name in STATISTICS]
    asked += [("count_at_or_beyond", month, PATIENTS) for month in counted]
    asked += [("survival", month, "%") for month in survival]
    row: dict[str, Any]
    for statistic, at, unit in asked:
        value = endpoint_statistic(
            statistic,
            *sample,
            at,
            conf_type=options.conf_type,
            conf_level=options.conf_level,
            followup_method=options.followup_method,
        )
        row = {"population": population, "statistic": statistic, "at": at, "value": value, "unit": unit}
        yield row
    for statistic, value in zip(
        ("rmst", "rmst_se"), rmst(kaplan_meier(*sample), options.tau_months), strict=True
    ):
        yield row | {"statistic": statistic, "at": options.tau_months, "value": value, "unit": MONTHS}


def _key(row: dict[str, Any]) -> str:
    timed = row["statistic"] in ("survival", "count_at_or_beyond")
    return f"{row['statistic']} {row['at']:g}" if timed else str(row["statistic"])


def _matches(row: dict[str, Any], claims: tuple[Claim, ...], rule: str) -> list[dict[str, object]]:
    """Return id, printing and agreement of the claims about a statistic; one row of nothing without any."""
    found = [
        {"claim": claim.id, "printed": claim.printed, "agrees": claim.agrees(row["value"], rule)}
        for claim in claims
        if row["population"] == ALL
        and claim.statistic == row["statistic"]
        and (claim.at is None or claim.at == row["at"])
    ]
    return found or [{"claim": "", "printed": "", "agrees": None}]


def endpoint_claims(claims: Iterable[Claim], role: str) -> tuple[Claim, ...]:
    """Return the numeric claims about everyone who has the endpoint."""
    about = select(claims, endpoint=role, population="all")
    return tuple(claim for claim in about if claim.statistic in ENDPOINT_STATISTICS)


def comparable(claims: Iterable[Claim], conf_level: float) -> tuple[Claim, ...]:
    """Return the claims that may stand beside statistics of this level: printed limits are 95 % limits."""
    limits = ("median_lower", "median_upper")
    return tuple(claim for claim in claims if conf_level == 0.95 or claim.statistic not in limits)


def marks(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return what is marked on a curve: per statistic the claim that is printed most precisely.

    Columns statistic, value, lower, upper (of the interval that the printing implies), printed.
    """
    rows = [
        (claim.statistic, claim.value, claim.interval.lower, claim.interval.upper, claim.printed)
        for claim in claims
        if claim.statistic != "survival"
    ]
    frame = pd.DataFrame(rows, columns=["statistic", "value", "lower", "upper", "printed"])
    order = (frame["upper"] - frame["lower"]).sort_values(kind="stable").index
    return frame.loc[order].drop_duplicates("statistic").reset_index(drop=True)
