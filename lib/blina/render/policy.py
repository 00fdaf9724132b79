"""The Content Security Policy of a page: its own script runs, nothing else, and nothing is loaded."""

from __future__ import annotations

import base64
import hashlib


def digest_of(script: str) -> str:
    """Return the source expression that lets exactly this script run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
