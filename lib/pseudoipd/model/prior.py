"""The prior from which cohorts are drawn, stated once: parameters, meaning, and the survival it implies.

First endpoint: the hazard is constant on pieces and its logarithm a random walk over them, so that
neighbouring pieces are alike, around a mean shape and a straight line in log time: hazards that begin high or
low are not left to a run of steps in one direction. A fraction of the patients is cured. Time is measured in
whole days. The mean shape and what cohorts differ by are learned from published trials
(`data/trials/prior.csv`) or flat; where events are found at visits, hazard accrues around these (`warped`).
Censoring: patients enter up to one cut-off, at a rate that is steady, grows or falls, so that follow-up lies
between a shortest a and a longest b with P(C > t) = ((b - t) / (b - a)) ^ shape; and a few are lost early, at
a constant rate. Relapse: a hazard of the same form from the response on; it is seen only before the end of
observation. All parameters are drawn anew for each cohort.
"""

from __future__ import annotations

import csv
import functools
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from blina_base import project
from blina_base.errors import InputError
from pseudoipd.model.structs import Hyper
from pseudoipd.model.trials import CLASSES

PIECES = (0.0, 0.02, 0.05, 0.10, 0.18, 0.28, 0.42, 0.60, 0.80)
"""First day of each piece of the hazard, as a fraction of `CENTRES` centres, or of the horizon if earlier."""
CENTRES = 3.0
"""Most patients have had the event by so many medians: few pieces are needed beyond."""
SHAPE_FROM = (*(CENTRES * share for share in PIECES), 3.0, 6.0, 12.0)
"""Where the pieces begin on which the mean shape of the hazard is learned, in units of the scale."""
AT_SCALE = 5
"""The piece in which the scale lies."""
SHORTEST_LAST = 0.8
"""No piece begins later than this fraction of the horizon."""


@dataclass(frozen=True)
class Shape:
    """One kind of hazard: mean log hazard by piece of `SHAPE_FROM`, and how far cohorts differ from it.

    `shape` is relative to an exponential with the scale as its median; sd of the level, of the steps from
    piece to piece, and of the trend over log time; the cured fraction is Beta(a, b).
    """

    shape: tuple[float, ...]
    level_sd: float
    step_sd: float
    trend_sd: float
    cured: tuple[float, float]

    def means(self, first: NDArray[np.float64], end: float, centre: float) -> NDArray[np.float64]:
        """Return the mean log hazard per day of the pieces that begin on the days `first`, the last at `end`.

        A piece here may lie across several of those learned: its hazard is their mean, weighted by time.
        """
        last = np.append(first[1:], max(end, first[-1] + 1.0)) / centre
        begin, until = np.array(SHAPE_FROM), np.append(SHAPE_FROM[1:], math.inf)
        shared = np.clip(
            np.minimum(last[:, None], until) - np.maximum(first[:, None] / centre, begin), 0, None
        )
        mean = shared @ np.exp(self.shape) / shared.sum(axis=1)
        return np.asarray(np.log(math.log(2) / centre * mean))


@dataclass(frozen=True)
class VisitLaw:
    """How the visits lie at which events are found; days, log-normal; the share between them is Beta."""

    interval: float
    interval_sd: float
    between: tuple[float, float]
    spread: float
    spread_sd: float


FLAT = Shape((0.0,) * len(SHAPE_FROM), 0.7, 0.35, 0.2, (1.0, 3.0))
"""Hazards around a flat one: what was assumed before anything was learned."""
EARLY_TREND, EARLY_TREND_SD = -0.3, 0.3
"""Trend of the hazard over log time where patients die early.

The trials learned from are of solid tumours, their patients chosen to live some months; in unselected acute
leukaemia the hazard falls from high. A vocabulary says in which share of cohorts (`early_deaths`)."""


def early(learned: Shape) -> Shape:
    """Return hazards that fall from high on the scale of those learned: wide, as wide as FLAT and wider."""
    middle = np.log((np.array(SHAPE_FROM) + np.append(SHAPE_FROM[1:], 2 * SHAPE_FROM[-1])) / 2)
    shape = learned.shape[AT_SCALE] + EARLY_TREND * (middle - middle[AT_SCALE])
    level_sd = max(FLAT.level_sd, learned.level_sd)
    return Shape(tuple(map(float, shape)), level_sd, FLAT.step_sd, EARLY_TREND_SD, FLAT.cured)


@dataclass(frozen=True)
class Law:
    """What the hazard of one endpoint is drawn from: of two kinds, with probability `weight` from the second.

    `centre` is the scale, in days; `visits` is None where events are known when they happen.
    """

    centre: float
    kind: Shape = FLAT
    second: Shape = FLAT
    weight: float = 0.0
    visits: VisitLaw | None = None

    def packed(self, first: NDArray[np.float64], end: float) -> NDArray[np.float64]:
        """Return the numbers in the order of `chain.hazards`: weight, two kinds, visits, both means."""
        own, other, visits = self.kind, self.second, self.visits
        kinds = [(k.level_sd, k.step_sd, k.trend_sd, *k.cured) for k in (own, other)]
        seen = (0.0,) * 6
        if visits is not None:
            seen = (
                math.log(visits.interval), visits.interval_sd, *visits.between,
                math.log(visits.spread), visits.spread_sd,
            )  # fmt: skip
        means = [k.means(first, end, self.centre) for k in (own, other)]
        return np.array([self.weight, *kinds[0], *kinds[1], *seen, *means[0], *means[1]])


@dataclass(frozen=True)
class Hyperprior:
    """What the parameters of a cohort are drawn from; times in days.

    The hazards of the two endpoints follow a `Law` each. The shortest follow-up as a share of the longest and
    the share lost by the horizon are Beta(a, b); the longest follow-up and the shape of accrual (1 where it
    is steady) are log-normal.
    """

    first: Law
    second: Law
    longest: float
    longest_sd: float = 0.3
    shortest: tuple[float, float] = (1.0, 1.0)
    lost: tuple[float, float] = (1.0, 6.0)
    accrual_sd: float = 0.4

    def packed(self) -> Hyper:
        """Return the numbers of censoring under the names by which the compiled code reads them."""
        return Hyper(
            log_longest=float(np.log(self.longest)),
            longest_sd=self.longest_sd,
            shortest_a=self.shortest[0],
            shortest_b=self.shortest[1],
            lost_a=self.lost[0],
            lost_b=self.lost[1],
            accrual_sd=self.accrual_sd,
        )


def edges(horizon: float, centre: float) -> NDArray[np.float64]:
    """Return the first day of each piece of the hazard: where the events are, not where follow-up ends.

    The pieces divide the days up to `CENTRES` centres; each piece beyond is as long as all before it, until
    the horizon.
    """
    span = min(horizon, CENTRES * centre)
    beyond = [span]
    while beyond[-1] < SHORTEST_LAST * horizon:
        beyond.append(2 * beyond[-1])
    return np.array([*(span * share for share in PIECES), *beyond[:-1]])


def log_time_steps(first: NDArray[np.float64], horizon: float) -> NDArray[np.float64]:
    """Return the distance in log time from the middle of each piece to that of the next.

    `first` holds the first days of the pieces; the last ends at the horizon.
    """
    return np.diff(np.log(first + np.append(first[1:], horizon)))


def path() -> Path:
    """Return the checked-in table of the learned prior."""
    return project.root() / "data" / "trials" / "prior.csv"


def visits_passed(days: NDArray[np.float64], interval: float, spread: float) -> NDArray[np.float64]:
    """Return how many visits are to be expected by each day, the first one `interval` days from the start.

    The k-th visit lies around k intervals, by a logistic law of scale √k `spread`, cut off half an interval
    before and after: visits drift from their dates as a random walk does. Written for reading and for tests.
    """
    k = np.floor(days / interval + 0.5)
    wide = spread * np.sqrt(np.maximum(k, 1))
    lowest = expit(-interval / (2 * wide))
    share = (expit((days - k * interval) / wide) - lowest) / (1 - 2 * lowest)
    return np.asarray(np.where(k < 1, 0.0, k - 1 + share))


def warped(days: NDArray[np.float64], interval: float, between: float, spread: float) -> NDArray[np.float64]:
    """Return the time whose hazard is accrued by each day where events are found at visits.

    The share `between` is found when it happens; the rest at the next visit.
    """
    return between * days + (1 - between) * interval * visits_passed(days, interval, spread)


def survival(
    days: NDArray[np.float64], first: NDArray[np.float64], log_hazard: NDArray[np.float64], cured: float
) -> NDArray[np.float64]:
    """Return P(T > day) for one set of parameters, written for reading and for tests, not for speed.

    `first` holds the first days of the pieces.
    """
    last = np.append(first[1:], np.inf)
    inside = np.clip(np.minimum(days[:, None], last) - first, 0, None)
    return np.asarray(cured + (1 - cured) * np.exp(-inside @ np.exp(log_hazard)))


COLUMNS = ("class", "scale", "parameter", "piece", "begin", "value", "events", "exposure")
SCALES = ("median", "followup")


def learned(group: str, scale: str) -> Shape:
    """Return what trials teach on a class of endpoint, on the scale of its median or of the follow-up."""
    rows = [row for row in _table() if row["class"] == group and row["scale"] == scale]
    one = {row["parameter"]: float(row["value"]) for row in rows if row["parameter"] != "shape"}
    shape = tuple(float(row["value"]) for row in rows if row["parameter"] == "shape")
    cured = (one["cured_a"], one["cured_b"])
    return Shape(shape, one["level_sd"], one["step_sd"], one["trend_sd"], cured)


def typical_followup(group: str) -> tuple[float, float]:
    """Return median (days) and log-normal sd of the longest follow-up of trials of a class of endpoint."""
    one = {row["parameter"]: row["value"] for row in _table() if row["class"] == group}
    return float(one["longest"]), float(one["longest_sd"])


def visit_law(group: str) -> VisitLaw | None:
    """Return the law of visits of a class of endpoint; None for survival."""
    rows = [row for row in _table() if row["class"] == group and row["scale"] == ""]
    one = {row["parameter"]: float(row["value"]) for row in rows}
    if not one:
        return None
    return VisitLaw(
        one["visit_interval"], one["visit_interval_sd"], (one["between_a"], one["between_b"]),
        one["visit_spread"], one["visit_spread_sd"],
    )  # fmt: skip


@functools.cache
def _table() -> tuple[dict[str, str], ...]:
    return read(path())


def read(file: Path) -> tuple[dict[str, str], ...]:
    """Return the rows of a table of the prior; InputError in one line for what cannot be one."""
    with file.open(encoding="utf-8", newline="") as handle:
        rows = csv.DictReader(handle)
        for column in COLUMNS:
            if column not in (rows.fieldnames or ()):
                raise InputError.at(file.name, column=column, expected=f"the columns {', '.join(COLUMNS)}")
        found = tuple(rows)
    for number, row in enumerate(found, start=2):
        _check(file.name, number, row)
    return found


def _check(file: str, number: int, row: dict[str, str]) -> None:
    groups = tuple(dict.fromkeys(CLASSES.values()))
    for column, known in (("class", groups), ("scale", ("", *SCALES))):
        if row[column] not in known:
            expected = f"one of {', '.join(name or 'empty' for name in known)}"
            raise InputError.at(file, row=number, column=column, value=row[column], expected=expected)
    spread = row["parameter"] not in ("shape", "log_likelihood")
    for column in ("value", "events", "exposure"):
        text, least = row[column], 0.0 if column != "value" or spread else -math.inf
        if text == "" and column != "value":
            continue
        try:
            fine = math.isfinite(float(text)) and float(text) >= least
        except ValueError:
            fine = False
        if not fine:
            wanted = "a number" if least < 0 else "a number, not negative"
            raise InputError.at(file, row=number, column=column, value=text, expected=wanted)
