"""The reconstruction against trials whose patients are public: printed summary in, truth against ensemble."""

from blina.reports.validation.numbers.accuracy import every_series, left_out, measures, results, validation

__all__ = ["every_series", "left_out", "measures", "results", "validation"]
