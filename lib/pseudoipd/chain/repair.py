"""Moves that aim at claims that do not hold yet. Compiled.

They are not reversible, so they belong to the way to the first cohort that meets all claims only.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled
from pseudoipd.chain.keys import (
    DAY_SHIFT,
    FU_MEDIAN,
    LOWER,
    MANTEL_BYAR,
    MAX_PATIENTS,
    PATIENT_BITS,
    UPPER,
    curve_summary,
    mantel_byar_chi2,
)
from pseudoipd.chain.losses import decisive
from pseudoipd.chain.random_numbers import below, uniform
from pseudoipd.model.structs import (
    EVENT,
    KIND,
    NEVER,
    RELAPSE,
    RELAPSE_FREE,
    RELAPSED,
    RESPONSE,
    TIME,
    Settings,
    Timing,
)


@compiled()
def aim(
    state: np.ndarray, x: np.ndarray, old: np.ndarray, keys: np.ndarray, size: np.ndarray,
    losses: np.ndarray, roles: np.ndarray, timing: Timing, settings: Settings, summary: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Change one or two patients so that a random claim comes nearer; return them, or -1 where it holds.

    `old` keeps their rows as they were. Two equal numbers stand for one patient.
    """
    claim = below(state, len(timing.statistic))
    g = 0
    while timing.first[g + 1] <= claim:
        g += 1
    if losses[g] < 1e-9 or size[g] == 0 or timing.high[claim] == math.inf:
        return -1, -1
    if timing.statistic[claim] == MANTEL_BYAR:
        return exchange(state, x, old, keys[g], size[g], timing.low[claim], timing.high[claim], settings)
    curve_summary(keys[g], size[g], settings.z, settings.conf, timing.limits[g], summary)
    return shift(state, x, old, keys[g], size[g], g, claim, roles, timing, summary)


@compiled()
def exchange(
    state: np.ndarray, x: np.ndarray, old: np.ndarray, keys: np.ndarray, m: int, low: float, high: float,
    settings: Settings,
) -> tuple[int, int]:  # fmt: skip
    """Exchange the times of a responder and another patient so that the test moves towards its interval."""
    chi2 = mantel_byar_chi2(keys, m, x, settings.at_tie)
    if low <= chi2 <= high:
        return -1, -1
    mask = MAX_PATIENTS - 1
    for _ in range(20):
        i, j = keys[below(state, m)] & mask, keys[below(state, m)] & mask
        apart = x[i, RESPONSE] < NEVER and x[j, RESPONSE] >= NEVER
        if apart and (x[i, TIME] < x[j, TIME]) == (chi2 < low):
            old[0], old[1] = x[i], x[j]
            x[i, TIME], x[j, TIME] = x[j, TIME], x[i, TIME]
            x[i, EVENT], x[j, EVENT] = x[j, EVENT], x[i, EVENT]
            return i, j
    return -1, -1


@compiled()
def shift(
    state: np.ndarray, x: np.ndarray, old: np.ndarray, keys: np.ndarray, m: int, g: int, claim: int,
    roles: np.ndarray, timing: Timing, summary: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Shift the patient who decides a statistic into its interval, or another one past it."""
    what, low, high = timing.statistic[claim], timing.low[claim], timing.high[claim]
    position, value = decisive(what, m, summary)
    if position < 0 or (low - 1e-6 <= value <= high + 1e-6):
        return -1, -1
    key = keys[position]
    first, last = math.ceil(low - 1e-6), math.floor(high + 1e-6)
    wanted = first + below(state, max(1, last - first + 1))
    if uniform(state) < 0.5 and what in (FU_MEDIAN, UPPER, LOWER):
        # Not this patient but another of the same kind changes sides, which moves the quantile.
        early = value < low
        other = below(state, position + 1) if early else position + below(state, m - position)
        if ((keys[other] ^ key) >> PATIENT_BITS) & 1:
            return -1, -1
        key = keys[other]
        value = float(key >> DAY_SHIFT)
        wanted = last + 1 + below(state, 300) if early else max(1, first - 1 - below(state, 300))
    patient, day = key & (MAX_PATIENTS - 1), key >> DAY_SHIFT
    # By the midpoint rule half of a patient's shift goes into the statistic.
    step = wanted - day if value == day else int(2 * (wanted - value))
    tied = timing.endpoint[g] == 0 and roles[x[patient, KIND], RELAPSE_FREE] == 1
    if tied and what == FU_MEDIAN and uniform(state) < 0.5:
        # The follow-up of a remission counts for both endpoints; that of others can be moved freely.
        return -1, -1
    old[0] = x[patient]
    if timing.endpoint[g] == 1 and x[patient, RELAPSED] == 1:
        x[patient, RELAPSE] += step
    else:
        x[patient, TIME] += step
    return patient, patient
