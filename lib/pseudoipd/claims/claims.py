"""The claims: every number that the sources print about the cohort, one row each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from blina_base.errors import one_of
from pseudoipd.claims.grammar import ENDPOINTS, MONTHS, PERCENT, PROBABILITY, QUALITATIVE, REGISTRY
from pseudoipd.claims.intervals import Interval, printed_interval, printed_value
from pseudoipd.claims.records import Record, check_unique, read_records
from pseudoipd.claims.vocabulary import MINIMAL, Vocabulary

_MONTHS = frozenset({"", "months", "month", "mo"})


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
        """True for words, and for a number that no table of patients holds: nothing can reproduce it."""
        return REGISTRY[self.statistic].about == "words"

    @property
    def interval(self) -> Interval:
        """The values that would have been printed so; ValueError for a qualitative claim."""
        return printed_interval(self.printed, self.statistic)

    @property
    def value(self) -> float:
        """The printed number: infinity for NR, NaN for words."""
        return printed_value(self.printed) if self.statistic != QUALITATIVE else math.nan

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


def read_claims(
    path: Path, vocabulary: Vocabulary = MINIMAL, needed: Sequence[str] = NEEDED
) -> tuple[Claim, ...]:
    """Read a claims file that has at least the columns `needed`, in the words of `vocabulary`.

    Raises InputError naming file, row, column and value: for a file that is no such CSV, a missing column,
    a repeated id, an unknown statistic, endpoint, category or population, a statistic without the time or
    category that it needs, another unit than months, and a `printed` that is no number.
    """
    records = read_records(path, needed, COLUMNS)
    check_unique(records, "id")
    return tuple(_claim(record, vocabulary) for record in records)


def select(claims: Iterable[Claim], **wanted: object) -> tuple[Claim, ...]:
    """Return the claims whose fields equal all of `wanted`: `select(claims, statistic="median")`."""
    return tuple(
        claim for claim in claims if all(getattr(claim, name) == value for name, value in wanted.items())
    )


def _claim(record: Record, vocabulary: Vocabulary) -> Claim:
    if record["statistic"] not in REGISTRY:
        raise record.error("statistic", one_of(record["statistic"], REGISTRY))
    population = record["population"] or "all"
    if population != "all" and population not in vocabulary.populations:
        raise record.error("population", one_of(population, {"all", *vocabulary.populations}))
    at = record.number("at")
    _check_subject(record, at, vocabulary)
    _check_printed(record)
    text = {name: record[name] for name in COLUMNS if name not in ("at", "population")}
    return Claim(**text, population=population, at=at)


def _check_subject(record: Record, at: float | None, vocabulary: Vocabulary) -> None:
    """Check what the claim is about: the endpoint and its unit, the category, the week of a dose."""
    statistic = REGISTRY[record["statistic"]]
    if statistic.about == "endpoint":
        if record["endpoint"] not in ENDPOINTS:
            raise record.error("endpoint", one_of(record["endpoint"], ENDPOINTS))
        if statistic.timed and (at is None or at < 0):
            raise record.error("at", f"a time in months, for {statistic.name}")
        if statistic.unit == PROBABILITY and vocabulary.response is None:
            raise record.error("statistic", "another one, without a response in the vocabulary")
        if statistic.unit == MONTHS and record["unit"].lower() not in _MONTHS:
            raise record.error("unit", "months")
    elif statistic.about == "response":
        if record["category"] not in vocabulary.categories:
            raise record.error("category", one_of(record["category"], vocabulary.categories))
    elif statistic.name == "dose" and at is None:
        raise record.error("at", "the week of the cycle, for a dose")


def _check_printed(record: Record) -> None:
    """Check that the number is one, and one that this statistic can be."""
    statistic = REGISTRY[record["statistic"]]
    if statistic.about == "words":
        return
    try:
        interval = printed_interval(record["printed"], statistic.name)
    except ValueError:
        raise record.error("printed", "a number as printed, such as 13.0, .009, ~33, <.001, or NR") from None
    if statistic.exact and not interval.lower.is_integer():
        raise record.error("printed", f"a whole number, for {statistic.name}")
    if not interval.lower <= statistic.largest:
        kind = "percentage" if statistic.unit == PERCENT else "probability"
        raise record.error("printed", f"a {kind} from 0 to {statistic.largest:g}")
