"""A notebook as a script beside it, for whoever reads a change: its cells, without what they came to."""

from __future__ import annotations

from pathlib import Path

# What a reviewer asks of a notebook, and nothing that changes with a version or a machine.
_KEPT = {"notebook_metadata_filter": "blina,-all", "cell_metadata_filter": "tags,-all"}


def beside(notebook: Path) -> Path:
    """Return where the script of a notebook stands: `source/NN_name.py` in the notebook's folder."""
    return notebook.parent / "source" / f"{notebook.stem}.py"


def script(notebook: str) -> str:
    """Return the text of a notebook as a script in percent format, as jupytext and editors read it."""
    import jupytext
    import nbformat

    content = nbformat.reads(notebook, as_version=4)
    content.metadata["jupytext"] = _KEPT
    return str(jupytext.writes(content, fmt="py:percent"))
