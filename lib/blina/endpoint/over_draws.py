"""Ranges of survival statistics over an ensemble of cohorts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina.endpoint.bands import span
from blina.endpoint.options import Options
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.survival import draws as over
from pseudoipd.survival import reached


def drawn_statistics(
    time: ArrayLike,
    event: ArrayLike,
    options: Options,
    at: tuple[float, ...] = (),
    counted: tuple[float, ...] = (),
) -> dict[str, NDArray[np.float64]]:
    """Return one value per draw for each statistic, months and percent.

    `time` in days, [draws, patients]; `at` are the months at which survival is wanted, under the keys
    `survival 12` and the like; `counted` those at which patients observed that long are counted
    (`count_at_or_beyond 30`).
    """
    days, died = np.asarray(time), np.asarray(event, dtype=bool)
    there = days >= 0
    died = died & there
    curves = over.curves(days, died)
    lower, upper = over.quantile_limits_of_draws(curves, 0.5, options.conf_type, options.conf_level)
    found = {
        "n": there.sum(axis=1).astype(np.float64),
        "events": died.sum(axis=1).astype(np.float64),
        "median": over.quantiles(curves) / DAYS_PER_MONTH,
        "median_lower": lower / DAYS_PER_MONTH,
        "median_upper": upper / DAYS_PER_MONTH,
        "followup_median": _followup(days, died, options.followup_method) / DAYS_PER_MONTH,
        "followup_min": np.where(there, days, np.inf).min(axis=1) / DAYS_PER_MONTH,
        "followup_max": days.max(axis=1) / DAYS_PER_MONTH,
        "plateau_from": np.where(died, days, -1).max(axis=1) / DAYS_PER_MONTH,
        "rmst": over.rmst_of_draws(curves, options.tau_months * DAYS_PER_MONTH) / DAYS_PER_MONTH,
    }
    survival = 100 * over.survival_on_grid(curves, np.asarray(at) * DAYS_PER_MONTH)
    found |= {f"survival {month:g}": survival[:, i] for i, month in enumerate(at)}
    return found | {
        f"count_at_or_beyond {month:g}": reached(days / DAYS_PER_MONTH, month).sum(axis=1).astype(float)
        for month in counted
    }


def _followup(days: NDArray[np.int32], died: NDArray[np.bool_], method: str) -> NDArray[np.float64]:
    if method == "reverse-km":
        return over.quantiles(over.reverse_curves(days, died))
    return np.asarray(np.nanmedian(np.where(days >= 0, days, np.nan), axis=1))


def curve_band(time: ArrayLike, event: ArrayLike, months: ArrayLike) -> pd.DataFrame:
    """Return what the curves of all draws span at each month.

    Columns time, lowest, lower, middle, upper, highest, as in `bands.span`: `lower` to `upper` is the band
    at that month (not one of whole curves).
    """
    grid = np.asarray(months, dtype=np.float64)
    values = over.survival_on_grid(over.curves(time, event), grid * DAYS_PER_MONTH)
    return pd.DataFrame([{"time": month} | span(at) for month, at in zip(grid, values.T, strict=True)])
