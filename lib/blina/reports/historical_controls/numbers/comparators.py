"""The comparators: what each series prints on overall survival, and the survival function made from it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from blina import facts
from blina.reports.historical_controls.numbers.one_sample import Reference, reference
from blina_base.errors import InputError

_SUFFIX = re.compile(r"_(os_)?(median|three_year|five_year)\Z")
QUOTED = "quoted"
SAME_PATIENTS = "earlier"


@dataclass(frozen=True)
class Comparator:
    """One series or arm: who, how many, and its printed overall survival.

    Months for `median` and its limits, percent for `rate` and its limits at `at` months; NaN where nothing
    is printed, infinity for 'not reached'. `relation` is as in `facts.comparators`.
    """

    key: str
    study: str
    treatment: str
    setting: str
    relation: str
    patients: float
    median: float
    median_lower: float
    median_upper: float
    rate: float
    rate_lower: float
    rate_upper: float
    at: float
    sources: tuple[str, ...]

    @property
    def testable(self) -> bool:
        """Whether a survival function can be made, for other patients than these 36."""
        return self.relation != SAME_PATIENTS and (np.isfinite(self.median) or np.isfinite(self.rate))

    def reference(self) -> Reference:
        """Return the survival function through the printed numbers; InputError if there are none."""
        known = {
            "median": self.median if np.isfinite(self.median) else None,
            "rate_percent": self.rate if np.isfinite(self.rate) else None,
            "at_months": self.at if np.isfinite(self.at) else None,
        }
        return reference(**known)


def comparators(frame: pd.DataFrame | None = None) -> dict[str, Comparator]:
    """Return the comparators by key, in the order of the file; the quoted range becomes its two ends."""
    rows = facts.comparators() if frame is None else frame
    rows = rows.loc[rows["endpoint"].eq("OS") & rows["statistic"].isin(["median", "survival"])]
    found: dict[str, Comparator] = {}
    for key, series in rows.groupby(rows["id"].str.replace(_SUFFIX, "", regex=True), sort=False):
        if key == QUOTED:
            found |= {end: _quoted(series, end) for end in ("quoted_low", "quoted_high")}
        else:
            found[str(key)] = _comparator(str(key), series)
    return found


def get(key: str) -> Comparator:
    """Return the comparator `key`; InputError names the choices."""
    known = {name: found for name, found in comparators().items() if found.testable}
    if key not in known:
        raise InputError.at("parameter comparator", value=key, expected=f"one of {', '.join(known)}")
    return known[key]


def _comparator(key: str, series: pd.DataFrame) -> Comparator:
    first = series.iloc[0]
    medians = series.loc[series["statistic"] == "median"]
    rates = series.loc[series["statistic"] == "survival"]
    median, rate = _first(medians), _first(rates)
    return Comparator(
        key=key,
        study=str(first["study"]),
        treatment=str(first["treatment"]),
        setting=str(first["setting"]),
        relation=str(first["relation"]),
        patients=float(first["n"]),
        median=median["value"],
        median_lower=median["lower"],
        median_upper=median["upper"],
        rate=rate["value"],
        rate_lower=rate["lower"],
        rate_upper=rate["upper"],
        at=rate["at"],
        sources=tuple(dict.fromkeys(series["source"])),
    )


def _quoted(series: pd.DataFrame, end: str) -> Comparator:
    """Return the lower or the upper end of the range that the report quotes, as a comparator of its own."""
    column = "lower" if end == "quoted_low" else "upper"
    taken = series.assign(value=series[column], lower=np.nan, upper=np.nan)
    found = _comparator(end, taken)
    return replace(found, study=f"Quoted range, {column} ends")


def _first(rows: pd.DataFrame) -> dict[str, float]:
    """Return the numbers of the first row, NaN where there is no row."""
    names = ("value", "lower", "upper", "at")
    return {name: float(rows[name].iloc[0]) if len(rows) else float("nan") for name in names}


def forest_table(known: Iterable[Comparator]) -> pd.DataFrame:
    """Return the tidy table behind the forest: one row per comparator, its fields as columns."""
    table = pd.DataFrame([vars(found) for found in known])
    return table.assign(sources=table["sources"].map(", ".join))
