"""Statistics of sorted keys. Compiled.

A *key* packs one patient's observation so that plain integer order is the order of the Kaplan-Meier table:
day, then events before censorings, then the patient. In signatures `keys` are int64[n], of which the first m
are a group's, sorted. Nothing is compiled at import; numba compiles a function when it is first called and
keeps the result on disk.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.claims.grammar import STATISTIC_CODES
from pseudoipd.model.structs import RELAPSED, RESPONSE

PATIENT_BITS = 13
MAX_PATIENTS = 1 << PATIENT_BITS
PATIENT_MASK = MAX_PATIENTS - 1
DAY_SHIFT = PATIENT_BITS + 1

# Codes of the statistics in the compiled tables.
EVENTS, MEDIAN, LOWER, UPPER, SURVIVAL, COUNT, FU_MEDIAN, FU_MIN, FU_MAX, PLATEAU, MANTEL_BYAR = (
    STATISTIC_CODES[name]
    for name in (
        "events", "median", "median_lower", "median_upper", "survival", "count_at_or_beyond",
        "followup_median", "followup_min", "followup_max", "plateau_from", "mantel_byar_p",
    )
)  # fmt: skip
EVENTS_BY, LOWER_AT, UPPER_AT, RMST = (
    STATISTIC_CODES[name] for name in ("events_by", "survival_lower", "survival_upper", "rmst")
)
LOG_LOG, LOG, PLAIN = range(3)

# Places in the summary of a curve, float64[SUMMARY]: events; the days at which the median, its limits, the
# follow-up median and the last event were reached; smallest and largest time; where S and its limits end.
N_EVENTS, AT_MEDIAN, AT_LOWER, AT_UPPER, AT_FOLLOWUP, AT_LAST_EVENT = range(6)
SMALLEST_TIME, LARGEST_TIME, S_END, LOWER_END, UPPER_END = range(6, 11)
# So much after each of the five days stands the position of the key at which it was reached.
POSITION = 10
SUMMARY = 16

HALF_TOLERANCE = 1e-9
"""S within this of one half is at one half, as for `survival.limits.CROSSING_TOLERANCE`."""
NOBODY = 1e-12
"""S below this is 0: nobody is left, and its limits are not defined."""
UNDEFINED_LIMIT = 2.0
"""Stands for a limit that is not defined: above any S, so that it crosses nothing."""
DAY_TOLERANCE = 1e-6
"""Days by which a time may miss the end of an interval: an end is months times days, a time whole or half."""
LOG_TWO = math.log(2.0)


@compiled()
def make_key(day: int, event: int, patient: int) -> int:
    """Pack one observation."""
    return (day << DAY_SHIFT) | ((1 - event) << PATIENT_BITS) | patient


@compiled()
def replace_key(keys: np.ndarray, m: int, old: int, new: int) -> None:
    """Replace `old` by `new` among the first m sorted keys, keeping them sorted."""
    # Shifting what lies between the two places: a move mostly goes past few other patients.
    low, high = 0, m - 1
    while low < high:
        middle = (low + high) // 2
        if keys[middle] < old:
            low = middle + 1
        else:
            high = middle
    while low + 1 < m and keys[low + 1] < new:
        keys[low] = keys[low + 1]
        low += 1
    while low > 0 and keys[low - 1] > new:
        keys[low] = keys[low - 1]
        low -= 1
    keys[low] = new


@compiled()
def sort_keys(keys: np.ndarray, m: int) -> None:
    """Sort the first m keys, by insertion: done once in a chain, whose moves take far longer."""
    for k in range(1, m):
        key, place = keys[k], k
        while place > 0 and keys[place - 1] > key:
            keys[place] = keys[place - 1]
            place -= 1
        keys[place] = key


@compiled()
def curve_limit(s: float, g: float, z: float, conf: int) -> float:
    """Return one limit of S by Greenwood's variance, S² g, on the chosen scale; the lower one where z < 0."""
    if s <= NOBODY:
        return UNDEFINED_LIMIT
    width = z * math.sqrt(g)
    if conf == PLAIN:
        return max(0.0, s * (1.0 + width))
    if conf == LOG:
        return s * math.exp(width)
    size = -math.log(s)
    return math.exp(-size * math.exp(-width / size))


@compiled()
def limit_crossed(s: float, g: float, z: float, conf: int) -> bool:
    """Say whether one limit of S is at or below one half; the lower one where z < 0.

    For log-log limits, the usual ones, without exponentials: exp(-size exp(-z √g / size)) ≤ ½ where
    size log(size / log 2) ≥ z √g, and this only has to be squared.
    """
    if s <= NOBODY:
        return False
    if conf != LOG_LOG:
        return curve_limit(s, g, z, conf) <= 0.5 + HALF_TOLERANCE
    size = -math.log(s)
    scaled = size * math.log(size / LOG_TWO)
    if z > 0.0:
        return scaled >= 0.0 and z * z * g <= scaled * scaled
    return scaled >= 0.0 or z * z * g >= scaled * scaled


@inlined()
def same_day(keys: np.ndarray, m: int, i: int) -> tuple[int, int]:
    """Return how many events there are on the day of key i, its first, and the first key of a later day."""
    day, died = keys[i] >> DAY_SHIFT, 0
    while i < m and keys[i] >> DAY_SHIFT == day:
        if not (keys[i] >> PATIENT_BITS) & 1:
            died += 1
        i += 1
    return died, i


@inlined()
def note_half(s: float, day: int, position: int, place: int, at_half: bool, summary: np.ndarray) -> bool:
    """Note the day on which a curve falls to one half; say whether it stays there.

    A curve that stays at one half (`at_half`) has its median midway to the next day on which it falls.
    """
    if at_half:
        summary[place] = 0.5 * (summary[place] + day)
        return False
    if summary[place] < math.inf or s > 0.5 + HALF_TOLERANCE:
        return False
    summary[place] = day
    summary[place + POSITION] = position
    return s >= 0.5 - HALF_TOLERANCE


@inlined()
def note_limits(
    s: float, g: float, z: float, conf: int, day: int, position: int, summary: np.ndarray
) -> None:  # fmt: skip
    """Note the day on which a limit of S first is at or below one half."""
    if summary[AT_LOWER] == math.inf and limit_crossed(s, g, -z, conf):
        summary[AT_LOWER] = day
        summary[AT_LOWER + POSITION] = position
    # The upper limit is above S, so it has not crossed one half before S has.
    if s <= 0.5 and summary[AT_UPPER] == math.inf and limit_crossed(s, g, z, conf):
        summary[AT_UPPER] = day
        summary[AT_UPPER + POSITION] = position


@compiled()
def curve_summary(
    keys: np.ndarray, m: int, z: float, conf: int, with_limits: bool, summary: np.ndarray
) -> None:
    """Fill `summary` with that of the Kaplan-Meier curve of the first m sorted keys, times in days.

    The crossing rules are those of `survival.limits.crossing`, but that a limit never stays at one half.
    Whether the result is right is never decided here but by `judge`, which uses the statistics themselves.
    """
    summary[:] = math.inf
    s, g, reverse = 1.0, 0.0, 1.0
    at_half = reverse_at_half = False
    events, last_event = 0, -1.0
    risk, i = m, 0
    while i < m:
        day = keys[i] >> DAY_SHIFT
        died, after = same_day(keys, m, i)
        censored = after - i - died
        if died > 0:
            position = i + died - 1
            events += died
            last_event = float(day)
            summary[AT_LAST_EVENT + POSITION] = position
            s *= (risk - died) / risk
            g = g + died / (risk * (risk - died)) if risk > died else math.inf
            at_half = note_half(s, day, position, AT_MEDIAN, at_half, summary)
            if with_limits:
                note_limits(s, g, z, conf, day, position, summary)
        if censored > 0:
            # In the reverse curve the end of observation is the event: who died that day had left before.
            left = risk - died
            reverse *= (left - censored) / left
            reverse_at_half = note_half(reverse, day, after - 1, AT_FOLLOWUP, reverse_at_half, summary)
        risk -= after - i
        i = after
    summary[N_EVENTS] = events
    summary[AT_LAST_EVENT] = last_event
    summary[SMALLEST_TIME] = keys[0] >> DAY_SHIFT
    summary[LARGEST_TIME] = keys[m - 1] >> DAY_SHIFT
    summary[S_END] = s
    if with_limits:
        summary[LOWER_END] = curve_limit(s, g, -z, conf)
        summary[UPPER_END] = curve_limit(s, g, z, conf)


@compiled()
def survival_at(keys: np.ndarray, m: int, moment: float) -> float:
    """Return S(moment), `moment` in days."""
    s, i = 1.0, 0
    while i < m and (keys[i] >> DAY_SHIFT) <= moment + DAY_TOLERANCE:
        if not (keys[i] >> PATIENT_BITS) & 1:
            s *= (m - i - 1) / (m - i)
        i += 1
    return s


@compiled()
def limit_at(keys: np.ndarray, m: int, moment: float, z: float, conf: int) -> float:
    """Return one limit of S(moment), the lower one where z < 0; before the first event it is 1."""
    s, g, i = 1.0, 0.0, 0
    while i < m and (keys[i] >> DAY_SHIFT) <= moment + DAY_TOLERANCE:
        if not (keys[i] >> PATIENT_BITS) & 1:
            risk = m - i
            s *= (risk - 1) / risk
            # The terms of tied deaths add up to that of all of them.
            g = g + 1.0 / (risk * (risk - 1)) if risk > 1 else math.inf
        i += 1
    if s == 1.0:
        return 1.0
    return min(1.0, curve_limit(s, g, z, conf)) if s > NOBODY else UNDEFINED_LIMIT


@compiled()
def events_until(keys: np.ndarray, m: int, moment: float) -> int:
    """Return how many had the event up to `moment`, in days."""
    count, i = 0, 0
    while i < m and (keys[i] >> DAY_SHIFT) <= moment + DAY_TOLERANCE:
        count += 1 - ((keys[i] >> PATIENT_BITS) & 1)
        i += 1
    return count


@compiled()
def mean_until(keys: np.ndarray, m: int, moment: float) -> float:
    """Return the area under the curve up to `moment`, in days."""
    s, area, before, i = 1.0, 0.0, 0.0, 0
    while i < m and (keys[i] >> DAY_SHIFT) <= moment:
        day = float(keys[i] >> DAY_SHIFT)
        area += s * (day - before)
        before = day
        if not (keys[i] >> PATIENT_BITS) & 1:
            s *= (m - i - 1) / (m - i)
        i += 1
    return area + s * (moment - before)


@compiled()
def count_from(keys: np.ndarray, m: int, moment: float) -> int:
    """Return how many were observed to `moment` (days) or beyond."""
    i = m
    while i > 0 and (keys[i - 1] >> DAY_SHIFT) >= moment - DAY_TOLERANCE:
        i -= 1
    return m - i


@compiled()
def observed_median(keys: np.ndarray, m: int) -> float:
    """Return the plain median of the observed days."""
    low = keys[(m - 1) // 2] >> DAY_SHIFT
    high = keys[m // 2] >> DAY_SHIFT
    return 0.5 * (low + high)


@compiled()
def survivors_median(keys: np.ndarray, m: int) -> float:
    """Return the plain median of the days of those without the event, infinite without any."""
    alive = 0
    for k in range(m):
        alive += (keys[k] >> PATIENT_BITS) & 1
    passed, low = 0, math.inf
    for k in range(m):
        if (keys[k] >> PATIENT_BITS) & 1:
            day = float(keys[k] >> DAY_SHIFT)
            if passed == (alive - 1) // 2:
                low = day
            if passed == alive // 2:
                return 0.5 * (low + day)
            passed += 1
    return math.inf


@compiled()
def alive_range(keys: np.ndarray, m: int) -> tuple[float, float]:
    """Return the smallest and the largest day of those without the event, infinite without any."""
    smallest, largest = math.inf, math.inf
    for k in range(m):
        if (keys[k] >> PATIENT_BITS) & 1:
            largest = float(keys[k] >> DAY_SHIFT)
            if smallest == math.inf:
                smallest = largest
    return smallest, largest


@compiled()
def relapses_of(keys: np.ndarray, m: int, x: np.ndarray) -> int:
    """Return how many of a group's patients have relapsed."""
    count = 0
    for k in range(m):
        count += x[keys[k] & PATIENT_MASK, RELAPSED]
    return count


@inlined()
def latest_response(keys: np.ndarray, m: int, x: np.ndarray) -> int:
    """Return the last day on which a patient responded who was still under observation."""
    latest = 0
    for k in range(m):
        response = x[keys[k] & PATIENT_MASK, RESPONSE]
        if response <= (keys[k] >> DAY_SHIFT) and response > latest:
            latest = response
    return latest


@inlined()
def responded_before(keys: np.ndarray, first: int, m: int, x: np.ndarray, day: int) -> int:
    """Return how many patients of the keys from `first` on had responded before a day."""
    count = 0
    for k in range(first, m):
        if x[keys[k] & PATIENT_MASK, RESPONSE] < day:
            count += 1
    return count


@compiled()
def mantel_byar_chi2(keys: np.ndarray, m: int, x: np.ndarray, at_tie: bool) -> float:
    """Return the Mantel-Byar statistic; with `at_tie` who responds on the day of a death has responded."""
    latest = latest_response(keys, m, x)
    observed = expected = variance = 0.0
    risk = responders = 0
    # Backwards, so that the set at risk grows by the patients of each day.
    i = m - 1
    while i >= 0:
        day = keys[i] >> DAY_SHIFT
        died = died_responders = 0
        bound = day + 1 if at_tie else day
        while i >= 0 and keys[i] >> DAY_SHIFT == day:
            response = x[keys[i] & PATIENT_MASK, RESPONSE]
            risk += 1
            if response <= latest:
                responders += 1
            if not (keys[i] >> PATIENT_BITS) & 1:
                died += 1
                if response < bound:
                    died_responders += 1
            i -= 1
        if died > 0:
            # After the latest response whoever responds at all has done so; only before it must be counted.
            exposed = responders if bound > latest else responded_before(keys, i + 1, m, x, bound)
            share = exposed / risk
            observed += died_responders
            expected += died * share
            if risk > 1:
                variance += died * share * (1.0 - share) * (risk - died) / (risk - 1)
    if variance <= 0.0:
        return 0.0
    return (observed - expected) ** 2 / variance
