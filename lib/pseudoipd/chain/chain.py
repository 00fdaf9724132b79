"""One chain: from a first guess by Metropolis moves to a cohort that meets every claim. Compiled."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.hazards import log_hyper_cens, log_hyper_hazard, tabulate, tabulate_censoring
from pseudoipd.chain.keys import SUMMARY, replace_key
from pseudoipd.chain.losses import group_loss
from pseudoipd.chain.moves import agrees, followed, key_of, log_second, log_time, pick, propose
from pseudoipd.chain.random_numbers import below, normal, uniform
from pseudoipd.chain.repair import aim
from pseudoipd.model.structs import GROUPS, KIND, STATE, Effort, Parameters, Settings, Timing

UPDATE_EVERY, PATIENTS_PER_MOVE = 5, 20
"""Moves of patients between two updates of the parameters: few, because the curve follows the parameters; one
for each twenty patients if that is more, because an update looks at all of them."""


@compiled()
def refresh(
    i: int, x: np.ndarray, now: np.ndarray, keys: np.ndarray, size: np.ndarray, dirty: np.ndarray,
    roles: np.ndarray, timing: Timing, settings: Settings,
) -> None:  # fmt: skip
    """Bring patient i's keys up to date and mark the groups whose claims must be looked at again."""
    for g in range(len(timing.endpoint)):
        if roles[x[i, KIND], GROUPS + g] == 0:
            continue
        new = key_of(x, i, timing.endpoint[g], roles, settings)
        if new != now[g, i]:
            replace_key(keys[g], size[g], now[g, i], new)
            now[g, i] = new
            dirty[g] = True
        if timing.response[g]:
            dirty[g] = True


@compiled()
def move_hazard(
    state: np.ndarray, x: np.ndarray, which: int, p: Parameters, log_first: np.ndarray,
    log_other: np.ndarray, roles: np.ndarray, settings: Settings, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Update the parameters behind one process given the times: 0 first endpoint, 1 censoring, 2 relapse."""
    hyper = settings.hyper
    current = p.theta if which == 0 else (p.cens if which == 1 else p.relapse_theta)
    centre = hyper[0] if which == 0 else hyper[12]
    distance = settings.distance if which == 0 else settings.relapse_distance
    old = current.copy()
    before = log_hyper_cens(old, hyper) if which == 1 else log_hyper_hazard(old, centre, distance, hyper)
    scale = 0.15 if uniform(state) < 0.5 else 0.6
    if which == 1:
        c = below(state, len(current))
        current[c] += (0.1 if c == 0 else 1.0) * scale * normal(state)
    elif uniform(state) < 0.25:
        shift = scale * normal(state)
        for c in range(len(current) - 1):
            current[c] += shift
    else:
        c = below(state, len(current))
        current[c] += scale * normal(state)
    if which == 1:
        after = log_hyper_cens(current, hyper)
    else:
        after = log_hyper_hazard(current, centre, distance, hyper)
    tabulate_all(p, settings)
    change = after - before
    for i in range(len(x)):
        if which == 2:
            scratch[i] = log_second(x, i, roles, settings, p.relapse_table)
            change += scratch[i] - log_other[i]
        else:
            scratch[i] = log_time(x, i, p.table, p.cens_table)
            change += scratch[i] - log_first[i]
    if math.log(uniform(state)) < change:
        if which == 2:
            log_other[:] = scratch
        else:
            log_first[:] = scratch
    else:
        current[:] = old
        tabulate_all(p, settings)


@compiled()
def tabulate_all(p: Parameters, settings: Settings) -> None:
    """Bring the tables of the prior up to date with its parameters."""
    tabulate(settings.edges, p.theta, p.table)
    tabulate(settings.relapse_edges, p.relapse_theta, p.relapse_table)
    tabulate_censoring(p.cens, settings.horizon, p.cens_table)


@compiled()
def first_losses(
    x: np.ndarray, keys: np.ndarray, now: np.ndarray, size: np.ndarray, losses: np.ndarray,
    roles: np.ndarray, timing: Timing, settings: Settings, summary: np.ndarray,
) -> float:  # fmt: skip
    """Sort each group's keys and return the sum of the losses, which are filled in."""
    total = 0.0
    for g in range(len(losses)):
        for i in range(len(x)):
            if roles[x[i, KIND], GROUPS + g] == 1:
                now[g, i] = key_of(x, i, timing.endpoint[g], roles, settings)
                keys[g, size[g]] = now[g, i]
                size[g] += 1
        keys[g, : size[g]] = np.sort(keys[g, : size[g]])
        losses[g] = group_loss(g, keys[g], size[g], x, timing, settings, summary, math.inf)
        total += losses[g]
    return total


@compiled()
def walk(
    state: np.ndarray, x: np.ndarray, p: Parameters, roles: np.ndarray, timing: Timing, settings: Settings,
    effort: Effort, second: bool,
) -> int:  # fmt: skip
    """Move the cohort `x` until all claims hold; return the number of moves, -1 if too many.

    At least `effort.moves` moves are made. The walk's law is prior times exp(-strictness · loss); at loss 0
    that is the prior given the claims.
    """
    n, groups = len(x), len(timing.endpoint)
    keys, now = np.empty((groups, n), np.int64), np.empty((groups, n), np.int64)
    size, losses = np.zeros(groups, np.int64), np.zeros(groups)
    dirty, summary = np.zeros(groups, np.bool_), np.empty(SUMMARY)
    new_losses, scratch = np.zeros(groups), np.empty(n)
    loss = first_losses(x, keys, now, size, losses, roles, timing, settings, summary)
    log_first, log_other = np.empty(n), np.zeros(n)
    for i in range(n):
        log_first[i] = log_time(x, i, p.table, p.cens_table)
        log_other[i] = log_second(x, i, roles, settings, p.relapse_table)
    old = np.empty((2, STATE), np.int64)
    processes = 3 if second else 2
    every = max(UPDATE_EVERY, n // PATIENTS_PER_MOVE)
    for step in range(effort.most):
        if step >= effort.moves and loss < 1e-9:
            return step
        if step % every == 0:
            which = (step // every) % processes
            move_hazard(state, x, which, p, log_first, log_other, roles, settings, scratch)
        kind = pick(state, second)
        i, j = below(state, n), below(state, n)
        if kind == 13:
            i, j = followed(state, x, i), followed(state, x, j)
        pair = kind == 4 or kind == 9 or kind == 10 or kind == 13
        if step < effort.aimed and len(timing.statistic) > 0 and uniform(state) < 0.5:
            i, j = aim(state, x, old, keys, size, losses, roles, timing, settings, summary)
            if i < 0:
                continue
            pair, change = j != i, 0.0
        else:
            old[0] = x[i]
            old[1] = x[j]
            change = propose(
                kind, i, j, x, state, roles, settings, p.table, p.cens_table, p.relapse_table, second
            )
        if math.isnan(change):
            continue
        if not agrees(x, i, roles, settings) or (pair and not agrees(x, j, roles, settings)):
            x[i] = old[0]
            if pair:
                x[j] = old[1]
            continue
        first_i = log_time(x, i, p.table, p.cens_table)
        other_i = log_second(x, i, roles, settings, p.relapse_table)
        change += first_i - log_first[i] + other_i - log_other[i]
        first_j = other_j = 0.0
        if pair:
            first_j = log_time(x, j, p.table, p.cens_table)
            other_j = log_second(x, j, roles, settings, p.relapse_table)
            change += first_j - log_first[j] + other_j - log_other[j]
        # Accepted if the new loss does not exceed this; most refusals need only part of it.
        bound = loss + (change - math.log(uniform(state))) / effort.strictness
        accepted = bound >= 0.0
        if accepted:
            dirty[:] = False
            refresh(i, x, now, keys, size, dirty, roles, timing, settings)
            if pair:
                refresh(j, x, now, keys, size, dirty, roles, timing, settings)
            new_loss = 0.0
            for g in range(groups):
                if not dirty[g]:
                    new_losses[g] = losses[g]
                    new_loss += losses[g]
            for g in range(groups):
                if dirty[g] and new_loss <= bound:
                    new_losses[g] = group_loss(
                        g, keys[g], size[g], x, timing, settings, summary, bound - new_loss
                    )
                    new_loss += new_losses[g]
            accepted = new_loss <= bound
            if accepted:
                loss = new_loss
                losses[:] = new_losses
                log_first[i], log_other[i] = first_i, other_i
                if pair:
                    log_first[j], log_other[j] = first_j, other_j
        if not accepted:
            x[i] = old[0]
            if pair:
                x[j] = old[1]
            refresh(i, x, now, keys, size, dirty, roles, timing, settings)
            if pair:
                refresh(j, x, now, keys, size, dirty, roles, timing, settings)
    return -1
