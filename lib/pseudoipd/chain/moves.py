"""Moves of one chain, and the state that they change. Compiled."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.hazards import draw_censoring_day, draw_event_day, log_observed, log_relapse
from pseudoipd.chain.keys import make_key
from pseudoipd.chain.losses import possible
from pseudoipd.chain.random_numbers import below, uniform
from pseudoipd.model.structs import EVENT, KIND, MRD, NEVER, RELAPSE, RELAPSED, RESPONSE, RFS, TIME, Settings


@compiled()
def origin_of(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the day from which a patient can relapse: the response; 0 if the claims know of none."""
    if x[i, RESPONSE] < NEVER:
        return x[i, RESPONSE]
    if roles[x[i, KIND], RFS] == 1 and settings.from_response:
        return settings.response_days[0]
    return 0


@compiled()
def agrees(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> bool:
    """Say whether a patient's times agree with their roles."""
    return possible(
        x[i, KIND], x[i, TIME], x[i, EVENT], x[i, RELAPSED], x[i, RELAPSE],
        origin_of(x, i, roles, settings), roles, settings,
    )  # fmt: skip


@compiled()
def key_of(x: np.ndarray, i: int, endpoint: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the key of one patient at one endpoint."""
    if endpoint == 0:
        return make_key(x[i, TIME], x[i, EVENT], i)
    shift = origin_of(x, i, roles, settings) if settings.from_response else 0
    if x[i, RELAPSED] == 1:
        return make_key(x[i, RELAPSE] - shift, 1, i)
    return make_key(x[i, TIME] - shift, x[i, EVENT], i)


@compiled()
def log_time(x: np.ndarray, i: int, table: np.ndarray, cens: np.ndarray) -> float:
    """Return the log prior probability of a patient's time at the first endpoint."""
    return log_observed(x[i, TIME], x[i, EVENT], table, cens)


@compiled()
def log_second(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings, table: np.ndarray) -> float:
    """Return the log prior probability of a patient's relapse."""
    if roles[x[i, KIND], RFS] == 0:
        return 0.0
    origin = origin_of(x, i, roles, settings)
    return log_relapse(x[i, RELAPSED], x[i, RELAPSE], x[i, TIME], origin, table)


@compiled()
def random_day(state: np.ndarray, cells: np.ndarray) -> int:
    """Return a day from a random cell, uniform within it."""
    c = below(state, len(cells) - 1)
    return cells[c] + below(state, cells[c + 1] - cells[c])


@compiled()
def log_cell(day: int, cells: np.ndarray) -> float:
    """Return the log probability with which `random_day` proposes `day`, but for a constant."""
    if day < cells[0] or day >= cells[-1]:
        return -50.0
    c = np.searchsorted(cells, day, side="right") - 1
    return -math.log(cells[c + 1] - cells[c])


@compiled()
def to_random_day(
    x: np.ndarray, i: int, column: int, origin: int, cells: np.ndarray, state: np.ndarray
) -> float:  # fmt: skip
    """Put a day (column TIME or RELAPSE) anywhere after `origin`; return log q(back) - log q(there)."""
    back = log_cell(x[i, column] - origin, cells)
    x[i, column] = origin + random_day(state, cells)
    return back - log_cell(x[i, column] - origin, cells)


@compiled()
def step_size(state: np.ndarray) -> int:
    """Return a symmetric step in days, mostly of a few days, sometimes of months."""
    scale = 4.0 if uniform(state) < 0.5 else 60.0
    size = 1 + int(-scale * math.log(uniform(state)))
    return size if uniform(state) < 0.5 else -size


@compiled()
def redraw(x: np.ndarray, i: int, state: np.ndarray, table: np.ndarray, cens: np.ndarray) -> None:
    """Draw a patient's time at the first endpoint anew from the prior."""
    died = draw_event_day(state, table, NEVER)
    seen = draw_censoring_day(state, cens)
    x[i, TIME] = min(died, seen)
    x[i, EVENT] = 1 if died <= seen else 0


@compiled()
def redraw_relapse(
    x: np.ndarray, i: int, state: np.ndarray, roles: np.ndarray, settings: Settings, table: np.ndarray
) -> None:
    """Draw a patient's relapse anew from the prior; later than the end of observation means none is seen."""
    day = draw_event_day(state, table, NEVER) + origin_of(x, i, roles, settings)
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
        change = to_random_day(x, i, TIME, 0, settings.cells, state)
        if uniform(state) < 0.5:
            x[i, EVENT] = 1 - x[i, EVENT]
        return change
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
        if uniform(state) < 0.5 and roles[x[i, KIND], RFS] == roles[x[j, KIND], RFS]:
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
        return to_random_day(x, i, TIME, origin, settings.relapse_cells, state)
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
        return to_random_day(x, i, RELAPSE, origin, settings.relapse_cells, state)
    if i == j or roles[x[j, KIND], RFS] == 0:
        return math.nan
    for column in (RELAPSED, RELAPSE):
        x[i, column], x[j, column] = x[j, column], x[i, column]
    return 0.0


@compiled()
def pick(state: np.ndarray, second: bool) -> int:
    """Return a kind of move."""
    u = uniform(state)
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
def followed(state: np.ndarray, x: np.ndarray, i: int) -> int:
    """Return a random patient without the event, or any after twenty vain attempts, starting with i."""
    for _ in range(20):
        if x[i, EVENT] == 0:
            break
        i = below(state, len(x))
    return i
