"""Everything that a survival report shows about one endpoint, as tidy tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina.analyses.options import Options
from blina.analyses.over_draws import band, drawn_statistics, span
from blina.analyses.printed import agrees, endpoint_claims, marks
from blina.published import Claim
from blina.survival import (
    at_risk,
    endpoint_statistic,
    kaplan_meier,
    limits,
    rmst,
    snap_ties,
    survival_at,
)
from blina.survival.arms import LogRank, hazard_ratios, logrank
from blina.vocabulary import DAYS_PER_MONTH

if TYPE_CHECKING:
    from blina.adam import Endpoint
    from blina.ensemble import Ensemble

ALL = "all"
MONTHS = "months"
# A step curve of more rows than this is no finer on a page, only larger.
MOST_ROWS = 1500
# More censoring ticks than this on a curve are a smear; then none are drawn.
MOST_TICKS = 300
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


@dataclass(frozen=True, eq=False)
class EndpointReport:
    """One endpoint's exhibits. Times in months, survival as a fraction in `curve` and in % in `summary`.

    `unit` is the unit in which the times were read. `own_name` is what a user's endpoint is called that plays
    the role under another PARAMCD (a time to something that is not death), empty otherwise.

    `curve`: arm, time, at_risk, events, censored, survival, lower, upper. `risk`: arm, time, at_risk.
    `summary`: population, statistic, at, value, unit, claim, printed, agrees, and the range over the
    ensemble (lowest … highest; nan without one). `marks`: printed numbers for the curve. `band`: what
    the ensemble's curves span, or None; `without` says why, if one was asked for. `test` and `ratios`:
    comparison of arms, None without arms.
    """

    role: str
    label: str
    own_name: str
    unit: str
    kind: str
    options: Options
    arms: tuple[str, ...]
    curve: pd.DataFrame
    risk: pd.DataFrame
    summary: pd.DataFrame
    marks: pd.DataFrame
    band: pd.DataFrame | None
    draws: int
    without: str
    test: LogRank | None
    ratios: pd.DataFrame | None

    @property
    def ticked(self) -> tuple[str, ...]:
        """The arms whose censorings are few enough to be drawn, and that have any."""
        ticks = self.curve[self.curve["censored"] > 0].groupby("arm").size()
        return tuple(arm for arm in self.arms if 0 < ticks.get(arm, 0) <= MOST_TICKS)

    def value(self, statistic: str, population: str = "", at: float | None = None) -> float:
        """Return one number of the summary (the first arm's, or all patients', unless named)."""
        rows = self.summary[self.summary["statistic"] == statistic]
        rows = rows[rows["population"] == (population or self.arms[0])]
        rows = rows if at is None else rows[rows["at"] == at]
        return float(rows["value"].iloc[0])


def endpoint_report(
    endpoint: Endpoint,
    kind: str,
    claims: tuple[Claim, ...],
    options: Options,
    ensemble: Ensemble | None = None,
    without: str = "",
) -> EndpointReport:
    """Compute the exhibits of one endpoint; `kind` is the kind of data, `claims` those in force.

    Band and ranges are those of `ensemble`; `without` says why there is none although one was asked for.
    Claims about the whole cohort are compared with the whole cohort; with arms the curves, limits and
    numbers at risk are per arm.
    """
    about = endpoint_claims(claims, endpoint.role)
    arms = endpoint.arms or (ALL,)
    labels = np.full(len(endpoint), ALL) if endpoint.arm is None else endpoint.arm
    time, event = snap_ties(endpoint.days) / DAYS_PER_MONTH, endpoint.event
    grid = time_grid(float(time.max(initial=0.0)))
    times = _times(about, float(time.max(initial=0.0)))
    drawn = None if ensemble is None else (ensemble.time[endpoint.role], ensemble.event[endpoint.role])
    parts = {arm: (time[labels == arm], event[labels == arm]) for arm in arms}
    summary = [_summary(arm, *parts[arm], options, times) for arm in arms]
    if len(arms) > 1:
        summary.append(_summary(ALL, time, event, options, times))
    return EndpointReport(
        role=endpoint.role,
        label=endpoint.label,
        own_name=endpoint.label if kind == "yours" and endpoint.paramcd != endpoint.role else "",
        unit=endpoint.unit,
        kind=kind,
        options=options,
        arms=arms,
        curve=pd.concat([_curve(arm, *parts[arm], options) for arm in arms], ignore_index=True),
        risk=pd.concat([_at_risk(arm, parts[arm][0], grid) for arm in arms], ignore_index=True),
        summary=_with_claims(pd.concat(summary, ignore_index=True), about, options, drawn, times),
        marks=marks(about),
        band=None if drawn is None else band(*drawn, np.linspace(0, grid[-1], 241)),
        draws=0 if drawn is None else len(drawn[0]),
        without=without,
        test=logrank(time, event, labels, arms) if len(arms) > 1 else None,
        ratios=_ratios(time, event, labels, arms, options),
    )


def _ratios(
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    labels: NDArray[np.str_],
    arms: tuple[str, ...],
    options: Options,
) -> pd.DataFrame | None:
    return hazard_ratios(time, event, labels, options.conf_level, arms) if len(arms) > 1 else None


def _times(claims: tuple[Claim, ...], longest: float) -> tuple[float, ...]:
    """Return the months at which survival is given: usual ones that were observed, and those printed."""
    printed = {claim.at for claim in claims if claim.statistic == "survival" and claim.at is not None}
    return tuple(sorted(printed | {month for month in DEFAULT_TIMES if month <= longest}))


def time_grid(longest: float) -> NDArray[np.float64]:
    """Return the ticks of a time axis in months: about eight steps of a size that people use."""
    steps = [0.1, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 60, 120, 240, 600]
    step = next((s for s in steps if longest <= 8.2 * s), 1200)
    return np.arange(0, np.floor(longest / step) * step + step * 1.01, step)


def _curve(arm: str, time: NDArray[np.float64], event: NDArray[np.bool_], options: Options) -> pd.DataFrame:
    """Return the fitted curve; lifelines fits it, the limits are ours (lifelines has one type only)."""
    from lifelines import KaplanMeierFitter

    if not len(time):
        return pd.DataFrame(columns=["arm", "time", "at_risk", "events", "censored", "survival"])
    fitted = KaplanMeierFitter().fit(time, event)
    km = kaplan_meier(time, event)
    lower, upper = limits(km, options.conf_type, options.conf_level)
    frame = pd.DataFrame(
        {
            "arm": arm,
            "time": km.time,
            "at_risk": km.at_risk,
            "events": km.events,
            "censored": km.censored,
            "survival": np.atleast_1d(np.asarray(fitted.predict(km.time))),
            "lower": lower,
            "upper": upper,
        }
    )
    return pd.concat([_start(arm, len(time)), thinned(frame)], ignore_index=True)


def _start(arm: str, n: int) -> pd.DataFrame:
    row: dict[str, Any] = {"arm": arm, "time": 0.0, "at_risk": n, "events": 0, "censored": 0}
    return pd.DataFrame([row | dict.fromkeys(["survival", "lower", "upper"], 1.0)])


def thinned(frame: pd.DataFrame, most: int = MOST_ROWS) -> pd.DataFrame:
    """Return at most `most` rows of a curve, those at evenly spaced times and the last.

    Each kept row is exact. Events and censorings of rows left out are added to the next row kept.
    """
    if len(frame) <= most:
        return frame
    times = frame["time"].to_numpy()
    wanted = np.searchsorted(times, np.linspace(times[0], times[-1], most), side="right") - 1
    kept = np.unique(np.clip(wanted, 0, len(frame) - 1))
    block = np.searchsorted(kept, np.arange(len(frame)))
    sums = frame[["events", "censored"]].groupby(block).sum().to_numpy()
    return frame.iloc[kept].assign(events=sums[:, 0], censored=sums[:, 1]).reset_index(drop=True)


def _at_risk(arm: str, time: NDArray[np.float64], grid: NDArray[np.float64]) -> pd.DataFrame:
    # A time that equals a tick up to rounding is still at risk there.
    return pd.DataFrame({"arm": arm, "time": grid, "at_risk": at_risk(time, grid - 1e-9)})


def _summary(
    population: str,
    time: NDArray[np.float64],
    event: NDArray[np.bool_],
    options: Options,
    times: tuple[float, ...],
) -> pd.DataFrame:
    km = kaplan_meier(time, event)
    mean, error = rmst(km, options.tau_months)
    rows = [(name, np.nan, _value(name, time, event, options), _unit(name)) for name in STATISTICS]
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


def _with_claims(
    summary: pd.DataFrame,
    claims: tuple[Claim, ...],
    options: Options,
    drawn: tuple[ArrayLike, ArrayLike] | None,
    times: tuple[float, ...],
) -> pd.DataFrame:
    """Add to each row about all patients its claims (one row per claim) and its range over the draws."""
    ranges = {} if drawn is None else drawn_statistics(*drawn, options, times)
    rows = [
        row | match | span(ranges.get(_key(row), []))
        for row in summary.to_dict("records")
        for match in _matches(row, claims, options.plateau_rule)
    ]
    return pd.DataFrame(rows)


def _key(row: dict[Any, Any]) -> str:
    return f"survival {row['at']:g}" if row["statistic"] == "survival" else str(row["statistic"])


def _matches(row: dict[Any, Any], claims: tuple[Claim, ...], rule: str) -> Iterator[dict[str, object]]:
    found = [
        claim
        for claim in claims
        if row["population"] == ALL
        and claim.statistic == row["statistic"]
        and (claim.at is None or claim.at == row["at"])
    ]
    for claim in found:
        yield {"claim": claim.id, "printed": claim.printed, "agrees": agrees(claim, row["value"], rule)}
    if not found:
        yield {"claim": "", "printed": "", "agrees": None}
