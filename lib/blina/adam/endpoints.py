"""Endpoints: which PARAMCD plays which role, in which unit, and what of it the statistics need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from blina.adam import units
from blina.adam.refusal import refuse
from blina.vocabulary import DAYS_PER_MONTH
from blina_base.errors import InputError

# The roles that reports ask for, and the PARAMCDs that are taken for them, the first one found.
DEFAULT_CODES = {"OS": "OS|DEATH|TTDE", "RFS": "RFS|DFS|PFS|EFS"}
# Those of OS whose event is death for certain; TTDE is any time to an event.
DEATHS = ("OS", "DEATH")


@dataclass(frozen=True)
class Endpoint:
    """One endpoint, one entry per patient that has it, in the order of the table.

    `days` is AVAL in days (whole where the table's are); `time_months` = days / 30.4375. `event` is
    CNSR == 0. `arm` holds each patient's arm, None where the study has fewer than two; `arms` their order.
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


def counts_deaths(roles: dict[str, str], wanted: str | None) -> bool:
    """Say whether the event of what plays OS is death: by its code, or by the user's word."""
    named = codes("OS", wanted) != codes("OS", None)
    return "OS" in roles and (named or roles["OS"] in DEATHS)


def check_known(file: str, adtte: pd.DataFrame, roles: dict[str, str]) -> None:
    """Refuse a table in which no PARAMCD plays a role."""
    if roles:
        return
    known = " or ".join(f"{r.lower()}_paramcd {'|'.join(codes(r, None))}" for r in DEFAULT_CODES)
    first = ~adtte["PARAMCD"].duplicated().to_numpy()
    refuse(file, "PARAMCD", first, adtte["PARAMCD"], f"an endpoint that a parameter names ({known})")


def unit_of(file: str, adtte: pd.DataFrame, paramcd: str, asked: str | None) -> str:
    """Return the unit of AVAL: from AVALU, else from the words of PARAM, else the one the user gave.

    InputError where the units are mixed or unknown, or where there is none at all: it is never guessed.
    """
    here = (adtte["PARAMCD"] == paramcd).to_numpy()
    if "AVALU" in adtte and adtte.loc[here, "AVALU"].ne("").any():
        return _one_unit(file, adtte, here)
    stated = {units.stated_in(p) for p in adtte.loc[here, "PARAM"].unique()} if "PARAM" in adtte else {None}
    if len(stated) > 1:
        first = here & ~adtte["PARAM"].duplicated().to_numpy()
        refuse(file, "PARAM", first, adtte["PARAM"], f"one unit for PARAMCD {paramcd}")
    unit = next(iter(stated)) or asked
    if unit is None:
        expected = (
            f"the unit of AVAL for PARAMCD {paramcd}; name it with --time-unit, in a notebook with "
            f"time_unit={'|'.join(units.TIME_UNITS)}"
        )
        raise InputError.at(file, column="AVALU", expected=expected + _hint(adtte, here))
    return unit


def _one_unit(file: str, adtte: pd.DataFrame, here: np.ndarray) -> str:
    written = adtte["AVALU"]
    known = written.map({w: units.time_unit(w) for w in written.unique()})
    refuse(file, "AVALU", here & known.isna().to_numpy(), written, "one of " + ", ".join(units.TIME_UNITS))
    found = known[here]
    refuse(file, "AVALU", here & (known != found.iloc[0]).to_numpy(), written, f"one unit, {found.iloc[0]}")
    return str(found.iloc[0])


def _hint(adtte: pd.DataFrame, here: np.ndarray) -> str:
    """Say which unit the dates would fit, so that the user need not look it up; it is not taken from them."""
    if not {"STARTDT", "ADT"} <= set(adtte.columns):
        return ""
    span = (adtte["ADT"] - adtte["STARTDT"]).dt.days.to_numpy(dtype=float)[here]
    time = adtte["AVAL"].to_numpy()[here]
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
    role: str, paramcd: str, adtte: pd.DataFrame, unit: str, arm: pd.Series | None, arms: tuple[str, ...]
) -> Endpoint:
    """Make the endpoint from checked records; `arm` has one entry per record of ADTTE."""
    here = (adtte["PARAMCD"] == paramcd).to_numpy()
    rows = adtte[here]
    days = in_days(rows["AVAL"].to_numpy(dtype=float), unit)
    label = str(rows["PARAM"].iloc[0]) if "PARAM" in rows else paramcd
    own = None if arm is None else arm[here].to_numpy(dtype=str)
    shown = tuple(a for a in arms if own is not None and (own == a).any())
    if len(shown) < 2:
        own, shown = None, ()
    return Endpoint(
        role=role,
        paramcd=paramcd,
        label=label,
        unit=unit,
        USUBJID=rows["USUBJID"].to_numpy(dtype=str),
        days=days,
        time_months=days / DAYS_PER_MONTH,
        event=(rows["CNSR"] == 0).to_numpy(),
        arm=own,
        arms=shown,
    )
