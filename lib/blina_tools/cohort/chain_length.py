"""Draw cohorts by chains of the usual length and by much longer ones, and note what report 09 asks of each.

`python -m blina_tools.cohort.chain_length` writes `data/cohort/chain_length.parquet`, at the default
assumptions; it takes half an hour of one core.
"""

from __future__ import annotations

import os

import pandas as pd

from blina import ensemble, vocabulary
from blina.facts import assumptions, read_claims
from blina.reports.reconstruction.chain_length import FILE, LONGER, USUAL, values
from blina_base import project
from blina_tools.cohort.reference import SEED
from pseudoipd.engine import reconstruct

DRAWS = {USUAL: 2400, LONGER: 800}
"""Cohorts of each length; the first of the usual length are those of the pages."""


def drawn(length: int, draws: int) -> pd.DataFrame:
    """Return as `values` what the first cohorts of a length show."""
    claims, chosen = read_claims(), assumptions()
    moves = None if length == USUAL else length * ensemble.problem(claims, chosen).effort().moves
    # Another seed: random numbers of their own.
    seed = SEED if length == USUAL else SEED + 1
    cohorts = reconstruct(
        claims, draws, seed, chosen, vocabulary.VOCABULARY, jobs=os.cpu_count() or 1, moves=moves
    )
    return values(cohorts, claims, length)


def main() -> None:
    """Write the table."""
    table = pd.concat([drawn(length, draws) for length, draws in DRAWS.items()], ignore_index=True)
    small = table.astype({"length": "int8", "draw": "int16"})
    small.to_parquet(project.reference_cohort() / FILE, index=False, compression="zstd")


if __name__ == "__main__":
    main()
