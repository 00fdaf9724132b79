"""Reading the hand-kept CSV files of published facts, with errors that name file, row, column and value."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from blina_base.errors import InputError

_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Record:
    """One row of a CSV file: its place (header is row 1) and its fields, stripped of outer blanks."""

    file: str
    row: int
    fields: dict[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the field in `column`."""
        return self.fields[column]

    def error(self, column: str, expected: str) -> InputError:
        """Return the error that says what this row's `column` should have held."""
        return InputError.at(
            self.file, row=self.row, column=column, value=self.fields[column], expected=expected
        )

    def number(self, column: str) -> float | None:
        """Return the column as a finite number, or None where it is empty."""
        text = self.fields[column]
        if not text:
            return None
        try:
            value = float(text)
        except ValueError:
            raise self.error(column, "a number or nothing") from None
        if not abs(value) < float("inf"):
            raise self.error(column, "a finite number or nothing")
        return value


def read_records(path: Path, columns: Sequence[str], known: Sequence[str] = ()) -> tuple[Record, ...]:
    """Read a comma-separated UTF-8 file (RFC 4180, header first) that has at least `columns`.

    Further columns are read too; those of `known` that the file lacks are empty in each record. Raises
    InputError for a file that cannot be read, is empty, is no such file (other separator, encoding, a
    workbook), lacks a column, or has a row of another length.
    """
    rows = _parse(path)
    if not rows:
        raise InputError.at(path.name, expected=f"a header row with {', '.join(columns)}; the file is empty")
    wanted = {*columns, *known}
    header = [low if (low := name.lower()) in wanted else name for name in map(str.strip, _cut(rows[0], 0))]
    _check_header(path.name, header, columns)
    absent = dict.fromkeys((name for name in known if name not in header), "")
    records = [
        _record(path.name, number, header, _cut(row, len(header)), absent)
        for number, row in enumerate(rows[1:], start=2)
        if any(map(str.strip, row))
    ]
    if not records:
        raise InputError.at(path.name, row=2, expected="at least one row below the header")
    return tuple(records)


def check_unique(records: Sequence[Record], column: str) -> None:
    """Raise InputError at the second row that holds the same value in `column`, or holds none."""
    first: dict[str, int] = {}
    for record in records:
        value = record[column]
        if not value:
            raise record.error(column, "a value that no other row has")
        if value in first:
            raise record.error(column, f"a value that row {first[value]} does not already have")
        first[value] = record.row


def _parse(path: Path) -> list[list[str]]:
    text = _text(path)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as problem:
        raise InputError.at(path.name, expected=f"comma-separated values ({problem})") from None


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except OSError as problem:
        raise InputError(f"{path}: cannot be read ({problem.strerror})") from None
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise InputError.at(path.name, expected="comma-separated text; this is a workbook or an archive")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        row = content.count(b"\n", 0, problem.start) + 1
        raise InputError.at(
            path.name, row=row, value=content[problem.start : problem.start + 1], expected="UTF-8 text"
        ) from None
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise InputError.at(path.name, row=row, value="\0", expected="text without zero bytes")
    return text


def _check_header(file: str, header: list[str], columns: Sequence[str]) -> None:
    if len(header) == 1:
        for separator, name in _SEPARATORS.items():
            if separator in header[0]:
                raise InputError.at(
                    file, row=1, value=header[0], expected=f"commas, not {name}, between columns"
                )
    for name in columns:
        if name not in header:
            raise InputError.at(file, row=1, column=name, expected="this column; the header lacks it")
    repeated = sorted({name for name in header if header.count(name) > 1})
    if repeated:
        raise InputError.at(file, row=1, column=repeated[0], expected="each column once")


def _cut(row: list[str], width: int) -> list[str]:
    """Return a row without its empty cells beyond `width`, which Excel leaves beside a table."""
    while len(row) > width and not row[-1].strip():
        row = row[:-1]
    return row


def _record(file: str, number: int, header: list[str], row: list[str], absent: dict[str, str]) -> Record:
    if len(row) != len(header):
        raise InputError.at(
            file,
            row=number,
            value=",".join(row),
            expected=f"{len(header)} fields as in the header, not {len(row)}",
        )
    found = {name: field.strip() for name, field in zip(header, row, strict=True)}
    return Record(file, number, absent | found)
