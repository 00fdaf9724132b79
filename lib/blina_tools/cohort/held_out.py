"""Leave one printed number out, reconstruct from the rest, and see where it falls.

A cohort agrees with a number that it was made to meet, which is no evidence. Here each printed number on
survival is left out in turn, with every other printing of the same quantity; cohorts are drawn from what
remains, and the printed number is compared with what these predict. Counts are not left out: the table
and the text print most of them twice.

`python -m blina_tools.cohort.held_out` writes the result to `data/cohort/held_out.csv`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blina import ensemble, facts
from blina.endpoint.bands import span
from blina.facts import read_claims
from blina.vocabulary import DAYS_PER_MONTH, TIME_STATISTICS
from blina_base import project
from pseudoipd.survival import endpoint_statistic
from pseudoipd.transitions import mantel_byar_of_draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

DRAWS, SEED = 400, 7
COLUMNS = (
    "claim", "endpoint", "statistic", "printed", "unit", "draws", "lower", "median", "upper", "below",
    "inside", "predicted",
)  # fmt: skip
_COUNTS = frozenset({"n", "events", "count_at_or_beyond"})


def questions(claims: Sequence[Claim]) -> dict[str, tuple[Claim, ...]]:
    """Return the quantities that can be left out: id of the finest printing → all of its printings."""
    found: dict[tuple[str, str, str, float | None], list[Claim]] = {}
    for claim in claims:
        if claim.statistic in TIME_STATISTICS and claim.statistic not in _COUNTS:
            found.setdefault((claim.endpoint, claim.statistic, claim.population, claim.at), []).append(claim)
    return {min(same, key=_width).id: tuple(same) for same in found.values()}


def leave_one_out(
    claims: Sequence[Claim], assumptions: Mapping[str, str], draws: int = DRAWS, seed: int = SEED
) -> pd.DataFrame:
    """Return, for each quantity of `questions`, what the cohorts drawn without it predict for it.

    `lower`, `median`, `upper` are the 95 % band and the middle of the predictions, in the claim's unit;
    `below` is the share of predictions below the printed number, those that would be printed alike
    counting half, and `inside` the share of these; `predicted` (Y or N) says whether the printed number
    lies in the band.
    """
    rows = []
    for name, same in questions(claims).items():
        rest = tuple(claim for claim in claims if claim not in same)
        claim = next(one for one in same if one.id == name)
        cohorts = ensemble.load(rest, assumptions, draws, seed)
        rows.append(_row(claim, predictions(claim, cohorts, assumptions)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def predictions(claim: Claim, cohorts: Ensemble, assumptions: Mapping[str, str]) -> NDArray[np.float64]:
    """Return the claim's quantity in each cohort: months, % or probability."""
    days, died = cohorts.time[claim.endpoint], cohorts.event[claim.endpoint]
    if claim.statistic == "mantel_byar_p":
        response = cohorts.columns["MRDRDY"].astype(float)
        response[response < 0] = np.inf
        return mantel_byar_of_draws(days, died, response, tie=assumptions["mantel_byar_tie"])["p"]
    return np.array([_statistic(claim, d, e, assumptions) for d, e in zip(days, died, strict=True)])


def _width(claim: Claim) -> float:
    return claim.interval.upper - claim.interval.lower


def _statistic(claim: Claim, days: NDArray[Any], died: NDArray[Any], assumptions: Mapping[str, str]) -> float:
    there = days >= 0
    return endpoint_statistic(
        claim.statistic,
        days[there] / DAYS_PER_MONTH,
        died[there],
        claim.at,
        conf_type=assumptions["conf_type"],
        followup_method=assumptions["followup_method"],
    )


def _row(claim: Claim, values: NDArray[np.float64]) -> tuple[object, ...]:
    interval = claim.interval
    lower, median, upper = (span(values)[name] for name in ("lower", "middle", "upper"))
    inside = float(np.mean([interval.contains(value) for value in values]))
    below = float(np.mean(values < interval.lower)) + inside / 2
    overlaps = interval.ends_after(lower) and interval.lower <= upper
    about = (claim.id, claim.endpoint, claim.statistic, claim.printed, claim.unit, len(values))
    return (*about, lower, median, upper, below, inside, "Y" if overlaps else "N")


if __name__ == "__main__":
    table = leave_one_out(read_claims(), facts.assumptions())
    path = project.reference_cohort() / "held_out.csv"
    table.to_csv(path, index=False, lineterminator="\n", float_format="%.10g")
