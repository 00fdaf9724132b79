"""From cells as they stand in a file to the kinds of value that the schema states."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pandas as pd

from blina.adam import schema
from blina.adam.refusal import refuse
from blina.adam.warnings import at_rows, warning
from blina_base.errors import InputError, near

# How a missing value is written; `.` is SAS's.
# `NONE` is none of them: it is an answer (BOR2C).
MISSING = frozenset({"", "NA", "N/A", ".", "NAN", "NULL", "<NA>", "NAT"})
_LONGEST = max(map(len, MISSING))
_FLAGS = {
    **dict.fromkeys(("Y", "YES", "TRUE", "1"), "Y"),
    **dict.fromkeys(("N", "NO", "FALSE", "0"), "N"),
    **dict.fromkeys(("", "U", "UNKNOWN"), ""),
}
# An eight-digit day is no number of SAS's: as seconds it would lie within 1960.
_DIGITS = r"(?:19|20)\d{6}"
# No date, the year or the month of one, or a part of it said to be unknown.
_PARTIAL = re.compile(r"(?:\d{4}(?:-\d\d)?)?-*\Z|.*\bUNK?\b", re.IGNORECASE)


def clean(
    table: str, file: str, frame: pd.DataFrame, values: dict[str, dict[str, str]]
) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with the schema's columns in their kinds, and notes; a study's own stay as they are.

    `values` maps, per column, the user's values to ours. Raises InputError where a column is missing
    or a value is not of the column's kind.
    """
    for name in schema.required(table):
        if name not in frame.columns:
            raise InputError.at(file, column=name, expected=_this_column(table, name, frame))
    found, notes = {}, []
    for column in (c for c in schema.TABLES[table] if c.name in frame.columns):
        codes = values.get(column.name)
        found[column.name], more = _cleaned(table, file, column, frame[column.name], codes)
        notes += more
    rest = {str(name): _plain(frame[name]) for name in frame.columns if name not in found}
    return pd.DataFrame({**found, **rest}, copy=False), notes


def _cleaned(
    table: str, file: str, column: schema.Column, cells: pd.Series, codes: dict[str, str] | None
) -> tuple[pd.Series, list[str]]:
    """Return a column in its kind, with notes, from what each distinct text is: a million cells have few.

    Where one of them is refused all cells are looked at, so that the rows are named as they stand.
    """
    of, texts = _distinct(cells)
    texts = _read(codes, texts)
    work = partial(_converted, column, file, table)
    try:
        found = work(texts)
    except InputError:
        return work(pd.Series(texts.to_numpy()[of], index=cells.index)), []
    notes = _read_otherwise(column, file, texts)
    if column.kind == "date":
        lost = (found.isna() & ~texts.str.match(_PARTIAL)).to_numpy()
        notes += _dates_not_read(column.name, file, texts[lost], cells.index[lost[of]])
    return pd.Series(found.to_numpy()[of], index=cells.index, name=cells.name), notes


def _plain(cells: pd.Series) -> pd.Series:
    """Return categories as the values that they stand for."""
    return cells.astype(object) if isinstance(cells.dtype, pd.CategoricalDtype) else cells


def _distinct(cells: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Return which text each cell is, and the distinct texts, without surrounding blanks."""
    known = cells.cat.categories if isinstance(cells.dtype, pd.CategoricalDtype) else None
    if known is not None and not cells.hasnans and _are_texts(known):
        # Of a large text file it is known which text each cell is.
        of, texts = cells.cat.codes.to_numpy(), known.to_numpy(dtype=object)
    else:
        # Of texts each distinct one once; 1, 1.0 and True are one to a table of distinct values, and are not.
        cells = cells if _are_texts(cells) else cells.astype(object).map(_as_text)
        of, texts = pd.factorize(cells.to_numpy(dtype=object))
    return of, pd.Series([text.strip() for text in texts], dtype=object)


def _are_texts(cells: pd.Series | pd.Index) -> bool:
    return pd.api.types.infer_dtype(cells, skipna=False) == "string"


def _this_column(table: str, name: str, frame: pd.DataFrame) -> str:
    """Say what is expected where a column is not there, and how one of another name is brought in."""
    theirs = near(name, map(str, frame.columns)) or "theirs"
    entry = f"`columns: {{{table}: {{{name}: {theirs}}}}}`"
    return f"this column; the table does not have it ({entry} in columns.yaml names another)"


def ordered(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with the schema's columns first, in the schema's order."""
    known = [c.name for c in schema.TABLES[table] if c.name in frame.columns]
    return frame[known + [c for c in frame.columns if c not in known]]


def text(cells: pd.Series) -> pd.Series:
    """Return the cells as text without surrounding blanks; missing is the empty text, 12.0 is "12"."""
    return _present(stripped(cells))


def _present(cells: pd.Series) -> pd.Series:
    """Return text with the ways in which a missing value is written replaced by the empty text."""
    missing = {v: "" for v in cells.unique() if len(v) <= _LONGEST and v.upper() in MISSING}
    return cells.replace(missing) if missing else cells


def stripped(cells: pd.Series) -> pd.Series:
    """Return the cells as text without surrounding blanks, whatever they say."""
    of, texts = _distinct(cells)
    return pd.Series(texts.to_numpy()[of], index=cells.index, dtype=object)


def _as_text(value: object) -> str:
    if isinstance(value, float):
        value = int(value) if value.is_integer() else repr(value)
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    return value.strip() if isinstance(value, str) else "" if value is None else str(value).strip()


def code(value: str) -> str:
    """Return a value as a mapping looks for it: TRUE, True and true are one, as programs write them."""
    return value.upper() if value.upper() in ("TRUE", "FALSE") else value


def _read(codes: dict[str, str] | None, cells: pd.Series) -> pd.Series:
    """Return the cells in our words where the user's `codes` have some, missing ones as the empty text."""
    ours = {code(theirs): word for theirs, word in (codes or {}).items()}
    return _present(cells.map({v: ours.get(code(v), v) for v in cells.unique()}) if ours else cells)


def _converted(column: schema.Column, file: str, table: str, cells: pd.Series) -> pd.Series:
    if column.kind == "flag":
        return flags(file, column.name, cells, _way(table, column.name, "Y: […], N: […]"))
    if column.kind in ("number", "whole"):
        way = _way(table, "CNSR", "0: […], 1: […]") if column.name == "CNSR" else ""
        return numbers(file, column.name, cells, way)
    if column.kind == "date":
        return dates(cells)
    if column.capitals:
        return cells.str.upper()
    if not column.spellings:
        return cells
    spelling = {**{s.upper(): s for s in column.spellings}, **column.others}
    found = cells.map({v: spelling.get(_word(v), v) for v in cells.unique()})
    if column.others:
        expected = f"one of {', '.join(column.spellings)}{_way(table, column.name, '…: [theirs]')}"
        refuse(file, column.name, ~found.isin([*column.spellings, ""]), cells, expected)
    return found


def _way(table: str, name: str, codes: str) -> str:
    """Say how words of the user's become ours."""
    return f"; `values: {{{table}: {{{name}: {{{codes}}}}}}}` in columns.yaml says which is which"


def _word(value: str) -> str:
    """Return a word as codings are compared: in capitals, single blanks, American spelling."""
    return " ".join(value.upper().split()).replace("HAEMAT", "HEMAT")


def _dates_not_read(name: str, file: str, texts: pd.Series, rows: pd.Index) -> list[str]:
    """Return the named warning for dates in a writing that is none of ours."""
    if texts.empty:
        return []
    text = f"{name} is written otherwise than 2015-03-01 or 01MAR2015 ({texts.iloc[0]!r})"
    return [at_rows("DATES-NOT-READ", file, rows.to_numpy(), f"{text}; nothing is compared with it")]


def _read_otherwise(column: schema.Column, file: str, cells: pd.Series) -> list[str]:
    """Return the named warning for words of another coding that were read as ours."""
    if not column.others:
        return []
    words = {v: column.others[_word(v)] for v in cells.unique() if _word(v) in column.others}
    if not words:
        return []
    listed = ", ".join(f"{theirs!r} as {ours}" for theirs, ours in words.items())
    return [warning("CODE-READ", f"{file}, {column.name}: {listed}")]


def flags(file: str, name: str, cells: pd.Series, way: str = "") -> pd.Series:
    """Return text cells as Y, N or empty; InputError where one is none of them."""
    found = cells.map({v: _FLAGS.get(v.upper()) for v in cells.unique()})
    refuse(file, name, found.isna(), cells, f"Y, N or empty{way}")
    return found


def numbers(file: str, name: str, cells: pd.Series, way: str = "") -> pd.Series:
    """Return text cells as floats, missing as nan; InputError where one is not a finite number."""
    found = pd.to_numeric(cells.where(cells != "", np.nan), errors="coerce").astype(float)
    bad = ~np.isfinite(found) & (cells != "")
    comma = bad.any() and "," in cells[bad].iloc[0]
    refuse(file, name, bad, cells, f"a number{', decimals after a point' if comma else ''}{way}")
    return found


def dates(cells: pd.Series) -> pd.Series:
    """Return text cells as dates: 2014-01-31 (with or without a time), 31JAN2014, or SAS days since 1960.

    Also 20140131 and 31-Jan-2014. What is none of these, a partial date for instance, is missing.
    """
    digits = cells.where(cells.str.fullmatch(_DIGITS))
    counted = pd.Series(_sas_dates(cells.where(digits.isna(), "")), index=cells.index)
    counted = counted.fillna(pd.to_datetime(digits, format="%Y%m%d", errors="coerce"))
    written = pd.to_datetime(cells.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    plain = cells.str.replace("-", "").str.slice(0, 9)
    sas_style = pd.to_datetime(plain, format="%d%b%Y", errors="coerce")
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
