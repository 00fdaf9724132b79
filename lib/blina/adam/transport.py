"""Whether a SAS transport file is whole: the format states no number of records, so readers cannot tell.

Layout after SAS Technical Support TS-140: 80-byte header records, one 140-byte description per variable
(bytes 5-6 hold its length), then the observations without gaps, padded with blanks to 80 bytes.
"""

from __future__ import annotations

import re
from pathlib import Path

from blina_base.errors import InputError

_BLOCK = 80
_NAMES = re.compile(rb"HEADER RECORD\*{7}(?:NAMESTR|NAMSTV8)\s+HEADER RECORD!{7}(\d{10})")
_ROWS = re.compile(rb"HEADER RECORD\*{7}OBS(?:V8)?\s+HEADER RECORD!{7}")
_DESCRIPTION = 140


def check_whole(path: Path) -> None:
    """Raise InputError where the observations end within a record."""
    data = path.read_bytes()
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
