"""Who is of which type: a random walk over the assignments that meet all counts. Compiled.

In signatures `kind` int64[n] is the type of each patient and `total` float64[constraints] the number, or sum,
that each constraint of `counts` is about.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, copy_into, inlined
from pseudoipd.chain.random_numbers import below, uniform
from pseudoipd.model.structs import Counts

MEETS = 1e-6
"""A loss below this is 0: coefficients have single precision."""
PAIRS = 0.7
"""Share of the steps in which two patients exchange a value, which keeps most counts."""
STRICT, STRICTER = 2.0, 4.0
"""Log odds per patient off: on the way, and after it, when the walk only has to arrive."""


@compiled()
def count_loss(total: np.ndarray, counts: Counts) -> float:
    """Return by how many patients the counts are off."""
    loss = 0.0
    for c in range(len(total)):
        if total[c] < counts.low[c]:
            loss += (counts.low[c] - total[c]) / counts.scale[c]
        elif total[c] > counts.high[c]:
            loss += (total[c] - counts.high[c]) / counts.scale[c]
    return loss


@inlined()
def same_roles(roles: np.ndarray, one: int, other: int) -> bool:
    """Say whether two types mean the same for the times."""
    same = True
    for c in range(roles.shape[1]):
        same = same and roles[one, c] == roles[other, c]
    return same


@inlined()
def add_up(kind: np.ndarray, counts: Counts, total: np.ndarray) -> None:
    """Fill `total` with what the counts come to."""
    total[:] = 0.0
    for i in range(len(kind)):
        for c in range(len(total)):
            total[c] += counts.coef[kind[i], c]


@inlined()
def propose_types(random: np.ndarray, kind: np.ndarray, counts: Counts) -> tuple[int, int, int, int]:
    """Return patients i, j and their new types, alike in all but one column; i = j if only one is changed.

    Symmetric: the way back is proposed as often.
    """
    i, column = below(random, len(kind)), below(random, len(counts.size))
    stride, values = counts.stride[column], counts.size[column]
    here = (kind[i] // stride) % values
    j = i
    if uniform(random) < PAIRS:
        j = below(random, len(kind))
        there = (kind[j] // stride) % values
    else:
        there = below(random, values)
    new_i = kind[i] + (there - here) * stride
    new_j = new_i if j == i else kind[j] + (here - there) * stride
    return i, j, new_i, new_j


@inlined()
def may_change(
    i: int, j: int, new_i: int, new_j: int, kind: np.ndarray, counts: Counts, roles: np.ndarray, keep: bool
) -> bool:  # fmt: skip
    """Say whether two types differ from those that are and can be; with `keep`, whether the roles stay."""
    if new_i == kind[i] or not counts.allowed[new_i] or not counts.allowed[new_j]:
        return False
    return not keep or (same_roles(roles, kind[i], new_i) and same_roles(roles, kind[j], new_j))


def shuffle_types(
    random: np.ndarray, counts: Counts, roles: np.ndarray, moves: int, kind: np.ndarray, keep: bool
) -> None:
    """Change the type of each patient by a random walk that begins and ends where all counts hold.

    With `keep` only what has no bearing on the times changes. Its stationary law is uniform over the
    assignments of allowed types. On the way the counts may be off (weight exp(-2 · patients off)), so that
    the walk is not confined to the neighbourhood of its start.
    """
    if len(counts.size) > 0 and moves > 0:
        walk_types(random, counts, roles, moves, kind, keep, np.empty((2, len(counts.low))), kind.copy())


@compiled(nogil=True)
def walk_types(
    random: np.ndarray, counts: Counts, roles: np.ndarray, moves: int, kind: np.ndarray, keep: bool,
    room: np.ndarray, met: np.ndarray,
) -> None:  # fmt: skip
    """Make the walk of `shuffle_types`, in room [2, constraints]; `met` is at first the same as `kind`."""
    total, trial = room[0], room[1]
    add_up(kind, counts, total)
    loss = count_loss(total, counts)
    for step in range(2 * moves):
        # After as many steps as were asked for the walk ends at its next visit to where all counts hold …
        if step >= moves and loss < MEETS:
            break
        i, j, new_i, new_j = propose_types(random, kind, counts)
        if not may_change(i, j, new_i, new_j, kind, counts, roles, keep):
            continue
        for c in range(len(total)):
            trial[c] = total[c] + counts.coef[new_i, c] - counts.coef[kind[i], c]
            if j != i:
                trial[c] += counts.coef[new_j, c] - counts.coef[kind[j], c]
        new_loss = count_loss(trial, counts)
        strictness = STRICT if step < moves else STRICTER
        # Metropolis: the step is symmetric and the target exp(-strictness · patients off).
        if new_loss <= loss or uniform(random) < math.exp(-strictness * (new_loss - loss)):
            kind[i], kind[j] = new_i, new_j
            copy_into(total, trial)
            loss = new_loss
            if loss < MEETS:
                copy_into(met, kind)
    # … or, where it does not get there any more, at its last one.
    if loss >= MEETS:
        copy_into(kind, met)
