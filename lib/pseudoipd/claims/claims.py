"""The claims: every number that the sources print about the cohort, one row each."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from blina_base.errors import InputError, near, one_of
from pseudoipd.claims.grammar import (
    ENDPOINTS,
    MONTHS,
    PATIENTS,
    PERCENT,
    PROBABILITY,
    QUALITATIVE,
    RATIO,
    REGISTRY,
    Statistic,
)
from pseudoipd.claims.intervals import (
    SHARE_UNITS,
    TIME_UNITS,
    UNITS,
    Interval,
    decimals,
    printed_interval,
    printed_value,
    stated_unit,
)
from pseudoipd.claims.records import Record, check_unique, read_records
from pseudoipd.claims.vocabulary import MINIMAL, Vocabulary

_WORDS_OF_UNIT = {
    PATIENTS: {"", "patients", "patient", "persons", "people", "subjects", "participants", "cases", "n",
               "events", "deaths", "count"},
    PROBABILITY: {"", "p", "p value", "p-value"},
    RATIO: {"", "ratio", "hr"},
    MONTHS: set(TIME_UNITS), PERCENT: set(SHARE_UNITS),
}  # fmt: skip
_RIGHT_UNIT = {
    PATIENTS: "patients", PROBABILITY: "P or none", RATIO: "none", MONTHS: "months, years, weeks or days",
    PERCENT: "% or fraction",
}  # fmt: skip
# Words of the trade for statistics that are here under another name.
_MEANT = {
    "hr": "hazard_ratio", "deaths": "events", "number_at_risk": "at_risk", "n_at_risk": "at_risk",
    "p": "logrank_p", "rate": "survival", "os": "survival", "pfs": "survival", "ci_lower": "median_lower",
    "ci_upper": "median_upper", "followup": "followup_median", "orr": "percent", "relapses": "events",
    "p_value": "logrank_p", "os_rate": "survival", "pfs_rate": "survival", "follow_up": "followup_median",
    "median_follow_up": "followup_median", "iqr": "followup_q1", "total": "n", "patients": "n",
    "number": "n", "mean": "rmst", "min": "followup_min", "max": "followup_max", "range": "followup_min",
    "responders": "count",
}  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """One printed number, or one printed statement, about one population.

    `at` is a time in months for time-to-event statistics and a week for doses; `printed` is the text as
    printed (a number that is spelled out is given in digits); `quote` is at most 20 words of the source.
    `arm` names the arm, where there are several (two of them for a comparison: `A vs B`); `conf_level` is
    that of a limit.
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
    arm: str = ""
    conf_level: float = 0.95

    @property
    def qualitative(self) -> bool:
        """True for words, and for a number that no table of patients holds: nothing can reproduce it."""
        return REGISTRY[self.statistic].about == "words"

    @property
    def interval(self) -> Interval:
        """The values that would have been printed so, in months or %; ValueError for a qualitative claim."""
        return printed_interval(self.printed, self.statistic, self._unit)

    @property
    def value(self) -> float:
        """The printed number, in months or %: infinity for NR, NaN for words."""
        if self.statistic == QUALITATIVE:
            return math.nan
        return printed_value(self.printed, self._unit, REGISTRY[self.statistic].unit)

    @property
    def _unit(self) -> str:
        return self.unit if REGISTRY[self.statistic].unit in UNITS else ""

    def agrees(self, value: float, plateau_rule: str = "last_event") -> bool:
        """Say whether `value` would have been printed like this; ValueError for a qualitative claim.

        For a plateau the rule decides: "last_event": the last event lies in the printed interval;
        "no_event_after": it does not lie beyond the interval, nor is there any without an event (NaN).
        """
        if self.statistic == "plateau_from" and plateau_rule == "no_event_after":
            return math.isnan(value) or self.interval.ends_after(value)
        return self.interval.contains(value)


COLUMNS = (
    "id", "exhibit", "endpoint", "statistic", "category", "population", "at", "printed", "unit", "source",
    "quote",
)  # fmt: skip
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
FURTHER = ("arm", "at_unit", "conf_level", "of", "origin", "note")
"""Columns that a reader's own file may have beside `COLUMNS`; `of` and `origin` are about the endpoint."""
_AT = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>[A-Za-z]*)")
_AMBIGUOUS_UP_TO = 10.0
"""A bare `at` up to here may be years, if the follow-up is long enough for them."""


def read_claims(
    path: Path, vocabulary: Vocabulary = MINIMAL, needed: Sequence[str] = NEEDED
) -> tuple[Claim, ...]:
    """Read a claims file of one group of patients that has at least the columns `needed`.

    Its words are those of `vocabulary`. Raises InputError naming file, row, column and value: for a file that
    is no such CSV, a missing or unknown column, a repeated id, an unknown statistic, endpoint, category or
    population, a statistic without the time or category that it needs, a unit that is none of the statistic,
    a `printed` that is no number, limits in the wrong order, and several arms.
    """
    records = claim_records(path, needed)
    arms = [record for record in records if record["arm"] and record["arm"] != records[0]["arm"]]
    if arms:
        raise arms[0].error("arm", "one arm in this file (`blina reconstruct` takes several)")
    found = tuple(claim_of(record, vocabulary, ENDPOINTS) for record in records)
    check_together(records, found)
    return found


def claim_records(path: Path, needed: Sequence[str] = NEEDED) -> tuple[Record, ...]:
    """Return the rows of a claims file; InputError for a column that no claims file has."""
    known = (*COLUMNS, *FURTHER)
    records = read_records(path, needed, known)
    for name in records[0].fields:
        if name not in known:
            meant = near(name, known)
            hint = f" (did you mean {meant}?)" if meant else ""
            raise InputError.at(path.name, row=1, column=name, expected=f"one of {', '.join(known)}{hint}")
    check_unique(records, "id")
    return records


def select(claims: Iterable[Claim], **wanted: object) -> tuple[Claim, ...]:
    """Return the claims whose fields equal all of `wanted`: `select(claims, statistic="median")`."""
    return tuple(
        claim for claim in claims if all(getattr(claim, name) == value for name, value in wanted.items())
    )


def claim_of(record: Record, vocabulary: Vocabulary, endpoints: Collection[str]) -> Claim:
    """Return the claim of one row, in the words of `vocabulary`, on one of `endpoints`."""
    if record["statistic"] not in REGISTRY:
        meant = _MEANT.get(record["statistic"].lower(), "")
        known = one_of(record["statistic"], REGISTRY).partition(" (did")[0] if meant else ""
        hint = f"{known} (did you mean {meant}?)" if meant else one_of(record["statistic"], REGISTRY)
        raise record.error("statistic", hint)
    population = record["population"] or "all"
    if population != "all" and population not in vocabulary.populations:
        raise record.error("population", one_of(population, {"all", *vocabulary.populations}))
    at = _at(record)
    _check_subject(record, at, vocabulary, endpoints)
    _check_unit(record)
    _check_printed(record)
    text = {name: record[name] for name in COLUMNS if name not in ("at", "population")}
    return Claim(**text, population=population, at=at, arm=record["arm"], conf_level=_conf_level(record))


def _at(record: Record) -> float | None:
    """Return the time `at` in months (the week of a dose), which may have its unit behind it or beside it."""
    about = REGISTRY[record["statistic"]].about
    if about not in ("endpoint", "arms") or not record["at"]:
        return record.number("at")
    match = _AT.fullmatch(record["at"])
    beside, behind = record["at_unit"].lower(), match["unit"].lower() if match else ""
    if match is None or behind not in TIME_UNITS:
        raise record.error("at", "a time such as 12, 36 months, 3 years, 24 weeks")
    if beside not in TIME_UNITS or (behind and beside and TIME_UNITS[beside] != TIME_UNITS[behind]):
        raise record.error("at_unit", "months, years, weeks or days, the same as behind the number")
    return float(match["number"]) * TIME_UNITS[behind or beside]


def _conf_level(record: Record) -> float:
    """Return the confidence level of a limit, from 95, 95% or .95; 0.95 where none is given."""
    text = record["conf_level"].removesuffix("%").strip()
    if not text:
        return 0.95
    try:
        level = float(text)
    except ValueError:
        level = 0.0
    level = level / 100 if level > 1 else level
    if not 0.5 <= level < 1:
        raise record.error("conf_level", "a level such as 95 or 0.95, from 50% to 100%")
    return level


def _check_subject(
    record: Record, at: float | None, vocabulary: Vocabulary, endpoints: Collection[str]
) -> None:
    """Check what the claim is about: the endpoint, the category, the time, the week of a dose."""
    statistic = REGISTRY[record["statistic"]]
    if statistic.about == "endpoint" or (statistic.about == "arms" and statistic.name != "fisher_p"):
        if record["endpoint"] not in endpoints and (record["endpoint"] or statistic.name != "n"):
            known = one_of(record["endpoint"], endpoints)
            raise record.error(
                "endpoint",
                known if record["endpoint"] else f"the endpoint that has this {statistic.words}, {known}",
            )
        _check_time(record, at)
        if statistic.name == "mantel_byar_p" and vocabulary.response is None:
            raise record.error("statistic", "another one, without a response in the vocabulary")
    elif statistic.about in ("response", "arms"):
        if record["category"] not in vocabulary.categories:
            raise record.error("category", _category(record, vocabulary))
    elif statistic.name == "dose" and at is None:
        raise record.error("at", "the week of the cycle, for a dose")


def _category(record: Record, vocabulary: Vocabulary) -> str:
    if not record["category"]:
        return f"what was counted, in a word such as cr, for {record['statistic']}"
    if not vocabulary.categories:
        return f"none, as none is known, for {record['statistic']}"
    return one_of(record["category"], vocabulary.categories)


def _check_time(record: Record, at: float | None) -> None:
    statistic = REGISTRY[record["statistic"]]
    if statistic.timed and (at is None or at < 0):
        raise record.error("at", f"a time in months, for {statistic.name}")
    if not statistic.timed and at is not None:
        timed = {"events": "events_by", "n": "at_risk", "censored": "at_risk"}.get(statistic.name, "")
        hint = f" (did you mean {timed}?)" if timed else ""
        raise record.error("at", f"nothing, for {statistic.name}{hint}")


def _check_unit(record: Record) -> None:
    """Check that the unit is one of the statistic's, and that it is said where it must be guessed else."""
    statistic = REGISTRY[record["statistic"]]
    allowed = _WORDS_OF_UNIT.get(statistic.unit)
    if allowed is None or statistic.about in ("design", "words"):
        return
    unit = record["unit"].lower()
    if unit not in allowed:
        # A time there is most often that of `at`.
        time = unit in TIME_UNITS and statistic.timed
        hint = f"; the unit of `at` goes behind it: {record['at']} {record['unit']}" if time else ""
        raise record.error("unit", f"{_RIGHT_UNIT[statistic.unit]}, for {statistic.name}{hint}")


def _check_printed(record: Record) -> None:
    """Check that the number is one, and one that this statistic can be."""
    statistic = REGISTRY[record["statistic"]]
    if statistic.about == "words":
        return
    unit = record["unit"] if statistic.unit in UNITS else ""
    try:
        interval = printed_interval(record["printed"], statistic.name, unit)
    except ValueError:
        raise record.error("printed", _number(statistic.unit) + _instead(record, statistic)) from None
    if statistic.name == "n" and interval.lower != interval.upper:
        raise record.error("printed", "the number of patients itself, for n")
    # 1.000 is a thousand elsewhere.
    if statistic.exact and (not interval.lower.is_integer() or decimals(record["printed"]) > 2):
        raise record.error("printed", f"a whole number without a point, for {statistic.name}")
    if not interval.lower <= statistic.largest:
        kind = "percentage" if statistic.unit == PERCENT else "probability"
        raise record.error("printed", f"a {kind} from 0 to {statistic.largest:g}")
    unsaid = not unit and not stated_unit(record["printed"])
    # 1.00 is all of them as well as 1 %; a 1 alone is printed as a percentage only.
    most = 1 if decimals(record["printed"]) else 0.999
    if statistic.unit == PERCENT and unsaid and 0 < printed_value(record["printed"]) <= most:
        raise record.error("printed", "a percentage such as 42, or a unit: % or fraction")


_RANGE = re.compile(r"\d\s*(?:[-–—−,;]|to|and)\s*(?:\d|N[REA])", re.IGNORECASE)
_OF_SO_MANY = re.compile(r"(\d+)\s*(?:/|of|out of)\s*\d+|\d+\s*\(\d[\d.]*\s*%\)", re.IGNORECASE)


def _instead(record: Record, statistic: Statistic) -> str:
    """Return where the rest of a cell belongs that holds more than one number, or a unit beside another."""
    printed, unit = record["printed"], record["unit"]
    behind = stated_unit(printed)
    if behind and behind in UNITS.get(statistic.unit, {}):
        return f"; the column unit says {unit}, and the number {behind}"
    if found := _OF_SO_MANY.search(printed):
        number = f" ({found[1]})" if found[1] else ""
        return (
            "" if statistic.unit == PATIENTS else f"; a number of patients{number} is a row of its own, count"
        )
    if "(" not in printed or not _RANGE.search(printed):
        return ""
    if statistic.name == "followup_median":
        return "; its range is rows followup_min and followup_max"
    limits = f"{statistic.name}_lower" in REGISTRY
    return f"; its limits are rows {statistic.name}_lower and {statistic.name}_upper" if limits else ""


def _number(unit: str) -> str:
    """Return what a printed number of this unit looks like."""
    if unit == MONTHS:
        return "one number as printed, such as 13.0, 10·4, ~33, >24, <0.1, 3.4 years, or NR (not reached)"
    if unit == PERCENT:
        return "one number as printed, such as 42, 42%, ~40"
    return "one number as printed, such as 13.0, .009, ~33, <.001, or NR"


def check_together(records: Sequence[Record], found: Sequence[Claim]) -> None:
    """Check rows against one another: limits in order, a bare time that may be in years.

    Raises InputError at the second of two rows that do not go together.
    """
    row = {claim.id: record for claim, record in zip(found, records, strict=True)}
    by_place: dict[tuple[tuple[object, ...], str], Claim] = {}
    for claim in found:
        if REGISTRY[claim.statistic].about in ("endpoint", "response", "arms"):
            subject: tuple[object, ...] = (
                claim.arm,
                claim.endpoint,
                claim.category,
                claim.population,
                claim.at,
            )
            by_place.setdefault((subject, claim.statistic), claim)
    for (subject, _), claim in by_place.items():
        stem, _, end = claim.statistic.rpartition("_")
        if end not in ("lower", "upper"):
            continue
        for name in (stem, f"{stem}_lower"):
            other = by_place.get((subject, name), claim)
            low, high = (claim, other) if end == "lower" else (other, claim)
            if low.interval.lower > high.interval.upper:
                side = "not beyond" if end == "lower" else "not below"
                raise row[claim.id].error("printed", f"a limit {side} {other.printed} ({other.id})")
    _check_years(records, found)


def _check_years(records: Sequence[Record], found: Sequence[Claim]) -> None:
    """Refuse a bare `at` of few months where the printed times are so long that years may be meant."""
    times = [
        claim.value for claim in found
        if claim.statistic in ("median", "followup_median", "followup_max", "followup_median_alive")
        and math.isfinite(claim.value)
    ]  # fmt: skip
    longest = max(times, default=0.0)
    for record, claim in zip(records, found, strict=True):
        bare = record["at"] and not record["at_unit"] and record["at"].replace(".", "", 1).isdigit()
        about = REGISTRY[claim.statistic].about == "endpoint"
        if bare and about and claim.at and claim.at <= _AMBIGUOUS_UP_TO and 12 * claim.at <= longest:
            at = record["at"]
            raise record.error(
                "at", f"its unit, '{at} years' or '{at} months', beside a printed time of {longest:g} months"
            )
