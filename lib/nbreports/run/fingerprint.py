"""What a page depends on, as digests; comparing two says why a page is stale."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import platform
from functools import cached_property
from pathlib import Path
from typing import Any

from blina_base.errors import InputError
from blina_base.files import sha256
from nbreports import provenance
from nbreports.collection import Collection
from nbreports.html import office
from nbreports.plan.parameters import read_notebook
from nbreports.plan.plan import Rendering

_OWN_PACKAGES = ("blina_base", "nbreports")


def digest(content: bytes) -> str:
    """Return the sha256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


class Sources:
    """Digests of what all pages of a collection depend on, each computed once per run."""

    def __init__(self, collection: Collection) -> None:
        self.collection = collection
        self._places: dict[str, dict[Path, str]] = {}

    @cached_property
    def library(self) -> str:
        """Digest of the source and the templates of the renderer and of the collection's packages."""
        joined = hashlib.sha256()
        for name in sorted({*_OWN_PACKAGES, *self.collection.packages}):
            for label, path in _source(name):
                joined.update(f"{label}\0{sha256(path)}\n".encode())
        return joined.hexdigest()

    @cached_property
    def lock(self) -> str:
        """Digest of the file of pinned versions."""
        return provenance.lock_digest(self.collection)

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Digest of each of the collection's input files, by name."""
        root = self.collection.root
        files = sorted(p for name in self.collection.inputs for p in (root / name).rglob("*") if p.is_file())
        return {str(path.relative_to(root)): sha256(path) for path in files}

    def shown(self) -> dict[str, str]:
        """Return the digests that a page's footer names."""
        lock = {self.collection.lock: self.lock} if self.lock else {}
        return {**lock, "library": self.library}

    def fingerprint(self, rendering: Rendering, pages: list[str]) -> dict[str, Any]:
        """Return what the page of `rendering` depends on; `pages` are the folders of its navigation."""
        return {
            "notebook": _of_notebook(rendering.notebook, self.collection.name),
            "parameters": rendering.parameters,
            "library": self.library,
            "inputs": {**self.inputs, **self._of_places(rendering.places)},
            "lock": self.lock,
            "python": platform.python_version(),
            "tables": list(office.forms()),
            "pages": digest("\n".join(pages).encode()),
        }

    def _of_places(self, places: dict[str, str]) -> dict[str, str]:
        """Return the digest of each file of the user's own folders and files, by shown name."""
        found = {}
        for name, place in places.items():
            path = Path(place)
            if place not in self._places:
                files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
                self._places[place] = {file: sha256(file) for file in files}
            for file, digest in self._places[place].items():
                found[name if file == path else f"{name}/{file.name}"] = digest
        return found


def _source(name: str) -> list[tuple[str, Path]]:
    """Return the files of a package or the one of a module, each with a name that holds on any machine."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise InputError(f"{name}: no such package, though the collection says that pages depend on it")
    if not found.submodule_search_locations:
        return [(name, Path(found.origin))]
    folder = Path(found.origin).parent
    files = sorted(p for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    return [(f"{name}/{path.relative_to(folder)}", path) for path in files]


def _of_notebook(notebook: Path, key: str) -> str:
    """Return the digest of what a notebook says, leaving its stored outputs out; `key` of its metadata."""
    content = read_notebook(notebook)
    cells = [
        [cell["cell_type"], cell.get("source", ""), cell.get("metadata", {})] for cell in content["cells"]
    ]
    return digest(json.dumps([cells, content.get("metadata", {}).get(key)]).encode())


def reasons(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return why a page made from `old` does not stand for `new`, in words; empty if it does."""
    words = {
        "notebook": "the notebook changed",
        "library": "the library changed",
        "lock": "the lock changed",
        "python": "another Python",
        "tables": "python-docx came or went",
        "pages": "the list of reports changed",
    }
    found = [text for key, text in words.items() if old.get(key) != new[key]]
    found += [f"parameter {name} changed" for name in _changed(old.get("parameters", {}), new["parameters"])]
    return found + [f"{name} changed" for name in _changed(old.get("inputs", {}), new["inputs"])]


def _changed(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
