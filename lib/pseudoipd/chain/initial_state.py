"""The initial state of a chain: a drawn hazard bent through the printed points, roles first.

Compiled, but for `draw_initial_state`. In signatures `order` is int64[n], room for an order of the patients.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pseudoipd.chain.compiled import compiled, copy_into, inlined
from pseudoipd.chain.hazards import (
    SMALLEST,
    day_of,
    draw_censoring_day,
    survival_probability,
)
from pseudoipd.chain.keys import sort_keys
from pseudoipd.chain.nearest import draw_nearest, draw_parameters
from pseudoipd.chain.parameters import tabulate_all
from pseudoipd.chain.patients import (
    agrees,
    earliest_end,
    origin_of,
    redraw_first,
    redraw_second,
    set_relapse,
    start_of_second,
    unseen,
)
from pseudoipd.chain.random_numbers import below, normal, shuffle, uniform
from pseudoipd.model.structs import (
    EVENT,
    KIND,
    LOGIT_CURED,
    LONG_TERM,
    MRD,
    MUST_RELAPSE,
    NEVER,
    NO,
    OPEN,
    RELAPSE,
    RELAPSE_FREE,
    RELAPSED,
    RESPONSE,
    RFS,
    TIME,
    UNSEEN,
    YES,
    Array,
    Chain,
    Model,
    Parameters,
    Settings,
    Start,
)

TRIES = 400
"""Draws of a patient from the prior until one agrees with the roles."""
JITTER = 0.03
"""Standard deviation of the level of S at which a patient is put: not quite evenly spread."""
LEAST_LEVEL = 1e-6
"""Least S, and distance from 1, of which the logarithm is taken."""
DAYS_LATE, DAYS_EARLY = 20.0, 0.35
"""A time before its window goes so many days into it in the mean, one after it back by up to this share."""
DIED = 0.9
"""Who is no long-term survivor has mostly died, not been lost just before."""
SHORTEST_WITH_RELAPSE = 3
"""Days between origin and end of observation below which a death takes the place of a relapse."""
FIRST_WEEKS = 60
"""Days after the smallest printed time over which patients are spread who had an earlier one."""
NEAR_PLATEAU = 0.7
"""Who is observed for less, of the day where the plateau begins, is not the one with the last event."""
WIDEST_GAP, BEYOND_MEDIAN = 30, 300
"""Days around the printed median follow-up within which the two next to it lie, and others beyond it."""
RELAPSES_TRIED = 20
"""Draws of a relapse until one comes before the printed plateau."""
LEAST_RISE = 1e-9
"""Least rise of a cumulative hazard that is taken for one."""
END = 1.2
"""Where the last piece of the hazard ends for its mean, in horizons."""
MOST_CURED = 0.9
"""Share of those alive at that end who can be cured."""
LEAST_HAZARD = 0.02
"""Least hazard of a piece, per horizon: a curve may be flat, a log hazard needs a number."""


class Bent(NamedTuple):
    """A curve through printed points: a drawn hazard, bent.

    From each point to the next, and from the last one on, the cumulative hazard keeps the drawn shape times
    one factor.
    """

    days: Array  # float64[points], (0, 0) first
    hazard: Array  # float64[points], the cumulative hazard there
    factor: Array  # float64[points], of the stretch that begins there
    table: Array  # float64[4, pieces], the hazard as drawn


def new_bent(days: np.ndarray, hazard: np.ndarray, table: np.ndarray) -> Bent:
    """Return a curve through points with room for what is drawn; `table` has the shape of its table."""
    return Bent(days, hazard, np.ones(len(days)), np.empty_like(table))


@inlined()
def spread_times(
    random: np.ndarray, x: np.ndarray, order: np.ndarray, curve: Bent, cens_table: np.ndarray
) -> None:  # fmt: skip
    """Spread the times evenly over a curve, in random order of patients."""
    n = len(x)
    shuffle(random, order)
    for position in range(n):
        row = x[order[position]]
        # Spread, but not quite evenly: the chain should not begin with less variation than chance gives.
        s = (position + uniform(random)) / n + JITTER * normal(random)
        s = min(max(s, 0.5 / n), 1.0 - LEAST_LEVEL)
        died = bent_day(-math.log(s), curve, NEVER)
        seen = draw_censoring_day(random, cens_table)
        row[TIME] = min(died, seen)
        row[EVENT] = 1 if died <= seen else 0


@inlined()
def longest_to_long_term(x: np.ndarray, roles: np.ndarray, order: np.ndarray) -> None:
    """Give the longest observations to those who must be long-term survivors, the next to those who may."""
    n = len(x)
    # As one number each, longest first, then by patient, so that equal times do not depend on the sort.
    for i in range(n):
        order[i] = ((NEVER - x[i, TIME]) * n + i) * 2 + x[i, EVENT]
    sort_keys(order, n)
    place = 0
    for term in (YES, OPEN, NO):
        for i in range(n):
            if roles[x[i, KIND], LONG_TERM] == term:
                x[i, TIME], x[i, EVENT] = NEVER - order[place] // (2 * n), order[place] % 2
                place += 1


@inlined()
def clamp_time(i: int, random: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings) -> None:
    """Bring one patient's time at the first endpoint within what their roles allow."""
    row, kind = x[i], x[i, KIND]
    if roles[kind, RELAPSE_FREE] == YES and not settings.never_relapsed:
        row[EVENT] = 0
    low, high = earliest_end(x, i, roles, settings), settings.limit
    if roles[kind, LONG_TERM] == YES:
        low = max(low, settings.cut)
    elif roles[kind, LONG_TERM] == NO:
        high = min(high, settings.cut - 1)
    if row[TIME] < low:
        row[TIME] = low + int(-DAYS_LATE * math.log(uniform(random)))
    if row[TIME] > high:
        row[TIME] = max(low, high - int(DAYS_EARLY * high * uniform(random)))
        if roles[kind, LONG_TERM] == NO and uniform(random) < DIED:
            row[EVENT] = 1
    row[TIME] = max(low, min(high, row[TIME]))


@inlined()
def clamp_relapse(i: int, random: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings) -> None:
    """Take away a relapse that cannot be, and give one, or a death, to who must have had either."""
    row, free = x[i], roles[x[i, KIND], RELAPSE_FREE]
    origin = origin_of(x, i, roles, settings)
    too_late = row[RELAPSED] == 1 and (row[RELAPSE] >= row[TIME] - unseen(x, i) or row[RELAPSE] <= origin)
    if free == YES or too_late:
        row[RELAPSED], row[RELAPSE] = 0, 0
    must = roles[row[KIND], MUST_RELAPSE] == 1 or (free == NO and settings.never_relapsed)
    if row[RELAPSED] == 0 and (must or (free == NO and row[EVENT] == 0)):
        days = row[TIME] - unseen(x, i) - origin
        if days < SHORTEST_WITH_RELAPSE and not must:
            row[EVENT] = 1
        elif days > 1:
            row[RELAPSED] = 1
            row[RELAPSE] = origin + 1 + below(random, days - 1)


@compiled()
def clamp_to_roles(i: int, random: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings) -> None:
    """Bring one patient's times within what their roles allow."""
    clamp_time(i, random, x, roles, settings)
    clamp_relapse(i, random, x, roles, settings)


@inlined()
def day_within(random: np.ndarray, low: int, high: int) -> int:
    """Return a random day from low to high."""
    return low + below(random, high - low + 1)


@inlined()
def place_largest(random: np.ndarray, x: np.ndarray, low: int, high: int) -> None:
    """Put the largest observed time into its printed window: nobody beyond, somebody within."""
    latest = 0
    for i in range(len(x)):
        if x[i, TIME] > high:
            x[i, TIME] = high - below(random, high - low + 1)
        if x[i, TIME] > x[latest, TIME]:
            latest = i
    if x[latest, TIME] < low:
        x[latest, TIME] = day_within(random, low, high)
        x[latest, EVENT] = 0


@inlined()
def place_smallest(
    random: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, low: int, high: int
) -> None:  # fmt: skip
    """Put the smallest observed time into its printed window, with a patient whose roles allow it."""
    earliest = -1
    for i in range(len(x)):
        if x[i, TIME] < low:
            x[i, TIME] = low + below(random, FIRST_WEEKS)
        early = earliest_end(x, i, roles, settings) <= low
        early = early and roles[x[i, KIND], LONG_TERM] != YES
        if early and (earliest < 0 or x[i, TIME] < x[earliest, TIME]):
            earliest = i
    if earliest >= 0:
        x[earliest, TIME] = day_within(random, low, high)


@inlined()
def place_plateau(
    random: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, low: int, high: int
) -> None:  # fmt: skip
    """Let the last event fall into its printed window, and leave none beyond."""
    late = low >= settings.cut
    # Who has an event on that day is a long-term survivor or not, as it lies beyond the cut or before it.
    excluded, least = (NO, float(settings.cut)) if late else (YES, NEAR_PLATEAU * low)
    last, seen = -1, 0
    for i in range(len(x)):
        if x[i, EVENT] == 1 and x[i, TIME] > high:
            x[i, EVENT] = 0
        fits = roles[x[i, KIND], RELAPSE_FREE] != YES and roles[x[i, KIND], LONG_TERM] != excluded
        if fits and x[i, TIME] >= least:
            # Any of those seen so far is kept with the same probability.
            seen += 1
            if below(random, seen) == 0:
                last = i
    if last >= 0:
        x[last, TIME] = day_within(random, low, high)
        x[last, EVENT] = 1


@inlined()
def place_followed(
    random: np.ndarray, x: np.ndarray, roles: np.ndarray, order: np.ndarray, day: int, number: int
) -> None:  # fmt: skip
    """Let so many be observed for `day` days: beside those who are, the next longest without an event.

    Nobody comes to be observed for longer than that or than anybody was. A chain hardly finds them one by
    one: each of so few who are followed so late changes S there.
    """
    n, longest = len(x), day
    for i in range(n):
        longest = max(longest, x[i, TIME])
        # Longest first, then by patient.
        order[i] = (NEVER - x[i, TIME]) * n + i
        number -= 1 if x[i, TIME] >= day else 0
    sort_keys(order, n)
    for position in range(n):
        row = x[order[position] % n]
        may = row[EVENT] == 0 and roles[row[KIND], LONG_TERM] != NO
        if number > 0 and row[TIME] < day and may:
            row[TIME] = day_within(random, day, longest)
            number -= 1


@inlined()
def followed_in_remission(x: np.ndarray, i: int, roles: np.ndarray) -> bool:
    """Say whether a patient's second endpoint ends with their follow-up."""
    return roles[x[i, KIND], RELAPSE_FREE] == YES and roles[x[i, KIND], RFS] == 1


@inlined()
def place_remissions(
    random: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, middle: int, order: np.ndarray
) -> None:
    """Put the ends of the relapse-free patients' follow-up on both sides of its printed median, day `middle`.

    Of an even number half are nearer than the median, and the two next to it lie equally far from it.
    """
    count = 0
    for i in range(len(x)):
        if followed_in_remission(x, i, roles):
            count += 1
    nearer, place = count // 2, 0
    gap = 0 if count % 2 == 1 else 1 + below(random, WIDEST_GAP)
    shuffle(random, order)
    for i in order:
        kind = x[i, KIND]
        if not followed_in_remission(x, i, roles):
            continue
        # A late response leaves less of the same follow-up, which is what the nearer half needs.
        if place < nearer and roles[kind, MRD] == 1:
            x[i, RESPONSE] = settings.response_days[-1]
        start = start_of_second(x, i, roles, settings) + unseen(x, i)
        lowest = max(1, settings.cut - start if roles[kind, LONG_TERM] == YES else 1)
        border = max(lowest, middle - gap)
        if place == 0 and count % 2 == 0:
            day = border
        elif place < nearer:
            day = day_within(random, lowest, border)
        elif place == nearer:
            day = 2 * middle - border
        else:
            day = 2 * middle - border + 1 + below(random, BEYOND_MEDIAN)
        x[i, TIME] = max(start + lowest, min(settings.limit, start + day))
        place += 1


@inlined()
def place_relapse(
    i: int, random: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, start: Start,
    curve: Bent,
) -> None:  # fmt: skip
    """Draw a first relapse day, from the bent curve if there is one, or else from the hazard as drawn."""
    if roles[x[i, KIND], RFS] == 0:
        return
    if len(curve.days) == 0:
        redraw_second(x, i, random, roles, settings, curve.table)
        return
    origin = origin_of(x, i, roles, settings)
    latest = NEVER
    if len(start.relapse_plateau) > 0 and roles[x[i, KIND], RELAPSE_FREE] != YES:
        latest = start.relapse_plateau[1]
    day = NEVER
    for _ in range(RELAPSES_TRIED):
        day = bent_day(-math.log(uniform(random)), curve, NEVER)
        if day <= latest or min(day, x[i, TIME] - origin) <= latest:
            break
    set_relapse(x, i, day + start_of_second(x, i, roles, settings))


@inlined()
def patient_from_prior(
    i: int, random: np.ndarray, x: np.ndarray, roles: np.ndarray, settings: Settings, p: Parameters
) -> None:
    """Draw one patient from the prior given the roles, or nearly so where the prior hardly meets them."""
    for _ in range(TRIES):
        x[i, RELAPSED], x[i, RELAPSE] = 0, 0
        redraw_first(x, i, random, p.table, p.cens_table, settings)
        if roles[x[i, KIND], RFS] == 1:
            redraw_second(x, i, random, roles, settings, p.relapse_table)
            if x[i, RELAPSED] == 1:
                redraw_first(x, i, random, p.table, p.cens_table, settings)
        if agrees(x, i, roles, settings):
            return
    clamp_to_roles(i, random, x, roles, settings)


def draw_initial_state(
    random: np.ndarray, chain: Chain, p: Parameters, model: Model, start: Start, first: Bent, second: Bent
) -> None:
    """Fill the state, but for the types, which stand in it: response days, times, relapses, parameters.

    `first` and `second` are the curves of the two endpoints through the points of `start`. Not compiled as a
    whole: few files begin with the nearest cohort, and only for them that part is compiled.
    """
    near = False
    if start.events >= 0:
        near = draw_nearest(random, chain, p, model.settings, start)
    else:
        draw_parameters(random, model.settings, start, p)
    fill_state(random, chain, p, model, start, first, second, near)


@compiled(nogil=True)
def fill_state(
    random: np.ndarray, chain: Chain, p: Parameters, model: Model, start: Start, first: Bent, second: Bent,
    near: bool,
) -> None:  # fmt: skip
    """Fill the state by the parameters as drawn; where `near` the times of the first endpoint stay."""
    x, roles, settings, days = chain.x, model.roles, model.settings, model.settings.response_days
    for i in range(len(x)):
        x[i, RELAPSED], x[i, RELAPSE], x[i, RESPONSE] = 0, 0, NEVER
        x[i, UNSEEN] = below(random, settings.visits + 1)
        if roles[x[i, KIND], MRD] == 1:
            x[i, RESPONSE] = days[below(random, len(days))]
    if len(first.days) > 0:
        state_near_points(random, chain, p, model, start, first, second, near)
        return
    for i in range(len(x)):
        patient_from_prior(i, random, x, roles, settings, p)


@inlined()
def state_near_points(
    random: np.ndarray, chain: Chain, p: Parameters, model: Model, start: Start, first: Bent, second: Bent,
    near: bool,
) -> None:  # fmt: skip
    """Fill times and relapses so that the printed points are nearly met, and the roles met.

    Where the times are `near` already those of the first endpoint stay.
    """
    x, order, roles, settings = chain.x, chain.order, model.roles, model.settings
    if not near:
        bend(first, p.table)
        hazard_of_curve(p.theta, settings.edges, settings.horizon, first)
        spread_times(random, x, order, first, p.cens_table)
    longest_to_long_term(x, roles, order)
    for i in range(len(x)):
        clamp_to_roles(i, random, x, roles, settings)
    bend(second, p.relapse_table)
    if len(second.days) > 0:
        hazard_of_curve(p.relapse_theta, settings.relapse_edges, settings.horizon, second)
    tabulate_all(p, settings)
    if start.relapse_followup > 0.0:
        place_remissions(random, x, roles, settings, int(start.relapse_followup), order)
    if len(start.plateau) > 0:
        place_plateau(random, x, roles, settings, start.plateau[0], start.plateau[1])
    if len(start.last_day) > 0:
        place_largest(random, x, start.last_day[0], start.last_day[1])
    if len(start.followed) > 0:
        place_followed(random, x, roles, order, start.followed[0], start.followed[1])
    if len(start.first_day) > 0:
        place_smallest(random, x, roles, settings, start.first_day[0], start.first_day[1])
    for i in range(len(x)):
        # Before, so that the relapse lies within the time; after, so that it agrees with the roles.
        clamp_to_roles(i, random, x, roles, settings)
        place_relapse(i, random, x, roles, settings, start, second)
        clamp_to_roles(i, random, x, roles, settings)


@compiled()
def drawn_level(day: float, table: np.ndarray) -> float:
    """Return the cumulative hazard, -log S, of a drawn hazard at a day."""
    return -math.log(max(survival_probability(day, table), SMALLEST))


@compiled()
def bend(curve: Bent, table: np.ndarray) -> None:
    """Bend a hazard as drawn, its `table`, through the points of a curve."""
    for row in range(len(table)):
        copy_into(curve.table[row], table[row])
    days, hazard, last = curve.days, curve.hazard, len(curve.days) - 1
    for j in range(last):
        rise = drawn_level(days[j + 1], table) - drawn_level(days[j], table)
        curve.factor[j] = max(hazard[j + 1] - hazard[j], LEAST_RISE) / max(rise, LEAST_RISE)
    if last >= 0:
        # Beyond the last point: the mean factor up to there.
        rise = drawn_level(days[last], table)
        curve.factor[last] = max(hazard[last], LEAST_RISE) / max(rise, LEAST_RISE)


@compiled()
def bent_level(day: float, curve: Bent) -> float:
    """Return the cumulative hazard of the bent curve at a day."""
    j = len(curve.days) - 1
    while j > 0 and curve.days[j] > day:
        j -= 1
    rise = drawn_level(day, curve.table) - drawn_level(curve.days[j], curve.table)
    return curve.hazard[j] + curve.factor[j] * rise


@compiled()
def bent_day(hazard: float, curve: Bent, limit: int) -> int:
    """Return the day at which the bent curve reaches a cumulative hazard, `limit` if it never does."""
    j = len(curve.days) - 1
    while j > 0 and curve.hazard[j] >= hazard:
        j -= 1
    rise = (hazard - curve.hazard[j]) / curve.factor[j]
    return day_of(math.exp(-drawn_level(curve.days[j], curve.table) - rise), curve.table, limit)


@compiled()
def hazard_of_curve(theta: np.ndarray, edges: np.ndarray, horizon: float, curve: Bent) -> None:
    """Set the log hazards in `theta` (as in `hazards.tabulate`) to the means of the bent curve by piece."""
    end = END * horizon
    last = math.exp(-bent_level(end, curve))
    cured = min(1.0 / (1.0 + math.exp(-theta[LOGIT_CURED])), MOST_CURED * last)
    theta[LOGIT_CURED] = math.log(cured / (1.0 - cured))
    before = 0.0
    for j in range(len(edges)):
        until = edges[j + 1] if j + 1 < len(edges) else end
        s = math.exp(-bent_level(until, curve))
        # Of those who can have the event at all: what is left of them, as a cumulative hazard.
        after = -math.log(max((s - cured) / (1.0 - cured), LEAST_LEVEL))
        theta[j] = math.log(max((after - before) / (until - edges[j]), LEAST_HAZARD / horizon))
        before = after
