"""How functions are compiled: at their first call, kept on disk under the digest of all their sources.

numba keeps a compiled function as long as its own file is unchanged, even when a function that it calls was
edited in another file. The folder's name therefore holds the digest of every file with compiled functions.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

import numba

from blina import project

SOURCES = (
    "compiled.py", "tables.py", "chance.py", "hazards.py", "kernels.py", "losses.py", "assignment.py",
    "moves.py", "aiming.py", "chain.py", "bending.py", "guess.py", "cohorts.py",
)  # fmt: skip


def digest() -> str:
    """Return the digest of the sources and of numba's version."""
    found = hashlib.sha256(numba.__version__.encode())
    for name in SOURCES:
        path = Path(__file__).with_name(name)
        found.update(path.read_bytes() if path.exists() else b"")
    return found.hexdigest()[:16]


def _keep_in_cache() -> None:
    """Let numba keep what it compiles in the user's cache folder, unless it was told another place."""
    if not numba.config.CACHE_DIR:
        numba.config.CACHE_DIR = str(project.cache() / "compiled" / digest())


_keep_in_cache()
compiled = functools.partial(numba.njit, cache=True, error_model="numpy")
