"""What some cohort has that meets every printed number: least and largest values, each with its witness.

`python -m blina_tools.cohort.bounds` writes `data/cohort/witnesses.parquet`: the cohorts, found (`climb`),
that reach farthest. Each is judged as every drawn cohort is, so a bound read off them is one that print
allows; nothing says that no other cohort reaches farther.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from blina import ensemble, facts
from blina.endpoint import bounds
from blina.vocabulary import DAYS_PER_MONTH as MONTH
from blina.vocabulary import LONG_TERM_MONTHS
from blina_base import project
from blina_tools.cohort import climb
from blina_tools.cohort.climb import Room, Target
from pseudoipd import judge, output
from pseudoipd.chain.chains import draw_cohorts, model_of
from pseudoipd.chain.keys import SUMMARY
from pseudoipd.draw import as_ensemble, stream
from pseudoipd.model import possible
from pseudoipd.model.structs import MRD, RFS, STATE

if TYPE_CHECKING:
    from pseudoipd.ensemble import Ensemble
    from pseudoipd.model.problem import Problem
    from pseudoipd.model.structs import Model

SEED, STARTS, STEPS = 2015, 4, 150_000
"""Cohorts from which each climb begins, and its steps."""
RESTARTS = 200


def targets(problem: Problem) -> dict[str, Target]:
    """Return by name the quantities of report 09 (`quantities`), as a climb is told."""
    everyone = np.ones(problem.kinds.size, dtype=bool)
    response, remission = problem.roles[:, MRD] == 1, problem.roles[:, RFS] == 1
    moved = problem.kinds.values["HSCTFL"] == "Y"
    upper = next(c.value for c in problem.used if c.statistic == "median_upper")

    def of(what: int, endpoint: int, scale: float, first: float = 0, last: float = 0) -> Target:
        return Target(
            what, endpoint, everyone if endpoint == 0 else remission, first * MONTH, last * MONTH, scale
        )

    found = {f"OS at {month}": of(climb.SURVIVAL_AT, 0, 0.03, month) for month in (6, 12, 24, 30)}
    found |= {f"RFS at {month}": of(climb.SURVIVAL_AT, 1, 0.03, month) for month in (6, 12)}
    found |= {
        "OS mean": of(climb.MEAN_UNTIL, 0, 0.3 * MONTH, last=36),
        "RFS mean": of(climb.MEAN_UNTIL, 1, 0.3 * MONTH, last=24),
        "OS events": of(climb.NUMBER, 0, 1.0),
        "RFS events": of(climb.NUMBER, 1, 1.0),
        "relapses": of(climb.RELAPSES, 1, 1.0),
        "lost": of(climb.CENSORED_BY, 0, 1.0, 0, LONG_TERM_MONTHS),
        "deaths between": of(climb.DIED_BETWEEN, 0, 1.0, upper, LONG_TERM_MONTHS),
        "hazard ratio": of(climb.RATIO, 0, 0.1),
        "early responses": of(climb.RESPONSES_ON, 0, 1.0)._replace(
            first=float(problem.settings.response_days[0])
        ),
        "median mrd_responder": of(climb.MEDIAN_AT, 0, MONTH)._replace(member=response),
        "median mrd_non_responder": of(climb.MEDIAN_AT, 0, MONTH)._replace(member=~response),
        "transplanted at 24": of(climb.SURVIVAL_AT, 0, 0.03, 24)._replace(member=moved),
        "transplanted deaths": of(climb.NUMBER, 0, 1.0)._replace(member=moved),
    }
    return found


def search(problem: Problem, names: Sequence[str] = ()) -> Iterator[tuple[str, Ensemble]]:
    """Yield for each quantity its name and two cohorts, that with the least and that with the largest value.

    Each has passed the judge and the rules on possible patients. The same problem gives the same cohorts.
    """
    model = model_of(problem.roles, problem.timing, problem.settings, problem.counts)
    starts = _starts(problem, model)
    for number, (name, target) in enumerate(targets(problem).items()):
        if names and name not in names:
            continue
        ends = [_farthest(problem, model, starts, target, sign, number) for sign in (-1.0, 1.0)]
        yield name, as_ensemble(problem, np.array(ends), np.arange(2))


def _starts(problem: Problem, model: Model) -> NDArray[np.int64]:
    states = np.array([stream(SEED, number) for number in range(STARTS)], dtype=np.uint64)
    found, moves = draw_cohorts(states, problem.counts, model, problem.start, problem.effort(), RESTARTS)
    return np.asarray(found[moves >= 0])


def _farthest(
    problem: Problem, model: Model, starts: NDArray[np.int64], target: Target, sign: float, number: int
) -> NDArray[np.int64]:
    """Return the state that goes farthest of the climbs from all starts and passes the judge."""
    best: NDArray[np.int64] = starts[0]
    value = -np.inf
    for place, start in enumerate(starts):
        room = _room(problem)
        room.best[:] = start
        random = stream(SEED, 1000 + 100 * number + 10 * place + (sign > 0))
        reached = sign * climb.climb(random, start.copy(), target, sign, STEPS, problem.counts, room, model)
        if reached > value and passes(problem, as_ensemble(problem, room.best[None], np.arange(1))):
            best, value = room.best.copy(), reached
    return best


def passes(problem: Problem, cohorts: Ensemble) -> bool:
    """Say whether all cohorts meet every claim and hold possible patients only."""
    met = judge.verdicts(cohorts, problem.used, problem.assumptions, problem.vocabulary)
    return bool(met.all() and possible.possible(cohorts, problem.vocabulary).all())


def _room(problem: Problem) -> Room:
    n = problem.n
    return Room(
        np.zeros(n, np.int64), np.zeros(SUMMARY), np.zeros(n, np.int64), np.zeros(len(problem.counts.low)),
        np.zeros((2, STATE), np.int64), np.zeros((n, STATE), np.int64),
    )  # fmt: skip


def main(path: Path | None = None) -> None:
    """Search, and write the witnesses, the two of each quantity after one another."""
    claims, chosen = facts.read_claims(), facts.assumptions()
    found = [ends for _, ends in search(ensemble.problem(claims, chosen))]
    numbered = [replace(ends, draw=ends.draw + 2 * place) for place, ends in enumerate(found)]
    noted = {ensemble.ASKED: bounds.asked(claims, chosen)}
    output.write(numbered, path or project.reference_cohort() / bounds.NAME, noted)


if __name__ == "__main__":
    main()
