"""From claims and assumptions to the compiled tables of the sampler."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from blina_base.errors import InputError
from pseudoipd.claims import Claim, grammar
from pseudoipd.claims.grammar import DAYS_PER_MONTH as MONTH
from pseudoipd.claims.grammar import ENDPOINTS, FIRST, REGISTRY, RESPONSE, SECOND, STATISTIC_CODES, Predicate
from pseudoipd.claims.vocabulary import MINIMAL, Rule, Vocabulary
from pseudoipd.model import anchors, prior
from pseudoipd.model import constraints as counts
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.structs import (
    CARRIED,
    EARLIEST,
    FIRST_ENDPOINT,
    GROUPS,
    RELAPSES_SEEN,
    RFS,
    SECOND_ENDPOINT,
    Counts,
    Effort,
    Settings,
    Start,
    Timing,
)
from pseudoipd.model.types import SECOND_FLAG, Kinds, is_counted, kinds, predicates
from pseudoipd.survival import CONF_TYPES, FOLLOWUP_METHODS

CONF_CODES = {name: code for code, name in enumerate(CONF_TYPES)}
MOST_DAYS = 365 * 60
MOST_PATIENTS = 8000
LEAST_MOVES, MOVES_PER_PATIENT = (10_000, 50_000), 100
"""Moves of a chain: so many for each patient and each claim on times, and one claim more; at least so many
with one endpoint, and with two.

What a chain forgets last is how many patients had the event, and each claim makes that harder to change.
"""
LAST_PART = 5
"""The cohort is drawn from among the exact states of the last fifth of a chain."""
LIMITS = ("median_lower", "median_upper", "survival_lower", "survival_upper")


@dataclass(frozen=True)
class Linked:
    """One of several endpoints linked with the first, where it is the second one of the compiled code.

    `roles` are without the members of groups of claims: these are in the problem's.
    """

    roles: NDArray[np.int64]  # [types, GROUPS]
    settings: Settings
    start: Start


@dataclass(frozen=True)
class Problem:
    """A claims file made ready: `endpoints` in the order of the compiled code; `used` are the claims met.

    Where more than one endpoint is `linked` with the first, `timing` has the groups of claims of all, each
    with the place of its endpoint.
    """

    n: int
    endpoints: tuple[str, ...]
    claims: tuple[Claim, ...]
    used: tuple[Claim, ...]
    assumptions: Assumptions
    vocabulary: Vocabulary
    kinds: Kinds
    found: tuple[counts.Constraint, ...]
    hyper: prior.Hyperprior
    horizon: float
    counts: Counts
    roles: NDArray[np.int64]
    timing: Timing
    settings: Settings
    start: Start
    linked: tuple[Linked, ...] = ()

    def has(self, place: int) -> NDArray[np.int64]:
        """Return 1 for the types that have the endpoint at a place of `endpoints`."""
        if place == 0:
            return np.ones_like(self.roles[:, RFS])
        return np.asarray((self.linked[place - 1].roles if self.linked else self.roles)[:, RFS])

    def tables(self) -> list[tuple[NDArray[np.int64], Timing, Settings, Start]]:
        """Return roles, claims, settings and start as compiled code has them, for each linked endpoint.

        In each one of them is the second endpoint; the others are carried along.
        """
        if not self.linked:
            return [(self.roles, self.timing, self.settings, self.start)]
        found, place = [], self.timing.endpoint
        for k, one in enumerate(self.linked, start=1):
            beside = np.where(place == k, SECOND_ENDPOINT, CARRIED + place - 1)
            timing = self.timing._replace(endpoint=np.where(place == 0, FIRST_ENDPOINT, beside))
            roles = np.ascontiguousarray(np.hstack([one.roles, self.roles[:, GROUPS:]]))
            found.append((roles, timing, one.settings, one.start))
        return found

    def effort(self, moves: int | None = None, tries: float = 2.5) -> Effort:
        """Return how long a chain runs: some moves, then until exact, at most `tries` times as many."""
        least = LEAST_MOVES[len(self.endpoints) > 1]
        usual = max(least, MOVES_PER_PATIENT * self.n * (1 + len(self.timing.statistic)))
        base = usual if moves is None else moves
        return Effort(
            structure=30 * self.n * min(1, len(self.kinds.columns)),
            aimed=min(500, base // 2),
            moves=base,
            last=base // LAST_PART,
            most=int(base * tries),
            strictness=8.0,
        )


def compile_problem(
    claims: Sequence[Claim],
    assumptions: Assumptions,
    vocabulary: Vocabulary = MINIMAL,
    scale: tuple[float, prior.Hyperprior] | None = None,
    beside: Sequence[Claim] = (),
) -> Problem:
    """Make claims ready for sampling.

    `scale`, the horizon in days and the hyperprior, is taken from the claims unless it is given. `beside` are
    claims on the times of further endpoints of the same patients: only scale and types follow from them.
    Raises InputError without a number of patients, ContradictionError where counts and percentages
    cannot hold together.
    """
    vocabulary = vocabulary.of({claim.id: claim.printed for claim in claims})
    if any(claim.endpoint in vocabulary.linked for claim in claims):
        return _of_several(claims, assumptions, vocabulary, scale)
    times = tuple(c for c in claims if c.endpoint in ENDPOINTS and c.statistic in STATISTIC_CODES)
    level = conf_level_of(times)
    times = tuple(c for c in times if c.statistic not in LIMITS or c.conf_level == level)
    counted = tuple(c for c in claims if is_counted(c) and not c.qualitative)
    endpoints = tuple(e for e in ENDPOINTS if any(c.endpoint == e for c in (*times, *counted))) or (FIRST,)
    size = size_claim(counted, endpoints[0])
    n, conf = int(size.value), CONF_CODES[assumptions.conf_type]
    counts.check_percentages(counted, vocabulary)
    described = _describing(times, counted, endpoints, vocabulary)
    space = kinds((*counted, *times, *beside), vocabulary, described, assumptions.excluded(vocabulary))
    second = _second(space, endpoints, vocabulary.second_population(assumptions.rfs_population))
    space = _able_to_relapse(space, second, vocabulary)
    found = counts.constraints(space, counted, vocabulary, second)
    found += _long_term_counts(space, times, vocabulary)
    told = _of_everyone(times, endpoints, space, second, vocabulary)
    groups = _groups(told, endpoints, vocabulary.course.relapses)
    horizon, hyper = scale or anchors.scale(
        (*told, *beside), endpoints, assumptions.prior, vocabulary.early_deaths
    )
    return Problem(
        n, endpoints, tuple(claims), (*counted, *times), assumptions, vocabulary, space, found, hyper,
        horizon, _counts(space, found, size), _roles(space, groups, second, endpoints, vocabulary),
        _timing(groups, vocabulary.course.relapses),
        _settings(told, endpoints, horizon, hyper, _Meaning(assumptions, vocabulary, space.columns)),
        anchors.start(told, endpoints, n, conf),
    )  # fmt: skip


def _of_several(
    claims: Sequence[Claim],
    assumptions: Assumptions,
    vocabulary: Vocabulary,
    scale: tuple[float, prior.Hyperprior] | None,
) -> Problem:
    """Make claims ready where more than one endpoint is linked with the first: a problem of each, joined.

    All have the same types of patients, the same scale and the same first endpoint.
    """
    words = {SECOND: vocabulary, **vocabulary.linked}
    timed = [c for c in claims if c.endpoint in (FIRST, *words) and c.statistic in STATISTIC_CODES]
    level = conf_level_of(timed)
    timed = [c for c in timed if c.statistic not in LIMITS or c.conf_level == level]
    counted = [_as_count(c, words) for c in claims if c.statistic not in STATISTIC_CODES]
    places = tuple(place for place in words if any(claim.endpoint == place for claim in timed))
    pairs = []
    for place in places:
        own = [replace(c, endpoint=SECOND) for c in timed if c.endpoint == place]
        own = [*(c for c in timed if c.endpoint == FIRST), *own]
        others = [replace(c, endpoint="") for c in timed if c.endpoint not in (FIRST, place)]
        alone = replace(words[place], linked={})
        pairs.append(compile_problem((*counted, *own), _meant(assumptions, alone), alone, scale, others))
    first, used = pairs[0], [c for c in pairs[0].used if c not in timed and c.endpoint != SECOND]
    joined = replace(
        first, endpoints=(FIRST, *places), claims=tuple(claims), used=(*used, *timed), vocabulary=vocabulary
    )
    return _joined(joined, pairs, NormalDist().inv_cdf((1 + level) / 2)) if len(pairs) > 1 else joined


def _meant(assumptions: Assumptions, words: Vocabulary) -> Assumptions:
    """Return assumptions with the choices that the words of one linked endpoint leave: one each."""
    days = assumptions.response_days if words.response is None else words.response.days
    return replace(assumptions, rfs_population=next(iter(words.second), ""), response_days=days)


def _as_count(claim: Claim, words: Mapping[str, Vocabulary]) -> Claim:
    """Return a claim on the number of patients with a linked endpoint as one on who has it."""
    if claim.endpoint not in words or claim.statistic != "n":
        return claim
    name = next(iter(words[claim.endpoint].second.values()), "")
    return replace(claim, statistic="count" if name else "n", endpoint=RESPONSE, category=name)


def _joined(problem: Problem, pairs: Sequence[Problem], z: float) -> Problem:
    """Return the problem of the first pair with the endpoints of the other ones linked."""
    earliest, columns = problem.roles[:, EARLIEST].copy(), [problem.roles[:, GROUPS:]]
    tables = [problem.timing]
    for place, pair in enumerate(pairs, start=1):
        settings, own = pair.settings, np.flatnonzero(pair.timing.endpoint == SECOND_ENDPOINT)
        since = settings.response_days[0] if settings.from_response else 0
        earliest = np.maximum(earliest, np.where(pair.roles[:, RFS] == 1, since + 1, 1))
        if place > 1:
            columns.append(pair.roles[:, GROUPS + own])
            tables.append(_groups_of(pair.timing, own, place))
    roles = np.hstack(columns)
    linked = []
    for pair in pairs:
        meaning = pair.roles[:, :GROUPS].copy()
        meaning[:, EARLIEST] = earliest
        linked.append(Linked(meaning, pair.settings._replace(z=z), pair.start))
    timing = functools.reduce(_stacked, tables)
    return replace(
        problem, roles=np.ascontiguousarray(np.hstack([linked[0].roles, roles])), timing=timing,
        settings=linked[0].settings, linked=tuple(linked),
    )  # fmt: skip


def _groups_of(timing: Timing, groups: NDArray[np.int64], place: int) -> Timing:
    """Return some groups of claims, as of the endpoint at a place."""
    claims = np.concatenate([np.arange(timing.first[g], timing.first[g + 1]) for g in groups])
    sizes = timing.first[groups + 1] - timing.first[groups]
    return Timing(
        np.full(len(groups), place), np.concatenate([[0], np.cumsum(sizes)]), timing.limits[groups],
        timing.response[groups], timing.statistic[claims], timing.at[claims], timing.low[claims],
        timing.high[claims], timing.compared[groups], timing.others[groups], timing.other[groups],
    )  # fmt: skip


def _stacked(one: Timing, other: Timing) -> Timing:
    """Return the groups of one table of claims, and then those of another."""
    both = Timing(*(np.concatenate(columns) for columns in zip(one, other, strict=True)))
    return both._replace(first=np.concatenate([one.first, one.first[-1] + other.first[1:]]))


def conf_level_of(times: Sequence[Claim]) -> float:
    """Return the level of the limits that the sampler meets: that of the first one printed."""
    return next((claim.conf_level for claim in times if claim.statistic in LIMITS), 0.95)


def size_claim(counted: Sequence[Claim], endpoint: str) -> Claim:
    """Return the claim that prints how many patients the first endpoint has."""
    for claim in counted:
        everyone = claim.statistic == "n" and claim.population in ("", "all")
        if everyone and claim.endpoint in (endpoint, "", RESPONSE):
            if not 1 <= claim.value <= MOST_PATIENTS:
                raise InputError(f"claims: {claim.id}: {claim.printed} found; expected 1 to {MOST_PATIENTS}")
            return claim
    raise InputError(f"claims: no number of patients; expected statistic n of {endpoint}, population all")


def _describing(
    times: Sequence[Claim], counted: Sequence[Claim], endpoints: tuple[str, ...], vocabulary: Vocabulary
) -> tuple[str, ...]:
    """Return columns that the claims on times need beside those that they name."""
    extra = []
    if any(c.statistic == "mantel_byar_p" for c in times):
        if vocabulary.response is None:
            raise InputError("claims: mantel_byar_p: expected a vocabulary that says what a response is")
        extra.append(vocabulary.response.flag)
    named = {column for c in counted for part in predicates(c, vocabulary) for column in part}
    limited = any(c.statistic == "n" and c.endpoint == SECOND for c in counted)
    if len(endpoints) == 2 and limited and not named & vocabulary.second_columns:
        extra.append(SECOND_FLAG)
    return tuple(extra)


def _second(
    space: Kinds, endpoints: tuple[str, ...], population: Predicate | None
) -> NDArray[np.bool_] | None:
    """Say which types have the second endpoint: `population`, if it is described; None without one."""
    if len(endpoints) < 2:
        return None
    if population is not None and all(column in space.columns for column in population):
        return space.member(population)
    if SECOND_FLAG in space.columns:
        return np.asarray(space.values[SECOND_FLAG] == "Y")
    return np.ones(space.size, dtype=bool)


def _of_everyone(
    times: Sequence[Claim], endpoints: tuple[str, ...], space: Kinds, second: NDArray[np.bool_] | None,
    vocabulary: Vocabulary,
) -> tuple[Claim, ...]:  # fmt: skip
    """Return claims on times; of those of the second endpoint that name its own population, as of all.

    'Median RFS of the patients in remission' is the median, and scale, of the endpoint: of nobody else.
    """
    if second is None or not second.any():
        return tuple(times)
    return tuple(
        replace(claim, population="all")
        if claim.endpoint == endpoints[1]
        and space.member(vocabulary.population(claim.population))[second].all()
        else claim
        for claim in times
    )


def _able_to_relapse(space: Kinds, second: NDArray[np.bool_] | None, vocabulary: Vocabulary) -> Kinds:
    """Leave out patients who must have relapsed but lack the second endpoint, which records a relapse."""
    if second is None:
        return space
    for rule in _described(space, vocabulary):
        if rule.relapsed:
            space = replace(space, allowed=space.allowed & ~(space.member(rule.whom) & ~second))
    return space


def _described(space: Kinds, vocabulary: Vocabulary) -> list[Rule]:
    """Return the rules on patients whose columns the claims describe; the others say nothing."""
    return [rule for rule in vocabulary.rules if set(rule.whom) <= set(space.columns)]


def _long_term_counts(
    space: Kinds, times: Sequence[Claim], vocabulary: Vocabulary
) -> tuple[counts.Constraint, ...]:
    """Carry 'observed for so many months or longer' over to the flag of long-term survivors."""
    rule = vocabulary.long_term
    if rule is None or rule.flag not in space.columns:
        return ()
    same = [
        c for c in times
        if c.statistic in ("count_at_or_beyond", "at_risk") and c.endpoint == FIRST and c.at == rule.months
    ]  # fmt: skip
    flag = space.values[rule.flag] == "Y"
    return tuple(
        counts.Constraint(
            c, (flag & space.member(predicates(c, vocabulary)[1])).astype(float), c.value, c.value
        )
        for c in same
    )


Group = tuple[int, str, list[Claim]]


def _groups(times: Sequence[Claim], endpoints: tuple[str, ...], relapses: int) -> list[Group]:
    """Gather claims on times by endpoint and population; with a least number of relapses, those of all."""
    found: dict[tuple[int, str], list[Claim]] = {}
    if relapses and len(endpoints) == 2:
        found[1, "all"] = []
    for claim in times:
        found.setdefault((endpoints.index(claim.endpoint), claim.population or "all"), []).append(claim)
    # The costliest statistic comes last: most proposals are refused before it is needed.
    for own in found.values():
        own.sort(key=lambda claim: claim.statistic == "mantel_byar_p")
    return [(endpoint, population, own) for (endpoint, population), own in found.items()]


def _counts(space: Kinds, found: Sequence[counts.Constraint], size: Claim) -> Counts:
    solution = counts.feasible(space, found, size)
    real = counts.essential(found)
    coef = (
        np.array([one.coef for one in real], dtype=np.float32).T
        if real
        else np.zeros((space.size, 0), np.float32)
    )
    sizes = np.array([len(domain) for domain in space.domains], dtype=np.int64)
    stride = np.concatenate([[1], np.cumprod(sizes)[:-1]]).astype(np.int64) if len(sizes) else sizes
    bounds = np.array([(one.low, one.high, one.scale) for one in real], dtype=float).reshape(-1, 3).T.copy()
    return Counts(
        np.ascontiguousarray(coef), bounds[0], bounds[1], bounds[2], space.allowed, stride, sizes,
        np.repeat(np.arange(space.size), solution).astype(np.int64),
    )  # fmt: skip


def _roles(
    space: Kinds,
    groups: Sequence[Group],
    second: NDArray[np.bool_] | None,
    endpoints: tuple[str, ...],
    vocabulary: Vocabulary,
) -> NDArray[np.int64]:
    """Return what each type means for the times, int64[types, GROUPS + groups] (see `structs`)."""
    everyone = np.ones(space.size, dtype=bool)
    has_second = np.zeros(space.size, dtype=bool) if second is None else second
    member = [
        space.member(vocabulary.population(population)) & (everyone if endpoint == 0 else has_second)
        for endpoint, population, _ in groups
    ]
    response, long_term = vocabulary.response, vocabulary.long_term
    earliest, after, relapsed = np.ones((3, space.size), dtype=np.int64) * [[1], [0], [0]]
    for rule in _described(space, vocabulary):
        meant = space.member(rule.whom)
        earliest[meant] = np.maximum(earliest[meant], rule.least)
        after[meant] = np.maximum(after[meant], rule.after_response)
        relapsed[meant & has_second] |= rule.relapsed
    meaning = (
        has_second,
        _flagged(space, response.flag if response is not None else "", everyone) == 1,
        earliest,
        _flagged(space, long_term.flag if long_term is not None and endpoints[0] == FIRST else "", everyone),
        _flagged(space, vocabulary.relapse_free, has_second),
        after,
        relapsed,
    )
    return np.ascontiguousarray(np.array([*meaning, *member], dtype=np.int64).T)


def _flagged(space: Kinds, flag: str, whom: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return 1 for the types with a flag, 2 for those of `whom` said to lack it, 0 for the others."""
    code = np.zeros(space.size, dtype=np.int8)
    if flag in space.columns:
        code[space.values[flag] == "Y"] = 1
        code[(space.values[flag] == "N") & whom] = 2
    return code


def _timing(groups: Sequence[Group], relapses: int) -> Timing:
    rows: list[tuple[int, float, float, float]] = []
    ends, counts_relapses = [0], []
    for endpoint, population, own in groups:
        rows += [
            (STATISTIC_CODES[c.statistic], math.nan if c.at is None else c.at * MONTH, *compiled_range(c))
            for c in own
        ]
        counts_relapses.append(bool(relapses and endpoint == 1 and population == "all"))
        if counts_relapses[-1]:
            rows.append((RELAPSES_SEEN, math.nan, float(relapses), math.inf))
        ends.append(len(rows))
    table = np.array(rows, dtype=float).reshape(-1, 4)
    return Timing(
        np.array([endpoint for endpoint, _, _ in groups], dtype=np.int64),
        np.array(ends, dtype=np.int64),
        # A relapse may become a death on the same day, which changes no key.
        _any_of(groups, "median_lower", "median_upper"),
        _any_of(groups, "mantel_byar_p") | np.array(counts_relapses, dtype=bool),
        table[:, 0].astype(np.int64), table[:, 1].copy(), table[:, 2].copy(), table[:, 3].copy(),
        np.zeros(len(groups), np.bool_), np.zeros(len(groups), np.int64),
        np.zeros((len(groups), 0), np.int64),
    )  # fmt: skip


def _any_of(groups: Sequence[Group], *statistics: str) -> NDArray[np.bool_]:
    return np.array([any(c.statistic in statistics for c in own) for _, _, own in groups], dtype=bool)


def compiled_range(claim: Claim) -> tuple[float, float]:
    """Return the lowest and highest value that agree with a claim: days, fraction, count or chi-squared."""
    from scipy.stats import chi2

    interval = claim.interval
    low, high = interval.lower, interval.upper
    unit = REGISTRY[claim.statistic].unit
    if unit == grammar.PATIENTS:
        return low, high
    if unit == grammar.PERCENT:
        return low / 100, high / 100 if interval.closed else high / 100 - 1e-9
    if unit == grammar.PROBABILITY:
        top = math.inf if low <= 0 else float(chi2.isf(low, 1))
        return float(chi2.isf(min(high, 1.0), 1)) + 1e-9, top - 1e-9
    if unit == grammar.RATIO:
        return math.log(low) if low > 0 else -math.inf, math.log(high) - (0 if interval.closed else 1e-9)
    if interval.not_reached:
        return math.inf, math.inf
    top = high * MONTH
    if claim.statistic == "rmst":
        # An area is any number; the sampler's tolerance is kept on this side of the ends.
        return low * MONTH + 2e-6, top - 2e-6
    # Times are multiples of half a day: an open upper end is the last half day before it.
    return low * MONTH, top if interval.closed else math.ceil(2 * top - 1e-6) / 2 - 0.5


@dataclass(frozen=True)
class _Meaning:
    """What assumptions and vocabulary say about the days of the patients described by some columns."""

    assumptions: Assumptions
    vocabulary: Vocabulary
    columns: tuple[str, ...]

    @property
    def from_response(self) -> bool:
        """True if the second endpoint counts from the response."""
        known = self.vocabulary.response is not None and self.vocabulary.second_columns & {*self.columns}
        return self.assumptions.rfs_origin == "response" and bool(known)

    @property
    def cut(self) -> int:
        """The first day of a long-term survivor; beyond all days without such a word."""
        rule = self.vocabulary.long_term
        return MOST_DAYS + 1 if rule is None else math.ceil(rule.months * MONTH - 1e-6)

    @property
    def known_survivors(self) -> bool:
        """True if the types say who is a long-term survivor."""
        rule = self.vocabulary.long_term
        return rule is not None and rule.flag in self.columns


def _settings(
    times: Sequence[Claim],
    endpoints: tuple[str, ...],
    horizon: float,
    hyper: prior.Hyperprior,
    meaning: _Meaning,
) -> Settings:
    longest = [
        compiled_range(c)[1] for c in times if c.statistic == "followup_max" and c.endpoint == endpoints[0]
    ]
    limit = min([MOST_DAYS, *(int(day) for day in longest if math.isfinite(day))])
    knots, relapse_knots = (prior.edges(horizon, law.centre) for law in (hyper.first, hyper.second))
    chosen, course = meaning.assumptions, meaning.vocabulary.course
    return Settings(
        knots, relapse_knots, prior.log_time_steps(knots, horizon),
        prior.log_time_steps(relapse_knots, horizon), hyper.packed(),
        hyper.first.packed(knots, horizon), hyper.second.packed(relapse_knots, horizon),
        horizon, limit, meaning.cut, meaning.known_survivors,
        NormalDist().inv_cdf((1 + conf_level_of(times)) / 2), CONF_CODES[chosen.conf_type],
        FOLLOWUP_METHODS.index(chosen.followup_method), chosen.followup_range == "alive",
        meaning.from_response, chosen.remission_day == "first_assessment",
        chosen.relapse_free == "never_relapsed",
        course.visits if chosen.rfs_censoring == "last_assessment" else 0,
        course.after_relapse if chosen.death_after_relapse == "own" else 0.0,
        float(course.accrual) if course.accrual else math.inf,
        chosen.mantel_byar_tie == "at", chosen.plateau_rule == "no_event_after",
        np.array(chosen.response_days, dtype=np.int64),
        anchors.cells([c for c in times if c.endpoint == endpoints[0]], knots, limit),
        anchors.cells([c for c in times if c.endpoint != endpoints[0]], relapse_knots, limit),
    )  # fmt: skip
