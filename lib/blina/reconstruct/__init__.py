"""Cohorts from claims: structure, prior, sampling, feasibility."""

from blina.reconstruct.engine import IncompleteError, reconstruct

__all__ = ["IncompleteError", "reconstruct"]
