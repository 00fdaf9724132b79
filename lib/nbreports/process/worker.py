"""Renders one job in a process of its own: the function that a pool or a cluster calls.

Each process that calls it starts one fork server, which has imported everything, when it first needs it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from multiprocessing.connection import Connection

from nbreports.run.job import Job, Kind, Result

ENVIRONMENT = {
    # Threads of the numerical libraries would compete with the other workers, and change last digits.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # A thread of its memory pool would be lost in every fork.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MPLBACKEND": "agg",
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
    "PYTHONHASHSEED": "0",
}
_ATTEMPTS = 2


class _ForkServer:
    """The fork server of this process; `close` ends it and all that it started."""

    def __init__(self, collection: str, everything: bool) -> None:
        ours, theirs = socket.socketpair()
        self.control = ours
        arguments = [str(theirs.fileno()), collection, *([] if everything else ["tools"])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nbreports.process.fork_server", *arguments],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ENVIRONMENT},
        )
        theirs.close()

    def connect(self) -> Connection:
        """Return a connection to a new child."""
        ours, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self.control, [b"."], [theirs.fileno()])
        return Connection(ours.detach())

    def close(self) -> None:
        self.control.close()
        self.process.wait()


_server: _ForkServer | None = None
_stopped = False
_lock = threading.Lock()


def start(collection: str, everything: bool) -> None:
    """Start this process's fork server, which takes seconds to import, before the first job needs it.

    `collection` is the import path of the collection; see `fork_server.preload` for `everything`.
    """
    global _stopped
    with _lock:
        _stopped = False
    _current(collection, everything)


def stop() -> None:
    """End the server with all kernels that run; jobs come back as died until it is started again."""
    global _server, _stopped
    with _lock:
        _stopped = True
        if _server is not None:
            _server.close()
            _server = None


def _current(collection: str, everything: bool = True) -> _ForkServer | None:
    """Return the fork server, a new one if there is none or if it has ended; None once it was stopped.

    One that has imported for another collection renders this one, too, only later.
    """
    global _server
    with _lock:
        if not _stopped and (_server is None or _server.process.poll() is not None):
            _server = _ForkServer(collection, everything)
        return _server


atexit.register(stop)


def render(job: Job) -> Result:
    """Render `job` and return its outcome with the bytes of its page; never raises for a bad notebook."""
    for _ in range(_ATTEMPTS):
        server = _current(job.collection)
        if server is None:
            break
        result = _attempt(job, server)
        if result is not None:
            return result
    return Result(Kind.DIED, "the worker process could not be started")


def _attempt(job: Job, server: _ForkServer) -> Result | None:
    """Return the outcome of the job; None if the child ended before it had read it."""
    try:
        connection = server.connect()
        connection.send(job)
        _, pid = connection.recv()
    except (OSError, EOFError):
        return None
    with connection:
        started = time.monotonic()
        return replace(_watched(job, connection, pid), seconds=time.monotonic() - started)


def _watched(job: Job, connection: Connection, pid: int) -> Result:
    """Follow a child to its result; kill its whole group at the limit."""
    deadline = None if job.timeout is None else time.monotonic() + job.timeout
    cell = None
    while connection.poll(None if deadline is None else max(0.0, deadline - time.monotonic())):
        try:
            event, content = connection.recv()
        except (OSError, EOFError):
            return Result(Kind.DIED, "the process that rendered it was killed", cell)
        if event == "result":
            return content  # type: ignore[no-any-return]
        cell = content
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    return Result(Kind.TIMED_OUT, f"the report took longer than {job.timeout:g} s", cell)
