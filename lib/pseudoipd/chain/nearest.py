"""What a chain begins with, drawn from the prior: parameters, or the cohort of many that is nearest to print.

Compiled. Where points of a curve and the number of events are printed, and nothing of follow-up, these say
together how many were lost and when, which a chain of the usual length does not find from far off.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.hazards import draw_cens, draw_censoring_day, draw_event_day, draw_hazard
from pseudoipd.chain.keys import sort_keys
from pseudoipd.chain.parameters import tabulate_all
from pseudoipd.chain.random_numbers import normal
from pseudoipd.model.structs import (
    EVENT,
    LOG_LONGEST,
    LOG_SHAPE,
    LOGIT_LOST,
    LOGIT_SHORTEST,
    NEVER,
    TIME,
    Chain,
    Parameters,
    Settings,
    Start,
)

CANDIDATES = 3000
"""Cohorts of the prior of which the one nearest to print is begun with."""
NEAR = 2.0
"""Patients by which it may be off, root mean square; of one farther off the parameters alone are taken."""
ROUNDED, ABOVE = 0.005, 1e-6
"""S may be off by half a percent, as it is mostly printed in whole ones: else of the few values that it has
in few patients one would count as nearer than another that is printed alike, and take sides in how many were
lost before. Above one half is what exceeds it by this."""
LONGEST_SD, SHORTEST_SD = 0.01, 0.2
"""How near to the printed follow-up that of the initial state is: the longest just beyond, as it was seen."""
FEWER_LOST = 2.0
"""By how much the logit of the share lost early begins below the prior's: the bent curve is that of the
printed numbers if nobody is lost, and a chain forgets losses slower than it finds them."""


@compiled()
def draw_parameters(random: np.ndarray, settings: Settings, start: Start, p: Parameters) -> None:
    """Draw the parameters from the hyperprior; those of censoring near to the printed follow-up, if any."""
    hyper, cens = settings.hyper, p.cens
    draw_hazard(random, settings.distance, settings.law, p.theta)
    draw_cens(random, hyper, cens)
    draw_hazard(random, settings.relapse_distance, settings.relapse_law, p.relapse_theta)
    if len(start.cens) > 0:
        log_longest, logit_shortest, log_shape = start.cens[0], start.cens[1], start.cens[2]
        cens[LOG_LONGEST] = log_longest + LONGEST_SD * abs(normal(random))
        cens[LOGIT_SHORTEST] = logit_shortest + SHORTEST_SD * normal(random)
        cens[LOG_SHAPE] += log_shape
    if len(start.days) > 0 and start.events < 0:
        cens[LOGIT_LOST] -= FEWER_LOST
    tabulate_all(p, settings)


@inlined()
def off_print(x: np.ndarray, order: np.ndarray, start: Start) -> float:
    """Return by how many patients a cohort is off, mean square of the printed points and number of events.

    S is off where it comes down to the level of a point too early or too late, beyond what rounding takes.
    """
    n, points, squares, events = len(x), len(start.days), 0.0, 0
    # By time, an event before who is lost on the same day, as one number each.
    for i in range(n):
        order[i] = x[i, TIME] * 2 + 1 - x[i, EVENT]
        events += x[i, EVENT]
    sort_keys(order, n)
    for k in range(1, points):
        level, early, late = math.exp(-start.hazard[k]), start.between[k, 0], start.between[k, 1]
        before = after = 1.0
        for position in range(n):
            day = order[position] // 2
            if day > late:
                break
            if order[position] % 2 == 0:
                after *= 1.0 - 1.0 / (n - position)
                before = after if day <= early else before
        # Before a median S is above one half, be it by ever so little, and by its last day no more than that.
        higher, lower = (ROUNDED, ROUNDED) if early == late else (ABOVE, -ABOVE)
        off = max(0.0, after - level - higher, level - lower - before)
        squares += (n * off) ** 2
    return (squares + (events - start.events) ** 2) / points


@compiled()
def draw_first(random: np.ndarray, x: np.ndarray, p: Parameters, settings: Settings, start: Start) -> None:
    """Draw parameters, and times of the first endpoint from them, whatever the roles."""
    draw_parameters(random, settings, start, p)
    for i in range(len(x)):
        died, seen = draw_event_day(random, p.table, NEVER), draw_censoring_day(random, p.cens_table)
        x[i, TIME], x[i, EVENT] = min(died, seen), (1 if died <= seen else 0)


@compiled(nogil=True)
def draw_nearest(random: np.ndarray, chain: Chain, p: Parameters, settings: Settings, start: Start) -> bool:
    """Take parameters and times of that cohort of many from the prior which is nearest to print.

    Say whether it is near enough for its times to stay. This is approximate Bayesian computation by the
    nearest neighbor (Biau et al. 2015, Ann Inst H Poincaré 51:376-403).
    """
    nearest = math.inf
    a, b, c, d = random[0], random[1], random[2], random[3]
    for _ in range(CANDIDATES):
        before = random[0], random[1], random[2], random[3]
        draw_first(random, chain.x, p, settings, start)
        off = off_print(chain.x, chain.order, start)
        if off < nearest:
            nearest, (a, b, c, d) = off, before
    # Drawn once more, from the same random numbers: compiled code has no room to keep it.
    after = random[0], random[1], random[2], random[3]
    random[0], random[1], random[2], random[3] = a, b, c, d
    draw_first(random, chain.x, p, settings, start)
    random[0], random[1], random[2], random[3] = after
    return nearest <= NEAR**2
