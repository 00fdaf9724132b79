"""Two arms compared in many draws at once: log-rank P, Cox hazard ratio with limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from pseudoipd.survival.limits import normal_quantile

FloatArray = NDArray[np.float64]
Cohorts = tuple[NDArray[np.int32], NDArray[np.bool_]]
"""Time in whole days, -1 for nobody, and event: [draws, patients]."""
_AT_ONCE = 4_000_000
"""Numbers in one array: so many draws at a time as keep the memory small."""
_STEPS, _CLOSE = 30, 1e-10


@dataclass(frozen=True, eq=False)
class Daily:
    """Patients at risk and events on each day, [draws, days], of the cohorts of one arm."""

    at_risk: FloatArray
    events: FloatArray

    @classmethod
    def of(cls, time: NDArray[np.int32], event: NDArray[np.bool_], days: int) -> Daily:
        """Count days 0 … days - 1; a time of -1 is that of nobody."""
        draws = np.broadcast_to(np.arange(len(time))[:, None], time.shape)
        left, died = np.zeros((len(time), days)), np.zeros((len(time), days))
        has = time >= 0
        np.add.at(left, (draws[has], time[has]), 1.0)
        np.add.at(died, (draws[has & event], time[has & event]), 1.0)
        return cls(left[:, ::-1].cumsum(axis=1)[:, ::-1], died)


def compared(first: Cohorts, second: Cohorts, conf_level: float = 0.95) -> Mapping[str, FloatArray]:
    """Return what papers print of two arms, in each draw of the two.

    `first` and `second` are time (whole days, -1 for nobody) and event [draws, patients]. The hazard ratio is
    that of the first arm against the second, by Cox's model with Efron's ties and limits exp(β ± z·se); P is
    that of the log-rank test. NaN where an arm has no event, and so no finite estimate.

    Example: R: summary(coxph(Surv(1:4, c(1, 1, 1, 0)) ~ c(0, 1, 0, 1))) has 1 / exp(coef) 2.561553, limits
    1 / 4.438196 and 1 / 0.03433894; survdiff has P 0.4327676. The first arm is that with days 2 and 4.

    >>> a, b = ([[2, 4]], [[1, 0]]), ([[1, 3]], [[1, 1]])
    >>> arms = [(np.array(t), np.array(e, dtype=bool)) for t, e in (a, b)]
    >>> {k: v.round(4).tolist() for k, v in compared(*arms).items()}  # doctest: +NORMALIZE_WHITESPACE
    {'hazard_ratio': [0.3904], 'hazard_ratio_lower': [0.0343], 'hazard_ratio_upper': [4.4382],
     'logrank_p': [0.4328]}
    """
    names = ("hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper", "logrank_p")
    found = {name: np.full(len(first[0]), np.nan) for name in names}
    z = normal_quantile(conf_level)
    for part, tables in _blocks(first, second):
        beta, error = _cox(*tables)
        found["hazard_ratio"][part] = np.exp(beta)
        found["hazard_ratio_lower"][part] = np.exp(beta - z * error)
        found["hazard_ratio_upper"][part] = np.exp(beta + z * error)
        found["logrank_p"][part] = _logrank(*tables)
    return found


def _blocks(first: Cohorts, second: Cohorts) -> Iterator[tuple[slice, tuple[FloatArray, ...]]]:
    """Yield some draws at a time, and their tables: at risk and events of the one arm, then of the other."""
    if not len(first[0]):
        return
    days = int(max(first[0].max(), second[0].max())) + 1
    step = max(1, _AT_ONCE // days)
    for start in range(0, len(first[0]), step):
        part = slice(start, start + step)
        one, other = (Daily.of(time[part], event[part], days) for time, event in (first, second))
        yield part, _only_events(one.at_risk, one.events, other.at_risk, other.events)


def _only_events(*tables: FloatArray) -> tuple[FloatArray, ...]:
    """Return the tables of the days on which any draw has an event."""
    days = np.flatnonzero((tables[1] + tables[3]).any(axis=0))
    return tuple(table[:, days] for table in tables)


def _observed_less_expected(
    n1: FloatArray, d1: FloatArray, n2: FloatArray, d2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return O - E of the first arm and its hypergeometric variance."""
    n, d = n1 + n2, d1 + d2
    share = n1 / np.maximum(n, 1)
    difference = (d1 - d * share).sum(axis=1)
    return difference, (d * share * (1 - share) * (n - d) / np.maximum(n - 1, 1)).sum(axis=1)


def _logrank(*tables: FloatArray) -> FloatArray:
    difference, variance = _observed_less_expected(*tables)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(chdtrc(1, difference**2 / variance))


def _cox(n1: FloatArray, d1: FloatArray, n2: FloatArray, d2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return log hazard ratio and its standard error per draw, by Newton's method."""
    beta = np.zeros(len(n1))
    estimable = (d1.sum(axis=1) > 0) & (d2.sum(axis=1) > 0)
    information = np.ones(len(n1))
    for _ in range(_STEPS):
        score, information = _derivatives(np.exp(np.clip(beta, -20, 20))[:, None], n1, d1, n2, d2)
        with np.errstate(divide="ignore", invalid="ignore"):
            move = np.where(estimable & (information > 0), score / information, 0.0)
        beta = beta + np.clip(move, -2, 2)
        if np.abs(move).max(initial=0.0) < _CLOSE:
            break
    with np.errstate(divide="ignore"):
        error = 1 / np.sqrt(np.maximum(information, 0.0))
    return np.where(estimable, beta, np.nan), np.where(estimable, error, np.nan)


def _derivatives(
    ratio: FloatArray, n1: FloatArray, d1: FloatArray, n2: FloatArray, d2: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return score and information of Efron's likelihood; of d tied deaths the k-th leaves k/d out."""
    d = d1 + d2
    score, information = d1.sum(axis=1), np.zeros(len(n1))
    for k in range(int(d.max(initial=0))):
        tied = d > k
        left = np.where(tied, k / np.maximum(d, 1), 0.0)
        exposed = ratio * (n1 - left * d1)
        share = np.where(tied, exposed / np.where(tied, exposed + n2 - left * d2, 1.0), 0.0)
        score = score - share.sum(axis=1)
        information += (share * (1 - share)).sum(axis=1)
    return score, information
