"""How far the cohorts of two arms are from what is printed of both: hazard ratio, its limits, log-rank P.

Compiled. `keys` are the first m sorted keys of the arm that moves, `other` the first k of the one beside it.
The ratio is that of Cox's model with Efron's ties, as `paper.comparing` has it, which judges the result.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.keys import DAY_SHIFT, PATIENT_BITS
from pseudoipd.model.structs import LOG_RATIO, Timing

NEWTON, CLOSE = 20, 1e-4
"""Most steps to the estimate, and the step that ends them: the next would be its cube."""
AMISS, PER_ERROR = 0.1, 0.6
"""Loss at the end of an interval, and by how much it rises per standard error beyond. Both are small: a
ratio printed to two digits is far narrower than what the arms' own claims leave open, so that two arms whose
ratio had to hold at each move could hardly change together."""
NO_RATIO = 50.0
"""Loss where the ratio has no estimate: an arm has no event, or none while the other is observed."""


@inlined()
def events_on(day: int, keys: np.ndarray, m: int, i: int) -> tuple[int, int]:
    """Return how many events there are on a day, key i being the first not before, and the key after it."""
    died = 0
    while i < m and keys[i] >> DAY_SHIFT == day:
        died += 1 - ((keys[i] >> PATIENT_BITS) & 1)
        i += 1
    return died, i


@compiled()
def score_of_ratio(
    beta: float, keys: np.ndarray, m: int, other: np.ndarray, k: int
) -> tuple[float, float, float]:  # fmt: skip
    """Return score and information of the log hazard ratio at `beta`, and how the information rises with it.

    Of d tied deaths the t-th leaves a share t/d of them out.
    """
    ratio, score, information, rise = math.exp(beta), 0.0, 0.0, 0.0
    i = j = 0
    # Where one arm is gone, what is left of the other compares nobody.
    while i < m and j < k:
        day = min(keys[i] >> DAY_SHIFT, other[j] >> DAY_SHIFT)
        n1, n2 = m - i, k - j
        d1, i = events_on(day, keys, m, i)
        d2, j = events_on(day, other, k, j)
        score += d1
        for t in range(d1 + d2):
            left = t / (d1 + d2)
            exposed = ratio * (n1 - left * d1)
            share = exposed / (exposed + n2 - left * d2)
            score -= share
            spread = share * (1.0 - share)
            information += spread
            rise += spread * (1.0 - 2.0 * share)
    return score, information, rise


@compiled()
def fit_ratio(beta: float, keys: np.ndarray, m: int, other: np.ndarray, k: int) -> tuple[float, float]:
    """Return the log hazard ratio of this arm against the other, and its standard error.

    By Newton's method from `beta`, its step corrected for the rise of the information (Chebyshev's method): a
    step of a hundredth leaves less than a millionth. The error is infinite where there is no estimate.
    """
    for _ in range(NEWTON):
        score, information, rise = score_of_ratio(beta, keys, m, other, k)
        if information <= 0.0:
            break
        step = max(-1.0, min(1.0, score / information))
        step -= 0.5 * step * step * rise / information
        beta += step
        if abs(step) < CLOSE:
            return beta, 1.0 / math.sqrt(information + step * rise)
    return beta, math.inf


@compiled()
def logrank_chi2(keys: np.ndarray, m: int, other: np.ndarray, k: int) -> float:
    """Return the log-rank statistic of the two arms, with the hypergeometric variance; 0 without variance."""
    difference = variance = 0.0
    i = j = 0
    while i < m and j < k:
        day = min(keys[i] >> DAY_SHIFT, other[j] >> DAY_SHIFT)
        n1, n = m - i, m - i + k - j
        d1, i = events_on(day, keys, m, i)
        d2, j = events_on(day, other, k, j)
        died, share = d1 + d2, n1 / n
        difference += d1 - died * share
        if n > 1:
            variance += died * share * (1.0 - share) * (n - died) / (n - 1)
    return difference**2 / variance if variance > 0.0 else 0.0


@inlined()
def beyond(value: float, low: float, high: float) -> float:
    """Return how far a value lies outside an interval, 0 within."""
    return max(low - value, value - high, 0.0)


@inlined()
def printed_ratio(first: int, end: int, timing: Timing) -> float:
    """Return about which log hazard ratio the claims first … end - 1 print: the nearest start, 0 if none."""
    total, count = 0.0, 0
    for c in range(first, end):
        middle = 0.5 * (timing.low[c] + timing.high[c])
        if timing.statistic[c] == LOG_RATIO and abs(middle) < math.inf:
            total += middle
            count += 1
    return total / max(1, count)


@compiled()
def comparison_loss(
    first: int, end: int, keys: np.ndarray, m: int, other: np.ndarray, k: int, timing: Timing
) -> float:  # fmt: skip
    """Return how far the claims first … end - 1, on two arms, are from holding; 0 while one is not known."""
    if k == 0:
        return 0.0
    beta, error = fit_ratio(printed_ratio(first, end, timing), keys, m, other, k)
    if error == math.inf:
        return NO_RATIO
    loss = 0.0
    for c in range(first, end):
        if timing.statistic[c] == LOG_RATIO:
            far = beyond(beta + timing.at[c] * error, timing.low[c], timing.high[c]) / error
        else:
            root = math.sqrt(logrank_chi2(keys, m, other, k))
            far = beyond(root, math.sqrt(timing.low[c]), math.sqrt(timing.high[c]))
        if far > 0.0:
            loss += AMISS + PER_ERROR * far
    return loss
