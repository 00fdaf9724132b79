"""Who is of which kind: the counts that the claims print, as constraints on combinations of ADSL columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blina import vocabulary
from pseudoipd.claims import Claim

FLAGS = ("MRDRESP", "HSCTFL", "RETRTFL", "RLPFRFL", "LTSFL", "AEINTFL")
DOMAINS: Mapping[str, tuple[str, ...]] = {
    "BESTRESP": vocabulary.BEST_RESPONSES,
    "BOR2C": vocabulary.TWO_CYCLE_RESPONSES,
    "COHORT": vocabulary.COHORTS,
    "ADDCYC": ("3",),
    **dict.fromkeys(FLAGS, ("Y", "N")),
}
SECOND_FLAG = "RFSFL"
"""Internal column: has the second endpoint, where no printed response says who does."""

RESPONSE = "RESPONSE"
COUNTED = ("n", "count", "percent", "percent_lower", "percent_upper")

Column = tuple[str, ...]


@dataclass(frozen=True)
class Kinds:
    """All combinations of the columns that the claims describe, in mixed radix, first column fastest."""

    columns: tuple[str, ...]
    domains: tuple[tuple[str, ...], ...]
    values: Mapping[str, NDArray[np.str_]]
    allowed: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of combinations, allowed or not."""
        return len(self.allowed)

    def member(self, predicate: vocabulary.Predicate) -> NDArray[np.bool_]:
        """Say for each combination whether it belongs to `predicate`; columns not described never exclude."""
        inside = np.ones(self.size, dtype=bool)
        for column, wanted in predicate.items():
            if column in self.values:
                inside &= np.isin(self.values[column], sorted(wanted))
        return inside


def is_counted(claim: Claim) -> bool:
    """Say whether a claim prints a number of patients or a share of them."""
    if claim.statistic == "n":
        return claim.endpoint in vocabulary.ENDPOINTS or claim.endpoint in ("", RESPONSE)
    return claim.statistic in COUNTED


def predicates(claim: Claim) -> tuple[vocabulary.Predicate, vocabulary.Predicate]:
    """Return the predicates of a claim's category and population; everyone where none is named."""
    category = vocabulary.CATEGORIES[claim.category] if claim.category else {}
    return category, vocabulary.POPULATIONS[claim.population or "all"]


def kinds(claims: Sequence[Claim], extra: Iterable[str] = ()) -> Kinds:
    """Return the combinations of the columns that any of `claims` mentions, and of `extra`."""
    used = {column for claim in claims for part in predicates(claim) for column in part} | set(extra)
    names = tuple(column for column in (*DOMAINS, SECOND_FLAG) if column in used)
    silent = {name: _scope(name, claims) for name in names}
    domains = tuple(_domain(name, silent[name]) for name in names)
    grid = list(itertools.product(*reversed(domains))) or [()]
    table = np.array([row[::-1] for row in grid], dtype=str).reshape(len(grid), len(names))
    values = {name: table[:, position] for position, name in enumerate(names)}
    draft = Kinds(names, domains, values, np.ones(len(grid), dtype=bool))
    return Kinds(names, domains, values, _allowed(draft, claims, silent))


def _scope(name: str, claims: Sequence[Claim]) -> list[vocabulary.Predicate] | None:
    """Return the populations for which the claims speak of a column, None for everyone."""
    scope = []
    for claim in claims:
        category, population = predicates(claim)
        if name in population:
            return None
        if name in category:
            if not population:
                return None
            scope.append(population)
    return scope or None


def _domain(name: str, scope: list[vocabulary.Predicate] | None) -> tuple[str, ...]:
    values = DOMAINS.get(name, ("Y", "N"))
    return (*values, "") if scope is not None or name == "ADDCYC" else values


def _allowed(
    draft: Kinds, claims: Sequence[Claim], silent: Mapping[str, list[vocabulary.Predicate] | None]
) -> NDArray[np.bool_]:
    """Leave out what cannot be: response rules, and statements on people of whom nothing is printed."""
    fine = np.ones(draft.size, dtype=bool)
    for name, scope in silent.items():
        if scope is None:
            continue
        spoken = np.any([draft.member(population) for population in scope], axis=0)
        empty = draft.values[name] == ""
        fine &= np.where(spoken, ~empty | (name == "ADDCYC"), empty)
    for name in set(FLAGS) & set(draft.columns):
        fine &= ~_unheard_of(draft, claims, name)
    return fine & _medical(draft)


def _unheard_of(draft: Kinds, claims: Sequence[Claim], name: str) -> NDArray[np.bool_]:
    """Find combinations with a flag that nothing printed counts, such as a transplant after no remission."""
    naming = [part for claim in claims for part in predicates(claim) if part.get(name) == frozenset({"Y"})]
    if not naming:
        return np.zeros(draft.size, dtype=bool)
    counted = np.any([draft.member(category) for category in naming], axis=0)
    return np.asarray((draft.values[name] == "Y") & ~counted)


def _medical(draft: Kinds) -> NDArray[np.bool_]:
    """Apply what the words mean: best response is at least the early one; no relapse before remission.

    Nobody is treated again while free of relapse.
    """
    fine = np.ones(draft.size, dtype=bool)
    if "RLPFRFL" in draft.columns and "RETRTFL" in draft.columns:
        fine &= (draft.values["RLPFRFL"] != "Y") | (draft.values["RETRTFL"] != "Y")
    if "BESTRESP" not in draft.columns:
        return fine
    best = draft.values["BESTRESP"]
    remission = np.isin(best, ("CR", "CRh"))
    if "BOR2C" in draft.columns:
        early = draft.values["BOR2C"]
        fine &= ((early != "CR") | (best == "CR")) & ((early != "CRh") | remission)
    if "RLPFRFL" in draft.columns:
        fine &= (draft.values["RLPFRFL"] != "Y") | remission | (best == "")
    if "MRDRESP" in draft.columns:
        fine &= (draft.values["MRDRESP"] != "Y") | (best != "NE")
    return fine
