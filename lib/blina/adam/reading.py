"""Reading a table as it stands in its file: CSV, TSV (gzipped, too), Parquet, SAS transport, SAS data sets.

Nothing is interpreted here but the file format: cells of a CSV stay text, dates of SAS files stay numbers.
The index of a table is the place of each record in its file (0 for row 2), whatever was left out before it.
"""

from __future__ import annotations

import csv
import itertools
import mmap
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd

from blina.adam import decoding, finding, transport
from blina.adam.warnings import warning
from blina_base.errors import BlinaError, InputError

Wanted = frozenset[str] | None
"""Names of columns, in capitals, that are read; None: every column."""
_Read = tuple[pd.DataFrame, tuple[str, ...]]
_SasReader = Callable[..., tuple[pd.DataFrame, Any]]
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# What Excel writes, or understands, as a first line that names the separator.
_SEPARATOR_LINE = re.compile(r'\ufeff?"?sep=(tab|.)"?\s*\Z', re.IGNORECASE)
# Records that are turned into columns at a time: lists of cells take ten times the room of the columns.
_BLOCK = 20_000
# From so many bytes on a file is read by Arrow, which is several times as fast, if it is regular.
_LARGE = 1 << 20
# Bytes in which quotation marks are looked for at a time: what of them is looked at stays in a core's cache.
_CHUNK = 1 << 18


def read(path: Path, table: str, wanted: Wanted = None, encoding: str = "") -> _Read:
    """Read one table; columns are named in capitals. Returns it with notes on how it had to be read.

    `table` is adsl, adtte or adlb, for a file that holds several data sets; of the columns only those
    `wanted` are read; `encoding` is that of text, where the user named one. Raises InputError for a file that
    is empty, truncated, of another format, or without records.
    """
    if path.is_file():
        finding.check_content(path)
    try:
        frame, notes = _READERS[finding.suffix(path)](path, table, wanted, encoding)
    except MemoryError:
        raise BlinaError(f"{path.name}: not enough memory to read its columns") from None
    if frame.empty:
        raise InputError.at(path.name, expected="at least one record; the table is empty")
    return frame, notes


def _chosen(file: str, names: Sequence[object], wanted: Wanted) -> list[int]:
    """Return the places of the columns to read; InputError for a name that stands there twice."""
    capitals = [_capitals(name) for name in names]
    places = [i for i, name in enumerate(capitals) if name and (wanted is None or name in wanted)]
    twice = next((capitals[i] for i in places if capitals.count(capitals[i]) > 1), None)
    if twice is not None:
        raise InputError.at(file, column=repr(twice), expected="each column once; it stands there twice")
    return places


def _capitals(name: object) -> str:
    """Return the name of a column without what is not seen: blanks, and marks that web pages leave."""
    return str(name).strip(" \t\r\n\xa0\u200b\ufeff").upper()


def _csv(path: Path, table: str, wanted: Wanted, encoding: str) -> _Read:
    stream, notes = decoding.open_text(path, encoding)
    with stream:
        try:
            table_of = _Csv(path.name, stream, wanted, "\t" if ".tsv" in finding.suffix(path) else ",")
            plain = stream.encoding == "utf-8" and not notes and finding.suffix(path) in (".csv", ".tsv")
            large = plain and path.stat().st_size >= _LARGE and not _memory_is_limited()
            frame = _regular(path, table_of) if large else None
            return (table_of.frame() if frame is None else frame), notes
        except csv.Error as error:
            raise InputError.at(path.name, expected=f"comma-separated text ({error})") from None


def _named(separator: str) -> str:
    return "\t" if separator.lower() == "tab" else separator


def _regular(path: Path, found: _Csv) -> pd.DataFrame | None:
    """Return the columns of a large file by Arrow, as categories; None if it is for the reader of records.

    That is a file with lines before its header, a column without name, records of another length or without
    any value, or quotation marks within a cell: what may be a fault, or what Excel left.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow

    if found.header_row != 1 or len(found.names) < 2 or found.unnamed or not found.places:
        return None
    numbered = [str(place) for place in range(len(found.names))]
    kept = [str(place) for place in found.places]
    with ThreadPoolExecutor(1) as beside:
        # Arrow waits for its parser on one core now and then; whether it may be believed is seen meanwhile.
        whole = beside.submit(_marks_enclose_cells, path, found.separator)
        try:
            read = arrow.read_csv(
                path,
                arrow.ReadOptions(column_names=numbered, skip_rows_after_names=1),
                arrow.ParseOptions(
                    delimiter=found.separator, newlines_in_values=True, ignore_empty_lines=False
                ),
                arrow.ConvertOptions(
                    include_columns=kept,
                    column_types=dict.fromkeys(kept, pa.dictionary(pa.int32(), pa.string())),
                    strings_can_be_null=False,
                ),
            ).unify_dictionaries()
        except pa.ArrowInvalid:
            return None
        if not whole.result():
            return None
    columns, blank = {}, np.ones(read.num_rows, dtype=bool)
    for place, name in enumerate(kept):
        chunks = read.column(name).chunks
        values = pd.Index(chunks[0].dictionary.to_pylist() if chunks else [], dtype=object)
        codes = np.concatenate([c.indices.to_numpy() for c in chunks]) if chunks else np.zeros(0, dtype=int)
        columns[place] = pd.Categorical.from_codes(codes, values)  # type: ignore[arg-type]
        if blank.any():
            blank &= np.array([not value or value.isspace() for value in values], dtype=bool)[codes]
    if blank.any():
        return None
    return pd.DataFrame(columns).set_axis([found.names[i] for i in found.places], axis="columns")


def _memory_is_limited() -> bool:
    """Whether there is a limit as of `ulimit -v`: Arrow ends the process where memory is refused to it."""
    import resource

    return resource.getrlimit(resource.RLIMIT_AS)[0] != resource.RLIM_INFINITY


def _marks_enclose_cells(path: Path, separator: str) -> bool:
    """Whether a file has no marks of quotation, or only such as enclose whole cells."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find(b'"') < 0:
            return True
    return _quoted_whole(np.memmap(path, dtype=np.uint8, mode="r"), separator)


def _quoted_whole(content: np.ndarray, separator: str) -> bool:
    """Whether the marks of quotation enclose whole cells: then there is one way to read them.

    In turn each begins a cell, after a separator or line end, and ends it, before one. A mark within a
    cell, even if it is doubled as it must be, breaks the turn.
    """
    ends = np.zeros(256, dtype=bool)
    ends[[ord(separator), ord("\r"), ord("\n")]] = True
    last, met = len(content) - 1, 0
    for start in range(0, len(content), _CHUNK):
        marks = start + np.flatnonzero(content[start : start + _CHUNK] == ord('"'))
        opening, closing = marks[met % 2 :: 2], marks[1 - met % 2 :: 2]
        begins = (opening == 0) | ends[content[opening - 1]]
        finishes = (closing == last) | ends[content[np.minimum(closing + 1, last)]]
        if not (begins.all() and finishes.all()):
            return False
        met += len(marks)
    return met % 2 == 0


class _Csv:
    """One CSV file while it is read, record by record: what is not wanted is never kept."""

    def __init__(self, file: str, stream: IO[str], wanted: Wanted, separator: str) -> None:
        self.file = file
        first = stream.readline()
        named = _SEPARATOR_LINE.match(first)
        lines: Iterable[str] = stream if named else itertools.chain([first], stream)
        self.separator = _named(named.group(1)) if named else separator
        self.records = csv.reader(lines, strict=True, delimiter=self.separator, skipinitialspace=True)
        # Rows are counted as a reader of the file does, the line that names the separator among them.
        self.row = 1 if named else 0
        header = next((record for record in self._counted() if any(map(str.strip, record))), None)
        if header is None:
            raise InputError.at(file, expected="a header and at least one record; the table is empty")
        self._check_header(header, named is not None or separator != ",")
        self.names = [_capitals(name) for name in header]
        self.header_row = self.row
        self.places = _chosen(file, header, wanted)
        self.unnamed = [i for i, name in enumerate(self.names) if not name]

    def _counted(self) -> Iterator[list[str]]:
        for record in self.records:
            self.row += 1
            yield record

    def frame(self) -> pd.DataFrame:
        """Return the columns; rows that Excel left empty are no records."""
        if not self.places:
            raise InputError.at(
                self.file, row=self.row, expected="the header, columns of this table; it has none of them"
            )
        columns: list[list[str]] = [[] for _ in self.places]
        known: list[dict[str, str]] = [{} for _ in self.places]
        rows: list[int] = []
        records = self._whole()
        while block := list(itertools.islice(records, _BLOCK)):
            rows += [row for row, _ in block]
            for column, shared, cells in zip(
                columns, known, zip(*(kept for _, kept in block), strict=True), strict=True
            ):
                # Equal strings are stored once: an arm's name is not kept 100,000 times.
                column += [shared.setdefault(cell, cell) for cell in cells]
        # The header is row 1 of a table; where other lines stand before it, the index says so.
        index = pd.Index(np.array(rows, dtype=np.int64) - 2)
        data = {place: pd.Series(cells, index=index, dtype=object) for place, cells in enumerate(columns)}
        return pd.DataFrame(data, index=index).set_axis([self.names[i] for i in self.places], axis="columns")

    def _whole(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield each record's row and wanted cells; InputError for one of another length than the header."""
        width = len(self.names)
        pick = operator.itemgetter(*self.places)
        single = len(self.places) == 1
        for record in self._counted():
            if len(record) != width:
                record = self._mended(record, width)
            if not record or not (record[0].strip() or any(map(str.strip, record))):
                continue
            for place in self.unnamed:
                if record[place].strip():
                    raise InputError.at(
                        self.file, row=self.row, value=record[place],
                        expected=f"nothing below an empty name (row {self.header_row} is taken for the "
                        f"header; column {place + 1} of it has none)",
                    )  # fmt: skip
            yield self.row, (pick(record),) if single else pick(record)

    def _mended(self, record: list[str], width: int) -> list[str]:
        """Return a record without empty cells beyond the header; nothing of an empty one."""
        if not any(map(str.strip, record)):
            return []
        if len(record) > width and not any(map(str.strip, record[width:])):
            return record[:width]
        raise InputError.at(
            self.file, row=self.row, value=len(record), expected=f"{width} cells, as in the header"
        )

    def _check_header(self, header: list[str], separated: bool) -> None:
        # A list of patients and nothing else is a table too.
        if len(header) == 1 and header[0].strip().upper() != "USUBJID":
            used = next((s for s in _OTHER_SEPARATORS if s in header[0]), "")
            found = "; the header is a single column, and nothing may stand before the header"
            if used:
                first = "tab" if used == "\t" else used
                found = (
                    f"; the header is separated by {_OTHER_SEPARATORS[used]}, which a first line "
                    f"`sep={first}` may say"
                )
            what = "as said" if separated else "by commas"
            raise InputError.at(self.file, row=self.row, expected=f"columns separated {what}{found}")


def _framed(file: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table that another reader has read, with names in capitals."""
    places = _chosen(file, list(frame.columns), None)
    return frame.iloc[:, places].set_axis([_capitals(frame.columns[i]) for i in places], axis="columns")


def _parquet(path: Path, table: str, wanted: Wanted, encoding: str) -> _Read:
    import pyarrow as pa
    import pyarrow.parquet as pq

    # The file is the user's: whatever way the parser fails on it, the file cannot be read.
    try:
        parts = [path] if path.is_file() else sorted(path.glob("*.parquet"))
        if not parts:
            raise InputError.at(path.name, expected="files of Parquet in this folder; it has none")
        files = [pq.ParquetFile(part) for part in parts]
        names = files[0].schema_arrow.names
        chosen = [names[i] for i in _chosen(path.name, names, wanted)]
        whole = pa.concat_tables([file.read(columns=chosen) for file in files], promote_options="permissive")
        # Under other names pandas does not make an index of the column that it once had as one.
        numbered = whole.rename_columns([str(i) for i in range(whole.num_columns)])
        frame = numbered.to_pandas().set_axis(whole.column_names, axis="columns").reset_index(drop=True)
        return _framed(path.name, frame), ()
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise _unreadable(path, "a Parquet file", error) from None


def _xpt(path: Path, table: str, wanted: Wanted, encoding: str) -> _Read:
    import pyreadstat

    with transport.member(path, table) as whole:
        return _sas(whole, path, "a SAS transport file", pyreadstat.read_xport, wanted, encoding)


def _sas7bdat(path: Path, table: str, wanted: Wanted, encoding: str) -> _Read:
    import pyreadstat

    return _sas(path, path, "a SAS data set", pyreadstat.read_sas7bdat, wanted, encoding)


def _sas(file: Path, named: Path, what: str, read: _SasReader, wanted: Wanted, encoding: str) -> _Read:
    """Read with pyreadstat: in the encoding that the user named, the file's, or Windows-1252 if certain."""
    # The file is the user's: whatever way the parser fails on it, the file cannot be read.
    try:
        if encoding:
            return _sas_columns(file, named, read, wanted, encoding=encoding), ()
        try:
            return _sas_columns(file, named, read, wanted), ()
        except UnicodeDecodeError:
            frame = _sas_columns(file, named, read, wanted, encoding="WINDOWS-1252")
            _check_western(named.name, frame)
            return frame, (warning("ENCODING", f"{named.name} is not UTF-8; read as Windows-1252"),)
    except (InputError, MemoryError):
        raise
    except Exception as error:
        raise _unreadable(named, what, error) from None


def _sas_columns(file: Path, named: Path, read: _SasReader, wanted: Wanted, **options: str) -> pd.DataFrame:
    _, about = read(file, metadataonly=True, **options)
    chosen = [about.column_names[i] for i in _chosen(named.name, about.column_names, wanted)]
    frame, _ = read(file, usecols=chosen, disable_datetime_conversion=True, **options)
    return _framed(named.name, frame)


def _check_western(file: str, frame: pd.DataFrame) -> None:
    """Refuse a table that was read as Windows-1252 where its letters need not be that."""
    for name in frame.select_dtypes("object"):
        cells = [str(c) for c in frame[name].unique() if not str(c).isascii()]
        odd = [c for c in cells if not decoding.is_western(c.encode("cp1252", "replace"))]
        if odd:
            expected = "an encoding that is certain; name it (`encoding: shift_jis` …) in columns.yaml"
            raise InputError.at(file, column=str(name), value=odd[0], expected=expected)


def _unreadable(path: Path, what: str, error: Exception) -> InputError:
    reason = " ".join(str(error).replace(str(path), path.name).split())[:120] or type(error).__name__
    return InputError.at(path.name, expected=f"{what} that can be read in full ({reason})")


_READERS: dict[str, Callable[[Path, str, Wanted, str], _Read]] = {
    ".csv": _csv,
    ".csv.gz": _csv,
    ".tsv": _csv,
    ".tsv.gz": _csv,
    ".parquet": _parquet,
    ".xpt": _xpt,
    ".sas7bdat": _sas7bdat,
}
