"""Proofs that claims on times contradict one another, by the cumulative counts that they allow.

At the ends of the printed times' intervals let D patients have had the event and C have been censored. Each
claim leaves some pairs (D, C) at some of these days: S there lies between the value with all events first,
1 - D/n, and that with all censorings first, 1 - D/(n - C). If no sequence of pairs that never falls passes
all days, no cohort exists. The converse does not hold: a sequence may exist and a cohort not.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pseudoipd.claims import Claim, Interval
from pseudoipd.claims.grammar import DAYS_PER_MONTH as MONTH
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.problem import compiled_range
from pseudoipd.survival.limits import interval

HALF = 0.5
SLACK = 1e-9
END = 10**9
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Pairs:
    """All pairs (D, C) of n patients, and what they leave open about S, Greenwood's sum and follow-up."""

    n: int
    died: NDArray[np.float64]
    censored: NDArray[np.float64]

    @property
    def possible(self) -> Mask:
        """True where D + C does not exceed n."""
        return np.asarray(self.died + self.censored <= self.n)

    def extremes(
        self, died: NDArray[np.float64], others: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], ...]:
        """Return highest S with lowest Greenwood sum, lowest S with highest; `others` leave without event."""
        with np.errstate(divide="ignore", invalid="ignore"):
            left = self.n - others
            high, low = 1 - died / self.n, np.where(left > 0, 1 - died / np.maximum(left, 1), 1.0)
            least = np.where(died < self.n, died / (self.n * np.maximum(self.n - died, 1)), np.inf)
            most = np.where(died < left, died / (left * np.maximum(left - died, 1)), np.inf)
        return high, least, np.clip(low, 0, 1), np.where(died > 0, most, 0.0)


def pairs(n: int) -> Pairs:
    """Return all pairs of n patients."""
    died, censored = np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0), indexing="ij")
    return Pairs(n, died, censored)


def refuted(claims: Sequence[Claim], n: int, assumptions: Assumptions) -> bool:
    """Say whether it is proved that no n patients meet these claims on one endpoint of one population."""
    if _rises(claims) or _differ(claims):
        return True
    space = pairs(n)
    lasting = [c for c in claims if c.statistic == "plateau_from"]
    steps: dict[int, Mask] = {}

    def require(day: int, mask: Mask) -> None:
        steps[day] = steps.get(day, space.possible) & mask

    for claim in claims:
        for day, mask in conditions(claim, space, assumptions):
            require(day, mask)
    if not lasting:
        return not _passes(steps, space)
    return not any(
        _passes(_with_end(steps, lasting, space, total, assumptions), space) for total in range(n + 1)
    )


def _rises(claims: Sequence[Claim]) -> bool:
    """Say whether the claims put S higher at a later day than at an earlier one.

    S is at least one half before its median or the lower limit of that, at most one half after its median
    or the upper limit.
    """
    at_least: list[tuple[float, float]] = []
    at_most: list[tuple[float, float]] = []
    for claim in claims:
        if claim.statistic not in ("survival", "median", "median_lower", "median_upper"):
            continue
        low, high = compiled_range(claim)
        if claim.statistic == "survival":
            at_least.append(((claim.at or 0) * MONTH, low))
            at_most.append(((claim.at or 0) * MONTH, high))
        elif claim.statistic != "median_upper":
            at_least.append((END if math.isinf(low) else low - 0.5, HALF))
        if claim.statistic in ("median", "median_upper") and math.isfinite(high):
            at_most.append((high, HALF))
    return any(later >= day and s > top + SLACK for day, top in at_most for later, s in at_least)


def _differ(claims: Sequence[Claim]) -> bool:
    """Say whether the claims print two values of one number: no last digit leaves room for both."""
    printed: dict[tuple[object, ...], list[Interval]] = {}
    for claim in claims:
        printed.setdefault((claim.statistic, claim.at, claim.conf_level), []).append(claim.interval)
    return any(
        not one.ends_after(max(other.lower for other in ranges))
        for ranges in printed.values()
        for one in ranges
    )


def _with_end(
    steps: Mapping[int, Mask],
    lasting: Sequence[Claim],
    space: Pairs,
    total: int,
    assumptions: Assumptions,
) -> dict[int, Mask]:
    """Add what a plateau means if `total` patients have the event in all."""
    found = dict(steps)
    for claim in lasting:
        low, high = compiled_range(claim)
        extra = [(math.floor(high + 1e-6), space.died == total), (END, space.died == total)]
        if assumptions.plateau_rule != "no_event_after":
            extra.append((math.ceil(low - 1e-6) - 1, space.died <= total - 1))
        for day, mask in extra:
            found[day] = found.get(day, space.possible) & mask
    return found


def _passes(steps: Mapping[int, Mask], space: Pairs) -> bool:
    """Say whether a sequence of pairs that never falls satisfies every day's condition."""
    reached = (space.died == 0) & (space.censored == 0)
    for day in sorted(steps):
        reached = np.logical_or.accumulate(np.logical_or.accumulate(reached, axis=0), axis=1)
        reached &= steps[day] & space.possible
        if not reached.any():
            return False
    return True


Conditions = list[tuple[int, Mask]]


def conditions(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    """Return (day, allowed pairs up to and including it) for one claim; none for other statistics."""
    rule = RULES.get(claim.statistic)
    found = rule(claim, space, assumptions) if rule is not None else []
    return [*found, (END, space.died + space.censored == space.n)]


def _quantile(claim: Claim, not_yet: Mask, already: Mask, space: Pairs) -> Conditions:
    low, high = compiled_range(claim)
    if math.isinf(low):
        return [(END, not_yet)]
    if math.isinf(high):
        return [(math.ceil(low - 1e-6) - 1, not_yet)]
    # Whoever has the decisive event is still there before the interval.
    someone = space.died + space.censored < space.n
    return [(math.ceil(low - 1e-6) - 1, not_yet & someone), (math.floor(high + 1e-6), already)]


def _median(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    high, _, low, _ = space.extremes(space.died, space.censored)
    return _quantile(claim, high >= HALF - SLACK, low <= HALF + SLACK, space)


def _limit(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    high, least, low, most = space.extremes(space.died, space.censored)
    conf, level = assumptions.conf_type, claim.conf_level
    if claim.statistic == "median_lower":
        top = np.nan_to_num(interval(high, least, conf, level)[0], nan=0.0)
        bottom = np.nan_to_num(interval(low, most, conf, level)[0], nan=0.0)
    else:
        top = np.nan_to_num(interval(high, most, conf, level)[1], nan=1.0)
        bottom = np.nan_to_num(interval(low, least, conf, level)[1], nan=0.0)
    # Where S is 0 its limits are undefined, which is not crossing.
    top = np.where(low <= 0, 1.0, top)
    # A limit need not fall for ever: it may have been at one half at any pair that came before.
    ever = np.minimum.accumulate(np.minimum.accumulate(bottom, axis=0), axis=1)
    return _quantile(claim, top >= HALF - SLACK, ever <= HALF + SLACK, space)


def _survival(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    high, _, low, _ = space.extremes(space.died, space.censored)
    least, most = compiled_range(claim)
    return [(math.floor((claim.at or 0) * MONTH + 1e-6), (high >= least - SLACK) & (low <= most + SLACK))]


def _count(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    gone = space.died + space.censored
    return [(math.ceil((claim.at or 0) * MONTH - 1e-6) - 1, gone == space.n - claim.value)]


def _events(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    return [(END, space.died == claim.value)]


def _events_by(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    return [(math.floor((claim.at or 0) * MONTH + 1e-6), space.died == claim.value)]


def _nothing(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    """Return no condition: what is between two days decides too, or a limit that need not fall."""
    return []


def _followup(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    gone = space.died + space.censored
    if assumptions.followup_method == "survivors":
        return []
    if assumptions.followup_method == "observed":
        return _quantile(claim, gone <= space.n / 2, gone >= space.n / 2, space)
    high, _, low, _ = space.extremes(space.censored, space.died)
    return _quantile(claim, high >= HALF - SLACK, low <= HALF + SLACK, space)


def _extreme(claim: Claim, space: Pairs, assumptions: Assumptions) -> Conditions:
    gone = space.died + space.censored
    if assumptions.followup_range == "alive":
        # The last of those alive may leave long before the last death, so the longest says nothing here.
        alive = space.censored
        return _quantile(claim, alive == 0, alive >= 1, space) if claim.statistic == "followup_min" else []
    if claim.statistic == "followup_min":
        return _quantile(claim, gone == 0, gone >= 1, space)
    return _quantile(claim, gone <= space.n - 1, gone == space.n, space)


RULES: dict[str, Callable[[Claim, Pairs, Assumptions], Conditions]] = {
    "median": _median, "median_lower": _limit, "median_upper": _limit, "survival": _survival,
    "count_at_or_beyond": _count, "at_risk": _count, "events_by": _events_by,
    "survival_lower": _nothing, "survival_upper": _nothing, "rmst": _nothing, "events": _events,
    "followup_median": _followup,
    "followup_min": _extreme, "followup_max": _extreme,
}  # fmt: skip
"""What a claim of each statistic says about deaths and censorings by a day; a plateau is seen to apart."""
