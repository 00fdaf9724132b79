"""A proof on survival at a time: its limits do not lie around it as limits of their kind do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pseudoipd.claims import Claim

SCALES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "plain": lambda s: s, "log": np.log, "log-log": lambda s: np.log(-np.log(s)),
}  # fmt: skip
"""The scale on which limits of each kind lie at the same distance from S."""
SLACK = 1e-9


def conflict(claims: Sequence[Claim], conf_type: str) -> tuple[Claim, ...]:
    """Return survival and its two limits at one time that cannot be limits of this kind; empty if all can.

    A limit of 0 or 100% may have been cut off there, and proves nothing.
    """
    groups: dict[tuple[object, ...], dict[str, Claim]] = {}
    for claim in claims:
        if claim.statistic.startswith("survival"):
            own = groups.setdefault((claim.endpoint, claim.population, claim.at), {})
            own.setdefault(claim.statistic, claim)
    for own in groups.values():
        low, s, high = (own.get(f"survival{side}") for side in ("_lower", "", "_upper"))
        if low and s and high and low.conf_level == high.conf_level and not _around(low, s, high, conf_type):
            return low, s, high
    return ()


def _around(low: Claim, s: Claim, high: Claim, conf_type: str) -> bool:
    """Say whether S as printed can be midway between its printed limits, on the scale of their kind."""
    ends = np.array([(one.interval.lower, one.interval.upper) for one in (low, s, high)]) / 100
    if ends.min() <= 0 or ends.max() >= 1:
        return True
    below, at, above = SCALES[conf_type](ends)
    middle, twice = sorted(below + above), sorted(2 * at)
    return bool(middle[0] <= twice[1] + SLACK and twice[0] <= middle[1] + SLACK)
