"""SAS transport files: whether one is whole, and the one data set of several that is meant.

The format states no number of records, so readers cannot tell a cut file; and pyreadstat takes what follows
the first data set for its records. Layout after SAS Technical Support TS-140: 80-byte header records, one
140-byte description per variable (bytes 5-6 hold its length), then the observations without gaps, padded with
blanks to 80 bytes; a file may hold several data sets, each begun by a MEMBER header.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from blina_base.errors import InputError

_BLOCK = 80
_MEMBER = re.compile(rb"HEADER RECORD\*{7}MEM(?:BER |BV8)\s*HEADER RECORD!{7}")
_NAMES = re.compile(rb"HEADER RECORD\*{7}(?:NAMESTR|NAMSTV8)\s+HEADER RECORD!{7}(\d{10})")
_ROWS = re.compile(rb"HEADER RECORD\*{7}OBS(?:V8)?\s+HEADER RECORD!{7}")
_DESCRIPTION = 140


@contextlib.contextmanager
def member(path: Path, table: str) -> Iterator[Path]:
    """Give a transport file of one data set: the file itself, or the data set of it that is called `table`.

    InputError where a data set is cut off, or where of several none has the name.
    """
    data = path.read_bytes()
    starts = [found.start() for found in _MEMBER.finditer(data) if found.start() % _BLOCK == 0]
    if len(starts) < 2:
        _check_whole(path, data)
        yield path
        return
    parts = [data[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]
    names = [_name(part) for part in parts]
    if names.count(table.upper()) != 1:
        held = f"{len(names)} data sets ({', '.join(names)})"
        raise InputError.at(path.name, value=held, expected=f"one that is called {table.upper()}")
    part = parts[names.index(table.upper())]
    _check_whole(path, part)
    with tempfile.TemporaryDirectory() as folder:
        alone = Path(folder) / path.name
        alone.write_bytes(data[: starts[0]] + part)
        yield alone


def _name(part: bytes) -> str:
    """Return the name of a data set: after MEMBER and DSCRPTR headers comes SAS, its name, SASDATA."""
    record = part[2 * _BLOCK : 3 * _BLOCK]
    return record[8 : 40 if b"SASDATA" in record[40:48] else 16].decode("ascii", "replace").strip().upper()


def _check_whole(path: Path, data: bytes) -> None:
    """Raise InputError where the observations end within a record."""
    names, rows = _NAMES.search(data), _ROWS.search(data)
    if names is None or rows is None or names.end() > rows.start():
        raise _truncated(path, "its headers are incomplete")
    width = _record_width(data, names)
    observations = data[rows.start() + _BLOCK :]
    if width == 0 or len(data) % _BLOCK:
        raise _truncated(path, "it does not end on a full block")
    left = observations[len(observations) // width * width :]
    # Padding is shorter than a block and blank; anything else is the beginning of a lost record.
    if len(left) >= _BLOCK or left.strip(b" "):
        raise _truncated(path, "its last record is cut off")


def _record_width(data: bytes, names: re.Match[bytes]) -> int:
    count = int(names.group(1))
    start = names.start() + _BLOCK
    widths = (data[start + i * _DESCRIPTION + 4 : start + i * _DESCRIPTION + 6] for i in range(count))
    return sum(int.from_bytes(w, "big") for w in widths)


def _truncated(path: Path, why: str) -> InputError:
    return InputError.at(path.name, expected=f"a whole SAS transport file; this one is truncated: {why}")
