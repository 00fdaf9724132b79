"""Cohorts of a paper: drawn to meet its claims, arm by arm or arms together, then chosen by the rest.

Claims that no chain is asked to meet (`Part.chosen`, the P of two rates) are met by choice: more cohorts are
drawn than wanted, and those are kept that agree. That is conditioning on these claims, as far as the pool
goes. Where too few agree, the claim that fewest meet is given up, and only reported; so is a comparison of
times of two arms that no draw of a few meets. The standing of each claim says which it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pseudoipd import engine, judge
from pseudoipd.draw import Request, request
from pseudoipd.ensemble import Ensemble
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.paper.reading import Comparison, Paper, Part
from pseudoipd.paper.together import ERRORS, Together, near_in_events, of_long, values_of
from pseudoipd.proofs import infeasible

POOL, LEAST_POOL = 4, 100
"""So many cohorts for each that is wanted, and at least so many, are drawn where cohorts are chosen."""
_WEIGHT = {"logrank_p": 0, "hazard_ratio_lower": 1, "hazard_ratio_upper": 1, "hazard_ratio": 2}
"""What is given up last: the ratio, before its limits, which follow from it and the number of events."""
ASKED, CHOSEN = "met by each cohort", "cohorts chosen by it"
GIVEN_UP, REPORTED = "given up, as no draw of a few met it", "not asked for, only compared"
FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Drawn:
    """The cohorts of a paper: one ensemble a part, draw by draw; per claim its standing and our values.

    `values` holds, under the id of a claim, its value in each draw. At most so many successive draws are
    `of_chain`; `chains` holds of each part the number of draws that each chain gave, in their order.
    """

    paper: Paper
    ensembles: tuple[Ensemble, ...]
    standing: Mapping[str, str]
    values: Mapping[str, FloatArray]
    assumptions: Assumptions
    of_chain: int
    chains: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        """Return the number of draws."""
        return len(self.ensembles[0])


def requests(
    paper: Paper, assumptions: Mapping[str, str], seed: int, moves: int | None = None
) -> tuple[Request, ...]:
    """Return what is asked of the sampler for each part; each has random numbers of its own."""
    return tuple(
        request(part.asked, assumptions, seed + 1_000_003 * number, moves, part.vocabulary)
        for number, part in enumerate(paper.parts)
    )


def draw(
    paper: Paper,
    wanted: Sequence[Request],
    draws: int,
    executor: Executor | None = None,
    progress: Callable[[str, int], engine.Progress | None] = lambda arm, most: None,
) -> Drawn:
    """Draw `draws` cohorts of each part.

    `progress` is told what begins, and of how many cohorts: the arm that is drawn, or words and 0.
    Raises ContradictionError where no cohort can be or none is found, IncompleteError where fewer are found.
    """
    standing: dict[str, str] = {}
    for part, asked in zip(paper.parts, wanted, strict=True):
        progress("no cohort found yet" + (f" of arm {part.arm}" if part.arm else ""), 0)
        infeasible.check(asked)
        standing |= dict.fromkeys((claim.id for claim in part.printed), ASKED)
        standing |= dict.fromkeys((claim.id for claim in (*part.chosen, *paper.pooled)), REPORTED)
    standing |= dict.fromkeys((one.claim.id for one in paper.comparisons), REPORTED)
    kept: dict[int, Ensemble] = {}
    for joined_parts in _joined_parts(paper):
        found = _of_parts(paper, joined_parts, wanted, draws, executor, progress, standing)
        kept |= dict(zip(joined_parts, found, strict=True))
    ensembles = tuple(kept[k] for k in range(len(paper.parts)))
    for ensemble, part in zip(ensembles, paper.parts, strict=True):
        if len(ensemble) < draws:
            whose = f" of arm {part.arm}" if part.arm else ""
            why = " in the time allowed" if wanted[0].too_late else ""
            raise engine.IncompleteError(f"only {len(ensemble)} of {draws} cohorts{whose} were found{why}")
    numbered = tuple(_numbered(ensemble) for ensemble in ensembles)
    values = _values(paper, numbered, wanted)
    for claim in (one.claim for one in paper.comparisons if standing[one.claim.id] == GIVEN_UP):
        # What too few chains tried may hold in all cohorts nevertheless: P < .001 follows from the ratio.
        if all(claim.agrees(float(value)) for value in values[claim.id]):
            standing[claim.id] = ASKED
    of_chain = {k: _together(paper, own, wanted).of_chain for own in _joined_parts(paper) for k in own}
    chains = tuple(given(ensemble.draw, of_chain[k]) for k, ensemble in enumerate(ensembles))
    most = max(of_chain.values())
    return Drawn(paper, numbered, standing, values, wanted[0].problem.assumptions, most, chains)


def given(draws: NDArray[np.int64], of_chain: int) -> tuple[int, ...]:
    """Return how many of these draws each chain gave, those `of_chain` successive numbers being of one.

    What was begun again within such numbers counts as the same chain.

    >>> given(np.array([0, 1, 2, 5, 9, 10, 14]), 5)
    (3, 2, 2)
    """
    return tuple(np.unique(draws // of_chain, return_counts=True)[1].tolist())


def chooses(paper: Paper) -> bool:
    """Say whether cohorts must be chosen among more than are wanted."""
    return bool(paper.comparisons) or any(part.chosen for part in paper.parts)


def _joined_parts(paper: Paper) -> list[list[int]]:
    """Return the positions of the parts, those together that comparisons link."""
    of = list(range(len(paper.parts)))
    for one in paper.comparisons:
        low, high = sorted((of[one.first], of[one.second]))
        of = [low if k == high else k for k in of]
    return [[k for k, one in enumerate(of) if one == first] for first in dict.fromkeys(of)]


def _of_parts(
    paper: Paper,
    numbers: Sequence[int],
    wanted: Sequence[Request],
    draws: int,
    executor: Executor | None,
    progress: Callable[[str, int], engine.Progress | None],
    standing: dict[str, str],
) -> list[Ensemble]:
    """Return `draws` cohorts of each of the parts at `numbers`, drawn together; note how claims are met."""
    parts = [paper.parts[k] for k in numbers]
    between = _between(paper, numbers)
    fisher = [one for one in between if one.claim.statistic not in ERRORS]
    chosen = [claim for part in parts for claim in part.chosen] + [one.claim for one in fisher]
    most = max(POOL * draws, LEAST_POOL) if chosen else draws
    together = _together(paper, numbers, wanted)
    if together.comparisons:
        progress(f"trying which of {len(together.comparisons)} comparisons of arms can be met", 0)
        together = _met(together, executor)
    shown = progress(" and ".join(dict.fromkeys(part.arm for part in parts)), most)
    for one in between:
        if _compiled(one):
            standing[one.claim.id] = ASKED if one in together.comparisons else GIVEN_UP

    def agreement(drawn: Sequence[Ensemble]) -> NDArray[np.bool_]:
        found = [
            judge.verdicts(ensemble, part.chosen, wanted[k].problem.assumptions, part.vocabulary)
            for k, part, ensemble in zip(numbers, parts, drawn, strict=True)
        ]
        for one in fisher:
            values = _fisher(parts, drawn, one)
            found.append(np.array([[one.claim.agrees(float(v))] for v in values], dtype=bool).reshape(-1, 1))
        return np.concatenate(found, axis=1)

    pool = _pool(together, agreement, (draws, most), executor, shown)
    agree = agreement(pool)
    kept = most_met(agree, draws)
    standing |= dict.fromkeys((chosen[column].id for column in kept), CHOSEN)
    rows = np.flatnonzero(agree[:, kept].all(axis=1))[:draws]
    return [ensemble.subset(rows) for ensemble in pool]


def _between(paper: Paper, numbers: Sequence[int]) -> list[Comparison]:
    """Return the comparisons of the parts at `numbers`, by their positions among these."""
    return [
        replace(one, first=numbers.index(one.first), second=numbers.index(one.second))
        for one in paper.comparisons
        if one.first in numbers
    ]


def _together(paper: Paper, numbers: Sequence[int], wanted: Sequence[Request]) -> Together:
    """Return what is drawn of the parts at `numbers` together, with the comparisons that a chain can meet."""
    requests = tuple(wanted[k] for k in numbers)
    asked = tuple(one for one in _between(paper, numbers) if _compiled(one))
    together = Together(requests, asked, of_long(requests, asked))
    return near_in_events(together) if together.of_chain > 1 else together


def _compiled(one: Comparison) -> bool:
    """Say whether the sampler can meet a comparison: not a P of rates, nor a limit that is not reached."""
    return one.claim.statistic in ERRORS and not one.claim.interval.not_reached


def _met(together: Together, executor: Executor | None) -> Together:
    """Return what is drawn together, with the comparisons that a few draws can meet.

    Where none meets all, those of least weight are given up first; each comes back that can.
    """
    asked = together.comparisons
    while together.comparisons and not together.found(executor):
        least = min(_WEIGHT[one.claim.statistic] for one in together.comparisons)
        kept = tuple(one for one in together.comparisons if _WEIGHT[one.claim.statistic] > least)
        together = replace(together, comparisons=kept)
    for one in asked:
        kept = tuple(other for other in asked if other in together.comparisons or other is one)
        more = replace(together, comparisons=kept)
        if one not in together.comparisons and len(kept) < len(asked) and more.found(executor):
            together = more
    return together


def _pool(
    together: Together,
    agreement: Callable[[Sequence[Ensemble]], NDArray[np.bool_]],
    number: tuple[int, int],
    executor: Executor | None,
    progress: engine.Progress | None,
) -> list[Ensemble]:
    """Draw until the first of `number` agree with what they are chosen by, at most the second.

    What none of `LEAST_POOL` agrees with is not waited for.
    """
    least, most = number
    found: list[tuple[Ensemble, ...]] = []
    agree: list[NDArray[np.bool_]] = []
    size = max(engine.CHUNK, together.of_chain)
    for chunk in engine.chunks(together, most, executor, progress, size):
        found.append(chunk)
        agree.append(agreement(chunk))
        all_met = np.concatenate(agree)
        if len(all_met) >= LEAST_POOL:
            all_met = all_met[:, all_met.any(axis=0)]
        if all_met.all(axis=1).sum() >= least:
            break
    return [first.concatenate(rest) for first, *rest in zip(*found, strict=True)]


def most_met(agree: NDArray[np.bool_], least: int) -> list[int]:
    """Return the claims, columns of `agree` [draws, claims], that at least `least` draws meet together.

    The claim without which most draws agree is given up first.

    >>> most_met(np.array([[1, 0, 1], [1, 0, 0], [1, 1, 1]], dtype=bool), 2)
    [0, 2]
    """
    kept = list(range(agree.shape[1]))
    while kept and agree[:, kept].all(axis=1).sum() < least:
        without = [agree[:, [k for k in kept if k != one]].all(axis=1).sum() for one in kept]
        kept.pop(int(np.argmax(without)))
    # What went because of another that went later may come back.
    for one in range(agree.shape[1]):
        with_it = sorted({*kept, one})
        if agree[:, with_it].all(axis=1).sum() >= least:
            kept = with_it
    return kept


def _fisher(parts: Sequence[Part], ensembles: Sequence[Ensemble], one: Comparison) -> FloatArray:
    from scipy.stats import fisher_exact

    counts = []
    for number in (one.first, one.second):
        part, ensemble = parts[number], ensembles[number]
        inside = judge.members(ensemble, part.vocabulary.category(one.claim.category)).sum(axis=1)
        counts.append((inside, len(ensemble.subjects)))
    (a, n), (b, m) = counts
    p = cache(lambda k, j: float(fisher_exact([[k, n - k], [j, m - j]])[1]))
    return np.array([p(int(i), int(j)) for i, j in zip(a, b, strict=True)])


def _numbered(ensemble: Ensemble) -> Ensemble:
    """Return the ensemble with its draws numbered from 0, as draws of several arms belong together."""
    return Ensemble(
        ensemble.subjects, ensemble.time, ensemble.event, ensemble.columns, np.arange(len(ensemble)),
        ensemble.origin, ensemble.study,
    )  # fmt: skip


def _values(paper: Paper, ensembles: Sequence[Ensemble], wanted: Sequence[Request]) -> dict[str, FloatArray]:
    """Return our value of every printed number in each draw, by the claim's id."""
    found: dict[str, FloatArray] = {}
    for part, ensemble, asked in zip(paper.parts, ensembles, wanted, strict=True):
        own = judge.Judge(ensemble, asked.problem.assumptions, part.vocabulary)
        found |= {claim.id: own.values(claim) for claim in part.printed if not claim.qualitative}
    of_times = [one for one in paper.comparisons if one.claim.statistic in ERRORS]
    found |= values_of(ensembles, of_times)
    found |= {o.claim.id: _fisher(paper.parts, ensembles, o) for o in paper.comparisons if o not in of_times}
    if paper.pooled:
        main = [k for k, part in enumerate(paper.parts) if not part.apart]
        together = joined([ensembles[k] for k in main])
        both = judge.Judge(together, wanted[0].problem.assumptions, paper.parts[main[0]].vocabulary)
        found |= {claim.id: both.values(claim) for claim in paper.pooled}
    return found


def joined(ensembles: Sequence[Ensemble]) -> Ensemble:
    """Return the patients of several arms as one cohort a draw; what an arm does not describe is empty."""
    places = [place for place in ensembles[0].time if all(place in one.time for one in ensembles)]
    columns = {name: one.columns[name] for one in ensembles for name in one.columns}
    empty = {name: -1 if values.dtype.kind == "i" else "" for name, values in columns.items()}

    def all_of(name: str) -> NDArray[np.generic]:
        return np.concatenate(
            [one.columns.get(name, np.full(_shape(one), empty[name])) for one in ensembles], axis=1
        )

    return Ensemble(
        tuple(name for one in ensembles for name in one.subjects),
        {place: np.concatenate([one.time[place] for one in ensembles], axis=1) for place in places},
        {place: np.concatenate([one.event[place] for one in ensembles], axis=1) for place in places},
        {name: all_of(name) for name in columns},
        ensembles[0].draw, study=ensembles[0].study,
    )  # fmt: skip


def _shape(ensemble: Ensemble) -> tuple[int, int]:
    return len(ensemble), len(ensemble.subjects)
