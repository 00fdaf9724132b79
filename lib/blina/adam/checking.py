"""What must hold within and between the tables. Each violation is one InputError line."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blina.adam.refusal import refuse, rows_text

# Longer than any follow-up; a time beyond it has another unit than stated. Also keeps arithmetic finite.
LONGEST_YEARS = 150


def check_subjects(file: str, adsl: pd.DataFrame) -> None:
    """Every patient once, each with an id."""
    refuse(file, "USUBJID", (adsl["USUBJID"] == "").to_numpy(), None, "an id in each record; it is empty")
    twice = adsl["USUBJID"].duplicated(keep=False).to_numpy()
    refuse(file, "USUBJID", twice, adsl["USUBJID"], "each patient once")
    if "MRDRDY" in adsl:
        _whole(file, "MRDRDY", adsl["MRDRDY"], "a whole study day")
    if "ADDCYC" in adsl:
        _whole(file, "ADDCYC", adsl["ADDCYC"], "a whole number of cycles")


def _whole(file: str, name: str, values: pd.Series, expected: str) -> None:
    found = values.to_numpy()
    refuse(file, name, np.isfinite(found) & ((found < 0) | (found % 1 != 0)), values, expected)


def response_warnings(file: str, adsl: pd.DataFrame) -> list[str]:
    """Compare MRDRESP with MRDRDY; the named warnings RESPONSE-WITHOUT-DAY and DAY-WITHOUT-RESPONSE."""
    if not {"MRDRESP", "MRDRDY"} <= set(adsl.columns):
        return []
    responder, dated = (adsl["MRDRESP"] == "Y").to_numpy(), adsl["MRDRDY"].notna().to_numpy()
    cases = [
        (
            responder & ~dated,
            "RESPONSE-WITHOUT-DAY",
            "MRDRESP is Y and MRDRDY empty; they count as never responding",
        ),
        (
            dated & ~responder,
            "DAY-WITHOUT-RESPONSE",
            "MRDRDY is given and MRDRESP is not Y; the day is not used",
        ),
    ]
    return [
        f"{name}: {file}, row {rows_text(np.flatnonzero(odd))}: {what}"
        for odd, name, what in cases
        if odd.any()
    ]


def check_belongs(file: str, frame: pd.DataFrame, adsl_file: str, adsl: pd.DataFrame) -> None:
    """Every record belongs to a patient of ADSL."""
    refuse(file, "USUBJID", (frame["USUBJID"] == "").to_numpy(), None, "an id in each record; it is empty")
    alien = ~frame["USUBJID"].isin(adsl["USUBJID"]).to_numpy()
    refuse(file, "USUBJID", alien, frame["USUBJID"], f"a patient of {adsl_file}")


def check_endpoint(file: str, adtte: pd.DataFrame, paramcd: str) -> None:
    """One record per patient, times that are numbers ≥ 0, CNSR 0 or a positive whole number.

    `adtte` is the whole table, so that rows are named as they stand in the file; only the records of
    `paramcd` are looked at, because an endpoint that no report uses may be as it likes.
    """
    here = (adtte["PARAMCD"] == paramcd).to_numpy()
    twice = here & adtte.duplicated(["USUBJID", "PARAMCD"], keep=False).to_numpy()
    refuse(file, "USUBJID", twice, adtte["USUBJID"], f"each patient once for PARAMCD {paramcd}")
    time, code = adtte["AVAL"], adtte["CNSR"]
    refuse(file, "AVAL", here & time.isna().to_numpy(), None, f"a time for PARAMCD {paramcd}; it is missing")
    refuse(file, "AVAL", here & (time < 0).to_numpy(), time, "a time of 0 or more")
    refuse(file, "CNSR", here & code.isna().to_numpy(), None, "0 for an event, else 1, 2, …; it is missing")
    wrong = (code < 0) | (code % 1 != 0)
    refuse(file, "CNSR", here & wrong.to_numpy(), code, "0 for an event, else 1, 2, … for a censoring reason")
    if not time[here].gt(0).any() and code[here].ne(0).all():
        refuse(file, "AVAL", here, time, f"some follow-up for PARAMCD {paramcd}; everyone is censored at 0")


def check_length(file: str, adtte: pd.DataFrame, paramcd: str, days_per_unit: float) -> None:
    """No time beyond any human follow-up in its unit."""
    here = (adtte["PARAMCD"] == paramcd) & (adtte["AVAL"] * days_per_unit > LONGEST_YEARS * 365.25)
    expected = f"at most {LONGEST_YEARS} years of follow-up; the unit may be another"
    refuse(file, "AVAL", here.to_numpy(), adtte["AVAL"], expected)


def date_warning(file: str, adtte: pd.DataFrame, paramcd: str, unit: str, days_per_unit: float) -> str | None:
    """Compare AVAL with ADT − STARTDT; the named warning DATES-DISAGREE, or None where they agree.

    Both conventions count as agreement (the difference in days, and that plus one). In longer units the
    printing of AVAL (one decimal) and another length of the month (30 days) are allowed for.
    """
    if not {"STARTDT", "ADT"} <= set(adtte.columns):
        return None
    span = (adtte["ADT"] - adtte["STARTDT"]).dt.days.to_numpy(dtype=float)
    days = adtte["AVAL"].to_numpy() * days_per_unit
    allowed = 0.5 if unit == "days" else 0.05 * days_per_unit + 0.02 * np.abs(days)
    far = np.minimum(np.abs(days - span), np.abs(days - span - 1)) > allowed
    rows = np.flatnonzero(far & (adtte["PARAMCD"] == paramcd).to_numpy())
    if not len(rows):
        return None
    first = int(rows[0])
    value = f"{adtte['AVAL'].iloc[first]:g} {unit} against {span[first]:g} days between the dates"
    return (
        f"DATES-DISAGREE: {file}, PARAMCD {paramcd}, row {rows_text(rows)}: AVAL differs from ADT − STARTDT "
        f"({value}); AVAL is used"
    )
