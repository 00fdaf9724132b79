"""Where compiled functions and drawn ensembles are kept: a cache; its failure costs time, nothing else."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import platformdirs

LEAST_FREE = 50_000_000
"""Bytes that must be free for a cache: less is taken for a full disk."""


def folder() -> Path:
    """Return the cache folder, always safe to delete: `BLINA_CACHE`, else the user's.

    Where it cannot be made or written (no home, a read-only one, a full disk) a folder of temporary files
    stands in for it, the user's own again; `note` says so.
    """
    wanted, why = _wanted()
    return _stand_in() if why else wanted


def note() -> str:
    """Return the line that tells a user that the cache is of no use, "" where it is."""
    _, why = _wanted()
    advice = "BLINA_CACHE=FOLDER names another; until then nothing is kept for good"
    return f"the cache folder is of no use ({why}): {advice}" if why else ""


def _wanted() -> tuple[Path, str]:
    """Return the folder to keep things in, made if need be, and why it does not do."""
    try:
        named = os.environ.get("BLINA_CACHE")
        place = Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("blina"))
        if not place.is_absolute() and str(place).startswith("~"):
            return place, "there is no home folder"
        place.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(place).free
    except (OSError, RuntimeError, KeyError) as error:
        return Path(), getattr(error, "strerror", None) or "there is no home folder"
    if not os.access(place, os.W_OK | os.X_OK):
        return place, "it cannot be written"
    return place, "the disk is full" if free < LEAST_FREE else ""


def _stand_in() -> Path:
    """Return a folder of temporary files that belongs to this user and to nobody else."""
    place = Path(tempfile.gettempdir()) / f"blina-cache-{os.getuid()}"
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        mine = place.stat().st_uid == os.getuid() and not place.is_symlink()
    except OSError:
        mine = False
    return place if mine else Path(tempfile.mkdtemp(prefix="blina-cache-"))
