"""Whether CNSR says the same of events as other columns: where 1 is the event, all is turned round."""

from __future__ import annotations

import re

import pandas as pd

from blina.adam.refusal import rows_text
from blina.adam.warnings import at_rows, warning
from blina_base.errors import InputError

_ALIVE = re.compile(
    r"\b(censor|(?<!not )(?<!no longer )alive|ongoing|on.?going|lost to follow|withdr|cut.?off|no event)",
    re.IGNORECASE,
)
_DEAD = re.compile(r"\b(death|died|dead|deceased)\b", re.IGNORECASE)
_NOT_DEAD = re.compile(r"\b(no|not|without|prior to|before|censor\w*)\b", re.IGNORECASE)
# Fewer records than this are no pattern: each is a warning, not a table turned round.
_FEWEST = 4


def warnings(file: str, rows: pd.DataFrame, adsl: pd.DataFrame, deaths: bool) -> list[str]:
    """Compare CNSR of one endpoint's records with what other columns say; the warning CENSORING-DISAGREES.

    `deaths` says whether its event is death, so that DTHFL and DTHDT speak of it. InputError where nearly all
    records contradict CNSR, events as well as censorings, or all that say anything: it is turned round.
    """
    event = rows["CNSR"] == 0
    code = rows["PARAMCD"].iloc[0]
    silent = [] if event.any() else [_without_event(f"{file}, PARAMCD {code}", rows)]
    said = {name: cells for name, cells in _said(rows, adsl, deaths).items() if cells.notna().any()}
    if not said:
        return silent
    table = pd.DataFrame(said)
    against = table.notna() & table.ne(event.astype(object), axis=0)
    odd = against.any(axis=1)
    if not odd.any():
        return silent
    contrary = against.columns[against.any()]
    columns, verb = ", ".join(contrary), "says" if len(contrary) == 1 else "say"
    known = table.notna().any(axis=1)
    both = odd[known].mean() > 0.9 and odd[event].any() and odd[~event].any()
    if known.sum() >= _FEWEST and (both or (odd[known].all() and known.mean() > 0.5)):
        raise InputError.at(
            file, row=rows_text(rows.index[odd]), column="CNSR",
            expected=f"0 for an event; {columns} {verb} the contrary of nearly all records: is 1 an event "
            "here? Then `values: {adtte: {CNSR: {0: [1], 1: [0]}}}` in columns.yaml says so",
        )  # fmt: skip
    text = f"{columns} {verb} another thing of an event than CNSR, which is used; records: {int(odd.sum())}"
    return [*silent, at_rows("CENSORING-DISAGREES", f"{file}, PARAMCD {code}", rows.index[odd], text)]


def _without_event(where: str, rows: pd.DataFrame) -> str:
    codes = sorted({f"{value:g}" for value in rows["CNSR"]})
    way = f"`values: {{adtte: {{CNSR: {{0: [{codes[0]}], 1: [{', '.join(codes[1:]) or 0}]}}}}}}`"
    text = f"CNSR is {' or '.join(codes)}, never 0: nobody has the event"
    return warning("NO-EVENT", f"{where}: {text}; if {codes[0]} is an event, {way} says so")


def _said(rows: pd.DataFrame, adsl: pd.DataFrame, deaths: bool) -> dict[str, pd.Series]:
    """Return per column whether it says that there was an event: True, False, or nothing where silent."""
    found: dict[str, pd.Series] = {}
    if "EVNTDESC" in rows:
        words = {text: _event_in(text, deaths) for text in rows["EVNTDESC"].unique()}
        found["EVNTDESC"] = rows["EVNTDESC"].map(words).astype(object)
    if "CNSDTDSC" in rows and rows["CNSDTDSC"].ne("").any():
        # It says how a censoring date was found, and is empty for an event.
        found["CNSDTDSC"] = rows["CNSDTDSC"].map(lambda text: False if text else None).astype(object)
    if deaths:
        found |= {name: rows["USUBJID"].map(cells) for name, cells in _deaths(rows, adsl).items()}
    return found


def _event_in(text: str, deaths: bool) -> bool | None:
    """Return whether a description is that of an event; None where it may be either."""
    if _ALIVE.search(text):
        return False
    return True if deaths and _DEAD.search(text) and not _NOT_DEAD.search(text) else None


def _deaths(rows: pd.DataFrame, adsl: pd.DataFrame) -> dict[str, pd.Series]:
    """Return per patient whether ADSL says that the patient died, by DTHFL and DTHDT.

    A death after the end of the record (a later data cut) contradicts nothing; an empty flag or date says
    that nobody died only where others have one.
    """
    found: dict[str, pd.Series] = {}
    ids = pd.Index(adsl["USUBJID"])
    dates = adsl["DTHDT"] if "DTHDT" in adsl else pd.Series(pd.NaT, index=adsl.index)
    death = pd.Series(pd.to_datetime(dates.to_numpy()), index=ids)
    end = rows.set_index("USUBJID")["ADT"].reindex(ids) if "ADT" in rows else pd.Series(pd.NaT, index=ids)
    later = death > pd.to_datetime(end)
    if "DTHFL" in adsl and adsl["DTHFL"].eq("Y").any():
        flag = pd.Series(adsl["DTHFL"].eq("Y").to_numpy(), index=ids, dtype=object)
        found["DTHFL"] = flag.mask(later & flag.eq(True), None)
    if death.notna().any():
        found["DTHDT"] = death.notna().astype(object).mask(later, None)
    return found
