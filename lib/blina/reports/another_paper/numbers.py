"""What `blina reconstruct` wrote about a paper, as curves, ranges and tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.numbers import curve_frame, time_grid
from blina.endpoint.options import Options
from blina.endpoint.over_draws import curve_band
from blina.vocabulary import DAYS_PER_MONTH
from blina_base.errors import InputError
from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims.grammar import REGISTRY
from pseudoipd.paper.files import NAMES, NOTES
from pseudoipd.survival import at_risk, kaplan_meier, quantile

FURTHER = 1.5
"""How far beyond the last printed time the curve is told to be a guess."""
_ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Written:
    """A folder of files that `blina reconstruct FILE --report` wrote: see `pseudoipd.paper.files`."""

    printed: pd.DataFrame
    draws: pd.DataFrame
    notes: Mapping[str, Any]

    @property
    def endpoints(self) -> list[str]:
        """The endpoints, overall survival first, in the order of the file."""
        return list(dict.fromkeys(one["code"] for one in self.notes["endpoints"]))

    @property
    def arms(self) -> list[str]:
        """The arms; one without a name where the paper has none."""
        return list(self.notes["arms"])

    def endpoint(self, code: str) -> Mapping[str, Any]:
        """Return what is noted of an endpoint: code, name, event, whether its patients stand apart."""
        return next(one for one in self.notes["endpoints"] if one["code"] == code)

    @cached_property
    def options(self) -> Options:
        """How limits and follow-up are computed."""
        chosen = self.notes["assumptions"]
        return Options(conf_type=chosen["conf_type"], followup_method=chosen["followup_method"])


def read(folder: Path) -> Written:
    """Read such a folder; InputError for one that lacks a file."""
    for name in (*NAMES, NOTES):
        if not (folder / name).is_file():
            raise InputError.at(folder.name, value=name, expected="a folder that `blina reconstruct` wrote")
    text = {"arm": str, "endpoint": str, "population": str, "category": str, "printed": str, "unit": str}
    empty = {"keep_default_na": False, "na_values": {}}
    printed = pd.read_csv(folder / "printed.csv", dtype=text, **empty)  # type: ignore[call-overload]
    for name in ("at", "ours", "lower", "upper", "met"):
        printed[name] = pd.to_numeric(printed[name], errors="coerce")
    draws = pd.read_csv(folder / "draws.csv", dtype={"arm": str, "endpoint": str, "id": str}, **empty)  # type: ignore[call-overload]
    return Written(printed, draws, json.loads((folder / NOTES).read_text(encoding="utf-8")))


@dataclass(frozen=True, eq=False)
class Curve:
    """One endpoint: `curve` of the first cohort, `risk` below it, `bands` and `medians` by arm.

    `curve` has arm, time (months), at_risk, events, censored, survival, lower, upper; `risk` arm, time,
    at_risk, censored, events; a band time, lower, middle, upper. `last` is by arm the last time that anything
    printed tells of, in months; `apart` whether its patients are not linked with those of other endpoints.
    """

    code: str
    name: str
    event: str
    arms: tuple[str, ...]
    curve: pd.DataFrame
    risk: pd.DataFrame
    bands: Mapping[str, pd.DataFrame]
    medians: Mapping[str, float]
    sizes: Mapping[str, tuple[int, int]]
    draws: int
    last: Mapping[str, float]
    apart: bool


def curves(written: Written) -> list[Curve]:
    """Return the curves of each endpoint."""
    return [_curve(written, code) for code in written.endpoints]


def _curve(written: Written, code: str) -> Curve:
    rows = written.draws[written.draws["endpoint"] == code]
    arms = tuple(arm for arm in written.arms if (rows["arm"] == arm).any())
    first = rows[rows["draw"] == 1]
    grid = time_grid(float(first["time"].max()))
    cohorts = {arm: first[first["arm"] == arm] for arm in arms}
    frames = {arm: _frame(one, written.options) for arm, one in cohorts.items()}
    known = written.endpoint(code)
    return Curve(
        code, known["name"], known["event"], arms,
        pd.concat([frame.assign(arm=arm) for arm, frame in frames.items()], ignore_index=True),
        pd.concat([_risk(arm, one, grid) for arm, one in cohorts.items()], ignore_index=True),
        {arm: curve_band(*arrays(rows[rows["arm"] == arm]), np.linspace(0, grid[-1], 241)) for arm in arms},
        {arm: quantile(kaplan_meier(one["time"], one["status"] == 1)) for arm, one in cohorts.items()},
        {arm: (len(one), int(one["status"].sum())) for arm, one in cohorts.items()},
        int(rows["draw"].nunique()),
        {arm: last_printed(written.printed, code, arm) for arm in arms},
        known["apart"],
    )  # fmt: skip


def _frame(cohort: pd.DataFrame, options: Options) -> pd.DataFrame:
    return curve_frame(kaplan_meier(cohort["days"] / DAYS_PER_MONTH, cohort["status"] == 1), options)


def _risk(arm: str, cohort: pd.DataFrame, grid: NDArray[np.float64]) -> pd.DataFrame:
    time, event = cohort["days"].to_numpy() / DAYS_PER_MONTH, cohort["status"].to_numpy() == 1
    gone = time[:, None] < grid - _ROUNDING
    return pd.DataFrame(
        {
            "arm": arm, "time": grid, "at_risk": at_risk(time, grid - _ROUNDING),
            "censored": (gone & ~event[:, None]).sum(axis=0), "events": (gone & event[:, None]).sum(axis=0),
        }
    )  # fmt: skip


def arrays(rows: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return days and events [draws, patients], -1 for patients who lack the endpoint in a draw."""
    wide = rows.pivot_table(index="draw", columns="id", values=["days", "status"], fill_value=-1)
    days = wide["days"].to_numpy()
    return days.astype(np.int64), np.asarray(wide["status"].to_numpy() == 1) & (days >= 0)


def last_printed(printed: pd.DataFrame, code: str, arm: str) -> float:
    """Return the last month of which a printed number of an endpoint tells."""
    rows = printed[(printed["endpoint"] == code) & (printed["arm"] == arm)]
    times = [float(at) for at in rows["at"].dropna()]
    times += [
        float(row["ours"])
        for row in rows.to_dict("records")
        if REGISTRY[row["statistic"]].unit == "months" and np.isfinite(row["ours"])
    ]
    return max(times, default=0.0)


def beyond(curve: Curve, arm: str) -> tuple[float, float, float]:
    """Return a month beyond the last printed time, and the range of survival there over the cohorts, in %."""
    band = curve.bands[arm]
    month = FURTHER * curve.last[arm]
    row = band.iloc[int((band["time"] - month).abs().argmin())]
    return float(row["time"]), 100 * float(row["lower"]), 100 * float(row["upper"])


def results(written: Written) -> pd.DataFrame:
    """Return our value of each printed number as result rows."""
    rows = written.printed
    timed = [
        name if np.isnan(at) else f"{name} at {at:g} months"
        for name, at in zip(rows["statistic"], rows["at"], strict=True)
    ]
    where = rows["arm"].where(rows["arm"] != "", rows["population"])
    unit = [REGISTRY[name].unit for name in rows["statistic"]]
    found = rows.assign(
        analysis=rows["endpoint"], population=where, statistic=timed, value=rows["ours"], unit=unit
    )
    return found[list(RESULT_COLUMNS)]
