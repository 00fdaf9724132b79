"""What the sources print: claims, sources, exhibits, assumptions, and what a printed number means."""

from pseudoipd.claims.claims import Claim, claims_frame, read_claims, select
from pseudoipd.claims.intervals import Interval, decimals, printed_interval, printed_value

__all__ = [
    "Claim",
    "Interval",
    "claims_frame",
    "decimals",
    "printed_interval",
    "printed_value",
    "read_claims",
    "select",
]
