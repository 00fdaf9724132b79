"""The Kaplan-Meier table: one row per distinct observed time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# R's survival::aeqSurv: times closer than this, relative to their mean size, are the same time.
TIE_TOLERANCE = float(np.sqrt(np.finfo(np.float64).eps))


@dataclass(frozen=True, slots=True, eq=False)
class KaplanMeier:
    """Product-limit estimate, one row per distinct observed time, in the unit of the times given.

    `at_risk` counts those under observation just before `time`; at a tie a death comes before a
    censoring. `survival` is S(t) from `time` on; `greenwood` is Σ d / (n (n - d)), so that
    Var S(t) = S(t)² · greenwood. It is infinite once everyone at risk has died.
    """

    time: FloatArray
    at_risk: IntArray
    events: IntArray
    censored: IntArray
    survival: FloatArray
    greenwood: FloatArray


def snap_ties(time: ArrayLike) -> FloatArray:
    """Return the times with those that differ by rounding error only made equal.

    Months computed from dates split ties in the thirteenth digit. The rule is that of R's
    survival::aeqSurv: in sorted order a gap within the tolerance, absolute or relative to the mean
    of the distinct times, is no gap.
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
    new_run = np.concatenate([[True], gap > TIE_TOLERANCE * max(1.0, size)])
    if new_run.all():
        return distinct
    first_of_run: FloatArray = distinct[np.flatnonzero(new_run)[np.cumsum(new_run) - 1]]
    return first_of_run


def kaplan_meier(time: ArrayLike, event: ArrayLike, entry: ArrayLike | None = None) -> KaplanMeier:
    """Estimate survival from observed times.

    `event` is true for the event and false for censoring. `entry` is the time from which a patient
    is under observation (delayed entry): the patient is at risk on (entry, time]; a patient whose
    entry is not before the time never is, and must not be passed.
    """
    exits = np.asarray(time, dtype=np.float64)
    died = np.asarray(event, dtype=bool)
    if entry is None:
        exits, entries = snap_ties(exits), None
    else:
        begun = np.asarray(entry, dtype=np.float64)
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
        yet_to_come = len(entries) - np.searchsorted(np.sort(entries), moments, side="left")
        still_there = still_there - yet_to_come
    return from_counts(moments, still_there, events, leaving - events)


def from_counts(time: FloatArray, at_risk: IntArray, events: IntArray, censored: IntArray) -> KaplanMeier:
    """Build the table from the numbers at risk, of events and of censorings at each distinct time."""
    hazard = np.zeros(len(time))
    np.divide(events, at_risk, out=hazard, where=events > 0)
    survival = np.asarray(np.cumprod(1.0 - hazard), dtype=np.float64)
    return KaplanMeier(time, at_risk, events, censored, survival, _greenwood(at_risk, events))


def _greenwood(at_risk: IntArray, events: IntArray) -> FloatArray:
    left = at_risk * (at_risk - events)
    terms = np.zeros(len(events))
    np.divide(events, left, out=terms, where=left > 0)
    terms[(left == 0) & (events > 0)] = np.inf
    return np.asarray(np.cumsum(terms), dtype=np.float64)


def survival_at(km: KaplanMeier, times: ArrayLike) -> FloatArray:
    """Return S(t), a step function continuous from the right, at each of `times`.

    Beyond the last observed time the last value is carried on.
    """
    steps = np.searchsorted(km.time, np.asarray(times, dtype=np.float64), side="right")
    return np.concatenate([[1.0], km.survival])[steps]


def at_risk(time: ArrayLike, grid: ArrayLike, entry: ArrayLike | None = None) -> IntArray:
    """Return how many patients are under observation just before each time of `grid`."""
    exits = np.sort(np.asarray(time, dtype=np.float64))
    moments = np.asarray(grid, dtype=np.float64)
    number = len(exits) - np.searchsorted(exits, moments, side="left")
    if entry is not None:
        entries = np.sort(np.asarray(entry, dtype=np.float64))
        number = number - (len(entries) - np.searchsorted(entries, moments, side="left"))
    return np.asarray(number, dtype=np.int64)


def reached(time: ArrayLike, at: float) -> NDArray[np.bool_]:
    """Say of each time whether it is at or beyond `at`, both in months.

    30 months that were computed from days or dates may be 29.999999999999996, and are 30 months.
    """
    return np.asarray(np.asarray(time, dtype=np.float64) >= at - 1e-9)


def last_event(time: ArrayLike, event: ArrayLike) -> float:
    """Return the time of the last event, from which on the curve is flat; nan without events."""
    times = np.asarray(time, dtype=np.float64)[np.asarray(event, dtype=bool)]
    return float(times.max()) if len(times) else float("nan")
