"""The first guess of a chain: curves through the printed points, roles first. Compiled."""

from __future__ import annotations

import math

import numba
import numpy as np

from blina.reconstruct import kernels as k
from blina.reconstruct import sampler as s
from blina.reconstruct.chain import (
    EVENT,
    KIND,
    RELAPSE,
    RELAPSED,
    RESPONSE,
    TIME,
    agrees,
    origin_of,
    redraw,
    redraw_relapse,
    walk,
)  # fmt: skip
from blina.reconstruct.tables import Counts, Effort, Roles, Settings, Start, Timing

TRIES = 400


@numba.njit(cache=True)
def draw_parameters(
    state: np.ndarray, settings: Settings, start: Start,
    theta: np.ndarray, cens: np.ndarray, relapse_theta: np.ndarray,
) -> None:  # fmt: skip
    """Draw the parameters from the hyperprior, then move those that the claims speak of near to them."""
    hyper = settings.hyper
    s.draw_hazard(state, hyper[0], hyper, theta)
    s.draw_cens(state, hyper, cens)
    s.draw_hazard(state, hyper[11], hyper, relapse_theta)
    if len(start.theta) > 0:
        for j in range(len(theta)):
            theta[j] = start.theta[j] + 0.2 * k.normal(state)
    if len(start.relapse_theta) > 0:
        for j in range(len(relapse_theta)):
            relapse_theta[j] = start.relapse_theta[j] + 0.2 * k.normal(state)
    if len(start.cens) > 0:
        cens[0] = start.cens[0] + 0.01 * abs(k.normal(state))
        cens[1] = start.cens[1] + 0.2 * k.normal(state)
        cens[2] = start.cens[2] + 0.5 * k.normal(state)


@numba.njit(cache=True)
def guess_times(
    state: np.ndarray, x: np.ndarray, settings: Settings, start: Start, cens: np.ndarray
) -> None:  # fmt: skip
    """Spread the times evenly over the curve through the printed points, in random order of patients."""
    n = len(x)
    order = s.shuffled(state, n)
    for position in range(n):
        row = x[order[position]]
        u = (position + k.uniform(state)) / n
        died = s.start_day(state, u, start.days, start.hazard, s.NEVER)
        seen = k.draw_censoring_day(state, cens, settings.horizon)
        row[TIME] = min(died, seen)
        row[EVENT] = 1 if died <= seen else 0


@numba.njit(cache=True)
def deal_long_term(x: np.ndarray, roles: Roles) -> None:
    """Give the longest observations to the patients who must be long-term survivors."""
    order = np.argsort(-x[:, TIME])
    times, events = x[order, TIME].copy(), x[order, EVENT].copy()
    place = 0
    for wanted in (1, 0, 2):
        for i in range(len(x)):
            if roles.long_term[x[i, KIND]] == wanted:
                x[i, TIME], x[i, EVENT] = times[place], events[place]
                place += 1


@numba.njit(cache=True)
def mend(i: int, state: np.ndarray, x: np.ndarray, roles: Roles, settings: Settings) -> None:
    """Bring one patient's time within what their roles allow."""
    row, kind = x[i], x[i, KIND]
    low = max(roles.earliest[kind], origin_of(row, roles, settings) + 1)
    high = settings.limit
    if roles.long_term[kind] == 1:
        low = max(low, settings.cut)
    elif roles.long_term[kind] == 2:
        high = min(high, settings.cut - 1)
    free = roles.relapse_free[kind]
    if free == 1:
        row[EVENT] = 0
    if row[TIME] < low:
        row[TIME] = low + int(-20.0 * math.log(k.uniform(state)))
    if row[TIME] > high:
        row[TIME] = max(low, high - int(-20.0 * math.log(k.uniform(state))))
    row[TIME] = max(low, min(high, row[TIME]))
    if free == 1:
        row[RELAPSED], row[RELAPSE] = 0, 0
    origin = origin_of(row, roles, settings)
    if row[RELAPSED] == 1 and (row[RELAPSE] >= row[TIME] or row[RELAPSE] <= origin):
        row[RELAPSED], row[RELAPSE] = 0, 0
    if free == 2 and row[EVENT] == 0 and row[RELAPSED] == 0:
        if row[TIME] - origin < 3:
            row[EVENT] = 1
        else:
            row[RELAPSED] = 1
            row[RELAPSE] = origin + 1 + k.below(state, row[TIME] - origin - 1)


@numba.njit(cache=True)
def place_ends(state: np.ndarray, x: np.ndarray, roles: Roles, settings: Settings, start: Start) -> None:
    """Put the smallest and the largest observed time into their printed windows."""
    n = len(x)
    if len(start.last_day) > 0:
        low, high = start.last_day[0], start.last_day[1]
        latest = 0
        for i in range(n):
            if x[i, TIME] > high:
                x[i, TIME] = high - k.below(state, high - low + 1)
            if x[i, TIME] > x[latest, TIME]:
                latest = i
        if x[latest, TIME] < low:
            x[latest, TIME] = low + k.below(state, high - low + 1)
            x[latest, EVENT] = 0
    if len(start.first_day) > 0:
        low, high = start.first_day[0], start.first_day[1]
        earliest = -1
        for i in range(n):
            if x[i, TIME] < low:
                x[i, TIME] = low + k.below(state, 60)
            early = roles.earliest[x[i, KIND]] <= low and origin_of(x[i], roles, settings) < low
            early = early and roles.long_term[x[i, KIND]] != 1
            if early and (earliest < 0 or x[i, TIME] < x[earliest, TIME]):
                earliest = i
        if earliest >= 0:
            x[earliest, TIME] = low + k.below(state, high - low + 1)


@numba.njit(cache=True)
def guess_relapse(
    i: int, state: np.ndarray, x: np.ndarray, roles: Roles, settings: Settings, start: Start,
    relapse_theta: np.ndarray,
) -> None:  # fmt: skip
    """Draw a first relapse day, from the curve through the printed points if there is one."""
    if not roles.rfs[x[i, KIND]]:
        return
    if len(start.relapse_days) == 0:
        redraw_relapse(x[i], state, roles, settings, relapse_theta)
        return
    origin = origin_of(x[i], roles, settings)
    day = s.start_day(state, k.uniform(state), start.relapse_days, start.relapse_hazard, s.NEVER) + origin
    x[i, RELAPSED] = 1 if day < x[i, TIME] else 0
    x[i, RELAPSE] = day if day < x[i, TIME] else 0


@numba.njit(cache=True)
def from_prior(
    i: int, state: np.ndarray, x: np.ndarray, roles: Roles, settings: Settings,
    theta: np.ndarray, cens: np.ndarray, relapse_theta: np.ndarray,
) -> None:  # fmt: skip
    """Draw one patient from the prior given the roles."""
    for _ in range(TRIES):
        redraw(x[i], state, roles, settings, theta, cens)
        x[i, RELAPSED], x[i, RELAPSE] = 0, 0
        if roles.rfs[x[i, KIND]]:
            redraw_relapse(x[i], state, roles, settings, relapse_theta)
        if agrees(x[i], roles, settings):
            return


@numba.njit(cache=True)
def first_guess(
    state: np.ndarray, x: np.ndarray, roles: Roles, settings: Settings, start: Start,
    theta: np.ndarray, cens: np.ndarray, relapse_theta: np.ndarray,
) -> None:  # fmt: skip
    """Fill the state: response days, times, relapses."""
    n = len(x)
    draw_parameters(state, settings, start, theta, cens, relapse_theta)
    days = settings.response_days
    for i in range(n):
        x[i, RELAPSED], x[i, RELAPSE], x[i, RESPONSE] = 0, 0, s.NEVER
        if roles.mrd[x[i, KIND]]:
            x[i, RESPONSE] = days[k.below(state, len(days))]
    if len(start.days) == 0:
        for i in range(n):
            from_prior(i, state, x, roles, settings, theta, cens, relapse_theta)
            if not agrees(x[i], roles, settings):
                mend(i, state, x, roles, settings)
        return
    guess_times(state, x, settings, start, cens)
    deal_long_term(x, roles)
    for i in range(n):
        mend(i, state, x, roles, settings)
    place_ends(state, x, roles, settings, start)
    for i in range(n):
        mend(i, state, x, roles, settings)
        guess_relapse(i, state, x, roles, settings, start, relapse_theta)
        mend(i, state, x, roles, settings)


@numba.njit(cache=True)
def draw_cohort(
    state: np.ndarray, counts: Counts, roles: Roles, timing: Timing, settings: Settings, start: Start,
    effort: Effort, restarts: int, x: np.ndarray,
) -> int:  # fmt: skip
    """Fill `x` with one cohort; return the number of moves, or -1 if no cohort was found."""
    n = len(x)
    theta = np.empty(len(settings.edges) + 1)
    relapse_theta = np.empty(len(settings.relapse_edges) + 1)
    cens, kind = np.empty(3), np.empty(n, np.int64)
    second = False
    for _ in range(restarts):
        s.draw_structure(state, counts, effort.structure, kind)
        second = False
        for i in range(n):
            x[i, KIND] = kind[i]
            second = second or roles.rfs[kind[i]]
        first_guess(state, x, roles, settings, start, theta, cens, relapse_theta)
        moves = walk(state, x, theta, cens, relapse_theta, roles, timing, settings, effort, second)
        fine = moves >= 0
        for i in range(n):
            fine = fine and agrees(x[i], roles, settings)
        if fine:
            return moves
    return -1


@numba.njit(cache=True, nogil=True)
def draw_cohorts(
    states: np.ndarray, counts: Counts, roles: Roles, timing: Timing, settings: Settings, start: Start,
    effort: Effort, restarts: int, out: np.ndarray, moves: np.ndarray,
) -> None:  # fmt: skip
    """Fill `out` [draws, patients, columns], one cohort per random state; `moves` -1: none was found."""
    for d in range(len(states)):
        moves[d] = draw_cohort(states[d], counts, roles, timing, settings, start, effort, restarts, out[d])
