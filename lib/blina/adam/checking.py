"""What must hold within and between the tables: a violation is one InputError line, an oddity a warning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blina.adam.arms import alike
from blina.adam.refusal import refuse
from blina.adam.warnings import at_rows, warning
from pseudoipd.survival import reached

if TYPE_CHECKING:
    from blina.adam.endpoints import Endpoint

# Longer than any follow-up; a time beyond it has another unit than stated. Also keeps arithmetic finite.
LONGEST_YEARS = 150
_SHOWN = 3


def check_subjects(file: str, adsl: pd.DataFrame) -> None:
    """Every patient once, each with an id."""
    expected = "an id in each record; it is empty"
    refuse(file, "USUBJID", adsl["USUBJID"] == "", adsl, expected, show=False)
    refuse(file, "USUBJID", adsl["USUBJID"].duplicated(keep=False), adsl, "each patient once")
    if "MRDRDY" in adsl:
        _whole(file, "MRDRDY", adsl, "a whole study day, 0 or more")
    if "ADDCYC" in adsl:
        _whole(file, "ADDCYC", adsl, "a whole number of cycles, 0 or more")


def _whole(file: str, name: str, adsl: pd.DataFrame, expected: str) -> None:
    found = adsl[name]
    refuse(file, name, np.isfinite(found) & ((found < 0) | (found % 1 != 0)), adsl, expected)


def response_warnings(file: str, adsl: pd.DataFrame) -> list[str]:
    """Compare MRDRESP with MRDRDY; the named warnings RESPONSE-WITHOUT-DAY and DAY-WITHOUT-RESPONSE."""
    if not {"MRDRESP", "MRDRDY"} <= set(adsl.columns):
        return []
    responder, dated = adsl["MRDRESP"] == "Y", adsl["MRDRDY"].notna()
    cases = (
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
    )
    return [at_rows(name, file, adsl.index[odd], what) for odd, name, what in cases if odd.any()]


def check_belongs(file: str, frame: pd.DataFrame, adsl_file: str, adsl: pd.DataFrame) -> None:
    """Every record belongs to a patient of ADSL."""
    known = frame["USUBJID"].isin(adsl["USUBJID"])
    if known.all():
        return
    expected = "an id in each record; it is empty"
    refuse(file, "USUBJID", frame["USUBJID"] == "", frame, expected, show=False)
    looks = {alike(theirs): theirs for theirs in adsl["USUBJID"]}
    first = looks.get(alike(frame.loc[~known, "USUBJID"].iloc[0]))
    same = f", which has {first!a}: the same but for case or what is not seen" if first else ""
    refuse(file, "USUBJID", ~known, frame, f"a patient of {adsl_file}{same}")


def check_endpoint(file: str, rows: pd.DataFrame, paramcd: str) -> None:
    """One record per patient, times that are numbers ≥ 0, CNSR 0 or a positive whole number.

    `rows` are the records of `paramcd`: an endpoint that no report uses may be as it likes.
    """
    hint = "" if "ANL01FL" in rows else "; ANL01FL Y would mark the record to analyze"
    expected = f"each patient once for PARAMCD {paramcd}{hint}"
    refuse(file, "USUBJID", rows["USUBJID"].duplicated(keep=False), rows, expected)
    time, code = rows["AVAL"], rows["CNSR"]
    refuse(file, "AVAL", time.isna(), rows, f"a time for PARAMCD {paramcd}; it is missing", show=False)
    refuse(file, "AVAL", time < 0, rows, "a time of 0 or more")
    refuse(file, "CNSR", code.isna(), rows, "0 for an event, else 1, 2, …; it is missing", show=False)
    expected = "0 for an event, else 1, 2, … for a censoring reason"
    refuse(file, "CNSR", (code < 0) | (code % 1 != 0), rows, expected)
    if not time.gt(0).any() and code.ne(0).all():
        expected = f"some follow-up for PARAMCD {paramcd}; everyone is censored at 0"
        refuse(file, "AVAL", np.ones(len(rows), dtype=bool), rows, expected)


def check_length(file: str, rows: pd.DataFrame, days_per_unit: float) -> None:
    """No time beyond any human follow-up in its unit."""
    long = rows["AVAL"] * days_per_unit > LONGEST_YEARS * 365.25
    expected = f"at most {LONGEST_YEARS} years of follow-up; the unit may be another"
    refuse(file, "AVAL", long, rows, expected)


def date_warning(file: str, rows: pd.DataFrame, paramcd: str, unit: str, days_per_unit: float) -> list[str]:
    """Compare AVAL with ADT − STARTDT; the named warning DATES-DISAGREE, or none where they agree.

    Both conventions count as agreement (the difference in days, and that plus one). In longer units the
    printing of AVAL (one decimal) and another length of the month (30 days) are allowed for.
    """
    if not {"STARTDT", "ADT"} <= set(rows.columns):
        return []
    span = (rows["ADT"] - rows["STARTDT"]).dt.days.astype(float)
    days = rows["AVAL"] * days_per_unit
    allowed = 0.5 if unit == "days" else 0.05 * days_per_unit + 0.02 * days.abs()
    far = ((days - span).abs() > allowed) & ((days - span - 1).abs() > allowed)
    if not far.any():
        return []
    first = far.idxmax()
    value = f"{rows['AVAL'][first]:g} {unit} against {span[first]:g} days between the dates"
    text = f"AVAL differs from ADT − STARTDT ({value}); AVAL is used"
    return [at_rows("DATES-DISAGREE", f"{file}, PARAMCD {paramcd}", rows.index[far], text)]


# --- patients whose tables contradict one another ---------------------------------------------------------


def course_warnings(adsl: pd.DataFrame, os: Endpoint | None, rfs: Endpoint | None, deaths: bool) -> list[str]:
    """Name the patients whose response, relapse and death cannot be in this order, and flags against times.

    `deaths` says whether the event of `os` is death. Times may differ by as much as their printing allows.
    """
    if os is None:
        return []
    without = adsl.loc[~adsl["USUBJID"].isin(os.USUBJID), "USUBJID"]
    last = pd.Series(os.days, index=os.USUBJID)
    died = pd.Series(os.event, index=os.USUBJID)
    notes = _named("PATIENTS-WITHOUT-TIME", without, f"no record of PARAMCD {os.paramcd} to analyze")
    notes += _response_warnings(adsl, last)
    if not deaths:
        return notes
    notes += _long_term_warnings(adsl, last, died)
    return notes if rfs is None else notes + _relapse_warnings(rfs, last, died, _slack(os) + _slack(rfs))


def _slack(endpoint: Endpoint) -> float:
    """Return the days by which a time may be off: one, or half of the last digit of longer units."""
    return 1.0 if endpoint.unit == "days" else 0.05 * endpoint.days_per_unit + 1.0


def _response_warnings(adsl: pd.DataFrame, last: pd.Series) -> list[str]:
    if "MRDRDY" not in adsl:
        return []
    late = adsl["MRDRDY"] - 1 > adsl["USUBJID"].map(last) + 0.5
    text = "MRDRDY lies after the patient's death or last contact"
    return _named("RESPONSE-AFTER-END", adsl.loc[late, "USUBJID"], text)


def _long_term_warnings(adsl: pd.DataFrame, last: pd.Series, died: pd.Series) -> list[str]:
    from blina.vocabulary import DAYS_PER_MONTH, LONG_TERM_MONTHS

    if "LTSFL" not in adsl:
        return []
    months = adsl["USUBJID"].map(last) / DAYS_PER_MONTH
    seen, dead = reached(months, LONG_TERM_MONTHS), adsl["USUBJID"].map(died).eq(True)
    yes, no = adsl["LTSFL"] == "Y", adsl["LTSFL"] == "N"
    cases = (
        (yes & ~seen & dead, "Y, and the patient died before 30 months"),
        (no & seen, "N, and the patient was seen at 30 months"),
        ((yes | no) & ~seen & ~dead, "given, and the patient was last seen alive before 30 months"),
    )
    return [
        note
        for odd, what in cases
        for note in _named(
            "LONG-TERM-DISAGREES", adsl.loc[odd, "USUBJID"], f"LTSFL is {what}; the times count"
        )
    ]


def _relapse_warnings(rfs: Endpoint, last: pd.Series, died: pd.Series, slack: float) -> list[str]:
    who = pd.Series(rfs.USUBJID)
    beyond = pd.Series(rfs.days) > who.map(last) + slack
    after = beyond & rfs.event & who.map(died).eq(True)
    return [
        *_named("PROGRESSION-AFTER-DEATH", who[after], f"the event of {rfs.paramcd} comes after the death"),
        *_named(
            "RFS-BEYOND-OS", who[beyond & ~after], f"{rfs.paramcd} goes on for longer than overall survival"
        ),
    ]


def _named(name: str, patients: pd.Series, what: str) -> list[str]:
    """Return the named warning about these patients, with their number and the first; none of nobody."""
    if not len(patients):
        return []
    first = ", ".join(map(str, patients[:_SHOWN])) + (", …" if len(patients) > _SHOWN else "")
    count = f"{len(patients)} patient{'' if len(patients) == 1 else 's'}"
    return [warning(name, f"{count} ({first}): {what}")]
