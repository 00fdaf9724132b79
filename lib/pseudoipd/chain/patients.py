"""One patient of a chain's state: what their times mean, and how probable they are. Compiled.

`tables` are those of the prior's parameters; `structs` names the columns of the state and of the roles.
"""

from __future__ import annotations

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.hazards import draw_censoring_day, draw_event_day, log_end, log_relapse, log_time
from pseudoipd.chain.keys import make_key
from pseudoipd.model.structs import (
    CENSORING,
    EARLIEST,
    EVENT,
    EVENTS_OF_FIRST,
    FIRST_ENDPOINT,
    KIND,
    LONG_TERM,
    NEVER,
    NO,
    RELAPSE,
    RELAPSE_FREE,
    RELAPSED,
    RESPONSE,
    RFS,
    TIME,
    YES,
    Model,
    Parameters,
    Settings,
)


@compiled()
def origin_of(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the day from which a patient can relapse: the response; 0 if the claims know of none."""
    if x[i, RESPONSE] < NEVER:
        return x[i, RESPONSE]
    # A remission without an MRD response has a day too, which is not drawn: the first assessment.
    if roles[x[i, KIND], RFS] == 1 and settings.from_response:
        return settings.response_days[0]
    return 0


@compiled()
def start_of_second(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the day from which the second endpoint is counted."""
    return origin_of(x, i, roles, settings) if settings.from_response else 0


@compiled()
def agrees(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings) -> bool:
    """Say whether a patient's times agree with their roles."""
    kind, time, origin = x[i, KIND], x[i, TIME], origin_of(x, i, roles, settings)
    if time < roles[kind, EARLIEST] or time > settings.limit or time <= origin:
        return False
    term = roles[kind, LONG_TERM]
    if (term == YES and time < settings.cut) or (term == NO and time >= settings.cut):
        return False
    relapsed, relapse = x[i, RELAPSED] == 1, x[i, RELAPSE]
    if relapsed and (roles[kind, RFS] == 0 or relapse <= origin or relapse >= time):
        return False
    free = roles[kind, RELAPSE_FREE]
    if free == YES:
        return x[i, EVENT] == 0 and not relapsed
    return free != NO or x[i, EVENT] == 1 or relapsed


@compiled()
def key_of(x: np.ndarray, i: int, endpoint: int, roles: np.ndarray, settings: Settings) -> int:
    """Return the key of one patient at one endpoint."""
    if endpoint == FIRST_ENDPOINT:
        return make_key(x[i, TIME], x[i, EVENT], i)
    start = start_of_second(x, i, roles, settings)
    if x[i, RELAPSED] == 1:
        return make_key(x[i, RELAPSE] - start, x[i, RELAPSED], i)
    return make_key(x[i, TIME] - start, x[i, EVENT], i)


@compiled()
def log_first(x: np.ndarray, i: int, table: np.ndarray, cens_table: np.ndarray) -> float:
    """Return the log prior probability of a patient's time at the first endpoint."""
    return log_time(x[i, TIME], x[i, EVENT], table) + log_end(x[i, TIME], x[i, EVENT], cens_table)


@compiled()
def log_second(x: np.ndarray, i: int, roles: np.ndarray, settings: Settings, table: np.ndarray) -> float:
    """Return the log prior probability of a patient's relapse; `table` is that of relapse."""
    if roles[x[i, KIND], RFS] == 0:
        return 0.0
    origin = origin_of(x, i, roles, settings)
    return log_relapse(x[i, RELAPSED], x[i, RELAPSE], x[i, TIME], origin, table)


@inlined()
def log_part(process: int, x: np.ndarray, i: int, p: Parameters, model: Model) -> float:
    """Return the part of one process in the log prior probability of a patient's observation."""
    if process == EVENTS_OF_FIRST:
        return log_time(x[i, TIME], x[i, EVENT], p.table)
    if process == CENSORING:
        return log_end(x[i, TIME], x[i, EVENT], p.cens_table)
    return log_second(x, i, model.roles, model.settings, p.relapse_table)


@compiled()
def redraw_first(
    x: np.ndarray, i: int, random: np.ndarray, table: np.ndarray, cens_table: np.ndarray
) -> None:  # fmt: skip
    """Draw a patient's time at the first endpoint anew from the prior."""
    died = draw_event_day(random, table, NEVER)
    seen = draw_censoring_day(random, cens_table)
    x[i, TIME] = min(died, seen)
    x[i, EVENT] = 1 if died <= seen else 0


@compiled()
def redraw_second(
    x: np.ndarray, i: int, random: np.ndarray, roles: np.ndarray, settings: Settings, table: np.ndarray
) -> None:
    """Draw a patient's relapse anew from the prior; later than the end of observation means none is seen."""
    set_relapse(x, i, draw_event_day(random, table, NEVER) + origin_of(x, i, roles, settings))


@compiled()
def set_relapse(x: np.ndarray, i: int, day: int) -> None:
    """Let a patient relapse on a day, or not if they are not observed beyond it."""
    x[i, RELAPSED] = 1 if day < x[i, TIME] else 0
    x[i, RELAPSE] = day if day < x[i, TIME] else 0
