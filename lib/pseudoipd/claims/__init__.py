"""What was printed: claims, the words they are written in, and what a printed number means."""

from pseudoipd.claims.claims import Claim, read_claims, select
from pseudoipd.claims.intervals import Interval, decimals, printed_interval, printed_value
from pseudoipd.claims.vocabulary import Vocabulary

__all__ = [
    "Claim",
    "Interval",
    "Vocabulary",
    "decimals",
    "printed_interval",
    "printed_value",
    "read_claims",
    "select",
]
