"""The Kaplan-Meier table: one row per distinct observed time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# R's survival::aeqSurv: times closer than this, relative to their mean size, are the same time.
TIE_TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))
# Months by which a time may miss a threshold and be at it: see `reached`.
_SLACK = 1e-9
# A product of factors (n - d) / n that ends with everyone dead is 0 up to rounding.
_NOBODY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier:
    """Product-limit estimate, one row per distinct observed time, in the unit of the times given.

    `at_risk` counts those under observation just before `time`; at a tie a death comes before a
    censoring. `survival` is S(t) from `time` on; `greenwood` is Σ d / (n (n - d)), so that
    Var S(t) = S(t)² · greenwood (Greenwood 1926). It is infinite once everyone at risk has died.
    """

    time: FloatArray
    at_risk: IntArray
    events: IntArray
    censored: IntArray
    survival: FloatArray
    greenwood: FloatArray


def snap_ties(time: ArrayLike) -> FloatArray:
    """Return the times with those that differ by rounding error only made equal.

    Months computed from dates split ties in the thirteenth digit. In sorted order a gap of at most
    1.5e-8 · max(1, mean of the distinct times) is no gap; the first time of a run stands for all.

    Reference: R's survival::aeqSurv, and its vignette on tied times (Therneau).
    Example: by hand, 0.1 + 0.2 is 0.30000000000000004 in floating point.

    >>> snap_ties([0.1 + 0.2, 0.3, 0.5]).tolist()
    [0.3, 0.3, 0.5]
    """
    values = np.asarray(time, dtype=np.float64)
    distinct, inverse = np.unique(values, return_inverse=True)
    return _merged(distinct)[inverse]


def _merged(distinct: FloatArray) -> FloatArray:
    """Replace each sorted distinct time by the first of its run of numerically equal ones."""
    if len(distinct) < 2:
        return distinct
    gap = np.diff(distinct)
    size = float(np.abs(distinct).mean())
    # Either test of aeqSurv suffices, gap ≤ tolerance or gap ≤ tolerance · size: hence the larger of the two.
    new_run = np.concatenate([[True], gap > TIE_TOLERANCE * max(1.0, size)])
    if new_run.all():
        return distinct
    first_of_run: FloatArray = distinct[np.flatnonzero(new_run)[np.cumsum(new_run) - 1]]
    return first_of_run


def kaplan_meier(time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None) -> KaplanMeier:
    """Estimate survival from observed times: S(t) = Π over times ≤ t of (1 - d / n).

    d events among the n at risk; ties are snapped (`snap_ties`). `event` is true for the event and false for
    censoring. `entry` is the time from which a patient is under observation (delayed entry): the patient is
    at risk on (entry, time]. Raises ValueError unless each entry is before its time.

    Reference: Kaplan and Meier, J Am Stat Assoc 1958;53:457; delayed entry: Tsai, Jewell and Wang 1987.
    Example: by hand, 1/4 dies, then 1/2, the two others are last seen on days 4 and 30.

    >>> km = kaplan_meier([2, 4, 6, 30], [1, 0, 1, 0])
    >>> km.at_risk.tolist(), km.survival.tolist()
    ([4, 3, 2, 1], [0.75, 0.75, 0.375, 0.375])

    The second patient enters on day 5 and is not yet at risk on it:

    >>> kaplan_meier([5, 9], [1, 1], entry=[0, 5]).at_risk.tolist()
    [1, 1]
    """
    exits = np.asarray(time, dtype=np.float64)
    died = np.asarray(event, dtype=bool)
    if entry is None:
        exits, entries = snap_ties(exits), None
    else:
        begun = np.asarray(entry, dtype=np.float64)
        # Merged with the exits in one go, as R does: an entry and an exit on one day must not differ by
        # rounding. -inf (there from the start) has no part in it.
        finite = np.isfinite(begun)
        both = snap_ties(np.concatenate([exits, begun[finite]]))
        exits, entries = both[: len(exits)], begun.copy()
        entries[finite] = both[len(exits) :]
        if np.any(entries >= exits):
            raise ValueError("each entry time must lie before the observed time")
    return _table(exits, died, entries)


def _table(exits: FloatArray, died: NDArray[np.bool_], entries: FloatArray | None) -> KaplanMeier:
    moments, row = np.unique(exits, return_inverse=True)
    leaving = np.bincount(row, minlength=len(moments))
    events = np.bincount(row[died], minlength=len(moments))
    still_there = leaving[::-1].cumsum()[::-1]
    if entries is not None:
        # Left: who enters at t is at risk on (t, exit], so still to come at t, as in R's (start, stop].
        yet_to_come = len(entries) - np.searchsorted(np.sort(entries), moments, side="left")
        still_there = still_there - yet_to_come
    return from_counts(moments, still_there, events, leaving - events)


def from_counts(time: FloatArray, at_risk: IntArray, events: IntArray, censored: IntArray) -> KaplanMeier:
    """Build the table from the numbers at risk, of events and of censorings at each distinct time [times].

    S(t) = Π over times ≤ t of (1 - d / n), and Σ d / (n (n - d)) beside it, for Greenwood's variance.

    Reference: Kaplan and Meier 1958; Greenwood 1926.
    Example: by hand, 1 of 4 dies, then 1 of 2: S = 3/4, 3/8; Σ = 1/12, 1/12 + 1/2.

    >>> km = from_counts(np.array([2.0, 6.0]), np.array([4, 2]), np.array([1, 1]), np.array([1, 0]))
    >>> km.survival.tolist(), km.greenwood.round(4).tolist()
    ([0.75, 0.375], [0.0833, 0.5833])
    """
    # With delayed entry nobody may be at risk at a time without an event: 0 / 0 is no hazard there.
    hazard = np.zeros(len(time))
    np.divide(events, at_risk, out=hazard, where=events > 0)
    survival = np.asarray(np.cumprod(1.0 - hazard), dtype=np.float64)
    return KaplanMeier(time, at_risk, events, censored, survival, _greenwood(at_risk, events))


def _greenwood(at_risk: IntArray, events: IntArray) -> FloatArray:
    left = at_risk * (at_risk - events)
    terms = np.zeros(len(events))
    np.divide(events, left, out=terms, where=left > 0)
    # The last at risk died: S is 0 from here, its variance 0 · ∞; R's survfit holds Inf as well.
    terms[(left == 0) & (events > 0)] = np.inf
    return np.asarray(np.cumsum(terms), dtype=np.float64)


def survival_at(km: KaplanMeier, times: ArrayLike) -> FloatArray:
    """Return S(t), a step function continuous from the right, at each of `times` [times, any shape].

    S(t) = Π over times ≤ t of (1 - d / n); 1 before the first. Beyond the last observed time the last value
    is carried on, as by R's summary(fit, times, extend = TRUE); SAS's LIFETEST estimates nothing there.

    Reference: Kaplan and Meier 1958.
    Example: by hand, deaths on days 1 and 2 of four patients, the others last seen on 3 and 4.

    >>> survival_at(kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0]), [0.5, 1, 1.5, 99]).tolist()
    [1.0, 0.75, 0.75, 0.5]
    """
    # Right: an event at t has happened at t.
    steps = np.searchsorted(km.time, np.asarray(times, dtype=np.float64), side="right")
    return np.concatenate([[1.0], km.survival])[steps]


def estimable(km: KaplanMeier, at: float) -> bool:
    """Say whether the data reach to `at`: somebody was seen until then, or everyone has had the event before.

    Beyond the last time observed S(t) is known only where it is 0; R's summary(survfit(…), times) has no row
    there, and SAS's LIFETEST estimates nothing. The slack is that of `reached`. Of nobody nothing is known.

    Example: by hand; the last of the first three is censored on day 4, all of the second have died by day 2.

    >>> [estimable(kaplan_meier([1, 2, 4], [1, 1, 0]), day) for day in (4, 4.1)]
    [True, False]
    >>> estimable(kaplan_meier([1, 2], [1, 1]), 99)
    True
    """
    return len(km.time) > 0 and bool(at <= km.time[-1] + _SLACK or km.survival[-1] < _NOBODY)


def given(km: KaplanMeier, reached: float) -> KaplanMeier:
    """Return the table of those still under observation after `reached`, in whom S is 1 there.

    S(t | s) = S(t) / S(s) = Π over times in (s, t] of (1 - d / n), with Greenwood's sum over the same times:
    what a patient who has got to s can expect.

    Reference: Zabor et al, Oncologist 2013;18:1096, for conditional survival; R: the same by survfit on those
    with time > s.
    Example: by hand, two of four are still there after day 2; one of them dies on day 3.

    >>> given(kaplan_meier([1, 2, 3, 4], [1, 1, 1, 0]), 2).survival.tolist()
    [0.5, 0.5]
    """
    later = km.time > reached
    return from_counts(km.time[later], km.at_risk[later], km.events[later], km.censored[later])


def at_risk(time: ArrayLike, grid: ArrayLike, entry: ArrayLike | None = None) -> IntArray:
    """Return how many patients are under observation just before each time of `grid` [times].

    n(t) = #(entry < t ≤ time), so that who dies or is last seen at t still counts at t, and who enters
    at t does not yet. Without `entry` everyone is there from the start.

    Reference: the n.risk of R's summary(survfit(…), times).
    Example: by hand, the second patient enters on day 2 and is last seen on day 5.

    >>> at_risk([4, 5], [2, 4, 5, 6], entry=[0, 2]).tolist()
    [1, 2, 1, 0]
    """
    # Left at both ends: a time equal to t is not yet over, an entry equal to t has not yet happened.
    exits = np.sort(np.asarray(time, dtype=np.float64))
    moments = np.asarray(grid, dtype=np.float64)
    number = len(exits) - np.searchsorted(exits, moments, side="left")
    if entry is not None:
        entries = np.sort(np.asarray(entry, dtype=np.float64))
        number = number - (len(entries) - np.searchsorted(entries, moments, side="left"))
    return np.asarray(number, dtype=np.int64)


def reached(time: ArrayLike, at: float) -> NDArray[np.bool_]:
    """Say of each time whether it is at or beyond `at`, both in months.

    time ≥ at - 1e-9: 30 months that were computed from days or dates may be 29.999999999999996, and are
    30 months. The slack is far below a day (0.03 months) and far above rounding (1e-14).

    Example: by hand; 29.7 months are not 30.

    >>> reached([29.7, 29.999999999999996, 30.0], 30).tolist()
    [False, True, True]
    """
    return np.asarray(np.asarray(time, dtype=np.float64) >= at - _SLACK)


def last_event(time: ArrayLike, event: ArrayLike) -> float:
    """Return the time of the last event, from which on the curve is flat; nan without events.

    max of the times with an event: where a plateau begins, in the unit of `time`.

    Example: by hand; the last patient is censored.

    >>> last_event([2, 4, 6, 30], [1, 0, 1, 0])
    6.0
    """
    times = np.asarray(time, dtype=np.float64)[np.asarray(event, dtype=bool)]
    return float(times.max()) if len(times) else float("nan")
