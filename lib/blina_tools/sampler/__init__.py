"""Trials of the sampler: exact moments by rejection, and simulation-based calibration."""
