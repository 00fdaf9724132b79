"""Our value of each time-to-event statistic that a claim can name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pseudoipd.survival.followup import median_followup, reverse_kaplan_meier, rmst
from pseudoipd.survival.kaplan_meier import (
    FloatArray,
    estimable,
    kaplan_meier,
    last_event,
    reached,
    survival_at,
)
from pseudoipd.survival.limits import limits, normal_quantile, quantile, quantile_limits


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    time: FloatArray
    event: NDArray[np.bool_]
    at: float
    conf_type: str
    conf_level: float
    followup_method: str

    def limit(self, which: int) -> float:
        km = kaplan_meier(self.time, self.event)
        return quantile_limits(km, 0.5, self.conf_type, self.conf_level)[which]

    def survival_limit(self, which: int) -> float:
        km = kaplan_meier(self.time, self.event)
        place = int((km.time <= self.at).sum()) - 1
        return 100 * float(limits(km, self.conf_type, self.conf_level)[which][place]) if place >= 0 else 100.0

    def mean(self, errors: float) -> float:
        """Return the restricted mean, and so many standard errors more."""
        area, error = rmst(kaplan_meier(self.time, self.event), self.at)
        return area + errors * error

    def followup(self, p: float) -> float:
        """Return the time for which a share 1 - p is followed."""
        if self.followup_method != "reverse-km":
            whom = self.alive if self.followup_method == "survivors" else self.time
            return float(np.quantile(whom, 1 - p)) if len(whom) else float("nan")
        return quantile(reverse_kaplan_meier(self.time, self.event), p)

    @property
    def alive(self) -> FloatArray:
        return self.time[~self.event]


_STATISTICS: dict[str, Callable[[_Question], float]] = {
    "n": lambda q: float(len(q.time)),
    "events": lambda q: float(q.event.sum()),
    "median": lambda q: quantile(kaplan_meier(q.time, q.event)),
    "median_lower": lambda q: q.limit(0),
    "median_upper": lambda q: q.limit(1),
    "survival": lambda q: 100 * float(survival_at(kaplan_meier(q.time, q.event), q.at)),
    "count_at_or_beyond": lambda q: float(reached(q.time, q.at).sum()),
    "followup_median": lambda q: median_followup(q.time, q.event, q.followup_method),
    "followup_min": lambda q: float(q.time.min()) if len(q.time) else float("nan"),
    "followup_max": lambda q: float(q.time.max()) if len(q.time) else float("nan"),
    "plateau_from": lambda q: last_event(q.time, q.event),
    "at_risk": lambda q: float(reached(q.time, q.at).sum()),
    "censored": lambda q: float(len(q.alive)),
    "events_by": lambda q: float((q.event & (q.time <= q.at)).sum()),
    "survival_lower": lambda q: q.survival_limit(0),
    "survival_upper": lambda q: q.survival_limit(1),
    "rmst": lambda q: q.mean(0.0),
    "rmst_lower": lambda q: q.mean(-normal_quantile(q.conf_level)),
    "rmst_upper": lambda q: q.mean(normal_quantile(q.conf_level)),
    "followup_q1": lambda q: q.followup(0.75),
    "followup_q3": lambda q: q.followup(0.25),
    "followup_minimum": lambda q: float(q.alive.min()) if len(q.alive) else float("nan"),
    "followup_median_alive": lambda q: float(np.median(q.alive)) if len(q.alive) else float("nan"),
}

ENDPOINT_STATISTICS = tuple(_STATISTICS)
TIMED = (
    "survival", "count_at_or_beyond", "at_risk", "events_by", "survival_lower", "survival_upper", "rmst",
    "rmst_lower", "rmst_upper",
)  # fmt: skip
"""Those that mean nothing without a time."""


def endpoint_statistic(
    statistic: str,
    time: ArrayLike,
    event: ArrayLike,
    at: float | None = None,
    *,
    conf_type: str = "log-log",
    conf_level: float = 0.95,
    followup_method: str = "reverse-km",
) -> float:
    """Return one statistic of an endpoint, in the unit of `time` (`survival` in %).

    `statistic` is one of `ENDPOINT_STATISTICS`; `at`, in the unit of `time`, belongs to those of `TIMED`,
    which are nan where the data do not reach to it (`estimable`). A quantile that is not reached is inf.
    Raises ValueError for another statistic or a missing `at`. Formulas and references: at the functions of
    this package.

    Example: R: summary(survfit(Surv(c(2, 4, 6, 30), c(1, 0, 1, 0)) ~ 1, conf.type = "log-log"))$table
    has median 6, 0.95LCL 2, 0.95UCL NA; S(6) is 0.375

    >>> names = ["median", "median_lower", "median_upper", "survival"]
    >>> [endpoint_statistic(name, [2, 4, 6, 30], [1, 0, 1, 0], at=6) for name in names]
    [6.0, 2.0, inf, 37.5]
    """
    if statistic not in _STATISTICS:
        raise ValueError(f"statistic must be one of {', '.join(_STATISTICS)}, not {statistic!r}")
    if at is None and statistic in TIMED:
        raise ValueError(f"{statistic} needs a time: at=")
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    moment = float("nan") if at is None else float(at)
    if statistic in TIMED and not estimable(kaplan_meier(times, events), moment):
        return float("nan")
    return _STATISTICS[statistic](_Question(times, events, moment, conf_type, conf_level, followup_method))
