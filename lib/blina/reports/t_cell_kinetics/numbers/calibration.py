"""The published kinetics in the form that the simulation needs: medians, quartiles, what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from blina import facts as published

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

QUARTILE = float(stats.norm.ppf(0.75))
MEAN_FOLD_DAYS = (14.0, 21.0)
"""Days of a cycle that the published mean fold is about (2-3 weeks)."""


RAMP = 0.5
"""Normal deviates over which the gain of the patients with the lowest baselines rises to its maximum."""
# Equally likely normal deviates, for means and medians without chance.
_DEVIATES = np.asarray(stats.norm.ppf((np.arange(4000) + 0.5) / 4000))


def below(z: npt.ArrayLike, share: float) -> Floats:
    """Return 0 above the limit that cuts off the lowest `share` of normal deviates, rising to 1 below it."""
    depth = (stats.norm.ppf(share) - np.asarray(z, dtype=float)) / RAMP
    return np.asarray(np.clip(depth, 0.0, 1.0))


@dataclass(frozen=True)
class LogNormal:
    """A distribution given by its median and the standard deviation of its logarithm."""

    median: float
    spread: float

    @classmethod
    def from_quartiles(cls, median: float, lower: float, upper: float) -> LogNormal:
        """Keep the printed median; take the spread from the printed quartiles."""
        return cls(median, float(np.log(upper / lower)) / (2.0 * QUARTILE))

    def at(self, z: npt.ArrayLike) -> Floats:
        """Return the values at standard normal deviates."""
        return np.asarray(self.median * np.exp(self.spread * np.asarray(z, dtype=float)))


@dataclass(frozen=True)
class Calibration:
    """What the simulation is built from; cells/µL, days since start of infusion, folds over baseline.

    `folds` maps a day to the median fold; `nadir_counts` and `floor_counts` map a day to a number of patients
    (at their nadir on that day; cumulatively, with B cells at the floor by that day, in the end all of them).
    """

    baseline: LogNormal
    nadir: LogNormal
    nadir_counts: dict[float, float]
    folds: dict[float, float]
    fold_spread: float
    mean_fold: float
    mean_fold_days: tuple[float, ...]
    b_baseline: LogNormal
    floor_counts: dict[float, float]

    @property
    def nadir_days(self) -> Floats:
        """The days on which a nadir was seen."""
        return np.array(sorted(self.nadir_counts))

    @property
    def nadir_shares(self) -> Floats:
        """Share of patients whose nadir fell on each of `nadir_days`."""
        counts = np.array([self.nadir_counts[day] for day in self.nadir_days], dtype=float)
        return np.asarray(counts / counts.sum())

    def rise(self, day: float) -> float:
        """Return the log of the median fold of a day over the median nadir."""
        return float(np.log(self.folds[day] / self.nadir.median))

    def skew(self, share: float) -> tuple[float, float]:
        """Return gain and shift that carry the printed mean fold, leaving the printed median where it is.

        Patients whose baseline lies in the lowest `share` gain up to `gain` on the log scale (`below`); the
        shift takes back what that adds to the median.
        """
        medians = np.array([self.folds[day] for day in self.mean_fold_days])
        usual = medians.mean() * np.exp(self.fold_spread**2 / 2.0)

        def excess(gain: float) -> float:
            gains = gain * below(_DEVIATES, share)
            return float(usual * np.mean(np.exp(gains - self._median_of(gains))) - self.mean_fold)

        gain = float(optimize.brentq(excess, 0.0, 5.0)) if excess(0.0) < 0.0 else 0.0
        return gain, self._median_of(gain * below(_DEVIATES, share))

    def _median_of(self, gains: Floats) -> float:
        """Return the median of normal noise of this spread plus equally likely gains."""

        def short_of_half(at: float) -> float:
            return float(np.mean(stats.norm.cdf((at - gains) / self.fold_spread)) - 0.5)

        return float(optimize.brentq(short_of_half, -1.0, 1.0 + gains.max()))

    def floor_day(self, u: npt.ArrayLike) -> Floats:
        """Return the day on which B cells reach the floor, for uniform draws; linear between counted days."""
        days = np.array([0.0, *sorted(self.floor_counts)])
        reached = np.array([0.0, *(self.floor_counts[day] for day in days[1:])])
        reached /= reached.max()
        return np.asarray(np.maximum(np.interp(np.asarray(u, dtype=float), reached, days), 1e-6))


def read_calibration(facts: pd.DataFrame | None = None) -> Calibration:
    """Return the calibration from data/published/kinetics.csv, or from a frame of that form."""
    rows = (published.kinetics() if facts is None else facts).set_index("id")
    day_7 = _log_normal(rows, "cd8_day_7")
    return Calibration(
        baseline=_log_normal(rows, "cd8_baseline"),
        nadir=_log_normal(rows, "cd8_nadir"),
        nadir_counts=_by_day(rows, "cd8_nadir_on_day_"),
        folds=_by_day(rows, "cd8_day_"),
        fold_spread=day_7.spread,
        mean_fold=float(np.mean(_numbers(rows, "cd8_mean_fold")[1:])),
        mean_fold_days=MEAN_FOLD_DAYS,
        b_baseline=_log_normal(rows, "b_baseline"),
        floor_counts=_by_day(rows, "b_floor_"),
    )


def _log_normal(rows: pd.DataFrame, key: str) -> LogNormal:
    return LogNormal.from_quartiles(*_numbers(rows, key))


def _numbers(rows: pd.DataFrame, key: str) -> tuple[float, float, float]:
    row = rows.loc[key]
    return float(row["value"]), float(row["lower"]), float(row["upper"])


def _by_day(rows: pd.DataFrame, prefix: str) -> dict[float, float]:
    chosen = rows.loc[rows.index.str.startswith(prefix)]
    return {float(day): float(value) for day, value in zip(chosen["day"], chosen["value"], strict=True)}
