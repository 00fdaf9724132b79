"""The table of an endpoint's statistics: ours, what is printed, and the range over an ensemble."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.bands import extremes, span
from blina.endpoint.options import Options
from blina.endpoint.over_draws import drawn_statistics
from pseudoipd.claims import Claim, select
from pseudoipd.claims.grammar import MONTHS, PERCENT, REGISTRY
from pseudoipd.survival import (
    ENDPOINT_STATISTICS,
    KaplanMeier,
    endpoint_statistic,
    estimable,
    given,
    kaplan_meier,
    rmst,
    survival_with_limits,
)
from pseudoipd.survival.limits import normal_quantile

ALL = "all"
"""The population of everyone who has the endpoint."""

DEFAULT_TIMES = (6.0, 12.0, 24.0, 30.0)
CONDITION = 12.0
"""Months that those had reached whose survival to the last of the usual times is given as well."""
STATISTICS = (
    "n", "events", "median", "median_lower", "median_upper", "followup_median", "followup_min",
    "followup_max", "plateau_from",
)  # fmt: skip
"""What the summary has of every sample, in its order."""

Sample = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Times (months) and events."""
Drawn = tuple[NDArray[np.int32], NDArray[np.bool_]]
"""Days and events, [draws, patients]."""
Asked = tuple[str, float | None]
"""A statistic, and the month for those that mean nothing without one."""


def summarise(
    samples: Mapping[str, Sample],
    claims: tuple[Claim, ...],
    options: Options,
    drawn: Drawn | None,
    witnessed: Drawn | None = None,
) -> pd.DataFrame:
    """Return population, statistic, at, value, low, high, unit, claim, printed, agrees, range over the draws.

    `low` and `high` are the limits of a survival or a mean, nan of what has none.
    `samples` maps populations to their times and events; `ALL` must be among them, and claims are compared
    with it. A statistic that is printed twice has two rows. `least` and `largest` are the extremes of the
    draws and of the witnesses (`endpoint.bounds`) together.
    """
    longest = float(samples[ALL][0].max(initial=0.0))
    claims = comparable(claims, options.conf_level)
    asked: list[Asked] = [(name, None) for name in STATISTICS]
    asked += [("count_at_or_beyond", month) for month in _months(claims, "count_at_or_beyond")]
    usual = (month for month in DEFAULT_TIMES if month <= longest)
    asked += [("survival", month) for month in _months(claims, "survival", usual)]
    last = (CONDITION, DEFAULT_TIMES[-1])
    ranges = {} if drawn is None else drawn_statistics(*drawn, options, asked, last)
    witnesses = {} if witnessed is None else drawn_statistics(*witnessed, options, asked, last)
    rows = [
        {"population": population, "statistic": statistic, "at": math.nan if at is None else at}
        | {"value": value, "low": limits[0], "high": limits[1], "unit": unit}
        | match
        | span(ranges.get((statistic, at), []))
        | extremes(ranges.get((statistic, at), []), witnesses.get((statistic, at), []))
        for population, sample in samples.items()
        for statistic, at, value, limits, unit in _statistics(sample, options, asked, longest)
        for match in _matches(population, statistic, at, value, claims, options.plateau_rule)
    ]
    return pd.DataFrame(rows)


def _months(claims: tuple[Claim, ...], statistic: str, usual: Iterable[float] = ()) -> tuple[float, ...]:
    """Return the months at which a statistic is given: the usual ones, and those of the claims."""
    printed = {claim.at for claim in claims if claim.statistic == statistic and claim.at is not None}
    return tuple(sorted(printed.union(usual)))


def _statistics(
    sample: Sample, options: Options, asked: Iterable[Asked], longest: float
) -> Iterator[tuple[str, float | None, float, tuple[float, float], str]]:
    """Yield statistic, month, value, limits and unit of what is asked of one sample, then its means.

    The value is nan at a month, or of a mean up to one, to which nobody of the sample was followed.
    """
    how = {name: getattr(options, name) for name in ("conf_type", "conf_level", "followup_method")}
    km, last = kaplan_meier(*sample), DEFAULT_TIMES[-1]
    none = (math.nan, math.nan)
    for statistic, at in asked:
        value = endpoint_statistic(statistic, *sample, at, **how)
        limits = _limits(km, at, options) if statistic == "survival" and at is not None else none
        yield statistic, at, value, limits, REGISTRY[statistic].unit
    if last <= longest:
        later = given(km, CONDITION)
        value = 100 * survival_with_limits(later, last)[0] if estimable(later, last) else math.nan
        yield "conditional_survival", last, value, _limits(later, last, options), PERCENT
    known = estimable(km, options.tau_months)
    mean, error = rmst(km, options.tau_months) if known else none
    width = normal_quantile(options.conf_level) * error
    yield "rmst", options.tau_months, mean, (mean - width, mean + width), MONTHS
    yield "rmst_se", options.tau_months, error, none, MONTHS


def _limits(km: KaplanMeier, at: float, options: Options) -> tuple[float, float]:
    """Return the limits of survival at a month, in %; nan of nobody, and beyond the last time observed."""
    if not estimable(km, at):
        return math.nan, math.nan
    _, lower, upper = survival_with_limits(km, at, options.conf_type, options.conf_level)
    return 100 * lower, 100 * upper


def _matches(
    population: str, statistic: str, at: float | None, value: float, claims: tuple[Claim, ...], rule: str
) -> list[dict[str, object]]:
    """Return id, printing and agreement of the claims about a statistic; one row of nothing without any."""
    found: list[dict[str, object]] = [
        {"claim": claim.id, "printed": claim.printed, "agrees": _agrees(claim, value, rule)}
        for claim in claims
        if population == ALL and claim.statistic == statistic and claim.at in (None, at)
    ]
    return found or [{"claim": "", "printed": "", "agrees": None}]


def _agrees(claim: Claim, value: float, rule: str) -> bool | None:
    """Return whether a value agrees with a claim; None where the data do not reach to the claim's month."""
    return None if REGISTRY[claim.statistic].timed and math.isnan(value) else claim.agrees(value, rule)


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
