"""A new report: a notebook that passes every check, to be changed from there."""

from __future__ import annotations

import re
from pathlib import Path

from blina_base.errors import InputError

_TITLE = """# {title}

Which question does this report answer?"""

_CELLS = (
    (
        "published",
        "markdown",
        "## What is published\n\nWhat the sources print about it, each with its source.",
    ),
    ("parameters-heading", "markdown", "## Parameters"),
    (
        "parameters",
        "code",
        'data_dir = "reference"  # folder | - | ADaM tables to read; "reference" is the reconstructed cohort',
    ),
    ("begin", "code", 'from blina import page as report\n\npage = report.begin("{name}", globals())'),
    ("result-heading", "markdown", "## Result"),
    ("result", "code", 'page.say(f"The tables hold **{{page.tables.patients}}** patients.")'),
    ("meaning", "markdown", "## What it means, and how sure\n\nWhat follows from it, and what does not."),
    ("made", "markdown", "## How it was made\n\nWhich data, which assumptions, which functions."),
    ("provenance", "code", "page.provenance()"),
)


def create(name: str, folder: Path) -> Path:
    """Write `NN_name.ipynb` and execute it, so that it is stored as all others are; return its path.

    InputError if the name is no NN_name, or the notebook exists already.
    """
    from blina_base.files import write_atomically
    from nbreports.refresh import refresh

    name = Path(name).name.removesuffix(".ipynb")
    if not re.fullmatch(r"\d\d_[a-z][a-z0-9_]*", name):
        raise InputError.at(
            "new", value=name, expected="two digits, _ and lower-case words, as in 12_my_report"
        )
    path = folder / f"{name}.ipynb"
    if path.exists():
        raise InputError(f"{path.name} exists already")
    write_atomically(path, content(name).encode("utf-8"))
    try:
        refresh(path)
    except BaseException:
        path.unlink()
        raise
    return path


def content(name: str) -> str:
    """Return the text of the new notebook, not yet executed."""
    import nbformat

    title = name[3:].replace("_", " ").capitalize()
    cells = [nbformat.v4.new_markdown_cell(_TITLE.format(title=title), id="title")]
    for cell_id, kind, source in _CELLS:
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        tags = {"tags": ["parameters"]} if cell_id == "parameters" else {}
        source = source if cell_id == "parameters" else source.format(name=name)
        cells.append(make(source, id=cell_id, metadata=tags))
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"blina": {"needs": [], "exhibits": []}})
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"
