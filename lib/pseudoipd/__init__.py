"""Cohorts from claims: structure, prior, sampling, feasibility."""

from pseudoipd.engine import IncompleteError, reconstruct

__all__ = ["IncompleteError", "reconstruct"]
