"""Which files of a folder are the tables, by name and content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from blina_base.errors import InputError

SUFFIXES = (".csv", ".parquet", ".xpt", ".sas7bdat")
_TELL = {
    b"PK\x03\x04": "an Excel workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"HEADER RECORD***": "a SAS transport file",
    b"\x00" * 12 + b"\xc2\xea\x81\x60": "a SAS data set",
    b"\x1f\x8b": "a gzip archive",
}
_OWN = {".parquet": "a Parquet file", ".xpt": "a SAS transport file", ".sas7bdat": "a SAS data set"}


@dataclass(frozen=True)
class Source:
    """A file that was read: its name (no folder) and the sha256 of its bytes."""

    name: str
    sha256: str


def folder(data_dir: Path) -> Path:
    """Return the folder, or raise InputError where it is missing or is a file."""
    if not data_dir.exists():
        raise InputError.at(data_dir, expected="a folder with adsl and adtte tables; there is no such folder")
    if not data_dir.is_dir():
        raise InputError.at(data_dir, expected="a folder with adsl and adtte tables, not a file")
    return data_dir


def find(data_dir: Path, table: str) -> Path | None:
    """Return the file that holds `adsl`, `adtte` or `adlb`, whatever the case of its name, or None.

    `adtte.csv` is preferred; without it `adtte_onco.csv` (a name that goes on after _ or -) is taken.
    Two files that could both be meant raise InputError.
    """
    files = [p for p in sorted(data_dir.iterdir()) if p.suffix.lower() in SUFFIXES and p.is_file()]
    exact = [p for p in files if p.stem.lower() == table]
    longer = [p for p in files if p.stem.lower().startswith((f"{table}_", f"{table}-"))]
    found = exact or longer
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise InputError.at(data_dir.name, value=names, expected=f"one file for {table}")
    return found[0] if found else None


def check_content(path: Path) -> None:
    """Raise InputError for an empty file, or one whose first bytes belong to another format."""
    head = _head(path)
    if not head:
        raise InputError.at(path.name, expected="a table; the file is empty (0 bytes)")
    own = _OWN.get(path.suffix.lower())
    told = next((what for magic, what in _TELL.items() if head.startswith(magic)), None)
    if own is None and told is not None:
        raise InputError.at(path.name, expected=f"comma-separated text; the file is {told}")
    if own is not None and told != own:
        raise InputError.at(path.name, expected=f"{own}; the file is {told or 'something else'}")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise InputError.at(path.name, expected=f"a file that can be read ({error.strerror})") from None
