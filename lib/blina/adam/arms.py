"""Which arm each patient is in, and the order in which arms are shown."""

from __future__ import annotations

import pandas as pd

from blina.adam import cleaning, schema

NO_ARM = "(no arm)"
# What reports call everyone together; an arm of that name would be taken for it.
_EVERYONE = ("all", "all arms")


def find(
    adsl: pd.DataFrame, adtte: pd.DataFrame, mapped: list[str]
) -> tuple[pd.Series | None, tuple[str, ...]]:
    """Return the arm of each record of ADTTE, and the arms in order; None where no column names arms.

    `mapped` are the tables whose ARM the user's mapping file names: these come first. The numeric
    twin (TRTPN of TRTP) gives the order where it stands, the alphabet otherwise.
    """
    for table, name in (*((t, "ARM") for t in mapped), *schema.ARM_COLUMNS):
        frame = adtte if table == "adtte" else adsl
        if name not in frame or not cleaning.text(frame[name]).ne("").any():
            continue
        names = {word: f"arm {word}" for word in _EVERYONE}
        of = _per_record(cleaning.text(frame[name]).replace(names), frame, adtte)
        order = _order(_per_record(frame[f"{name}N"], frame, adtte), of) if f"{name}N" in frame else None
        of = of.where(of != "", NO_ARM)
        there = set(of)
        return of, tuple(a for a in order or (*sorted(there - {NO_ARM}), NO_ARM) if a in there)
    return None, ()


def _per_record(values: pd.Series, frame: pd.DataFrame, adtte: pd.DataFrame) -> pd.Series:
    if frame is adtte:
        return values
    return adtte["USUBJID"].map(dict(zip(frame["USUBJID"], values, strict=True)))


def _order(number: pd.Series, arm: pd.Series) -> tuple[str, ...] | None:
    """Return the arms by their number, or None where the numbers do not order them one to one."""
    numbers = pd.to_numeric(cleaning.text(number), errors="coerce")
    pairs = pd.DataFrame({"arm": arm, "number": numbers})[arm != ""].drop_duplicates()
    if pairs["number"].isna().any() or pairs["arm"].duplicated().any():
        return None
    return (*pairs.sort_values(["number", "arm"])["arm"], NO_ARM)
