"""Who is analyzed, and which records: the population of ADSL, the analysis flag of the other tables.

By default the first of ITTFL and FASFL that is there, and records with ANL01FL Y where that is there. What is
left out is counted, under a name (`warnings.NAMES`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from blina.adam import cleaning, schema
from blina.adam.refusal import refuse
from blina.adam.warnings import warning
from blina_base.errors import InputError

POPULATION, ANALYSIS_FLAG, EVERYONE = "ITTFL|FASFL", "ANL01FL", "all"


@dataclass(frozen=True)
class Choice:
    """Which flags choose: names joined by |, the first that is there; `all` for no choice."""

    population: str = POPULATION
    analysis_flag: str = ANALYSIS_FLAG

    def flags(self) -> frozenset[str]:
        """Return the names of the columns that may choose."""
        return frozenset((*_names(self.population), *_names(self.analysis_flag)))


def patients(file: str, adsl: pd.DataFrame, choice: Choice) -> tuple[pd.Series, list[str]]:
    """Say of each patient of ADSL whether the patient is analyzed, with notes on who is not.

    InputError where the user names a flag that is not there, or where it leaves nobody.
    """
    everyone = pd.Series(True, index=adsl.index)
    if choice.population.strip().lower() == EVERYONE:
        return everyone, []
    name = _there(file, adsl, choice.population, "" if choice.population == POPULATION else "population")
    inside, notes = everyone, []
    if name:
        flag = cleaning.flags(file, name, cleaning.text(adsl[name]))
        inside = flag == "Y"
        if not inside.any():
            expected = f"Y for somebody in {name}, or population=all"
            raise InputError.at(file, column=name, value=_counted(flag), expected=expected)
        if not inside.all():
            notes.append(
                f"{_left(inside)} patients are not in the population {name} ({_counted(flag[~inside])})"
            )
    failed = _never_assigned(adsl) & inside
    if failed.any() and not failed.all():
        notes.append(
            f"{int(failed.sum())} of {len(failed)} patients were not assigned to an arm (screen failures)"
        )
        inside = inside & ~failed
    return inside, [
        warning("PATIENTS-LEFT-OUT", f"{file}: {note}; left out (population=all counts them)")
        for note in notes
    ]


def with_flags(file: str, adsl: pd.DataFrame, adtte: pd.DataFrame, choice: Choice) -> pd.DataFrame:
    """Return ADSL with the flags of a population that stand in ADTTE (`file`) only."""
    for name in _names(choice.population):
        if name in adtte and name not in adsl:
            flagged = adtte.loc[cleaning.text(adtte[name]) != ""].drop_duplicates(["USUBJID", name])
            twice = flagged["USUBJID"].duplicated(keep=False)
            refuse(file, name, twice, flagged, "one value for each patient, or population=all")
            adsl = adsl.assign(**{name: adsl["USUBJID"].map(flagged.set_index("USUBJID")[name])})
    return adsl


def records(
    file: str, frame: pd.DataFrame, choice: Choice, *, needed: bool = True
) -> tuple[pd.Series, list[str]]:
    """Say of each record whether it is analyzed, with a note for each PARAMCD on how many are not.

    A PARAMCD for which the flag is empty throughout was not flagged, and keeps its records. InputError where
    the user names a flag that is not there, unless it is not `needed`.
    """
    everyone = pd.Series(True, index=frame.index)
    if choice.analysis_flag.strip().lower() == EVERYONE:
        return everyone, []
    asked = needed and choice.analysis_flag != ANALYSIS_FLAG
    name = _there(file, frame, choice.analysis_flag, "analysis_flag" if asked else "")
    if not name:
        return everyone, []
    flag = cleaning.flags(file, name, cleaning.text(frame[name]))
    flagged = frame["PARAMCD"].isin(frame.loc[flag != "", "PARAMCD"].unique())
    inside = (flag == "Y") | ~flagged
    notes = []
    for code, kept in inside.groupby(frame["PARAMCD"], sort=True):
        if not kept.all():
            notes.append(
                f"{file}, PARAMCD {code}: {_left(kept)} records are not marked Y in {name} "
                f"({_counted(flag[kept.index][~kept])}); left out (analysis_flag=all counts them)"
            )
    return inside, [warning("RECORDS-LEFT-OUT", note) for note in notes]


def _names(text: str) -> tuple[str, ...]:
    names = (name.strip().upper() for name in text.split("|"))
    return tuple(name for name in names if name and name != EVERYONE.upper())


def _there(file: str, frame: pd.DataFrame, text: str, parameter: str) -> str:
    """Return the first of the flags that stands in the table with any value, "" for none.

    InputError instead of "" where `parameter` is the name of one by which the user asked for it.
    """
    found = next((n for n in _names(text) if n in frame and cleaning.text(frame[n]).ne("").any()), "")
    if not found and parameter:
        expected = f"a flag of {file} that has values, or all"
        raise InputError.at(parameter, value=text, expected=expected)
    return found


def _never_assigned(adsl: pd.DataFrame) -> pd.Series:
    """Say of each patient whether any column of arms says that there was never one."""
    found = pd.Series(False, index=adsl.index)
    for name in dict.fromkeys(name for table, name in schema.ARM_COLUMNS if table == "adsl"):
        if name in adsl:
            cells = cleaning.text(adsl[name])
            found |= cells.isin([word for word in cells.unique() if schema.NO_PATIENTS.fullmatch(word)])
    return found


def _left(inside: pd.Series) -> str:
    return f"{int((~inside).sum())} of {len(inside)}"


def _counted(flag: pd.Series) -> str:
    """Return how often the flag has which value: `2 N, 1 empty`."""
    return ", ".join(f"{count} {value or 'empty'}" for value, count in flag.value_counts().items())
