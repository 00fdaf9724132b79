"""An interrupt that something swallows, as C code may while it is imported, is raised again at a look."""

import signal
import threading
from types import FrameType

_seen = threading.Event()


def keep() -> None:
    """Note interrupts from now on, beside raising them; where they are ignored or handled nothing changes."""
    _seen.clear()
    own = threading.current_thread() is threading.main_thread()
    if own and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _note)


def look() -> None:
    """Raise KeyboardInterrupt if one has been noted: whoever looks goes on as if there had been none."""
    if _seen.is_set():
        raise KeyboardInterrupt


def _note(_number: int, _frame: FrameType | None) -> None:
    _seen.set()
    raise KeyboardInterrupt
