"""Cell counts of ADLB: one unit, cells per microlitre."""

from __future__ import annotations

import pandas as pd

from blina.adam import units
from blina.adam.refusal import refuse

# The measurements that the kinetics report draws; others may have any unit.
CELLS = ("TCELL", "BCELL")


def check_counts(file: str, adlb: pd.DataFrame) -> None:
    """Check the rows of T and B cells: a day, a count that is not negative, a known unit. InputError."""
    here = adlb["PARAMCD"].isin(CELLS).to_numpy()
    refuse(file, "ADY", here & adlb["ADY"].isna().to_numpy(), None, "a study day; it is missing")
    refuse(file, "AVAL", here & (adlb["AVAL"] < 0).to_numpy(), adlb["AVAL"], "a count of 0 or more")
    if "AVALU" in adlb:
        unknown = adlb["AVALU"].map({u: units.cells_per_ul(u) is None for u in adlb["AVALU"].unique()})
        refuse(file, "AVALU", here & unknown.to_numpy(dtype=bool), adlb["AVALU"], "cells/uL or 10^9/L")


def in_cells_per_ul(adlb: pd.DataFrame) -> pd.DataFrame:
    """Return ADLB with T and B cell counts in cells/µL (checked before)."""
    if "AVALU" not in adlb:
        return adlb
    here = adlb["PARAMCD"].isin(CELLS)
    factor = adlb["AVALU"].map({u: units.cells_per_ul(u) for u in adlb["AVALU"].unique()}).where(here)
    return adlb.assign(
        AVAL=(adlb["AVAL"] * factor.astype(float)).where(here, adlb["AVAL"]),
        AVALU=adlb["AVALU"].where(~here, "cells/uL"),
    )
