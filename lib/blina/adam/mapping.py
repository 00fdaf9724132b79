"""The user's `columns.yaml`: which of their columns and values stand for ours (`EXAMPLE`), and two facts.

`encoding` is that of text files that are not UTF-8, `count_unit` the unit of an ADLB that states none.
Ours on the left, theirs on the right. `MRDRDT` is the date of the MRD response; with it the study day
`MRDRDY` is counted from the first day of treatment (TRTSDT, else the endpoint's STARTDT).
Every value is the text that it is written as: TRUE, No, 01 and 2011-01-01 are no booleans, numbers or dates.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from blina.adam import cleaning, schema, units
from blina.adam.refusal import refuse
from blina.adam.warnings import warning
from blina_base.errors import InputError, near

EXAMPLE = """columns:
  adsl: {MRDRESP: MRDFL, MRDRDT: MRDDT, HSCTFL: TRANSFL, ARM: TRTGRP}
values:
  adsl:
    MRDRESP: {Y: [POSITIVE], N: [NEGATIVE]}
"""
# Columns that only a mapping brings in; they are turned into one of the schema's.
DERIVED_FROM = {"adsl": ("MRDRDT", "TRTSDT"), "adtte": ("ARM",), "adlb": ()}
_KEYS = ("columns", "values", "encoding", "count_unit")
_DEEPEST = 8


@dataclass(frozen=True)
class Mapping:
    """Per table: our column name → theirs, and our column name → {their value: ours}.

    `encoding` is that of text files, `count_unit` that of counts; "" where the file does not say.
    """

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    encoding: str = ""
    count_unit: str = ""
    file: str = ""

    def arms(self) -> list[str]:
        """Return the tables whose column of arms the file names."""
        return [table for table in ("adtte", "adsl") if "ARM" in self.columns.get(table, {})]

    def wanted(self, table: str) -> frozenset[str]:
        """Return the names of the user's columns that the file says are used."""
        return frozenset(self.columns.get(table, {}).values())

    def apply(self, table: str, file: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame under our names and values. InputError where a mapped column is not there."""
        for ours, theirs in self.columns.get(table, {}).items():
            if theirs not in frame.columns:
                hint = _hint(theirs, frame.columns)
                raise InputError.at(
                    self.file, column=ours, value=theirs, expected=f"a column of {file}{hint}"
                )
        # All at once: two columns may change their names.
        found = {ours: frame[theirs] for ours, theirs in self.columns.get(table, {}).items()}
        return frame.assign(**found) if found else frame

    def unused(self, table: str, file: str, frame: pd.DataFrame) -> list[str]:
        """Return a named warning for each entry of `values` that no cell of the table (in our names) has."""
        notes = []
        for name, codes in self.values.get(table, {}).items():
            if name not in frame:
                notes.append(f"{self.file}, values.{table}.{name}: {file} has no column {name}")
                continue
            there = set(cleaning.stripped(frame[name]).map(cleaning.code))
            lost = ", ".join(repr(code) for code in codes if cleaning.code(code) not in there)
            if lost:
                notes.append(f"{self.file}, values.{table}.{name}: {lost} is in no cell of {file}")
        return [warning("MAPPING-UNUSED", note) for note in notes]

    def without_table(self, tables: set[str]) -> list[str]:
        """Return a named warning for each table that the file speaks of and the folder does not have."""
        lost = [t for t in {**self.columns, **self.values} if t not in tables]
        return [warning("MAPPING-UNUSED", f"{self.file} speaks of {t}; there is no such table") for t in lost]


def read_mapping(path: Path | None) -> Mapping:
    """Read a mapping file (None: no mapping). Raises InputError naming the file and the entry."""
    if path is None:
        return Mapping()
    content = _yaml(path)
    _known(path.name, "", content, _KEYS)
    columns = {t: _columns(path.name, t, names) for t, names in _tables(path.name, content, "columns")}
    values = {t: _values(path.name, t, names) for t, names in _tables(path.name, content, "values")}
    unit = content.get("count_unit") or ""
    if unit and units.cells_per_ul(str(unit)) is None:
        expected = "cells/uL, 10^9/L or another count per volume"
        raise InputError.at(path.name, column="count_unit", value=unit, expected=expected)
    return Mapping(columns, values, _encoding(path.name, content.get("encoding")), str(unit), path.name)


def _encoding(file: str, name: Any) -> str:
    try:
        codecs.lookup(str(name or "utf-8"))
        "".encode(str(name or "utf-8"))
    except (LookupError, ValueError):
        expected = "the name of an encoding, for instance cp1252, shift_jis or gb18030"
        raise InputError.at(file, column="encoding", value=name, expected=expected) from None
    return str(name or "")


def _yaml(path: Path) -> dict[str, Any]:
    try:
        root = yaml.compose(path.expanduser().read_text(encoding="utf-8-sig"), Loader=yaml.SafeLoader)
    except (FileNotFoundError, RuntimeError):
        raise InputError.at(path, expected="a mapping of columns; there is no such file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = None if mark is None else mark.line + 1
        raise InputError.at(path.name, row=row, expected=f"YAML ({getattr(error, 'problem', '')})") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError.at(path.name, expected=f"YAML in UTF-8 ({type(error).__name__})") from None
    return _a_mapping(path.name, "", {} if root is None else _plain(path.name, root))


def _plain(file: str, node: Any, depth: int = 0) -> Any:
    """Return what a node holds: names with values, lists, and each value as the text that it is written as.

    InputError for a name that is given twice, of which YAML itself would take the last.
    """
    row = node.start_mark.line + 1
    if depth > _DEEPEST:
        raise InputError.at(file, row=row, expected="a mapping, and nothing within itself")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(file, item, depth + 1) for item in node.value]
    if isinstance(node, yaml.ScalarNode):
        return None if node.tag.endswith(":null") else node.value.strip()
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise InputError.at(file, row=row, expected="names with values (name: value)")
        name = key.value.strip()
        if name in found:
            raise InputError.at(file, row=key.start_mark.line + 1, value=name, expected="each name once")
        found[name] = _plain(file, value, depth + 1)
    return found


def _tables(file: str, content: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    tables = _a_mapping(file, key, content.get(key) or {})
    _known(file, key, tables, schema.TABLE_NAMES)
    return [(t, _a_mapping(file, f"{key}.{t}", names or {})) for t, names in tables.items()]


def _columns(file: str, table: str, names: dict[str, Any]) -> dict[str, str]:
    _known(file, f"columns.{table}", names, _mappable(table))
    for ours, theirs in names.items():
        if not isinstance(theirs, str) or not theirs or theirs.isdigit():
            raise InputError.at(
                file, column=f"columns.{table}.{ours}", value=theirs, expected="a column name"
            )
    mapped = {ours: theirs.upper() for ours, theirs in names.items()}
    twice = next((c for c in mapped.values() if list(mapped.values()).count(c) > 1), None)
    if twice is not None:
        raise InputError.at(
            file, column=f"columns.{table}", value=twice, expected="each of your columns once"
        )
    return mapped


def _values(file: str, table: str, names: dict[str, Any]) -> dict[str, dict[str, str]]:
    _known(file, f"values.{table}", names, _mappable(table))
    return {c: _codes(file, f"values.{table}.{c}", codes) for c, codes in names.items()}


def _codes(file: str, place: str, codes: Any) -> dict[str, str]:
    """Turn `{ours: [theirs, …]}` into `{theirs: ours}`."""
    found: dict[str, str] = {}
    for ours, listed in _a_mapping(file, place, codes).items():
        for one in listed if isinstance(listed, list) else [listed]:
            known = not isinstance(one, str) or cleaning.code(one) in map(cleaning.code, found)
            if known:
                raise InputError.at(file, column=place, value=one, expected="each of your values once")
            found[one] = ours
    return found


def _mappable(table: str) -> tuple[str, ...]:
    return (*(c.name for c in schema.TABLES[table]), *DERIVED_FROM[table])


def _a_mapping(file: str, place: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError.at(
            file, column=place or None, value=value, expected="names with values (name: value)"
        )
    return value


def _known(file: str, place: str, names: dict[str, Any], allowed: tuple[str, ...]) -> None:
    unknown = next((n for n in names if n not in allowed), None)
    if unknown is not None:
        hint = _hint(unknown, allowed) or "; one of " + ", ".join(allowed)
        raise InputError.at(file, column=place or None, value=unknown, expected=f"a known name{hint}")


def _hint(name: str, names: Any) -> str:
    meant = near(name, map(str, names))
    return f" (did you mean {meant}?)" if meant else ""


def with_response_day(file: str, adsl: pd.DataFrame, adtte: pd.DataFrame) -> pd.DataFrame:
    """Return ADSL with MRDRDY counted from the mapped response date, where MRDRDY is not given itself.

    Study day 1 is the first day of treatment (TRTSDT), or where ADSL has none the STARTDT of ADTTE.
    """
    if "MRDRDT" not in adsl or "MRDRDY" in adsl:
        return adsl
    written = cleaning.text(adsl["MRDRDT"])
    response = cleaning.dates(written)
    refuse(file, "MRDRDT", response.isna() & (written != ""), adsl, "a whole date as 2015-03-01 or 01MAR2015")
    origin = _origin(file, adsl, adtte)
    day = (response - origin).dt.days.astype(float) + 1
    refuse(file, "MRDRDT", day < 1, adsl, "a date on or after the first day of treatment")
    return adsl.assign(MRDRDY=day)


def _origin(file: str, adsl: pd.DataFrame, adtte: pd.DataFrame) -> pd.Series:
    if "TRTSDT" in adsl:
        return cleaning.dates(cleaning.text(adsl["TRTSDT"]))
    if "STARTDT" in adtte:
        return adsl["USUBJID"].map(adtte.groupby("USUBJID")["STARTDT"].min())
    raise InputError.at(
        file, column="TRTSDT", expected="the first day of treatment, from which MRDRDT is counted"
    )
