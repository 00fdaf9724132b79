"""Which counts the report draws: the user's own where there are any, otherwise simulated ones."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from blina.adam import Tables
from blina.kinetics.adlb import EXPANSION_RATIO, simulate_adlb
from blina.kinetics.summaries import counts_table
from blina.response import with_long_term


@dataclass(frozen=True)
class Counts:
    """The tidy counts (`summaries.counts_table`), their kind (simulated or yours), both group sizes.

    `t_cells` says which T cells they are: the simulation is of CD8+ cells; `ratio` is its true contrast (NaN
    for the user's own counts).
    """

    table: pd.DataFrame
    kind: str
    sizes: tuple[int, int]
    t_cells: str = "T cells"
    ratio: float = float("nan")


def counts_of(tables: Tables, *, seed: int, expansion_ratio: float = EXPANSION_RATIO) -> Counts:
    """Return the counts for the patients of `tables`, grouped by overall survival of 30 months.

    The reference cohort's counts are always simulated, with these parameters; a folder of one's own is
    drawn as it is if its ADLB holds T-cell counts. Patients without overall survival are left out.
    """
    survival = tables.endpoint("OS")
    adsl = with_long_term(tables.adsl, survival.USUBJID, survival.time_months)
    adsl = adsl.loc[adsl["LTSFL"] != ""].reset_index(drop=True)
    sizes = (int((adsl["LTSFL"] == "Y").sum()), int((adsl["LTSFL"] == "N").sum()))
    own = None if tables.kind == "reconstructed" else tables.adlb
    if own is not None and (own["PARAMCD"] == "TCELL").any():
        return Counts(counts_table(own, adsl), tables.kind, sizes)
    observed = pd.DataFrame({"USUBJID": survival.USUBJID, "PARAMCD": "OS", "AVAL": survival.days})
    drawn = simulate_adlb(adsl, seed, adtte=observed, expansion_ratio=expansion_ratio)
    return Counts(counts_table(drawn, adsl), "simulated", sizes, "CD8+ T cells", expansion_ratio)
