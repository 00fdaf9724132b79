"""Exact moments of small problems by rejection: what the sampler must agree with.

A cohort is drawn from the prior and kept if its statistics print as the claims say, so that what is kept is
the prior given the claims, whatever the sampler does. Prior, statistics and rounding are written here anew,
in numpy, from the method note: nothing of `pseudoipd` is used. `python -m blina_tools.sampler.exact FILE`
writes the references that the tests read, in some minutes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MONTH = 30.4375
PIECES = np.array([0.0, 0.02, 0.05, 0.10, 0.18, 0.28, 0.42, 0.60, 0.80])
WANTED, WANTED_ARMS, WANTED_LINKED, BATCH = 20_000, 8_000, 10_000, 50_000
AT = (3.0, 6.0, 12.0, 18.0, 24.0)
SEED = 20151001
STREAMS = ("median", "limits", "followup", "two_endpoints", "arms", "linked", "events")
"""Each reference has random numbers of its own, by its place here: a new one is put last."""

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Case:
    """A small claims file: (endpoint, statistic, month, printed) and the months that scale the prior.

    Both the sampler and this program are given `horizon`, `median`, `relapse` and `longest`.
    """

    name: str
    n: int
    claims: tuple[tuple[str, str, float | None, str], ...]
    horizon: float
    median: float
    relapse: float
    longest: float


CASES = (
    Case("median", 12, (("OS", "median", None, "10"),), 25.0, 10.0, 10.0, 30.0),
    Case(
        "limits", 15,
        (("OS", "median", None, "10"), ("OS", "median_lower", None, "6"), ("OS", "events", None, "11")),
        25.0, 10.0, 10.0, 30.0,
    ),
    Case(
        "followup", 10,
        (
            ("OS", "survival", 12.0, "60"), ("OS", "followup_median", None, "20"),
            ("OS", "count_at_or_beyond", 18.0, "4"),
        ),
        20.0, 20.0 / 3, 20.0 / 3, 24.0,
    ),
    Case(
        "two_endpoints", 10, (("OS", "median", None, "12"), ("RFS", "median", None, "6")),
        30.0, 12.0, 6.0, 36.0,
    ),
    Case(
        "events", 12,
        (("OS", "median", None, "10"), ("OS", "survival", 12.0, "42"), ("OS", "events", None, "8")),
        25.0, 10.0, 10.0, 30.0,
    ),
)  # fmt: skip

ARMS = (
    Case("new", 8, (("OS", "median", None, "10"),), 25.0, 10.0, 10.0, 30.0),
    Case("old", 8, (("OS", "median", None, "8"),), 25.0, 8.0, 8.0, 30.0),
)
RATIO = "0.7"
"""Two arms, and the hazard ratio of the first against the second as printed."""


LINKED = Case(
    "linked", 8,
    (("OS", "survival", 12.0, "50"), ("RFS", "median", None, "6"), ("+DOR", "median", None, "7")),
    30.0, 12.0, 6.0, 36.0,
)  # fmt: skip
RESPONDERS = 5
"""Three endpoints of the same patients, so many of whom have the third one."""


SHAPE_FROM = np.array([*(3 * PIECES), 3.0, 6.0, 12.0])
"""Where the pieces begin of a mean shape, in centers."""
LAST_DAY = 200_000
"""No follow-up is so long; an event found later is none."""


@dataclass(frozen=True)
class Kind:
    """What the log hazard of a cohort is drawn from; `shape` is its mean by piece of `SHAPE_FROM`, if not 0.

    It is relative to an exponential with the center as its median. Then the sd of level, of steps from piece
    to piece, and of the trend over log time; the cured fraction is Beta(a, b).
    """

    shape: tuple[float, ...] = ()
    level_sd: float = 0.7
    step_sd: float = 0.35
    trend_sd: float = 0.2
    cured: tuple[float, float] = (1.0, 3.0)

    def means(self, first: Floats, horizon: float, centre: float) -> Floats | float:
        """Return the mean log hazard by piece: that of the mean hazard from its first day to the next."""
        if not self.shape:
            return 0.0
        ends = np.append(first, max(horizon, first[-1] + 1)) / centre
        known = np.append(SHAPE_FROM, max(SHAPE_FROM[-1], ends[-1]) + 1)
        passed = np.append(0, np.cumsum(np.exp(self.shape) * np.diff(known)))
        return np.asarray(np.log(np.diff(np.interp(ends, known, passed)) / np.diff(ends)))


FLAT = Kind()
"""Around an exponential: no mean shape."""


@dataclass(frozen=True)
class Visits:
    """How visits lie at which events are found, days: log-normal interval and spread, Beta share between."""

    interval: float
    interval_sd: float
    between: tuple[float, float]
    spread: float
    spread_sd: float

    def found(self, rng: np.random.Generator, happened: Floats) -> Floats:
        """Return the days on which events of one cohort are found, infinity for none; one law of visits.

        A share is found when it happens. The rest is found as visits are expected to have passed, of which
        the k-th lies around k intervals, logistic with scale √k spread, within half an interval.
        """
        interval = np.exp(rng.normal(np.log(self.interval), self.interval_sd))
        share = rng.beta(*self.between)
        spread = np.exp(rng.normal(np.log(self.spread), self.spread_sd))
        day = np.arange(LAST_DAY + 1)
        k = np.floor(day / interval + 0.5)
        half = interval / (2 * spread * np.sqrt(np.maximum(k, 1)))
        off = np.clip((day / interval - k) * 2, -1, 1) * half
        # Of a logistic law cut off at both ends: its tangent is half of what tanh says of half the distance.
        passed = np.maximum(k - 0.5 + np.tanh(off / 2) / (2 * np.tanh(half / 2)), 0.0) * (k >= 1)
        clock = share * day + (1 - share) * interval * passed
        found = np.searchsorted(clock, happened)
        return np.where(found > LAST_DAY, np.inf, np.maximum(found, 1))


def hazard_pieces(horizon: float, centre: float) -> Floats:
    """Return the first day of each piece of a hazard: of three medians, then each as long as all before."""
    span = min(horizon, 3 * centre)
    beyond = [span]
    while beyond[-1] < 0.8 * horizon:
        beyond.append(2 * beyond[-1])
    return np.array([*(PIECES * span), *beyond[:-1]])


def event_days(
    rng: np.random.Generator,
    cohorts: int,
    n: int,
    horizon: float,
    centre: float,
    kind: Kind = FLAT,
    visits: Visits | None = None,
) -> Floats:
    """Return days of the event [cohorts, n], infinity for the cured; found at visits, if there are any."""
    first = hazard_pieces(horizon, centre)
    middle = np.log((first + np.append(first[1:], horizon)) / 2)
    walk = np.empty((cohorts, len(first)))
    walk[:, 0] = rng.normal(np.log(np.log(2) / centre), kind.level_sd, cohorts)
    trend = rng.normal(0, kind.trend_sd, cohorts)
    for piece in range(1, len(first)):
        along = trend * (middle[piece] - middle[piece - 1])
        walk[:, piece] = walk[:, piece - 1] + along + rng.normal(0, kind.step_sd, cohorts)
    hazard = np.exp(walk + kind.means(first, horizon, centre))
    reached = np.concatenate(
        [np.zeros((cohorts, 1)), np.cumsum(hazard[:, :-1] * np.diff(first), axis=1)], axis=1
    )
    wanted = rng.exponential(size=(cohorts, n))
    piece = (wanted[:, :, None] >= reached[:, None, :]).sum(axis=2) - 1
    inside = wanted - np.take_along_axis(reached, piece, 1)
    happened = first[piece] + inside / np.take_along_axis(hazard, piece, 1)
    cured = rng.uniform(size=(cohorts, n)) < rng.beta(*kind.cured, cohorts)[:, None]
    if visits is None:
        return np.where(cured, np.inf, np.maximum(np.ceil(happened), 1))
    return np.where(cured, np.inf, [visits.found(rng, one) for one in happened])


def last_contacts(
    rng: np.random.Generator, cohorts: int, n: int, horizon: float, longest: float, spread: float = 0.3
) -> Floats:
    """Return days of last contact [cohorts, n] if nobody had the event: the cut-off, or an early loss."""
    b = longest * np.exp(rng.normal(0, spread, cohorts))[:, None]
    a = b * rng.beta(1, 1, cohorts)[:, None]
    shape = np.exp(rng.normal(0, 0.4, cohorts))[:, None]
    lost = -np.log1p(-rng.beta(1, 6, cohorts))[:, None] / horizon
    cutoff = b - (b - a) * rng.uniform(size=(cohorts, n)) ** (1 / shape)
    with np.errstate(divide="ignore"):
        loss = rng.exponential(size=(cohorts, n)) / lost
    return np.maximum(np.ceil(np.minimum(cutoff, loss)), 1)


@dataclass(frozen=True)
class Curves:
    """Kaplan-Meier curves of many cohorts: times in order, S just after each of them, all [cohorts, n]."""

    time: Floats
    event: Bools
    at_risk: Floats
    s: Floats
    variance: Floats  # Greenwood's sum: that of log S


def kaplan_meier(time: Floats, event: Bools) -> Curves:
    """Return the curves; events come before censorings on the same day."""
    order = np.argsort(2 * time + ~event, axis=1, kind="stable")
    time, event = np.take_along_axis(time, order, 1), np.take_along_axis(event, order, 1)
    at_risk = np.arange(time.shape[1], 0, -1, dtype=float)[None, :] + np.zeros_like(time)
    s = np.cumprod(np.where(event, 1 - 1 / at_risk, 1.0), axis=1)
    # On tied days one event after the other: Greenwood's sum telescopes to the same.
    with np.errstate(divide="ignore"):
        sums = np.cumsum(np.where(event, 1 / (at_risk * (at_risk - 1)), 0.0), axis=1)
    return Curves(time, event, at_risk, np.asarray(s, dtype=float), np.asarray(sums, dtype=float))


def day_ends(time: Floats) -> Bools:
    """Say which positions are the last of their day: there S is that of the day."""
    return np.append(time[:, 1:] > time[:, :-1], np.ones((len(time), 1), dtype=bool), axis=1)


def median_day(time: Floats, event: Bools) -> Floats:
    """Return the median; where S is one half on an interval, its middle; infinity if not reached."""
    curve, n = kaplan_meier(time, event), time.shape[1]
    ends = day_ends(curve.time)
    low = ends & (curve.s <= 0.5 + 1e-9)
    below = ends & (curve.s < 0.5 - 1e-9)
    rows = np.arange(len(time))
    first = np.where(low.any(axis=1), low.argmax(axis=1), n - 1)
    day = _day_of_drop(curve, first)
    exact = low.any(axis=1) & (np.abs(curve.s[rows, first] - 0.5) <= 1e-9)
    after = np.where(below.any(axis=1), below.argmax(axis=1), n - 1)
    second = _day_of_drop(curve, after)
    found = np.where(exact & below.any(axis=1), (day + second) / 2, day)
    return np.where(low.any(axis=1), found, np.inf)


def _day_of_drop(curve: Curves, position: NDArray[np.int64]) -> Floats:
    """Return the day at a position at which S falls: an event's, as events come first on a day."""
    return np.asarray(curve.time[np.arange(len(position)), position])


def lower_limit(time: Floats, event: Bools) -> Floats:
    """Return the first day on which the lower log-log limit of S is at one half or below."""
    curve = kaplan_meier(time, event)
    ends = day_ends(curve.time)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        size = -np.log(curve.s)
        limit = np.exp(-size * np.exp(1.959963984540054 * np.sqrt(curve.variance) / size))
    # At S = 1 there is no limit but 1, at S = 0 none.
    crossed = ends & (curve.s < 1) & (curve.s > 1e-12) & (limit <= 0.5 + 1e-9)
    return np.where(crossed.any(axis=1), _day_of_drop(curve, crossed.argmax(axis=1)), np.inf)


def survival(time: Floats, event: Bools, month: float) -> Floats:
    """Return S at a month."""
    curve = kaplan_meier(time, event)
    before = (curve.time <= month * MONTH).sum(axis=1)
    padded = np.concatenate([np.ones((len(time), 1)), curve.s], axis=1)
    return np.asarray(padded[np.arange(len(time)), before])


def restricted_mean(time: Floats, event: Bools, month: float) -> Floats:
    """Return the area under S up to a month, in months."""
    curve, end = kaplan_meier(time, event), month * MONTH
    days = np.minimum(np.concatenate([np.zeros((len(time), 1)), curve.time], axis=1), end)
    until = np.append(days[:, 1:], np.full((len(time), 1), end), axis=1)
    s = np.concatenate([np.ones((len(time), 1)), curve.s], axis=1)
    return np.asarray((s * (until - days)).sum(axis=1) / MONTH)


def prints(statistic: str, value: Floats, printed: str) -> Bools:
    """Say which values are printed so: times in months to the last digit, counts exactly."""
    number = float(printed)
    if statistic in ("events", "count_at_or_beyond"):
        return np.asarray(value == number)
    unit = 10.0 ** -len(printed.partition(".")[2])
    return np.asarray((value >= number - unit / 2 - 1e-9) & (value < number + unit / 2 - 1e-9))


def statistic(name: str, time: Floats, event: Bools, month: float | None) -> Floats:
    """Return a statistic of each cohort, times in months, S in per cent."""
    if name == "median":
        return median_day(time, event) / MONTH
    if name == "median_lower":
        return lower_limit(time, event) / MONTH
    if name == "followup_median":
        # The reverse curve: on one day the events come first, so they are not at risk of censoring there.
        return median_day(time + np.where(event, -0.25, 0.0), ~event) / MONTH
    if name == "events":
        return np.asarray(event.sum(axis=1), dtype=float)
    assert month is not None
    if name == "survival":
        return 100 * survival(time, event, month)
    return np.asarray((time >= month * MONTH - 1e-6).sum(axis=1), dtype=float)


def quantities(time: Floats, event: Bools, relapse: Floats | None) -> dict[str, Floats]:
    """Return what is compared, of each cohort; days for times. `relapse` is infinity where none is seen."""
    months = {f"S({at:.0f})": survival(time, event, at) for at in AT}
    ordered = np.sort(time, axis=1)
    lost = np.where(event, np.inf, time)
    found = {
        **months,
        "RMST(24)": restricted_mean(time, event, 24.0),
        "events": event.sum(axis=1).astype(float),
        "early losses": (lost < 12 * MONTH).sum(axis=1).astype(float),
        "first time": ordered[:, 0],
        "second time": ordered[:, 1],
        "last time": ordered[:, -1],
        # Nobody censored counts as censored at the last time.
        "first censoring": np.minimum(lost.min(axis=1), ordered[:, -1]),
        "median time": np.median(time, axis=1),
    }
    if relapse is not None:
        seen = relapse < np.inf
        second, failed = np.where(seen, relapse, time), seen | event
        found |= {"relapses": seen.sum(axis=1).astype(float)}
        found |= {f"RFS({at:.0f})": survival(second, failed, at) for at in AT[:3]}
    return found


def draw(case: Case, rng: np.random.Generator, cohorts: int) -> tuple[Floats, Bools, Floats | None]:
    """Return times, events and relapses of cohorts from the prior."""
    horizon = case.horizon * MONTH
    died = event_days(rng, cohorts, case.n, horizon, case.median * MONTH)
    seen = last_contacts(rng, cohorts, case.n, horizon, case.longest * MONTH)
    time, event = np.minimum(died, seen), died <= seen
    if not any(endpoint == "RFS" for endpoint, *_ in case.claims):
        return time, event, None
    relapse = event_days(rng, cohorts, case.n, horizon, case.relapse * MONTH)
    return time, event, np.where(relapse < time, relapse, np.inf)


def kept(case: Case, rng: np.random.Generator, cohorts: int) -> dict[str, Floats]:
    """Draw cohorts from the prior; return the quantities of those that meet every claim."""
    time, event, relapse = draw(case, rng, cohorts)
    fine = np.ones(cohorts, dtype=bool)
    for endpoint, name, month, printed in case.claims:
        mine, failed = time[fine], event[fine]
        if endpoint == "RFS" and relapse is not None:
            gone = relapse[fine] < np.inf
            mine, failed = np.where(gone, relapse[fine], mine), gone | failed
        rows = np.flatnonzero(fine)
        fine[rows] = prints(name, statistic(name, mine, failed, month), printed)
    return quantities(time[fine], event[fine], None if relapse is None else relapse[fine])


def stream(name: str) -> np.random.Generator:
    """Return the random numbers of one reference."""
    return np.random.default_rng([SEED, STREAMS.index(name)])


def reference(case: Case, wanted: int = WANTED) -> dict[str, object]:
    """Return the moments of each quantity given the claims, from at least `wanted` accepted cohorts."""
    rng, tried = stream(case.name), 0
    parts: list[dict[str, Floats]] = []
    while sum(len(part["events"]) for part in parts) < wanted:
        parts.append(kept(case, rng, BATCH))
        tried += BATCH
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"n": case.n, "claims": [list(claim) for claim in case.claims]} | moments(values, tried)


def quantities_of_linked(
    time: Floats, event: Bools, relapse: Floats, progress: Floats, has: Bools
) -> dict[str, Floats]:
    """Return what is compared of three endpoints; `progress` is infinity where it is not seen.

    All are [cohorts, n]; `has` says who has the third endpoint, as many in each cohort.
    """
    seen = progress < np.inf
    shape = (len(time), RESPONDERS)
    third, failed = np.where(seen, progress, time)[has].reshape(shape), (seen | event)[has].reshape(shape)
    found = quantities(time, event, relapse)
    found |= {f"third: S({at:.0f})": survival(third, failed, at) for at in AT[:3]}
    return found | {
        "third: progressions": (seen & has).sum(axis=1).astype(float),
        "third: events": failed.sum(axis=1).astype(float),
        "third: median time of survival": np.median(time[has].reshape(shape), axis=1),
        "third: relapses": ((relapse < np.inf) & has).sum(axis=1).astype(float),
    }


def reference_of_linked(wanted: int = WANTED_LINKED) -> dict[str, object]:
    """Return the moments of three endpoints given the claims of each, as `reference` does."""
    rng, tried = stream(LINKED.name), 0
    parts: list[dict[str, Floats]] = []
    (_, name, month, printed), *others = LINKED.claims
    has = np.arange(LINKED.n) < RESPONDERS
    while sum(len(part["events"]) for part in parts) < wanted:
        time, event, relapse = draw(LINKED, rng, BATCH)
        assert relapse is not None
        own = event_days(rng, BATCH, LINKED.n, LINKED.horizon * MONTH, LINKED.relapse * MONTH)
        progress = np.where(own < time, own, np.inf)
        fine = prints(name, statistic(name, time, event, month), printed)
        for (_, what, at, shown), day, whom in zip(
            others, (relapse, progress), (has | True, has), strict=True
        ):
            rows = np.flatnonzero(fine)
            seen = (day < np.inf)[rows][:, whom]
            mine = np.where(seen, day[rows][:, whom], time[rows][:, whom])
            fine[rows] = prints(what, statistic(what, mine, seen | event[rows][:, whom], at), shown)
        whose = np.broadcast_to(has, time.shape)[fine]
        parts.append(quantities_of_linked(time[fine], event[fine], relapse[fine], progress[fine], whose))
        tried += BATCH
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"n": LINKED.n, "claims": [list(c) for c in LINKED.claims]} | moments(values, tried)


def moments(values: Mapping[str, Floats], tried: int) -> dict[str, object]:
    """Return mean and standard deviation of each quantity, and how many cohorts were accepted."""
    return {
        "accepted": len(next(iter(values.values()))),
        "tried": tried,
        "moments": {
            name: {"mean": round(float(v.mean()), 6), "sd": round(float(v.std(ddof=1)), 6)}
            for name, v in values.items()
        },
    }


def log_ratio(first: tuple[Floats, Bools], second: tuple[Floats, Bools]) -> Floats:
    """Return the log hazard ratio of two arms, each time and event [cohorts, n]: Cox, Efron's ties.

    Of tied deaths the first is compared with all at risk, the next with a share less of those who die.
    """
    time, event = (np.concatenate(both, axis=1) for both in zip(first, second, strict=True))
    own = np.arange(time.shape[1]) < first[0].shape[1]
    risk = time[:, None, :] >= time[:, :, None]
    tied = (time[:, None, :] == time[:, :, None]) & event[:, None, :]
    earlier = np.tril(np.ones((time.shape[1], time.shape[1]), dtype=bool), -1)
    left = (tied & earlier).sum(axis=2) / np.maximum(tied.sum(axis=2), 1)
    a = (risk & own).sum(axis=2) - left * (tied & own).sum(axis=2)
    b = (risk & ~own).sum(axis=2) - left * (tied & ~own).sum(axis=2)
    beta = np.zeros(len(time))
    for _ in range(50):
        share = a / np.maximum(a + b * np.exp(-beta)[:, None], 1e-300)
        score = ((own - share) * event).sum(axis=1)
        beta += np.clip(score / np.maximum((share * (1 - share) * event).sum(axis=1), 1e-12), -1, 1)
    return beta


def quantities_of_arms(arms: Sequence[tuple[Floats, Bools]]) -> dict[str, Floats]:
    """Return what is compared of two arms."""
    found = {"log hazard ratio": log_ratio(*arms)}
    for case, (time, event) in zip(ARMS, arms, strict=True):
        found |= {f"{case.name}: S({at:.0f})": survival(time, event, at) for at in AT[1:4]}
        found |= {f"{case.name}: events": event.sum(axis=1).astype(float)}
        found |= {f"{case.name}: median time": np.median(time, axis=1)}
    return found


def reference_of_arms(wanted: int = WANTED_ARMS) -> dict[str, object]:
    """Return the moments of two arms given the claims of each and the ratio, as `reference` does."""
    rng, tried = stream("arms"), 0
    parts: list[dict[str, Floats]] = []
    while sum(len(part["log hazard ratio"]) for part in parts) < wanted:
        alone = []
        for case in ARMS:
            time, event, _ = draw(case, rng, BATCH)
            ((_, name, month, printed),) = case.claims
            fine = prints(name, statistic(name, time, event, month), printed)
            alone.append((time[fine], event[fine]))
        pairs = min(len(time) for time, _ in alone)
        arms = [(time[:pairs], event[:pairs]) for time, event in alone]
        fine = prints("hazard_ratio", np.exp(log_ratio(*arms)), RATIO)
        parts.append(quantities_of_arms([(time[fine], event[fine]) for time, event in arms]))
        tried += BATCH
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return {"ratio": RATIO, "claims": [[list(c) for c in case.claims] for case in ARMS]} | moments(
        values, tried
    )


def main(target: Path) -> None:
    """Write the references of all cases."""
    found = {case.name: reference(case) for case in CASES}
    found |= {"arms": reference_of_arms(), LINKED.name: reference_of_linked()}
    target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
