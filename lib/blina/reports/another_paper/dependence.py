"""How alike the cohorts of one chain are, and how many independent ones they are worth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina.reports.another_paper.numbers import FURTHER, Written, arrays, last_printed
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.survival import draws as over

LEAST_CHAINS = 2


def intraclass(values: ArrayLike, sizes: Sequence[int]) -> float:
    """Return the intraclass correlation of `values`, the first sizes[0] of which are of one group, and so on.

    (B - W) / (B + (n0 - 1) W) with the mean squares B between groups and W within; n0 is the mean size, less
    the variance of the sizes over their sum (Donner 1986, Int Stat Rev 54:67-82). Below 0 where groups are
    more alike than chance makes them; nan for one group, for groups of one, and for values that do not vary.

    By hand: the means are 1.5 and 5 around 3.6, so that B = 14.7, W = 8.5 / 3 and n0 = 2.4.

    >>> round(intraclass([1, 2, 3, 5, 7], [2, 3]), 4)
    0.6357
    """
    groups = np.split(np.asarray(values, dtype=np.float64), np.cumsum(sizes)[:-1])
    n, k = sum(sizes), len(sizes)
    if k < LEAST_CHAINS or n == k:
        return float("nan")
    middle = np.concatenate(groups).mean()
    between = sum(len(one) * (one.mean() - middle) ** 2 for one in groups) / (k - 1)
    within = sum(((one - one.mean()) ** 2).sum() for one in groups) / (n - k)
    size = (n - sum(one**2 for one in sizes) / n) / (k - 1)
    spread = between + (size - 1) * within
    return float((between - within) / spread) if spread > 0 else float("nan")


def independent(sizes: Sequence[int], correlation: float) -> float:
    """Return how many independent cohorts give a mean as sure as cohorts of groups of these sizes do.

    n / (1 + (m - 1) ρ), m = Σ size² / n being the size of the group of a cohort (Kish 1965); a correlation
    below 0 counts as none.

    By hand: of 20 in tens with ρ = 1 each ten is worth one; with ρ = 1/9 the variance is doubled.

    >>> independent([10, 10], 1.0), round(independent([10, 10], 1 / 9), 6), independent([10, 10], -0.1)
    (2.0, 10.0, 20.0)
    """
    n = sum(sizes)
    return float(n / (1 + (sum(one**2 for one in sizes) / n - 1) * max(0.0, correlation)))


def of_chains(written: Written) -> pd.DataFrame:
    """Return of quantities that vary how alike cohorts of one chain are, the most alike first.

    Columns arm, endpoint, quantity, at (months, nan without one), cohorts, chains, correlation, independent;
    a median that some cohorts do not reach has no row. Empty where each cohort has a chain of its own, or all
    have one.
    """
    rows = [
        (known["arm"], known["code"], name, at, sum(sizes), len(sizes), alike, independent(sizes, alike))
        for known in written.notes["endpoints"]
        if (sizes := known["chains"])
        for name, at, values in _quantities(written, known["arm"], known["code"])
        if np.isfinite(values).all() and np.isfinite(alike := intraclass(values, sizes))
    ]
    columns = ["arm", "endpoint", "quantity", "at", "cohorts", "chains", "correlation", "independent"]
    return pd.DataFrame(rows, columns=columns).sort_values(
        "correlation", ascending=False, kind="stable", ignore_index=True
    )


def _quantities(written: Written, arm: str, code: str) -> Iterator[tuple[str, float, NDArray[np.float64]]]:
    """Yield quantities of an endpoint in an arm: what it is, at which month (nan), its value in each draw."""
    rows = written.draws[(written.draws["endpoint"] == code) & (written.draws["arm"] == arm)]
    days, died = arrays(rows)
    curves, last = over.curves(days, died), last_printed(written.printed, code, arm)
    yield "median", np.nan, over.quantiles(curves)
    for month in (last, FURTHER * last):
        yield "survival", month, over.survival_on_grid(curves, [month * DAYS_PER_MONTH])[:, 0]
    yield "number of events", np.nan, died.sum(axis=1).astype(np.float64)
    yield "longest time observed", np.nan, days.max(axis=1).astype(np.float64)
