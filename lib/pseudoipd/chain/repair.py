"""Repair moves: they aim at claims that do not hold yet. Compiled.

They are not reversible, so they belong to the way to the first cohort that meets all claims only. A repair
move changes one or two patients of the state, keeps their rows as they were beside it, and returns them: two
equal numbers stand for one patient, -1 for no move.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, copy_into, inlined
from pseudoipd.chain.keys import (
    DAY_SHIFT,
    DAY_TOLERANCE,
    FU_MEDIAN,
    LOWER,
    MANTEL_BYAR,
    PATIENT_BITS,
    PATIENT_MASK,
    UPPER,
    curve_summary,
    mantel_byar_chi2,
)
from pseudoipd.chain.losses import HOLDS, decisive
from pseudoipd.chain.random_numbers import below, uniform
from pseudoipd.model.structs import (
    CARRIED,
    EVENT,
    FIRST_ENDPOINT,
    KIND,
    NEVER,
    RELAPSE,
    RELAPSE_FREE,
    RELAPSED,
    RESPONSE,
    SECOND_ENDPOINT,
    TIME,
    YES,
    Chain,
    Model,
)

PAIRS_TRIED = 20
"""Pairs looked at for one whose exchange moves the Mantel-Byar statistic."""
DAYS_PAST = 300
"""How far past an interval another patient is put: anywhere within so many days, as no place is asked for."""


@compiled()
def repair(random: np.ndarray, chain: Chain, model: Model) -> tuple[int, int]:
    """Change one or two patients so that a random claim comes nearer, unless it holds."""
    timing, settings = model.timing, model.settings
    claim = below(random, len(timing.statistic))
    g = 0
    while timing.first[g + 1] <= claim:
        g += 1
    # 'Not reached' and 'at least' have no upper end to aim at; an endpoint that is carried is not moved.
    keys, m = chain.keys[g], chain.size[g]
    aimless = timing.high[claim] == math.inf or timing.endpoint[g] >= CARRIED
    if chain.losses[g] < HOLDS or m == 0 or aimless:
        return -1, -1
    if timing.statistic[claim] == MANTEL_BYAR:
        chi2 = mantel_byar_chi2(keys, m, chain.x, settings.at_tie)
        if timing.low[claim] <= chi2 <= timing.high[claim]:
            return -1, -1
        return repair_test(random, chain, keys, m, chi2 < timing.low[claim])
    curve_summary(keys, m, settings.z, settings.conf, timing.limits[g], chain.summary)
    return repair_time(random, chain, g, claim, model)


@inlined()
def repair_test(
    random: np.ndarray, chain: Chain, keys: np.ndarray, m: int, too_small: bool
) -> tuple[int, int]:  # fmt: skip
    """Exchange the times of a responder and another patient so that the test moves towards its interval.

    The later time goes to the responder where the difference is `too_small`, as responders live longer.
    """
    x = chain.x
    for _ in range(PAIRS_TRIED):
        i, j = keys[below(random, m)] & PATIENT_MASK, keys[below(random, m)] & PATIENT_MASK
        apart = x[i, RESPONSE] < NEVER and x[j, RESPONSE] >= NEVER
        if apart and (x[i, TIME] < x[j, TIME]) == too_small:
            copy_into(chain.before[0], x[i])
            copy_into(chain.before[1], x[j])
            x[i, TIME], x[j, TIME] = x[j, TIME], x[i, TIME]
            x[i, EVENT], x[j, EVENT] = x[j, EVENT], x[i, EVENT]
            return i, j
    return -1, -1


@inlined()
def days_inside(low: float, high: float) -> tuple[int, int]:
    """Return the first and the last whole day of an interval."""
    return math.ceil(low - DAY_TOLERANCE), math.floor(high + DAY_TOLERANCE)


@inlined()
def past_interval(random: np.ndarray, first: int, last: int, early: bool) -> int:
    """Return a day beyond an interval: after it if the statistic comes too early, or else before it."""
    return last + 1 + below(random, DAYS_PAST) if early else max(1, first - 1 - below(random, DAYS_PAST))


@compiled()
def repair_time(random: np.ndarray, chain: Chain, g: int, claim: int, model: Model) -> tuple[int, int]:
    """Shift the patient who decides a statistic into its interval, or another one past it.

    The chain's summary is that of the claim's group g.
    """
    x, keys, m, timing = chain.x, chain.keys[g], chain.size[g], model.timing
    what, low, high = timing.statistic[claim], timing.low[claim], timing.high[claim]
    position, value = decisive(what, m, chain.summary)
    if position < 0 or (low - DAY_TOLERANCE <= value <= high + DAY_TOLERANCE):
        return -1, -1
    key = keys[position]
    first, last = days_inside(low, high)
    target = first + below(random, max(1, last - first + 1))
    if uniform(random) < 0.5 and what in (FU_MEDIAN, UPPER, LOWER):
        # Not this patient but another of the same kind changes sides, which moves the quantile.
        early = value < low
        other = below(random, position + 1) if early else position + below(random, m - position)
        if ((keys[other] ^ key) >> PATIENT_BITS) & 1:
            return -1, -1
        key = keys[other]
        value = float(key >> DAY_SHIFT)
        target = past_interval(random, first, last, early)
    i, day = key & PATIENT_MASK, key >> DAY_SHIFT
    # By the midpoint rule half of a patient's shift goes into the statistic.
    step = target - day if value == day else int(2 * (target - value))
    tied = timing.endpoint[g] == FIRST_ENDPOINT and model.roles[x[i, KIND], RELAPSE_FREE] == YES
    if tied and what == FU_MEDIAN and uniform(random) < 0.5:
        # The follow-up of a remission counts for both endpoints; that of others can be moved freely.
        return -1, -1
    copy_into(chain.before[0], x[i])
    column = RELAPSE if timing.endpoint[g] == SECOND_ENDPOINT and x[i, RELAPSED] == 1 else TIME
    x[i, column] += step
    return i, i
