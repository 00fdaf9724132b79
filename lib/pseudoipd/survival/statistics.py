"""Our value of each time-to-event statistic that a claim can name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pseudoipd.survival.followup import median_followup
from pseudoipd.survival.kaplan_meier import (
    FloatArray,
    estimable,
    kaplan_meier,
    last_event,
    reached,
    survival_at,
)
from pseudoipd.survival.limits import quantile, quantile_limits


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
}

ENDPOINT_STATISTICS = tuple(_STATISTICS)
_AT_A_TIME = ("survival", "count_at_or_beyond")


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

    `statistic` is one of `ENDPOINT_STATISTICS`; `at`, in the unit of `time`, belongs to `survival`
    and `count_at_or_beyond`; both are nan where the data do not reach to it (`estimable`). A quantile that
    is not reached is inf. Raises ValueError for another statistic or a missing `at`. Formulas and
    references: at the functions of this package.

    Example: R: summary(survfit(Surv(c(2, 4, 6, 30), c(1, 0, 1, 0)) ~ 1, conf.type = "log-log"))$table
    has median 6, 0.95LCL 2, 0.95UCL NA; S(6) is 0.375

    >>> names = ["median", "median_lower", "median_upper", "survival"]
    >>> [endpoint_statistic(name, [2, 4, 6, 30], [1, 0, 1, 0], at=6) for name in names]
    [6.0, 2.0, inf, 37.5]
    """
    if statistic not in _STATISTICS:
        raise ValueError(f"statistic must be one of {', '.join(_STATISTICS)}, not {statistic!r}")
    if at is None and statistic in _AT_A_TIME:
        raise ValueError(f"{statistic} needs a time: at=")
    times, events = np.asarray(time, dtype=np.float64), np.asarray(event, dtype=bool)
    moment = float("nan") if at is None else float(at)
    if statistic in _AT_A_TIME and not estimable(kaplan_meier(times, events), moment):
        return float("nan")
    return _STATISTICS[statistic](_Question(times, events, moment, conf_type, conf_level, followup_method))
