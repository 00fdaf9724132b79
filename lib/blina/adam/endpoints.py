"""Endpoints: which PARAMCD plays which role, in which unit, and what of it the statistics need."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from blina.adam import units
from blina.adam.refusal import refuse
from blina.adam.warnings import at_rows
from blina.vocabulary import DAYS_PER_MONTH
from blina_base.errors import InputError

# The roles that reports ask for, and the PARAMCDs that are taken for them, the first one found.
DEFAULT_CODES = {"OS": "OS|DEATH|TTDE", "RFS": "RFS|DFS|PFS|EFS"}
# Those of OS whose event is death, unless the words of PARAM say otherwise; TTDE is any time to an event.
DEATHS = ("OS", "DEATH")
_DEATH = re.compile(r"\b(overall survival|deaths?|died|mortality)\b", re.IGNORECASE)
_MORE = re.compile(
    r"progress|relapse|recurren|disease.free|event.free|failure|response|\bPFS|\b[RDE]FS", re.IGNORECASE
)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint, one entry per patient that has it, in the order of the table.

    `days` is AVAL in days (whole where the table's are); `time_months` = days / 30.4375. `event` is
    CNSR == 0. `arm` holds each patient's arm, None where the study has fewer than two; `arms` their order.
    `own_name` is what an endpoint is called whose event need not be that of its role, else empty.
    """

    role: str
    paramcd: str
    label: str
    unit: str
    USUBJID: np.ndarray
    days: np.ndarray
    time_months: np.ndarray
    event: np.ndarray
    arm: np.ndarray | None
    arms: tuple[str, ...]
    own_name: str = ""

    @property
    def days_per_unit(self) -> float:
        """The days in one of the unit in which the times were read."""
        return units.DAYS_PER[self.unit]

    def __len__(self) -> int:
        """Return the number of patients that have the endpoint."""
        return len(self.days)


def codes(role: str, wanted: str | None) -> tuple[str, ...]:
    """Return the PARAMCDs that may play the role, in order: `wanted` split at |, else the default."""
    text = wanted if wanted is not None and wanted.strip() else DEFAULT_CODES[role]
    return tuple(c.strip().upper() for c in text.split("|") if c.strip())


def assign(file: str, present: list[str], wanted: dict[str, str | None]) -> dict[str, str]:
    """Return role → PARAMCD for the roles that the table can fill.

    InputError where the user named codes of which none is there, or where no role at all can be filled.
    """
    roles: dict[str, str] = {}
    there = ", ".join(sorted(present)) or "no PARAMCD"
    for role in DEFAULT_CODES:
        options = codes(role, wanted.get(role))
        found = next((c for c in options if c in present), None)
        if found is not None:
            roles[role] = found
        elif options != codes(role, None):
            name, value = f"{role.lower()}_paramcd", "|".join(options)
            raise InputError.at(name, value=value, expected=f"a PARAMCD of {file}, which has {there}")
    return roles


def counts_deaths(roles: dict[str, str], wanted: str | None, label: str) -> bool:
    """Say whether the event of what plays OS is death: by its code, or by name and words of the user.

    That a user names a code says only that it plays the role; its PARAM (`label`) must speak of death, too.
    """
    if "OS" not in roles or _MORE.search(label):
        return False
    named = codes("OS", wanted) != codes("OS", None)
    return roles["OS"] in DEATHS or (named and speaks_of_death(label))


def speaks_of_death(label: str) -> bool:
    """Say whether the words of an endpoint name death as its event, and no other."""
    return bool(_DEATH.search(label)) and not _MORE.search(label)


def label_of(rows: pd.DataFrame, paramcd: str) -> str:
    """Return the words of an endpoint from its records: the commonest of its PARAM, else its PARAMCD."""
    words = [w for w in rows["PARAM"].value_counts().index if w] if "PARAM" in rows else []
    return str(words[0]) if words else paramcd


def check_words(file: str, rows: pd.DataFrame, role: str, paramcd: str) -> list[str]:
    """Return the named warning PARAM-DISAGREES where PARAM of the `rows` speaks of another than PARAMCD.

    InputError where one PARAMCD has several PARAM: then it is not one endpoint.
    """
    if "PARAM" not in rows:
        return []
    words = rows["PARAM"].map({w: _endpoint_words(w) for w in rows["PARAM"].unique()})
    first = words[words != ""]
    if first.nunique() > 1:
        shown = ~words.duplicated() & (words != "")
        refuse(file, "PARAM", shown, rows, f"one endpoint for PARAMCD {paramcd}, and so one PARAM")
    label = label_of(rows, paramcd)
    if not _contradicts(role, paramcd, label):
        return []
    text = f"the words are {label!r}; it is not called {_ROLES[role]} on the pages"
    return [at_rows("PARAM-DISAGREES", f"{file}, PARAMCD {paramcd}", rows.index, text)]


_ROLES = {"OS": "overall survival", "RFS": "relapse-free survival"}


def _endpoint_words(param: str) -> str:
    """Return the words of a PARAM by which endpoints are told apart: without case, blanks and unit."""
    return " ".join(units.without_unit(param).casefold().split())


def _contradicts(role: str, paramcd: str, label: str) -> bool:
    """Say whether the words speak of another endpoint than a code of which they should not."""
    if role == "OS":
        return paramcd in DEATHS and bool(_MORE.search(label))
    return speaks_of_death(label)


def check_known(file: str, adtte: pd.DataFrame, roles: dict[str, str]) -> None:
    """Refuse a table in which no PARAMCD plays a role."""
    if roles:
        return
    known = " or ".join(f"{r.lower()}_paramcd {'|'.join(codes(r, None))}" for r in DEFAULT_CODES)
    first = ~adtte["PARAMCD"].duplicated()
    refuse(file, "PARAMCD", first, adtte, f"an endpoint that a parameter names ({known})")


def unit_of(file: str, rows: pd.DataFrame, paramcd: str, asked: str | None) -> str:
    """Return the unit of AVAL in `rows`: from AVALU, else from the words of PARAM, else the user's.

    InputError where the units are mixed or unknown, where AVALU and PARAM state two of which the user names
    none, or where there is none at all: it is never guessed.
    """
    stated = {units.stated_in(p) for p in rows["PARAM"].unique()} if "PARAM" in rows else {None}
    if "AVALU" in rows and rows["AVALU"].ne("").any():
        unit = _one_unit(file, rows)
        other = next((s for s in stated if s not in (None, unit)), None)
        if other is not None and asked not in (unit, other):
            expected = f"one unit: AVALU says {unit}, PARAM says {other}; name the right one with time_unit"
            odd = rows["PARAM"].map({p: units.stated_in(p) == other for p in rows["PARAM"].unique()})
            refuse(file, "PARAM", odd, rows, expected)
        return asked if other is not None and asked is not None else unit
    if len(stated) > 1:
        refuse(file, "PARAM", ~rows["PARAM"].duplicated(), rows, f"one unit for PARAMCD {paramcd}")
    known = next(iter(stated)) or asked
    if known is None:
        expected = (
            f"the unit of AVAL for PARAMCD {paramcd}; name it with --time-unit, in a notebook with "
            f"time_unit={'|'.join(units.TIME_UNITS)}"
        )
        raise InputError.at(file, column="AVALU", expected=expected + _hint(rows))
    return known


def _one_unit(file: str, rows: pd.DataFrame) -> str:
    written = rows["AVALU"]
    known = written.map({w: units.time_unit(w) for w in written.unique()})
    refuse(file, "AVALU", known.isna(), rows, "one of " + ", ".join(units.TIME_UNITS))
    refuse(file, "AVALU", known != known.iloc[0], rows, f"one unit, {known.iloc[0]}")
    return str(known.iloc[0])


def _hint(rows: pd.DataFrame) -> str:
    """Say which unit the dates would fit, so that the user need not look it up; it is not taken from them."""
    if not {"STARTDT", "ADT"} <= set(rows.columns):
        return ""
    span = (rows["ADT"] - rows["STARTDT"]).dt.days.to_numpy(dtype=float)
    time = rows["AVAL"].to_numpy()
    for unit in units.TIME_UNITS:
        days = time * units.DAYS_PER[unit]
        far = np.abs(days - span)
        if np.isfinite(far).any() and np.nanmedian(far) <= max(1.0, 0.05 * units.DAYS_PER[unit]):
            return f" (the dates of the table fit {unit})"
    return ""


def in_days(values: np.ndarray, unit: str) -> np.ndarray:
    """Return times in days. Months that were made from whole days become these days again.

    Dividing dates by 30.4375 splits ties in the 13th digit; a millionth of a day is no difference.
    """
    return values if unit == "days" else np.round(values * units.DAYS_PER[unit], 6)


def build(
    role: str, paramcd: str, rows: pd.DataFrame, unit: str, arm: np.ndarray | None, arms: tuple[str, ...]
) -> Endpoint:
    """Make the endpoint from its checked records; `arm` has one entry per record."""
    days = in_days(rows["AVAL"].to_numpy(dtype=float), unit)
    label = label_of(rows, paramcd)
    shown = tuple(a for a in arms if arm is not None and (arm == a).any())
    if len(shown) < 2:
        arm, shown = None, ()
    return Endpoint(
        role=role,
        paramcd=paramcd,
        label=label,
        unit=unit,
        USUBJID=rows["USUBJID"].to_numpy(dtype=str),
        days=days,
        time_months=days / DAYS_PER_MONTH,
        event=(rows["CNSR"] == 0).to_numpy(),
        arm=arm,
        arms=shown,
        own_name=label if paramcd != role or _contradicts(role, paramcd, label) else "",
    )
