"""Chains from their beginning to the cohorts that they give. Compiled."""

from __future__ import annotations

import numpy as np

from pseudoipd.chain.assignment import shuffle_structure
from pseudoipd.chain.chain import walk
from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.initial_state import first_guess
from pseudoipd.chain.moves import agrees
from pseudoipd.chain.random_numbers import shuffled
from pseudoipd.model.structs import KIND, RFS, STATE, Counts, Effort, Parameters, Settings, Start, Timing


@compiled()
def new_parameters(pieces: int, relapse_pieces: int) -> Parameters:
    """Return room for the parameters of one cohort."""
    return Parameters(
        np.empty(pieces + 1), np.empty(4), np.empty(relapse_pieces + 1),
        np.empty((4, pieces)), np.empty(4), np.empty((4, relapse_pieces)),
    )  # fmt: skip


@compiled()
def begin_chain(
    state: np.ndarray, counts: Counts, roles: np.ndarray, timing: Timing, settings: Settings, start: Start,
    effort: Effort, restarts: int, second: bool, x: np.ndarray, p: Parameters,
) -> int:  # fmt: skip
    """Fill `x` with the first cohort of a chain; return the number of moves, or -1 if none was found."""
    n, kind = len(x), np.empty(len(x), np.int64)
    for _ in range(restarts):
        order = shuffled(state, n)
        for i in range(n):
            kind[i] = counts.start[order[i]]
        shuffle_structure(state, counts, roles, effort.structure, kind, False)
        x[:, KIND] = kind
        first_guess(state, x, roles, settings, start, p)
        moves = walk(state, x, p, roles, timing, settings, effort, second)
        if moves >= 0 and all_agree(x, roles, settings):
            return moves
    return -1


@compiled()
def all_agree(x: np.ndarray, roles: np.ndarray, settings: Settings) -> bool:
    """Say whether every patient's times agree with their roles."""
    fine = True
    for i in range(len(x)):
        fine = fine and agrees(x, i, roles, settings)
    return fine


@compiled()
def continue_chain(
    state: np.ndarray, counts: Counts, roles: np.ndarray, timing: Timing, settings: Settings,
    effort: Effort, second: bool, x: np.ndarray, p: Parameters,
) -> int:  # fmt: skip
    """Move on from one cohort to the next of the same chain; return the number of moves, or -1."""
    kind = x[:, KIND].copy()
    shuffle_structure(state, counts, roles, effort.structure, kind, True)
    x[:, KIND] = kind
    onward = Effort(effort.structure, 0, effort.between, effort.between, effort.most, effort.strictness)
    return walk(state, x, p, roles, timing, settings, onward, second)


@compiled(nogil=True)
def draw_cohorts(
    states: np.ndarray, counts: Counts, roles: np.ndarray, timing: Timing, settings: Settings, start: Start,
    effort: Effort, restarts: int, out: np.ndarray, moves: np.ndarray,
) -> None:  # fmt: skip
    """Fill `out` [chains, draws, patients, columns], one chain per random state; `moves` -1: none was found.

    Patients are numbered anew in each draw, so that a number means nothing.
    """
    n = out.shape[2]
    x, p = np.zeros((n, STATE), np.int64), new_parameters(len(settings.edges), len(settings.relapse_edges))
    second = bool(np.any(roles[counts.start, RFS] == 1)) or bool(np.any(roles[counts.allowed, RFS] == 1))
    for chain in range(len(states)):
        state, found = states[chain], -1
        for d in range(out.shape[1]):
            if found >= 0:
                found = continue_chain(state, counts, roles, timing, settings, effort, second, x, p)
            if found < 0:
                found = begin_chain(
                    state, counts, roles, timing, settings, start, effort, restarts, second, x, p
                )
            moves[chain, d] = found
            order = shuffled(state, n)
            for i in range(n):
                out[chain, d, i] = x[order[i]]
