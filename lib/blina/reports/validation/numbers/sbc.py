"""Simulation-based calibration: the ranks of true quantities among those of the cohorts drawn.

A cohort is drawn from the prior, its summary printed, cohorts drawn from the summary. The rank of the true
cohort's quantity among theirs is uniform if they are drawn from the prior given the summary (Talts et al.
2018, arXiv 1804.06788). Bands of the ranks' distribution are simultaneous (Säilynoja, Bürkner and Vehtari,
Stat Comput 2022;32:32).
"""

from __future__ import annotations

import functools
import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.reports.validation.numbers.accuracy import LEVELS
from blina_base import project

FOLDER = project.root() / "data" / "calibration"
LEVEL = 0.95
NULL = 4000
"""Sets of uniform ranks from which the distribution of the largest deviation is taken."""

LAWS = {
    "trials": "learned, as by default",
    "fixed": "flat, scale given",
    "printed": "flat, scale printed",
}
"""What prior the cohorts were drawn with, by the last word of a file's name."""
UNREAD = "trials"
"""The prior into which nothing printed enters."""

Counts = NDArray[np.int64]


def ranks() -> pd.DataFrame:
    """Return the checked-in counts of ranks: shape, prior, quantity, rank, count, planned simulations.

    A file `SHAPE_PRIOR.csv` has a row per simulation: its number, how many cohorts were `drawn`, and the rank
    of each quantity among them. A simulation for which fewer were drawn than for most has no ranks.
    """
    parts = [_counted(path) for path in sorted(FOLDER.glob("*.csv"), key=_place)]
    return pd.concat(parts, ignore_index=True)


def _place(path: Path) -> tuple[int, str]:
    """Return where a file comes: by its prior, then by its kind of summary."""
    shape, _, prior = path.stem.rpartition("_")
    return list(LAWS).index(prior), shape


def _counted(path: Path) -> pd.DataFrame:
    table = pd.read_csv(path)
    shape, _, prior = path.stem.rpartition("_")
    draws = int(table["drawn"].max())
    full = table[table["drawn"] == draws].drop(columns=["simulation", "drawn"])
    rows = [
        (shape, prior, quantity, rank, int((full[quantity] == rank).sum()), len(table))
        for quantity in full
        for rank in range(draws + 1)
    ]
    return pd.DataFrame(rows, columns=["shape", "prior", "quantity", "rank", "count", "planned"])


def calibrated() -> dict[str, str]:
    """Return what was calibrated: by file of ranks the digest of what the sampler draws for it."""
    found: dict[str, str] = json.loads((FOLDER / "calibration.json").read_text(encoding="utf-8"))["sampler"]
    return found


def sampler() -> str:
    """Return one digest for all that was calibrated."""
    return hashlib.sha256(json.dumps(calibrated(), sort_keys=True).encode()).hexdigest()


def counts(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per shape, prior and quantity, one column per rank."""
    return table.pivot_table(
        index=["shape", "prior", "quantity"], columns="rank", values="count", fill_value=0, sort=False
    ).astype(int)


def tails(count: Counts) -> NDArray[np.float64]:
    """Return the least two-sided binomial tail of the distribution of each row of counts [rows, ranks].

    Example: by hand, of two ranks one was taken by both of two simulations: 2 · (1/2)².

    >>> float(tails(np.array([[2, 0]]))[0])
    0.5
    """
    from scipy.stats import binom

    inside = count.cumsum(axis=1)[:, :-1]
    total, bins = int(count[0].sum()), count.shape[1]
    share = np.arange(1, bins) / bins
    low, high = binom.cdf(inside, total, share), binom.sf(inside - 1, total, share)
    return np.asarray(2 * np.minimum(low, high).min(axis=1))


@functools.cache
def uniform_tails(total: int, bins: int) -> NDArray[np.float64]:
    """Return `tails` of sets of uniform ranks, sorted."""
    drawn = np.random.default_rng(1).multinomial(total, np.full(bins, 1 / bins), size=NULL)
    return np.sort(tails(drawn))


def uniformity(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per shape, prior and quantity: simulations, planned, p of uniform ranks, shares inside.

    The share inside the central interval of a level is that of the ranks between its ends; ranks are of as
    many draws as there are ranks less one.
    """
    wide = counts(table)
    planned = dict(table.groupby(["shape", "prior", "quantity"])["planned"].first().items())
    rows = []
    for name, row in wide.iterrows():
        count = row.to_numpy()
        total, bins = int(count.sum()), len(count)
        found: dict[str, object] = dict(zip(wide.index.names, name, strict=True))  # type: ignore[call-overload]
        null = uniform_tails(total, bins)
        found |= {
            "simulations": total,
            "planned": int(planned[name]),
            "p": float((null <= tails(count[None])[0]).mean()),
        }
        for level in LEVELS:
            cut = round((1 - level) / 2 * bins)
            found[f"in_{100 * level:g}"] = float(count[cut : bins - cut].sum() / total)
        rows.append(found)
    return pd.DataFrame(rows)


def limits(total: int, bins: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return how far the ranks' distribution may lie below and above uniform, at each rank, together 95 %."""
    from scipy.stats import binom

    tail = float(np.quantile(uniform_tails(total, bins), 1 - LEVEL))
    share = np.arange(1, bins) / bins
    low, high = (np.asarray(binom.ppf(end, total, share)) for end in (tail / 2, 1 - tail / 2))
    return low / total - share, high / total - share
