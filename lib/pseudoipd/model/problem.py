"""From claims and assumptions to the compiled tables of the sampler."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from blina import vocabulary
from blina_base.errors import InputError
from pseudoipd.claims import Claim
from pseudoipd.model import anchors, prior
from pseudoipd.model import constraints as counts
from pseudoipd.model.structs import Counts, Effort, Settings, Start, Timing
from pseudoipd.model.types import SECOND_FLAG, Kinds, is_counted, kinds, predicates

STATISTIC_CODES = {
    "events": 1, "median": 2, "median_lower": 3, "median_upper": 4, "survival": 5, "count_at_or_beyond": 6,
    "followup_median": 7, "followup_min": 8, "followup_max": 9, "plateau_from": 10, "mantel_byar_p": 11,
}  # fmt: skip
CONF_CODES = {"log-log": 0, "log": 1, "plain": 2}
DEFAULTS: Mapping[str, str] = {
    "conf_type": "log-log", "followup_method": "reverse-km", "rfs_population": "cr_crh",
    "rfs_origin": "response", "mrd_days": "29|71", "plateau_rule": "last_event", "mantel_byar_tie": "before",
    "days_per_month": "30.4375",
}  # fmt: skip
MOST_DAYS = 365 * 60
MOST_PATIENTS = 8000
MANY_CLAIMS = 10
PER_CHAIN = 5
LEAST_MOVES, MOVES_PER_PATIENT = 1200, 20
MONTH = vocabulary.DAYS_PER_MONTH


@dataclass(frozen=True)
class Problem:
    """A claims file made ready: `endpoints` in the order of the compiled code; `used` are the claims met."""

    n: int
    endpoints: tuple[str, ...]
    claims: tuple[Claim, ...]
    used: tuple[Claim, ...]
    assumptions: Mapping[str, str]
    kinds: Kinds
    found: tuple[counts.Constraint, ...]
    hyper: prior.Hyperprior
    horizon: float
    counts: Counts
    roles: NDArray[np.int64]
    timing: Timing
    settings: Settings
    start: Start

    @property
    def per_chain(self) -> int:
        """Return how many draws one chain gives: one, unless the claims on times are many.

        Then to begin is the costly part, and a chain that has begun goes on.
        """
        return PER_CHAIN if len(self.timing.statistic) > MANY_CLAIMS else 1

    def effort(self, moves: int | None = None, tries: float = 2.5) -> Effort:
        """Return how long a chain runs: some moves, then until exact, at most `tries` times as many."""
        base = max(LEAST_MOVES, MOVES_PER_PATIENT * self.n) if moves is None else moves
        return Effort(
            structure=30 * self.n * min(1, len(self.kinds.columns)),
            aimed=min(500, base // 2),
            moves=base,
            between=(2 * base) // 3,
            most=int(base * tries),
            strictness=8.0,
        )


def compile_problem(claims: Sequence[Claim], assumptions: Mapping[str, str] | None = None) -> Problem:
    """Make claims ready for sampling.

    Raises InputError without a number of patients, ContradictionError where counts and percentages
    cannot hold together.
    """
    chosen = {**DEFAULTS, **(assumptions or {})}
    times = tuple(c for c in claims if c.endpoint in vocabulary.ENDPOINTS and c.statistic in STATISTIC_CODES)
    counted = tuple(c for c in claims if is_counted(c) and not c.qualitative)
    endpoints = tuple(
        e for e in vocabulary.ENDPOINTS if any(c.endpoint == e for c in (*times, *counted))
    ) or ("OS",)
    size = size_claim(counted, endpoints[0])
    n = int(size.value)
    counts.check_percentages(counted)
    described = _describing(times, counted, endpoints)
    space = kinds((*counted, *times), described)
    second = _second(space, endpoints, chosen)
    found = counts.constraints(space, counted, second)
    found += _long_term_counts(space, times)
    groups = _groups(times, endpoints)
    horizon, hyper = anchors.scale(times, endpoints)
    return Problem(
        n, endpoints, tuple(claims), (*counted, *times), chosen, space, found, hyper, horizon,
        _counts(space, found, size), _roles(space, groups, second, endpoints, chosen),
        _timing(groups), _settings(times, endpoints, chosen, horizon, hyper, space),
        anchors.start(times, endpoints, n, CONF_CODES[chosen["conf_type"]]),
    )  # fmt: skip


def size_claim(counted: Sequence[Claim], endpoint: str) -> Claim:
    """Return the claim that prints how many patients the first endpoint has."""
    for claim in counted:
        everyone = claim.statistic == "n" and claim.population in ("", "all")
        if everyone and claim.endpoint in (endpoint, "", "RESPONSE"):
            if not 1 <= claim.value <= MOST_PATIENTS:
                raise InputError(f"claims: {claim.id}: {claim.printed} found; expected 1 to {MOST_PATIENTS}")
            return claim
    raise InputError(f"claims: no number of patients; expected statistic n of {endpoint}, population all")


def _describing(
    times: Sequence[Claim], counted: Sequence[Claim], endpoints: tuple[str, ...]
) -> tuple[str, ...]:
    """Return columns that the claims on times need beside those that they name."""
    extra = []
    if any(c.statistic == "mantel_byar_p" for c in times):
        extra.append("MRDRESP")
    named = {column for c in counted for part in predicates(c) for column in part}
    limited = any(c.statistic == "n" and c.endpoint == "RFS" for c in counted)
    if len(endpoints) == 2 and limited and "BESTRESP" not in named and "MRDRESP" not in named:
        extra.append(SECOND_FLAG)
    return tuple(extra)


def _second(space: Kinds, endpoints: tuple[str, ...], chosen: Mapping[str, str]) -> NDArray[np.bool_] | None:
    """Say which types have the second endpoint; None without one."""
    if len(endpoints) < 2:
        return None
    name = "mrd_responder" if chosen["rfs_population"] == "mrd_responder" else "cr_or_crh"
    predicate = vocabulary.POPULATIONS[name]
    if all(column in space.columns for column in predicate):
        return space.member(predicate)
    if SECOND_FLAG in space.columns:
        return np.asarray(space.values[SECOND_FLAG] == "Y")
    return np.ones(space.size, dtype=bool)


def _long_term_counts(space: Kinds, times: Sequence[Claim]) -> tuple[counts.Constraint, ...]:
    """Carry 'observed to 30 months or beyond' over to the flag of long-term survivors."""
    if "LTSFL" not in space.columns:
        return ()
    same = [
        c for c in times
        if c.statistic == "count_at_or_beyond" and c.endpoint == "OS" and c.at == vocabulary.LONG_TERM_MONTHS
    ]  # fmt: skip
    flag = space.values["LTSFL"] == "Y"
    return tuple(
        counts.Constraint(c, (flag & space.member(predicates(c)[1])).astype(float), c.value, c.value)
        for c in same
    )


Group = tuple[int, str, list[Claim]]


def _groups(times: Sequence[Claim], endpoints: tuple[str, ...]) -> list[Group]:
    """Gather claims on times by endpoint and population."""
    found: dict[tuple[int, str], list[Claim]] = {}
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
    chosen: Mapping[str, str],
) -> NDArray[np.int64]:
    everyone = np.ones(space.size, dtype=bool)
    has_second = np.zeros(space.size, dtype=bool) if second is None else second
    member = [
        space.member(vocabulary.POPULATIONS[population]) & (everyone if endpoint == 0 else has_second)
        for endpoint, population, _ in groups
    ]
    mrd = space.values["MRDRESP"] == "Y" if "MRDRESP" in space.columns else ~everyone
    earliest = np.ones(space.size, dtype=np.int64)
    if "BESTRESP" in space.columns:
        seen = np.isin(space.values["BESTRESP"], ("CR", "CRh", "PR", "HYPOCELLULAR"))
        earliest[seen] = vocabulary.FIRST_ASSESSMENT
    meaning = (
        has_second,
        mrd,
        earliest,
        _long_term(space, endpoints),
        _relapse_free(space, has_second),
    )
    return np.ascontiguousarray(np.array([*meaning, *member], dtype=np.int64).T)


def _long_term(space: Kinds, endpoints: tuple[str, ...]) -> NDArray[np.int8]:
    code = np.zeros(space.size, dtype=np.int8)
    if "LTSFL" in space.columns and endpoints[0] == "OS":
        code[space.values["LTSFL"] == "Y"] = 1
        code[space.values["LTSFL"] == "N"] = 2
    return code


def _relapse_free(space: Kinds, second: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Say what the flag 'relapse-free' means: in remission at last contact; otherwise relapsed or dead."""
    code = np.zeros(space.size, dtype=np.int8)
    if "RLPFRFL" in space.columns:
        code[space.values["RLPFRFL"] == "Y"] = 1
        code[(space.values["RLPFRFL"] == "N") & second] = 2
    return code


def _timing(groups: Sequence[Group]) -> Timing:
    flat = [claim for _, _, own in groups for claim in own]
    sizes = [len(own) for _, _, own in groups]
    ranges = np.array([compiled_range(claim) for claim in flat], dtype=float).reshape(-1, 2)
    return Timing(
        np.array([endpoint for endpoint, _, _ in groups], dtype=np.int64),
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        _any_of(groups, "median_lower", "median_upper"), _any_of(groups, "mantel_byar_p"),
        np.array([STATISTIC_CODES[c.statistic] for c in flat], dtype=np.int64),
        np.array([math.nan if c.at is None else c.at * MONTH for c in flat], dtype=float),
        ranges[:, 0].copy(), ranges[:, 1].copy(),
    )  # fmt: skip


def _any_of(groups: Sequence[Group], *statistics: str) -> NDArray[np.bool_]:
    return np.array([any(c.statistic in statistics for c in own) for _, _, own in groups], dtype=bool)


def compiled_range(claim: Claim) -> tuple[float, float]:
    """Return the lowest and highest value that agree with a claim: days, fraction, count or chi-squared."""
    from scipy.stats import chi2

    interval = claim.interval
    low, high = interval.lower, interval.upper
    if claim.statistic in ("events", "count_at_or_beyond"):
        return low, high
    if claim.statistic == "survival":
        return low / 100, high / 100 if interval.closed else high / 100 - 1e-9
    if claim.statistic == "mantel_byar_p":
        top = math.inf if low <= 0 else float(chi2.isf(low, 1))
        return float(chi2.isf(min(high, 1.0), 1)) + 1e-9, top - 1e-9
    if interval.not_reached:
        return math.inf, math.inf
    # Times are multiples of half a day: an open upper end is the last half day before it.
    top = high * MONTH
    return low * MONTH, top if interval.closed else math.ceil(2 * top - 1e-6) / 2 - 0.5


def _settings(
    times: Sequence[Claim],
    endpoints: tuple[str, ...],
    chosen: Mapping[str, str],
    horizon: float,
    hyper: prior.Hyperprior,
    space: Kinds,
) -> Settings:
    longest = [
        compiled_range(c)[1] for c in times if c.statistic == "followup_max" and c.endpoint == endpoints[0]
    ]
    limit = min([MOST_DAYS, *(int(day) for day in longest if math.isfinite(day))])
    days = tuple(int(day) for day in chosen["mrd_days"].split("|"))
    knots, relapse_knots = (prior.edges(horizon, c) for c in (hyper.centre, hyper.relapse_centre))
    return Settings(
        knots, relapse_knots, prior.log_time_steps(knots, horizon),
        prior.log_time_steps(relapse_knots, horizon), hyper.packed(), horizon, limit,
        math.ceil(vocabulary.LONG_TERM_MONTHS * MONTH - 1e-6),
        NormalDist().inv_cdf(0.975), CONF_CODES[chosen["conf_type"]], chosen["followup_method"] == "observed",
        chosen["rfs_origin"] == "response" and ("BESTRESP" in space.columns or "MRDRESP" in space.columns),
        chosen["mantel_byar_tie"] == "at",
        chosen["plateau_rule"] == "no_event_after", np.array(days, dtype=np.int64),
        anchors.cells([c for c in times if c.endpoint == endpoints[0]], knots, limit),
        anchors.cells([c for c in times if c.endpoint != endpoints[0]], relapse_knots, limit),
    )  # fmt: skip
