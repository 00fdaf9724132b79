"""T- and B-cell counts: a simulation from published kinetics, summaries, and what 36 patients can show."""

from blina.kinetics.adlb import EXPANSION_RATIO, SEED, simulate_adlb
from blina.kinetics.agreement import agreement
from blina.kinetics.calibration import Calibration, read_calibration
from blina.kinetics.power import RATIOS, detectable_ratio, power_table, ratio_at_power, t_power
from blina.kinetics.source import Counts, counts_of
from blina.kinetics.summaries import (
    LONG,
    SHORT,
    Contrast,
    average_fold,
    contrast,
    counts_table,
    expansion_table,
    group_summary,
)

__all__ = [
    "EXPANSION_RATIO",
    "LONG",
    "RATIOS",
    "SEED",
    "SHORT",
    "Calibration",
    "Contrast",
    "Counts",
    "agreement",
    "average_fold",
    "contrast",
    "counts_of",
    "counts_table",
    "detectable_ratio",
    "expansion_table",
    "group_summary",
    "power_table",
    "ratio_at_power",
    "read_calibration",
    "simulate_adlb",
    "t_power",
]
