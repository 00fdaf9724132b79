"""What each column of the patient-level tables means: kind, unit and coding, after CDISC ADaM names.

The reader validates by it and the data dictionary is written from it, so that the two cannot disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from blina.vocabulary import BEST_RESPONSES, TWO_CYCLE_RESPONSES

Kind = Literal["text", "flag", "number", "whole", "date"]
TABLE_NAMES = ("adsl", "adtte", "adlb")


@dataclass(frozen=True)
class Column:
    """One column: its name, kind of value, unit, coding and meaning.

    `required` columns must stand in the table at all; `spellings` are the canonical values of an open
    text coding, so that `CRH` is read as `CRh` (other values are kept as they are); `capitals` are codes
    that are read in capitals whatever their case.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = "-"
    coding: str = ""
    required: bool = False
    spellings: tuple[str, ...] = ()
    capitals: bool = False


_ID = Column("USUBJID", "text", "Patient; unique across the study", required=True)
_STUDY = Column("STUDYID", "text", "Study")
_BEST_MEANING = (
    "CR complete remission; CRh with partial haematologic recovery; PR partial remission; "
    "HYPOCELLULAR hypocellular marrow; REFRACTORY; NE not evaluable"
)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "flag", meaning, coding="Y yes; N no; empty unknown")


ADSL = (
    _STUDY,
    _ID,
    Column("ARM", "text", "Planned arm, where the study has arms (else TRT01P, TRTP)"),
    Column("COHORT", "text", "Dose cohort", coding="1; 2a; 2b; 3"),
    Column("BESTRESP", "text", "Best response", coding=_BEST_MEANING, spellings=BEST_RESPONSES),
    Column(
        "BOR2C", "text", "Response within two cycles", coding="CR; CRh; NONE", spellings=TWO_CYCLE_RESPONSES
    ),
    _flag("MRDRESP", "Minimal residual disease response (< 10⁻⁴ blasts)"),
    Column("MRDRDY", "whole", "Study day of the MRD response; empty without one", unit="day"),
    _flag("HSCTFL", "Allogeneic transplant after treatment"),
    _flag("RETRTFL", "Treated again with the study drug"),
    _flag("RLPFRFL", "Relapse-free after the study drug"),
    _flag("LTSFL", "Long-term survivor (overall survival of 30 months or more)"),
    _flag("AEINTFL", "Treatment stopped for a time after a neurologic event or cytokine release"),
    Column("ADDCYC", "whole", "Cycles after the response", unit="cycles"),
)

ADTTE = (
    _STUDY,
    _ID,
    Column(
        "PARAMCD",
        "text",
        "Endpoint",
        coding="OS overall, RFS relapse-free survival",
        required=True,
        capitals=True,
    ),
    Column("PARAM", "text", "Endpoint in words"),
    Column("AVAL", "number", "Time from the origin to event or censoring", unit="see AVALU", required=True),
    Column("AVALU", "text", "Unit of AVAL", coding="DAYS; WEEKS; MONTHS; YEARS"),
    Column("CNSR", "whole", "Censoring", coding="0 event; 1, 2, … reason for censoring", required=True),
    Column("EVNTDESC", "text", "Event or censoring reason in words"),
    Column("STARTDT", "date", "Origin of the time; compared with AVAL where it stands"),
    Column("ADT", "date", "Date of event or censoring; compared with AVAL where it stands"),
)

ADLB = (
    _STUDY,
    _ID,
    Column(
        "PARAMCD", "text", "Measurement", coding="TCELL T cells; BCELL B cells", required=True, capitals=True
    ),
    Column("PARAM", "text", "Measurement in words"),
    Column("ADY", "whole", "Study day of the sample", unit="day", required=True),
    Column("ARELTM", "number", "Time of the sample since the start of the infusion", unit="day"),
    Column("VISIT", "text", "Visit"),
    Column("AVISIT", "text", "Analysis visit"),
    Column("AVAL", "number", "Count in blood", unit="cells/µL (see AVALU)", required=True),
    Column("AVALU", "text", "Unit of AVAL", coding="cells/uL; 10^9/L is converted"),
    Column("DTYPE", "text", "How the row was derived", coding="SIMULATED; empty measured"),
)

TABLES: dict[str, tuple[Column, ...]] = {"adsl": ADSL, "adtte": ADTTE, "adlb": ADLB}
# Arm columns in order of preference: the analysis's own treatment first, then the subject level.
ARM_COLUMNS = (("adtte", "TRTP"), ("adsl", "TRT01P"), ("adsl", "ARM"), ("adtte", "ARM"), ("adtte", "TRTA"))
# In XPT and SAS files a column whose values are known to be date numbers counts days from here.
SAS_EPOCH = "1960-01-01"


def column(table: str, name: str) -> Column | None:
    """Return the column of that name in `adsl`, `adtte` or `adlb`, or None where the schema has none."""
    return next((c for c in TABLES[table] if c.name == name), None)


def required(table: str) -> tuple[str, ...]:
    """Return the names of the columns without which the table cannot be used."""
    return tuple(c.name for c in TABLES[table] if c.required)
