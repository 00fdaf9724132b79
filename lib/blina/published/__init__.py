"""What the sources print: claims, sources, exhibits, assumptions, and what a printed number means."""

from blina.published.claims import Claim, claims_frame, read_claims, select
from blina.published.facts import (
    Assumption,
    Exhibit,
    Source,
    assumptions,
    cited,
    comparators,
    criteria,
    dosing,
    kinetics,
    read_assumptions,
    read_exhibits,
    read_sources,
)
from blina.published.intervals import Interval, decimals, printed_interval, printed_value

__all__ = [
    "Assumption",
    "Claim",
    "Exhibit",
    "Interval",
    "Source",
    "assumptions",
    "cited",
    "claims_frame",
    "comparators",
    "criteria",
    "decimals",
    "dosing",
    "kinetics",
    "printed_interval",
    "printed_value",
    "read_assumptions",
    "read_claims",
    "read_exhibits",
    "read_sources",
    "select",
]
