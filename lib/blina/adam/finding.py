"""Which files of a folder are the tables, by name and content, and which are there but are not read."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from blina.adam.warnings import warning
from blina_base.errors import InputError
from blina_base.files import sha256

SUFFIXES = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".xpt", ".sas7bdat")
MAPPINGS = ("columns.yaml", "columns.yml")
_TELL = {
    b"PK\x03\x04": "an Excel workbook or zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"PAR1": "a Parquet file",
    b"HEADER RECORD***": "a SAS transport file",
    b"\x00" * 12 + b"\xc2\xea\x81\x60": "a SAS data set",
    b"\x1f\x8b": "a gzip archive",
    b"<": "a page of HTML or XML",
    b"version https://": "a pointer of Git LFS",
}
_OWN = {
    ".parquet": "a Parquet file",
    ".xpt": "a SAS transport file",
    ".sas7bdat": "a SAS data set",
    ".csv.gz": "a gzip archive",
    ".tsv.gz": "a gzip archive",
}


@dataclass(frozen=True)
class Source:
    """A file that was read: its name (no folder) and the sha256 of its bytes."""

    name: str
    sha256: str


def source(path: Path) -> Source:
    """Return what a page says of a file; a folder of Parquet files has the digest of theirs together."""
    if path.is_file():
        return Source(path.name, sha256(path))
    joined = "".join(f"{part.name}\0{sha256(part)}\n" for part in sorted(path.glob("*.parquet")))
    return Source(path.name, hashlib.sha256(joined.encode()).hexdigest())


def folder(data_dir: Path) -> Path:
    """Return the folder, or raise InputError where it is missing or is a file."""
    wanted = "a folder with adsl and adtte tables"
    try:
        there = data_dir.expanduser()
        found, is_folder = there.exists(), there.is_dir()
    except (RuntimeError, OSError, ValueError):
        # ~ of an unknown user, a loop of links, a name that no file can have.
        found, is_folder = False, False
    if not found:
        raise InputError.at(data_dir, expected=f"{wanted}; there is no such folder")
    if not is_folder:
        raise InputError.at(data_dir, expected=f"{wanted}, not a file")
    # `.` has no name of its own, by which a message could call it.
    return there.absolute()


def suffix(path: Path) -> str:
    """Return the ending that says how a file is read, in small letters; "" where it is not read."""
    name = path.name.lower()
    return next((s for s in sorted(SUFFIXES, key=len, reverse=True) if name.endswith(s)), "")


def find(data_dir: Path, table: str) -> Path | None:
    """Return the file that holds `adsl`, `adtte` or `adlb`, whatever the case of its name, or None.

    `adtte.csv` is preferred; without it `adtte_onco.csv` (a name that goes on after _ or -) is taken.
    Two files that could both be meant raise InputError. A folder `adtte.parquet` of Parquet files is one.
    """
    files = [p for p in _listed(data_dir) if suffix(p) and (p.is_file() or suffix(p) == ".parquet")]
    exact = [p for p in files if _stem(p) == table]
    longer = [p for p in files if _is_longer(_stem(p), table)]
    found = exact or longer
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise InputError.at(data_dir.name, value=names, expected=f"one file for {table}")
    return found[0] if found else None


def mapping_file(data_dir: Path) -> Path | None:
    """Return the folder's mapping file, `columns.yaml` or `columns.yml` in any case, or None."""
    found = [p for p in _listed(data_dir) if p.name.lower() in MAPPINGS]
    if len(found) > 1:
        names = ", ".join(p.name for p in found)
        raise InputError.at(data_dir.name, value=names, expected="one mapping file")
    return found[0] if found else None


def not_read(data_dir: Path, table: str, read: str = "") -> str:
    """Return the name of what is called like a table and is not `read`, "" if there is no such thing."""
    alike = re.compile(rf"{table}[^a-z]", re.IGNORECASE)
    return next((p.name for p in _listed(data_dir) if alike.match(p.name) and p.name != read), "")


def left_alone(data_dir: Path, read: list[Path], mapping: Path | None) -> list[str]:
    """Return the named warnings for what is called like a table or a mapping, and is not read."""
    notes = []
    for table in ("adsl", "adtte", "adlb"):
        instead = next((p.name for p in read if _stem(p).startswith(table)), "")
        if name := not_read(data_dir, table, instead):
            notes.append(f"{name} is there, but not read{f'; {instead} is' if instead else ''}")
    for path in _listed(data_dir):
        alike = path.suffix.lower() in (".yaml", ".yml") or path.name.lower().startswith("columns.")
        if alike and path != mapping:
            taken = mapping.name if mapping else "columns.yaml or what mapping_file names"
            notes.append(f"{path.name} is there, but not read: the mapping is {taken}")
    return [warning("FILES-NOT-READ", note) for note in notes]


def no_table(data_dir: Path, table: str) -> InputError:
    """Return the error for a folder without the table: what would be read, and what is there instead."""
    kinds = ", ".join(f"{table}{s}" for s in SUFFIXES)
    other = not_read(data_dir, table)
    there = f"{other} is there, but such a file is not read: save it as {table}.csv" if other else ""
    odd = next((p.name for p in _listed(data_dir) if suffix(p) and _stem(p) == table), "")
    there = f"{odd} is there, but no file: a folder, or a link that leads nowhere" if odd else there
    return InputError.at(data_dir.name, expected=f"one of {kinds}; {there or 'the folder has none'}")


def check_content(path: Path) -> None:
    """Raise InputError for an empty file, or one whose first bytes belong to another format."""
    head = _head(path)
    if not head:
        raise InputError.at(path.name, expected="a table; the file is empty (0 bytes)")
    own = _OWN.get(suffix(path))
    told = next((what for magic, what in _TELL.items() if head.startswith(magic)), None)
    if own is None and told is not None:
        raise InputError.at(path.name, expected=f"comma-separated text; the file is {told}")
    if own is not None and told != own:
        raise InputError.at(path.name, expected=f"{own}; the file is {told or 'something else'}")


def _listed(data_dir: Path) -> list[Path]:
    try:
        return sorted(data_dir.iterdir())
    except OSError as error:
        raise InputError.at(data_dir.name, expected=f"a folder that can be read ({error.strerror})") from None


def _stem(path: Path) -> str:
    return path.name.lower().removesuffix(suffix(path))


def _is_longer(stem: str, table: str) -> bool:
    return stem.startswith((f"{table}_", f"{table}-"))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise InputError.at(path.name, expected=f"a file that can be read ({error.strerror})") from None
