"""One notebook executed by papermill, judged, and cleaned of what differs from run to run."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blina import project
from blina.errors import BlinaError

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class CellError(BlinaError):
    """A cell did not complete: `cell` counts code cells from 1, `error` is the exception's class name."""

    def __init__(self, cell: int, error: str, lines: list[str]) -> None:
        super().__init__(" ".join(f"cell {cell}: {' / '.join(lines[-3:])}".split()))
        self.cell = cell
        self.error = error
        self.lines = lines


def execute_here(notebook: Path, parameters: Mapping[str, Any] | None = None, **engine: Any) -> Any:
    """Execute `notebook` through papermill in its own folder and return it, scrubbed.

    `engine` goes to papermill's engine, which hands it to nbclient. Raises CellError unless every
    code cell completed.
    """
    import nbformat
    import papermill

    content = nbformat.read(notebook, as_version=4)
    clear(content)
    try:
        done = papermill.execute_notebook(
            content,
            None,
            parameters=dict(parameters or {}),
            progress_bar=False,
            request_save_on_cell_execute=False,
            kernel_name="python3",
            cwd=str(notebook.parent),
            record_timing=False,
            **engine,
        )
    except papermill.PapermillExecutionError:
        done = content
    scrub(done)
    assert_complete(done)
    return done


def clear(content: Any) -> None:
    """Forget what an earlier run left in the notebook, so that a cell that does not run shows it."""
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = []


def assert_complete(content: Any) -> None:
    """Raise CellError for the first code cell that has an error among its outputs or did not run."""
    cells = [cell for cell in content.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, start=1):
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if errors:
            lines = _ANSI.sub("", "\n".join(errors[0].traceback)).splitlines()
            raise CellError(number, errors[0].ename, [line for line in lines if line.strip()])
        if cell.execution_count is None and cell.source.strip():
            raise CellError(number, "", ["the kernel ended before this cell was complete"])


def scrub(content: Any) -> None:
    """Remove what differs between runs, machines and folders: times, tool metadata, paths."""
    content.metadata.pop("papermill", None)
    content.metadata.pop("widgets", None)
    content.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content.metadata["language_info"] = {"name": "python"}
    for cell in content.cells:
        for key in ("papermill", "execution", "collapsed", "scrolled"):
            cell.metadata.pop(key, None)
        if cell.metadata.get("tags") == []:
            del cell.metadata["tags"]
        if "injected-parameters" in cell.metadata.get("tags", ()):
            cell["id"] = "injected-parameters"
        if cell.cell_type == "code":
            cell["outputs"] = [_scrubbed(output) for output in cell.outputs]


def _scrubbed(output: Any) -> Any:
    """Return an output whose texts hold no path of this machine."""
    import nbformat

    text = json.dumps(output)
    return nbformat.from_dict(json.loads(without_paths(text)))


def without_paths(text: str) -> str:
    """Return `text` with the folders of this machine shortened: checkout, Python, home."""
    folders = [(project.root(), "."), (Path(sys.prefix), "python"), (Path(sys.base_prefix), "python")]
    folders += [(Path.home(), "~"), (Path.cwd(), ".")]
    for folder, short in sorted(folders, key=lambda pair: -len(str(pair[0]))):
        if str(folder) != os.sep:
            text = text.replace(str(folder), short)
    return text


def to_text(content: Any) -> str:
    """Return the notebook as the text of its file."""
    import nbformat

    return str(nbformat.writes(content)).rstrip("\n") + "\n"
