"""What a page depends on, as digests; comparing two says why a page is stale."""

from __future__ import annotations

import hashlib
import json
import platform
from functools import cached_property
from pathlib import Path
from typing import Any

from blina_base import project
from nbreports import provenance
from nbreports.plan.parameters import read_notebook
from nbreports.plan.plan import Rendering


def digest(content: bytes) -> str:
    """Return the sha256 of some bytes."""
    return hashlib.sha256(content).hexdigest()


class Sources:
    """Digests of what all pages depend on, each computed once per run.

    `library` holds Python modules and page templates, `data` the folders of input files.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or project.root()

    @cached_property
    def library(self) -> str:
        """Digest of the library's source and templates."""
        folder = self.root / "lib"
        packages = [folder / name for name in ("blina_base", "pseudoipd", "nbreports", "blina")]
        files = sorted(p for package in packages for p in package.rglob("*") if p.is_file())
        kept = [path for path in files if "__pycache__" not in path.parts]
        return _of_files({str(path.relative_to(folder)): path for path in kept})

    @cached_property
    def lock(self) -> str:
        """Digest of the lock."""
        return provenance.digest(self.root / "requirements.lock")

    @cached_property
    def inputs(self) -> dict[str, str]:
        """Digest of each file of published facts and of the reference cohort, by name."""
        folders = [self.root / "data" / name for name in ("published", "cohort")]
        files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): digest(path.read_bytes()) for path in files}

    def fingerprint(self, rendering: Rendering, pages: list[str]) -> dict[str, Any]:
        """Return what the page of `rendering` depends on; `pages` are the folders of its navigation."""
        return {
            "notebook": _of_notebook(rendering.notebook),
            "parameters": rendering.parameters,
            "library": self.library,
            "inputs": {**self.inputs, **_of_places(rendering.places)},
            "lock": self.lock,
            "python": platform.python_version(),
            "pages": digest("\n".join(pages).encode()),
        }


def _of_files(files: dict[str, Path]) -> str:
    joined = hashlib.sha256()
    for name, path in files.items():
        joined.update(f"{name}\0{digest(path.read_bytes())}\n".encode())
    return joined.hexdigest()


def _of_notebook(notebook: Path) -> str:
    """Return the digest of what a notebook says, leaving its stored outputs out."""
    content = read_notebook(notebook)
    cells = [[cell["cell_type"], cell["source"], cell.get("metadata", {})] for cell in content["cells"]]
    return digest(json.dumps([cells, content.get("metadata", {}).get("blina")]).encode())


def _of_places(places: dict[str, str]) -> dict[str, str]:
    """Return the digest of each file of the user's own folders and files, by shown name."""
    found = {}
    for name, place in places.items():
        path = Path(place)
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        for file in files:
            label = name if file == path else f"{name}/{file.name}"
            found[label] = digest(file.read_bytes())
    return found


def reasons(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return why a page made from `old` does not stand for `new`, in words; empty if it does."""
    words = {
        "notebook": "the notebook changed",
        "library": "the library changed",
        "lock": "the lock changed",
        "python": "another Python",
        "pages": "the list of reports changed",
    }
    found = [text for key, text in words.items() if old.get(key) != new[key]]
    found += [f"parameter {name} changed" for name in _changed(old.get("parameters", {}), new["parameters"])]
    return found + [f"{name} changed" for name in _changed(old.get("inputs", {}), new["inputs"])]


def _changed(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    return [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
