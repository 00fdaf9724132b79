"""The reconstruction where the truth is known: printed summary in, truth against ensemble; ranks."""

from blina.reports.validation.numbers.accuracy import measures, validation
from blina.reports.validation.numbers.held_out import left_out
from blina.reports.validation.numbers.sbc import ranks, sampler, uniformity
from blina.reports.validation.numbers.stored import every, priors, results, with_figures

__all__ = [
    "every",
    "left_out",
    "measures",
    "priors",
    "ranks",
    "results",
    "sampler",
    "uniformity",
    "validation",
    "with_figures",
]
