"""One notebook executed by papermill, judged, and cleaned of what differs from run to run."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from blina_base.errors import BlinaError
from nbreports.page import BINARY

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class CellError(BlinaError):
    """A cell did not complete.

    `cell` counts the notebook's own code cells from 1; `error` is the exception's class name, "" if the
    kernel ended without one; `lines` is the traceback without colours.
    """

    def __init__(self, cell: int, error: str, lines: list[str], *, timed_out: bool = False) -> None:
        super().__init__(" ".join((lines[-1] if lines else error).split()))
        self.cell = cell
        self.error = error
        self.lines = lines
        self.timed_out = timed_out


def execute(notebook: Path, parameters: Mapping[str, Any], root: Path, **engine: Any) -> Any:
    """Execute `notebook` through papermill in the current folder and return it, scrubbed.

    `root` is the collection's folder. `engine` goes to papermill's engine, which hands it to nbclient. Raises
    CellError unless every code cell completed.
    """
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    content = nbformat.read(notebook, as_version=4)
    clear(content)
    # Papermill executes a copy; where it raises, only the hook has let us see it.
    seen = [content]
    timed_out = False
    try:
        done = papermill.execute_notebook(
            content,
            None,
            parameters=dict(parameters),
            progress_bar=False,
            request_save_on_cell_execute=False,
            kernel_name="python3",
            language="python",
            record_timing=False,
            on_notebook_start=lambda notebook: seen.append(notebook),
            **engine,
        )
    except CellTimeoutError:
        timed_out, done = True, seen[-1]
    except (papermill.PapermillExecutionError, DeadKernelError):
        done = seen[-1]
    scrub(done, root)
    assert_complete(done, timed_out)
    return done


KERNEL: dict[str, Any] = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": platform.python_version(),
    },
}
"""What JupyterLab writes into each notebook that it opens; where it stands already, nothing is changed."""


def clear(content: Any) -> None:
    """Forget what an earlier run left in the notebook, so that a cell that does not run shows it."""
    for cell in content.cells:
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = []


def assert_complete(content: Any, timed_out: bool = False) -> None:
    """Raise CellError for the first code cell that raised or did not run to its end."""
    cells = [cell for cell in content.cells if cell.cell_type == "code" and not _injected(cell)]
    for number, cell in enumerate(cells, start=1):
        errors = [output for output in cell.outputs if output.output_type == "error"]
        if errors and not timed_out:
            lines = _ANSI.sub("", "\n".join(errors[0].traceback)).splitlines()
            raise CellError(number, errors[0].ename, [line for line in lines if line.strip()])
        if cell.execution_count is None and cell.source.strip():
            what = "the cell took too long" if timed_out else "the kernel ended before this cell was complete"
            raise CellError(number, "", [what], timed_out=timed_out)


def _injected(cell: Any) -> bool:
    return "injected-parameters" in cell.metadata.get("tags", ())


def scrub(content: Any, root: Path) -> None:
    """Remove what differs between runs, machines and folders: times, tool metadata, paths."""
    content.metadata.pop("papermill", None)
    content.metadata.pop("widgets", None)
    content.metadata.update(KERNEL)
    for cell in content.cells:
        for key in ("papermill", "execution", "collapsed", "scrolled"):
            cell.metadata.pop(key, None)
        if cell.metadata.get("tags") == []:
            del cell.metadata["tags"]
        if _injected(cell):
            cell["id"] = "injected-parameters"
        if cell.cell_type == "code":
            cell["outputs"] = [_scrubbed(output, root) for output in cell.outputs]


def _scrubbed(output: Any, root: Path) -> Any:
    """Return an output whose texts hold no path of this machine; the letters of a picture are no text."""
    import nbformat

    data = output.get("data", {})
    pictures = {form: data.pop(form) for form in BINARY if form in data}
    clean = nbformat.from_dict(json.loads(without_paths(json.dumps(output), root)))
    if pictures:
        clean["data"].update(pictures)
    return clean


def without_paths(text: str, root: Path) -> str:
    """Return `text` with the folders of this machine shortened: the collection's, Python, home."""
    folders = [(root, "."), (Path(sys.prefix), "python"), (Path(sys.base_prefix), "python")]
    folders += [(Path.cwd(), ".")]
    # A container may run as a user that has no home.
    with contextlib.suppress(RuntimeError):
        folders.append((Path.home(), "~"))
    for folder, short in sorted(folders, key=lambda pair: -len(str(pair[0]))):
        if str(folder) != os.sep:
            text = re.sub(re.escape(str(folder)) + r"(?![\w-])", short, text)
    return text


def to_text(content: Any) -> str:
    """Return the notebook as the text of its file."""
    import nbformat

    return str(nbformat.writes(content)).rstrip("\n") + "\n"
