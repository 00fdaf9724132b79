"""The prior from which cohorts are drawn, stated once: parameters, meaning, and the survival it implies.

First endpoint: the hazard is constant on pieces and its logarithm a random walk over them, so that
neighbouring pieces are alike, around a straight line in log time, as a Weibull hazard is one: hazards that
begin high or low are not left to a run of steps in one direction. A fraction of the patients is cured. Time
is measured in whole days.
Censoring: patients enter up to one cut-off, at a rate that is steady, grows or falls, so that follow-up lies
between a shortest a and a longest b with P(C > t) = ((b - t) / (b - a)) ^ shape; and a few are lost early, at
a constant rate. Relapse: a hazard of the same form from the response on; it is seen only before the end of
observation. All parameters are drawn anew for each cohort.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pseudoipd.model.structs import Hyper

PIECES = (0.0, 0.02, 0.05, 0.10, 0.18, 0.28, 0.42, 0.60, 0.80)
"""First day of each piece of the hazard, as a fraction of `CENTRES` centres, or of the horizon if earlier."""
CENTRES = 3.0
"""Most patients have had the event by so many medians: few pieces are needed beyond."""
SHORTEST_LAST = 0.8
"""No piece begins later than this fraction of the horizon."""


@dataclass(frozen=True)
class Hyperprior:
    """What the parameters of a cohort are drawn from; times in days.

    The first log hazard is normal around that of an exponential with median `centre`, then changes from
    piece to piece by a normal step and by the trend, normal around 0 (a Weibull shape less 1), times the
    distance in log time (`log_time_steps`). The cured fraction, the shortest follow-up as a share of the
    longest, and the share lost by the horizon are Beta(a, b); the longest follow-up and the shape of accrual
    (1 where it is steady) are log-normal.
    """

    centre: float
    relapse_centre: float
    longest: float
    first_sd: float = 0.7
    step_sd: float = 0.35
    cured: tuple[float, float] = (1.0, 3.0)
    longest_sd: float = 0.3
    shortest: tuple[float, float] = (1.0, 1.0)
    lost: tuple[float, float] = (1.0, 6.0)
    accrual_sd: float = 0.4
    trend_sd: float = 0.2

    def packed(self) -> Hyper:
        """Return the numbers under the names by which the compiled code reads them."""
        return Hyper(
            centre=float(np.log(np.log(2) / self.centre)),
            relapse_centre=float(np.log(np.log(2) / self.relapse_centre)),
            first_sd=self.first_sd,
            step_sd=self.step_sd,
            trend_sd=self.trend_sd,
            cured_a=self.cured[0],
            cured_b=self.cured[1],
            log_longest=float(np.log(self.longest)),
            longest_sd=self.longest_sd,
            shortest_a=self.shortest[0],
            shortest_b=self.shortest[1],
            lost_a=self.lost[0],
            lost_b=self.lost[1],
            accrual_sd=self.accrual_sd,
        )


def edges(horizon: float, centre: float) -> NDArray[np.float64]:
    """Return the first day of each piece of the hazard: where the events are, not where follow-up ends.

    The pieces divide the days up to `CENTRES` centres; each piece beyond is as long as all before it, until
    the horizon.
    """
    span = min(horizon, CENTRES * centre)
    beyond = [span]
    while beyond[-1] < SHORTEST_LAST * horizon:
        beyond.append(2 * beyond[-1])
    return np.array([*(span * share for share in PIECES), *beyond[:-1]])


def log_time_steps(first: NDArray[np.float64], horizon: float) -> NDArray[np.float64]:
    """Return the distance in log time from the middle of each piece to that of the next.

    `first` holds the first days of the pieces; the last ends at the horizon.
    """
    return np.diff(np.log(first + np.append(first[1:], horizon)))


def survival(
    days: NDArray[np.float64], first: NDArray[np.float64], log_hazard: NDArray[np.float64], cured: float
) -> NDArray[np.float64]:
    """Return P(T > day) for one set of parameters, written for reading and for tests, not for speed.

    `first` holds the first days of the pieces.
    """
    last = np.append(first[1:], np.inf)
    inside = np.clip(np.minimum(days[:, None], last) - first, 0, None)
    return np.asarray(cured + (1 - cured) * np.exp(-inside @ np.exp(log_hazard)))
