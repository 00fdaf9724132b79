"""Cohorts made by hand: a drawn one with a few days changed, each against something that pages once said.

`data/counterexamples` holds a cohort that was drawn with relapse-free survival censored at the last contact.
"""

from dataclasses import replace
from pathlib import Path

import pandas as pd

from blina.adam import read_tables

FOLDER = Path(__file__).parent / "data" / "counterexamples"
# Days of death that are changed, by patient.
DAY_29 = {"30": 348, "31": 250, "32": 236}
TWELVE = {"11": 366, "30": 366, "09": 374}
SIX = {
    "01": 237, "03": 188, "04": 228, "09": 356, "11": 369, "15": 387, "23": 217, "25": 253, "27": 249,
    "28": 221, "30": 390, "31": 208, "32": 241, "34": 386,
}  # fmt: skip


def tables(folder, moved, *, relapsed=None, first_day=False):
    """Write the cohort with other days of death, and return its tables.

    The deaths of `relapsed` (of everyone: None) at the second endpoint become relapses on the same day; with
    `first_day` every response is on day 29.
    """
    adsl = pd.read_csv(FOLDER / "adsl.csv", keep_default_na=False)
    adtte = pd.read_csv(FOLDER / "adtte.csv", keep_default_na=False)
    if first_day:
        adsl.loc[adsl["MRDRESP"] == "Y", "MRDRDY"] = "29"
    for patient, day in moved.items():
        mine = (adtte["USUBJID"] == f"RECON-{patient}") & (adtte["PARAMCD"] == "OS")
        adtte.loc[mine, "AVAL"] = day
    ids = adsl["USUBJID"] if relapsed is None else [f"RECON-{patient}" for patient in relapsed]
    second = (adtte["PARAMCD"] == "RFS") & (adtte["EVNTDESC"] == "Death") & adtte["USUBJID"].isin(ids)
    adtte.loc[second, "EVNTDESC"] = "Relapse"
    for name, table in (("adsl", adsl), ("adtte", adtte)):
        table.to_csv(folder / f"{name}.csv", index=False)
    # They are a reconstruction still, in which everybody is long-term survivor or not.
    return replace(read_tables(folder), kind="reconstructed")
