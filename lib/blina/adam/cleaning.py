"""From cells as they stand in a file to the kinds of value that the schema states."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blina.adam import schema
from blina.adam.refusal import refuse
from blina_base.errors import InputError

# How a missing value is written; `.` is SAS's.
# `NONE` is none of them: it is an answer (BOR2C).
MISSING = frozenset({"", "NA", "N/A", ".", "NAN", "NULL", "<NA>", "NAT"})
_FLAGS = {
    **dict.fromkeys(("Y", "YES", "TRUE", "1"), "Y"),
    **dict.fromkeys(("N", "NO", "FALSE", "0"), "N"),
    "": "",
}


def clean(table: str, file: str, frame: pd.DataFrame, values: dict[str, dict[str, str]]) -> pd.DataFrame:
    """Return the frame with the schema's columns in their kinds; the study's own columns stay as they are.

    `values` maps, per column, the user's values to ours. Raises InputError where a column is missing
    or a value is not of the column's kind.
    """
    for name in schema.required(table):
        if name not in frame.columns:
            raise InputError.at(file, column=name, expected="this column; the table does not have it")
    return ordered(
        table,
        frame.assign(
            **{
                c.name: _converted(c, file, _recoded(text(frame[c.name]), values.get(c.name)))
                for c in schema.TABLES[table]
                if c.name in frame.columns
            }
        ),
    )


def ordered(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the schema's columns first, in the schema's order."""
    known = [c.name for c in schema.TABLES[table] if c.name in frame.columns]
    return frame[known + [c for c in frame.columns if c not in known]]


def text(cells: pd.Series) -> pd.Series:
    """Return the cells as text without surrounding blanks; missing is the empty text, 12.0 is "12"."""
    values = cells.tolist()
    # Each distinct text once: an arm's name stands in 100,000 cells.
    shown = {value: _as_text(value) for value in {v for v in values if type(v) is str}}
    found = [shown[v] if type(v) is str else _as_text(v) for v in values]
    return pd.Series(found, index=cells.index, dtype=object)


def _as_text(value: object) -> str:
    if isinstance(value, float):
        value = int(value) if value.is_integer() else repr(value)
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    shown = value.strip() if isinstance(value, str) else "" if value is None else str(value).strip()
    return "" if shown.upper() in MISSING else shown


def _recoded(cells: pd.Series, codes: dict[str, str] | None) -> pd.Series:
    return cells if not codes else cells.map(lambda v: codes.get(v, v))


def _converted(column: schema.Column, file: str, cells: pd.Series) -> pd.Series:
    if column.kind == "flag":
        return _flags(column, file, cells)
    if column.kind in ("number", "whole"):
        return numbers(file, column.name, cells)
    if column.kind == "date":
        return dates(cells)
    if column.capitals:
        return cells.str.upper()
    spelling = {s.upper(): s for s in column.spellings}
    return cells.map(lambda v: spelling.get(v.upper(), v)) if spelling else cells


def _flags(column: schema.Column, file: str, cells: pd.Series) -> pd.Series:
    found = cells.str.upper().map(_FLAGS)
    refuse(file, column.name, found.isna().to_numpy(), cells, "Y, N or empty")
    return found


def numbers(file: str, name: str, cells: pd.Series) -> pd.Series:
    """Return text cells as floats, missing as nan; InputError where one is not a finite number."""
    found = pd.to_numeric(cells.where(cells != "", np.nan), errors="coerce").astype(float)
    refuse(file, name, ~np.isfinite(found.to_numpy()) & (cells != "").to_numpy(), cells, "a number")
    return found


def dates(cells: pd.Series) -> pd.Series:
    """Return text cells as dates: 2014-01-31 (with or without a time), 31JAN2014, or SAS days since 1960.

    What is none of these, a partial date for instance, is missing: dates only serve as a check.
    """
    counted = pd.Series(_sas_dates(cells), index=cells.index)
    written = pd.to_datetime(cells.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    sas_style = pd.to_datetime(cells.str.slice(0, 9), format="%d%b%Y", errors="coerce")
    return counted.fillna(written).fillna(sas_style).astype("datetime64[ns]")


def _sas_dates(cells: pd.Series) -> np.ndarray:
    """Return cells that are SAS day numbers, or seconds beyond any day number of a trial, as dates."""
    number = pd.to_numeric(cells.where(cells != "", np.nan), errors="coerce").to_numpy(dtype=float)
    number = np.where(np.abs(number) < 1e6, number, number / 86400)
    # From 1860 to 2160: what lies outside is no date of a trial.
    is_date = (number > -36525) & (number < 73050)
    found = np.full(len(number), np.datetime64("NaT"), dtype="datetime64[ns]")
    found[is_date] = np.datetime64(schema.SAS_EPOCH) + number[is_date].astype("int64").astype(
        "timedelta64[D]"
    )
    return found
