"""Cumulative incidence of one kind of event where another kind ends the risk of it (Aalen-Johansen)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from pseudoipd.survival.kaplan_meier import FloatArray, kaplan_meier, snap_ties


def cumulative_incidence(time: ArrayLike, cause: ArrayLike, kind: int, at: ArrayLike) -> FloatArray:
    """Return the probability that the event of `kind` has come by each of `at` [times, any shape].

    F_k(t) = Σ over times ≤ t of S(t-) d_k / n, S being the Kaplan-Meier estimate of no event of any kind.
    `cause` [patients] is 0 for censoring, else the kind of the event. The incidences of all kinds and S add
    up to 1. 1 less a Kaplan-Meier estimate that censors the other kinds would be too large. Beyond the last
    time the value is carried on. lifelines moves tied events apart at random; this does not.

    Reference: Aalen and Johansen, Scand J Stat 1978;5:141; Putter, Fiocco and Geskus, Stat Med 2007;26:2389.
    Example: R: p <- survfit(Surv(c(2, 3, 3, 5, 6, 7, 9, 10), factor(c(1, 2, 0, 1, 2, 0, 1, 0))) ~ 1)$pstate;
    p[, 2] is 0.125 0.125 0.275 0.275 0.275 0.5 0.5, p[, 3] is 0 0.125 0.125 0.275 0.275 0.275 0.275

    >>> time, cause = [2, 3, 3, 5, 6, 7, 9, 10], [1, 2, 0, 1, 2, 0, 1, 0]
    >>> cumulative_incidence(time, cause, 1, [1, 2, 5, 9]).round(9).tolist()
    [0.0, 0.125, 0.275, 0.5]
    >>> cumulative_incidence(time, cause, 2, [3, 6, 99]).round(9).tolist()
    [0.125, 0.275, 0.275]
    """
    kinds, times = np.asarray(cause), snap_ties(time)
    km = kaplan_meier(times, kinds > 0)
    own = np.array([np.sum((times == moment) & (kinds == kind)) for moment in km.time], dtype=np.float64)
    before = np.concatenate([[1.0], km.survival[:-1]])
    incidence = np.concatenate([[0.0], np.cumsum(before * own / np.maximum(km.at_risk, 1))])
    steps = np.searchsorted(km.time, np.asarray(at, dtype=np.float64), side="right")
    return np.asarray(incidence[steps])
