"""Historical comparators: what other series print, and the cohort's one-sample log-rank test against each."""

from blina.reports.historical_controls.numbers.comparators import Comparator, comparators, forest_table, get
from blina.reports.historical_controls.numbers.comparison import (
    compare,
    compare_cohorts,
    over_ensemble,
    reference_curve,
    sensitivity,
    with_spans,
)
from blina.reports.historical_controls.numbers.one_sample import (
    OneSampleLogRank,
    Reference,
    one_sample_logrank,
    over_cohorts,
    poisson_limits,
    reference,
)

__all__ = [
    "Comparator",
    "OneSampleLogRank",
    "Reference",
    "comparators",
    "compare",
    "compare_cohorts",
    "forest_table",
    "get",
    "one_sample_logrank",
    "over_cohorts",
    "over_ensemble",
    "poisson_limits",
    "reference",
    "reference_curve",
    "sensitivity",
    "with_spans",
]
