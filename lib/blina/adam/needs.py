"""What a report cannot do without, and what of it a folder lacks.

A need is written `ADSL.MRDRESP` (a column with values), `ADTTE.OS` (an endpoint), `ADLB.TCELL` (a
measurement) or `ADLB` (a table).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from blina.adam.tables import Tables
from blina.errors import InputError


def missing(tables: Tables, needs: Iterable[str]) -> list[str]:
    """Return those of the needs that the tables do not meet, in the order given."""
    return [need for need in needs if not _met(tables, need)]


def _met(tables: Tables, need: str) -> bool:
    table, _, name = need.upper().partition(".")
    if table == "ADTTE":
        return not name or name in tables.roles or name in tables.adtte.columns
    if table == "ADSL":
        return not name or _has_values(tables.adsl, name)
    if table == "ADLB":
        return tables.adlb is not None and (not name or name in set(tables.adlb["PARAMCD"]))
    raise InputError.at(
        "blina.needs", value=need, expected="ADSL.COLUMN, ADTTE.OS, ADTTE.RFS or ADLB.PARAMCD"
    )


def _has_values(frame: pd.DataFrame, name: str) -> bool:
    return name in frame.columns and bool((frame[name].notna() & (frame[name] != "")).any())
