"""T- and B-cell counts: a simulation from published kinetics, summaries, and what 36 patients can show."""

from blina.facts import cited
from blina.reports.t_cell_kinetics.numbers.calibration import read_calibration
from blina.reports.t_cell_kinetics.numbers.power import explored, power_sizes, power_table, ratio_at_power
from blina.reports.t_cell_kinetics.numbers.simulation import SEED, agreement, simulate_adlb
from blina.reports.t_cell_kinetics.numbers.summaries import (
    contrasts,
    counts_of,
    expansion_table,
    group_summary,
    results,
)

__all__ = [
    "SEED", "agreement", "cited", "contrasts", "counts_of", "expansion_table", "explored", "group_summary",
    "power_sizes", "power_table", "ratio_at_power", "read_calibration", "results", "simulate_adlb",
]  # fmt: skip
