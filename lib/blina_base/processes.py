"""Processes that outlive neither the one that started them nor an interrupt."""

import ctypes
import os
import signal
import sys
import threading

interrupted = threading.Event()
"""Set by an interrupt: what it raises may be swallowed, as by C code that is being imported."""


def die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when its parent ends; elsewhere the parent's watch must do."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
