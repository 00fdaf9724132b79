"""Who is of which type: a random walk over the assignments that meet all counts. Compiled."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.random_numbers import below, uniform
from pseudoipd.model.structs import Counts


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


@compiled()
def same_roles(roles: np.ndarray, one: int, other: int) -> bool:
    """Say whether two types mean the same for the times."""
    same = True
    for c in range(roles.shape[1]):
        same = same and roles[one, c] == roles[other, c]
    return same


@compiled()
def shuffle_structure(
    state: np.ndarray, counts: Counts, roles: np.ndarray, moves: int, kind: np.ndarray, keep: bool
) -> None:
    """Change the type of each patient by a random walk that begins and ends where all counts hold.

    With `keep` only what has no bearing on the times changes. Its stationary law is uniform over the
    assignments of allowed types. On the way the counts may be off (weight exp(-2 · patients off)), so that
    the walk is not confined to the neighbourhood of its start.
    """
    n, columns = len(kind), len(counts.size)
    if columns == 0 or moves == 0:
        return
    size = len(counts.low)
    total = np.zeros(size)
    for i in range(n):
        for c in range(size):
            total[c] += counts.coef[kind[i], c]
    trial, best = np.empty(size), kind.copy()
    loss = count_loss(total, counts)
    for step in range(2 * moves):
        if step >= moves and loss < 1e-6:
            break
        i, column = below(state, n), below(state, columns)
        stride, values = counts.stride[column], counts.size[column]
        here = (kind[i] // stride) % values
        j = i
        if uniform(state) < 0.7:
            j = below(state, n)
            there = (kind[j] // stride) % values
        else:
            there = below(state, values)
        if here == there:
            continue
        new_i = kind[i] + (there - here) * stride
        new_j = kind[j] if j == i else kind[j] + (here - there) * stride
        if not counts.allowed[new_i] or (j != i and not counts.allowed[new_j]):
            continue
        if keep and not (same_roles(roles, kind[i], new_i) and same_roles(roles, kind[j], new_j)):
            continue
        for c in range(size):
            trial[c] = total[c] + counts.coef[new_i, c] - counts.coef[kind[i], c]
            if j != i:
                trial[c] += counts.coef[new_j, c] - counts.coef[kind[j], c]
        new_loss = count_loss(trial, counts)
        sharp = 2.0 if step < moves else 4.0
        if new_loss <= loss or uniform(state) < math.exp(-sharp * (new_loss - loss)):
            kind[i] = new_i
            if j != i:
                kind[j] = new_j
            total[:] = trial
            loss = new_loss
            if loss < 1e-6:
                best[:] = kind
    if loss >= 1e-6:
        kind[:] = best
