"""Where a page comes from: parameters, data kind and digests, assumptions, versions."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blina_base.files import sha256
from nbreports.collection import Collection
from nbreports.html.markup import pairs_html


def record_html(found: dict[str, Any], kinds: Mapping[str, str]) -> str:
    """Return a page's provenance as tables for a reader of the notebook; `kinds` are the collection's."""
    sources = {name: f"sha256 {digest[:16]}…" for name, digest in found["sources"].items()}
    lock = {"lock": f"sha256 {found['lock'][:16]}…"} if found["lock"] else {}
    kind = {"Kind": kinds[found["kind"]]} if kinds[found["kind"]] else {}
    tables = {
        "Parameters": found["parameters"],
        "Data": kind | sources,
        "Assumptions in force": found["assumptions"],
        "Versions": {**found["versions"], **lock},
    }
    return "\n".join(pairs_html(pairs, caption) for caption, pairs in tables.items() if pairs)


def versions(collection: Collection) -> dict[str, str]:
    """Return the versions of the collection's library and of the packages that it names."""
    own = {collection.name: collection.version} if collection.version else {}
    return own | {name: importlib.metadata.version(name) for name in collection.versions}


def lock_digest(collection: Collection) -> str:
    """Return the sha256 of the file of pinned versions, "" if there is none."""
    lock = collection.root / collection.lock
    return sha256(lock) if lock.is_file() else ""


def shown_value(value: object) -> str:
    """Return a parameter's value as text; of a path, its last part only."""
    text = str(value)
    return Path(text).name if Path(text).is_absolute() else text
