"""What a paper would print about a cohort: one short summary, at one decimal, as claims."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import MONTHS, REGISTRY
from pseudoipd.survival import endpoint_statistic

SUMMARY: Mapping[str, str] = {
    "n": "patients",
    "median": "median",
    "median_lower": "lower 95 % limit (log-log)",
    "median_upper": "upper 95 % limit (log-log)",
    "count_at_or_beyond": "still followed",
    "survival": "survival (%)",
    "followup_median": "median follow-up (reverse Kaplan-Meier)",
    "followup_min": "shortest time",
    "followup_max": "longest time",
    "plateau_from": "plateau from",
}
"""What is printed about each cohort, `survival` only on demand; nothing else is."""

ROUND_MONTHS = 3
MILESTONE_SHARE = 0.75
PLATEAU_SHARE = 0.75
PLATEAU_PATIENTS = 3

Days = NDArray[np.int64]
Died = NDArray[np.bool_]


def printed_claims(
    days: Days, died: Died, endpoint: str = "OS", *, with_survival: bool = False
) -> tuple[Claim, ...]:
    """Return the summary as claims: months at one decimal, NR for a median or limit that is not reached.

    `with_survival` adds S at the milestone in whole percent. Raises ValueError for no patients.
    """
    if not len(days):
        raise ValueError("there are no patients to summarise")
    at = milestone(days, died)
    left_out = {"survival"} if not with_survival else set()
    if not has_plateau(days, died):
        left_out.add("plateau_from")
    wanted = [name for name in SUMMARY if name not in left_out]
    return tuple(_claim(endpoint, name, days, died, at) for name in wanted)


def milestone(days: Days, died: Died) -> float:
    """Return the month at which the number still followed is printed.

    Twice the median, or three quarters of the longest time where that is less (or the median is not
    reached); in quarters of a year, or whole months below that.
    """
    longest = float(days.max()) / DAYS_PER_MONTH
    median = endpoint_statistic("median", days / DAYS_PER_MONTH, died)
    wanted = min(2 * median, MILESTONE_SHARE * longest)
    return float(max(1, ROUND_MONTHS * round(wanted / ROUND_MONTHS) or round(wanted)))


def has_plateau(days: Days, died: Died) -> bool:
    """Say whether a paper would call the end of the curve flat.

    The last event falls into the first three quarters of the longest time, and at least three patients are
    followed beyond it.
    """
    if not died.any():
        return False
    last = days[died].max()
    return bool(last <= PLATEAU_SHARE * days.max() and (days > last).sum() >= PLATEAU_PATIENTS)


def printed_frame(claims: Sequence[Claim]) -> pd.DataFrame:
    """Return one row per printed number: statistic, what it is in words, printed."""
    words = [
        SUMMARY[claim.statistic] + (f" at {claim.at:g} months" if claim.at is not None else "")
        for claim in claims
    ]
    return pd.DataFrame(
        {"statistic": [c.statistic for c in claims], "what": words, "printed": [c.printed for c in claims]}
    )


def _claim(endpoint: str, statistic: str, days: Days, died: Died, at: float) -> Claim:
    moment = at if REGISTRY[statistic].timed else None
    value = endpoint_statistic(statistic, days / DAYS_PER_MONTH, died, moment)
    whole = REGISTRY[statistic].unit != MONTHS
    return Claim(
        id=statistic,
        exhibit="summary",
        endpoint=endpoint,
        statistic=statistic,
        category="",
        population="all",
        at=moment,
        printed=f"{math.floor(value + 0.5 + 1e-9):d}" if whole else one_decimal(value),
        unit=REGISTRY[statistic].unit,
        source="public data set",
        quote="",
    )


def one_decimal(value: float) -> str:
    """Return months at one decimal, halves up as a paper rounds; NR for infinity."""
    return f"{math.floor(10 * value + 0.5 + 1e-9) / 10:.1f}" if math.isfinite(value) else "NR"
