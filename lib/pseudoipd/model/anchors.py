"""Where a chain begins: the time scale of a claims file and curves through its printed points."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import DAYS_PER_MONTH as MONTH
from pseudoipd.claims.grammar import MONTHS, REGISTRY
from pseudoipd.model import prior
from pseudoipd.model.structs import Start
from pseudoipd.model.trials import CLASSES

UNENDING = 1.5
"""Longest follow-up, of the longest time, where the median follow-up was not reached: a bound only."""
UNFOLLOWED = 1.5
"""Longest follow-up, of the last printed time, at least, where no follow-up is printed: patients are followed
beyond the time at which a rate is printed."""
SOONEST = 0.02
"""Least shortest follow-up, of the longest: shorter ones tell of early losses, not of accrual."""
AFTER_LAST = 0.4
"""Hazard between the last printed point and a printed plateau, in terms of the mean hazard before."""
Z = NormalDist().inv_cdf(0.975)
STEPS, LEAST_KEPT = 40, 0.1
"""Steps of an integral over time, and the least share taken to be followed, whose inverse is in it."""
LEAST_TAIL = 0.4
"""Least S after the last point that is sure, of the S there."""
NEAR = 0.05
"""Months within which two points are one: printed times have one decimal."""
MANY_LOST, FOLLOWED_ALL = 1.05, 20.0
"""Variance, of that with all followed, from which on limits tell of losses; longest follow-up, of the time of
the limits, that is looked at."""
BEYOND = 1.05
"""Longest follow-up, of the last printed time of a curve, at least."""
BEYOND_MIDDLE = 1.1
"""Longest follow-up, of the median one, at least."""
FAR_MORE, FEWEST_LATE = 20.0, 5
"""How many times as many are followed late as entry alone explains, and how many of them at least, where a
chain begins with that number of them."""
SHARES = (0.3, 0.02, 0.1, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Shortest follow-up, of the longest, that is looked at; the first where nothing tells of it."""
PRINTED_SCALE: Mapping[str, str] = {"trials_printed": "trials", "flat_printed": "flat"}
"""Kinds of prior whose scale is taken from the printed numbers, and what they are otherwise."""
Kept = Callable[[float], float]


def value(claim: Claim) -> float:
    """Return the middle of a claim's interval, infinity for NR."""
    interval = claim.interval
    return math.inf if interval.not_reached else (interval.lower + interval.upper) / 2


def _of_all(times: Sequence[Claim], endpoint: str, *statistics: str) -> list[Claim]:
    """Return what is printed of everybody."""
    return [
        c for c in times
        if c.endpoint == endpoint and c.statistic in statistics and c.population in ("", "all")
    ]  # fmt: skip


def _values(times: Sequence[Claim], endpoint: str, *statistics: str) -> list[float]:
    return [value(c) for c in _of_all(times, endpoint, *statistics)]


def scale(
    times: Sequence[Claim], endpoints: tuple[str, ...], kind: str = "trials", early: float = 0.0
) -> tuple[float, prior.Hyperprior]:
    """Return the horizon in days and the hyperprior.

    `kind` says which prior: `trials`, learned, or `flat`, both on the scale of trials' follow-up, so that no
    claim enters; or one of `PRINTED_SCALE`, into which the printed times enter. `early` says in which share
    of cohorts patients die early all the same.
    """
    if kind not in PRINTED_SCALE:
        return _of_trials(endpoints, kind, early)
    kind = PRINTED_SCALE[kind]
    printed = [c.at for c in times if c.at is not None]
    followed = [value(c) for c in times if c.statistic in ("followup_max", "followup_median")]
    printed += followed + [value(c) for c in times if c.statistic in ("plateau_from", "median_upper")]
    last = max((month for month in printed if math.isfinite(month)), default=0.0)
    if any(math.isfinite(month) for month in followed):
        medians = [2.5 * value(c) for c in times if c.statistic == "median"]
        horizon = max(last, *(month for month in (*medians, 0.0) if math.isfinite(month)))
        longest, spread = _longest(times, endpoints[0], horizon), prior.Hyperprior.longest_sd
    else:
        # A printed median is no measure of follow-up: how long patients were followed is open, and wide.
        typical, spread = prior.typical_followup(_class(endpoints[0]))
        horizon, longest = max(last, typical / MONTH), max(UNFOLLOWED * last, typical / MONTH)
    hyper = prior.Hyperprior(
        _law(times, endpoints[0], horizon, kind, early), _law(times, endpoints[-1], horizon, kind, early),
        MONTH * longest, spread,
    )  # fmt: skip
    return horizon * MONTH, hyper


def _of_trials(endpoints: tuple[str, ...], kind: str, early: float) -> tuple[float, prior.Hyperprior]:
    """Return as `scale` what follows from the classes of the endpoints alone."""
    longest, spread = prior.typical_followup(_class(endpoints[0]))
    first, second = (_law_of_trials(_class(e), kind, early) for e in (endpoints[0], endpoints[-1]))
    return longest, prior.Hyperprior(first, second, longest, spread)


def _longest(times: Sequence[Claim], first: str, horizon: float) -> float:
    """Return the middle of the longest follow-up, in months, where some follow-up is printed."""
    printed = _values(times, first, "followup_max")
    unending = UNENDING if _mostly_events(times, first) else 1.0
    return unending * printed[0] if printed else 1.2 * horizon


def _class(endpoint: str) -> str:
    """Return the class of trials from whose arms is learned for an endpoint."""
    return CLASSES.get(endpoint, CLASSES["RFS"])


def _law(times: Sequence[Claim], endpoint: str, horizon: float, kind: str, early: float) -> prior.Law:
    """Return the law of an endpoint's hazard, around its printed median or a third of the horizon."""
    median = [m for m in _values(times, endpoint, "median") if math.isfinite(m)]
    centre = MONTH * (median[0] if median else horizon / prior.CENTRES)
    if kind == "flat":
        return prior.Law(centre)
    group = _class(endpoint)
    return _learned(group, centre, prior.learned(group, "median" if median else "followup"), early)


def _law_of_trials(group: str, kind: str, early: float) -> prior.Law:
    """Return the law of a hazard on the scale of trials' follow-up, the level as wide as they differ."""
    centre, shape = prior.typical_followup(group)[0] / prior.CENTRES, prior.learned(group, "followup")
    if kind == "flat":
        return prior.Law(centre, replace(prior.FLAT, level_sd=shape.level_sd))
    return _learned(group, centre, shape, early)


def _learned(group: str, centre: float, shape: prior.Shape, early: float) -> prior.Law:
    weight = early if group == "survival" else 0.0
    return prior.Law(centre, shape, prior.early(shape), weight, prior.visit_law(group))


def _mostly_events(times: Sequence[Claim], endpoint: str) -> bool:
    """Say whether the median follow-up is printed as not reached: the longest time is then an event's."""
    return math.inf in _values(times, endpoint, "followup_median")


def survival_at_limit(n: int, upper: bool, conf: int, legs: Sequence[float], kept: Kept) -> float:
    """Return the S at which one limit of S crosses one half at the end of the last of `legs` (months).

    The curve is taken to fall at one rate to that S, or, with two legs, to one half at the end of the first.
    `kept` says which share would be followed at a time if nobody had died.
    """
    grid = np.arange(1, n) / n
    error = Z * np.sqrt(greenwood(grid, legs, kept) / n)
    if conf == 0:
        power = np.exp(np.where(upper, -error, error) / -np.log(grid))
        curve = grid**power
    elif conf == 1:
        curve = grid * np.exp(np.where(upper, error, -error))
    else:
        curve = grid * (1 + np.where(upper, error, -error))
    crossed = grid[curve <= 0.5]
    return float(crossed.max()) if len(crossed) else 0.5 / n


def greenwood(levels: NDArray[np.float64], legs: Sequence[float], kept: Kept) -> NDArray[np.float64]:
    """Return n times the variance of log S where a curve as in `survival_at_limit` has come to `levels`."""
    start, month, total = np.ones_like(levels), 0.0, np.zeros_like(levels)
    for place, end in enumerate(legs):
        goal = levels if place == len(legs) - 1 else np.full_like(levels, 0.5)
        share = (np.arange(STEPS) + 0.5) / STEPS
        s = start[:, None] * (goal / start)[:, None] ** share
        still = np.array([max(LEAST_KEPT, kept(month + (end - month) * one)) for one in share])
        total += np.log(start / goal) * (1 / (s * still)).mean(axis=1)
        start, month = goal, end
    return np.maximum(total, 0.0)


def points(times: Sequence[Claim], endpoint: str, n: int, conf: int) -> list[tuple[float, float]]:
    """Return (month, S) that the printed numbers put the curve near to, in order of time, S never rising.

    A number still followed says least, because how many were lost by then is a guess: it is held between the
    points before and after it.
    """
    found = _distinct(_sure_points(times, endpoint, n, conf))
    for at, count in _moments(times, endpoint, "count_at_or_beyond", "at_risk"):
        s = count / n / max(observed_share(times, endpoint, at), 0.2)
        before = [level for month, level in found if month < at]
        after = [level for month, level in found if month > at]
        highest = before[-1] if before else 0.99
        lowest = after[0] if after else LEAST_TAIL * highest
        found = _distinct([*found, (at, min(highest, max(lowest, s)))])
    levels = np.minimum.accumulate([max(s, 0.5 / n) for _, s in found])
    return [(month, float(level)) for (month, _), level in zip(found, levels, strict=True)]


def _sure_points(times: Sequence[Claim], endpoint: str, n: int, conf: int) -> list[tuple[float, float]]:
    medians = [m for m in _values(times, endpoint, "median") if math.isfinite(m)]
    kept = functools.partial(observed_share, times, endpoint)
    found = [(month, 0.5) for month in medians]
    for name, upper in (("median_lower", False), ("median_upper", True)):
        for month in _values(times, endpoint, name) if n > 2 else []:
            legs = [*medians[:1], month] if upper else [month]
            if math.isfinite(month):
                found.append((month, survival_at_limit(n, upper, conf, legs, kept)))
    return found + [(month, s / 100) for month, s in _moments(times, endpoint, "survival")]


def _moments(times: Sequence[Claim], endpoint: str, *statistics: str) -> list[tuple[float, float]]:
    """Return (month, value) of what is printed of everybody at a month."""
    return [(c.at, value(c)) for c in _of_all(times, endpoint, *statistics) if c.at]


def _distinct(found: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return points in order of time, of two that nearly coincide the one that was given first."""
    kept: list[tuple[float, float]] = []
    for month, s in found:
        if month > 0 and all(abs(month - other) >= NEAR for other, _ in kept):
            kept.append((month, s))
    return sorted(kept)


def observed_share(times: Sequence[Claim], endpoint: str, month: float) -> float:
    """Return about which share would still be followed at `month` if nobody had died."""
    cens = censoring(times, endpoint)
    return 1.0 if cens is None else share_by_entry(cens, month)


def share_by_entry(cens: tuple[float, float, float], month: float) -> float:
    """Return which share entered early enough to be followed to `month`; `cens` as `censoring`."""
    longest, shortest, shape = cens
    return float(np.clip((longest - month * MONTH) / max(longest - shortest, 1.0), 0.0, 1.0) ** shape)


def censoring(times: Sequence[Claim], endpoint: str) -> tuple[float, float, float] | None:
    """Return the follow-up that is printed: longest and shortest in days, and the shape of accrual.

    The shape is 1, steady accrual, unless the median lies before the middle of the longest.
    """
    longest = _values(times, endpoint, "followup_max")
    middle = [m for m in _values(times, endpoint, "followup_median") if math.isfinite(m)]
    if not longest and not middle:
        return None
    if longest and _mostly_events(times, endpoint):
        return UNENDING * longest[0] * MONTH, longest[0] * MONTH, 1.0
    top = longest[0] if longest else 1.4 * middle[0]
    low, shape = _around(top, middle[0]) if middle else (0.4 * top, 1.0)
    return 1.002 * top * MONTH + 1, low * MONTH, shape


def _around(top: float, middle: float) -> tuple[float, float]:
    """Return the shortest follow-up and the shape of accrual that go with the longest and the median one."""
    bottom = 2 * middle - top
    low, shape = float(np.clip(bottom, SOONEST * top, 0.97 * top)), 1.0
    if bottom < low:
        # Half are followed beyond the median; one before the shortest follow-up cannot be met.
        shape = math.log(0.5) / math.log((top - max(middle, 1.5 * low)) / (top - low))
    return low, shape


def dispersed(begun: Start, hyper: prior.Hyperprior, deviate: float) -> Start:
    """Return a start whose longest follow-up lies `deviate` standard deviations from the middle of its prior.

    The median follow-up stays, and with it roughly the number of events: what is printed can mostly be met
    from there. It is `begun` itself where the longest follow-up is printed, or where nothing tells of
    follow-up, so that each chain draws all of it.
    """
    if not len(begun.cens) or len(begun.last_day):
        return begun
    top = math.exp(begun.cens[0])
    share, shape = 1 / (1 + math.exp(-begun.cens[1])), math.exp(begun.cens[2])
    middle = top * (1 - (1 - share) * 0.5 ** (1 / shape))
    last = max(begun.days[-1:].sum(), begun.relapse_days[-1:].sum())
    drawn = hyper.longest * math.exp(hyper.longest_sd * deviate)
    longest = max(drawn, BEYOND_MIDDLE * middle, BEYOND * last)
    return begun._replace(cens=packed((longest, *_around(longest, middle))))


def unreached_limit(
    times: Sequence[Claim], endpoints: tuple[str, ...], n: int
) -> tuple[float, float, float] | None:
    """Return as `censoring` how long patients can be followed where a median is reached and its limit is not.

    Followed for longer, n patients have too few left above one half for the upper limit to stay there: under
    a steady hazard from about S = 1/2 - 1/√n on, two standard errors below one half. A chain that begins with
    a longer follow-up hardly comes back from it: most patients would have to be followed for less at once.
    """
    ends = []
    for endpoint in endpoints:
        median = [m for m in _values(times, endpoint, "median") if math.isfinite(m)]
        upper = _values(times, endpoint, "median_upper")
        if median and upper and not any(map(math.isfinite, upper)):
            ends.append(median[0] * math.log(max(0.1, 0.5 - 1 / math.sqrt(n))) / math.log(0.5))
    if not ends:
        return None
    return min(ends) * MONTH, 0.5 * min(ends) * MONTH, 1.0


def implied_by_limits(
    times: Sequence[Claim], endpoints: tuple[str, ...], n: int
) -> tuple[float, float, float] | None:
    """Return as `censoring` how long patients can be followed where the limits of S at a time say it.

    Greenwood's variance behind log-log limits is that of n patients followed to that time, or it is larger:
    then many were not. A chain that begins with all of them followed loses some ten in 100,000 moves.
    """
    ends = []
    for endpoint in endpoints:
        for month, s, variance in variances(times, endpoint):
            if n * variance > MANY_LOST * (1 / s - 1):
                longest = month * np.geomspace(1.02, FOLLOWED_ALL, STEPS)
                off = [abs(_entered_steadily(month, s, one, 0.0) - n * variance) for one in longest]
                ends.append(float(longest[np.argmin(off)]))
    return (min(ends) * MONTH, SOONEST * min(ends) * MONTH, 1.0) if ends else None


def variances(times: Sequence[Claim], endpoint: str) -> list[tuple[float, float, float]]:
    """Return month, S and the variance of log S, by S and its limits, two at least: the narrowest printed so.

    By the log-log scale, on which the limits lie at the same distance from S.
    """
    printed: dict[float, dict[str, float]] = {}
    for name, end in (("survival", 0.5), ("survival_lower", 1.0), ("survival_upper", 0.0)):
        for c in _of_all(times, endpoint, name):
            share = (end * c.interval.upper + (1 - end) * c.interval.lower) / 100
            if c.at and 0.0 < share < 1.0:
                printed.setdefault(c.at, {})[name] = math.log(-math.log(share))
    found = []
    for month, known in sorted(printed.items()):
        middle = known.get("survival", sum(known.values()) / 2)
        widths = [
            abs(known[f"survival_{side}"] - middle)
            for side in ("lower", "upper")
            if f"survival_{side}" in known
        ]
        if len(known) > 1 and min(widths) > 0:
            error = math.exp(middle) * sum(widths) / len(widths) / Z
            found.append((month, math.exp(-math.exp(middle)), error**2))
    return found


def follow_up(
    events: float, arms: Sequence[tuple[int, float, Sequence[tuple[float, float, float]]]], last: float = 0.0
) -> tuple[float, float, float]:
    """Return as `censoring` how long arms were followed that have so many events in all.

    Of each arm: patients, their hazard per day, taken to be steady, and its `variances`. Patients are taken
    to enter steadily; of what gives so many events, that is chosen which comes nearest to the variances, and
    by which somebody is followed beyond the `last` printed day of a curve, or as nearly so as can be.

    >>> [round(days, -1) for days in follow_up(50, [(100, 0.001, ())])[:2]]
    [1100.0, 330.0]
    """
    found = []
    for share in SHARES:
        longest = np.geomspace(0.1, 100.0, 1000) / max(hazard for _, hazard, _ in arms)
        had = np.zeros_like(longest)
        for n, hazard, _ in arms:
            alive = np.exp(-hazard * share * longest) - np.exp(-hazard * longest)
            had += n * (1 - alive / (hazard * (1 - share) * longest))
        days = float(longest[np.argmin(np.abs(had - events))])
        off = [
            abs(math.log(_entered_steadily(month, s, days / MONTH, share) / (n * variance)))
            for n, _, printed in arms
            for month, s, variance in printed
        ]
        found.append((min(0.0, days - BEYOND * last), sum(off), days, share))
    *_, days, share = min(found, key=lambda one: (-one[0], one[1]))
    return days, share * days, 1.0


def _entered_steadily(month: float, s: float, longest: float, share: float) -> float:
    """Return `greenwood` at a month with survival `s`, the shortest follow-up a share of the longest."""

    def kept(at: float) -> float:
        return min(1.0, (1 - at / longest) / (1 - share))

    return float(greenwood(np.array([s]), [month], kept)[0])


def packed(cens: tuple[float, float, float] | None) -> NDArray[np.float64]:
    """Return longest and shortest follow-up and shape as in `structs.Start`; empty where nothing is known."""
    if cens is None:
        return np.zeros(0)
    share = cens[1] / cens[0]
    return np.array([math.log(cens[0]), math.log(share / (1 - share)), math.log(cens[2])])


def curve(
    times: Sequence[Claim], endpoint: str, n: int, conf: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return days and cumulative hazard of a curve through the printed points; empty without any."""
    through = points(times, endpoint, n, conf)
    if not through:
        return np.zeros(0), np.zeros(0)
    days = np.array([0.0] + [m * MONTH for m, _ in through])
    hazard = np.array([0.0] + [-math.log(s) for _, s in through])
    plateau = [p * MONTH for p in _values(times, endpoint, "plateau_from") if math.isfinite(p)]
    if plateau and plateau[0] > days[-1] + 1:
        slope = AFTER_LAST * hazard[-1] / days[-1]
        hazard = np.append(hazard, hazard[-1] + slope * (plateau[0] - days[-1]))
        days = np.append(days, plateau[0])
    return days, hazard


def start(times: Sequence[Claim], endpoints: tuple[str, ...], n: int, conf: int) -> Start:
    """Return where chains begin."""
    days, hazard = curve(times, endpoints[0], n, conf)
    if len(endpoints) == 2:
        other, other_hazard = curve(times, endpoints[1], n, conf)
    else:
        other, other_hazard = np.zeros(0), np.zeros(0)
    cens = (
        censoring(times, endpoints[0])
        or unreached_limit(times, endpoints, n)
        or implied_by_limits(times, endpoints, n)
    )
    return Start(
        days, hazard, _between(times, endpoints[0], days), other, other_hazard, packed(cens),
        _window(times, endpoints[0], "followup_min"), _window(times, endpoints[0], "followup_max"),
        _window(times, endpoints[0], "plateau_from"),
        _window(times, endpoints[1], "plateau_from") if len(endpoints) == 2 else np.zeros(0, np.int64),
        _relapse_followup(times, endpoints),
        _events(times, endpoints[0]) if cens is None and len(days) > 0 else -1,
        followed_late(times, endpoints[0], n, cens),
    )  # fmt: skip


def followed_late(
    times: Sequence[Claim], endpoint: str, n: int, cens: tuple[float, float, float] | None
) -> NDArray[np.int64]:
    """Return a day and how many are observed for so long, where entry explains far fewer; else empty.

    Half may leave early and some stay for long: then few are lost to the cut-off and many before. It shows
    where far more are still followed at a month than entry with follow-up `cens`, as `censoring`, and the S
    printed there leave.
    """
    printed = dict(_moments(times, endpoint, "survival"))
    for month, count in _moments(times, endpoint, "count_at_or_beyond", "at_risk"):
        # Of "at least seven" nobody knows how many.
        if cens is None or month not in printed or not FEWEST_LATE <= count < math.inf:
            continue
        if count > FAR_MORE * n * printed[month] / 100 * share_by_entry(cens, month):
            return np.array([math.ceil(month * MONTH - 1e-6), round(count)], dtype=np.int64)
    return np.zeros(0, dtype=np.int64)


def _between(times: Sequence[Claim], endpoint: str, days: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return between which days S reaches each point of a curve; a median leaves some, other points none."""
    found = np.column_stack([np.floor(days + 1e-6)] * 2).astype(np.int64)
    for claim in _of_all(times, endpoint, "median"):
        window = _window([claim], endpoint, "median")
        if len(window):
            found[np.isclose(days, value(claim) * MONTH)] = window[0] - 1, window[1]
    return found


def _events(times: Sequence[Claim], endpoint: str) -> int:
    """Return the printed number of events, -1 without one, or where numbers at risk tell of follow-up."""
    if _of_all(times, endpoint, "at_risk", "count_at_or_beyond"):
        return -1
    return round(next(iter(_values(times, endpoint, "events")), -1))


def _relapse_followup(times: Sequence[Claim], endpoints: tuple[str, ...]) -> float:
    printed = _values(times, endpoints[1], "followup_median") if len(endpoints) == 2 else []
    return printed[0] * MONTH if printed and math.isfinite(printed[0]) else 0.0


def _window(times: Sequence[Claim], endpoint: str, statistic: str) -> NDArray[np.int64]:
    for claim in _of_all(times, endpoint, statistic):
        if math.isinf(claim.interval.upper):
            continue
        low, high = claim.interval.lower * MONTH, claim.interval.upper * MONTH
        first, last = max(1, math.ceil(low - 1e-6)), math.ceil(high - 1e-6) - 1
        if last >= first:
            return np.array([first, last], dtype=np.int64)
    return np.zeros(0, dtype=np.int64)


def cells(times: Sequence[Claim], knots: NDArray[np.float64], limit: int) -> NDArray[np.int64]:
    """Return borders of day ranges: ends of the printed times' intervals, and pieces of the hazard."""
    borders = {1, limit + 1, *(max(2, int(day)) for day in knots)}
    for claim in times:
        months = [claim.at] if claim.at is not None else []
        if REGISTRY[claim.statistic].unit == MONTHS:
            months += [claim.interval.lower, claim.interval.upper]
        borders |= {math.ceil(month * MONTH - 1e-6) for month in months if math.isfinite(month)}
    borders |= {2 * int(knots[-1]), 4 * int(knots[-1])}
    return np.array(sorted(day for day in borders if 1 <= day <= limit + 1), dtype=np.int64)
