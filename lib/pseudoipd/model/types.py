"""Who is of which kind: the counts that the claims print, as constraints on combinations of ADSL columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import ENDPOINTS, RESPONSE, RESPONSE_STATISTICS, Predicate
from pseudoipd.claims.vocabulary import FLAG, Vocabulary

SECOND_FLAG = "RFSFL"
"""Internal column: has the second endpoint, where no printed response says who does."""

COUNTED = frozenset({"n", *RESPONSE_STATISTICS})

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

    def member(self, predicate: Predicate) -> NDArray[np.bool_]:
        """Say for each combination whether it belongs to `predicate`; columns not described never exclude."""
        inside = np.ones(self.size, dtype=bool)
        for column, wanted in predicate.items():
            if column in self.values:
                inside &= np.isin(self.values[column], sorted(wanted))
        return inside


def is_counted(claim: Claim) -> bool:
    """Say whether a claim prints a number of patients or a share of them."""
    if claim.statistic == "n":
        return claim.endpoint in ENDPOINTS or claim.endpoint in ("", RESPONSE)
    return claim.statistic in COUNTED


def predicates(claim: Claim, vocabulary: Vocabulary) -> tuple[Predicate, Predicate]:
    """Return the predicates of a claim's category and population; everyone where none is named."""
    return vocabulary.category(claim.category), vocabulary.population(claim.population)


def kinds(
    claims: Sequence[Claim],
    vocabulary: Vocabulary,
    extra: Iterable[str] = (),
    excluded: Sequence[Predicate] = (),
) -> Kinds:
    """Return the combinations of the columns that any of `claims` mentions, and of `extra`.

    Those in `excluded` are not allowed, as those that the vocabulary calls impossible.
    """
    meant = [predicates(claim, vocabulary) for claim in claims]
    used = {column for parts in meant for part in parts for column in part} | set(extra)
    names = tuple(column for column in (*vocabulary.codings, SECOND_FLAG) if column in used)
    silent = {name: _scope(name, meant) for name in names}
    domains = tuple(_domain(name, silent[name], vocabulary) for name in names)
    grid = list(itertools.product(*reversed(domains))) or [()]
    table = np.array([row[::-1] for row in grid], dtype=str).reshape(len(grid), len(names))
    # Each column in one piece: it is looked through some hundred times.
    values = {name: column.copy() for name, column in zip(names, table.T, strict=True)}
    draft = Kinds(names, domains, values, np.ones(len(grid), dtype=bool))
    fine = _spoken_of(draft, silent, vocabulary)
    for name in set(vocabulary.flags) & set(names):
        fine &= ~_unheard_of(draft, meant, name)
    return Kinds(names, domains, values, fine & ~_impossible(draft, (*vocabulary.impossible, *excluded)))


Meant = Sequence[tuple[Predicate, Predicate]]
"""Category and population of each claim."""


def _scope(name: str, meant: Meant) -> list[Predicate] | None:
    """Return the populations for which the claims speak of a column, None for everyone."""
    scope = []
    for category, population in meant:
        if name in population:
            return None
        if name in category:
            if not population:
                return None
            scope.append(population)
    return scope or None


def _domain(name: str, scope: list[Predicate] | None, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Return the values of a column, the empty one among them where it may hold what is not spoken of."""
    values = vocabulary.codings.get(name, FLAG)
    return (*values, "") if scope is not None or name in vocabulary.partial else values


def _spoken_of(
    draft: Kinds, silent: Mapping[str, list[Predicate] | None], vocabulary: Vocabulary
) -> NDArray[np.bool_]:
    """Leave out statements on people of whom nothing is printed, and silence on the others."""
    fine = np.ones(draft.size, dtype=bool)
    for name, scope in silent.items():
        if scope is None:
            continue
        spoken = np.any([draft.member(population) for population in scope], axis=0)
        empty = draft.values[name] == ""
        fine &= np.where(spoken, ~empty | (name in vocabulary.partial), empty)
    return fine


def _unheard_of(draft: Kinds, meant: Meant, name: str) -> NDArray[np.bool_]:
    """Find combinations with a flag that nothing printed counts, such as a transplant after no remission."""
    naming = [part for parts in meant for part in parts if part.get(name) == frozenset({"Y"})]
    if not naming:
        return np.zeros(draft.size, dtype=bool)
    counted = np.any([draft.member(category) for category in naming], axis=0)
    return np.asarray((draft.values[name] == "Y") & ~counted)


def _impossible(draft: Kinds, rules: Sequence[Predicate]) -> NDArray[np.bool_]:
    """Find what the meaning of the words rules out; a rule on a column that is not described says nothing."""
    ruled_out = np.zeros(draft.size, dtype=bool)
    for rule in rules:
        if set(rule) <= set(draft.columns):
            ruled_out |= draft.member(rule)
    return ruled_out
