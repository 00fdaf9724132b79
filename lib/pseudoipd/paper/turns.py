"""Arms moved by turns: the chain of each knows the cohorts of the others as they are at the time.

That is one chain over all arms together. Its law is the product of the priors, given each arm's own claims
and those on two of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pseudoipd.chain.chains import Random, begin_chain, new_chain, new_parameters, shuffled
from pseudoipd.chain.losses import HOLDS
from pseudoipd.chain.metropolis import all_agree, run_chain
from pseudoipd.chain.random_numbers import uniform
from pseudoipd.model.structs import NEVER, STATE, Chain, Counts, Effort, Model, Parameters, Start

LEAST_TURN = 100
"""Moves of a turn, or as many as an arm has patients if that is more."""
STRICTER = 6.0
"""By how much strictness rises where no exact state was found in the last part: the law of the exact states
does not depend on it, but how long the arms stay in a ratio, limits and P that are all narrow."""


@dataclass(frozen=True, eq=False)
class Arm:
    """What is drawn of one arm beside others: `beside` says of each group of claims with which it compares.

    That is the position of the other arm and the group there that holds the same claims; -1 for its own.
    """

    counts: Counts
    model: Model
    start: Start
    effort: Effort
    beside: NDArray[np.int64]  # [groups, 2]


def draw_arms(
    states: Sequence[Random], arms: Sequence[Arm], restarts: int,
    too_late: Callable[[], bool] = lambda: False,
) -> tuple[tuple[NDArray[np.int64], ...], NDArray[np.bool_]]:  # fmt: skip
    """Draw cohorts of several arms that meet their own claims and those that compare them.

    `states` are random states of each arm [chains, 4]. Returned are of each arm the cohorts, as from
    `draw_cohorts`, and [chains] whether they were found.
    """
    runs = [_Run.of(arm) for arm in arms]
    out = tuple(np.zeros((len(states[0]), *run.chain.x.shape), np.int64) for run in runs)
    found = np.zeros(len(states[0]), np.bool_)
    for number, randoms in enumerate(zip(*states, strict=True)):
        for _ in itertools.takewhile(lambda _: not too_late(), range(restarts)):
            found[number] = _move_together(randoms, runs)
            if found[number]:
                break
        for random, run, cohorts in zip(randoms, runs, out, strict=True):
            if found[number]:
                cohorts[number] = run.chosen[shuffled(random, len(run.chosen))]
    return out, found


@dataclass(frozen=True, eq=False)
class _Run:
    """The chain of one arm, moved by turns with those of the others; `chosen` is the cohort so far."""

    arm: Arm
    chain: Chain
    p: Parameters
    chosen: NDArray[np.int64]

    @classmethod
    def of(cls, arm: Arm) -> _Run:
        p, timing, n = new_parameters(arm.model.settings), arm.model.timing, len(arm.counts.start)
        x = np.zeros((n, STATE), np.int64)
        return cls(arm, new_chain(x, p, len(timing.endpoint), len(timing.statistic)), p, x.copy())

    @property
    def turns(self) -> int:
        """How many turns the chain needs."""
        return -(-self.arm.effort.moves // max(LEAST_TURN, len(self.chain.x)))

    def begin(self, random: Random) -> None:
        """Go to an initial state, and from there towards the arm's own claims: the others are not known."""
        self.arm.model.timing.others[:] = 0
        effort = self.arm.effort
        begin_chain(
            random, self.chain, self.p, self.arm.counts, self.arm.model, self.arm.start,
            effort._replace(moves=NEVER, most=effort.aimed), range(1),
        )  # fmt: skip

    def move(self, random: Random, moves: int, runs: Sequence[_Run], stricter: float = 1.0) -> None:
        """Move on by so many moves, the other arms being as they are."""
        timing, model = self.arm.model.timing, self.arm.model
        for g, (other, group) in enumerate(self.arm.beside):
            if other >= 0:
                known = runs[other].chain
                timing.others[g] = known.size[group]
                timing.other[g, : known.size[group]] = known.keys[group, : known.size[group]]
        effort = self.arm.effort
        effort = effort._replace(
            moves=NEVER, aimed=0, most=moves, strictness=stricter * effort.strictness
        )  # fmt: skip
        run_chain(random, self.chain, self.p, model, effort)

    def exact(self, place: int) -> bool:
        """Say whether all claims hold; those with an arm that has moved since are looked at there."""
        held = float(self.chain.losses[self.arm.beside[:, 0] < place].sum()) < HOLDS
        return held and all_agree(self.chain.x, self.arm.model)


def _move_together(randoms: Sequence[Random], runs: Sequence[_Run]) -> bool:
    """Move the arms by turns; keep in `chosen` cohorts that meet all claims, and say whether there are any.

    As in `run_chain` each exact state that is looked at in the last part has the same chance to be kept.
    """
    for random, run in zip(randoms, runs, strict=True):
        run.begin(random)
    turns, exact = max(run.turns for run in runs), 0
    effort = runs[0].arm.effort
    last, most = turns * effort.last // effort.moves, turns * effort.most // effort.moves
    moves = [-(-run.arm.effort.moves // turns) for run in runs]
    for turn in range(most):
        for random, run, some in zip(randoms, runs, moves, strict=True):
            run.move(random, some, runs, STRICTER if turn >= turns else 1.0)
        if turn >= turns - last and all(run.exact(place) for place, run in enumerate(runs)):
            exact += 1
            if uniform(randoms[0]) * exact < 1.0:
                for run in runs:
                    run.chosen[:] = run.chain.x
        if turn >= turns and exact > 0:
            return True
    return False
