"""Search for cohorts with the least or the largest value of a quantity. Compiled.

A climb begins at a drawn cohort and changes one or two patients at a time. It keeps to the claims as a chain
does, by a loss, and to the rules on possible patients; no prior has a say. It follows the quantity's slope,
at first loosely, later strictly. What it finds is a bound from within: other cohorts may reach farther.
"""

from __future__ import annotations

import functools
import math
from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from pseudoipd.chain.assignment import count_loss, propose_types
from pseudoipd.chain.keys import (
    AT_MEDIAN,
    DAY_SHIFT,
    N_EVENTS,
    PATIENT_BITS,
    PATIENT_MASK,
    curve_summary,
    mean_until,
    sort_keys,
    survival_at,
)
from pseudoipd.chain.losses import HOLDS, group_loss
from pseudoipd.chain.moves import step_size
from pseudoipd.chain.patients import agrees, key_of
from pseudoipd.chain.random_numbers import below, uniform
from pseudoipd.model.structs import (
    EVENT,
    GROUPS,
    KIND,
    MRD,
    NEVER,
    RELAPSE,
    RELAPSED,
    RESPONSE,
    RFS,
    TIME,
    UNSEEN,
    Counts,
    Model,
)

compiled = functools.partial(numba.njit, error_model="numpy")

SURVIVAL_AT, MEAN_UNTIL, NUMBER, MEDIAN_AT, RELAPSES, RATIO, CENSORED_BY, DIED_BETWEEN, RESPONSES_ON = range(
    9
)
"""What can be climbed; times in days."""
STRICTNESS = 10.0
LOOSEST, STRICTEST = 2.0, 60.0
"""Slope of the climb at its beginning and at its end, per unit of the quantity's scale."""
NEWTON = 25
FAR_DAYS = 5000.0
"""Stands for a median that is not reached."""


class Target(NamedTuple):
    """A quantity: what it is, of whom, on which endpoint, with up to two days, and what difference counts."""

    what: int
    endpoint: int
    member: NDArray[np.bool_]  # by type
    first: float
    last: float
    scale: float


class Room(NamedTuple):
    """Arrays that a climb works in, and the best cohort found."""

    keys: NDArray[np.int64]  # [n]
    summary: NDArray[np.float64]
    kind: NDArray[np.int64]  # [n]
    total: NDArray[np.float64]  # [constraints]
    before: NDArray[np.int64]  # [2, STATE]
    best: NDArray[np.int64]  # [n, STATE]


@compiled()
def loss_of(x: np.ndarray, keys: np.ndarray, summary: np.ndarray, bound: float, model: Model) -> float:
    """Return the sum of the losses of all claims; above `bound` it need not be complete."""
    loss = 0.0
    for g in range(len(model.timing.endpoint)):
        m = gathered(x, keys, GROUPS + g, model.timing.endpoint[g], model)
        loss += group_loss(g, keys, m, x, model.timing, model.settings, summary, bound - loss)
        if loss > bound:
            break
    return loss


@compiled()
def gathered(x: np.ndarray, keys: np.ndarray, role: int, endpoint: int, model: Model) -> int:
    """Fill `keys` with those of the members of a group, sorted; return how many there are."""
    m = 0
    for i in range(len(x)):
        if model.roles[x[i, KIND], role] == 1:
            keys[m] = key_of(x, i, endpoint, model.roles, model.settings)
            m += 1
    sort_keys(keys, m)
    return m


@compiled()
def value_of(x: np.ndarray, keys: np.ndarray, summary: np.ndarray, target: Target, model: Model) -> float:
    """Return the quantity in a cohort."""
    m = 0
    for i in range(len(x)):
        has = target.endpoint == 0 or model.roles[x[i, KIND], RFS] == 1
        if target.member[x[i, KIND]] and has:
            keys[m] = key_of(x, i, target.endpoint, model.roles, model.settings)
            m += 1
    sort_keys(keys, m)
    what = target.what
    if what == SURVIVAL_AT:
        return survival_at(keys, m, target.first)
    if what == MEAN_UNTIL:
        return mean_until(keys, m, target.last)
    if what == RATIO:
        return log_ratio(keys, m, x, model.settings.at_tie)
    if what in (NUMBER, MEDIAN_AT):
        curve_summary(keys, m, model.settings.z, model.settings.conf, False, summary)
        return summary[N_EVENTS] if what == NUMBER else min(FAR_DAYS, summary[AT_MEDIAN])
    return number_of(keys, m, x, target)


@compiled()
def number_of(keys: np.ndarray, m: int, x: np.ndarray, target: Target) -> float:
    """Return a number of patients: relapsed, censored or dead within days, or with a response on a day."""
    count = 0
    for k in range(m):
        i, day = keys[k] & PATIENT_MASK, keys[k] >> DAY_SHIFT
        alive, inside = (keys[k] >> PATIENT_BITS) & 1, target.first <= day < target.last
        if target.what == RELAPSES:
            count += x[i, RELAPSED]
        elif target.what == CENSORED_BY:
            count += 1 if alive == 1 and inside else 0
        elif target.what == DIED_BETWEEN:
            count += 1 if alive == 0 and inside else 0
        else:
            count += 1 if x[i, RESPONSE] == int(target.first) else 0
    return float(count)


@compiled()
def log_ratio(keys: np.ndarray, m: int, x: np.ndarray, at_tie: bool) -> float:
    """Return the log hazard ratio of a time-dependent response, by Newton's method."""
    beta = 0.0
    for _ in range(NEWTON):
        score, information = 0.0, 0.0
        for k in range(m):
            if (keys[k] >> PATIENT_BITS) & 1 == 1:
                continue
            day, with_response, without = keys[k] >> DAY_SHIFT, 0.0, 0.0
            for other in range(m):
                if (keys[other] >> DAY_SHIFT) < day:
                    continue
                response = x[keys[other] & PATIENT_MASK, RESPONSE]
                if response < day or (at_tie and response == day):
                    with_response += 1.0
                else:
                    without += 1.0
            own = x[keys[k] & PATIENT_MASK, RESPONSE]
            responded = 1.0 if own < day or (at_tie and own == day) else 0.0
            share = with_response * math.exp(beta) / (with_response * math.exp(beta) + without)
            score += responded - share
            information += share * (1.0 - share)
        if information < 1e-9:
            break
        step = max(-1.0, min(1.0, score / information))
        beta += step
        if abs(step) < 1e-9:
            break
    return max(-6.0, min(6.0, beta))


@compiled()
def change(
    random: np.ndarray, x: np.ndarray, i: int, j: int, counts: Counts, room: Room, model: Model
) -> bool:
    """Change patient i, or i and j; say whether that could be done."""
    u, settings = uniform(random), model.settings
    if u < 0.60:
        change_times(random, x, i, j, u, model)
    elif u < 0.66:
        days = settings.response_days
        if x[i, RESPONSE] >= NEVER:
            return False
        x[i, RESPONSE] = days[below(random, len(days))]
    elif u < 0.80:
        change_relapse(random, x, i, model)
    elif u < 0.86:
        x[i, UNSEEN] = below(random, settings.visits + 1)
    elif u < 0.93:
        step = step_size(random)
        x[i, TIME] += step
        x[j, TIME] -= step
    else:
        return change_types(random, x, counts, room, model)
    return True


@compiled()
def change_times(random: np.ndarray, x: np.ndarray, i: int, j: int, u: float, model: Model) -> None:
    """Shift a time, put it anywhere, change its event, or exchange two patients' times, by u < .6."""
    if u < 0.25:
        x[i, TIME] += step_size(random)
    elif u < 0.35:
        x[i, TIME] = 1 + below(random, model.settings.limit)
        x[i, EVENT] = below(random, 2)
    elif u < 0.42:
        x[i, EVENT] = 1 - x[i, EVENT]
    else:
        for column in (TIME, EVENT):
            x[i, column], x[j, column] = x[j, column], x[i, column]
        if uniform(random) < 0.5 and model.roles[x[i, KIND], RFS] == model.roles[x[j, KIND], RFS]:
            for column in (RELAPSED, RELAPSE, UNSEEN):
                x[i, column], x[j, column] = x[j, column], x[i, column]


@compiled()
def change_relapse(random: np.ndarray, x: np.ndarray, i: int, model: Model) -> None:
    """Shift a relapse, take it away, or give one anywhere."""
    u = uniform(random)
    if x[i, RELAPSED] == 1 and u < 0.5:
        x[i, RELAPSE] += step_size(random)
    elif x[i, RELAPSED] == 1 and u < 0.65:
        x[i, RELAPSED], x[i, RELAPSE] = 0, 0
    elif model.roles[x[i, KIND], RFS] == 1:
        x[i, RELAPSED], x[i, RELAPSE] = 1, 1 + below(random, max(1, x[i, TIME]))


@compiled()
def change_types(random: np.ndarray, x: np.ndarray, counts: Counts, room: Room, model: Model) -> bool:
    """Give one or two patients other types so that all counts hold; say whether that could be done.

    The patients are kept in `room.before`, and their numbers in `room.kind[:2]`.
    """
    kind, total, days = room.kind, room.total, model.settings.response_days
    for k in range(len(x)):
        kind[k] = x[k, KIND]
    i, j, new_i, new_j = propose_types(random, kind, counts)
    if new_i == kind[i] or not counts.allowed[new_i] or not counts.allowed[new_j]:
        return False
    kind[i], kind[j] = new_i, new_j
    total[:] = 0.0
    for k in range(len(x)):
        for c in range(len(total)):
            total[c] += counts.coef[kind[k], c]
    if count_loss(total, counts) > 1e-6:
        return False
    for k in range(len(room.before[0])):
        room.before[0, k], room.before[1, k] = x[i, k], x[j, k]
    for one in (i, j):
        x[one, KIND] = kind[one]
        if model.roles[kind[one], MRD] == 0:
            x[one, RESPONSE] = NEVER
        elif x[one, RESPONSE] >= NEVER:
            x[one, RESPONSE] = days[below(random, len(days))]
        if model.roles[kind[one], RFS] == 0:
            x[one, RELAPSED], x[one, RELAPSE] = 0, 0
    kind[0], kind[1] = i, j
    return True


@compiled()
def climb(
    random: np.ndarray, x: np.ndarray, target: Target, sign: float, steps: int, counts: Counts, room: Room,
    model: Model,
) -> float:  # fmt: skip
    """Climb from the state `x`; leave the best cohort in `room.best` and return its value."""
    value = value_of(x, room.keys, room.summary, target, model)
    loss = loss_of(x, room.keys, room.summary, math.inf, model)
    best = -math.inf
    for step in range(steps):
        slope = sign * LOOSEST * (STRICTEST / LOOSEST) ** (step / steps) / target.scale
        i, j = below(random, len(x)), below(random, len(x))
        room.kind[0], room.kind[1] = i, j
        for k in range(x.shape[1]):
            room.before[0, k], room.before[1, k] = x[i, k], x[j, k]
        made = change(random, x, i, j, counts, room, model)
        if made:
            i, j = room.kind[0], room.kind[1]
            made = agrees(x, i, model.roles, model.settings) and agrees(x, j, model.roles, model.settings)
        if made:
            new = value_of(x, room.keys, room.summary, target, model)
            # As in a chain: accepted with probability min(1, exp(slope · rise - strictness · rise of loss)).
            bound = loss + (slope * (new - value) - math.log(uniform(random))) / STRICTNESS
            total = loss_of(x, room.keys, room.summary, bound, model) if bound >= 0.0 else math.inf
            if total <= bound:
                value, loss = new, total
                if loss < HOLDS and sign * value > best:
                    best = sign * value
                    for k in range(len(x)):
                        for c in range(x.shape[1]):
                            room.best[k, c] = x[k, c]
                continue
        restore(x, i, j, room)
    return sign * best


@compiled()
def restore(x: np.ndarray, i: int, j: int, room: Room) -> None:
    """Undo a change: first of j, then of i, which may be the same patient."""
    for k in range(x.shape[1]):
        x[j, k] = room.before[1, k]
        x[i, k] = room.before[0, k]
