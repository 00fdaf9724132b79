"""The printed numbers that were left out, one at a time, and what cohorts drawn from the others predict.

A cohort agrees with a number that it was made to meet, which is no evidence. `blina_tools.held_out` leaves
out each printed number on survival in turn and writes the predictions to `data/cohort/held_out.csv`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from blina_base import project

PREDICTION = ("predicted", "lower", "median", "upper", "below", "inside")
"""Columns of a prediction: whether the printed number lies in the 95 % band (Y, N), the band and its middle
in the number's unit, and the shares of predictions below the number and printed like it."""
NOT_LEFT_OUT: Mapping[Any, Any] = {"predicted": "", **dict.fromkeys(PREDICTION[1:], math.nan)}


def read() -> pd.DataFrame:
    """Return the checked-in table of predictions, indexed by claim id."""
    return pd.read_csv(project.reference_cohort() / "held_out.csv", dtype={"printed": str}).set_index("claim")
