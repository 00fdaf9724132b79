"""The printed numbers that were left out, one at a time, and what cohorts drawn from the others predict.

A cohort agrees with a number that it was made to meet, which is no evidence. `blina_tools.cohort.held_out`
leaves out each printed number on survival in turn and writes the predictions to `data/cohort/held_out.csv`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from blina.endpoint.bands import WIDTHS, width
from blina_base import project

PREDICTION = ("left_out", "lower", "median", "upper", "below", "inside", "p")
"""Columns of a prediction: what it says of the printed number (`outcome`), the band and its middle in the
number's unit, the shares of predictions below the number and printed like it, and how rarely a prediction
lies as far out as the number (two-sided)."""
RATIO = "P"
"""Unit of a number whose band is judged by the ratio of its ends."""
PREDICTED, NOT_CONTRADICTED, CONTRADICTED = "predicted", "not contradicted", "contradicted"
NARROWLY = f"to within {WIDTHS['months'][1]:g} months"
"""What it means that a number left out is predicted; a P would be so within a factor of two."""
NOT_LEFT_OUT: Mapping[Any, Any] = {"left_out": "", **dict.fromkeys(PREDICTION[1:], math.nan)}


def read() -> pd.DataFrame:
    """Return the checked-in table of predictions, indexed by claim id, with `left_out` and `p`."""
    table = pd.read_csv(project.reference_cohort() / "held_out.csv", dtype={"printed": str})
    columns = zip(*(table[name] for name in ("predicted", "lower", "upper", "unit")), strict=True)
    said = [outcome(*row) for row in columns]
    return table.assign(left_out=said, p=two_sided(table["below"], table["draws"])).set_index("claim")


def two_sided(below: pd.Series, draws: pd.Series) -> pd.Series:
    """Return 2 (m + 1) / (draws + 1), at most 1, m being how many predictions lie on the rarer side.

    Reference: Davison and Hinkley 1997, section 4.2, for a Monte Carlo test.
    Example: by hand, none of 399 below; 10 of 19 below.

    >>> two_sided(pd.Series([0.0, 10 / 19]), pd.Series([399, 19])).tolist()
    [0.005, 1.0]
    """
    share = below.where(below < 0.5, 1 - below)
    return ((2 * (share * draws + 1)) / (draws + 1)).clip(upper=1.0)


def outcome(predicted: str, lower: float, upper: float, unit: str) -> str:
    """Return what the numbers that were kept say of the one left out, by its band.

    A band that report 09 would call at most bounded would have ruled much out: to agree is evidence.

    >>> outcome("Y", 31.6, 37.4, "months"), outcome("Y", 0.008, 0.017, "P"), outcome("N", 0.9, 4.2, "months")
    ('predicted', 'not contradicted', 'contradicted')
    """
    if predicted == "N":
        return CONTRADICTED
    known = "" if unit == RATIO else unit
    return PREDICTED if width(lower, upper, known) <= WIDTHS[known][1] else NOT_CONTRADICTED
