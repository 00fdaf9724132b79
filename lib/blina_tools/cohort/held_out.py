"""Leave one printed number out, reconstruct from the rest, and see where it falls.

A cohort agrees with a number that it was made to meet, which is no evidence. Here each printed number on
survival is left out in turn, with every other printing of the same quantity; cohorts are drawn from what
remains, and the printed number is compared with what these predict.

`python -m blina_tools.cohort.held_out` writes the result to `data/cohort/held_out.csv`, and some of the
cohorts of each to `data/cohort/left_out.parquet`, for report 09.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blina import ensemble, facts
from blina.endpoint.bands import span
from blina.facts import read_claims
from blina.vocabulary import DAYS_PER_MONTH, VOCABULARY
from blina_base import project
from pseudoipd import cache, output
from pseudoipd.survival import endpoint_statistic
from pseudoipd.transitions import mantel_byar_of_draws

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

DRAWS, SEED = 400, ensemble.LEFT_OUT_SEED
COLUMNS = (
    "claim", "endpoint", "statistic", "printed", "unit", "draws", "lower", "median", "upper", "below",
    "inside", "predicted",
)  # fmt: skip


def leave_one_out(
    claims: Sequence[Claim], assumptions: Mapping[str, str], draws: int = DRAWS, seed: int = SEED
) -> pd.DataFrame:
    """Return, for each quantity of `ensemble.printings`, what the cohorts drawn without it predict for it.

    `lower`, `median`, `upper` are the 95 % band and the middle of the predictions, in the claim's unit;
    `below` is the share of predictions below the printed number, those that would be printed alike
    counting half, and `inside` the share of these; `predicted` (Y or N) says whether the printed number
    lies in the band.
    """
    rows = []
    for same in ensemble.printings(claims):
        cohorts = ensemble.load(ensemble.others(claims, same), assumptions, draws, seed)
        rows.append(_row(same[0], predictions(same[0], cohorts, assumptions)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write_left_out(claims: Sequence[Claim], assumptions: Mapping[str, str], path: Path) -> None:
    """Write into one file some cohorts that `leave_one_out` draws, without one quantity after another."""
    parts: list[Ensemble] = []
    asked = []
    for same in ensemble.printings(claims):
        rest, most = ensemble.others(claims, same), ensemble.LEFT_OUT_DRAWS
        drawn = ensemble.load(rest, assumptions, most, SEED)
        parts.append(replace(drawn, draw=len(parts) * most + drawn.draw))
        asked.append(cache.asked(rest, assumptions, SEED, None, VOCABULARY))
    output.write(parts, path, {ensemble.ASKED: " ".join(asked)})


def predictions(claim: Claim, cohorts: Ensemble, assumptions: Mapping[str, str]) -> NDArray[np.float64]:
    """Return the claim's quantity in each cohort: months, % or probability."""
    days, died = cohorts.time[claim.endpoint], cohorts.event[claim.endpoint]
    if claim.statistic == "mantel_byar_p":
        response = cohorts.columns["MRDRDY"].astype(float)
        response[response < 0] = np.inf
        return mantel_byar_of_draws(days, died, response, tie=assumptions["mantel_byar_tie"])["p"]
    return np.array([_statistic(claim, d, e, assumptions) for d, e in zip(days, died, strict=True)])


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
    cohort = project.reference_cohort()
    table.to_csv(cohort / "held_out.csv", index=False, lineterminator="\n", float_format="%.10g")
    write_left_out(read_claims(), facts.assumptions(), cohort / ensemble.LEFT_OUT)
