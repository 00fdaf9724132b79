"""Arms moved by turns: the chain of each knows the cohorts of the others as they are at the time.

That is one chain over all arms together. Its law is the product of the priors, given each arm's own claims
and those on two of them. An arm with several linked endpoints moves one of them with the first in each of its
turns and carries the others along (`linked`); then the law is that of all of them, given all claims.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pseudoipd.chain.assignment import shuffle_types
from pseudoipd.chain.chains import Random, new_chain, new_parameters, shuffled
from pseudoipd.chain.initial_state import draw_initial_state, new_bent
from pseudoipd.chain.linked import recall, remember
from pseudoipd.chain.losses import HOLDS
from pseudoipd.chain.metropolis import all_agree, run_chain
from pseudoipd.chain.random_numbers import normal, uniform
from pseudoipd.model.structs import (
    KIND,
    LATENT_START,
    LATENTS,
    NEVER,
    STATE,
    Chain,
    Counts,
    Effort,
    Model,
    Parameters,
    Start,
)

_OF_FIRST = ("theta", "cens", "table", "cens_table")
LEAST_TURN = 100
"""Moves of a turn, or as many as an arm has patients if that is more."""
STRICTER = 6.0
"""By how much strictness rises where no exact state was found in the last part: the law of the exact states
does not depend on it, but how long the arms stay in a ratio, limits and P that are all narrow."""


@dataclass(frozen=True, eq=False)
class Arm:
    """What is drawn of one arm beside others: `beside` says of each group of claims with which it compares.

    That is the position of the other arm and the group there that holds the same claims; -1 for its own.
    Of several linked endpoints each has a model and a start of its own. The models differ in what the second
    endpoint is; the groups of claims are the same, in the same order. A chain begins at `starts` or, where
    there are such, at those that `dispersed` gives for a standard normal number of its own.
    """

    counts: Counts
    models: tuple[Model, ...]
    starts: tuple[Start, ...]
    effort: Effort
    beside: NDArray[np.int64]  # [groups, 2]
    dispersed: Callable[[float], tuple[Start, ...]] | None = None


def draw_arms(
    states: Sequence[Random], arms: Sequence[Arm], restarts: int,
    too_late: Callable[[], bool] = lambda: False, of_chain: int = 1,
) -> tuple[tuple[NDArray[np.int64], ...], NDArray[np.bool_]]:  # fmt: skip
    """Draw cohorts of several arms that meet their own claims and those that compare them.

    `states` are random states of each arm [cohorts, 4]; so many successive cohorts are `of_chain`, by the
    state of the first. Returned are of each arm the cohorts, as from `draw_cohorts`, and [cohorts] whether
    they were found.
    """
    runs = [_Run.of(arm) for arm in arms]
    out = tuple(np.zeros((len(states[0]), *run.chain.x.shape), np.int64) for run in runs)
    found = np.zeros(len(states[0]), np.bool_)
    for number in range(len(found)):
        first = number - number % of_chain
        randoms, goes_on = [own[first] for own in states], number > first and bool(found[number - 1])
        for tried in itertools.takewhile(lambda _: not too_late(), range(restarts)):
            found[number] = _move_together(randoms, runs, tried - goes_on)
            if found[number]:
                break
        for random, run, cohorts in zip(randoms, runs, out, strict=True):
            if found[number]:
                cohorts[number] = run.chosen[shuffled(random, len(run.chosen))]
    return out, found


@dataclass(frozen=True, eq=False)
class _Run:
    """The chain of one arm, moved by turns with those of the others; `chosen` is the cohort so far.

    `p` holds the parameters by linked endpoint; those of the first endpoint are the same arrays in all.
    """

    arm: Arm
    chain: Chain
    p: tuple[Parameters, ...]
    chosen: NDArray[np.int64]

    @classmethod
    def of(cls, arm: Arm) -> _Run:
        p = [new_parameters(model.settings) for model in arm.models]
        p = [one._replace(**{name: getattr(p[0], name) for name in _OF_FIRST}) for one in p]
        linked, timing = len(arm.models) if len(arm.models) > 1 else 0, arm.models[0].timing
        x = np.zeros((len(arm.counts.start), STATE + LATENTS * linked), np.int64)
        room = max(p, key=lambda one: len(one.relapse_theta))
        return cls(arm, new_chain(x, room, len(timing.endpoint), len(timing.statistic)), tuple(p), x.copy())

    @property
    def turns(self) -> int:
        """How many turns the chain needs."""
        return -(-self.arm.effort.moves // max(LEAST_TURN, len(self.chain.x)))

    def begin(self, random: Random, begun: int) -> None:
        """Go to an initial state, and from there towards the arm's own claims: the others are not known.

        The chain was `begun` so often in vain before.
        """
        arm, chain, effort = self.arm, self.chain, self.arm.effort
        starts = arm.starts
        # From a start far off the claims may be out of reach: whoever is begun again begins at the arm's own.
        if arm.dispersed is not None and begun == 0:
            starts = arm.dispersed(normal(random))
        arm.models[0].timing.others[:] = 0
        kind = arm.counts.start[shuffled(random, len(chain.x))]
        shuffle_types(random, arm.counts, arm.models[0].roles, effort.structure, kind, False)
        chain.x[:, KIND] = kind
        for k in reversed(range(len(arm.models))):
            model, start, p = arm.models[k], starts[k], self.p[k]
            first = new_bent(start.days, start.hazard, p.table)
            second = new_bent(start.relapse_days, start.relapse_hazard, p.relapse_table)
            draw_initial_state(random, chain, p, model, start, first, second)
            if len(arm.models) > 1:
                days = model.settings.response_days
                chain.x[:, STATE + LATENTS * k + LATENT_START] = (
                    days[0] if model.settings.from_response else 0
                )
                remember(random, chain.x, k, model.roles, p.relapse_table)
        for k in range(len(arm.models)):
            self._run(random, k, effort._replace(moves=NEVER, most=effort.aimed))

    def move(self, random: Random, turn: int, moves: int, runs: Sequence[_Run], stricter: float) -> None:
        """Move on by so many moves, the other arms being as they are."""
        timing = self.arm.models[0].timing
        for g, (other, group) in enumerate(self.arm.beside):
            if other >= 0:
                known = runs[other].chain
                timing.others[g] = known.size[group]
                timing.other[g, : known.size[group]] = known.keys[group, : known.size[group]]
        effort = self.arm.effort
        effort = effort._replace(
            moves=NEVER, aimed=0, most=moves, strictness=stricter * effort.strictness
        )  # fmt: skip
        self._run(random, turn % len(self.p), effort)

    def _run(self, random: Random, k: int, effort: Effort) -> None:
        """Move the first endpoint and the k-th linked one."""
        model, p = self.arm.models[k], self.p[k]
        if len(self.p) > 1:
            recall(self.chain.x, k, model.roles)
        run_chain(random, self.chain, p, model, effort)
        if len(self.p) > 1:
            remember(random, self.chain.x, k, model.roles, p.relapse_table)

    def exact(self, place: int) -> bool:
        """Say whether all claims hold; those with an arm that has moved since are looked at there."""
        held = float(self.chain.losses[self.arm.beside[:, 0] < place].sum()) < HOLDS
        return held and all(self._agree(k) for k in range(len(self.p)))

    def _agree(self, k: int) -> bool:
        """Say whether every patient's times agree with their roles at the k-th linked endpoint."""
        model = self.arm.models[k]
        if len(self.p) > 1:
            recall(self.chain.x, k, model.roles)
        return bool(all_agree(self.chain.x, model))


def _move_together(randoms: Sequence[Random], runs: Sequence[_Run], begun: int) -> bool:
    """Move the arms by turns; keep in `chosen` cohorts that meet all claims, and say whether there are any.

    As in `run_chain` each exact state that is looked at in the last part has the same chance to be kept.
    The chain is begun anew, `begun` so often in vain before; below 0 it goes on for as long as that part.
    """
    turns, exact = max(run.turns for run in runs), 0
    effort = runs[0].arm.effort
    last, most = turns * effort.last // effort.moves, turns * effort.most // effort.moves
    moves = [-(-run.arm.effort.moves // turns) for run in runs]
    if begun >= 0:
        for random, run in zip(randoms, runs, strict=True):
            run.begin(random, begun)
        # What cannot be met from a start far off would be sought there for two further lengths of the chain.
        if begun == 0 and any(run.arm.dispersed is not None for run in runs):
            most = turns + last
    else:
        turns, most = last, most - turns + last
    for turn in range(most):
        for random, run, some in zip(randoms, runs, moves, strict=True):
            run.move(random, turn, some, runs, STRICTER if turn >= turns else 1.0)
        if turn >= turns - last and all(run.exact(place) for place, run in enumerate(runs)):
            exact += 1
            if uniform(randoms[0]) * exact < 1.0:
                for run in runs:
                    run.chosen[:] = run.chain.x
        if turn >= turns and exact > 0:
            return True
    return False
