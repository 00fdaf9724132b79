"""Ranges of survival statistics over an ensemble of cohorts."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina.endpoint.bands import span
from blina.endpoint.options import Options
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.claims.grammar import REGISTRY
from pseudoipd.judge import COMPUTED, Courses
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.survival import ENDPOINT_STATISTICS
from pseudoipd.survival import draws as over

STATISTICS = tuple(name for name in ENDPOINT_STATISTICS if not REGISTRY[name].timed)
"""Those that need no time to be asked for."""


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
    days = np.asarray(time, dtype=np.float64)
    died = np.asarray(event, dtype=bool) & (days >= 0)
    chosen = Assumptions(conf_type=options.conf_type, followup_method=options.followup_method)
    courses = Courses(days, died, None, chosen, options.conf_level)
    found = {name: COMPUTED[name](courses, 0.0) for name in STATISTICS}
    for name, months in (("survival", at), ("count_at_or_beyond", counted)):
        found |= {f"{name} {month:g}": COMPUTED[name](courses, month) for month in months}
    rmst = over.rmst_of_draws(courses.curves, options.tau_months * DAYS_PER_MONTH) / DAYS_PER_MONTH
    return found | {"rmst": rmst}


def curve_band(time: ArrayLike, event: ArrayLike, months: ArrayLike) -> pd.DataFrame:
    """Return what the curves of all draws span at each month.

    Columns time, lowest, lower, middle, upper, highest, as in `bands.span`: `lower` to `upper` is the band
    at that month (not one of whole curves).
    """
    grid = np.asarray(months, dtype=np.float64)
    values = over.survival_on_grid(over.curves(time, event), grid * DAYS_PER_MONTH)
    return pd.DataFrame([{"time": month} | span(at) for month, at in zip(grid, values.T, strict=True)])
