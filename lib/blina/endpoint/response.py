"""Response: who is in a category, and who is a long-term survivor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blina.vocabulary import CATEGORIES, LONG_TERM_MONTHS, POPULATIONS, columns, member
from pseudoipd.survival import reached

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from blina.adam import Tables


def count(adsl: pd.DataFrame, category: str, population: str = "all") -> tuple[int, int]:
    """Return how many of a population are in a category, and how many the population holds."""
    inside = member(adsl, POPULATIONS[population])
    return int((inside & member(adsl, CATEGORIES[category])).sum()), int(inside.sum())


def missing_columns(adsl: pd.DataFrame, category: str, population: str = "all") -> tuple[str, ...]:
    """Return the ADSL columns that this count needs and the table lacks."""
    needed = dict.fromkeys((*columns(POPULATIONS[population]), *columns(CATEGORIES[category])))
    return tuple(name for name in needed if name not in adsl)


def with_long_term(
    adsl: pd.DataFrame, patients: ArrayLike, os_months: ArrayLike, threshold: float = LONG_TERM_MONTHS
) -> pd.DataFrame:
    """Return ADSL with LTSFL set by overall survival of at least `threshold` months.

    `patients` are the USUBJIDs that `os_months` (months, event or censoring) belong to. A patient who was
    last seen before the threshold is not counted as a long-term survivor, as in the paper; one without
    overall survival has an empty flag.
    """
    months = pd.Series(np.asarray(os_months, dtype=float), index=pd.Index(np.asarray(patients)))
    observed = adsl["USUBJID"].map(months)
    flag = np.where(reached(observed, threshold), "Y", "N")
    return adsl.assign(LTSFL=np.where(observed.isna(), "", flag))


def at_threshold(tables: Tables, threshold: float = LONG_TERM_MONTHS) -> pd.DataFrame:
    """Return ADSL of `tables` with long-term survival judged at `threshold` months."""
    os = tables.endpoint("OS")
    return with_long_term(tables.adsl, os.USUBJID, os.time_months, threshold)
