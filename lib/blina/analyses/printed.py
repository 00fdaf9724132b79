"""The printed numbers that belong beside an endpoint, and whether ours agrees with them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from blina.published import Claim, select
from blina.survival import ENDPOINT_STATISTICS

MARK_COLUMNS = ["statistic", "value", "lower", "upper", "printed"]


def endpoint_claims(claims: Iterable[Claim], role: str) -> tuple[Claim, ...]:
    """Return the numeric claims about everyone who has the endpoint."""
    about = select(claims, endpoint=role, population="all")
    return tuple(claim for claim in about if claim.statistic in ENDPOINT_STATISTICS)


def comparable(claims: Iterable[Claim], conf_level: float) -> tuple[Claim, ...]:
    """Return the claims that may stand beside statistics of this level: printed limits are 95 % limits."""
    limits = ("median_lower", "median_upper")
    return tuple(claim for claim in claims if conf_level == 0.95 or claim.statistic not in limits)


def marks(claims: Iterable[Claim]) -> pd.DataFrame:
    """Return what is marked on a curve: per statistic the claim that is printed most precisely."""
    rows = [_mark(claim) for claim in claims if claim.statistic != "survival"]
    frame = pd.DataFrame(rows, columns=MARK_COLUMNS)
    frame = frame.assign(width=frame["upper"] - frame["lower"]).sort_values("width", kind="stable")
    return frame.drop_duplicates("statistic")[MARK_COLUMNS].reset_index(drop=True)


def _mark(claim: Claim) -> dict[str, object]:
    interval = claim.interval
    return {
        "statistic": claim.statistic,
        "value": claim.value,
        "lower": interval.lower,
        "upper": interval.upper,
        "printed": claim.printed,
    }
