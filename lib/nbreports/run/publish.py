"""The output folder: pages appear whole or not at all, and one run writes at a time."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from blina_base.errors import BlinaError, InputError
from blina_base.files import write_atomically
from nbreports.run.fingerprint import digest

_STAGING = ".staging"
_LOCK = ".lock"
_RECORD = "rendering.json"
# Each page and stub that rendering makes has a policy for what it may load.
_MARK = b"Content-Security-Policy"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class Output:
    """The folder that pages are published to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    @contextlib.contextmanager
    def writing(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Hold the folder for this run; `on_wait` is called once if another run holds it.

        The lock belongs to the process: it is gone when the process is, in whatever way it ends.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / _LOCK).open("a")
        except OSError as error:
            expected = f"a folder for pages that can be written ({error.strerror})"
            raise InputError.at("--output", value=str(self.folder), expected=expected) from None
        with lock as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                on_wait()
                fcntl.flock(file, fcntl.LOCK_EX)
            self._mend()
            self._refuse_foreign_index()
            yield
            shutil.rmtree(self.folder / _STAGING, ignore_errors=True)

    def _mend(self) -> None:
        """Put back a page that an interrupted exchange had moved aside; forget unfinished ones."""
        staging = self.folder / _STAGING
        for note in staging.glob("*.moved"):
            target, aside = self.folder / note.read_text(), note.with_suffix(".aside")
            if aside.is_dir() and not target.exists():
                aside.rename(target)
        shutil.rmtree(staging, ignore_errors=True)

    def _refuse_foreign_index(self) -> None:
        """Refuse a folder with an index.html or manifest.json that is not ours: they would be replaced."""
        if (self.folder / "manifest.json").exists() and self._listed() is None:
            raise _not_ours(self.folder.name, "manifest.json")
        index = self.folder / "index.html"
        # A run that was killed before its end may have left a manifest and the index of another time.
        if index.exists() and self._listed() is None and _MARK not in index.read_bytes():
            raise _not_ours(self.folder.name, "index.html")

    def check_ours(self, key: str) -> None:
        """Refuse to replace the folder of a page in which anything stands that rendering has not made."""
        folder = self.folder / key
        if not folder.exists():
            return
        if not folder.is_dir():
            raise _not_ours(self.folder.name, key)
        made = self._record(key).get("files")
        made = {*made, _RECORD} if isinstance(made, dict) else {"index.html"}
        for path in sorted(p for p in folder.rglob("*") if not p.is_dir()):
            name = path.relative_to(folder).as_posix()
            stub = name == "index.html" and len(made) == 1
            if name not in made or (stub and _MARK not in path.read_bytes()):
                raise _not_ours(self.folder.name, f"{key}/{name}")

    def _record(self, key: str) -> dict[str, Any]:
        """Return what stands in the record of a page, whole or not; {} where there is none of ours."""
        try:
            record = json.loads((self.folder / key / _RECORD).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) and isinstance(record.get("files"), dict) else {}

    def origin(self, key: str) -> str:
        """Return which files and folders of the user's the page of `key` was made from, as a digest."""
        return str((self._record(key) or self.manifest().get(key, {})).get("origin", ""))

    def record(self, key: str) -> dict[str, Any]:
        """Return what was recorded with the page of `key`; {} if there is none, or it is not whole."""
        folder, record = self.folder / key, self._record(key)
        try:
            files = record.get("files", {}).items()
            whole = all(digest((folder / str(name)).read_bytes()) == sha for name, sha in files)
        except OSError:
            return {}
        return record if whole else {}

    def put(self, key: str, files: dict[str, bytes], record: dict[str, Any]) -> None:
        """Publish a page: the whole folder is exchanged at once. OSError leaves the old page as it is."""
        made = self._stage(files)
        record = {**record, "files": {name: digest(content) for name, content in sorted(files.items())}}
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        (made / _RECORD).write_text(text, encoding="utf-8")
        self._exchange(made, key)

    def put_stub(self, key: str, page: bytes) -> None:
        """Put a page that says why there is none, so that no link leads nowhere; never over a page."""
        if not (self.folder / key / _RECORD).exists():
            self._exchange(self._stage({"index.html": page}), key)

    def _stage(self, files: dict[str, bytes]) -> Path:
        """Write the files aside; on an error nothing of them is left."""
        self._count += 1
        made = self.folder / _STAGING / f"{self._count}.made"
        try:
            made.mkdir(parents=True)
            for name, content in files.items():
                path = made / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        return made

    def _exchange(self, made: Path, key: str) -> None:
        target = self.folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            made.rename(target)
        elif exchange(made, target):
            shutil.rmtree(made, ignore_errors=True)
        else:
            self._move_aside(made, key)

    def _move_aside(self, made: Path, key: str) -> None:
        """Two renames, with a note between them from which the next run can put the old page back."""
        note, aside = made.with_suffix(".moved"), made.with_suffix(".aside")
        note.write_text(key)
        (self.folder / key).rename(aside)
        made.rename(self.folder / key)
        note.unlink()
        shutil.rmtree(aside, ignore_errors=True)

    def manifest(self) -> dict[str, Any]:
        """Return the manifest's renderings by key; empty if there is none."""
        return {entry["key"]: entry for entry in self._listed() or []}

    def _listed(self) -> list[dict[str, Any]] | None:
        """Return the manifest's entries; None where there is no manifest of ours."""
        try:
            content = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        listed = content.get("renderings") if isinstance(content, dict) else None
        ours = isinstance(listed, list) and all(
            isinstance(entry, dict) and isinstance(entry.get("key"), str) for entry in listed
        )
        return listed if ours else None

    def put_manifest(self, entries: dict[str, Any]) -> None:
        """Write the manifest."""
        content = {"renderings": [entries[key] for key in sorted(entries)]}
        text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
        write_atomically(self.folder / "manifest.json", text.encode("utf-8"))

    def results(self, key: str) -> list[dict[str, Any]]:
        """Return the numbers of a page as rows; none where there is no page."""
        try:
            rows: list[dict[str, Any]] = json.loads((self.folder / key / "results.json").read_text("utf-8"))
        except (OSError, ValueError):
            return []
        return rows

    def put_comparison(self, page: str) -> None:
        """Write the page that compares renderings; take it away where there are none to compare."""
        path = self.folder / "comparison.html"
        if page:
            write_atomically(path, page.encode("utf-8"))
        else:
            path.unlink(missing_ok=True)

    def put_index(self, page: str) -> Path:
        """Write the index page and return its path."""
        write_atomically(self.folder / "index.html", page.encode("utf-8"))
        return self.folder / "index.html"


def _not_ours(folder: str, name: str) -> InputError:
    expected = "nothing there that rendering has not made; another --output, or the file elsewhere"
    return InputError.at(f"{folder}/{name}", expected=expected)


def exchange(one: Path, other: Path) -> bool:
    """Let two paths change places at once; False where the system or the file system cannot."""
    if sys.platform != "linux":
        return False
    try:
        rename = ctypes.CDLL(None, use_errno=True).renameat2
    except AttributeError:
        return False
    status = rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE)
    if status == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.EXDEV, errno.EPERM):
        return False
    raise OSError(code, os.strerror(code), str(other))


def clean(folder: Path) -> list[str]:
    """Remove everything that rendering wrote below `folder`; sources (README.md, profiles) stay."""
    removed = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name in ("README.md", "profiles"):
            continue
        if not _is_output(path):
            raise BlinaError(f"{path} was not made by rendering; it stays")
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        removed.append(path.name)
    return removed


def _is_output(path: Path) -> bool:
    """Say whether rendering made this: a known file, or a folder of a profile that holds pages only."""
    if path.name in (
        "index.html",
        "comparison.html",
        "manifest.json",
        "bench.csv",
        _STAGING,
        _LOCK,
    ) or path.name.endswith(".part"):
        return True
    return path.is_dir() and all((page / "index.html").is_file() for page in path.iterdir())
