"""One chain: from a first guess by Metropolis moves to a cohort that meets every claim. Compiled."""

from __future__ import annotations

import math

import numpy as np

from blina.reconstruct import kernels as k
from blina.reconstruct import sampler as s
from blina.reconstruct.aiming import aim
from blina.reconstruct.compiled import compiled
from blina.reconstruct.tables import (
    EVENT,
    GROUPS,
    KIND,
    MRD,
    RELAPSE,
    RELAPSED,
    RESPONSE,
    RFS,
    STATE,
    TIME,
    Effort,
    Parameters,
    Settings,
    Timing,
)  # fmt: skip


@compiled()
def origin_of(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the day from which a patient can relapse: the response; 0 if the claims know of none."""
    if x[i, RESPONSE] < s.NEVER:
        return x[i, RESPONSE]
    if roles[x[i, KIND], RFS] == 1 and settings.from_response:
        return settings.response_days[0]
    return 0


@compiled()
def agrees(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> bool:
    """Say whether a patient's times agree with their roles."""
    return s.possible(
        x[i, KIND], x[i, TIME], x[i, EVENT], x[i, RELAPSED], x[i, RELAPSE],
        origin_of(x, i, roles, settings), roles, settings,
    )  # fmt: skip


@compiled()
def key_of(x: np.ndarray, i: int, endpoint: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the key of one patient at one endpoint."""
    if endpoint == 0:
        return k.make_key(x[i, TIME], x[i, EVENT], i)
    shift = origin_of(x, i, roles, settings) if settings.from_response else 0
    if x[i, RELAPSED] == 1:
        return k.make_key(x[i, RELAPSE] - shift, 1, i)
    return k.make_key(x[i, TIME] - shift, x[i, EVENT], i)


@compiled()
def log_time(x: np.ndarray, i: int, table: np.ndarray, cens: np.ndarray) -> float:
    """Return the log prior probability of a patient's time at the first endpoint."""
    return k.log_observed(x[i, TIME], x[i, EVENT], table, cens)


@compiled()
def log_second(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings, table: np.ndarray) -> float:
    """Return the log prior probability of a patient's relapse."""
    if roles[x[i, KIND], RFS] == 0:
        return 0.0
    origin = origin_of(x, i, roles, settings)
    return s.log_relapse(x[i, RELAPSED], x[i, RELAPSE], x[i, TIME], origin, table)


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
            k.replace_key(keys[g], size[g], now[g, i], new)
            now[g, i] = new
            dirty[g] = True
        if timing.response[g]:
            dirty[g] = True


@compiled()
def random_day(state: np.ndarray, cells: np.ndarray) -> int:
    """Return a day from a random cell, uniform within it."""
    c = k.below(state, len(cells) - 1)
    return cells[c] + k.below(state, cells[c + 1] - cells[c])


@compiled()
def log_cell(day: int, cells: np.ndarray) -> float:
    """Return the log probability with which `random_day` proposes `day`, but for a constant."""
    if day < cells[0] or day >= cells[-1]:
        return -50.0
    c = np.searchsorted(cells, day, side="right") - 1
    return -math.log(cells[c + 1] - cells[c])


@compiled()
def step_size(state: np.ndarray) -> int:
    """Return a symmetric step in days, mostly of a few days, sometimes of months."""
    scale = 4.0 if k.uniform(state) < 0.5 else 60.0
    size = 1 + int(-scale * math.log(k.uniform(state)))
    return size if k.uniform(state) < 0.5 else -size


@compiled()
def redraw(x: np.ndarray, i: int, state: np.ndarray, table: np.ndarray, cens: np.ndarray) -> None:
    """Draw a patient's time at the first endpoint anew from the prior."""
    died = k.draw_event_day(state, table, s.NEVER)
    seen = k.draw_censoring_day(state, cens)
    x[i, TIME] = min(died, seen)
    x[i, EVENT] = 1 if died <= seen else 0


@compiled()
def redraw_relapse(
    x: np.ndarray, i: int, state: np.ndarray, roles: np.ndarray, settings: Settings, table: np.ndarray
) -> None:
    """Draw a patient's relapse anew from the prior; later than the end of observation means none is seen."""
    day = k.draw_event_day(state, table, s.NEVER) + origin_of(x, i, roles, settings)
    x[i, RELAPSED] = 1 if day < x[i, TIME] else 0
    x[i, RELAPSE] = day if day < x[i, TIME] else 0


@compiled()
def propose(
    kind: int, i: int, j: int, x: np.ndarray, state: np.ndarray, roles: np.ndarray, settings: Settings,
    table: np.ndarray, cens: np.ndarray, relapse_table: np.ndarray, second: bool,
) -> float:  # fmt: skip
    """Change patient i (and j) in place and return log q(back) - log q(there); NaN for no move.

    Kinds: 0 shift the time, 1 another cell, 2 anew from the prior, 3 event for censoring, 4 exchange two
    patients' times, 5 the other response day, 6 shift the relapse, 7 relapse from the prior,
    8 relapse to another cell, 9 exchange relapses, 10 two patients shift against each other, 11 end of
    follow-up to another cell of the second endpoint, 12 the other response day, time since response kept,
    13 exchange the times of two patients without the event.
    """
    if kind == 0:
        x[i, TIME] += step_size(state)
        return 0.0
    if kind == 1:
        back = log_cell(x[i, TIME], settings.cells)
        x[i, TIME] = random_day(state, settings.cells)
        if k.uniform(state) < 0.5:
            x[i, EVENT] = 1 - x[i, EVENT]
        return back - log_cell(x[i, TIME], settings.cells)
    if kind == 2:
        back = log_time(x, i, table, cens)
        redraw(x, i, state, table, cens)
        return back - log_time(x, i, table, cens)
    if kind == 3:
        x[i, EVENT] = 1 - x[i, EVENT]
        return 0.0
    if kind == 13:
        if i == j or x[i, EVENT] == 1 or x[j, EVENT] == 1:
            return math.nan
        x[i, TIME], x[j, TIME] = x[j, TIME], x[i, TIME]
        return 0.0
    if kind == 4:
        if i == j:
            return math.nan
        for column in (TIME, EVENT):
            x[i, column], x[j, column] = x[j, column], x[i, column]
        if k.uniform(state) < 0.5 and roles[x[i, KIND], RFS] == roles[x[j, KIND], RFS]:
            for column in (RELAPSED, RELAPSE):
                x[i, column], x[j, column] = x[j, column], x[i, column]
        return 0.0
    if kind == 5:
        days = settings.response_days
        if len(days) < 2 or roles[x[i, KIND], MRD] == 0:
            return math.nan
        x[i, RESPONSE] = days[0] if x[i, RESPONSE] == days[1] else days[1]
        return 0.0
    if kind == 10:
        if i == j:
            return math.nan
        step = step_size(state)
        x[i, TIME] += step
        x[j, TIME] -= step
        return 0.0
    if not second or roles[x[i, KIND], RFS] == 0:
        return math.nan
    origin = origin_of(x, i, roles, settings) if settings.from_response else 0
    if kind == 11:
        if x[i, RELAPSED] == 1:
            return math.nan
        back = log_cell(x[i, TIME] - origin, settings.relapse_cells)
        x[i, TIME] = origin + random_day(state, settings.relapse_cells)
        return back - log_cell(x[i, TIME] - origin, settings.relapse_cells)
    if kind == 12:
        days = settings.response_days
        if len(days) < 2 or roles[x[i, KIND], MRD] == 0:
            return math.nan
        other = days[0] if x[i, RESPONSE] == days[1] else days[1]
        x[i, TIME] += other - x[i, RESPONSE]
        if x[i, RELAPSED] == 1:
            x[i, RELAPSE] += other - x[i, RESPONSE]
        x[i, RESPONSE] = other
        return 0.0
    if kind == 6:
        if x[i, RELAPSED] == 0:
            return math.nan
        x[i, RELAPSE] += step_size(state)
        return 0.0
    if kind == 7:
        back = log_second(x, i, roles, settings, relapse_table)
        redraw_relapse(x, i, state, roles, settings, relapse_table)
        return back - log_second(x, i, roles, settings, relapse_table)
    if kind == 8:
        if x[i, RELAPSED] == 0:
            return math.nan
        back = log_cell(x[i, RELAPSE] - origin, settings.relapse_cells)
        x[i, RELAPSE] = origin + random_day(state, settings.relapse_cells)
        return back - log_cell(x[i, RELAPSE] - origin, settings.relapse_cells)
    if i == j or roles[x[j, KIND], RFS] == 0:
        return math.nan
    for column in (RELAPSED, RELAPSE):
        x[i, column], x[j, column] = x[j, column], x[i, column]
    return 0.0


@compiled()
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
        if u < 0.28:
            return 11
        if u < 0.31:
            return 12
        u = (u - 0.31) / 0.69
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
    if u < 0.93:
        return 5
    return 13 if u < 0.97 else 10


@compiled()
def move_hazard(
    state: np.ndarray, x: np.ndarray, which: int, p: Parameters, log_first: np.ndarray,
    log_other: np.ndarray, roles: np.ndarray, settings: Settings, scratch: np.ndarray,
) -> None:  # fmt: skip
    """Update the parameters behind one process given the times: 0 first endpoint, 1 censoring, 2 relapse."""
    hyper = settings.hyper
    current = p.theta if which == 0 else (p.cens if which == 1 else p.relapse_theta)
    centre = hyper[0] if which == 0 else hyper[11]
    old = current.copy()
    before = s.log_hyper_cens(old, hyper) if which == 1 else s.log_hyper_hazard(old, centre, hyper)
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
    after = s.log_hyper_cens(current, hyper) if which == 1 else s.log_hyper_hazard(current, centre, hyper)
    tabulate_all(p, settings)
    change = after - before
    for i in range(len(x)):
        if which == 2:
            scratch[i] = log_second(x, i, roles, settings, p.relapse_table)
            change += scratch[i] - log_other[i]
        else:
            scratch[i] = log_time(x, i, p.table, p.cens_table)
            change += scratch[i] - log_first[i]
    if math.log(k.uniform(state)) < change:
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
    k.tabulate(settings.edges, p.theta, p.table)
    k.tabulate(settings.relapse_edges, p.relapse_theta, p.relapse_table)
    k.tabulate_censoring(p.cens, settings.horizon, p.cens_table)


@compiled()
def followed(state: np.ndarray, x: np.ndarray, i: int) -> int:
    """Return a random patient without the event, or any after twenty vain attempts, starting with i."""
    for _ in range(20):
        if x[i, EVENT] == 0:
            break
        i = k.below(state, len(x))
    return i


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
        losses[g] = s.group_loss(g, keys[g], size[g], x, timing, settings, summary, math.inf)
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
    dirty, summary = np.zeros(groups, np.bool_), np.empty(k.SUMMARY)
    new_losses, scratch = np.zeros(groups), np.empty(n)
    loss = first_losses(x, keys, now, size, losses, roles, timing, settings, summary)
    log_first, log_other = np.empty(n), np.zeros(n)
    for i in range(n):
        log_first[i] = log_time(x, i, p.table, p.cens_table)
        log_other[i] = log_second(x, i, roles, settings, p.relapse_table)
    old = np.empty((2, STATE), np.int64)
    processes = 3 if second else 2
    every = max(1, n // processes)
    for step in range(effort.most):
        if step >= effort.moves and loss < 1e-9:
            return step
        if step % every == 0:
            which = (step // every) % processes
            move_hazard(state, x, which, p, log_first, log_other, roles, settings, scratch)
        kind = pick(state, second)
        i, j = k.below(state, n), k.below(state, n)
        if kind == 13:
            i, j = followed(state, x, i), followed(state, x, j)
        pair = kind == 4 or kind == 9 or kind == 10 or kind == 13
        if step < effort.aimed and len(timing.statistic) > 0 and k.uniform(state) < 0.5:
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
        bound = loss + (change - math.log(k.uniform(state))) / effort.strictness
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
                    new_losses[g] = s.group_loss(
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
