"""Cohorts of two patients over a week, whose states can all be listed and weighed by formulas of our own."""

import functools
import itertools

import numpy as np

from claims_files import claims
from pseudoipd import draw
from pseudoipd.chain import chains
from pseudoipd.chain import parameters as updates
from pseudoipd.chain.keys import EVENTS
from pseudoipd.model import prior
from pseudoipd.model.structs import (
    EVENT,
    KIND,
    RELAPSE,
    RELAPSED,
    RESPONSE,
    STATE,
    TIME,
    UNSEEN,
    Model,
    Timing,
)

LAST_DAY = 6
RESPONSE_DAYS = (1, 2)
EDGES = np.array([0.0, 2.0, 3.0])
HAZARD, CURED = np.array([0.20, 0.10, 0.30]), 0.2
RELAPSE_HAZARD, RELAPSE_CURED = np.array([0.30, 0.60, 0.40]), 0.1
LONGEST, SHORTEST_SHARE, LOST, SHAPE = 8.0, 0.4, 0.3, 1.5
HORIZON = 6.0
STRICTNESS = 1.5
VISITS = 1
AFTER_RELAPSE = 3.0
LAW = prior.Law(4.0)
"""What the hazards are drawn from where they are drawn at all."""


@functools.cache
def model(events=None):
    """One type of patient, who responds; `events` are the numbers of events claimed of both endpoints."""
    problem = draw.request(claims(("OS", "n", "2")), None, 1).problem
    wanted = np.array(events or [], dtype=float)
    groups = len(wanted)
    settings = problem.settings._replace(
        edges=EDGES, relapse_edges=EDGES,
        distance=np.array([0.5, 0.8]), relapse_distance=np.array([0.5, 0.8]),
        law=LAW.packed(EDGES, HORIZON), relapse_law=LAW.packed(EDGES, HORIZON),
        horizon=HORIZON, limit=LAST_DAY, response_days=np.array(RESPONSE_DAYS), from_response=True,
        cells=np.array([1, 3, LAST_DAY + 2]), relapse_cells=np.array([1, 2, LAST_DAY]),
        visits=VISITS, after_relapse=AFTER_RELAPSE,
    )  # fmt: skip
    timing = Timing(
        np.arange(groups), np.arange(groups + 1), np.zeros(groups, bool), np.zeros(groups, bool),
        np.full(groups, EVENTS), np.full(groups, np.nan), wanted, wanted,
        np.zeros(groups, bool), np.zeros(groups, int), np.zeros((groups, 0), int),
    )  # fmt: skip
    # Has the second endpoint, responds, is observed from day 1 on; the rest is open; member of all groups.
    return Model(np.array([[1, 1, 1, 0, 0, 0, 0] + [1] * groups]), timing, settings, True)


def parameters(settings):
    """The parameters above, tabulated by the code."""
    p = chains.new_parameters(settings)
    p.theta[:] = [*np.log(HAZARD), logit(CURED)]
    p.relapse_theta[:] = [*np.log(RELAPSE_HAZARD), logit(RELAPSE_CURED)]
    p.cens[:] = [np.log(LONGEST), logit(SHORTEST_SHARE), logit(LOST), np.log(SHAPE)]
    updates.tabulate_all(p, settings)
    return p


def logit(share):
    return np.log(share / (1 - share))


def survival(day, hazard, cured):
    """P(T > day) by adding the hazard day by day."""
    total = sum(hazard[np.searchsorted(EDGES, moment, side="right") - 1] for moment in range(max(0, day)))
    return cured + (1 - cured) * np.exp(-total)


def observed(day):
    """P(C > day): entry up to one cut-off, and loss at a constant rate."""
    shortest = SHORTEST_SHARE * LONGEST
    share = np.clip((LONGEST - day) / (LONGEST - shortest), 0, 1)
    return share**SHAPE * (1 - LOST) ** (max(day, 0) / HORIZON)


def alive(day, relapsed, relapse):
    """P(T > day): after a relapse half / (half + days)."""
    if not relapsed:
        return survival(day, HAZARD, CURED)
    return survival(relapse, HAZARD, CURED) * AFTER_RELAPSE / (AFTER_RELAPSE + day - relapse)


def weight(time, event, relapsed, relapse, response, unseen):
    """The prior probability of one patient's course, given the response day and the days unseen."""
    died = alive(time - 1, relapsed, relapse) - alive(time, relapsed, relapse)
    first = died * observed(time - 1) if event else (
        (observed(time - 1) - observed(time)) * alive(time, relapsed, relapse)
    )  # fmt: skip
    seen = time if event else time - unseen

    def free(day):
        return survival(day - response, RELAPSE_HAZARD, RELAPSE_CURED)

    return first * (free(relapse - 1) - free(relapse) if relapsed else free(seen - 1))


def courses():
    """Every course of one patient: time, event, relapsed, relapse, response, days unseen.

    A relapse is seen, and a remission looked at, before the days unseen, of which the dead have none.
    """
    return [
        (time, event, int(relapse > 0), relapse, response, unseen)
        for response in RESPONSE_DAYS
        for event in (0, 1)
        for unseen in range(VISITS + 1)
        for time in range(response + 1 + (0 if event else unseen), LAST_DAY + 1)
        for relapse in (0, *range(response + 1, time - (0 if event else unseen)))
    ]


def states(events=None):
    """Every state of two patients [states, 2, columns] and its probability under prior and claims."""
    one = courses()
    both, each = list(itertools.product(one, repeat=2)), np.array([weight(*course) for course in one])
    x = np.zeros((len(both), 2, STATE), dtype=np.int64)
    columns = [TIME, EVENT, RELAPSED, RELAPSE, RESPONSE, UNSEEN]
    x[..., columns] = both
    x[..., KIND] = 0
    mass = np.outer(each, each).ravel()
    if events is not None:
        deaths = x[..., EVENT].sum(axis=1)
        either = (x[..., EVENT] | x[..., RELAPSED]).sum(axis=1)
        loss = np.abs(deaths - events[0]) + np.abs(either - events[1])
        mass *= np.exp(-STRICTNESS * loss)
    return x, mass / mass.sum()
