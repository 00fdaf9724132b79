"""Ranges of survival statistics over an ensemble of cohorts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina.endpoint.bands import span
from blina.endpoint.options import Options
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.judge import COMPUTED, Courses
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.survival import draws as over
from pseudoipd.survival import reached


def drawn_statistics(
    time: ArrayLike,
    event: ArrayLike,
    options: Options,
    asked: Iterable[tuple[str, float | None]],
    conditional: tuple[float, float] = (12.0, 30.0),
) -> dict[tuple[str, float | None], NDArray[np.float64]]:
    """Return one value per draw, as the judge computes it, for each statistic and month `asked`.

    Beside them `rmst` and `conditional_survival`, that to the second month of `conditional` of those who
    reached the first.

    `time` in days, [draws, patients], below 0 for whoever lacks the endpoint. Months, patients and percent;
    nan at a month to which a draw's patients were not followed.
    """
    days = np.asarray(time, dtype=np.float64)
    died = np.asarray(event, dtype=bool) & (days >= 0)
    assumptions = Assumptions(options.conf_type, options.followup_method)
    courses = Courses(days, died, None, assumptions, options.conf_level)
    found = {(name, month): COMPUTED[name](courses, month or 0.0) for name, month in asked}
    rmst = over.rmst_of_draws(courses.curves, options.tau_months * DAYS_PER_MONTH) / DAYS_PER_MONTH
    first, last = (over.survival_on_grid(courses.curves, [m * DAYS_PER_MONTH])[:, 0] for m in conditional)
    # Where nobody reached the first month nothing is known: 0 / 0.
    share = np.divide(100 * last, first, out=np.full(len(first), np.nan), where=first > 0)
    found |= {("rmst", options.tau_months): rmst, ("conditional_survival", conditional[1]): share}
    for (name, month), values in found.items():
        if month is not None:
            found[name, month] = np.where(_estimable(courses.curves, month), values, np.nan)
    return found


def _estimable(curves: over.Curves, month: float) -> NDArray[np.bool_]:
    """Say of each draw whether its data reach to `month`, as `pseudoipd.survival.estimable` does of one."""
    reaches = reached(curves.time[:, -1] / DAYS_PER_MONTH, month)
    return np.asarray(reaches | np.isclose(curves.survival[:, -1], 0.0))


def curve_band(time: ArrayLike, event: ArrayLike, months: ArrayLike) -> pd.DataFrame:
    """Return what the curves of all draws span at each month.

    Columns time, lowest, lower, middle, upper, highest, as in `bands.span`: `lower` to `upper` is the band
    at that month (not one of whole curves).
    """
    grid = np.asarray(months, dtype=np.float64)
    values = over.survival_on_grid(over.curves(time, event), grid * DAYS_PER_MONTH)
    return pd.DataFrame([{"time": month} | span(at) for month, at in zip(grid, values.T, strict=True)])
