"""Reading a table as it stands in its file: CSV, Parquet, SAS transport (XPT) and SAS data sets.

Nothing is interpreted here but the file format: cells of a CSV stay text, dates of SAS files stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from blina.adam import finding, transport
from blina_base.errors import InputError

_SasReader = Callable[..., tuple[pd.DataFrame, object]]
_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read one table; columns are named in capitals. Returns it with notes on how it had to be read.

    Raises InputError for a file that is empty, truncated, of another format, or without records.
    """
    finding.check_content(path)
    frame, notes = _READERS[path.suffix.lower()](path)
    frame = _named(path.name, frame)
    if frame.empty:
        raise InputError.at(path.name, expected="at least one record; the table is empty")
    return frame, notes


def _named(file: str, frame: pd.DataFrame) -> pd.DataFrame:
    names = [str(c).strip().upper() for c in frame.columns]
    twice = next((n for i, n in enumerate(names) if n in names[:i]), None)
    if twice is not None:
        raise InputError.at(file, column=repr(twice), expected="each column once; it stands there twice")
    return frame.set_axis(names, axis="columns")


def _decoded(path: Path) -> tuple[str, tuple[str, ...]]:
    """Return the text of a CSV file: by its byte-order mark, else UTF-8, else Windows-1252 with a note."""
    data = path.read_bytes()
    marked = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    try:
        return data.decode(marked or "utf-8"), ()
    except UnicodeDecodeError:
        if marked is not None:
            raise InputError.at(path.name, expected=f"{marked} text, as its byte-order mark says") from None
    note = f"ENCODING: {path.name} is not UTF-8; read as Windows-1252"
    return data.decode("cp1252", errors="replace"), (note,)


def _csv(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    text, notes = _decoded(path)
    if "\x00" in text:
        raise InputError.at(path.name, expected="comma-separated text; the file holds NUL bytes")
    try:
        records = [r for r in csv.reader(io.StringIO(text, newline=""), strict=True) if r]
    except csv.Error as error:
        raise InputError.at(path.name, expected=f"comma-separated text ({error})") from None
    if not records:
        raise InputError.at(path.name, expected="a header and at least one record; the table is empty")
    _check_shape(path.name, records)
    header = records.pop(0)
    columns = zip(*records, strict=True) if records else [()] * len(header)
    data = {i: pd.Series(_shared(cells), dtype=object) for i, cells in enumerate(columns)}
    return pd.DataFrame(data).set_axis(header, axis="columns"), notes


def _shared(cells: tuple[str, ...]) -> list[str]:
    """Return the cells with equal strings stored once: an arm's name is not kept 100,000 times."""
    known: dict[str, str] = {}
    return [known.setdefault(c, c) for c in cells]


def _check_shape(file: str, records: list[list[str]]) -> None:
    header = records[0]
    # A list of patients and nothing else is a table too.
    if len(header) == 1 and header[0].strip().upper() != "USUBJID":
        used = next((w for s, w in _OTHER_SEPARATORS.items() if s in header[0]), None)
        found = f"; the header is separated by {used}" if used else "; the header is a single column"
        raise InputError.at(file, row=1, expected=f"columns separated by commas{found}")
    bad = next((i for i, r in enumerate(records) if len(r) != len(header)), None)
    if bad is not None:
        raise InputError.at(
            file, row=bad + 1, value=len(records[bad]), expected=f"{len(header)} cells, as in the header"
        )


def _parquet(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    import pyarrow.parquet as pq

    # The file is the user's: whatever way the parser fails on it, the file cannot be read.
    try:
        table = pq.ParquetFile(path).read()
        # Under other names pandas does not make an index of the column that it once had as one.
        numbered = table.rename_columns([str(i) for i in range(table.num_columns)])
        return numbered.to_pandas().set_axis(table.column_names, axis="columns"), ()
    except Exception as error:
        raise _unreadable(path, "a Parquet file", error) from None


def _xpt(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    import pyreadstat

    transport.check_whole(path)
    return _sas(path, "a SAS transport file", pyreadstat.read_xport)


def _sas7bdat(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    import pyreadstat

    return _sas(path, "a SAS data set", pyreadstat.read_sas7bdat)


def _sas(path: Path, what: str, read: _SasReader) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read with pyreadstat, in the file's own encoding or else in Windows-1252 with a note."""
    # The file is the user's: whatever way the parser fails on it, the file cannot be read.
    try:
        try:
            return read(path, disable_datetime_conversion=True)[0], ()
        except UnicodeDecodeError:
            note = f"ENCODING: {path.name} is not UTF-8; read as Windows-1252"
            return read(path, disable_datetime_conversion=True, encoding="WINDOWS-1252")[0], (note,)
    except Exception as error:
        raise _unreadable(path, what, error) from None


def _unreadable(path: Path, what: str, error: Exception) -> InputError:
    reason = " ".join(str(error).replace(str(path), path.name).split())[:120] or type(error).__name__
    return InputError.at(path.name, expected=f"{what} that can be read in full ({reason})")


_READERS: dict[str, Callable[[Path], tuple[pd.DataFrame, tuple[str, ...]]]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".xpt": _xpt,
    ".sas7bdat": _sas7bdat,
}
