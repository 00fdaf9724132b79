"""Where things are: the checkout's folders."""

from __future__ import annotations

from pathlib import Path


def root() -> Path:
    """Return the checkout: the folder that holds `data`, `notebooks`, `lib` and `reports`."""
    return Path(__file__).resolve().parents[2]


def published(name: str) -> Path:
    """Return the path of a file of published facts, for instance `claims.csv`."""
    return root() / "data" / "published" / name


def reference_cohort() -> Path:
    """Return the folder of the checked-in reference cohort (ADaM tables)."""
    return root() / "data" / "cohort"


def notebooks() -> Path:
    """Return the folder of the notebooks; each `NN_name.ipynb` in it is a report."""
    return root() / "notebooks"
