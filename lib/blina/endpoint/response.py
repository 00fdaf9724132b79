"""Response: who is in a category, and who is a long-term survivor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blina.adam import schema
from blina.vocabulary import CATEGORIES, LONG_TERM_MONTHS, POPULATIONS, Predicate, columns, member
from pseudoipd.survival import reached

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from blina.adam import Tables


def count(adsl: pd.DataFrame, category: str, population: str = "all") -> tuple[int, int]:
    """Return how many of a population are in a category, and how many the population holds."""
    inside = member(adsl, POPULATIONS[population])
    return int((inside & member(adsl, CATEGORIES[category])).sum()), int(inside.sum())


def missing_columns(adsl: pd.DataFrame, category: str, population: str = "all") -> tuple[str, ...]:
    """Return the ADSL columns that this count needs and the table lacks."""
    needed = dict.fromkeys((*columns(POPULATIONS[population]), *columns(CATEGORIES[category])))
    return tuple(name for name in needed if name not in adsl)


def undecided(adsl: pd.DataFrame, predicate: Predicate) -> NDArray[np.bool_]:
    """Say of each patient whether it is unknown if the conditions of `predicate` hold.

    That is where a flag which would decide is empty, and no other condition is known to fail.
    """
    empty, fails = np.zeros(len(adsl), dtype=bool), np.zeros(len(adsl), dtype=bool)
    for name, allowed in predicate.items():
        known = schema.column("adsl", name)
        blank = member(adsl, {name: frozenset({""})}) if known and known.kind == "flag" else fails & False
        empty |= blank
        fails |= ~blank & ~member(adsl, {name: allowed})
    return np.asarray(empty & ~fails)


def unknown(adsl: pd.DataFrame, category: str, population: str = "all") -> tuple[int, int]:
    """Return of how many members of a population the category is unknown, and of how many the membership."""
    inside = member(adsl, POPULATIONS[population])
    open_category = inside & undecided(adsl, CATEGORIES[category])
    return int(open_category.sum()), int(undecided(adsl, POPULATIONS[population]).sum())


def with_long_term(
    adsl: pd.DataFrame,
    patients: ArrayLike,
    os_months: ArrayLike,
    died: ArrayLike,
    threshold: float = LONG_TERM_MONTHS,
    *,
    seen_only: bool = False,
) -> pd.DataFrame:
    """Return ADSL with LTSFL set by overall survival of at least `threshold` months.

    `patients` are the USUBJIDs that `os_months` (months, event or censoring) and `died` belong to. The flag
    is empty, unknown, for a patient without overall survival and for one who was last seen alive before the
    threshold. With `seen_only` the latter is N: so the paper counts, which divides all its patients.
    """
    who = pd.Index(np.asarray(patients))
    months = adsl["USUBJID"].map(pd.Series(np.asarray(os_months, dtype=float), index=who))
    dead = adsl["USUBJID"].map(pd.Series(np.asarray(died, dtype=bool), index=who)).eq(True)
    early = "N" if seen_only else np.where(dead, "N", "")
    flag = np.where(reached(months, threshold), "Y", early)
    return adsl.assign(LTSFL=np.where(months.isna(), "", flag))


def at_threshold(tables: Tables, threshold: float = LONG_TERM_MONTHS) -> pd.DataFrame:
    """Return ADSL of `tables` with long-term survival judged at `threshold` months.

    Cohorts that were made from the paper's counts are divided as the paper divides its patients.
    """
    os = tables.endpoint("OS")
    paper = tables.kind != "yours"
    return with_long_term(tables.adsl, os.USUBJID, os.time_months, os.event, threshold, seen_only=paper)


def judged(tables: Tables) -> pd.DataFrame:
    """Return ADSL as a claim about long-term survivors is to be held against it.

    The flag gives way to the times, as on each page; where no times of death are known a user's is empty.
    """
    if tables.deaths:
        return at_threshold(tables)
    unknown = tables.kind == "yours" and "LTSFL" in tables.adsl
    return tables.adsl.assign(LTSFL="") if unknown else tables.adsl
