"""The reconstruction against trials whose patients are public: printed summary in, truth against ensemble."""

from blina.validation.accuracy import Accuracy, assess, errors, horizon
from blina.validation.cohorts import COHORTS, PURPOSES, SERIES, Cohort, chosen
from blina.validation.peers import PEERS, Points, printed_points
from blina.validation.summary import SUMMARY, printed_claims, printed_frame

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
