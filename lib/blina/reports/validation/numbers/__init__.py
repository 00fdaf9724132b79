"""The reconstruction against trials whose patients are public: printed summary in, truth against ensemble."""

from blina.reports.validation.numbers.accuracy import Accuracy, assess, errors, horizon
from blina.reports.validation.numbers.cohorts import COHORTS, PURPOSES, SERIES, Cohort, chosen
from blina.reports.validation.numbers.peers import PEERS, Points, printed_points
from blina.reports.validation.numbers.summary import SUMMARY, printed_claims, printed_frame

__all__ = [
    "COHORTS",
    "PEERS",
    "PURPOSES",
    "SERIES",
    "SUMMARY",
    "Accuracy",
    "Cohort",
    "Points",
    "assess",
    "chosen",
    "errors",
    "horizon",
    "printed_claims",
    "printed_frame",
    "printed_points",
]
