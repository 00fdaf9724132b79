"""The choices behind a survival report, as one value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PCT = "\u00a0%"
"""The percent sign after a number, which it must not leave at the end of a line."""


@dataclass(frozen=True, slots=True)
class Options:
    """How limits, follow-up, restricted mean and plateau are computed; each a parameter or an assumption."""

    conf_type: str = "log-log"
    conf_level: float = 0.95
    followup_method: str = "reverse-km"
    tau_months: float = 36.0
    plateau_rule: str = "last_event"

    @property
    def percent(self) -> str:
        """The confidence level in words: `95 %`."""
        return f"{100 * self.conf_level:g}{PCT}"


def options(parameters: Mapping[str, Any], assumptions: Mapping[str, str]) -> Options:
    """Return the choices: a report's parameter where it has one, else the assumption, else the default."""
    default = Options()
    return Options(
        conf_type=str(parameters.get("conf_type", assumptions.get("conf_type", default.conf_type))),
        conf_level=float(parameters.get("conf_level", default.conf_level)),
        followup_method=str(
            parameters.get("followup_method", assumptions.get("followup_method", default.followup_method))
        ),
        tau_months=float(parameters.get("tau_months", default.tau_months)),
        plateau_rule=str(
            parameters.get("plateau_rule", assumptions.get("plateau_rule", default.plateau_rule))
        ),
    )
