"""The published files: claims, sources, exhibits, assumptions, dosing, comparators, kinetics, criteria."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from blina import formats
from blina.vocabulary import VOCABULARY
from blina_base import project
from nbreports.html.markup import Linked, Named, Noted
from pseudoipd import claims as engine_claims
from pseudoipd.claims import Claim, select
from pseudoipd.claims.claims import COLUMNS, NEEDED
from pseudoipd.claims.intervals import printed_value
from pseudoipd.claims.records import Record, check_unique, read_records

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

__all__ = [
    "Assumption", "Claim", "Exhibit", "Source", "assumptions", "cited", "comparators", "credit", "criteria",
    "dosing", "kinetics", "noted", "read_assumptions", "read_claims", "read_exhibits", "read_sources",
    "select",
]  # fmt: skip


@dataclass(frozen=True)
class Source:
    """Where something was read: its name in tables, a citation, its address, what of it was available."""

    id: str
    short: str
    citation: str
    address: str
    read: str

    @property
    def link(self) -> str:
        """Where a reader finds it: its DOI, where the citation names one, else its address; "" if unknown."""
        doi = _DOI.search(self.citation)
        found = _ADDRESS.match(self.address)
        return f"https://doi.org/{doi[1]}" if doi else found[0] if found else ""


@dataclass(frozen=True)
class Exhibit:
    """A figure or table that the sources print or describe, and the notebook that reproduces it."""

    id: str
    title: str
    kind: str
    evidence: str
    notebook: str
    source: str
    quote: str


@dataclass(frozen=True)
class Assumption:
    """What the sources leave open: the choice made, its alternatives, the parameter that switches it."""

    id: str
    topic: str
    default: str
    alternatives: tuple[str, ...]
    parameter: str
    meaning: str
    source: str


CLAIM = COLUMNS
"""The parts of a claim."""
_SOURCE = ("id", "short", "citation", "address", "read")
_DOI = re.compile(r"\bdoi[: ]\s*(10\.[^\s,]+)")
# The first address; one of which a part was not kept ("...") leads nowhere.
_ADDRESS = re.compile(r"(?!.*\.\.\.)https?://[^\s,]+")
_EXHIBIT = ("id", "title", "kind", "evidence", "notebook", "source", "quote")
_ASSUMPTION = ("id", "topic", "default", "alternatives", "parameter", "meaning", "source")
_DOSING = ("cohort", "week", "first_day", "last_day", "dose", "unit", "source", "quote")
_COMPARATOR = (
    "id", "study", "treatment", "setting", "relation", "n", "endpoint", "statistic", "at",
    "printed", "printed_lower", "printed_upper", "unit", "source", "quote",
)  # fmt: skip
_KINETICS = (
    "id", "study", "patients", "marker", "quantity", "day", "statistic", "printed", "printed_lower",
    "printed_upper", "unit", "basis", "source", "quote",
)  # fmt: skip
_CRITERION = ("id", "topic", "item", "relation", "printed", "unit", "source", "quote")


def read_claims(path: Path | None = None) -> tuple[Claim, ...]:
    """Read a claims file in this trial's words; without `path` that of the collection, which has all columns.

    Raises InputError as `pseudoipd.claims.read_claims` does.
    """
    needed = COLUMNS if path is None else NEEDED
    return engine_claims.read_claims(path or project.published("claims.csv"), VOCABULARY, needed)


def noted(text: str, claim: Claim, ours: str, verdict: str) -> Noted:
    """Return our value as it is spelled in a table, with the claim's id as anchor and a card about it.

    The card says what is printed, which values would be printed so, ours, the verdict and the source.
    """
    unit = claim.unit if claim.unit == "%" else f" {claim.unit}"
    about = {"Printed": f"{claim.printed}{unit}".strip(), "Would be printed so": ""}
    if not claim.qualitative and not claim.interval.not_reached:
        lower, upper = formats.exact(claim.interval.lower), formats.exact(claim.interval.upper)
        closed = formats.spread(lower, upper) if claim.interval.closed else f"{lower} to below {upper}"
        # Of a count nothing else would be.
        about["Would be printed so"] = "" if lower == upper else closed
    about |= {"Here": ours, "Verdict": verdict, "Source": ", ".join(credit(claim.source).names)}
    return Noted(text, claim.id, tuple(about.items()))


def read_sources(path: Path | None = None) -> dict[str, Source]:
    """Return the sources by id, in file order."""
    return {r["id"]: Source(**_fields(r, _SOURCE)) for r in _identified("sources.csv", _SOURCE, path)}


_sources = functools.cache(read_sources)


def credit(ids: str) -> Named:
    """Return the ids of sources, separated by commas, to be read as short names, each a link.

    What is no id, as in a claims file of a user's, stays as it is.
    """
    return Named(ids, [_credited(name.strip()) for name in ids.split(",")])


def _credited(name: str) -> str:
    source = _sources().get(name)
    if source is None:
        return name
    return Linked(source.short, source.link) if source.link else source.short


def cited(ids: Iterable[str], path: Path | None = None) -> pd.DataFrame:
    """Return the sources that `ids` name (several in one text: separated by commas), in file order.

    Columns as a reader wants them: Source (id, read by its short name), Citation, Address, Read. Unknown ids
    are left out.
    """
    import pandas as pd

    named = {name.strip() for text in ids for name in text.split(",")}
    rows = [
        (Named(name, [s.short]), s.citation, s.address, s.read)
        for name, s in read_sources(path).items()
        if name in named
    ]
    return pd.DataFrame(rows, columns=["Source", "Citation", "Address", "Read"])


def read_exhibits(path: Path | None = None) -> dict[str, Exhibit]:
    """Return the exhibits by id, in file order."""
    return {r["id"]: Exhibit(**_fields(r, _EXHIBIT)) for r in _identified("exhibits.csv", _EXHIBIT, path)}


def read_assumptions(path: Path | None = None) -> dict[str, Assumption]:
    """Return the assumptions by id; raises InputError for a default that is none of its alternatives."""
    return {r["id"]: _assumption(r) for r in _identified("assumptions.csv", _ASSUMPTION, path)}


def assumptions(path: Path | None = None) -> dict[str, str]:
    """Return the choice made for each assumption: id → default, as text."""
    return {name: row.default for name, row in read_assumptions(path).items()}


def dosing(path: Path | None = None) -> pd.DataFrame:
    """Return the dose of each cohort in each week of a cycle.

    Columns: cohort, week (1-6), first_day and last_day of the week (study day of the cycle, whole days),
    dose (µg/m² per day; 0 in the treatment-free weeks), unit, source, quote.
    """
    return _frame("dosing.csv", _DOSING, ("week", "first_day", "last_day", "dose"), path)


def comparators(path: Path | None = None) -> pd.DataFrame:
    """Return the figures of other studies, and of earlier cuts of this one, that the paper is read against.

    `relation` is quoted (the paper quotes the range that holds it), sister (another blinatumomab trial),
    earlier (an earlier data cut of the same 36 patients), pooled (these 36 together with others), overlap not
    known, or context. `value`, `lower`, `upper` are the
    printed numbers: NaN where none is printed, infinity for NR.
    """
    return _with_numbers(_frame("comparators.csv", _COMPARATOR, ("n", "at"), path))


def kinetics(path: Path | None = None) -> pd.DataFrame:
    """Return what is printed on T- and B-cell counts and on the drug's concentration.

    `patients` says whose they are; only rows with patients = this cohort are about the 36.
    `basis` is printed, or computed (from public per-patient values of another trial).
    `value`, `lower`, `upper` are the numbers, as in `comparators`.
    """
    return _with_numbers(_frame("kinetics.csv", _KINETICS, ("day",), path))


def criteria(path: Path | None = None) -> pd.DataFrame:
    """Return eligibility, response criteria and the study's setting, one printed item a row."""
    return _frame("criteria.csv", _CRITERION, (), path)


def _identified(name: str, columns: tuple[str, ...], path: Path | None) -> tuple[Record, ...]:
    records = read_records(path or project.published(name), columns)
    check_unique(records, "id")
    return records


def _fields(record: Record, columns: tuple[str, ...]) -> dict[str, str]:
    return {name: record[name] for name in columns}


def _assumption(record: Record) -> Assumption:
    texts = _fields(record, _ASSUMPTION)
    alternatives = tuple(part.strip() for part in texts.pop("alternatives").split(";"))
    if texts["default"] not in alternatives:
        raise record.error("default", f"one of its alternatives {', '.join(alternatives)}")
    return Assumption(**texts, alternatives=alternatives)


def _frame(name: str, columns: tuple[str, ...], numbers: tuple[str, ...], path: Path | None) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for record in read_records(path or project.published(name), columns):
        row: dict[str, object] = dict(_fields(record, columns))
        rows.append(row | {number: record.number(number) for number in numbers})
    return pd.DataFrame(rows, columns=list(columns)).astype(dict.fromkeys(numbers, float))


def _with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(
        value=frame["printed"].map(printed_value),
        lower=frame["printed_lower"].map(printed_value),
        upper=frame["printed_upper"].map(printed_value),
    )
