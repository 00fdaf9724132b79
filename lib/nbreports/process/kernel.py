"""A kernel that is a fork of a process which has imported everything already.

jupyter_client's kernel provisioners are the place for other ways to start a kernel; this one hands
the connection file to a process that was forked beforehand and waits for it. Sockets are Unix
sockets in a private folder, so kernels that start at the same time cannot take each other's ports.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, NoReturn

from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner
from traitlets import default

from blina_base.processes import die_with_parent

NAME = "nbreports-forked"


class WaitingKernel:
    """A forked process that becomes a kernel once it is given its arguments; looks like a Popen."""

    stdin = stdout = stderr = None

    def __init__(self, in_child: Callable[[], None], namespace: Mapping[str, object]) -> None:
        """Fork; `in_child` runs first in the child, to let go of what is not the kernel's.

        What `namespace` names is there for the notebook's cells, by the memory that a fork shares.
        """
        arguments, self._pipe = os.pipe()
        self.returncode: int | None = None
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._pipe)
            die_with_parent(parent)
            in_child()
            _become_kernel(arguments, namespace)
        os.close(arguments)

    def start(self, arguments: list[str]) -> None:
        """Let the process become a kernel with these command line arguments."""
        os.write(self._pipe, json.dumps(arguments).encode())
        os.close(self._pipe)

    def poll(self) -> int | None:
        """Return the exit status, None while it runs, as Popen does: negative for a signal."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self) -> int:
        """Wait for the end and return the exit status."""
        while self.poll() is None:
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel; nothing happens if it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signum)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


def _become_kernel(pipe: int, namespace: Mapping[str, object]) -> NoReturn:
    """Read the arguments, run IPython's kernel to its end, and never return."""
    with os.fdopen(pipe) as file:
        text = file.read()
    if not text:
        os._exit(0)
    from ipykernel.kernelapp import IPKernelApp

    sys.argv = ["ipykernel", *json.loads(text)]
    app = IPKernelApp.instance()
    app.initialize(sys.argv[1:])
    app.shell.user_ns.update(namespace)
    app.start()
    os._exit(0)


class ForkProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Starts the kernel in the process that `waiting` holds, instead of a new one."""

    waiting: WaitingKernel | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Hand the waiting process its arguments; it keeps the group of its maker, so `pgid` is unset."""
        process = ForkProvisioner.waiting
        assert process is not None, "no kernel is waiting"
        process.start(cmd[1:])
        self.process, self.pid, self.pgid = process, process.pid, None
        return self.connection_info


class ForkKernelManager(AsyncKernelManager):  # type: ignore[misc]
    """A kernel manager whose kernel comes from ForkProvisioner, over Unix sockets."""

    @default("transport")  # type: ignore[untyped-decorator]
    def _transport_default(self) -> str:
        return "ipc"

    @property
    def kernel_spec(self) -> KernelSpec:
        """Return the one specification: no command, as the process is there already."""
        return KernelSpec(
            argv=["forked", "-f", "{connection_file}"],
            display_name="Python 3",
            language="python",
            metadata={"kernel_provisioner": {"provisioner_name": NAME}},
        )


def install(waiting: WaitingKernel, folder: Path) -> type[ForkKernelManager]:
    """Make ForkProvisioner known to jupyter_client and return the manager class to hand to nbclient.

    `folder` is private to this kernel and has a short path (a Unix socket's holds 107 bytes).
    """
    ForkProvisioner.waiting = waiting
    factory = KernelProvisionerFactory.instance()
    group = KernelProvisionerFactory.GROUP_NAME
    factory.provisioners[NAME] = EntryPoint(NAME, "nbreports.process.kernel:ForkProvisioner", group)

    class Manager(ForkKernelManager):
        @default("connection_file")  # type: ignore[untyped-decorator]
        def _connection_file_default(self) -> str:
            return str(folder / "kernel.json")

    return Manager
