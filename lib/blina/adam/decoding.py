"""Text files as they come: UTF-8, by byte-order mark, Windows-1252 where that is certain; else the user says.

Bytes of another encoding are never guessed at: Windows-1252, Windows-1250, Mac Roman and the encodings of
East Asia give letters for nearly any bytes, and a wrong letter splits an arm or names another.
"""

from __future__ import annotations

import codecs
import gzip
import io
import re
import zlib
from pathlib import Path
from typing import IO

from blina.adam.warnings import warning
from blina_base.errors import InputError

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_CHUNK = 1 << 20
_MIXED = "blina-single-bytes"
_SINGLE = "cp1252"
# Letters and signs that Windows-1252 and Windows-1250 agree on; é is one of them, è is not.
_AGREED = bytes(b for b in range(0xA0, 0x100) if bytes([b]).decode("cp1252") == bytes([b]).decode("cp1250"))
# Quotation marks, dashes and the like between 80 and 9F: letters of Mac Roman, if they touch a letter.
_MARKS_OF_PRINT = b"\x80\x82\x84\x85\x8b\x91\x92\x93\x94\x95\x96\x97\x99\x9b"
_LETTER = b"A-Za-z\x80-\xff"
_FOREIGN = re.compile(
    b"[^\x00-\x7f" + re.escape(_AGREED + _MARKS_OF_PRINT) + b"]"
    b"|(?<=[" + _LETTER + b"])[\x80-\x9f]|[\x80-\x9f](?=[" + _LETTER + b"])"
    # Two such letters in a row: ß may follow one; elsewhere they are two bytes of one sign.
    b"|[\xa0-\xff](?=[\xa0-\xde\xe0-\xff])"
)  # fmt: skip

codecs.register_error(_MIXED, lambda error: (_single(error), error.end))  # type: ignore[attr-defined]


def _single(error: UnicodeError) -> str:
    """Return the bytes that are no UTF-8 as Windows-1252; they were looked at before (`is_western`)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode(_SINGLE)


def open_text(path: Path, asked: str = "") -> tuple[io.TextIOWrapper, tuple[str, ...]]:
    """Open a file as text, line ends untouched, and return it with notes on how it had to be read.

    `asked` is the encoding that the user named. InputError for bytes that are none of it, or of an
    encoding that is not certain.
    """
    try:
        encoding, errors, notes = _encoding(path, asked)
        return io.TextIOWrapper(_binary(path), encoding=encoding, errors=errors, newline=""), notes
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError.at(path.name, expected=f"a whole gzip file ({error})") from None


def is_western(data: bytes) -> bool:
    """Say whether the bytes beyond ASCII are letters of Windows-1252 for certain."""
    return _FOREIGN.search(data) is None


def _binary(path: Path) -> IO[bytes]:
    # gzip's file is an IO[bytes] in all but its declared type.
    return gzip.open(path, "rb") if path.name.lower().endswith(".gz") else path.open("rb")  # type: ignore[return-value]


def _encoding(path: Path, asked: str) -> tuple[str, str, tuple[str, ...]]:
    """Return encoding, what is done with bytes that are none of it, and notes."""
    with _binary(path) as file:
        head = file.read(4)
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if asked or marked:
        name = asked or str(marked)
        if _bad_byte(path, name) is not None:
            said = "the mapping file" if asked else "its byte-order mark"
            raise InputError.at(path.name, expected=f"{name} text, as {said} says")
        return name, "strict", ()
    if _bad_byte(path, "utf-8") is None:
        return "utf-8", "strict", ()
    return _other(path)


def _bad_byte(path: Path, encoding: str) -> int | None:
    """Return the place of the first byte that is no text in the encoding, or None; NUL is no text."""
    decoder = codecs.getincrementaldecoder(encoding)()
    with _binary(path) as file:
        at = 0
        while chunk := file.read(_CHUNK):
            try:
                # ASCII that follows whole letters needs no decoding: of large files nearly everything.
                plain = encoding == "utf-8" and chunk.isascii() and not decoder.getstate()[0]
                nul = b"\x00" in chunk if plain else "\x00" in decoder.decode(chunk)
            except UnicodeError as error:
                # UTF-16 without its mark has no place that is wrong.
                return at + getattr(error, "start", 0)
            if nul:
                raise InputError.at(path.name, expected="text in UTF-8; the file holds NUL bytes")
            at += len(chunk)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return at
    return None


def _other(path: Path) -> tuple[str, str, tuple[str, ...]]:
    """Return how a file that is not UTF-8 is read; InputError where that is not certain."""
    with _binary(path) as file:
        lines = [(i, line) for i, line in enumerate(file, 1) if not line.isascii()]
    bad = [(i, line) for i, line in lines if not _is_utf8(line)]
    for number, line in bad:
        if not is_western(_without_utf8(line) if len(bad) < len(lines) else line):
            raise InputError.at(
                path.name,
                row=number,
                expected="UTF-8 text; these bytes are of another encoding: save the file as UTF-8, or say "
                "`encoding: cp1252` (or shift_jis, gb18030, cp1250, mac_roman …) in columns.yaml",
            )
    if len(bad) < len(lines):
        rows = ", ".join(str(i) for i, _ in bad[:3]) + (f" and {len(bad) - 3} more" if len(bad) > 3 else "")
        text = f"{path.name}, row {rows}: single bytes are not UTF-8; they are read as Windows-1252"
        return "utf-8", _MIXED, (warning("ENCODING", text),)
    note = warning("ENCODING", f"{path.name} is not UTF-8; read as Windows-1252")
    return _SINGLE, "strict", (note,)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _without_utf8(line: bytes) -> bytes:
    """Return the line without its letters of several bytes that are UTF-8."""
    return "".join(
        c if ord(c) < 0x80 or 0xDC80 <= ord(c) <= 0xDCFF else "-"
        for c in line.decode("utf-8", "surrogateescape")
    ).encode("ascii", "surrogateescape")
