"""Cell counts of ADLB: one unit, cells per microlitre, and one count of a patient at a time."""

from __future__ import annotations

import pandas as pd

from blina.adam import units
from blina.adam.refusal import refuse
from blina.adam.warnings import at_rows

# The measurements that the kinetics report draws; others may have any unit.
CELLS = ("TCELL", "BCELL")
# What tells two counts of one patient on one day apart.
_TIME = ("USUBJID", "PARAMCD", "ADY", "ARELTM", "VISIT", "AVISIT", "ATPT")


def in_cells_per_ul(file: str, adlb: pd.DataFrame, asked: str = "") -> pd.DataFrame:
    """Return ADLB with T and B cell counts in cells/µL: a day, a count that is not negative, a known unit.

    The unit is AVALU's, else the one in the words of PARAM, else the one `asked` for; it is never guessed.
    InputError where a row of these cells has none, or one that is no count per volume.
    """
    here = adlb["PARAMCD"].isin(CELLS)
    refuse(file, "ADY", here & adlb["ADY"].isna(), adlb, "a study day; it is missing", show=False)
    refuse(file, "AVAL", here & (adlb["AVAL"] < 0), adlb, "a count of 0 or more")
    unit = _units(file, adlb).where(lambda u: u != "", asked)
    expected = (
        "the unit of the counts, per volume, in AVALU; or `count_unit: cells/uL` (10^9/L …) in columns.yaml"
    )
    refuse(file, "AVALU", here & (unit == ""), adlb, expected, show=False)
    per_ul = unit.map({u: units.cells_per_ul(u) for u in unit.unique()}).astype(float)
    refuse(file, "AVALU", here & per_ul.isna(), unit, "cells/uL, 10^9/L or another count per volume")
    return adlb.assign(
        AVAL=(adlb["AVAL"] * per_ul).where(here, adlb["AVAL"]),
        AVALU=unit.where(~here, "cells/uL"),
    )


def _units(file: str, adlb: pd.DataFrame) -> pd.Series:
    """Return the unit that each record states, "" where it states none; InputError where it states two."""
    stated = adlb["AVALU"] if "AVALU" in adlb else pd.Series("", index=adlb.index, dtype=object)
    if "PARAM" not in adlb:
        return stated
    in_words = adlb["PARAM"].map({p: units.count_stated_in(p) for p in adlb["PARAM"].unique()})
    worth = {u: units.cells_per_ul(u) for u in {*stated, *in_words}}
    two = adlb["PARAMCD"].isin(CELLS) & (stated != "") & (in_words != "")
    two &= stated.map(worth) != in_words.map(worth)
    refuse(file, "AVALU", two, stated, "one unit: the words of PARAM state another")
    return stated.where(stated != "", in_words)


def once(file: str, adlb: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return ADLB with the mean of T or B cell counts of a patient at one time, with a note on how many.

    One time is one day, with the same ARELTM, VISIT, AVISIT and ATPT where these stand: samples of one day
    that say when they were taken stay apart.
    """
    keys = [name for name in _TIME if name in adlb]
    twice = adlb["PARAMCD"].isin(CELLS) & adlb.duplicated(keys, keep=False)
    if not twice.any():
        return adlb, []
    mean = adlb[twice].groupby(keys, dropna=False, sort=False)["AVAL"].transform("mean")
    again = twice & adlb.duplicated(keys)
    text = f"{int(again.sum())} more counts of one patient at one time; the mean is taken"
    note = at_rows("REPEATS-AVERAGED", file, adlb.index[again], text)
    return adlb.assign(AVAL=adlb["AVAL"].where(~twice, mean))[~again], [note]
