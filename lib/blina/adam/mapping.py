"""The user's `columns.yaml`: which of their columns and values stand for ours (`EXAMPLE`).

Ours on the left, theirs on the right. `MRDRDT` is the date of the MRD response; with it the study day
`MRDRDY` is counted from the first day of treatment (TRTSDT, else the endpoint's STARTDT).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from blina.adam import cleaning, schema
from blina.adam.refusal import refuse
from blina_base.errors import InputError, near

FILE_NAME = "columns.yaml"
EXAMPLE = """columns:
  adsl: {MRDRESP: MRDFL, MRDRDT: MRDDT, HSCTFL: TRANSFL, ARM: TRTGRP}
values:
  adsl:
    MRDRESP: {Y: [POSITIVE], N: [NEGATIVE]}
"""
# Columns that only a mapping brings in; they are turned into one of the schema's.
DERIVED_FROM = {"adsl": ("MRDRDT", "TRTSDT"), "adtte": ("ARM",), "adlb": ()}


@dataclass(frozen=True)
class Mapping:
    """Per table: our column name → theirs, and our column name → {their value: ours}."""

    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    values: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    file: str = ""

    def apply(self, table: str, file: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame under our names and values. InputError where a mapped column is not there."""
        for ours, theirs in self.columns.get(table, {}).items():
            if theirs not in frame.columns:
                hint = _hint(theirs, frame.columns)
                raise InputError.at(
                    self.file, column=ours, value=theirs, expected=f"a column of {file}{hint}"
                )
            # A column of ours under its own name gives way to the one the user says holds it.
            frame = frame.drop(columns=ours) if ours in frame.columns and ours != theirs else frame
            frame = frame.assign(**{ours: frame[theirs]})
        return frame


def read_mapping(path: Path | None) -> Mapping:
    """Read a mapping file (None: no mapping). Raises InputError naming the file and the entry."""
    if path is None:
        return Mapping()
    content = _yaml(path)
    _known(path.name, "", content, ("columns", "values"))
    columns = {t: _columns(path.name, t, names) for t, names in _tables(path.name, content, "columns")}
    values = {t: _values(path.name, t, names) for t, names in _tables(path.name, content, "values")}
    return Mapping(columns, values, path.name)


def _yaml(path: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError.at(path, expected="a mapping of columns; there is no such file") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        row = None if mark is None else mark.line + 1
        raise InputError.at(path.name, row=row, expected=f"YAML ({getattr(error, 'problem', '')})") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise InputError.at(path.name, expected=f"YAML in UTF-8 ({type(error).__name__})") from None
    return _a_mapping(path.name, "", {} if content is None else content)


def _tables(file: str, content: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    tables = _a_mapping(file, key, content.get(key) or {})
    _known(file, key, tables, schema.TABLE_NAMES)
    return [(t, _a_mapping(file, f"{key}.{t}", names or {})) for t, names in tables.items()]


def _columns(file: str, table: str, names: dict[str, Any]) -> dict[str, str]:
    _known(file, f"columns.{table}", names, _mappable(table))
    for ours, theirs in names.items():
        if not isinstance(theirs, str) or not theirs.strip():
            raise InputError.at(
                file, column=f"columns.{table}.{ours}", value=theirs, expected="a column name"
            )
    mapped = {ours: theirs.strip().upper() for ours, theirs in names.items()}
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
            if isinstance(one, dict | list) or one is None or _text(one) in found:
                raise InputError.at(file, column=place, value=one, expected="each of your values once")
            found[_text(one)] = _text(ours)
    return found


def _text(value: object) -> str:
    """Return a YAML scalar as the text it stands for in a table: `Y` and `N` are read as booleans."""
    return {True: "Y", False: "N"}[value] if isinstance(value, bool) else str(value).strip()


def _mappable(table: str) -> tuple[str, ...]:
    return (*(c.name for c in schema.TABLES[table]), *DERIVED_FROM[table])


def _a_mapping(file: str, place: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InputError.at(
            file, column=place or None, value=value, expected="names with values (name: value)"
        )
    return {_text(k): v for k, v in value.items()}


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
    response = cleaning.dates(cleaning.text(adsl["MRDRDT"]))
    origin = _origin(file, adsl, adtte)
    day = (response - origin).dt.days.astype(float) + 1
    refuse(
        file, "MRDRDT", (day < 1).to_numpy(), adsl["MRDRDT"], "a date on or after the first day of treatment"
    )
    return adsl.assign(MRDRDY=day)


def _origin(file: str, adsl: pd.DataFrame, adtte: pd.DataFrame) -> pd.Series:
    if "TRTSDT" in adsl:
        return cleaning.dates(cleaning.text(adsl["TRTSDT"]))
    if "STARTDT" in adtte:
        return adsl["USUBJID"].map(adtte.groupby("USUBJID")["STARTDT"].min())
    raise InputError.at(
        file, column="TRTSDT", expected="the first day of treatment, from which MRDRDT is counted"
    )
