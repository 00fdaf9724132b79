"""The reversible moves of a chain: one table of them, and for each what it does to the state. Compiled.

A move changes patient i (and j) of the state `x` in place and returns log q(back) - log q(there), q being the
probability with which the one state is proposed from the other; NaN means that there is no such move, and
then nothing was changed. Whether the new times agree with the roles is asked afterwards.

A new move is a row of `MOVES`, a function, and a line in `propose_first` or `propose_second`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.patients import (
    log_first,
    log_redrawn,
    log_second,
    redraw_first,
    redraw_second,
    start_of_second,
    unseen,
)
from pseudoipd.chain.random_numbers import below, uniform
from pseudoipd.model.structs import (
    EVENT,
    KIND,
    MRD,
    RELAPSE,
    RELAPSED,
    RESPONSE,
    RFS,
    TIME,
    UNSEEN,
    Parameters,
    Settings,
)


class Move(NamedTuple):
    """One kind of move. The two probabilities are of the new state given the old, and back, in words."""

    code: int  # its place in `MOVES`
    name: str
    weight: int  # per cent: of all moves if it needs the second endpoint, of all others if not
    pair: bool  # changes two patients
    needs: str  # of whom; otherwise there is no move
    there: str
    back: str

    @property
    def second(self) -> bool:
        """Needs the second endpoint."""
        return self.code >= SHIFT_RELAPSE


SHIFT, OTHER_CELL, ANEW, EVENT_OR_NOT, EXCHANGE, OTHER_RESPONSE_DAY, EXCHANGE_ENDS, SHIFT_APART = range(8)
SHIFT_RELAPSE, RELAPSE_ANEW, RELAPSE_CELL, EXCHANGE_RELAPSES, END_TO_CELL, RESPONSE_AND_TIMES = range(8, 14)
LAST_LOOK, OTHER_END = 14, 15

_STEP, _ANY = "s(d), for d days", "anyone"
_RESPONDER = "an MRD responder, two possible response days"

MOVES = (
    Move(SHIFT, "shift a time", 26, False, _ANY, _STEP, _STEP),
    Move(
        OTHER_CELL, "a time to any range of days, with or without its event", 16, False, _ANY,
        "1 / 2Rw, w days in the new range", "1 / 2Rw, w days in the old range",
    ),
    Move(
        ANEW, "a time anew from the prior", 18, False, _ANY,
        "prior of the new time and event", "prior of the old time and event",
    ),
    Move(EVENT_OR_NOT, "event for censoring, or censoring for event", 6, False, _ANY, "1", "1"),
    Move(
        EXCHANGE, "exchange two patients' times, half of the time with their relapses", 22, True,
        "two patients", "½ each", "½ each",
    ),
    Move(OTHER_RESPONSE_DAY, "the other response day", 5, False, _RESPONDER, "1", "1"),
    Move(EXCHANGE_ENDS, "exchange the ends of two patients' follow-up", 4, True,
         "two patients without the event", "1", "1"),
    Move(
        SHIFT_APART, "shift two times against each other, of neighbors where it is known who lives long", 3,
        True, "two patients", _STEP, _STEP,
    ),
    Move(SHIFT_RELAPSE, "shift a relapse", 8, False, "a relapse", _STEP, _STEP),
    Move(
        RELAPSE_ANEW, "a relapse, or none, anew from the prior", 7, False, "a remission",
        "prior of the new relapse", "prior of the old relapse",
    ),
    Move(
        RELAPSE_CELL, "a relapse to any range of days", 5, False, "a relapse",
        "1 / Rw, w days in the new range", "1 / Rw, w days in the old range",
    ),
    Move(EXCHANGE_RELAPSES, "exchange two patients' relapses", 3, True, "two remissions", "1", "1"),
    Move(
        END_TO_CELL, "the end of follow-up to any range of days since the response", 5, False,
        "a remission without relapse", "1 / Rw, w days in the new range", "1 / Rw, w days in the old range",
    ),
    Move(
        RESPONSE_AND_TIMES, "the other response day, the times since the response kept", 3, False,
        "a remission of " + _RESPONDER, "1", "1",
    ),
    Move(
        LAST_LOOK, "the days from the last look at a remission to the last contact, anew, half of the time "
        "with the last look kept", 3, False, "a remission looked at now and then", "1 / days", "1 / days",
    ),
    Move(
        OTHER_END, "a death in remission to a relapse on its day with a time anew from the prior, or back", 6,
        False, "a relapse, or a death in remission", "prior of the new time and event, or 1",
        "1, or prior of the old time and event",
    ),
)  # fmt: skip
"""s is the law of `step_size`, R the number of ranges of days (`Settings.cells`, `relapse_cells`)."""


def _limits(moves: tuple[Move, ...]) -> np.ndarray:
    """Return the upper ends, in (0, 1), of the intervals of a uniform number that stand for each move."""
    return np.cumsum([move.weight for move in moves]) / 100


FIRST_LIMITS = _limits(tuple(move for move in MOVES if not move.second))
SECOND_LIMITS = _limits(tuple(move for move in MOVES if move.second))
SECOND_SHARE = float(SECOND_LIMITS[-1])
FIRST_SHARE = (100 - sum(move.weight for move in MOVES if move.second)) / 100
PAIR = np.array([move.pair for move in MOVES])

FEW_DAYS, MONTHS = 4.0, 60.0
"""Means of the two exponentials of a step: what fits a time into its interval, and what changes the curve."""
OUTSIDE_CELLS = -50.0
"""Log probability that stands for 'never proposed': a time beyond all ranges; not -∞, so it can come back."""
VAIN = 20
"""Attempts to find a patient without the event."""


@compiled()
def place_in(u: float, limits: np.ndarray) -> int:
    """Return the first interval whose upper end lies above u."""
    k = 0
    while k < len(limits) - 1 and u >= limits[k]:
        k += 1
    return k


@compiled()
def pick_move(random: np.ndarray, second: bool) -> int:
    """Return the code of a move, those of the second endpoint only if there is one."""
    u = uniform(random)
    if second:
        if u < SECOND_SHARE:
            return SHIFT_RELAPSE + place_in(u, SECOND_LIMITS)
        # One random number serves both choices: what is left of it is uniform again.
        u = (u - SECOND_SHARE) / FIRST_SHARE
    return place_in(u, FIRST_LIMITS)


@compiled()
def pick_patients(random: np.ndarray, x: np.ndarray, move: int, settings: Settings) -> tuple[int, int]:
    """Return the patients that a move is to change: any two, not always different, or one and the next."""
    i, j = below(random, len(x)), below(random, len(x))
    if move == EXCHANGE_ENDS:
        # Whose follow-up is exchanged keeps being without the event, so the way back is as probable.
        i, j = without_event(random, x, i), without_event(random, x, j)
    if move == SHIFT_APART and settings.known_survivors:
        # Who lives long being known, hardly anybody is lost before the median: S is mostly 1/2 from a death
        # to the next, the median lies midway between the two, and neither of them gets far alone.
        j = next_alike(x, i)
    return i, j


@compiled()
def without_event(random: np.ndarray, x: np.ndarray, i: int) -> int:
    """Return a random patient without the event, or any after some vain attempts, starting with i."""
    # A bound, as all may have had the event; the move is then none.
    for _ in range(VAIN):
        if x[i, EVENT] == 0:
            break
        i = below(random, len(x))
    return i


@compiled()
def next_alike(x: np.ndarray, i: int) -> int:
    """Return who comes after patient i in time of those with the event, or without it, as i; i for nobody."""
    found = i
    for k in range(len(x)):
        later = x[k, TIME] > x[i, TIME] or (x[k, TIME] == x[i, TIME] and k > i)
        if later and x[k, EVENT] == x[i, EVENT] and (found == i or x[k, TIME] < x[found, TIME]):
            found = k
    return found


@inlined()
def random_day(random: np.ndarray, cells: np.ndarray) -> int:
    """Return a day from a random range, uniform within it; `cells` are the first days of the ranges."""
    c = below(random, len(cells) - 1)
    return cells[c] + below(random, cells[c + 1] - cells[c])


@compiled()
def log_cell(day: int, cells: np.ndarray) -> float:
    """Return the log probability with which `random_day` proposes `day`, but for a constant."""
    if day < cells[0] or day >= cells[-1]:
        return OUTSIDE_CELLS
    c = len(cells) - 2
    while cells[c] > day:
        c -= 1
    return -math.log(cells[c + 1] - cells[c])


@inlined()
def to_random_day(
    x: np.ndarray, i: int, column: int, origin: int, cells: np.ndarray, random: np.ndarray
) -> float:  # fmt: skip
    """Put a day (column TIME or RELAPSE) anywhere after `origin`; return log q(back) - log q(there)."""
    back = log_cell(x[i, column] - origin, cells)
    x[i, column] = origin + random_day(random, cells)
    return back - log_cell(x[i, column] - origin, cells)


@compiled()
def step_size(random: np.ndarray) -> int:
    """Return a symmetric step in days, mostly of a few days, sometimes of months."""
    scale = FEW_DAYS if uniform(random) < 0.5 else MONTHS
    size = 1 + int(-scale * math.log(uniform(random)))
    return size if uniform(random) < 0.5 else -size


@inlined()
def exchange(x: np.ndarray, i: int, j: int, column: int) -> None:
    """Exchange what two patients have in one column."""
    x[i, column], x[j, column] = x[j, column], x[i, column]


@inlined()
def to_other_cell(x: np.ndarray, i: int, random: np.ndarray, settings: Settings) -> float:
    """Put a time anywhere, and change half of the events; to do so is as probable there and back."""
    change = to_random_day(x, i, TIME, 0, settings.cells, random)
    if uniform(random) < 0.5:
        x[i, EVENT] = 1 - x[i, EVENT]
    return change


@inlined()
def time_anew(x: np.ndarray, i: int, random: np.ndarray, settings: Settings, p: Parameters) -> float:
    """Draw a time anew. The ratio undoes the prior's, so that claims and roles alone decide."""
    back = log_first(x, i, p.table, p.cens_table, settings)
    redraw_first(x, i, random, p.table, p.cens_table, settings)
    return back - log_first(x, i, p.table, p.cens_table, settings)


@inlined()
def exchange_times(x: np.ndarray, i: int, j: int, random: np.ndarray, roles: np.ndarray) -> float:
    """Exchange the times of two patients, half of the time with their relapses, if both have the endpoint."""
    if i == j:
        return math.nan
    exchange(x, i, j, TIME)
    exchange(x, i, j, EVENT)
    if uniform(random) < 0.5 and roles[x[i, KIND], RFS] == roles[x[j, KIND], RFS]:
        exchange(x, i, j, RELAPSED)
        exchange(x, i, j, RELAPSE)
    return 0.0


@inlined()
def exchange_ends(x: np.ndarray, i: int, j: int) -> float:
    """Exchange the times of two patients without the event."""
    if i == j or x[i, EVENT] == 1 or x[j, EVENT] == 1:
        return math.nan
    exchange(x, i, j, TIME)
    return 0.0


@inlined()
def shift_apart(x: np.ndarray, i: int, j: int, random: np.ndarray, settings: Settings) -> float:
    """Shift two times against each other, so that sums and many medians stay."""
    if i == j:
        return math.nan
    step = step_size(random)
    x[i, TIME] += step
    x[j, TIME] -= step
    # Of neighbors only those who are so still are found on the way back, in either order.
    if settings.known_survivors and next_alike(x, i) != j and next_alike(x, j) != i:
        x[i, TIME] -= step
        x[j, TIME] += step
        return math.nan
    return 0.0


@inlined()
def change_response_day(
    x: np.ndarray, i: int, roles: np.ndarray, settings: Settings, with_times: bool
) -> float:  # fmt: skip
    """Give a responder the other response day, and shift all that is counted from it if `with_times`."""
    days = settings.response_days
    if len(days) < 2 or roles[x[i, KIND], MRD] == 0:
        return math.nan
    other = days[0] if x[i, RESPONSE] == days[1] else days[1]
    if with_times:
        x[i, TIME] += other - x[i, RESPONSE]
        if x[i, RELAPSED] == 1:
            x[i, RELAPSE] += other - x[i, RESPONSE]
    x[i, RESPONSE] = other
    return 0.0


@inlined()
def relapse_anew(
    x: np.ndarray, i: int, random: np.ndarray, roles: np.ndarray, settings: Settings, p: Parameters
) -> float:
    """Draw a relapse, or none, anew; the ratio is as in `time_anew`."""
    back = log_second(x, i, roles, settings, p.relapse_table)
    redraw_second(x, i, random, roles, settings, p.relapse_table)
    return back - log_second(x, i, roles, settings, p.relapse_table)


@inlined()
def exchange_relapses(x: np.ndarray, i: int, j: int, roles: np.ndarray) -> float:
    """Exchange the relapses, or their absence, of two patients who have the second endpoint."""
    if i == j or roles[x[j, KIND], RFS] == 0:
        return math.nan
    exchange(x, i, j, RELAPSED)
    exchange(x, i, j, RELAPSE)
    return 0.0


@inlined()
def last_look(x: np.ndarray, i: int, random: np.ndarray, settings: Settings) -> float:
    """Draw anew how long nobody looked at a remission, with the last contact or the last look kept."""
    if settings.visits == 0:
        return math.nan
    before = x[i, UNSEEN]
    x[i, UNSEEN] = below(random, settings.visits + 1)
    if uniform(random) < 0.5:
        x[i, TIME] += x[i, UNSEEN] - before
    return 0.0


@inlined()
def other_end(x: np.ndarray, i: int, random: np.ndarray, settings: Settings, p: Parameters) -> float:
    """Turn what ended a remission from death to relapse on its day, or back: its own curve stays as it is."""
    if x[i, RELAPSED] == 1:
        back = log_redrawn(x, i, p.table, p.cens_table, settings)
        x[i, TIME], x[i, EVENT] = x[i, RELAPSE], 1
        x[i, RELAPSED] = x[i, RELAPSE] = 0
        return back
    if x[i, EVENT] == 0:
        return math.nan
    x[i, RELAPSED], x[i, RELAPSE] = 1, x[i, TIME]
    redraw_first(x, i, random, p.table, p.cens_table, settings)
    return -log_redrawn(x, i, p.table, p.cens_table, settings)


@compiled()
def propose_first(
    move: int, i: int, j: int, x: np.ndarray, random: np.ndarray, roles: np.ndarray, settings: Settings,
    p: Parameters,
) -> float:  # fmt: skip
    """Make a move of the first endpoint; return log q(back) - log q(there), NaN for no move."""
    if move == SHIFT:
        x[i, TIME] += step_size(random)
        return 0.0
    if move == OTHER_CELL:
        return to_other_cell(x, i, random, settings)
    if move == ANEW:
        return time_anew(x, i, random, settings, p)
    if move == EVENT_OR_NOT:
        x[i, EVENT] = 1 - x[i, EVENT]
        return 0.0
    if move == EXCHANGE:
        return exchange_times(x, i, j, random, roles)
    if move == OTHER_RESPONSE_DAY:
        return change_response_day(x, i, roles, settings, False)
    if move == EXCHANGE_ENDS:
        return exchange_ends(x, i, j)
    return shift_apart(x, i, j, random, settings)


@compiled()
def propose_second(
    move: int, i: int, j: int, x: np.ndarray, random: np.ndarray, roles: np.ndarray, settings: Settings,
    p: Parameters,
) -> float:  # fmt: skip
    """Make a move of the second endpoint; return log q(back) - log q(there), NaN for no move."""
    if roles[x[i, KIND], RFS] == 0:
        return math.nan
    if move == RELAPSE_ANEW:
        return relapse_anew(x, i, random, roles, settings, p)
    if move == EXCHANGE_RELAPSES:
        return exchange_relapses(x, i, j, roles)
    if move == RESPONSE_AND_TIMES:
        return change_response_day(x, i, roles, settings, True)
    if move == LAST_LOOK:
        return last_look(x, i, random, settings)
    if move == OTHER_END:
        return other_end(x, i, random, settings, p)
    # The others move one day: the relapse, or without one the end of observation, which ends both endpoints.
    if (x[i, RELAPSED] == 1) == (move == END_TO_CELL):
        return math.nan
    if move == SHIFT_RELAPSE:
        x[i, RELAPSE] += step_size(random)
        return 0.0
    column = TIME if move == END_TO_CELL else RELAPSE
    start = start_of_second(x, i, roles, settings)
    # The range is one of days of the second endpoint, which ends with the last look.
    start += unseen(x, i) if move == END_TO_CELL else 0
    return to_random_day(x, i, column, start, settings.relapse_cells, random)
