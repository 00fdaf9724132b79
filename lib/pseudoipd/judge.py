"""Whether cohorts meet the claims, decided by the collection's statistics alone, never by the sampler."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blina_base.errors import InputError
from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import DAYS_PER_MONTH, REGISTRY, Predicate, member
from pseudoipd.claims.proportion import response_statistic
from pseudoipd.claims.vocabulary import Vocabulary
from pseudoipd.ensemble import Ensemble
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.survival import draws as many
from pseudoipd.survival import reached
from pseudoipd.survival.limits import normal_quantile

FloatArray = NDArray[np.float64]


def verdicts(
    ensemble: Ensemble, claims: Sequence[Claim], assumptions: Assumptions, vocabulary: Vocabulary
) -> NDArray[np.bool_]:
    """Return [draws, claims]: does our value of each claim agree with its printing."""
    found = np.ones((len(ensemble), len(claims)), dtype=bool)
    judge = Judge(ensemble, assumptions, vocabulary)
    for column, claim in enumerate(claims):
        found[:, column] = judge.agree(claim, judge.values(claim))
    return found


class Judge:
    """Our values of claims in the cohorts of one ensemble; the courses of a population are gathered once."""

    def __init__(self, ensemble: Ensemble, assumptions: Assumptions, vocabulary: Vocabulary) -> None:
        self.ensemble, self.assumptions, self.vocabulary = ensemble, assumptions, vocabulary
        self._courses: dict[tuple[str, str, float], Courses] = {}

    def values(self, claim: Claim) -> FloatArray:
        """Return our value of one claim's statistic in each draw, in the claim's unit."""
        population = self.vocabulary.population(claim.population)
        if REGISTRY[claim.statistic].about == "response":
            return _counted(self.ensemble, claim, population, self.vocabulary.category(claim.category))
        if claim.statistic == "n" and claim.endpoint not in self.ensemble.time:
            return _number(members(self.ensemble, population))
        place = claim.endpoint, claim.population, claim.conf_level
        if place not in self._courses:
            self._courses[place] = self._gathered(claim.endpoint, population, claim.conf_level)
        return COMPUTED[claim.statistic](self._courses[place], claim.at or 0.0)

    def agree(self, claim: Claim, values: FloatArray) -> NDArray[np.bool_]:
        """Say of each value whether it would have been printed like this."""
        # Values repeat, so each distinct one is asked once.
        distinct, where = np.unique(values, return_inverse=True)
        answer = [claim.agrees(float(one), self.assumptions.plateau_rule) for one in distinct]
        return np.array(answer, dtype=bool)[where.ravel()]

    def _gathered(self, endpoint: str, population: Predicate, conf_level: float) -> Courses:
        inside = members(self.ensemble, population)
        time = np.where(inside, self.ensemble.time[endpoint], -1).astype(float)
        event = self.ensemble.event[endpoint] & (time >= 0)
        response = self.vocabulary.response
        day = self.ensemble.columns.get(response.day) if response is not None else None
        return Courses(time, event, day, self.assumptions, conf_level)


def members(ensemble: Ensemble, population: Predicate) -> NDArray[np.bool_]:
    """Say who belongs to a population; columns that the claims do not describe exclude nobody."""
    known = {c: allowed for c, allowed in population.items() if c in ensemble.columns}
    if not known:
        shape = next(iter(ensemble.time.values())).shape
        return np.ones(shape, dtype=bool)
    return member(ensemble.columns, known)


def _counted(ensemble: Ensemble, claim: Claim, population: Predicate, category: Predicate) -> FloatArray:
    whole = members(ensemble, population)
    part = whole & member(ensemble.columns, category)
    k, n = part.sum(axis=1), whole.sum(axis=1)
    pairs, where = np.unique(np.stack([k, n]), axis=1, return_inverse=True)
    shares = np.array(
        [response_statistic(claim.statistic, int(a), int(b), claim.conf_level) for a, b in pairs.T]
    )
    return shares[where.ravel()]


@dataclass(frozen=True, eq=False)
class Courses:
    """One endpoint of the members of one population: arrays [draws, patients].

    `time` is in days, -1 for whoever is no member or lacks the endpoint; `event` is true for its event;
    `day` the study day of the response, -1 for none. Limits are those of `conf_level`.
    """

    time: FloatArray
    event: NDArray[np.bool_]
    day: NDArray[np.int32] | None
    assumptions: Assumptions
    conf_level: float = 0.95

    @functools.cached_property
    def curves(self) -> many.Curves:
        """The Kaplan-Meier curves, one a draw."""
        return many.curves(self.time, self.event)

    @functools.cached_property
    def limits(self) -> tuple[FloatArray, FloatArray]:
        """Lower and upper limits of the medians, in days."""
        return many.quantile_limits_of_draws(self.curves, 0.5, self.assumptions.conf_type, self.conf_level)

    def range(self) -> tuple[FloatArray, FloatArray]:
        """Return the shortest and the longest time observed, in days, NaN without any."""
        inside = self.time >= 0
        if self.assumptions.followup_range == "alive":
            inside &= ~self.event
        none = ~inside.any(axis=1)
        ends = np.where(inside, self.time, np.inf).min(axis=1), np.where(inside, self.time, -1.0).max(axis=1)
        return np.where(none, np.nan, ends[0]), np.where(none, np.nan, ends[1])

    def last_event(self) -> FloatArray:
        """Return the day of the last event, NaN without any."""
        last = np.where(self.event, self.time, -1.0).max(axis=1)
        return np.where(last < 0, np.nan, last)

    def followup(self, p: float = 0.5) -> FloatArray:
        """Return the days for which a share 1 - `p` is followed."""
        if self.assumptions.followup_method == "survivors":
            return self.of_alive(functools.partial(np.nanquantile, q=1 - p))
        if self.assumptions.followup_method == "observed":
            return np.asarray(np.nanquantile(np.where(self.time >= 0, self.time, np.nan), 1 - p, axis=1))
        return many.quantiles(many.reverse_curves(self.time, self.event), p)

    def survival_limit(self, which: int, month: float) -> FloatArray:
        """Return the lower (0) or upper (1) limit of S at a month, in %."""
        chosen = self.assumptions.conf_type
        found = many.survival_limits_on_grid(self.curves, [_day(month)], chosen, self.conf_level)
        return 100 * found[which][:, 0]

    def mean(self, errors: float, month: float) -> FloatArray:
        """Return the restricted mean up to a month and so many standard errors more, in days."""
        area = many.rmst_of_draws(self.curves, _day(month))
        return area + errors * many.rmst_errors_of_draws(self.curves, _day(month)) if errors else area

    def z(self) -> float:
        """Return the quantile of the normal distribution behind the limits."""
        return normal_quantile(self.conf_level)

    def of_alive(self, value: Callable[..., FloatArray]) -> FloatArray:
        """Return a numpy function that passes NaN over of the times of those without the event, in days."""
        alive = np.where((self.time >= 0) & ~self.event, self.time, np.nan)
        found = np.full(len(alive), np.nan)
        some = ~np.isnan(alive).all(axis=1)
        found[some] = value(alive[some], axis=1)
        return found

    def mantel_byar(self) -> FloatArray:
        """Return P of the comparison by response, which a patient may have while followed."""
        # scipy, which most claims do without.
        from pseudoipd.transitions.risk_sets import chi_squared, risk_sets_of_draws

        if self.day is None:
            raise InputError("mantel_byar_p needs a vocabulary that says what a response is")
        response = np.where((self.day < 0) | (self.time < 0), np.inf, self.day.astype(float))
        # Non-members leave before the first day, so that they are in no risk set.
        time = np.where(self.time < 0, -np.inf, self.time)
        found = np.empty(len(time))
        # So many draws at a time as keep the risk sets, [draws, patients, patients], in memory.
        step = max(1, 1_000_000 // time.shape[1] ** 2)
        for first in range(0, len(time), step):
            part = slice(first, first + step)
            sets = risk_sets_of_draws(
                time[part], self.event[part], response[part], self.assumptions.mantel_byar_tie
            )
            found[part] = chi_squared(*sets.score_test())[1]
        return found


def _day(month: float) -> float:
    """Return a time in days; one printed in weeks is whole days but for the last digits."""
    return round(month * DAYS_PER_MONTH, 6)


def _number(counted: NDArray[np.bool_]) -> FloatArray:
    return np.asarray(counted.sum(axis=1), dtype=float)


COMPUTED: Mapping[str, Callable[[Courses, float], FloatArray]] = {
    "n": lambda c, at: _number(c.time >= 0),
    "events": lambda c, at: _number(c.event),
    "median": lambda c, at: many.quantiles(c.curves) / DAYS_PER_MONTH,
    "median_lower": lambda c, at: c.limits[0] / DAYS_PER_MONTH,
    "median_upper": lambda c, at: c.limits[1] / DAYS_PER_MONTH,
    "survival": lambda c, at: 100 * many.survival_on_grid(c.curves, [_day(at)])[:, 0],
    "count_at_or_beyond": lambda c, at: _number(reached(c.time / DAYS_PER_MONTH, at)),
    "followup_median": lambda c, at: c.followup() / DAYS_PER_MONTH,
    "followup_min": lambda c, at: c.range()[0] / DAYS_PER_MONTH,
    "followup_max": lambda c, at: c.range()[1] / DAYS_PER_MONTH,
    "plateau_from": lambda c, at: c.last_event() / DAYS_PER_MONTH,
    "mantel_byar_p": lambda c, at: c.mantel_byar(),
    "at_risk": lambda c, at: _number(reached(c.time / DAYS_PER_MONTH, at)),
    "censored": lambda c, at: _number((c.time >= 0) & ~c.event),
    "events_by": lambda c, at: _number(c.event & (c.time <= _day(at))),
    "survival_lower": lambda c, at: c.survival_limit(0, at),
    "survival_upper": lambda c, at: c.survival_limit(1, at),
    "rmst": lambda c, at: c.mean(0.0, at) / DAYS_PER_MONTH,
    "rmst_lower": lambda c, at: c.mean(-c.z(), at) / DAYS_PER_MONTH,
    "rmst_upper": lambda c, at: c.mean(c.z(), at) / DAYS_PER_MONTH,
    "followup_q1": lambda c, at: c.followup(0.75) / DAYS_PER_MONTH,
    "followup_q3": lambda c, at: c.followup(0.25) / DAYS_PER_MONTH,
    "followup_minimum": lambda c, at: c.of_alive(np.nanmin) / DAYS_PER_MONTH,
    "followup_median_alive": lambda c, at: c.of_alive(np.nanmedian) / DAYS_PER_MONTH,
}
"""How each statistic of an endpoint is computed, by draw and in its unit; `at` is in months."""
