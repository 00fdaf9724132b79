"""A notebook as a script beside it, for whoever reads a change: its cells, without what they came to."""

from __future__ import annotations

from pathlib import Path


def beside(notebook: Path) -> Path:
    """Return where the script of a notebook stands: `source/NN_name.py` in the notebook's folder."""
    return notebook.parent / "source" / f"{notebook.stem}.py"


def script(notebook: str, key: str) -> str:
    """Return the text of a notebook as a script in percent format, as jupytext and editors read it.

    Of its metadata only that under `key` is kept: the rest changes with versions and machines.
    """
    import jupytext
    import nbformat

    content = nbformat.reads(notebook, as_version=4)
    kept = {"notebook_metadata_filter": f"{key},-all", "cell_metadata_filter": "tags,-all"}
    content.metadata["jupytext"] = kept
    return str(jupytext.writes(content, fmt="py:percent"))
