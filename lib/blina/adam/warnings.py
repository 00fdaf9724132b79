"""What `check` and the pages may have to say of tables that are read: each kind under a name that stays.

The table of data/README.md is written from `NAMES`, so that a script may look for a name and a reader for
what it means.
"""

from __future__ import annotations

from collections.abc import Mapping

from numpy.typing import ArrayLike

from blina.adam.refusal import rows_text

NAMES: Mapping[str, str] = {
    "ARM-SPELLINGS": "names of arms that differ in case or blanks only are one arm, under the commonest",
    "ARMS-ELSEWHERE": "another column that could name arms divides the patients otherwise",
    "ARMS-OF-A-PATIENT": "a patient is in one arm by one record of ADTTE and in another by another",
    "CENSORING-DISAGREES": "EVNTDESC, CNSDTDSC, DTHFL or DTHDT contradict CNSR; CNSR counts",
    "CODE-READ": "a word of another coding that is read as one of ours",
    "DATES-DISAGREE": "AVAL is not the time from STARTDT to ADT; AVAL counts",
    "DATES-NOT-READ": "a date in a writing that is not read; nothing is compared with it",
    "DAY-WITHOUT-RESPONSE": "MRDRDY is given and MRDRESP is not Y; the day is not used",
    "ENCODING": "the file is not UTF-8; what it was read as",
    "FILES-NOT-READ": "a file that is called like a table or a mapping, and is not read",
    "LONG-TERM-DISAGREES": "LTSFL says another thing than the times of overall survival, which count",
    "MAPPING-UNUSED": "an entry of the mapping file that meets no table, column or cell",
    "NO-EVENT": "CNSR is 0 in no record, so that nobody has the event; 1 may be an event there, and 2 none",
    "PARAM-DISAGREES": "the words of PARAM speak of another endpoint than its PARAMCD",
    "PATIENTS-LEFT-OUT": "patients outside the population (parameter population), and screen failures",
    "PATIENTS-WITHOUT-TIME": "patients of ADSL without a record of overall survival, who are in no curve",
    "PROGRESSION-AFTER-DEATH": "an event of relapse-free survival after the patient's death",
    "RECORDS-LEFT-OUT": "records that the analysis flag (parameter analysis_flag) does not mark Y",
    "REPEATS-AVERAGED": "counts of one patient at one time, of which the mean is taken",
    "RESPONSE-AFTER-END": "MRDRDY lies after the patient's death or last contact",
    "RESPONSE-WITHOUT-DAY": "MRDRESP is Y and MRDRDY empty; the patient counts as never responding",
    "RFS-BEYOND-OS": "relapse-free survival goes on for longer than overall survival",
    "TIME-UNIT-UNUSED": "time_unit was given, and the table states a unit itself, which counts",
}
"""What each warning means, by its name."""


def warning(name: str, text: str) -> str:
    """Return the warning as one line; KeyError for a name that is not documented."""
    NAMES[name]
    return f"{name}: {' '.join(text.split())}"


def at_rows(name: str, file: str, rows: ArrayLike, text: str) -> str:
    """Return a warning about records of a file, given by their index (`refusal.rows_text`)."""
    return warning(name, f"{file}, row {rows_text(rows)}: {text}")
