"""The process that renders one report: it executes the notebook, makes the page, and sends back bytes."""

from __future__ import annotations

import contextlib
import os
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from blina_base.errors import BlinaError, ContradictionError, InputError
from blina_base.processes import die_with_parent
from nbreports.collection import Collection, load
from nbreports.page import HANDED, Page, Setting
from nbreports.plan.parameters import DATA_DIR, ParameterError
from nbreports.run.job import Job, Kind, Result

REFUSED = {
    InputError.__name__: Kind.DATA_REFUSED,
    ContradictionError.__name__: Kind.DATA_REFUSED,
    ParameterError.__name__: Kind.PARAMETERS_REFUSED,
}


def main(handle: int, server: int, folder: Path) -> NoReturn:
    """Read a Job from the connection, send events and the Result, end the process."""
    connection = Connection(handle)
    try:
        die_with_parent(server)
        job: Job = connection.recv()
        connection.send(("started", os.getpid()))
        connection.send(("result", _render(job, folder, connection)))
    except BaseException as error:
        lines = tuple(traceback.format_exc().splitlines()[-6:])
        with contextlib.suppress(OSError):
            connection.send(("result", Result(Kind.FAILED, f"{type(error).__name__}: {error}", lines=lines)))
    finally:
        os._exit(0)


def _render(job: Job, folder: Path, connection: Connection) -> Result:
    """Render in `folder`, which is this process's own; whoever started it removes it."""
    folder.mkdir()
    try:
        collection: Collection = load(job.collection)
        setting = Setting(folder / f"{job.report}.ipynb", job.places, job.export)
        page: Page = load(collection.page)(collection, job.report, job.parameters, setting)
        # What the page reads for this, the kernel need not read again: it is forked with the page.
        missing = page.missing(job.needs) if job.needs and DATA_DIR in job.parameters else []
        if missing:
            return Result(Kind.NOT_APPLICABLE, f"needs {', '.join(missing)}")
        return _executed(job, page, folder, connection)
    except BlinaError as error:
        return refused(type(error).__name__, str(error))


def refused(name: str, message: str, cell: int | None = None, lines: tuple[str, ...] = ()) -> Result:
    """Return the result for an error: refused if it is one that the user can act on, failed otherwise."""
    code = ContradictionError.exit_code if name == ContradictionError.__name__ else 0
    return Result(REFUSED.get(name, Kind.FAILED), message, cell, lines, exit_code=code)


def _executed(job: Job, page: Page, folder: Path, connection: Connection) -> Result:
    """Execute the notebook in a kernel forked from this process, and make the page from it."""
    from nbreports.html.page import build
    from nbreports.process import kernel, notebook

    source = folder / f"{job.report}.ipynb"
    source.write_text(job.text, encoding="utf-8")
    # Nothing of the user's IPython profile takes part.
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    os.chdir(job.cwd)
    waiting = kernel.WaitingKernel(connection.close, {HANDED: page})
    counter = _Counter(connection)
    options: dict[str, Any] = {
        "kernel_manager_class": kernel.install(waiting, folder),
        "shutdown_kernel": "immediate",
        "execution_timeout": job.cell_timeout,
        "on_cell_start": counter,
    }
    try:
        done = notebook.execute(source, job.given, page.collection.root, **options)
    except notebook.CellError as error:
        return _failed(error, counter.cell)
    finally:
        waiting.kill()
    if not job.export:
        return Result(Kind.DONE, files={"notebook.ipynb": notebook.to_text(done).encode("utf-8")})
    files, about = build(done, job, page.collection)
    return Result(Kind.DONE, files=files, about=about)


class _Counter:
    """Tells the watching process which of the notebook's own code cells is starting."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.cell = 0

    def __call__(self, cell: Any, cell_index: int) -> None:
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", ()):
            self.cell += 1
            self.connection.send(("cell", self.cell))


def _failed(error: Any, running: int) -> Result:
    """Return the outcome of a notebook that did not complete; `running` is the cell that started last."""
    if error.timed_out:
        return Result(Kind.TIMED_OUT, str(error), running)
    if not error.error:
        return Result(Kind.DIED, str(error), running)
    message = error.lines[-1] if error.lines else error.error
    message = message.removeprefix(f"{error.error}: ") if error.error in REFUSED else str(error)
    return refused(error.error, message, error.cell, tuple(error.lines[-12:]))
