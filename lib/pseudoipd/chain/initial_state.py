"""The first guess of a chain: a drawn hazard bent through the printed points, roles first. Compiled."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.chain import tabulate_all
from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.hazards import day_of, draw_cens, draw_censoring_day, draw_hazard, survival_probability
from pseudoipd.chain.moves import agrees, origin_of, redraw, redraw_relapse
from pseudoipd.chain.random_numbers import below, normal, shuffled, uniform
from pseudoipd.model.structs import (
    EARLIEST,
    EVENT,
    KIND,
    LONG_TERM,
    MRD,
    NEVER,
    RELAPSE,
    RELAPSE_FREE,
    RELAPSED,
    RESPONSE,
    RFS,
    TIME,
    Parameters,
    Settings,
    Start,
)

TRIES = 400


@compiled()
def draw_parameters(state: np.ndarray, settings: Settings, start: Start, p: Parameters) -> None:
    """Draw the parameters from the hyperprior; those of censoring near to the printed follow-up, if any."""
    hyper, theta, cens, relapse_theta = settings.hyper, p.theta, p.cens, p.relapse_theta
    draw_hazard(state, hyper[0], settings.distance, hyper, theta)
    draw_cens(state, hyper, cens)
    draw_hazard(state, hyper[12], settings.relapse_distance, hyper, relapse_theta)
    if len(start.cens) > 0:
        cens[0] = start.cens[0] + 0.01 * abs(normal(state))
        cens[1] = start.cens[1] + 0.2 * normal(state)
        cens[3] += start.cens[2]
    tabulate_all(p, settings)


@compiled()
def bend_first(settings: Settings, start: Start, p: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Bend the hazard of the first endpoint; return its table as drawn and the factors of the stretches."""
    drawn = p.table.copy()
    stretch = factors(start.days, start.hazard, drawn)
    adopt(p.theta, settings.edges, settings.horizon, start.days, start.hazard, stretch, drawn)
    return drawn, stretch


@compiled()
def bend_relapse(settings: Settings, start: Start, p: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Bend the hazard of relapse, if there are points to bend it through; as `bend_first`."""
    drawn = p.relapse_table.copy()
    if len(start.relapse_days) == 0:
        return drawn, np.ones(0)
    days, hazard = start.relapse_days, start.relapse_hazard
    stretch = factors(days, hazard, drawn)
    adopt(p.relapse_theta, settings.relapse_edges, settings.horizon, days, hazard, stretch, drawn)
    return drawn, stretch


@compiled()
def guess_times(
    state: np.ndarray, x: np.ndarray, start: Start, drawn: np.ndarray, stretch: np.ndarray, cens: np.ndarray
) -> None:  # fmt: skip
    """Spread the times evenly over the bent curve, in random order of patients."""
    n = len(x)
    order = shuffled(state, n)
    for position in range(n):
        row = x[order[position]]
        # Spread, but not quite evenly: the chain should not begin with less variation than chance gives.
        u = (position + uniform(state)) / n + 0.03 * normal(state)
        u = min(max(u, 0.5 / n), 1.0 - 1e-6)
        died = bent_day(-math.log(u), start.days, start.hazard, stretch, drawn, NEVER)
        seen = draw_censoring_day(state, cens)
        row[TIME] = min(died, seen)
        row[EVENT] = 1 if died <= seen else 0


@compiled()
def deal_long_term(x: np.ndarray, roles: np.ndarray) -> None:
    """Give the longest observations to the patients who must be long-term survivors."""
    # Stable, so that patients with equal times do not depend on how the compiler sorts.
    order = np.argsort(-x[:, TIME], kind="mergesort")
    times, events = x[order, TIME].copy(), x[order, EVENT].copy()
    place = 0
    for wanted in (1, 0, 2):
        for i in range(len(x)):
            if roles[x[i, KIND], LONG_TERM] == wanted:
                x[i, TIME], x[i, EVENT] = times[place], events[place]
                place += 1


@compiled()
def mend(i: int, state: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings) -> None:
    """Bring one patient's time within what their roles allow."""
    row, kind = x[i], x[i, KIND]
    low = max(roles[kind, EARLIEST], origin_of(x, i, roles, settings) + 1)
    high = settings.limit
    if roles[kind, LONG_TERM] == 1:
        low = max(low, settings.cut)
    elif roles[kind, LONG_TERM] == 2:
        high = min(high, settings.cut - 1)
    free = roles[kind, RELAPSE_FREE]
    if free == 1:
        row[EVENT] = 0
    if row[TIME] < low:
        row[TIME] = low + int(-20.0 * math.log(uniform(state)))
    if row[TIME] > high:
        row[TIME] = max(low, high - int(0.35 * high * uniform(state)))
        # Who is no long-term survivor has mostly died, not been lost just before.
        if roles[kind, LONG_TERM] == 2 and uniform(state) < 0.9:
            row[EVENT] = 1
    row[TIME] = max(low, min(high, row[TIME]))
    if free == 1:
        row[RELAPSED], row[RELAPSE] = 0, 0
    origin = origin_of(x, i, roles, settings)
    if row[RELAPSED] == 1 and (row[RELAPSE] >= row[TIME] or row[RELAPSE] <= origin):
        row[RELAPSED], row[RELAPSE] = 0, 0
    if free == 2 and row[EVENT] == 0 and row[RELAPSED] == 0:
        if row[TIME] - origin < 3:
            row[EVENT] = 1
        else:
            row[RELAPSED] = 1
            row[RELAPSE] = origin + 1 + below(state, row[TIME] - origin - 1)


@compiled()
def place_ends(state: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, start: Start) -> None:
    """Put the smallest and the largest observed time into their printed windows."""
    n = len(x)
    if len(start.last_day) > 0:
        low, high = start.last_day[0], start.last_day[1]
        latest = 0
        for i in range(n):
            if x[i, TIME] > high:
                x[i, TIME] = high - below(state, high - low + 1)
            if x[i, TIME] > x[latest, TIME]:
                latest = i
        if x[latest, TIME] < low:
            x[latest, TIME] = low + below(state, high - low + 1)
            x[latest, EVENT] = 0
    if len(start.first_day) > 0:
        low, high = start.first_day[0], start.first_day[1]
        earliest = -1
        for i in range(n):
            if x[i, TIME] < low:
                x[i, TIME] = low + below(state, 60)
            early = roles[x[i, KIND], EARLIEST] <= low and origin_of(x, i, roles, settings) < low
            early = early and roles[x[i, KIND], LONG_TERM] != 1
            if early and (earliest < 0 or x[i, TIME] < x[earliest, TIME]):
                earliest = i
        if earliest >= 0:
            x[earliest, TIME] = low + below(state, high - low + 1)


@compiled()
def end_with(state: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, start: Start) -> None:
    """Let the last event fall into its printed window, and leave none beyond."""
    if len(start.plateau) == 0:
        return
    low, high = start.plateau[0], start.plateau[1]
    chosen, seen = -1, 0
    for i in range(len(x)):
        if x[i, EVENT] == 1 and x[i, TIME] > high:
            x[i, EVENT] = 0
        fits = roles[x[i, KIND], RELAPSE_FREE] != 1 and roles[x[i, KIND], LONG_TERM] != (
            2 if low >= settings.cut else 1
        )
        if fits and x[i, TIME] >= (settings.cut if low >= settings.cut else 0.7 * low):
            seen += 1
            if below(state, seen) == 0:
                chosen = i
    if chosen >= 0:
        x[chosen, TIME] = low + below(state, high - low + 1)
        x[chosen, EVENT] = 1


@compiled()
def follow_remissions(
    state: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, start: Start
) -> None:
    """Put the ends of the relapse-free patients' follow-up on both sides of its printed median.

    Of an even number half are nearer than the median, and the two next to it lie equally far from it.
    """
    if start.relapse_followup <= 0.0:
        return
    count = 0
    for i in range(len(x)):
        if roles[x[i, KIND], RELAPSE_FREE] == 1 and roles[x[i, KIND], RFS] == 1:
            count += 1
    middle, nearer, place = int(start.relapse_followup), count // 2, 0
    gap = 0 if count % 2 == 1 else 1 + below(state, 30)
    for i in shuffled(state, len(x)):
        kind = x[i, KIND]
        if roles[kind, RELAPSE_FREE] != 1 or roles[kind, RFS] == 0:
            continue
        if place < nearer and roles[kind, MRD] == 1:
            x[i, RESPONSE] = settings.response_days[-1]
        origin = origin_of(x, i, roles, settings) if settings.from_response else 0
        lowest = max(1, settings.cut - origin if roles[kind, LONG_TERM] == 1 else 1)
        border = max(lowest, middle - gap)
        if place == 0 and count % 2 == 0:
            day = border
        elif place < nearer:
            day = lowest + below(state, border - lowest + 1)
        elif place == nearer:
            day = 2 * middle - border
        else:
            day = 2 * middle - border + 1 + below(state, 300)
        x[i, TIME] = max(origin + lowest, min(settings.limit, origin + day))
        place += 1


@compiled()
def guess_relapse(
    i: int, state: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, start: Start,
    drawn: np.ndarray, stretch: np.ndarray,
) -> None:  # fmt: skip
    """Draw a first relapse day, from the bent curve if there is one, or else from the hazard as drawn."""
    if roles[x[i, KIND], RFS] == 0:
        return
    if len(start.relapse_days) == 0:
        redraw_relapse(x, i, state, roles, settings, drawn)
        return
    origin = origin_of(x, i, roles, settings)
    shift = 0 if settings.from_response else origin
    latest = NEVER
    if len(start.relapse_plateau) > 0 and roles[x[i, KIND], RELAPSE_FREE] != 1:
        latest = start.relapse_plateau[1]
    day = NEVER
    for _ in range(20):
        level = -math.log(uniform(state))
        day = bent_day(level, start.relapse_days, start.relapse_hazard, stretch, drawn, NEVER)
        if day <= latest or min(day, x[i, TIME] - origin) <= latest:
            break
    day += origin - shift
    x[i, RELAPSED] = 1 if day < x[i, TIME] else 0
    x[i, RELAPSE] = day if day < x[i, TIME] else 0


@compiled()
def from_prior(
    i: int, state: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, p: Parameters
) -> None:
    """Draw one patient from the prior given the roles."""
    for _ in range(TRIES):
        redraw(x, i, state, p.table, p.cens_table)
        x[i, RELAPSED], x[i, RELAPSE] = 0, 0
        if roles[x[i, KIND], RFS] == 1:
            redraw_relapse(x, i, state, roles, settings, p.relapse_table)
        if agrees(x, i, roles, settings):
            return


@compiled()
def first_guess(
    state: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, start: Start, p: Parameters
) -> None:
    """Fill the state: response days, times, relapses."""
    n = len(x)
    draw_parameters(state, settings, start, p)
    days = settings.response_days
    for i in range(n):
        x[i, RELAPSED], x[i, RELAPSE], x[i, RESPONSE] = 0, 0, NEVER
        if roles[x[i, KIND], MRD] == 1:
            x[i, RESPONSE] = days[below(state, len(days))]
    if len(start.days) == 0:
        for i in range(n):
            from_prior(i, state, x, roles, settings, p)
            if not agrees(x, i, roles, settings):
                mend(i, state, x, roles, settings)
        return
    drawn, stretch = bend_first(settings, start, p)
    guess_times(state, x, start, drawn, stretch, p.cens_table)
    deal_long_term(x, roles)
    for i in range(n):
        mend(i, state, x, roles, settings)
    drawn, stretch = bend_relapse(settings, start, p)
    tabulate_all(p, settings)
    follow_remissions(state, x, roles, settings, start)
    end_with(state, x, roles, settings, start)
    place_ends(state, x, roles, settings, start)
    for i in range(n):
        mend(i, state, x, roles, settings)
        guess_relapse(i, state, x, roles, settings, start, drawn, stretch)
        mend(i, state, x, roles, settings)


LEAST = 1e-9


@compiled()
def drawn_level(day: float, table: np.ndarray) -> float:
    """Return the cumulative hazard, -log S, of a drawn hazard at a day."""
    return -math.log(max(survival_probability(day, table), 1e-300))


@compiled()
def factors(days: np.ndarray, hazard: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return for each stretch from a point (`days`, cumulative `hazard`, from 0, 0) how it is stretched."""
    found = np.ones(len(days))
    for j in range(len(found) - 1):
        rise = drawn_level(days[j + 1], table) - drawn_level(days[j], table)
        found[j] = max(hazard[j + 1] - hazard[j], LEAST) / max(rise, LEAST)
    found[-1] = max(hazard[-1], LEAST) / max(drawn_level(days[-1], table), LEAST)
    return found


@compiled()
def bent_level(
    day: float, days: np.ndarray, hazard: np.ndarray, stretch: np.ndarray, table: np.ndarray
) -> float:
    """Return the cumulative hazard of the bent curve at a day."""
    j = len(stretch) - 1
    while j > 0 and days[j] > day:
        j -= 1
    return hazard[j] + stretch[j] * (drawn_level(day, table) - drawn_level(days[j], table))


@compiled()
def bent_day(
    level: float, days: np.ndarray, hazard: np.ndarray, stretch: np.ndarray, table: np.ndarray, limit: int
) -> int:
    """Return the day at which the bent curve reaches a cumulative hazard, `limit` if it never does."""
    j = len(stretch) - 1
    while j > 0 and hazard[j] >= level:
        j -= 1
    return day_of(math.exp(-drawn_level(days[j], table) - (level - hazard[j]) / stretch[j]), table, limit)


@compiled()
def adopt(
    theta: np.ndarray, edges: np.ndarray, horizon: float, days: np.ndarray, hazard: np.ndarray,
    stretch: np.ndarray, table: np.ndarray,
) -> None:  # fmt: skip
    """Set the log hazards in `theta` (as in `hazards.tabulate`) to the means of the bent curve by piece."""
    end = 1.2 * horizon
    last = math.exp(-bent_level(end, days, hazard, stretch, table))
    cured = min(1.0 / (1.0 + math.exp(-theta[-1])), 0.9 * last)
    theta[-1] = math.log(cured / (1.0 - cured))
    before = 0.0
    for j in range(len(edges)):
        until = edges[j + 1] if j + 1 < len(edges) else end
        s = math.exp(-bent_level(until, days, hazard, stretch, table))
        level = -math.log(max((s - cured) / (1.0 - cured), 1e-6))
        theta[j] = math.log(max((level - before) / (until - edges[j]), 0.02 / horizon))
        before = level
