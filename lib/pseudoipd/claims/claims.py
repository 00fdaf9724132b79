"""The claims: every number that the sources print about the cohort, one row each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from blina import vocabulary
from blina_base import project
from blina_base.errors import one_of
from pseudoipd.claims.intervals import Interval, printed_interval, printed_value
from pseudoipd.claims.records import Record, check_unique, read_records

if TYPE_CHECKING:
    import pandas as pd

_MONTHS = frozenset({"", "months", "month", "mo"})
_WITHOUT_UNIT = frozenset({"n", "events", "survival", "count_at_or_beyond", "mantel_byar_p"})


@dataclass(frozen=True)
class Claim:
    """One printed number, or one printed statement, about one population.

    `at` is a time in months for time-to-event statistics and a week for doses; `printed` is the text as
    printed (a number that is spelled out is given in digits); `quote` is at most 20 words of the source.
    """

    id: str
    exhibit: str
    endpoint: str
    statistic: str
    category: str
    population: str
    at: float | None
    printed: str
    unit: str
    source: str
    quote: str

    @property
    def qualitative(self) -> bool:
        """True for a statement in words, which no number can reproduce."""
        return self.statistic == vocabulary.QUALITATIVE

    @property
    def interval(self) -> Interval:
        """The values that would have been printed so; ValueError for a qualitative claim."""
        return printed_interval(self.printed, self.statistic)

    @property
    def value(self) -> float:
        """The printed number: infinity for NR, NaN for words."""
        return math.nan if self.qualitative else printed_value(self.printed)

    def agrees(self, value: float, plateau_rule: str = "last_event") -> bool:
        """Say whether `value` would have been printed like this; ValueError for a qualitative claim.

        For a plateau the rule decides: "last_event": the last event lies in the printed interval;
        "no_event_after": it does not lie beyond the interval, nor is there any without an event (NaN).
        """
        if self.statistic == "plateau_from" and plateau_rule == "no_event_after":
            return math.isnan(value) or self.interval.ends_after(value)
        return self.interval.contains(value)


COLUMNS = tuple(field.name for field in fields(Claim))
EXAMPLE = """id,endpoint,statistic,at,printed,unit
patients,OS,n,,60,patients
median,OS,median,,10.4,months
lower,OS,median_lower,,7.9,months
upper,OS,median_upper,,14.2,months
one_year,OS,survival,12,42,%
"""
"""A claims file of another trial, as short as can be."""
NEEDED = ("id", "endpoint", "statistic", "printed")
"""Columns that a claims file of a reader's own must have; the others are empty where it lacks them."""


def read_claims(path: Path | None = None) -> tuple[Claim, ...]:
    """Read a claims file in the order of its rows; None is the file of this collection.

    Raises InputError naming file, row, column and value: for a file that is no such CSV, a missing column
    (of `NEEDED`; in the collection's own file any), a repeated id, an unknown statistic, endpoint, category
    or population, a statistic without the time or category that it needs, another unit than months, and a
    `printed` that is no number.
    """
    if path is None:
        records = read_records(project.published("claims.csv"), COLUMNS)
    else:
        records = read_records(path, NEEDED, COLUMNS)
    check_unique(records, "id")
    return tuple(_claim(record) for record in records)


def select(claims: Iterable[Claim], **wanted: object) -> tuple[Claim, ...]:
    """Return the claims whose fields equal all of `wanted`: `select(claims, statistic="median")`."""
    return tuple(
        claim for claim in claims if all(getattr(claim, name) == value for name, value in wanted.items())
    )


def claims_frame(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return the claims as a table: the columns of the file, then `value`, `lower`, `upper` of the interval.

    The three are NaN for qualitative claims.
    """
    import pandas as pd

    rows = []
    for claim in claims:
        interval = None if claim.qualitative else claim.interval
        rows.append(
            {
                **asdict(claim),
                "value": claim.value,
                "lower": interval.lower if interval else math.nan,
                "upper": interval.upper if interval else math.nan,
            }
        )
    return pd.DataFrame(rows, columns=[*COLUMNS, "value", "lower", "upper"])


def _claim(record: Record) -> Claim:
    statistic = record["statistic"]
    if statistic not in vocabulary.STATISTICS:
        raise record.error("statistic", one_of(statistic, vocabulary.STATISTICS))
    population = record["population"] or "all"
    if population not in vocabulary.POPULATIONS:
        raise record.error("population", one_of(population, vocabulary.POPULATIONS))
    at = record.number("at")
    _check_statistic(record, at)
    _check_printed(record)
    text = {name: record[name] for name in COLUMNS if name not in ("at", "population")}
    return Claim(**text, population=population, at=at)


def _check_statistic(record: Record, at: float | None) -> None:
    statistic = record["statistic"]
    if statistic in vocabulary.TIME_STATISTICS:
        _check_time_to_event(record, at)
    elif statistic in vocabulary.RESPONSE_STATISTICS:
        if record["category"] not in vocabulary.CATEGORIES:
            raise record.error("category", one_of(record["category"], vocabulary.CATEGORIES))
    elif statistic == "dose" and at is None:
        raise record.error("at", "the week of the cycle, for a dose")


def _check_time_to_event(record: Record, at: float | None) -> None:
    statistic = record["statistic"]
    if record["endpoint"] not in vocabulary.ENDPOINTS:
        raise record.error("endpoint", one_of(record["endpoint"], vocabulary.ENDPOINTS))
    if statistic in vocabulary.NEEDS_TIME and (at is None or at < 0):
        raise record.error("at", f"a time in months, for {statistic}")
    if statistic not in _WITHOUT_UNIT and record["unit"].lower() not in _MONTHS:
        raise record.error("unit", "months")


def _check_printed(record: Record) -> None:
    printed, statistic = record["printed"], record["statistic"]
    if statistic == vocabulary.QUALITATIVE:
        return
    try:
        interval = printed_interval(printed, statistic)
    except ValueError:
        raise record.error("printed", "a number as printed, such as 13.0, .009, ~33, <.001, or NR") from None
    if statistic in vocabulary.EXACT_STATISTICS and not interval.lower == math.floor(interval.lower):
        raise record.error("printed", f"a whole number, for {statistic}")
    if statistic in ("survival", "percent", "percent_lower", "percent_upper") and not interval.lower <= 100:
        raise record.error("printed", "a percentage from 0 to 100")
    if statistic == "mantel_byar_p" and not interval.lower <= 1:
        raise record.error("printed", "a probability from 0 to 1")
