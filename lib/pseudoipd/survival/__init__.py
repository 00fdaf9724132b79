"""Kaplan-Meier table, quantiles and their limits, follow-up, RMST, comparison of arms.

numpy arrays in, any unit of time, frozen dataclasses out. Checked against R's survival package where
the Python libraries differ from it (quantiles, limits, RMST variance).

Arrays are [patients] unless said otherwise. Each statistic gives formula, reference and an example that
is run as a test: worked by hand, or what the R line above it returns (R 4.2.2, survival 3.5-3).
"""

from pseudoipd.survival.competing import cumulative_incidence
from pseudoipd.survival.followup import FOLLOWUP_METHODS, median_followup, reverse_kaplan_meier, rmst
from pseudoipd.survival.kaplan_meier import (
    KaplanMeier,
    at_risk,
    estimable,
    given,
    kaplan_meier,
    last_event,
    reached,
    snap_ties,
    survival_at,
)
from pseudoipd.survival.limits import CONF_TYPES, limits, quantile, quantile_limits, survival_with_limits
from pseudoipd.survival.statistics import ENDPOINT_STATISTICS, endpoint_statistic

__all__ = [
    "CONF_TYPES",
    "ENDPOINT_STATISTICS",
    "FOLLOWUP_METHODS",
    "KaplanMeier",
    "at_risk",
    "cumulative_incidence",
    "endpoint_statistic",
    "estimable",
    "given",
    "kaplan_meier",
    "last_event",
    "limits",
    "median_followup",
    "quantile",
    "quantile_limits",
    "reached",
    "reverse_kaplan_meier",
    "rmst",
    "snap_ties",
    "survival_at",
    "survival_with_limits",
]
