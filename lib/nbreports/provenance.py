"""Where a page comes from: parameters, data kind and digests, assumptions, versions."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blina import __version__
from blina_base import project
from nbreports.html.markup import pairs_html

KINDS = {
    "reconstructed": "Patient-level data: reconstructed from published summaries",
    "simulated": "Patient-level data: simulated",
    "yours": "Patient-level data: your data",
    "public": "Patient-level data: public data set",
    "published": "Printed numbers only; no patient-level data",
}
"""What a figure or a table says about its data, by kind."""

PACKAGES = ("lifelines", "matplotlib", "numpy", "pandas", "papermill", "scipy", "seaborn")
"""Packages whose version a page names; the lock's digest stands for all others."""


def record(
    report: str,
    parameters: Mapping[str, object],
    kind: str,
    sources: Mapping[str, str],
    assumptions: Mapping[str, str],
) -> dict[str, Any]:
    """Return the provenance of a report as plain data; the same on every machine with the same lock.

    `sources` maps the names of the files that were read to their sha256.
    """
    return {
        "report": report,
        "parameters": {name: shown_value(value) for name, value in parameters.items()},
        "kind": kind,
        "sources": dict(sources),
        "assumptions": dict(assumptions),
        "versions": versions(),
        "lock": lock_digest(),
    }


def record_html(found: dict[str, Any]) -> str:
    """Return the provenance as tables for a reader of the notebook."""
    sources = {name: f"sha256 {digest[:16]}…" for name, digest in found["sources"].items()}
    tables = [
        pairs_html(found["parameters"], "Parameters") if found["parameters"] else "",
        pairs_html({"Kind": KINDS[found["kind"]], **sources}, "Data"),
        pairs_html(found["assumptions"], "Assumptions in force"),
        pairs_html({**found["versions"], "lock": f"sha256 {found['lock'][:16]}…"}, "Versions"),
    ]
    return "\n".join(table for table in tables if table)


def versions() -> dict[str, str]:
    """Return the versions of the library and of the packages that compute or draw."""
    return {"blina": __version__, **{name: importlib.metadata.version(name) for name in PACKAGES}}


def lock_digest() -> str:
    """Return the sha256 of `requirements.lock`."""
    return digest(project.root() / "requirements.lock")


def digest(path: Path) -> str:
    """Return the sha256 of a file, "" if there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def shown_value(value: object) -> str:
    """Return a parameter's value as text; of a path, its last part only."""
    text = str(value)
    return Path(text).name if Path(text).is_absolute() else text
