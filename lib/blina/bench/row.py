"""One line of the table of measurements."""

from __future__ import annotations

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
