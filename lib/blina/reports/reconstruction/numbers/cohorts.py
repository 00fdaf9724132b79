"""What the report on the reconstruction shows: proof, diversity, chains run longer, what is identified."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina import ensemble
from blina.reports.reconstruction.numbers import identification
from blina.scorecard.numbers import describe
from blina.vocabulary import DAYS_PER_MONTH, TIME_STATISTICS
from pseudoipd.judge import Judge
from pseudoipd.survival import draws as over

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

LONGER = 4
"""How many times longer the chains run against which the ensemble is held."""
STEP_MONTHS = 0.5


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """The ensemble, the same from chains that ran longer, and cohorts that meet only the counts."""

    claims: tuple[Claim, ...]
    assumptions: Mapping[str, str]
    drawn: Ensemble
    longer: Ensemble
    reference: Ensemble

    @property
    def draws(self) -> int:
        """Number of cohorts."""
        return len(self.drawn)


def reconstruction(
    claims: Sequence[Claim], assumptions: Mapping[str, str], draws: int, seed: int
) -> Reconstruction:
    """Draw the three ensembles, or take them from the cache. Raises as `ensemble.load` does."""
    drawn = ensemble.load(claims, assumptions, draws, seed)
    usual = ensemble.problem(claims, assumptions).effort().moves
    longer = ensemble.load(claims, assumptions, draws, seed + 1, moves=LONGER * usual)
    counts = identification.without_times(claims, drawn)
    reference = ensemble.load(counts, assumptions, draws, seed)
    return Reconstruction(tuple(claims), assumptions, drawn, longer, reference)


def proof(found: Reconstruction) -> pd.DataFrame:
    """Return one row per claim that was met, as the collection's statistics see it in every cohort.

    Columns claim, what, timed (a claim on times), printed, unit, lowest and highest value over the cohorts,
    and met, the number of cohorts that meet it.
    """
    asked = ensemble.problem(found.claims, found.assumptions)
    judge = Judge(found.drawn, asked.assumptions, asked.vocabulary)
    rows = []
    for claim in asked.used:
        values = judge.values(claim)
        rows.append(
            {
                "claim": claim.id,
                "what": describe(claim),
                "timed": claim.statistic in TIME_STATISTICS and claim.statistic != "n",
                "printed": claim.printed,
                "unit": claim.unit,
                "lowest": float(values.min()),
                "highest": float(values.max()),
                "met": int(judge.agree(claim, values).sum()),
            }
        )
    return pd.DataFrame(rows)


def differences(drawn: Ensemble, lag: int) -> NDArray[np.float64]:
    """Return, for each draw and the one `lag` further on, the share of patients whose course only one has.

    A course is the time and the event of both endpoints; which patient has it does not count.
    """
    courses = np.stack(
        [part for name in drawn.time for part in (drawn.time[name], drawn.event[name])], axis=-1
    )
    size = courses.shape[1]
    found = []
    for first, second in zip(courses[:-lag], courses[lag:], strict=True):
        counted = _counted(first)
        shared = sum(min(number, counted.get(course, 0)) for course, number in _counted(second).items())
        found.append(1 - shared / size)
    return np.array(found)


def _counted(courses: NDArray[Any]) -> dict[tuple[int, ...], int]:
    rows, number = np.unique(courses, axis=0, return_counts=True)
    return {tuple(map(int, row)): int(n) for row, n in zip(rows, number, strict=True)}


def diversity(found: Reconstruction) -> pd.DataFrame:
    """Return how far draws differ: neighbours, which may come from one chain, and draws far apart.

    Columns pairs, smallest, median: shares of patients.
    """
    rows = []
    for pairs, lag in (("consecutive draws", 1), ("draws far apart", max(1, found.draws // 2))):
        share = differences(found.drawn, lag)
        rows.append(
            {"pairs": pairs, "smallest": share.min(), "median": np.median(share), "largest": share.max()}
        )
    return pd.DataFrame(rows)


def distinct(drawn: Ensemble) -> int:
    """Return how many of the cohorts differ in overall survival, whichever patient has which course."""
    courses = np.sort(drawn.time["OS"] * 2 + drawn.event["OS"], axis=1)
    return len(np.unique(courses, axis=0))


def months(drawn: Ensemble, endpoint: str) -> NDArray[np.float64]:
    """Return the months of the horizontal axis: every half month to the longest time observed."""
    end = math.ceil(float(drawn.time[endpoint].max()) / DAYS_PER_MONTH)
    return np.asarray(np.arange(0, end + STEP_MONTHS, STEP_MONTHS))


def curves(drawn: Ensemble, endpoint: str, grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return S(t) of every cohort at some months: [draws, months]."""
    each = over.curves(drawn.time[endpoint], drawn.event[endpoint])
    return over.survival_on_grid(each, grid * DAYS_PER_MONTH)


def identified(found: Reconstruction) -> pd.DataFrame:
    """Return `identification.table` of the trial's quantities, beside cohorts that meet only the counts."""
    tie, until = found.assumptions["mantel_byar_tie"], identification.longest(found.drawn)
    return identification.table(
        identification.quantities(found.drawn, found.claims, tie),
        identification.quantities(found.reference, found.claims, tie, until),
    )


def reference_bands(found: Reconstruction) -> pd.DataFrame:
    """Return the same table of the cohorts that meet only the counts."""
    tie, until = found.assumptions["mantel_byar_tie"], identification.longest(found.drawn)
    return identification.table(identification.quantities(found.reference, found.claims, tie, until))


def settled(found: Reconstruction) -> pd.DataFrame:
    """Return the quantities' bands in the ensemble and in chains that ran longer.

    Columns name, what, unit, then median, lower, upper, and the same with `_longer`; `moved` is the larger
    shift of the two ends, in terms of the band's width (in longer chains where it is 0 in the ensemble).
    """
    tie = found.assumptions["mantel_byar_tie"]
    ours, theirs = (
        identification.table(identification.quantities(part, found.claims, tie))
        for part in (found.drawn, found.longer)
    )
    kept = ["name", "what", "unit", "lower", "median", "upper"]
    both = ours[kept].merge(theirs[["name", "lower", "median", "upper"]], on="name", suffixes=("", "_longer"))
    shift = np.maximum(
        (both["lower"] - both["lower_longer"]).abs(), (both["upper"] - both["upper_longer"]).abs()
    )
    widths = [both["upper"] - both["lower"], both["upper_longer"] - both["lower_longer"]]
    wide = pd.concat(widths, axis=1).max(axis=1)
    return both.assign(moved=(shift / wide.where(wide > 0)).fillna(0.0))
