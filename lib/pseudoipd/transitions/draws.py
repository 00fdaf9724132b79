"""The time-dependent methods over an ensemble: arrays [draws, patients] in, one value per draw out."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pseudoipd.survival.kaplan_meier import FloatArray
from pseudoipd.transitions.cox import fit
from pseudoipd.transitions.risk_sets import RiskSets, chi_squared, risk_sets_of_draws

# Pairs compared at once; keeps the memory of a block of draws to some tens of MB.
_BLOCK = 2_000_000


def mantel_byar_of_draws(
    time: ArrayLike, event: ArrayLike, response_time: ArrayLike, *, tie: str = "before"
) -> dict[str, FloatArray]:
    """Return per draw the Mantel-Byar test and the time-dependent Cox fit: [draws, patients] to [draws].

    Keys: observed, expected, variance, chi2, p as in `mantel_byar`; coef, se as in Efron's Cox fit.
    Times must be exactly tied where they are ties (whole days); never responded is inf or nan.

    Reference: as `mantel_byar` and `time_dependent_cox`.
    Example: by hand, chi² = 1/59, and exp(coef) = (√13 - 1) / 2.

    >>> found = mantel_byar_of_draws([[5, 10, 10, 12]], [[1, 1, 1, 0]], [[5, 3, np.inf, np.nan]])
    >>> (found["chi2"] * 59).round(9).tolist(), np.exp(found["coef"]).round(6).tolist()
    ([1.0], [1.302776])
    """
    return _compared(*_arrays(time, event, response_time), tie)


def naive_logrank_of_draws(time: ArrayLike, event: ArrayLike, ever: ArrayLike) -> dict[str, FloatArray]:
    """Return the same fields for ever against never responded, both counted from time 0.

    Example: R's chisq of `naive_logrank`.

    >>> found = naive_logrank_of_draws([[5, 10, 10, 12]], [[1, 1, 1, 0]], [[True, True, False, False]])
    >>> found["chi2"].round(9).tolist()
    [1.470588235]
    """
    fixed = np.where(np.asarray(ever, dtype=bool), -np.inf, np.inf)
    return _compared(*_arrays(time, event, fixed), "before")


def landmark_of_draws(
    time: ArrayLike, event: ArrayLike, response_time: ArrayLike, at: float
) -> dict[str, FloatArray]:
    """Return per draw the landmark comparison at `at`, and `left_out`, the number not followed beyond.

    Example: R's chisq of `landmark`, then by hand: on day 5 A has left.

    >>> patients = [[5, 10, 10, 12]], [[1, 1, 1, 0]], [[5, 3, np.inf, np.inf]]
    >>> landmark_of_draws(*patients, at=3)["chi2"].round(8).tolist()
    [0.01694915]
    >>> landmark_of_draws(*patients, at=5)["left_out"].tolist()
    [1.0]
    """
    times, died, responses = _arrays(time, event, response_time)
    # As in `landmark`; who has left gets the time -inf, which is in no risk set.
    stays = times > at
    compared = _compared(
        np.where(stays, times, -np.inf),
        died & stays,
        np.where(responses <= at, -np.inf, np.inf),
        "before",
    )
    return {**compared, "left_out": (~stays).sum(axis=1).astype(np.float64)}


def _arrays(
    time: ArrayLike, event: ArrayLike, response: ArrayLike
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray]:
    responses = np.asarray(response, dtype=np.float64)
    return (
        np.asarray(time, dtype=np.float64),
        np.asarray(event, dtype=bool),
        np.where(np.isnan(responses), np.inf, responses),
    )


def _compared(
    time: FloatArray, event: NDArray[np.bool_], response: FloatArray, tie: str
) -> dict[str, FloatArray]:
    parts = [_one_block(sets) for sets in _blocks(time, event, response, tie)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _blocks(time: FloatArray, event: NDArray[np.bool_], response: FloatArray, tie: str) -> Iterator[RiskSets]:
    draws, n = time.shape
    step = max(1, _BLOCK // max(1, n * n))
    for first in range(0, max(draws, 1), step):
        part = slice(first, first + step)
        yield risk_sets_of_draws(time[part], event[part], response[part], tie)


def _one_block(sets: RiskSets) -> dict[str, FloatArray]:
    observed, expected, variance = sets.score_test()
    chi2, p = chi_squared(observed, expected, variance)
    coef, se = fit(sets)
    return {
        "observed": observed,
        "expected": expected,
        "variance": variance,
        "chi2": chi2,
        "p": p,
        "coef": coef,
        "se": se,
    }
