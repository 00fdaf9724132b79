"""The process that imports everything once and forks a fresh process for each report.

Started as `python -m nbreports.process.fork_server FD`, FD being a Unix socket. For each connection that
comes in over it, a child renders the one report that the connection asks for. When the socket closes, because
its owner has ended in whatever way, every child and whatever it started is killed.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import pkgutil
import select
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

import blina
import pseudoipd

TOOLS = (
    "IPython",
    "nbreports.process.child",
    "nbreports.process.kernel",
    "nbreports.html.page",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "matplotlib_inline.backend_inline",
    "papermill",
)
LIBRARIES = (
    "lifelines",
    "lifelines.datasets",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "scipy.optimize",
    "scipy.stats",
    "seaborn",
    "statsmodels.duration.survfunc",
)
NOT_PRELOADED = ("blina_tools.bench", "blina.cli", "blina_tools.locking", "nbreports.refresh")


def preload(control: socket.socket) -> None:
    """Import what every report needs and, unless `BLINA_PRELOAD` is `tools`, what only some need.

    The latter pays from the second report on. What cannot be imported is left to the report that wants it.
    Ends the process if its owner has ended in the meantime.
    """
    # jsonschema's check of internet addresses compiles a grammar for most of a second; notebooks have none.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    everything = os.environ.get("BLINA_PRELOAD") != "tools"
    for name in (*TOOLS, *(_libraries() if everything else ())):
        if _closed(control):
            os._exit(0)
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    for rehearse in (_page, _draw) if everything else (_page,):
        with contextlib.suppress(Exception):
            rehearse()
    gc.collect()
    gc.freeze()


def _closed(control: socket.socket) -> bool:
    """Say whether the other end of the socket is gone."""
    poll = select.poll()
    poll.register(control.fileno(), 0)
    return bool(poll.poll(0))


def _libraries() -> list[str]:
    packages = (blina, pseudoipd)
    modules = (m.name for one in packages for m in pkgutil.walk_packages(one.__path__, f"{one.__name__}."))
    return [*LIBRARIES, *(name for name in modules if not _left_out(name))]


def _page() -> None:
    """Make a small page, which compiles the schema, the template and what colours code."""
    import nbformat

    from nbreports.html import page
    from nbreports.run.job import Job

    words = nbformat.v4.new_markdown_cell("# A\n\n**b** `c`\n\n- [d](e)")
    code = nbformat.v4.new_code_cell("from a import b\n\nc = b('d', 1)  # e")
    more = nbformat.v4.new_markdown_cell("## f")
    content = nbformat.v4.new_notebook(cells=[more, words, code])
    nbformat.validate(content)
    page.build(content, Job("a", "b", ""))


def _draw() -> None:
    """Draw once, which reads the fonts."""
    from blina.figures import style

    figure, axes = style.new_figure()
    style.label_axes(axes, "x", "y", "0123456789")
    for form in ("svg", "png"):
        figure.savefig(io.BytesIO(), format=form)


def _left_out(name: str) -> bool:
    return name.startswith(NOT_PRELOADED) or name.endswith("__main__") or name == __name__


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
    zygote = os.getpid()
    child = os.fork()
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    if child == 0:
        try:
            _let_go(control, pipe)
            from nbreports.process.child import main

            main(handle, zygote, folder / str(os.getpid()))
        finally:
            os._exit(1)
    return child


def _let_go(control: socket.socket, pipe: tuple[int, int]) -> None:
    """Give back, in a child, what is the zygote's."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    control.close()
    for end in pipe:
        os.close(end)


def _reap(children: set[int], folder: Path) -> None:
    """Take the exit status of each child that ended, and kill what it left behind in its group."""
    for child in list(children):
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
    return Path(tempfile.mkdtemp(prefix="blina-", dir=short))


if __name__ == "__main__":
    # An interrupt of the terminal is for the owner, who closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    owner = socket.socket(fileno=int(sys.argv[1]))
    preload(owner)
    private = _private_folder()
    try:
        serve(owner, private)
    finally:
        shutil.rmtree(private, ignore_errors=True)
