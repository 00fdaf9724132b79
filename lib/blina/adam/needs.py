"""What a report cannot do without, and what of it a folder lacks.

A need is written `ADSL.MRDRESP` (a column with values), `ADTTE.OS` (an endpoint), `ADLB.TCELL` (a
measurement), `ADLB` (a table), `CLAIMS` (printed numbers about these patients) or `ADTTE.DEATH` (an
endpoint in the role of OS whose event is death, and not just any time to an event).
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from blina.adam.tables import Tables
from blina_base.errors import InputError

DEATH = "ADTTE.DEATH"


def missing(tables: Tables, needs: Iterable[str], with_claims: bool | None = None) -> list[str]:
    """Return those of the needs that the tables do not meet, in the order given.

    `with_claims` says whether there are claims about these patients; None: only if they are not the user's.
    """
    claims = tables.kind != "yours" if with_claims is None else with_claims
    return [need for need in needs if not _met(tables, need, claims)]


def _met(tables: Tables, need: str, claims: bool) -> bool:
    table, _, name = need.upper().partition(".")
    if table == "CLAIMS":
        return claims
    if need.upper() == DEATH:
        return tables.deaths
    if table == "ADTTE":
        return not name or name in tables.roles or name in tables.adtte.columns
    if table == "ADSL":
        return not name or _has_values(tables.adsl, name)
    if table == "ADLB":
        return tables.adlb is not None and (not name or name in set(tables.adlb["PARAMCD"]))
    raise InputError.at(
        "blina.needs", value=need, expected="ADSL.COLUMN, ADTTE.OS, ADTTE.RFS, ADLB.PARAMCD or CLAIMS"
    )


def _has_values(frame: pd.DataFrame, name: str) -> bool:
    return name in frame.columns and bool((frame[name].notna() & (frame[name] != "")).any())
