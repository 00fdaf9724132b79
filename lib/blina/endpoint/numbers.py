"""Everything that a survival report shows about one endpoint, as tidy tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.options import Options
from blina.endpoint.over_draws import curve_band
from blina.endpoint.summary import ALL, endpoint_claims, marks, summarise
from blina.vocabulary import DAYS_PER_MONTH, ENDPOINT_NAMES
from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims import Claim
from pseudoipd.survival import KaplanMeier, at_risk, kaplan_meier, limits, snap_ties
from pseudoipd.survival.arms import LogRank, hazard_ratios, logrank

if TYPE_CHECKING:
    from blina.adam import Endpoint
    from pseudoipd.cache import Ensemble

# A step curve of more rows than this is no finer on a page, only larger.
MOST_ROWS = 1500
# A time that equals a tick up to rounding is at the tick.
_ROUNDING = 1e-9
# More censoring ticks than this on a curve are a smear; then none are drawn.
MOST_TICKS = 300

_ENDLESS = 1e-9
"""A lower limit of a hazard ratio, and one over an upper, beyond which there is no finite estimate."""


@dataclass(frozen=True, eq=False)
class EndpointReport:
    """One endpoint's exhibits. Times in months, survival as a fraction in `curve` and in % in `summary`.

    `unit` is the unit in which the times were read. `own_name` is what a user's endpoint is called that plays
    the role under another PARAMCD (a time to something that is not death), empty otherwise.

    `claims` are the numeric claims about everyone who has the endpoint.

    `curve`: arm, time, at_risk, events, censored, survival, lower, upper. `risk`: arm, time,
    at_risk, censored, events.
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
    claims: tuple[Claim, ...]
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
    def name(self) -> str:
        """What the endpoint is called: by the user, or by its role."""
        return self.own_name or ENDPOINT_NAMES[self.role]

    @property
    def title(self) -> str:
        """The name as a heading."""
        return self.own_name or self.name.capitalize()

    @property
    def ticked(self) -> tuple[str, ...]:
        """The arms that have censorings, if they are few enough in each to be drawn; else none."""
        ticks = censor_ticks(self.curve)
        return tuple(arm for arm in self.arms if ticks.get(arm, 0) > 0)

    def value(self, statistic: str, population: str = "", at: float | None = None) -> float:
        """Return one number of the summary (the first arm's, or all patients', unless named)."""
        rows = self.summary[self.summary["statistic"] == statistic]
        rows = rows[rows["population"] == (population or self.arms[0])]
        rows = rows if at is None else rows[rows["at"] == at]
        return float(rows["value"].iloc[0])


def censor_ticks(curve: pd.DataFrame) -> dict[str, int]:
    """Return how many censoring ticks each arm has, nothing where one has too many.

    Ticks on some curves and none on others would read as no censoring there.
    """
    ticks = curve[curve["censored"] > 0].groupby("arm").size().to_dict()
    return {} if max(ticks.values(), default=0) > MOST_TICKS else {str(arm): n for arm, n in ticks.items()}


def endpoint_report(
    endpoint: Endpoint,
    kind: str,
    claims: tuple[Claim, ...],
    options: Options,
    ensemble: Ensemble | None = None,
    without: str = "",
    witnesses: Ensemble | None = None,
) -> EndpointReport:
    """Compute the exhibits of one endpoint; `kind` is the kind of data, `claims` those in force.

    Band and ranges are those of `ensemble`; `without` says why there is none although one was asked for.
    `witnesses` show what print allows beyond the cohorts drawn (`endpoint.bounds`).
    Claims about the whole cohort are compared with the whole cohort; with arms the curves, limits and
    numbers at risk are per arm.
    """
    about = endpoint_claims(claims, endpoint.role)
    arms = endpoint.arms or (ALL,)
    labels = np.full(len(endpoint), ALL) if endpoint.arm is None else endpoint.arm
    time, event = snap_ties(endpoint.days) / DAYS_PER_MONTH, endpoint.event
    grid = time_grid(float(time.max(initial=0.0)))
    drawn, witnessed = (
        None if cohorts is None else (cohorts.time[endpoint.role], cohorts.event[endpoint.role])
        for cohorts in (ensemble, witnesses)
    )
    parts = {arm: (time[labels == arm], event[labels == arm]) for arm in arms}
    return EndpointReport(
        role=endpoint.role,
        label=endpoint.label,
        own_name=endpoint.own_name if kind == "yours" else "",
        unit=endpoint.unit,
        kind=kind,
        options=options,
        claims=about,
        arms=arms,
        curve=pd.concat([_curve(arm, *parts[arm], options) for arm in arms], ignore_index=True),
        risk=pd.concat([at_each(grid, arm, *parts[arm]) for arm in arms], ignore_index=True),
        summary=summarise({**parts, ALL: (time, event)}, about, options, drawn, witnessed),
        marks=marks(about),
        band=None if drawn is None else curve_band(*drawn, np.linspace(0, grid[-1], 241)),
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
    if len(arms) < 2:
        return None
    found = hazard_ratios(time, event, labels, options.conf_level, arms)
    # Of arms whose times do not overlap the likelihood has no maximum: 0.00 (0.00–∞) would say nothing.
    endless = (found["lower"] < _ENDLESS) & (found["upper"] > 1 / _ENDLESS)
    found.loc[endless, ["hazard_ratio", "lower", "upper", "p"]] = np.nan
    return found


def time_grid(longest: float) -> NDArray[np.float64]:
    """Return the ticks of a time axis in months: about eight steps of a size that people use."""
    steps = [0.1, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 60, 120, 240, 600]
    step = next((s for s in steps if longest <= 8.2 * s), 1200)
    return np.arange(0, np.floor(longest / step) * step + step * 1.01, step)


def _curve(arm: str, time: NDArray[np.float64], event: NDArray[np.bool_], options: Options) -> pd.DataFrame:
    """Return one arm's curve with its limits."""
    from lifelines import KaplanMeierFitter

    frame = curve_frame(kaplan_meier(time, event), options)
    if len(frame):
        # The estimate that is drawn is that of lifelines, which a reader can check us against: it equals
        # ours. The limits are ours, as lifelines has one type of them only.
        fitted = KaplanMeierFitter().fit(time, event)
        frame.loc[1:, "survival"] = np.asarray(fitted.predict(frame["time"].iloc[1:]))
    frame.insert(0, "arm", arm)
    return frame


def curve_frame(km: KaplanMeier, options: Options, start: float = 0.0) -> pd.DataFrame:
    """Return time, at_risk, events, censored, survival, lower, upper from `start` (months) on, at 1 there.

    Without patients there are no rows.
    """
    counts = {name: getattr(km, name) for name in ("time", "at_risk", "events", "censored")}
    if not len(km.time):
        return pd.DataFrame(columns=[*counts, "survival", "lower", "upper"])
    lower, upper = limits(km, options.conf_type, options.conf_level)
    frame = pd.DataFrame(counts | {"survival": km.survival, "lower": lower, "upper": upper})
    first = {"time": start, "at_risk": int(km.at_risk[0]), "events": 0, "censored": 0}
    whole = dict.fromkeys(("survival", "lower", "upper"), 1.0)
    return pd.concat([pd.DataFrame([first | whole]), thinned(frame)], ignore_index=True)


def step_at(curve: pd.DataFrame, month: float) -> pd.Series | None:
    """Return the row of a step curve that is in force at `month`; None before its start and after its end.

    Beyond the last time observed the curve says nothing, unless it is down to 0: carried on flat it would
    claim survival that nobody was followed for.
    """
    reached = curve[curve["time"] <= month + _ROUNDING]
    if not len(reached):
        return None
    row = reached.iloc[-1]
    return row if row["survival"] == 0 or month <= curve["time"].max() + _ROUNDING else None


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


def at_each(
    grid: NDArray[np.float64], arm: str, time: NDArray[np.float64], event: NDArray[np.bool_]
) -> pd.DataFrame:
    """Return how many of an arm are at risk at each month of `grid`, and how many left before it, and how."""
    gone = time[:, None] < grid - _ROUNDING
    return pd.DataFrame(
        {
            "arm": arm,
            "time": grid,
            "at_risk": at_risk(time, grid - _ROUNDING),
            "censored": (gone & ~event[:, None]).sum(axis=0),
            "events": (gone & event[:, None]).sum(axis=0),
        }
    )


def results(report: EndpointReport) -> pd.DataFrame:
    """Return every number of the report as rows of analysis, population, statistic, value, unit, claim."""
    summary = report.summary
    timed = [
        name if np.isnan(at) else f"{name} at {at:g} months"
        for name, at in zip(summary["statistic"], summary["at"], strict=True)
    ]
    found = summary.assign(analysis=report.name, statistic=timed)[list(RESULT_COLUMNS)]
    return pd.concat([found, *_comparison(report, f"{report.name} by arm")], ignore_index=True)


def _comparison(report: EndpointReport, analysis: str) -> list[pd.DataFrame]:
    """Return the comparison of arms as result rows; nothing without arms."""
    if report.test is None or report.ratios is None:
        return []
    test = {"chi-squared": report.test.chi2, "degrees of freedom": report.test.df, "P": report.test.p}
    rows = [(ALL, f"log-rank {name}", value) for name, value in test.items()]
    rows += [
        (f"{row['arm']} against {row['reference']}", name, row[name])
        for row in report.ratios.to_dict("records")
        for name in ("hazard_ratio", "lower", "upper", "p")
    ]
    frame = pd.DataFrame(rows, columns=["population", "statistic", "value"])
    return [frame.assign(analysis=analysis, unit="", claim="")[list(RESULT_COLUMNS)]]
