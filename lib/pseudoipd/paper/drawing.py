"""Cohorts of a paper: each arm drawn to meet its claims, then chosen by what the sampler cannot meet.

Claims that no chain is asked to meet (`Part.chosen`, comparisons of arms) are met by choice: more cohorts are
drawn than wanted, and those are kept that agree; of two arms, those pairs. That is conditioning on these
claims, as far as the pool goes. Where too few agree, the claim that fewest meet is given up, and only
reported: the standing of each claim says which it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pseudoipd import engine, judge
from pseudoipd.claims import Claim
from pseudoipd.draw import Request, request
from pseudoipd.ensemble import Ensemble
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.paper.comparing import compared, roughly
from pseudoipd.paper.reading import Comparison, Paper, Part
from pseudoipd.proofs import infeasible

POOL, LEAST_POOL = 4, 100
"""So many cohorts for each that is wanted, and at least so many, are drawn where cohorts are chosen."""
SOME_PAIRS = 4000
MOST_PAIRS = 90_000
NEAR = 0.08
"""How far, on the log scale, the quick estimate of a hazard ratio may lie from it."""
_WEIGHT = {"hazard_ratio": 2, "logrank_p": 0, "fisher_p": 1}
"""What is given up last: the ratio, before its limits, which follow from it and the number of events."""
ASKED, CHOSEN, REPORTED = "met by each cohort", "cohorts chosen by it", "not asked for, only compared"
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Pairing:
    """How cohorts of two arms came together: for the pairs kept `met` of `printed` comparisons hold.

    `cohorts` are those of either arm; of their pairs `tried`, in random order, were compared with a quick
    estimate of the ratio, and `fitting` of those near it agreed; 0 where no pair was chosen.
    """

    arms: tuple[str, str]
    cohorts: tuple[int, int]
    tried: int
    fitting: int
    met: int
    printed: int


@dataclass(frozen=True, eq=False)
class Drawn:
    """The cohorts of a paper: one ensemble a part, draw by draw; per claim its standing and our values.

    `values` holds, under the id of a claim, its value in each draw. `pairings` says of each two arms that
    are compared among how many pairs of their cohorts the ones here were chosen.
    """

    paper: Paper
    ensembles: tuple[Ensemble, ...]
    standing: Mapping[str, str]
    values: Mapping[str, FloatArray]
    assumptions: Assumptions
    pairings: tuple[Pairing, ...] = ()

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

    Raises ContradictionError where no cohort can be or none is found, IncompleteError where fewer are found.
    """
    standing: dict[str, str] = {}
    pools = []
    for part, asked in zip(paper.parts, wanted, strict=True):
        infeasible.check(asked)
        compares = any(
            paper.parts[c.first] is part or paper.parts[c.second] is part for c in paper.comparisons
        )
        most = _most(part, draws, compares)
        least = max(draws, LEAST_POOL) if compares else draws
        pools.append(_pool(part, asked, (least, most), executor, progress(part.arm, most)))
        standing |= dict.fromkeys((claim.id for claim in part.printed), ASKED)
        standing |= dict.fromkeys((claim.id for claim in part.chosen), REPORTED)
    kept = [
        _chosen(part, asked, pool, standing, draws)
        for part, asked, pool in zip(paper.parts, wanted, pools, strict=True)
    ]
    ensembles, pairings = _paired(paper, kept, draws, wanted[0].seed, standing)
    for ensemble, part in zip(ensembles, paper.parts, strict=True):
        if len(ensemble) < draws:
            whose = f" of arm {part.arm}" if part.arm else ""
            why = " in the time allowed" if wanted[0].too_late else ""
            raise engine.IncompleteError(f"only {len(ensemble)} of {draws} cohorts{whose} were found{why}")
    numbered = tuple(_numbered(ensemble) for ensemble in ensembles)
    values = _values(paper, numbered, wanted)
    standing |= dict.fromkeys((claim.id for claim in paper.pooled), REPORTED)
    return Drawn(paper, numbered, standing, values, wanted[0].problem.assumptions, pairings)


def chooses(paper: Paper) -> bool:
    """Say whether cohorts must be chosen among more than are wanted."""
    return bool(paper.comparisons) or any(part.chosen for part in paper.parts)


def _most(part: Part, draws: int, compares: bool) -> int:
    most = max(draws, LEAST_POOL) if compares else draws
    return max(most, POOL * draws, LEAST_POOL) if part.chosen else most


def _pool(
    part: Part,
    asked: Request,
    number: tuple[int, int],
    executor: Executor | None,
    progress: engine.Progress | None,
) -> Ensemble:
    """Draw until the first of `number` agree with what they are chosen by, at most the second."""
    least, most = number
    found: list[Ensemble] = []
    agreed = 0
    for chunk in engine.chunks(asked, most, executor, progress):
        found.append(chunk)
        agreed += int(_agreement(part, asked, chunk, part.chosen).all(axis=1).sum())
        if agreed >= least:
            break
    return found[0].concatenate(found[1:])


def _agreement(part: Part, asked: Request, ensemble: Ensemble, claims: Sequence[Claim]) -> NDArray[np.bool_]:
    return judge.verdicts(ensemble, claims, asked.problem.assumptions, part.vocabulary)


def _chosen(part: Part, asked: Request, pool: Ensemble, standing: dict[str, str], least: int) -> Ensemble:
    if not part.chosen:
        return pool
    agree = _agreement(part, asked, pool, part.chosen)
    kept = most_met(agree, least)
    standing.update((part.chosen[column].id, CHOSEN) for column in kept)
    return pool.subset(np.flatnonzero(agree[:, kept].all(axis=1)))


def most_met(agree: NDArray[np.bool_], least: int, weight: Sequence[int] = ()) -> list[int]:
    """Return the claims, columns of `agree` [draws, claims], that at least `least` draws meet together.

    Of those of least weight the claim without which most draws agree is given up first.

    >>> most_met(np.array([[1, 0, 1], [1, 0, 0], [1, 1, 1]], dtype=bool), 2)
    [0, 2]
    """
    kept = list(range(agree.shape[1]))
    while kept and agree[:, kept].all(axis=1).sum() < least:
        light = min((weight[k] for k in kept), default=0) if weight else 0
        without = [
            agree[:, [k for k in kept if k != one]].all(axis=1).sum()
            if not weight or weight[one] == light else -1
            for one in kept
        ]  # fmt: skip
        kept.pop(int(np.argmax(without)))
    # What went because of another that went later may come back.
    for one in range(agree.shape[1]):
        with_it = sorted({*kept, one})
        if agree[:, with_it].all(axis=1).sum() >= least:
            kept = with_it
    return kept


def _paired(
    paper: Paper, kept: Sequence[Ensemble], draws: int, seed: int, standing: dict[str, str]
) -> tuple[list[Ensemble], tuple[Pairing, ...]]:
    """Return `draws` of each ensemble; of arms that are compared, pairs that agree with what is printed.

    At most `MOST_PAIRS` pairs are looked at, and of them `SOME_PAIRS` in full, so that it ends in time.
    """
    rows = [np.arange(min(draws, len(one))) for one in kept]
    by_arms: dict[tuple[int, int], list[Comparison]] = {}
    for one in paper.comparisons:
        by_arms.setdefault((one.first, one.second), []).append(one)
    rng = np.random.default_rng([seed, 21])
    fixed: set[int] = set()
    pairings = []
    for (first, second), comparisons in by_arms.items():
        if {first, second} & fixed:
            # An arm that was paired already stands; a third arm is only reported against it.
            standing.update((one.claim.id, REPORTED) for one in comparisons)
            continue
        tried = _pairs(rng, len(kept[first]), len(kept[second]))
        pairs = _near(paper, kept, comparisons, tried, draws)
        values = pair_values(paper, kept, comparisons, pairs)
        agree = np.stack(
            [[one.claim.agrees(float(v)) for v in values[one.claim.id]] for one in comparisons], axis=1
        )
        weight = [_WEIGHT.get(one.claim.statistic, 1) for one in comparisons]
        met = most_met(agree, draws, weight)
        standing.update((one.claim.id, CHOSEN if k in met else REPORTED) for k, one in enumerate(comparisons))
        fitting = np.flatnonzero(agree[:, met].all(axis=1))[:draws] if met else np.arange(len(pairs))[:draws]
        rows[first], rows[second] = pairs[fitting, 0], pairs[fitting, 1]
        fixed |= {first, second}
        fitted = int(agree[:, met].all(axis=1).sum()) if met else 0
        arms, sizes = (
            (paper.parts[first].arm, paper.parts[second].arm),
            (len(kept[first]), len(kept[second])),
        )
        pairings.append(Pairing(arms, sizes, len(tried), fitted, len(met), len(comparisons)))
    taken = [one.subset(np.asarray(which, dtype=np.int64)) for one, which in zip(kept, rows, strict=True)]
    return taken, tuple(pairings)


def _pairs(rng: np.random.Generator, first: int, second: int) -> NDArray[np.int64]:
    """Return pairs of draws in random order, no more than are looked at."""
    chosen = rng.permutation(first * second)[:MOST_PAIRS]
    return np.stack([chosen // second, chosen % second], axis=1)


def _near(
    paper: Paper,
    kept: Sequence[Ensemble],
    comparisons: Sequence[Comparison],
    pairs: NDArray[np.int64],
    least: int,
) -> NDArray[np.int64]:
    """Return the pairs that may have the printed ratios; all but some thousands are told apart quickly."""
    rough = {}
    for one in comparisons:
        if one.claim.statistic == "hazard_ratio":
            arms = [(kept[k].time[one.place], kept[k].event[one.place]) for k in (one.first, one.second)]
            found = roughly(arms[0], arms[1], pairs)
            rough[one.claim.id] = np.abs(np.log(found / one.claim.value)) < NEAR
    while rough:
        near = np.all(list(rough.values()), axis=0)
        if near.sum() >= least:
            return np.asarray(pairs[near][:SOME_PAIRS])
        rough.popitem()
    return pairs[:SOME_PAIRS]


def pair_values(
    paper: Paper, ensembles: Sequence[Ensemble], comparisons: Sequence[Comparison], pairs: NDArray[np.int64]
) -> dict[str, FloatArray]:
    """Return the value of each comparison, by the id of its claim, in each of `pairs` [pairs, 2] of draws."""
    found: dict[str, FloatArray] = {}

    @cache
    def of_times(first: int, second: int, place: str, level: float) -> Mapping[str, FloatArray]:
        arms = [(ensembles[k].time[place], ensembles[k].event[place]) for k in (first, second)]
        return compared(arms[0], arms[1], pairs, level)

    for one in comparisons:
        if one.claim.statistic == "fisher_p":
            found[one.claim.id] = _fisher(paper, ensembles, one, pairs)
        else:
            values = of_times(one.first, one.second, one.place, one.claim.conf_level)
            found[one.claim.id] = values[one.claim.statistic]
    return found


def _fisher(
    paper: Paper, ensembles: Sequence[Ensemble], one: Comparison, pairs: NDArray[np.int64]
) -> FloatArray:
    from scipy.stats import fisher_exact

    counts = []
    for number in (one.first, one.second):
        part, ensemble = paper.parts[number], ensembles[number]
        inside = judge.members(ensemble, part.vocabulary.category(one.claim.category)).sum(axis=1)
        counts.append((inside, len(ensemble.subjects)))
    (a, n), (b, m) = counts
    p = cache(lambda k, j: float(fisher_exact([[k, n - k], [j, m - j]])[1]))
    return np.array([p(int(a[i]), int(b[j])) for i, j in pairs])


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
    same = np.repeat(np.arange(len(ensembles[0]))[:, None], 2, axis=1)
    found |= pair_values(paper, ensembles, paper.comparisons, same)
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
