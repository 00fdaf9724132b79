"""One patient of a chain's state: what their times mean, and how probable they are. Compiled.

`tables` are those of the prior's parameters; `structs` names the columns of the state and of the roles.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.hazards import (
    LOG_NEVER,
    draw_censoring_day,
    draw_event_day,
    log_end,
    log_relapse,
    log_time,
)
from pseudoipd.chain.keys import make_key
from pseudoipd.chain.random_numbers import uniform
from pseudoipd.model.structs import (
    AFTER_RESPONSE,
    CARRIED,
    CENSORING,
    EARLIEST,
    EVENT,
    EVENTS_OF_FIRST,
    FIRST_ENDPOINT,
    KIND,
    LATENT,
    LATENT_START,
    LATENTS,
    LONG_TERM,
    MUST_RELAPSE,
    NEVER,
    NO,
    RELAPSE,
    RELAPSE_FREE,
    RELAPSED,
    RESPONSE,
    RFS,
    STATE,
    TIME,
    UNSEEN,
    YES,
    Model,
    Parameters,
    Settings,
)


@compiled()
def origin_of(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the day from which a patient can relapse: the response; 0 if the claims know of none."""
    remission = roles[x[i, KIND], RFS] == 1
    if x[i, RESPONSE] < NEVER and not (remission and settings.first_remission):
        return x[i, RESPONSE]
    # A remission without an MRD response has a day too, which is not drawn: the first assessment.
    if remission and (settings.from_response or settings.first_remission):
        return settings.response_days[0]
    return 0


@inlined()
def unseen(x: np.ndarray, i: int) -> int:
    """Return for how many days before the end of observation nobody looked for a relapse."""
    return 0 if x[i, EVENT] == 1 else x[i, UNSEEN]


@compiled()
def earliest_end(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the first day on which a patient's observation can end, given their response and roles."""
    kind, origin, response = x[i, KIND], origin_of(x, i, roles, settings), x[i, RESPONSE]
    least = max(roles[kind, EARLIEST], origin + 1)
    if roles[kind, RFS] == 1:
        least = max(least, origin + 1 + unseen(x, i))
    if response < NEVER:
        least = max(least, response + 1)
    if roles[kind, AFTER_RESPONSE] > 0:
        since = response if response < NEVER else settings.response_days[0]
        least = max(least, since + roles[kind, AFTER_RESPONSE])
    return least


@compiled()
def start_of_second(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the day from which the second endpoint is counted."""
    return origin_of(x, i, roles, settings) if settings.from_response else 0


@compiled()
def agrees(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> bool:
    """Say whether a patient's times agree with their roles."""
    kind, time = x[i, KIND], x[i, TIME]
    if time < earliest_end(x, i, roles, settings) or time > settings.limit:
        return False
    term = roles[kind, LONG_TERM]
    if (term == YES and time < settings.cut) or (term == NO and time >= settings.cut):
        return False
    return relapse_agrees(x, i, roles, settings)


@inlined()
def relapse_agrees(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> bool:
    """Say whether a patient's relapse, or its absence, agrees with their times and roles."""
    kind, relapsed, relapse = x[i, KIND], x[i, RELAPSED] == 1, x[i, RELAPSE]
    died_free = x[i, EVENT] == 1 and not settings.never_relapsed
    if relapsed:
        known = relapse > origin_of(x, i, roles, settings) and relapse < x[i, TIME] - unseen(x, i)
        return roles[kind, RFS] == 1 and roles[kind, RELAPSE_FREE] != YES and known
    if roles[kind, RELAPSE_FREE] == YES:
        return not died_free
    return roles[kind, MUST_RELAPSE] == 0 and (roles[kind, RELAPSE_FREE] != NO or died_free)


@inlined()
def carried_key(x: np.ndarray, i: int, place: int) -> int:
    """Return the key at an endpoint whose columns begin at `place`: its own event, or the end otherwise."""
    day, start = x[i, place + LATENT], x[i, place + LATENT_START]
    if day < x[i, TIME]:
        return make_key(day - start, 1, i)
    return make_key(x[i, TIME] - start, x[i, EVENT], i)


@compiled()
def key_of(x: np.ndarray, i: int, endpoint: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the key of one patient at one endpoint."""
    if endpoint == FIRST_ENDPOINT:
        return make_key(x[i, TIME], x[i, EVENT], i)
    if endpoint >= CARRIED:
        return carried_key(x, i, STATE + LATENTS * (endpoint - CARRIED))
    start = start_of_second(x, i, roles, settings)
    if x[i, RELAPSED] == 1:
        return make_key(x[i, RELAPSE] - start, x[i, RELAPSED], i)
    return make_key(x[i, TIME] - unseen(x, i) - start, x[i, EVENT], i)


@compiled()
def log_course(x: np.ndarray, i: int, event: int, table: np.ndarray, settings: Settings) -> float:
    """Return the part of the events in the log prior of a patient's time, were `event` so.

    Days after a relapse may have a law of their own: S = half / (half + days), `half` being the days within
    which half have died. The hazard falls with time, as it does where few of many live on.
    """
    half = settings.after_relapse
    if x[i, RELAPSED] == 0 or half <= 0.0:
        return log_time(x[i, TIME], event, table)
    before, days = log_time(x[i, RELAPSE], 0, table), float(x[i, TIME] - x[i, RELAPSE])
    if days < 1.0:
        return LOG_NEVER
    if event == 1:
        return before + math.log(half / ((half + days - 1.0) * (half + days)))
    return before + math.log(half / (half + days))


@compiled()
def log_first(
    x: np.ndarray, i: int, table: np.ndarray, cens_table: np.ndarray, settings: Settings
) -> float:  # fmt: skip
    """Return the log prior probability of a patient's time at the first endpoint, given their relapse."""
    return log_course(x, i, x[i, EVENT], table, settings) + log_end(x[i, TIME], x[i, EVENT], cens_table)


@compiled()
def log_second(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings, table: np.ndarray) -> float:
    """Return the log prior probability of a patient's relapse; `table` is that of relapse."""
    if roles[x[i, KIND], RFS] == 0:
        return 0.0
    origin = origin_of(x, i, roles, settings)
    return log_relapse(x[i, RELAPSED], x[i, RELAPSE], x[i, TIME] - unseen(x, i), origin, table)


@inlined()
def log_part(process: int, x: np.ndarray, i: int, p: Parameters, model: Model) -> float:
    """Return the part of one process in the log prior probability of a patient's observation."""
    if process == EVENTS_OF_FIRST:
        return log_course(x, i, x[i, EVENT], p.table, model.settings)
    if process == CENSORING:
        return log_end(x[i, TIME], x[i, EVENT], p.cens_table)
    return log_second(x, i, model.roles, model.settings, p.relapse_table)


@compiled()
def redraw_first(
    x: np.ndarray, i: int, random: np.ndarray, table: np.ndarray, cens_table: np.ndarray, settings: Settings
) -> None:  # fmt: skip
    """Draw a patient's time at the first endpoint anew from the prior, given their relapse."""
    if x[i, RELAPSED] == 1 and settings.after_relapse > 0.0:
        # The inverse of the law in `log_course`.
        wait = math.ceil(settings.after_relapse * (1.0 / uniform(random) - 1.0))
        died = x[i, RELAPSE] + max(1, min(wait, NEVER // 2))
    else:
        died = draw_event_day(random, table, NEVER)
    seen = draw_censoring_day(random, cens_table)
    x[i, TIME] = min(died, seen)
    x[i, EVENT] = 1 if died <= seen else 0


@compiled()
def log_redrawn(
    x: np.ndarray, i: int, table: np.ndarray, cens_table: np.ndarray, settings: Settings
) -> float:  # fmt: skip
    """Return the log probability with which `redraw_first` gives a patient the time and event they have."""
    log = log_first(x, i, table, cens_table, settings)
    if x[i, RELAPSED] == 1 and settings.after_relapse > 0.0:
        log -= log_time(x[i, RELAPSE], 0, table)
    return log


@compiled()
def redraw_second(
    x: np.ndarray, i: int, random: np.ndarray, roles: np.ndarray, settings: Settings, table: np.ndarray
) -> None:
    """Draw a patient's relapse anew from the prior; later than the end of observation means none is seen."""
    set_relapse(x, i, draw_event_day(random, table, NEVER) + origin_of(x, i, roles, settings))


@compiled()
def set_relapse(x: np.ndarray, i: int, day: int) -> None:
    """Let a patient relapse on a day, or not if nobody looked for it beyond."""
    seen = day < x[i, TIME] - unseen(x, i)
    x[i, RELAPSED] = 1 if seen else 0
    x[i, RELAPSE] = day if seen else 0
