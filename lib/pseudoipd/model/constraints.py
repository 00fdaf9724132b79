"""Printed counts as linear constraints, their consistency, and whether any cohort meets them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from blina_base.errors import ContradictionError
from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import SECOND, Predicate
from pseudoipd.claims.proportion import response_statistic
from pseudoipd.claims.vocabulary import Vocabulary
from pseudoipd.model.types import Kinds, is_counted, predicates

STRICT = 1e-6


@dataclass(frozen=True)
class Constraint:
    """low ≤ Σ over patients of coef[type] ≤ high, from one claim; one patient changes the sum by `scale`."""

    claim: Claim
    coef: NDArray[np.float64]
    low: float
    high: float
    scale: float = 1.0


Condition = frozenset[tuple[str, frozenset[str]]]


def canonical(*parts: Predicate) -> Condition:
    """Return a form in which equal conditions are equal, whichever words named them."""
    merged: dict[str, frozenset[str]] = {}
    for part in parts:
        for column, allowed in part.items():
            merged[column] = merged[column] & allowed if column in merged else allowed
    return frozenset(merged.items())


def known_counts(claims: Sequence[Claim], vocabulary: Vocabulary) -> dict[Condition, Claim]:
    """Return the printed number of patients of each condition: the first claim that prints it."""
    known: dict[Condition, Claim] = {}
    later = (SECOND, *vocabulary.linked)
    for claim in claims:
        if claim.statistic in ("n", "count") and claim.endpoint not in later:
            known.setdefault(canonical(*predicates(claim, vocabulary)), claim)
    return known


def check_percentages(claims: Sequence[Claim], vocabulary: Vocabulary) -> None:
    """Raise ContradictionError at the first percentage that its printed count, or no count at all, gives."""
    known = known_counts(claims, vocabulary)
    for claim in claims:
        if not is_counted(claim) or not claim.statistic.startswith("percent"):
            continue
        category, population = predicates(claim, vocabulary)
        whole = known.get(canonical(population))
        if whole is None:
            continue
        part = known.get(canonical(category, population))
        fitting = fitting_counts(claim, int(whole.value))
        if part is not None and int(part.value) not in fitting:
            given = response_statistic(claim.statistic, int(part.value), int(whole.value), claim.conf_level)
            raise ContradictionError(
                f"{claim.id}: printed {claim.printed} %, but {part.printed} ({part.id}) of {whole.printed} "
                f"({whole.id}) is {given:.2f} %",
                (claim.id, part.id, whole.id),
            )
        if not len(fitting):
            raise ContradictionError(
                f"{claim.id}: no count of {whole.printed} patients ({whole.id}) gives {claim.printed} %",
                (claim.id, whole.id),
            )


def fitting_counts(claim: Claim, n: int) -> range:
    """Return the counts out of `n` for which the percentage, or the exact limit of it, is as printed."""
    fitting = [
        k for k in range(n + 1)
        if claim.interval.contains(response_statistic(claim.statistic, k, n, claim.conf_level))
    ]  # fmt: skip
    return range(fitting[0], fitting[-1] + 1) if fitting else range(0)


def constraints(
    kinds: Kinds, claims: Sequence[Claim], vocabulary: Vocabulary, second: NDArray[np.bool_] | None
) -> tuple[Constraint, ...]:
    """Return the constraints of all counted claims; `second` says which types have the second endpoint."""
    known = known_counts(claims, vocabulary)
    found = []
    for claim in claims:
        if is_counted(claim):
            found.extend(_constraint(kinds, claim, predicates(claim, vocabulary), known, second))
    return tuple(found)


def _constraint(
    kinds: Kinds,
    claim: Claim,
    meant: tuple[Predicate, Predicate],
    known: dict[Condition, Claim],
    second: NDArray[np.bool_] | None,
) -> list[Constraint]:
    category, population = meant
    whole = kinds.member(population)
    part = (whole & kinds.member(category)).astype(float)
    if claim.statistic in ("n", "count"):
        if claim.endpoint == SECOND and second is not None:
            part = part * second
        return [Constraint(claim, part, claim.value, claim.value)]
    size = known.get(canonical(population))
    if size is not None:
        fitting = fitting_counts(claim, int(size.value))
        return [Constraint(claim, part, float(fitting.start), float(fitting.stop - 1))] if fitting else []
    if claim.statistic != "percent":
        return []
    low, high = claim.interval.lower, claim.interval.upper
    return [
        Constraint(claim, 100 * part - low * whole, -STRICT, np.inf, 100.0),
        Constraint(claim, 100 * part - high * whole, -np.inf, -STRICT, 100.0),
    ]


def essential(found: Sequence[Constraint]) -> list[Constraint]:
    """Drop constraints that repeat another one or that another one implies."""
    by_coef: dict[bytes, Constraint] = {}
    for one in found:
        place = one.coef.tobytes()
        other = by_coef.get(place)
        low, high = (
            (one.low, one.high) if other is None else (max(one.low, other.low), min(one.high, other.high))
        )
        by_coef[place] = Constraint(one.claim, one.coef, low, high, one.scale)
    return [one for one in by_coef.values() if one.coef.any()]


def solve(kinds: Kinds, found: Sequence[Constraint], n: int) -> NDArray[np.int64] | None:
    """Return a feasible number of patients of each type, or None if the counts contradict one another.

    Integer programming (HiGHS through scipy): the answer None is a proof.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    columns = np.flatnonzero(kinds.allowed)
    rows = [np.ones(len(columns)), *(one.coef[columns] for one in found)]
    low = [float(n), *(one.low for one in found)]
    high = [float(n), *(one.high for one in found)]
    matrix, group = np.unique(np.array(rows), axis=1, return_inverse=True)
    answer = milp(
        np.zeros(matrix.shape[1]),
        constraints=LinearConstraint(matrix, low, high),
        integrality=np.ones(matrix.shape[1]),
        bounds=Bounds(0, n),
    )
    if answer.x is None:
        return None
    counts = np.zeros(kinds.size, dtype=np.int64)
    representative = [columns[np.flatnonzero(group.ravel() == g)[0]] for g in range(matrix.shape[1])]
    counts[representative] = np.round(answer.x).astype(np.int64)
    return counts


def feasible(kinds: Kinds, found: Sequence[Constraint], size: Claim) -> NDArray[np.int64]:
    """Return a feasible number of patients of each type; raise ContradictionError if there is none."""
    n = int(size.value)
    solution = solve(kinds, found, n)
    if solution is not None:
        return solution
    by_claim: dict[Claim, list[Constraint]] = {}
    for one in found:
        by_claim.setdefault(one.claim, []).append(one)

    def holds(trial: Sequence[Claim]) -> bool:
        return solve(kinds, [one for claim in trial for one in by_claim[claim]], n) is not None

    conflict = smallest_conflict([claim for claim in by_claim if claim != size], holds)
    named = ", ".join(f"{claim.id} ({claim.printed})" for claim in (size, *conflict))
    raise ContradictionError(
        f"claims: {named}: no {n} patients can have these counts together (proved)",
        tuple(claim.id for claim in (size, *conflict)),
    )


def smallest_conflict(claims: Sequence[Claim], holds: Callable[[Sequence[Claim]], bool]) -> tuple[Claim, ...]:
    """Return a subset of contradictory `claims` of which none can be left out (a deletion filter).

    `holds` says whether a set can hold together. Halves are tried first, so that most claims go at once.
    """
    kept = list(claims)
    step = max(1, len(kept) // 2)
    while True:
        position = 0
        while position < len(kept):
            trial = kept[:position] + kept[position + step :]
            if trial and not holds(trial):
                kept = trial
            else:
                position += step
        if step == 1:
            return tuple(kept)
        step = max(1, step // 2)


def extremes(
    kinds: Kinds, found: Sequence[Constraint], n: int, wanted: NDArray[np.bool_]
) -> tuple[int, int]:  # fmt: skip
    """Return the least and the largest number of patients of the `wanted` types that the counts allow.

    By integer programming, so both are exact, and both are reached by counts alone. ValueError where the
    counts allow nothing.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    columns = np.flatnonzero(kinds.allowed)
    rows = [np.ones(len(columns)), wanted[columns].astype(float), *(one.coef[columns] for one in found)]
    matrix = np.unique(np.array(rows), axis=1)
    low = [float(n), 0.0, *(one.low for one in found)]
    high = [float(n), float(n), *(one.high for one in found)]
    ends = []
    for sign in (1.0, -1.0):
        answer = milp(
            sign * matrix[1],
            constraints=LinearConstraint(matrix, low, high),
            integrality=np.ones(matrix.shape[1]),
            bounds=Bounds(0, n),
        )
        if answer.x is None:
            raise ValueError("the counts allow no cohort")
        ends.append(round(sign * answer.fun))
    return ends[0], ends[1]
