"""Chains from their beginning to the cohorts that they give: the outer loop, around what is compiled."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from pseudoipd.chain.assignment import shuffle_types
from pseudoipd.chain.flips import MOST_MENDS, ROOM
from pseudoipd.chain.hazards import hazard_size
from pseudoipd.chain.initial_state import draw_initial_state, new_bent
from pseudoipd.chain.keys import SUMMARY
from pseudoipd.chain.metropolis import NOT_FOUND, run_chain
from pseudoipd.chain.random_numbers import shuffle
from pseudoipd.model.structs import (
    CENS_NUMBERS,
    KIND,
    PROCESSES,
    RFS,
    STATE,
    TABLE_ROWS,
    Chain,
    Counts,
    Effort,
    Model,
    Parameters,
    Path,
    Settings,
    Start,
    Timing,
)

Random = NDArray[np.uint64]


def new_parameters(settings: Settings) -> Parameters:
    """Return room for the parameters of one cohort."""
    pieces, relapse_pieces = len(settings.edges), len(settings.relapse_edges)
    return Parameters(
        np.zeros(hazard_size(pieces, settings.law)), np.zeros(4),
        np.zeros(hazard_size(relapse_pieces, settings.relapse_law)),
        np.zeros((TABLE_ROWS, pieces)), np.zeros(CENS_NUMBERS), np.zeros((TABLE_ROWS, relapse_pieces)),
    )  # fmt: skip


def new_chain(x: NDArray[np.int64], p: Parameters, groups: int, claims: int) -> Chain:
    """Return a chain in state `x`, with room for what is kept beside it."""
    (n, width), most = x.shape, max(len(p.theta), len(p.cens), len(p.relapse_theta))
    path = Path(
        np.zeros(n), np.ones(n, np.bool_), np.zeros(claims, np.bool_), np.zeros((groups, SUMMARY)),
        np.zeros(ROOM, np.int64),
        np.zeros((ROOM, width), np.int64), np.zeros((ROOM, width), np.int64), np.zeros((ROOM, PROCESSES)),
        np.zeros(MOST_MENDS, np.int64), np.zeros(MOST_MENDS, np.int64),
    )  # fmt: skip
    return Chain(
        x, np.zeros((groups, n), np.int64), np.zeros((groups, n), np.int64), np.zeros(groups, np.int64),
        np.zeros(groups), np.zeros((n, PROCESSES)), np.zeros((2, width), np.int64), np.zeros((2, PROCESSES)),
        np.zeros(groups, np.bool_), np.zeros(groups), np.zeros(n), np.zeros(most), np.zeros(most),
        np.zeros((n, width), np.int64), path, np.zeros(SUMMARY), np.zeros(n, np.int64),
    )  # fmt: skip


def shuffled(random: Random, n: int) -> NDArray[np.int64]:
    """Return 0 … n - 1 in random order."""
    order = np.empty(n, np.int64)
    shuffle(random, order)
    return order


def begin_chain(
    random: Random, chain: Chain, p: Parameters, counts: Counts, model: Model, start: Start, effort: Effort,
    tries: Iterable[int],
) -> int:  # fmt: skip
    """Move a chain from an initial state to a cohort; return the number of moves, or NOT_FOUND.

    It is begun anew for each of `tries`, until it arrives.
    """
    n, moves = len(chain.x), NOT_FOUND
    first = new_bent(start.days, start.hazard, p.table)
    second = new_bent(start.relapse_days, start.relapse_hazard, p.relapse_table)
    for _ in tries:
        kind = counts.start[shuffled(random, n)]
        shuffle_types(random, counts, model.roles, effort.structure, kind, False)
        chain.x[:, KIND] = kind
        draw_initial_state(random, chain, p, model, start, first, second)
        moves = run_chain(random, chain, p, model, effort)
        if moves != NOT_FOUND:
            break
    return moves


def model_of(roles: NDArray[np.int64], timing: Timing, settings: Settings, counts: Counts) -> Model:
    """Return what is the same for all chains of a problem."""
    possible = np.concatenate([counts.start, np.flatnonzero(counts.allowed)])
    return Model(roles, timing, settings, bool((roles[possible, RFS] == 1).any()))


def draw_cohorts(
    states: Random, counts: Counts, model: Model, start: Start, effort: Effort, restarts: int,
    too_late: Callable[[], bool] = lambda: False,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:  # fmt: skip
    """Draw one cohort of each random state [chains, 4]; begin none, and none anew, when it is `too_late`.

    Returned are the cohorts [chains, patients, STATE], and [chains] how many moves each took, NOT_FOUND where
    there is none. Patients are numbered anew in each cohort, so that a number means nothing.
    """
    n, settings, timing = len(counts.start), model.settings, model.timing
    out = np.zeros((len(states), n, STATE), np.int64)
    moves = np.zeros(len(states), np.int64)
    p = new_parameters(settings)
    chain = new_chain(np.zeros((n, STATE), np.int64), p, len(timing.endpoint), len(timing.statistic))
    for number, random in enumerate(states):
        tries = itertools.takewhile(lambda _: not too_late(), range(restarts))
        moves[number] = begin_chain(random, chain, p, counts, model, start, effort, tries)
        out[number] = chain.x[shuffled(random, n)]
    return out, moves
