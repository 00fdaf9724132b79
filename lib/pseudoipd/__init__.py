"""Claims in, cohorts out: patient-level data that agree with every printed number of a trial."""

from pseudoipd.claims import Claim, Vocabulary, read_claims
from pseudoipd.engine import IncompleteError, reconstruct
from pseudoipd.ensemble import Ensemble

__all__ = ["Claim", "Ensemble", "IncompleteError", "Vocabulary", "read_claims", "reconstruct"]
