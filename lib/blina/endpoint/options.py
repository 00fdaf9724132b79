"""The choices behind a survival report, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from blina import formats


@dataclass(frozen=True, slots=True)
class Options:
    """How limits, follow-up, restricted mean and plateau are computed; each a parameter or an assumption."""

    conf_type: str = "log-log"
    conf_level: float = 0.95
    followup_method: str = "reverse-km"
    tau_months: float = 36.0
    plateau_rule: str = "last_event"

    @property
    def level(self) -> str:
        """The confidence level in words: `95%`."""
        return formats.level(self.conf_level)


def options(parameters: Mapping[str, Any], assumptions: Mapping[str, str]) -> Options:
    """Return the choices of a page: its assumptions, which its parameters have gone into, and its numbers."""
    default = Options()
    return Options(
        conf_type=assumptions["conf_type"],
        conf_level=float(parameters.get("conf_level", default.conf_level)),
        followup_method=assumptions["followup_method"],
        tau_months=float(parameters.get("tau_months", default.tau_months)),
        plateau_rule=assumptions["plateau_rule"],
    )
