"""The process that imports everything once and forks a fresh process for each report.

Started as `python -m nbreports.process.fork_server FD COLLECTION [tools]`, FD being a Unix socket. For each
connection that comes in over it, a child renders the one report that the connection asks for. When the socket
closes, because its owner has ended in whatever way, every child and whatever it started is killed.

The standard library's `multiprocessing.forkserver` does not do: each child of it holds the pipe by which the
server knows its owner, so that server and children outlive an owner that is killed; and it forks no process
groups, takes neither hash seed nor thread limits of its own, and runs the owner's `__main__` in each child.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import pkgutil
import select
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from nbreports.collection import Collection, load

TOOLS = (
    "IPython",
    "nbreports.process.child",
    "nbreports.process.kernel",
    "nbreports.html.page",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "matplotlib_inline.backend_inline",
    "papermill",
)


def preload(collection: Collection, everything: bool, closed: Callable[[], bool]) -> None:
    """Import what every report needs and, for `everything`, what only some of the collection need.

    The latter pays from the second report on. What cannot be imported is left to the report that wants it.
    Ends the process if its owner has ended in the meantime, which `closed` says.
    """
    # What is imported stays: to look for garbage among it takes a tenth of the time.
    gc.disable()
    # jsonschema's check of internet addresses compiles a grammar for most of a second; notebooks have none.
    # Nobody steps through the cells of a page.
    for unneeded in ("rfc3987_syntax", "debugpy"):
        sys.modules.setdefault(unneeded, None)  # type: ignore[arg-type]
    for name in (*TOOLS, *(_modules(collection) if everything else ())):
        if closed():
            os._exit(0)
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    with contextlib.suppress(Exception):
        _make_page(collection)
    with contextlib.suppress(Exception):
        if everything:
            collection.rehearse()
    gc.collect()
    # What is there now is never looked through again, so that the children keep sharing its memory.
    gc.freeze()
    gc.enable()


def _modules(collection: Collection) -> Iterator[str]:
    """Yield the modules that the collection wants preloaded, `package.*` written out."""
    for entry in collection.preload:
        package = entry.removesuffix(".*")
        yield package
        if package != entry:
            path = importlib.import_module(package).__path__
            found = pkgutil.walk_packages(path, f"{package}.", onerror=lambda _: None)
            yield from (module.name for module in found if not module.name.endswith(".__main__"))


def _make_page(collection: Collection) -> None:
    """Make a small page and a table, which reads the schema, the templates and what colours code."""
    import nbformat

    from nbreports.html import office, page
    from nbreports.run.job import Job

    words = nbformat.v4.new_markdown_cell("# A\n\n**b** `c`\n\n- [d](e)")
    code = nbformat.v4.new_code_cell("from a import b\n\nc = b('d', 1)  # e")
    more = nbformat.v4.new_markdown_cell("## f")
    content = nbformat.v4.new_notebook(cells=[more, words, code])
    nbformat.validate(content)
    page.build(content, Job(collection.address, "a", ""), collection)
    office.written(office.read("<table><tr><td>a</td></tr></table>"))


def serve(control: socket.socket, folder: Path) -> None:
    """Fork a child for each connection until `control` closes; then kill what is left.

    Each child has a folder of its own below `folder`, which is removed with it.
    """
    children: set[int] = set()
    wake, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([control.fileno(), wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            _reap(children, folder)
        if control.fileno() in ready:
            message, handles, _, _ = socket.recv_fds(control, 1, 1)
            if not message:
                break
            children.add(_fork(control, handles[0], (wake, waker), folder))
            os.close(handles[0])
    for child in children:
        _kill_group(child)


def _fork(control: socket.socket, handle: int, pipe: tuple[int, int], folder: Path) -> int:
    """Return the pid of a child that renders what the connection `handle` asks for.

    The child leads a process group of its own, set from both sides so that neither can be early.
    """
    server = os.getpid()
    child = os.fork()
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    if child == 0:
        try:
            _let_go(control, pipe)
            from nbreports.process.child import main

            main(handle, server, folder / str(os.getpid()))
        finally:
            os._exit(1)
    return child


def _let_go(control: socket.socket, pipe: tuple[int, int]) -> None:
    """Give back, in a child, what is the server's."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    control.close()
    for end in pipe:
        os.close(end)


def _reap(children: set[int], folder: Path) -> None:
    """Take the exit status of each child that ended, and kill what it left behind in its group."""
    for child in list(children):
        # Left waitable until its group is dead: a pid that is free could be another's by then.
        ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is not None:
            _kill_group(child)
            os.waitpid(child, 0)
            children.discard(child)
            shutil.rmtree(folder / str(child), ignore_errors=True)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _private_folder() -> Path:
    """Return a new folder with a path short enough for Unix sockets below it."""
    short = None if len(tempfile.gettempdir()) < 60 else "/tmp"
    return Path(tempfile.mkdtemp(prefix="nbreports-", dir=short))


def main(handle: int, address: str, everything: bool) -> None:
    """Preload, then serve the owner at the other end of the socket `handle` until it closes."""
    # An interrupt of the terminal is for the owner, who closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    owner = socket.socket(fileno=handle)
    poll = select.poll()
    poll.register(handle, 0)
    preload(load(address), everything, lambda: bool(poll.poll(0)))
    private = _private_folder()
    try:
        serve(owner, private)
    finally:
        shutil.rmtree(private, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3:] != ["tools"])
