"""Which printed numbers follow from others, so that agreeing with them is no further evidence.

A count is a sum over the kinds of patient that the ADSL codings allow. It follows from other counts if its
sum is a linear combination of theirs, once the kinds that a printed 0 rules out are left aside.
A time follows from another claim on the same quantity that is printed at least as exactly.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from blina.vocabulary import (
    CATEGORIES,
    LONG_TERM_MONTHS,
    POPULATIONS,
    RESPONSE_STATISTICS,
    VOCABULARY,
    member,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pseudoipd.claims import Claim

_CODINGS = {
    column: (*values, "") if column in VOCABULARY.partial else values
    for column, values in VOCABULARY.codings.items()
}


def derived(claims: Sequence[Claim]) -> frozenset[str]:
    """Return the ids of the claims that follow from the others; of twins, the later one follows.

    Claims on doses and statements in words are never among them.
    """
    return _derived(tuple(claims))


@lru_cache(maxsize=4)
def _derived(claims: tuple[Claim, ...]) -> frozenset[str]:
    """Return them, once for the same claims: a reader who turns an assumption waits for no more than that."""
    return frozenset(_derived_counts(claims)) | frozenset(_derived_times(claims))


def _derived_counts(claims: Sequence[Claim]) -> Iterable[str]:
    """Yield the counts that follow: zeros within printed zeros, then sums in the span of those before."""
    excluded = np.zeros(len(next(iter(_kinds().values()))), dtype=bool)
    zeros = [claim for claim in claims if claim.statistic == "count" and claim.value == 0]
    for claim in zeros:
        counted = _counted(claim)
        if not (counted & ~excluded).any():
            yield claim.id
        excluded |= counted
    basis: list[NDArray[np.float64]] = []
    for claim in claims:
        if claim in zeros or not _is_count(claim):
            continue
        rest = _residual(_counted(claim)[~excluded].astype(float), basis)
        length = float(np.linalg.norm(rest))
        if length < 1e-6:
            yield claim.id
        else:
            basis.append(rest / length)


def _residual(vector: NDArray[np.float64], basis: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Return what is left of `vector` beyond the span of the orthonormal `basis`."""
    for _ in range(2):  # The second pass removes the rounding of the first.
        for direction in basis:
            vector = vector - (vector @ direction) * direction
    return vector


def _is_count(claim: Claim) -> bool:
    """Say whether a claim fixes how many patients are of some kinds."""
    if claim.statistic in RESPONSE_STATISTICS:
        return True
    long_term = claim.statistic == "count_at_or_beyond" and claim.at == LONG_TERM_MONTHS
    return claim.endpoint == "OS" and (claim.statistic == "n" or long_term)


def _counted(claim: Claim) -> NDArray[np.bool_]:
    """Say for each kind of patient whether a claim that is a count counts it."""
    category = "long_term_survivor" if claim.statistic == "count_at_or_beyond" else claim.category
    inside = member(_kinds(), POPULATIONS[claim.population])
    return inside & member(_kinds(), CATEGORIES[category]) if category else inside


@cache
def _kinds() -> dict[str, NDArray[np.str_]]:
    """Return every combination of ADSL codings: column → one value per kind of patient."""
    combinations = np.array(list(itertools.product(*_CODINGS.values())))
    return dict(zip(_CODINGS, combinations.T, strict=True))


def _derived_times(claims: Sequence[Claim]) -> Iterable[str]:
    """Yield time-to-event claims that a claim on the same quantity, with no wider interval, implies."""
    timed = [c for c in claims if c.endpoint and not c.qualitative and not _is_count(c)]
    for place, claim in enumerate(timed):
        for other_place, other in enumerate(timed):
            if other_place != place and _question(other) == _question(claim):
                inside = claim.interval.lower <= other.interval.lower
                inside = inside and other.interval.upper <= claim.interval.upper
                same = claim.interval == other.interval
                if (inside and not same) or (same and other_place < place):
                    yield claim.id
                    break


def _question(claim: Claim) -> tuple[object, ...]:
    return claim.endpoint, claim.statistic, claim.category, claim.population, claim.at
