"""The grammar of claims: endpoints, statistics, and predicates that say which patients are meant.

A predicate is a mapping from ADSL column to the values that are allowed there; a patient belongs
to a category or population if every named column holds one of its values. An empty predicate is everyone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Predicate = Mapping[str, frozenset[str]]

DAYS_PER_MONTH = 30.4375
"""Mean length of a month in days (365.25 / 12); whole days are kept and divided last."""

ENDPOINT_NAMES: Mapping[str, str] = {"OS": "overall survival", "RFS": "relapse-free survival"}
"""From the start to death; from remission to relapse or death, of those who have one."""
ENDPOINTS = tuple(ENDPOINT_NAMES)
FIRST, SECOND = ENDPOINTS
RESPONSE = "RESPONSE"
"""What stands for an endpoint in claims on numbers of patients."""

PATIENTS, MONTHS, PERCENT, PROBABILITY, RATIO = "patients", "months", "%", "P", "ratio"
_LARGEST: Mapping[str, float] = {PERCENT: 100.0, PROBABILITY: 1.0}


@dataclass(frozen=True)
class Statistic:
    """A kind of printed number: what a claim of it looks like, and its number in the compiled tables.

    `about` says of what it is: an endpoint, a response (a number of patients with it), two arms, the design,
    or words. `unit` also says how it is compared: patients and the design are exact, all others rounded;
    times are compared in days, percentages as fractions, a P value as its χ². `timed` ones mean nothing
    without a time `at`, and the others have none. `code` is 0 for what the sampler meets by counts alone,
    what only a choice among its draws can meet, and what cannot be met. The name is the key under which
    `survival.statistics`, `judge` and `proofs.by_counts` keep how they compute it.
    """

    name: str
    words: str
    about: Literal["endpoint", "response", "arms", "design", "words"]
    unit: str = ""
    timed: bool = False
    code: int = 0

    @property
    def exact(self) -> bool:
        """True where the printed number is the number itself and not a rounding of it."""
        return self.unit == PATIENTS or self.about == "design"

    @property
    def largest(self) -> float:
        """The largest value that can be printed."""
        return _LARGEST.get(self.unit, math.inf)


REGISTRY: Mapping[str, Statistic] = {
    row.name: row
    for row in (
        Statistic("n", "patients", "endpoint", PATIENTS),
        Statistic("events", "events", "endpoint", PATIENTS, code=1),
        Statistic("median", "median", "endpoint", MONTHS, code=2),
        Statistic("median_lower", "median, lower limit", "endpoint", MONTHS, code=3),
        Statistic("median_upper", "median, upper limit", "endpoint", MONTHS, code=4),
        Statistic("survival", "survival", "endpoint", PERCENT, timed=True, code=5),
        Statistic(
            "count_at_or_beyond", "patients observed at or beyond", "endpoint", PATIENTS, timed=True, code=6
        ),
        Statistic("followup_median", "median follow-up", "endpoint", MONTHS, code=7),
        Statistic("followup_min", "shortest follow-up", "endpoint", MONTHS, code=8),
        Statistic("followup_max", "longest follow-up", "endpoint", MONTHS, code=9),
        Statistic("plateau_from", "plateau from", "endpoint", MONTHS, code=10),
        Statistic("mantel_byar_p", "by response, Mantel-Byar P", "endpoint", PROBABILITY, code=11),
        Statistic("at_risk", "at risk", "endpoint", PATIENTS, timed=True, code=6),
        Statistic("censored", "censored", "endpoint", PATIENTS),
        Statistic("events_by", "events by", "endpoint", PATIENTS, timed=True, code=12),
        Statistic("survival_lower", "survival, lower limit", "endpoint", PERCENT, timed=True, code=13),
        Statistic("survival_upper", "survival, upper limit", "endpoint", PERCENT, timed=True, code=14),
        Statistic("rmst", "restricted mean", "endpoint", MONTHS, timed=True, code=15),
        Statistic("rmst_lower", "restricted mean, lower limit", "endpoint", MONTHS, timed=True),
        Statistic("rmst_upper", "restricted mean, upper limit", "endpoint", MONTHS, timed=True),
        Statistic("followup_q1", "follow-up, first quartile", "endpoint", MONTHS),
        Statistic("followup_q3", "follow-up, third quartile", "endpoint", MONTHS),
        Statistic("followup_minimum", "minimum potential follow-up", "endpoint", MONTHS),
        Statistic("followup_median_alive", "median follow-up of survivors", "endpoint", MONTHS),
        Statistic("count", "number", "response", PATIENTS),
        Statistic("percent", "share", "response", PERCENT),
        Statistic("percent_lower", "share, lower limit", "response", PERCENT),
        Statistic("percent_upper", "share, upper limit", "response", PERCENT),
        Statistic("hazard_ratio", "hazard ratio", "arms", RATIO),
        Statistic("hazard_ratio_lower", "hazard ratio, lower limit", "arms", RATIO),
        Statistic("hazard_ratio_upper", "hazard ratio, upper limit", "arms", RATIO),
        Statistic("logrank_p", "log-rank P", "arms", PROBABILITY),
        Statistic("fisher_p", "P of two rates", "arms", PROBABILITY),
        Statistic("dose", "dose", "design"),
        Statistic("weeks", "length", "design"),
        Statistic("day", "day", "design"),
        Statistic("qualitative", "", "words"),
        # A printed number that neither cohorts nor times hold: an age, a date, a laboratory limit.
        Statistic("stated", "", "words"),
    )
}
"""Every statistic that a claim can name."""

STATISTICS = tuple(REGISTRY)
TIME_STATISTICS = tuple(row.name for row in REGISTRY.values() if row.about == "endpoint")
ARM_STATISTICS = tuple(row.name for row in REGISTRY.values() if row.about == "arms")
RESPONSE_STATISTICS = tuple(row.name for row in REGISTRY.values() if row.about == "response")
DESIGN_STATISTICS = tuple(row.name for row in REGISTRY.values() if row.about == "design")
QUALITATIVE, STATED = "qualitative", "stated"
STATISTIC_CODES: Mapping[str, int] = {row.name: row.code for row in REGISTRY.values() if row.code}
"""The statistics of times that the sampler meets, and their numbers in its tables."""


def where(**allowed: str | tuple[str, ...]) -> Predicate:
    """Return the predicate that allows these values in these columns: `where(BESTRESP=("CR", "CRh"))`."""
    return {
        column: frozenset((values,) if isinstance(values, str) else values)
        for column, values in allowed.items()
    }


def columns(predicate: Predicate) -> tuple[str, ...]:
    """Return the ADSL columns that a predicate looks at, in its own order."""
    return tuple(predicate)


def member(table: Any, predicate: Predicate) -> NDArray[np.bool_]:
    """Say for each patient whether all conditions of `predicate` hold.

    `table` is a DataFrame or a mapping of column name to array; arrays may have any common shape, for
    instance [draws, patients]. The empty predicate is true for everyone. Numbers compare by their whole
    value, so that 3, 3.0 and "3" are the same; a missing value is never a member.
    A column that the predicate names and the table lacks raises KeyError.
    """
    shape = np.shape(table[next(iter(table))])
    inside = np.ones(shape, dtype=bool)
    for column, allowed in predicate.items():
        inside &= np.isin(_as_text(np.asarray(table[column])), sorted(allowed))
    return inside


def _as_text(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return `values` as text; numeric columns as whole numbers, what is missing as the empty text."""
    if values.dtype.kind == "U":
        return values
    if values.dtype.kind in "iuf":
        known = np.isfinite(values)
        whole = np.where(known, values, 0).astype(np.int64).astype(str)
        return np.where(known & (np.where(known, values, 0) % 1 == 0), whole, "")
    flat = [_text_of(value) for value in values.ravel()]
    return np.asarray(flat, dtype=str).reshape(values.shape)


def _text_of(value: object) -> str:
    if value is None or value != value:  # NaN is the one value that differs from itself
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
