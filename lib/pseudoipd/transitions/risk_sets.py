"""Who was at risk, and in which state, at each death: the common ground of the time-dependent methods.

A patient starts without response and may enter the response state at `response_time` (inf or nan:
never). Response cannot be lost. All times share one unit and one origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erfc

from pseudoipd.survival.kaplan_meier import FloatArray, snap_ties

TIE_RULES = ("before", "at")


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """One entry per death along the last axis (`counts` is 0 where a slot is no death).

    `n` patients at risk, `n1` of them in the response state, `d` deaths at that time, `d1` of them in
    the response state, `own` 1 if this death is one of those, `order` 0 … d-1 among tied deaths.
    """

    n: FloatArray
    n1: FloatArray
    d: FloatArray
    d1: FloatArray
    own: FloatArray
    order: FloatArray
    counts: FloatArray

    def score_test(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return O, E and the hypergeometric variance of deaths in the response state.

        V = Σ over death times d · n1 · n0 · (n - d) / (n² (n - 1)), a sum over deaths here.
        """
        # A slot that is no death may have nobody at risk, and with n = 1 the factor n - d is 0.
        n, n1 = np.maximum(self.n, 1), self.n1
        variance = n1 * (n - n1) * (n - self.d) / (n**2 * np.maximum(n - 1, 1))
        return (
            np.asarray((self.own * self.counts).sum(axis=-1)),
            np.asarray((n1 / n * self.counts).sum(axis=-1)),
            np.asarray((variance * self.counts).sum(axis=-1)),
        )


def clean(
    time: ArrayLike, event: ArrayLike, response_time: ArrayLike
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    """Return the three as arrays: ties made exact across both times, `never` as inf."""
    times = np.asarray(time, dtype=np.float64)
    responses = np.asarray(response_time, dtype=np.float64).copy()
    responses[np.isnan(responses)] = np.inf
    finite = np.isfinite(responses)
    snapped = snap_ties(np.concatenate([times, responses[finite]]))
    responses[finite] = snapped[len(times) :]
    return snapped[: len(times)], np.asarray(event, dtype=bool), responses


def check_tie_rule(tie: str) -> None:
    """Raise ValueError unless `tie` is one of `TIE_RULES`."""
    if tie not in TIE_RULES:
        raise ValueError(f"tie must be one of {', '.join(TIE_RULES)}, not {tie!r}")


def risk_sets(
    time: FloatArray, event: NDArray[np.bool_], response: FloatArray, tie: str = "before"
) -> RiskSets:
    """Return the risk sets of one cohort, by sorting; any number of patients.

    Example: by hand, the four patients of this package; all times of death and the two states at them.

    >>> sets = risk_sets(*clean([5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.nan]))
    >>> sets.n.tolist(), sets.n1.tolist(), sets.d.tolist(), sets.own.tolist()
    ([4.0, 3.0, 3.0], [1.0, 1.0, 1.0], [1.0, 2.0, 2.0], [0.0, 1.0, 0.0])
    """
    check_tie_rule(tie)
    # "before": in the response state at t if response < t; "at": if response ≤ t.
    responded = response < time if tie == "before" else response <= time
    order = np.argsort(time[event], kind="stable")
    deaths, own = time[event][order], responded[event][order].astype(np.float64)
    # In the state at t: entered it before t ("at": by t), less those whose time ended before t. Only who
    # responded within his own time is counted on either side, so that the difference is a number of people.
    entered = np.searchsorted(np.sort(response[responded]), deaths, "left" if tie == "before" else "right")
    gone = np.searchsorted(np.sort(time[responded]), deaths, "left")
    # Left and right of its own value: where the deaths tied with this one begin and end.
    first = np.searchsorted(deaths, deaths, "left")
    after = np.searchsorted(deaths, deaths, "right")
    so_far = np.concatenate([[0.0], np.cumsum(own)])
    return RiskSets(
        n=(len(time) - np.searchsorted(np.sort(time), deaths, "left")).astype(np.float64),
        n1=(entered - gone).astype(np.float64),
        d=(after - first).astype(np.float64),
        d1=so_far[after] - so_far[first],
        own=own,
        order=(np.arange(len(deaths)) - first).astype(np.float64),
        counts=np.ones(len(deaths)),
    )


def risk_sets_of_draws(
    time: FloatArray, event: NDArray[np.bool_], response: FloatArray, tie: str = "before"
) -> RiskSets:
    """Return the risk sets of many small cohorts at once: arrays [draws, n], by comparing all pairs.

    Memory grows with draws · n², so callers pass blocks of draws. A patient whose time is -inf is in
    no risk set.
    """
    check_tie_rule(tie)
    at_death = time[:, :, None]
    responded = response[:, None, :] < at_death if tie == "before" else response[:, None, :] <= at_death
    present = time[:, None, :] >= at_death
    tied = (time[:, None, :] == at_death) & event[:, None, :]
    earlier = np.tri(time.shape[1], k=-1, dtype=bool)
    own_state = response < time if tie == "before" else response <= time
    return RiskSets(
        n=present.sum(axis=2).astype(np.float64),
        n1=(present & responded).sum(axis=2).astype(np.float64),
        d=tied.sum(axis=2).astype(np.float64),
        d1=(tied & responded).sum(axis=2).astype(np.float64),
        own=own_state.astype(np.float64),
        order=(tied & earlier).sum(axis=2).astype(np.float64),
        counts=(event & np.isfinite(time)).astype(np.float64),
    )


def chi_squared(
    observed: FloatArray, expected: FloatArray, variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return (O - E)² / V and its P value on one degree of freedom; nan where V is 0; any shape.

    Example: R: pchisq(1/59, 1, lower.tail = FALSE) is 0.8964169677

    >>> chi_squared(np.array([1.0]), np.array([11 / 12]), np.array([59 / 144]))[1].round(9).tolist()
    [0.896416968]
    """
    possible = variance > 0
    chi2 = np.where(possible, (observed - expected) ** 2 / np.where(possible, variance, 1.0), np.nan)
    # P(χ²₁ > x) = erfc(√(x / 2)), which does not cancel far out in the tail as 1 - P(χ²₁ ≤ x) would.
    return chi2, np.asarray(erfc(np.sqrt(chi2 / 2)))
