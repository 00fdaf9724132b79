"""T- and B-cell counts: a simulation from published kinetics, summaries, and what 36 patients can show."""

from blina.reports.t_cell_kinetics.numbers.adlb import EXPANSION_RATIO, SEED, simulate_adlb
from blina.reports.t_cell_kinetics.numbers.agreement import agreement
from blina.reports.t_cell_kinetics.numbers.calibration import Calibration, read_calibration
from blina.reports.t_cell_kinetics.numbers.power import (
    RATIOS,
    detectable_ratio,
    power_table,
    ratio_at_power,
    t_power,
)
from blina.reports.t_cell_kinetics.numbers.summaries import (
    LONG,
    SHORT,
    Contrast,
    Counts,
    average_fold,
    contrast,
    counts_of,
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
