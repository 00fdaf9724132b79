"""Which arm each patient is in, in which order arms are shown, and which columns could have named them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from blina.adam import cleaning, schema
from blina.adam.warnings import warning

NO_ARM = "(no arm)"
# What reports call everyone together; an arm of that name would be taken for it.
_EVERYONE = ("all", "all arms")
# What is not seen, and the dashes that Excel and Word put for a hyphen.
_UNSEEN = {ord(c): None for c in "\u200b\u200c\u200d\u2060\ufeff\u00ad"} | dict.fromkeys(
    map(ord, "‐‑–−"), "-"
)


@dataclass(frozen=True)
class Arms:
    """The arm of each record of ADTTE (None where no column names arms), the arms in order, their column.

    `others` are the columns that could have given them and have more than one value.
    """

    of: pd.Series | None = None
    order: tuple[str, ...] = ()
    source: str = ""
    others: str = ""
    notes: tuple[str, ...] = ()


def find(adsl: pd.DataFrame, adtte: pd.DataFrame, mapped: list[str], files: Mapping[str, str]) -> Arms:
    """Return the arms: of the first of `schema.ARM_COLUMNS` that has any values.

    `mapped` are the tables whose ARM the user's mapping file names: these come first. The numeric
    twin (TRTPN of TRTP) gives the order where it stands, the alphabet otherwise. `files` maps the tables
    to their files, for the notes.
    """
    columns = list(dict.fromkeys((*((t, "ARM") for t in mapped), *schema.ARM_COLUMNS)))
    there = list(_filled(columns, adsl, adtte))
    if not there:
        return Arms()
    table, name, cells = there[0]
    frame = adtte if table == "adtte" else adsl
    words = _one_spelling(cells)
    names = {word: word for word in words.unique()} | {word: f"arm {word}" for word in _EVERYONE}
    of = _per_record(words.map(names | {"": NO_ARM}), frame, adtte)
    order = _order(_per_record(frame[f"{name}N"], frame, adtte), of) if f"{name}N" in frame else None
    listed = set(of.unique())
    arms = tuple(a for a in order or (*sorted(listed - {NO_ARM}), NO_ARM) if a in listed)
    source = f"{files[table]}, {name}"
    others, otherwise = _elsewhere(of, there[1:], adsl, adtte)
    notes = list(_spelled(source, cells, words))
    several = _in_two_arms(of, adtte) if table == "adtte" else 0
    if several:
        text = f"{several} patients are in one arm by one record and in another by another"
        notes.append(warning("ARMS-OF-A-PATIENT", f"{source}: {text}; each record counts in its own"))
    if otherwise:
        text = f"arms are those of {source}; {', '.join(otherwise)} would divide the patients otherwise"
        notes.append(warning("ARMS-ELSEWHERE", text))
    return Arms(of, arms, source, ", ".join(others), tuple(notes))


def _filled(
    columns: list[tuple[str, str]], adsl: pd.DataFrame, adtte: pd.DataFrame
) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield table, name and cells of the columns that are there and hold anything."""
    for table, name in columns:
        frame = adtte if table == "adtte" else adsl
        if name in frame:
            cells = cleaning.text(frame[name])
            if any(cells.unique()):
                yield table, name, cells


def _in_two_arms(of: pd.Series, adtte: pd.DataFrame) -> int:
    """Return how many patients are in two arms or more by their records."""
    pairs = pd.DataFrame({"patient": adtte["USUBJID"], "arm": of})[of != NO_ARM].drop_duplicates()
    return int(pairs.loc[pairs["patient"].duplicated(), "patient"].nunique())


def _one_spelling(cells: pd.Series) -> pd.Series:
    """Return the cells with names that differ in case or blanks only under the commonest of them."""
    counts = cells.value_counts(sort=True)
    commonest: dict[str, str] = {}
    for spelled in counts.index:
        commonest.setdefault(alike(spelled), " ".join(spelled.split()))
    return cells.map({spelled: commonest[alike(spelled)] for spelled in counts.index})


def alike(name: str) -> str:
    """Return what is seen of a name, without case and blanks that say nothing."""
    # An accent may be part of its letter or follow it, a digit be of full width: all look the same.
    return " ".join(unicodedata.normalize("NFKC", name.translate(_UNSEEN)).split()).casefold()


def _spelled(source: str, cells: pd.Series, words: pd.Series) -> Iterator[str]:
    changed = cells != words
    if changed.any():
        pairs = dict(zip(cells[changed], words[changed], strict=True))
        listed = ", ".join(f"{theirs!r} is {arm!r}" for theirs, arm in sorted(pairs.items()))
        yield warning("ARM-SPELLINGS", f"{source}: {listed} ({int(changed.sum())} cells)")


def _elsewhere(
    of: pd.Series, others: list[tuple[str, str, pd.Series]], adsl: pd.DataFrame, adtte: pd.DataFrame
) -> tuple[list[str], list[str]]:
    """Return the other candidates with more than one value, and those that divide the patients otherwise."""
    there, otherwise = [], []
    for table, name, cells in others:
        values = len(set(cells.unique()) - {""})
        if values > 1:
            there.append(f"{table.upper()}.{name} ({values} values)")
            theirs = _per_record(cells, adtte if table == "adtte" else adsl, adtte)
            pairs = pd.DataFrame({"ours": of, "theirs": theirs}).drop_duplicates()
            if pairs["ours"].duplicated().any() or pairs["theirs"].duplicated().any():
                otherwise.append(f"{table.upper()}.{name}")
    return there, otherwise


def _per_record(values: pd.Series, frame: pd.DataFrame, adtte: pd.DataFrame) -> pd.Series:
    if frame is adtte:
        return values
    return adtte["USUBJID"].map(pd.Series(values.to_numpy(), index=pd.Index(frame["USUBJID"])))


def _order(number: pd.Series, arm: pd.Series) -> tuple[str, ...] | None:
    """Return the arms by their number, or None where the numbers do not order them one to one."""
    numbers = pd.to_numeric(cleaning.text(number), errors="coerce")
    pairs = pd.DataFrame({"arm": arm, "number": numbers})[arm != NO_ARM].drop_duplicates()
    if pairs["number"].isna().any() or pairs["arm"].duplicated().any():
        return None
    return (*pairs.sort_values(["number", "arm"])["arm"], NO_ARM)
