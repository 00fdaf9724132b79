"""Claims in, cohorts out: patient-level data that agree with every printed number of a trial."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pseudoipd.claims import Claim, Vocabulary, read_claims
    from pseudoipd.engine import IncompleteError, reconstruct
    from pseudoipd.ensemble import Ensemble

__all__ = ["Claim", "Ensemble", "IncompleteError", "Vocabulary", "read_claims", "reconstruct"]

_PLACES = {"Ensemble": "ensemble", "IncompleteError": "engine", "reconstruct": "engine"}


def __getattr__(name: str) -> Any:
    """Import a name when it is asked for: who reads claims waits for no engine."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_PLACES.get(name, 'claims')}"), name)
