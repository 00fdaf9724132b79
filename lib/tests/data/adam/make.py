"""Make the two folders of ADaM tables beside this file: `python lib/tests/data/adam/make.py`.

Nobody in them exists; every value is drawn from a seed. Shape and traits are those of tables as they are
shipped:
- `transport`: SAS transport files, whose zeros some readers take for 5.4e-79; one endpoint that is neither
  OS nor RFS; three arms, planned and actual, with a number for the actual one only; no AVALU; dates as SAS
  counts them; empty flags; missing numbers.
- `na_strings`: CSV as R writes it, quoted, with `NA` for what is missing, even a whole column; three
  endpoints in one file under another name than adtte.csv; few events; patients who were
  only screened, without treatment or endpoint; times of day in dates; no AVALU.
"""

import math
import random
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pyreadstat

FOLDER = Path(__file__).parent
SAS_EPOCH = date(1960, 1, 1)
ARMS = ("Placebo", "Active High Dose", "Active Low Dose")
DOSE = {"Placebo": 0.0, "Active High Dose": 81.0, "Active Low Dose": 54.0}
# Monthly hazard of the first reaction, such that one arm does not come to its median.
HAZARD = {"Placebo": 0.07, "Active High Dose": 0.45, "Active Low Dose": 0.40}
DATES = ("TRTSDT", "TRTEDT", "STARTDT", "ADT")
LABELS = {
    "STUDYID": "Study Identifier",
    "USUBJID": "Unique Subject Identifier",
    "SITEID": "Study Site Identifier",
    "AGE": "Age",
    "AGEGR1": "Pooled Age Group 1",
    "SEX": "Sex",
    "TRTSDT": "Date of First Exposure to Treatment",
    "TRTEDT": "Date of Last Exposure to Treatment",
    "SAFFL": "Safety Population Flag",
    "SUBJID": "Subject Identifier for the Study",
    "TRT01P": "Planned Treatment for Period 01",
    "TRT01PN": "Planned Treatment for Period 01 (N)",
    "TRTDURD": "Total Treatment Duration (Days)",
    "BMIBL": "Baseline BMI (kg/m^2)",
    "DTHFL": "Subject Died?",
    "DCSREAS": "Reason for Discontinuation from Study",
    "TRTP": "Planned Treatment",
    "TRTA": "Actual Treatment",
    "TRTAN": "Actual Treatment (N)",
    "PARAM": "Parameter",
    "PARAMCD": "Parameter Code",
    "AVAL": "Analysis Value",
    "STARTDT": "Time-to-Event Origin Date for Subject",
    "ADT": "Analysis Date",
    "CNSR": "Censor",
    "EVNTDESC": "Event or Censoring Description",
    "SRCSEQ": "Source Sequence Number",
}


class Chance(random.Random):
    """Random numbers out of `random()` alone, which is the same in every version of Python."""

    def below(self, number: int) -> int:
        return int(self.random() * number)

    def one_of(self, *choices: str) -> str:
        return choices[self.below(len(choices))]

    def days(self, monthly_hazard: float) -> int:
        """Return an exponential time in whole days, of which the first is day 1."""
        return 1 + int(-math.log(1 - self.random()) / monthly_hazard * 30)


def transport() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ADSL and ADTTE of 90 patients in three arms, followed for half a year."""
    chance = Chance(2603)
    pairs = [_treated(chance, number) for number in range(90)]
    return pd.DataFrame([adsl for adsl, _ in pairs]), pd.DataFrame([adtte for _, adtte in pairs])


def _treated(chance: Chance, number: int) -> tuple[dict, dict]:
    arm, site = ARMS[number % 3], 701 + number % 7
    start = date(2031, 1, 7) + timedelta(days=chance.below(400))
    stay = 182 if chance.random() < 0.5 else 1 + chance.below(181)
    reaction, age = chance.days(HAZARD[arm]), 55 + chance.below(35)
    event, time = reaction <= stay, min(reaction, stay)
    person = {
        "STUDYID": "MADEUP1",
        "USUBJID": f"99-{site}-{1001 + 13 * number}",
        "SITEID": str(site),
        "AGE": float(age),
        "AGEGR1": "<65" if age < 65 else "65-80" if age <= 80 else ">80",
        "SEX": chance.one_of("F", "M"),
        "TRTSDT": start,
        "TRTEDT": start + timedelta(days=stay - 1),
        "SAFFL": "Y",
    }
    patient = {
        "SUBJID": str(1001 + 13 * number),
        "TRT01P": arm,
        "TRT01PN": DOSE[arm],
        "TRTDURD": float(stay),
        "BMIBL": None if number == 40 else 18 + chance.below(150) / 10,
        "DTHFL": "Y" if number in (17, 58) else "",
        "DCSREAS": "" if stay == 182 else chance.one_of("Adverse Event", "Withdrew Consent", "Other"),
    }
    record = {
        "TRTP": arm,
        "TRTA": arm,
        "TRTAN": DOSE[arm],
        "PARAM": "Time to First Skin Reaction",
        "PARAMCD": "TTDE",
        "AVAL": float(time),
        "STARTDT": start,
        "ADT": start + timedelta(days=time - 1),
        "CNSR": 0.0 if event else 1.0,
        "EVNTDESC": "Skin Reaction Occurred" if event else "Study Completion Date",
        "SRCSEQ": float(1 + number % 9) if event else None,
    }
    return person | patient, person | record


def na_strings() -> tuple[list[dict], list[dict]]:
    """Return ADSL and ADTTE of 66 patients, 12 of whom were screened and never treated."""
    chance, adsl, adtte = Chance(1512), [], []
    for number in range(66):
        patient, records = _screened(chance, number)
        adsl.append(patient)
        adtte.extend(records)
    return adsl, adtte


def _screened(chance: Chance, number: int) -> tuple[dict, list[dict]]:
    only = number % 11 in (4, 9)
    arm = "Screen Failure" if only else ARMS[number % 3]
    start = date(2032, 3, 1) + timedelta(days=chance.below(300))
    last = start + timedelta(days=chance.below(200))
    died = number in (10, 30, 52)
    identity = {"STUDYID": "MADEUP2", "USUBJID": f"98-{701 + number % 5}-{2001 + 7 * number}"}
    person = {"AGE": 50 + chance.below(40), "SEX": chance.one_of("F", "M")}
    death = {"RFICDTC": None, "DTHFL": "Y" if died else None, "DTHDT": last if died else None}
    treatment = {
        "TRTSDTM": f"{start} 08:30:00",
        "TRTEDTM": f"{last} 23:59:59",
        "TRTSDT": start,
        "TRTEDT": last,
        "TRTDURD": _days(start, last),
        "LSTALVDT": last,
        "SAFFL": "Y",
    }
    treatment = dict.fromkeys(treatment) if only else treatment
    records = [] if only else _endpoints(chance, number, start, last, died)
    return (
        identity | death | person | {"TRT01P": arm, "ARM": arm} | treatment,
        [identity | record | {"ARM": arm} | person for record in records],
    )


def _endpoints(chance: Chance, number: int, start: date, last: date, died: bool) -> list[dict]:
    """Return the records of one treated patient: OS, PFS and, after a response, RSD."""
    assessed = start + timedelta(days=chance.below(_days(start, last)))
    if number in (7, 28, 45, 60):
        end, event, seen = assessed, True, "Disease Progression"
    elif died:
        end, event, seen = last, True, "Death"
    else:
        end, event, seen = assessed, False, "Randomization" if assessed == start else "Last Tumor Assessment"
    found = [
        ("OS", "Overall Survival", start, last, died, "Death" if died else "Alive"),
        ("PFS", "Progression Free Survival", start, end, event, seen),
    ]
    if number in (2, 7, 33, 51):
        response = start + timedelta(days=_days(start, end) // 2)
        found.append(("RSD", "Duration of Response", response, end, event, seen))
    return [
        {
            "EVNTDESC": words,
            "SRCSEQ": 9 if words == "Disease Progression" else None,
            "CNSR": 0 if happened else 1,
            "ADT": until,
            "STARTDT": since,
            "PARAMCD": code,
            "PARAM": name,
            "AVAL": _days(since, until),
            "ASEQ": sequence,
        }
        for sequence, (code, name, since, until, happened, words) in enumerate(found, start=1)
    ]


def _days(first: date, last: date) -> int:
    return (last - first).days + 1


def write_transport(table: pd.DataFrame, path: Path) -> None:
    """Write a SAS transport file: dates as days since 1960 with their format, each column with its label."""
    numbers = table.copy()
    dates = [name for name in DATES if name in table]
    for name in dates:
        numbers[name] = [float((day - SAS_EPOCH).days) for day in table[name]]
    pyreadstat.write_xport(
        numbers,
        str(path),
        table_name=path.stem.upper(),
        column_labels=[LABELS[name] for name in table],
        variable_format=dict.fromkeys(dates, "DATE9"),
        file_format_version=5,
    )


def write_na(rows: list[dict], path: Path) -> None:
    """Write CSV as R's write.csv does: text in quotes; numbers, dates and NA without."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for cells in ([*rows[0]], *(row.values() for row in rows)):
            file.write(",".join(map(_cell, cells)) + "\n")


def _cell(value: object) -> str:
    if value is None:
        return "NA"
    return f'"{value}"' if isinstance(value, str) else str(value)


def write(folder: Path) -> None:
    """Write both sets below a folder."""
    for name in ("transport", "na_strings"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, table in zip(("adsl", "adtte"), transport(), strict=True):
        write_transport(table, folder / "transport" / f"{name}.xpt")
    for name, rows in zip(("adsl", "adtte_onco"), na_strings(), strict=True):
        write_na(rows, folder / "na_strings" / f"{name}.csv")


if __name__ == "__main__":
    write(FOLDER)
