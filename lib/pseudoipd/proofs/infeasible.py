"""The verdict on claims for which no cohort is found: a proof if there is one, else a search that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from blina_base.errors import BlinaError, ContradictionError
from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import STATISTIC_CODES
from pseudoipd.draw import Request, probe
from pseudoipd.model import constraints as counts
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.problem import Problem, compile_problem
from pseudoipd.proofs import by_counts as paths
from pseudoipd.proofs import by_followup as remissions
from pseudoipd.proofs import by_limits as limits

PROBES = 4
"""Draws that are tried before the claims are suspected."""

FIRST_RESTARTS, RESTARTS, LAST_RESTARTS = 2, 10, 200
"""Attempts of each draw before a proof is sought, for a set of claims that is searched, before the search: an
attempt that fails takes up to a third of a second, and whoever waits for a page waits for all of them."""
SEARCHES = 30
"""At most this many sets of claims are searched when the smallest set is sought without a proof."""


def check(wanted: Request) -> None:
    """Raise ContradictionError if a proof refutes the claims, or if no draw meets them.

    Where time runs out before a draw was found or the tries were used up, nothing is said of them.
    """
    kind = wanted.problem.assumptions.conf_type
    if askew := limits.conflict(wanted.problem.used, kind):
        others = [one for one in limits.SCALES if not limits.conflict(wanted.problem.used, one)]
        better = f"; another --conf-type does not exclude them: {' or '.join(others)}" if others else ""
        raise _error(askew, f"contradict one another under conf_type = {kind}{better}")
    if probe(wanted, PROBES, FIRST_RESTARTS):
        return
    proved = proved_conflict(wanted.problem)
    if proved:
        raise _error(proved, _verdict(proved, wanted.problem))
    if not probe(wanted, PROBES, LAST_RESTARTS) and not wanted.too_late:
        raise explain(wanted)


def explain(wanted: Request) -> ContradictionError:
    """Return the error for claims that no draw met and no proof refutes: those that the search blames."""
    found, searches = searched_conflict(wanted)
    return _error(
        found,
        f"no cohort was found that meets them together; {searches} sets of claims were searched, "
        f"at most {SEARCHES}, with {PROBES} draws of at most {RESTARTS} attempts each; this is not a proof",
    )


DEPENDS: Mapping[str, str] = {
    "median_lower": "conf_type",
    "median_upper": "conf_type",
    "followup_median": "followup_method",
    "followup_min": "followup_range",
    "followup_max": "followup_range",
    "plateau_from": "plateau_rule",
}
"""The assumption on which each statistic rests, beside those on the second endpoint."""


def _verdict(conflict: Sequence[Claim], problem: Problem) -> str:
    """Say that claims contradict one another: proved from what is printed alone, or under assumptions."""
    chosen = problem.assumptions
    rests = [DEPENDS[claim.statistic] for claim in conflict if claim.statistic in DEPENDS]
    if remissions.conflict(problem) == tuple(conflict):
        rests += ["rfs_origin", "rfs_censoring", "remission_day", "relapse_free", "response_days"]
    named = [f"{name} = {_choice(getattr(chosen, name))}" for name in dict.fromkeys(rests)]
    if not named:
        return "cannot hold together (proved from the counts that they allow)"
    return f"contradict one another under {', '.join(named)} (by the counts that they allow)"


def _choice(value: object) -> str:
    return "|".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _error(conflict: Sequence[Claim], verdict: str) -> ContradictionError:
    names = ", ".join(f"{claim.id} ({claim.printed})" for claim in conflict)
    return ContradictionError(f"claims: {names}: {verdict}", tuple(claim.id for claim in conflict))


def proved_conflict(problem: Problem) -> tuple[Claim, ...]:
    """Return the smallest contradictory set among all groups of claims for which a proof is found."""
    found = [one for group in _groups(problem) if (one := _group_conflict(*group, problem.assumptions))]
    if not found:
        return remissions.conflict(problem)
    return min(found, key=len)


def _group_conflict(own: Sequence[Claim], size: Claim, assumptions: Assumptions) -> tuple[Claim, ...]:
    n = int(size.value)
    if not paths.refuted(own, n, assumptions):
        return ()
    smallest = counts.smallest_conflict(own, lambda trial: not paths.refuted(trial, n, assumptions))
    return (size, *smallest)


def _groups(problem: Problem) -> list[tuple[list[Claim], Claim]]:
    """Return the claims on times of each endpoint and population of known size, and the claim on the size."""
    known = counts.known_counts(problem.used, problem.vocabulary)
    by_group: dict[tuple[str, str], list[Claim]] = {}
    for claim in problem.used:
        if claim.endpoint in problem.endpoints and claim.statistic in STATISTIC_CODES:
            by_group.setdefault((claim.endpoint, claim.population), []).append(claim)
    found = []
    for (endpoint, population), own in by_group.items():
        size = _size(problem, endpoint, population, known)
        if size is not None:
            found.append((own, size))
    return found


def _size(
    problem: Problem,
    endpoint: str,
    population: str,
    known: Mapping[counts.Condition, Claim],
) -> Claim | None:
    for claim in problem.used:
        if claim.statistic == "n" and claim.endpoint == endpoint and claim.population == population:
            return claim
    predicate = problem.vocabulary.population(population)
    if endpoint == problem.endpoints[0]:
        return known.get(counts.canonical(predicate))
    words = problem.vocabulary.linked.get(endpoint, problem.vocabulary)
    chosen = (
        problem.assumptions.rfs_population if words is problem.vocabulary else next(iter(words.second), "")
    )
    second = words.second_population(chosen)
    if second is None and endpoint in problem.vocabulary.linked:
        return known.get(counts.canonical(predicate))
    return None if second is None else known.get(counts.canonical(predicate, second))


def searched_conflict(wanted: Request) -> tuple[tuple[Claim, ...], int]:
    """Return a set of claims for which the search fails, none of them to spare, and the searches made.

    The number of patients is always kept. Once the stated number of searches is used up, what is left is
    returned.
    """
    problem = wanted.problem
    sizes = [c for c in problem.used if c.statistic == "n" and c.population in ("", "all")]
    times = [c for c in problem.used if c.statistic in STATISTIC_CODES]
    rest = [c for c in problem.used if c not in sizes and c not in times]
    made = 0

    def holds(trial: Sequence[Claim]) -> bool:
        nonlocal made
        if made >= SEARCHES or wanted.too_late:
            return True
        made += 1
        try:
            fewer = compile_problem((*sizes, *trial), problem.assumptions, problem.vocabulary)
            return probe(Request(fewer, wanted.seed, wanted.moves, wanted.until), PROBES, RESTARTS)
        except BlinaError:
            return False

    # Counts that times do not depend on go first, and at once.
    kept: list[Claim] = [*rest, *times]
    if not holds(times):
        kept = times
    smallest = counts.smallest_conflict(kept, holds)
    return (*sizes, *smallest), made
