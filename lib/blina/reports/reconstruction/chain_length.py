"""Do chains of the usual length forget where they began: their cohorts against those of much longer ones.

The stored table, `data/cohort/chain_length.parquet`, is written by
`python -m blina_tools.cohort.chain_length`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blina.reports.reconstruction.numbers import quantities
from blina_base import project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pseudoipd.claims import Claim
    from pseudoipd.ensemble import Ensemble

FILE = "chain_length.parquet"
USUAL, LONGER = 1, 16
"""Lengths of the chains, of that with which pages draw."""


def values(drawn: Ensemble, claims: Sequence[Claim], length: int) -> pd.DataFrame:
    """Return columns length, draw, quantity (as `quantities` names it) and value; a row for each of them."""
    of_each = [
        pd.DataFrame({"length": length, "draw": drawn.draw, "quantity": one.name, "value": one.values})
        for one in quantities(drawn, claims)
    ]
    return pd.concat(of_each, ignore_index=True)


def stored() -> pd.DataFrame:
    """Return the stored values, columns as `values`."""
    return pd.read_parquet(project.reference_cohort() / FILE)


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per quantity: draws, mean and sd of both lengths, and how far the means lie apart.

    `off` and its standard error are in standard deviations of the longer chains' cohorts. Each cohort ends a
    chain of its own, so that the errors are those of independent values; infinite ones are left out.
    """
    finite = table[np.isfinite(table["value"])]
    found = finite.groupby(["quantity", "length"])["value"].agg(["size", "mean", "std"]).unstack()
    usual, longer = (found.xs(length, axis=1, level="length") for length in (USUAL, LONGER))
    error = np.sqrt(usual["std"] ** 2 / usual["size"] + longer["std"] ** 2 / longer["size"])
    both = usual.join(longer, rsuffix="_longer")
    off = (usual["mean"] - longer["mean"]) / longer["std"]
    return pd.DataFrame(both.assign(off=off, error=error / longer["std"]).reset_index())
