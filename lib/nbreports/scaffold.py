"""A new report: a notebook that passes every check, to be changed from there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from blina_base.errors import InputError
from nbreports.collection import Collection


def create(name: str, folder: Path, collection: Collection) -> Path:
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
    write_atomically(path, content(name, collection).encode("utf-8"))
    try:
        refresh(path, collection)
    except BaseException:
        path.unlink()
        raise
    return path


def content(name: str, collection: Collection) -> str:
    """Return the text of the new notebook, not yet executed."""
    import nbformat

    title = name[3:].replace("_", " ").capitalize()
    cells = []
    for cell_id, kind, source in collection.cells:
        make = nbformat.v4.new_code_cell if kind == "code" else nbformat.v4.new_markdown_cell
        tags = {"tags": ["parameters"]} if cell_id == "parameters" else {}
        cells.append(make(source.format(name=name, title=title), id=cell_id, metadata=tags))
    metadata: dict[str, Any] = {collection.name: {"needs": [], "exhibits": []}}
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=metadata))).rstrip("\n") + "\n"
