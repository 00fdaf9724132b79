"""One line of the table of measurements."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """One measured thing: ours against a yardstick, in the same unit; smaller is better.

    `limit` is the largest ratio that the project allows itself, None where there is none.
    """

    what: str
    ours: float
    yardstick: float
    unit: str
    yardstick_is: str
    limit: float | None = None

    @property
    def ratio(self) -> float:
        """Return ours as a multiple of the yardstick."""
        return self.ours / self.yardstick if self.yardstick else float("nan")


def own_peak() -> float:
    """Return the peak memory of this process in MiB.

    Linux hands the high-water mark of getrusage on to a program that a large process starts; that of
    /proc begins anew with the program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(text for text in status.read_text().splitlines() if text.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)
