"""What each column of the patient-level tables means: kind, unit and coding, after CDISC ADaM names.

The reader validates by it and the data dictionary is written from it, so that the two cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from blina.vocabulary import BEST_RESPONSES, TWO_CYCLE_RESPONSES

Kind = Literal["text", "flag", "number", "whole", "date"]
TABLE_NAMES = ("adsl", "adtte", "adlb")


@dataclass(frozen=True)
class Column:
    """One column: its name, kind of value, unit, coding and meaning.

    `required` columns must stand in the table at all; `spellings` are the values of a text coding, so that
    `CRH` is read as `CRh`; `capitals` are codes that are read in capitals whatever their case. With
    `others`, words in capitals that the field writes for one of the spellings, the coding is closed: what
    is none of both is refused.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = "-"
    coding: str = ""
    required: bool = False
    spellings: tuple[str, ...] = ()
    capitals: bool = False
    others: Mapping[str, str] = field(default_factory=dict)


_ID = Column("USUBJID", "text", "Patient; unique across the study", required=True)
_STUDY = Column("STUDYID", "text", "Study")
_BEST_MEANING = (
    "CR complete remission; CRh with partial haematologic recovery; PR partial remission; "
    "HYPOCELLULAR hypocellular marrow; REFRACTORY; NE not evaluable"
)


# How the field writes a best response, in capitals. Stable and progressive disease are no remission, which in
# leukemia is refractory disease; CRi is none of ours and must be mapped by who knows what it was.
_OTHER_RESPONSES = {
    **dict.fromkeys(("COMPLETE REMISSION", "COMPLETE RESPONSE"), "CR"),
    **dict.fromkeys(
        (
            "CR WITH PARTIAL HEMATOLOGIC RECOVERY",
            "CR WITH PARTIAL HEMATOLOGICAL RECOVERY",
            "COMPLETE REMISSION WITH PARTIAL HEMATOLOGIC RECOVERY",
            "COMPLETE REMISSION WITH PARTIAL HEMATOLOGICAL RECOVERY",
        ),
        "CRh",
    ),
    **dict.fromkeys(("PARTIAL REMISSION", "PARTIAL RESPONSE"), "PR"),
    **dict.fromkeys(("HYPOCELLULAR MARROW", "HYPOCELLULAR BONE MARROW"), "HYPOCELLULAR"),
    **dict.fromkeys(
        ("REFRACTORY DISEASE", "RESISTANT DISEASE", "NO RESPONSE", "NON-RESPONSE", "NON-RESPONDER", "NR",
         "SD", "STABLE DISEASE", "PD", "PROGRESSIVE DISEASE"),
        "REFRACTORY",
    ),
    **dict.fromkeys(("NOT EVALUABLE", "NON-EVALUABLE", "UNEVALUABLE", "INEVALUABLE"), "NE"),
}  # fmt: skip
# Within two cycles whoever has another response has none of those that are counted.
_OTHERS_IN_TWO_CYCLES = {
    word: response if response in TWO_CYCLE_RESPONSES else "NONE"
    for word, response in {**{r.upper(): r for r in BEST_RESPONSES}, **_OTHER_RESPONSES}.items()
    if response != "NE" and word not in {r.upper() for r in TWO_CYCLE_RESPONSES}
}


def _flag(name: str, meaning: str) -> Column:
    return Column(name, "flag", meaning, coding="Y yes; N no; empty unknown")


ADSL = (
    _STUDY,
    _ID,
    Column("ARM", "text", "Planned arm, where the study has arms (else another of the columns named above)"),
    _flag("ITTFL", "In the intention-to-treat population"),
    _flag("FASFL", "In the full analysis set"),
    _flag("SAFFL", "In the safety population"),
    Column("COHORT", "text", "Dose cohort", coding="1; 2a; 2b; 3"),
    Column(
        "BESTRESP",
        "text",
        "Best response",
        coding=_BEST_MEANING,
        spellings=BEST_RESPONSES,
        others=_OTHER_RESPONSES,
    ),
    Column(
        "BOR2C",
        "text",
        "Response within two cycles",
        coding="CR; CRh; NONE",
        spellings=TWO_CYCLE_RESPONSES,
        others=_OTHERS_IN_TWO_CYCLES,
    ),
    _flag("MRDRESP", "Minimal residual disease response (< 10⁻⁴ blasts)"),
    Column("MRDRDY", "whole", "Study day of the MRD response; empty without one", unit="day"),
    _flag("HSCTFL", "Allogeneic transplant after treatment"),
    _flag("RETRTFL", "Treated again with the study drug"),
    _flag("RLPFRFL", "Relapse-free after the study drug"),
    _flag("LTSFL", "Long-term survivor (overall survival of 30 months or more)"),
    _flag("AEINTFL", "Treatment stopped for a time after a neurologic event or cytokine release"),
    Column("ADDCYC", "whole", "Cycles after the response", unit="cycles"),
    _flag("DTHFL", "Died; compared with overall survival where it stands"),
    Column("DTHDT", "date", "Date of death; compared with overall survival where it stands"),
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
    Column("EVNTDESC", "text", "Event or censoring reason in words; compared with CNSR where it stands"),
    Column("CNSDTDSC", "text", "Censoring date in words; compared with CNSR where it stands"),
    _flag("ANL01FL", "Record to analyze"),
    Column("STARTDT", "date", "Origin of the time; compared with AVAL where it stands"),
    Column("ADT", "date", "Date of event or censoring; compared with AVAL where it stands"),
    Column("DTYPE", "text", "How the row was derived", coding="RECONSTRUCTED drawn; empty recorded"),
)

ADLB = (
    _STUDY,
    _ID,
    Column(
        "PARAMCD",
        "text",
        "Measurement",
        coding="TCELL T cells (which, says PARAM); BCELL B cells",
        required=True,
        capitals=True,
    ),
    Column("PARAM", "text", "Measurement in words"),
    Column("ADY", "whole", "Study day of the sample", unit="day", required=True),
    Column("ARELTM", "number", "Time of the sample since the start of the infusion", unit="day"),
    Column("VISIT", "text", "Visit"),
    Column("AVISIT", "text", "Analysis visit"),
    Column("AVAL", "number", "Count in blood", unit="cells/µL (see AVALU)", required=True),
    Column("AVALU", "text", "Unit of AVAL", coding="cells/uL; 10^9/L is converted"),
    Column("ATPT", "text", "Time of the day, in words"),
    _flag("ABLFL", "Baseline record"),
    _flag("ANL01FL", "Record to analyze"),
    Column("DTYPE", "text", "How the row was derived", coding="SIMULATED; empty measured"),
)

TABLES: dict[str, tuple[Column, ...]] = {"adsl": ADSL, "adtte": ADTTE, "adlb": ADLB}
# Arm columns in order of preference: planned before actual, names before codes, patients before records.
ARM_COLUMNS = tuple(
    (table, name)
    for names in (
        ("TRT01P", "TRTP", "ARM", "TRTSEQP"),
        ("TRT01PN", "TRTPN", "ARMCD"),
        ("TRT01A", "TRTA", "ACTARM", "TRTSEQA"),
        ("TRT01AN", "TRTAN", "ACTARMCD"),
    )
    for table in ("adsl", "adtte")
    for name in names
)
# What CDISC calls the arm of those who were never assigned to one, and their codes, as people spell them.
NO_PATIENTS = re.compile(
    r"SCR(EE)?N?(ING)?[\s_-]*FAIL(URES?|ED|S)?|UNASSIGNED|"
    r"NOT[\s_-]*(ASSI?GN(ED)?|RAND(OMI[SZ]ED)?)( TO TREATMENT)?",
    re.IGNORECASE,
)
# In XPT and SAS files a column whose values are known to be date numbers counts days from here.
SAS_EPOCH = "1960-01-01"


def used(table: str) -> frozenset[str]:
    """Return the names of the columns that are read of a table, beside those that a mapping names."""
    arms = {name for _, name in ARM_COLUMNS} | {f"{name}N" for _, name in ARM_COLUMNS}
    return frozenset({c.name for c in TABLES[table]} | (arms if table == "adtte" else set()))


def column(table: str, name: str) -> Column | None:
    """Return the column of that name in `adsl`, `adtte` or `adlb`, or None where the schema has none."""
    return next((c for c in TABLES[table] if c.name == name), None)


def required(table: str) -> tuple[str, ...]:
    """Return the names of the columns without which the table cannot be used."""
    return tuple(c.name for c in TABLES[table] if c.required)
