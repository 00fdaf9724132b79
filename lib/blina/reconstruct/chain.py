"""One chain: from a first guess by Metropolis moves to a cohort that meets every claim. Compiled."""

from __future__ import annotations

import math

import numba
import numpy as np

from blina.reconstruct import kernels as k
from blina.reconstruct import sampler as s
from blina.reconstruct.tables import Effort, Roles, Settings, Timing

# Columns of the state, one row per patient.
KIND, TIME, EVENT, RELAPSED, RELAPSE, RESPONSE = range(6)
STATE = 6


@numba.njit(cache=True)
def origin_of(row: np.ndarray, roles: Roles, settings: Settings) -> int:
    """Return the day from which a patient can relapse: the response; 0 if the claims know of none."""
    if row[RESPONSE] < s.NEVER:
        return row[RESPONSE]
    if roles.rfs[row[KIND]] and settings.from_response:
        return settings.response_days[0]
    return 0


@numba.njit(cache=True)
def agrees(row: np.ndarray, roles: Roles, settings: Settings) -> bool:
    """Say whether a patient's times agree with their roles."""
    return s.possible(
        row[KIND], row[TIME], row[EVENT], row[RELAPSED], row[RELAPSE],
        origin_of(row, roles, settings), roles, settings,
    )  # fmt: skip


@numba.njit(cache=True)
def key_of(row: np.ndarray, patient: int, endpoint: int, roles: Roles, settings: Settings) -> int:
    """Return the key of one patient at one endpoint."""
    if endpoint == 0:
        return k.make_key(row[TIME], row[EVENT], patient)
    shift = origin_of(row, roles, settings) if settings.from_response else 0
    if row[RELAPSED] == 1:
        return k.make_key(row[RELAPSE] - shift, 1, patient)
    return k.make_key(row[TIME] - shift, row[EVENT], patient)


@numba.njit(cache=True)
def log_time(row: np.ndarray, settings: Settings, theta: np.ndarray, cens: np.ndarray) -> float:
    """Return the log prior probability of a patient's time at the first endpoint."""
    return k.log_observed(row[TIME], row[EVENT], settings.edges, theta, cens, settings.horizon)


@numba.njit(cache=True)
def log_second(row: np.ndarray, roles: Roles, settings: Settings, theta: np.ndarray) -> float:
    """Return the log prior probability of a patient's relapse."""
    if not roles.rfs[row[KIND]]:
        return 0.0
    return s.log_relapse(
        True, row[RELAPSED], row[RELAPSE], row[TIME], origin_of(row, roles, settings),
        settings.relapse_edges, theta,
    )  # fmt: skip


@numba.njit(cache=True)
def refresh(
    i: int, x: np.ndarray, now: np.ndarray, keys: np.ndarray, size: np.ndarray, dirty: np.ndarray,
    roles: Roles, timing: Timing, settings: Settings,
) -> None:  # fmt: skip
    """Bring patient i's keys up to date and mark the groups whose claims must be looked at again."""
    for g in range(len(timing.endpoint)):
        if not roles.group[x[i, KIND], g]:
            continue
        new = key_of(x[i], i, timing.endpoint[g], roles, settings)
        if new != now[g, i]:
            k.replace_key(keys[g], size[g], now[g, i], new)
            now[g, i] = new
            dirty[g] = True
        if timing.response[g]:
            dirty[g] = True


@numba.njit(cache=True)
def random_day(state: np.ndarray, cells: np.ndarray) -> int:
    """Return a day from a random cell, uniform within it."""
    c = k.below(state, len(cells) - 1)
    return cells[c] + k.below(state, cells[c + 1] - cells[c])


@numba.njit(cache=True)
def log_cell(day: int, cells: np.ndarray) -> float:
    """Return the log probability with which `random_day` proposes `day`, but for a constant."""
    if day < cells[0] or day >= cells[-1]:
        return -50.0
    c = np.searchsorted(cells, day, side="right") - 1
    return -math.log(cells[c + 1] - cells[c])


@numba.njit(cache=True)
def step_size(state: np.ndarray) -> int:
    """Return a symmetric step in days, mostly of a few days, sometimes of months."""
    scale = 4.0 if k.uniform(state) < 0.5 else 60.0
    size = 1 + int(-scale * math.log(k.uniform(state)))
    return size if k.uniform(state) < 0.5 else -size


@numba.njit(cache=True)
def redraw(row: np.ndarray, state: np.ndarray, roles: Roles, settings: Settings,
           theta: np.ndarray, cens: np.ndarray) -> None:  # fmt: skip
    """Draw a patient's time at the first endpoint anew from the prior."""
    died = k.draw_event_day(state, settings.edges, theta, s.NEVER)
    seen = k.draw_censoring_day(state, cens, settings.horizon)
    row[TIME] = min(died, seen)
    row[EVENT] = 1 if died <= seen else 0


@numba.njit(cache=True)
def redraw_relapse(row: np.ndarray, state: np.ndarray, roles: Roles, settings: Settings,
                   theta: np.ndarray) -> None:  # fmt: skip
    """Draw a patient's relapse anew from the prior; later than the end of observation means none is seen."""
    day = k.draw_event_day(state, settings.relapse_edges, theta, s.NEVER)
    day += origin_of(row, roles, settings)
    row[RELAPSED] = 1 if day < row[TIME] else 0
    row[RELAPSE] = day if day < row[TIME] else 0


@numba.njit(cache=True)
def propose(
    kind: int, i: int, j: int, x: np.ndarray, state: np.ndarray, roles: Roles, settings: Settings,
    theta: np.ndarray, cens: np.ndarray, relapse_theta: np.ndarray, second: bool,
) -> float:  # fmt: skip
    """Change patient i (and j) in place and return log q(back) - log q(there); NaN for no move.

    Kinds: 0 shift the time, 1 another cell, 2 anew from the prior, 3 event for censoring, 4 exchange two
    patients' times, 5 the other response day, 6 shift the relapse, 7 relapse from the prior,
    8 relapse to another cell, 9 exchange relapses, 10 two patients shift against each other.
    """
    row = x[i]
    if kind == 0:
        row[TIME] += step_size(state)
        return 0.0
    if kind == 1:
        back = log_cell(row[TIME], settings.cells)
        row[TIME] = random_day(state, settings.cells)
        if k.uniform(state) < 0.3:
            row[EVENT] = 1 - row[EVENT]
        return back - log_cell(row[TIME], settings.cells)
    if kind == 2:
        back = log_time(row, settings, theta, cens)
        redraw(row, state, roles, settings, theta, cens)
        return back - log_time(row, settings, theta, cens)
    if kind == 3:
        row[EVENT] = 1 - row[EVENT]
        return 0.0
    if kind == 4:
        if i == j:
            return math.nan
        for column in (TIME, EVENT):
            row[column], x[j, column] = x[j, column], row[column]
        if k.uniform(state) < 0.5 and roles.rfs[row[KIND]] == roles.rfs[x[j, KIND]]:
            for column in (RELAPSED, RELAPSE):
                row[column], x[j, column] = x[j, column], row[column]
        return 0.0
    if kind == 5:
        days = settings.response_days
        if len(days) < 2 or not roles.mrd[row[KIND]]:
            return math.nan
        row[RESPONSE] = days[0] if row[RESPONSE] == days[1] else days[1]
        return 0.0
    if kind == 10:
        if i == j:
            return math.nan
        step = step_size(state)
        row[TIME] += step
        x[j, TIME] -= step
        return 0.0
    if not second or not roles.rfs[row[KIND]]:
        return math.nan
    if kind == 6:
        if row[RELAPSED] == 0:
            return math.nan
        row[RELAPSE] += step_size(state)
        return 0.0
    if kind == 7:
        back = log_second(row, roles, settings, relapse_theta)
        redraw_relapse(row, state, roles, settings, relapse_theta)
        return back - log_second(row, roles, settings, relapse_theta)
    if kind == 8:
        if row[RELAPSED] == 0:
            return math.nan
        back = log_cell(row[RELAPSE], settings.relapse_cells)
        row[RELAPSE] = random_day(state, settings.relapse_cells)
        return back - log_cell(row[RELAPSE], settings.relapse_cells)
    if i == j or not roles.rfs[x[j, KIND]]:
        return math.nan
    for column in (RELAPSED, RELAPSE):
        row[column], x[j, column] = x[j, column], row[column]
    return 0.0


@numba.njit(cache=True)
def pick(state: np.ndarray, second: bool) -> int:
    """Return a kind of move."""
    u = k.uniform(state)
    if second:
        if u < 0.08:
            return 6
        if u < 0.15:
            return 7
        if u < 0.20:
            return 8
        if u < 0.23:
            return 9
        u = (u - 0.23) / 0.77
    if u < 0.26:
        return 0
    if u < 0.42:
        return 1
    if u < 0.60:
        return 2
    if u < 0.66:
        return 3
    if u < 0.88:
        return 4
    return 5 if u < 0.94 else 10


@numba.njit(cache=True)
def move_hazard(
    state: np.ndarray, x: np.ndarray, which: int, theta: np.ndarray, cens: np.ndarray,
    relapse_theta: np.ndarray, log_first: np.ndarray, log_other: np.ndarray, roles: Roles,
    settings: Settings, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Update the parameters behind one process given the times: 0 first endpoint, 1 censoring, 2 relapse."""
    hyper = settings.hyper
    current = theta if which == 0 else (cens if which == 1 else relapse_theta)
    old = current.copy()
    if which == 1:
        before = s.log_hyper_cens(current, hyper)
    else:
        before = s.log_hyper_hazard(current, hyper[0] if which == 0 else hyper[11], hyper)
    scale = 0.15 if k.uniform(state) < 0.5 else 0.6
    if which == 1:
        c = k.below(state, 3)
        current[c] += (0.1 if c == 0 else 1.0) * scale * k.normal(state)
    elif k.uniform(state) < 0.25:
        shift = scale * k.normal(state)
        for c in range(len(current) - 1):
            current[c] += shift
    else:
        c = k.below(state, len(current))
        current[c] += scale * k.normal(state)
    if which == 1:
        change = s.log_hyper_cens(current, hyper) - before
    else:
        change = s.log_hyper_hazard(current, hyper[0] if which == 0 else hyper[11], hyper) - before
    n = len(x)
    for i in range(n):
        if which == 2:
            scratch[i] = log_second(x[i], roles, settings, relapse_theta)
            change += scratch[i] - log_other[i]
        else:
            scratch[i] = log_time(x[i], settings, theta, cens)
            change += scratch[i] - log_first[i]
    if math.log(k.uniform(state)) < change:
        if which == 2:
            log_other[:] = scratch
        else:
            log_first[:] = scratch
    else:
        current[:] = old


@numba.njit(cache=True)
def walk(
    state: np.ndarray, x: np.ndarray, theta: np.ndarray, cens: np.ndarray, relapse_theta: np.ndarray,
    roles: Roles, timing: Timing, settings: Settings, effort: Effort, second: bool,
) -> int:  # fmt: skip
    """Move the cohort `x` until all claims hold; return the number of moves, -1 if too many.

    At least `effort.moves` moves are made. The walk's law is prior times exp(-strictness · loss); at loss 0
    that is the prior given the claims.
    """
    n, groups = len(x), len(timing.endpoint)
    keys, now = np.empty((groups, n), np.int64), np.empty((groups, n), np.int64)
    size, losses = np.zeros(groups, np.int64), np.zeros(groups)
    dirty, summary = np.zeros(groups, np.bool_), np.empty(k.SUMMARY)
    new_losses, scratch = np.zeros(groups), np.empty(n)
    loss = 0.0
    for g in range(groups):
        for i in range(n):
            if roles.group[x[i, KIND], g]:
                now[g, i] = key_of(x[i], i, timing.endpoint[g], roles, settings)
                keys[g, size[g]] = now[g, i]
                size[g] += 1
        keys[g, : size[g]] = np.sort(keys[g, : size[g]])
        losses[g] = s.group_loss(g, keys[g], size[g], x[:, RESPONSE], timing, settings, summary)
        loss += losses[g]
    log_first, log_other = np.empty(n), np.zeros(n)
    for i in range(n):
        log_first[i] = log_time(x[i], settings, theta, cens)
        log_other[i] = log_second(x[i], roles, settings, relapse_theta)
    old = np.empty((2, STATE), np.int64)
    every = max(8, n // 3)
    processes = 3 if second else 2
    for step in range(effort.most):
        if step >= effort.moves and loss < 1e-9:
            return step
        if step % every == 0:
            for which in range(processes):
                move_hazard(state, x, which, theta, cens, relapse_theta, log_first, log_other, roles,
                            settings, scratch)  # fmt: skip
        kind = pick(state, second)
        i, j = k.below(state, n), k.below(state, n)
        pair = kind == 4 or kind == 9 or kind == 10
        old[0] = x[i]
        old[1] = x[j]
        change = propose(kind, i, j, x, state, roles, settings, theta, cens, relapse_theta, second)
        if math.isnan(change):
            continue
        if not agrees(x[i], roles, settings) or (pair and not agrees(x[j], roles, settings)):
            x[i] = old[0]
            if pair:
                x[j] = old[1]
            continue
        first_i, other_i = (
            log_time(x[i], settings, theta, cens),
            log_second(x[i], roles, settings, relapse_theta),
        )
        change += first_i - log_first[i] + other_i - log_other[i]
        first_j = other_j = 0.0
        if pair:
            first_j = log_time(x[j], settings, theta, cens)
            other_j = log_second(x[j], roles, settings, relapse_theta)
            change += first_j - log_first[j] + other_j - log_other[j]
        bound = math.log(k.uniform(state)) - change
        accepted = bound < effort.strictness * loss + 1e-12
        if accepted:
            dirty[:] = False
            refresh(i, x, now, keys, size, dirty, roles, timing, settings)
            if pair:
                refresh(j, x, now, keys, size, dirty, roles, timing, settings)
            new_loss = 0.0
            for g in range(groups):
                new_losses[g] = losses[g]
                if dirty[g]:
                    new_losses[g] = s.group_loss(
                        g, keys[g], size[g], x[:, RESPONSE], timing, settings, summary
                    )
                new_loss += new_losses[g]
            accepted = bound < effort.strictness * (loss - new_loss)
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
