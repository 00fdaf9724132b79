"""The patient-level tables of one folder, read, checked and ready for the statistics."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd

from blina.adam import arms as arms_of
from blina.adam import (
    censoring,
    checking,
    cleaning,
    endpoints,
    finding,
    kinetics,
    mapping,
    population,
    reading,
    schema,
    units,
)
from blina.adam.endpoints import Endpoint
from blina.adam.finding import Source
from blina.adam.warnings import warning
from blina_base import project
from blina_base.errors import InputError
from pseudoipd.output import MARK

DataKind = Literal["reconstructed", "simulated", "yours"]
REFERENCE = "reference"
PROVENANCE = "provenance.json"
MADE_UP = ("RECON-", "SIM-")


@dataclass(frozen=True)
class Tables:
    """ADSL (one row per patient), ADTTE (patient × endpoint) and, where there is one, ADLB.

    Columns of the schema have the schema's kinds (text with "" for missing, flags Y/N/"", numbers with nan);
    a study's own columns are kept as read. `kind` is what may be said of the patients. `roles` maps OS and
    RFS to the PARAMCD that plays them, `time_units` each such PARAMCD to its unit; `deaths` says whether the
    event of OS is death. `arm_source` is the file and column that gave the arms, empty without any.
    `warnings` begin with a name in capitals (`blina.adam.warnings`). `files` maps adsl, adtte, adlb to the
    names of their files. Only what is analyzed is there: patients of the population, flagged records; the
    index of ADSL is the place in its file (0 is row 2). `arm_others` are the columns that could have given
    the arms and have more than one value.
    """

    adsl: pd.DataFrame
    adtte: pd.DataFrame
    adlb: pd.DataFrame | None
    kind: DataKind
    sources: tuple[Source, ...]
    roles: dict[str, str]
    time_units: dict[str, str]
    deaths: bool
    arm: pd.Series | None
    arms: tuple[str, ...]
    arm_source: str
    arm_others: str
    warnings: tuple[str, ...]
    files: dict[str, str]

    @property
    def patients(self) -> int:
        """Return the number of patients in ADSL."""
        return len(self.adsl)

    @property
    def drawn(self) -> bool:
        """Whether the times bear the mark of drawn patients, whoever brings them."""
        marks = self.adtte.get("DTYPE")
        return marks is not None and len(marks) > 0 and bool((marks.astype(str) == MARK).all())

    @property
    def unused_codes(self) -> tuple[str, ...]:
        """Return the PARAMCDs of ADTTE that play no role."""
        return tuple(sorted(set(_present(self.adtte)) - set(self.roles.values())))

    def endpoint(self, role: str) -> Endpoint:
        """Return the endpoint that plays `OS` or `RFS`. InputError where the table has none for it."""
        if role not in self.roles:
            options = " or ".join(endpoints.codes(role, None)) if role in endpoints.DEFAULT_CODES else role
            there = ", ".join(sorted(set(self.adtte["PARAMCD"])))
            raise InputError.at(self.files["adtte"], column="PARAMCD", value=there, expected=options)
        if role not in self._built:
            code = self.roles[role]
            here = (self.adtte["PARAMCD"] == code).to_numpy()
            arm = None if self.arm is None else self.arm[here].to_numpy(dtype=str)
            self._built[role] = endpoints.build(
                role, code, self.adtte[here], self.time_units[code], arm, self.arms
            )
        return self._built[role]

    @cached_property
    def _built(self) -> dict[str, Endpoint]:
        """The endpoints that were asked for: a page asks for each more than once."""
        return {}


def read_tables(
    data_dir: Path | str | None = None,
    time_unit: str | None = None,
    mapping_file: Path | str | None = None,
    *,
    os_paramcd: str | None = None,
    rfs_paramcd: str | None = None,
    population: str | None = None,
    analysis_flag: str | None = None,
    mask_ids: bool = False,
) -> Tables:
    """Read the tables of a folder; None, "" or "reference" is the checked-in reconstructed cohort.

    `time_unit` is used only where AVALU and PARAM state none, or two. `mapping_file` (else a
    `columns.yaml` in the folder) names the columns that are called otherwise. `os_paramcd` and `rfs_paramcd`
    say which PARAMCD plays which role, several joined by |; `population` and `analysis_flag` which flags say
    who and what is analyzed (`population.Choice`). `mask_ids` replaces each USUBJID by P1, P2, … and drops
    SUBJID. Raises InputError, one line, for anything that is wrong with the files.
    """
    folder = finding.folder(_resolved(data_dir))
    wanted = {"OS": os_paramcd, "RFS": rfs_paramcd}
    asked = units.asked_for(time_unit)
    choice = _choice(population, analysis_flag)
    path = _mapping_path(folder, mapping_file)
    names = mapping.read_mapping(path)
    raw, kind, notes = _read_all(folder, names, choice)
    notes += finding.left_alone(folder, [r.path for r in raw.values()], path)
    raw = _masked(raw) if mask_ids else raw
    _check(raw)
    raw, left_out = _analyzed(raw, choice)
    return _tables(raw, kind, names, wanted, asked, [*notes, *left_out])


def _tables(
    raw: dict[str, _Raw],
    kind: DataKind,
    names: mapping.Mapping,
    wanted: dict[str, str | None],
    asked: str | None,
    notes: list[str],
) -> Tables:
    """Return the tables of what is analyzed, with all checked that every statistic takes for granted."""
    files = {t: r.file for t, r in raw.items()}
    adsl, adtte = raw["adsl"].frame, raw["adtte"].frame
    roles = endpoints.assign(files["adtte"], _present(adtte), wanted)
    endpoints.check_known(files["adtte"], adtte, roles)
    rows = {role: adtte[adtte["PARAMCD"] == code] for role, code in roles.items()}
    label = endpoints.label_of(rows["OS"], roles["OS"]) if "OS" in roles else ""
    deaths = endpoints.counts_deaths(roles, wanted["OS"], label)
    time_units, warnings = _check_roles(files["adtte"], rows, roles, asked)
    adsl = mapping.with_response_day(files["adsl"], adsl, adtte)
    warnings += checking.response_warnings(files["adsl"], adsl)
    for role in roles:
        warnings += censoring.warnings(files["adtte"], rows[role], adsl, deaths and role == "OS")
    adlb, repeats = _counts(raw.get("adlb"), names.count_unit)
    arms = arms_of.find(adsl, adtte, names.arms(), files)
    built = {
        role: endpoints.build(role, code, rows[role], time_units[code], None, ())
        for role, code in roles.items()
        # Patients of a user's may contradict themselves.
        if kind == "yours"
    }
    return Tables(
        adsl=adsl,
        # Records of which none was left out are a million that need no copy.
        adtte=adtte if adtte.index.equals(pd.RangeIndex(len(adtte))) else adtte.reset_index(drop=True),
        adlb=adlb,
        kind=kind,
        sources=tuple(r.source for r in raw.values()),
        roles=roles,
        time_units=time_units,
        deaths=deaths,
        arm=None if arms.of is None else arms.of.reset_index(drop=True),
        arms=arms.order,
        arm_source=arms.source,
        arm_others=arms.others,
        warnings=(
            *(n for r in raw.values() for n in r.notes),
            *notes,
            *arms.notes,
            *warnings,
            *repeats,
            *checking.course_warnings(adsl, built.get("OS"), built.get("RFS"), deaths),
        ),
        files=files,
    )


@dataclass(frozen=True)
class _Raw:
    path: Path
    frame: pd.DataFrame
    source: Source
    notes: tuple[str, ...]

    @property
    def file(self) -> str:
        return self.path.name


def _resolved(data_dir: Path | str | None) -> Path:
    if data_dir is None or str(data_dir) in ("", REFERENCE):
        return project.reference_cohort()
    return Path(data_dir)


def _choice(people: str | None, flag: str | None) -> population.Choice:
    default = population.Choice()
    named = people if people and people.strip() else default.population
    return population.Choice(named, flag if flag and flag.strip() else default.analysis_flag)


def _kind(folder: Path, adsl: pd.DataFrame) -> DataKind:
    """Return what the folder's `provenance.json` says of these patients; the user's where it says nothing.

    Only believed of patients whose ids no trial would give: a real trial is never called reconstructed.
    """
    try:
        said = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return "yours"
    made = adsl["USUBJID"].str.startswith(MADE_UP).all()
    kind = said.get("kind") if isinstance(said, dict) and made else None
    return "reconstructed" if kind == "reconstructed" else "simulated" if kind == "simulated" else "yours"


def _mapping_path(folder: Path, given: Path | str | None) -> Path | None:
    return Path(given) if given is not None and str(given) else finding.mapping_file(folder)


def _read_all(
    folder: Path, names: mapping.Mapping, choice: population.Choice
) -> tuple[dict[str, _Raw], DataKind, list[str]]:
    """Return each table in the schema's kinds, what the patients are, and notes on the mapping."""
    found = {t: finding.find(folder, t) for t in schema.TABLE_NAMES}
    for table in ("adsl", "adtte"):
        if found[table] is None:
            raise finding.no_table(folder, table)
    raw = {t: _read(t, path, names, choice) for t, path in found.items() if path is not None}
    return raw, _kind(folder, raw["adsl"].frame), names.without_table(set(raw))


def _read(table: str, path: Path, names: mapping.Mapping, choice: population.Choice) -> _Raw:
    # A study's own columns are kept of its patients; records are many, and of them only what is used is read.
    wanted = None if table == "adsl" else schema.used(table) | names.wanted(table) | choice.flags()
    with ThreadPoolExecutor(1) as beside:
        # The digest of a large file takes a third of a second, in which another core can read.
        source = beside.submit(finding.source, path)
        frame, notes = reading.read(path, table, wanted, names.encoding)
        frame = names.apply(table, path.name, frame)
        unused = names.unused(table, path.name, frame)
        frame, read = cleaning.clean(table, path.name, frame, names.values.get(table, {}))
        return _Raw(path, frame, source.result(), (*notes, *unused, *read))


def _check(raw: dict[str, _Raw]) -> None:
    adsl = raw["adsl"]
    checking.check_subjects(adsl.file, adsl.frame)
    for other in (r for t, r in raw.items() if t != "adsl"):
        checking.check_belongs(other.file, other.frame, adsl.file, adsl.frame)


def _analyzed(raw: dict[str, _Raw], choice: population.Choice) -> tuple[dict[str, _Raw], list[str]]:
    """Return the tables with the patients and records that are analyzed, and notes on what is left out."""
    adsl = population.with_flags(raw["adtte"].file, raw["adsl"].frame, raw["adtte"].frame, choice)
    inside, notes = population.patients(raw["adsl"].file, adsl, choice)
    patients = raw["adsl"].frame[inside]
    found = {"adsl": replace(raw["adsl"], frame=patients)}
    for table, one in ((t, r) for t, r in raw.items() if t != "adsl"):
        # Each record is of a patient of ADSL (`checking.check_belongs`).
        frame = one.frame if inside.all() else one.frame[one.frame["USUBJID"].isin(patients["USUBJID"])]
        kept, more = population.records(one.file, frame, choice, needed=table == "adtte")
        found[table] = replace(one, frame=frame if kept.all() else frame[kept])
        notes += more
    if found["adtte"].frame.empty:
        expected = (
            "a record of a patient to analyze that is marked; analysis_flag=all and population=all take all"
        )
        raise InputError.at(found["adtte"].file, expected=expected)
    return found, notes


def _counts(adlb: _Raw | None, asked: str) -> tuple[pd.DataFrame | None, list[str]]:
    if adlb is None:
        return None, []
    frame, notes = kinetics.once(adlb.file, kinetics.in_cells_per_ul(adlb.file, adlb.frame, asked))
    return frame.reset_index(drop=True), notes


def _present(adtte: pd.DataFrame) -> list[str]:
    return sorted(set(adtte["PARAMCD"].unique()) - {""})


def _check_roles(
    file: str, of_role: dict[str, pd.DataFrame], roles: dict[str, str], asked: str | None
) -> tuple[dict[str, str], list[str]]:
    time_units: dict[str, str] = {}
    warnings = []
    for role, code in roles.items():
        rows = of_role[role]
        checking.check_endpoint(file, rows, code)
        warnings += endpoints.check_words(file, rows, role, code)
        unit = time_units[code] = endpoints.unit_of(file, rows, code, asked)
        checking.check_length(file, rows, units.DAYS_PER[unit])
        warnings += checking.date_warning(file, rows, code, unit, units.DAYS_PER[unit])
        if asked not in (None, unit):
            text = f"{file} states {unit} for {code}; time_unit={asked} is not used"
            warnings.append(warning("TIME-UNIT-UNUSED", text))
    return time_units, list(dict.fromkeys(warnings))


def _masked(raw: dict[str, _Raw]) -> dict[str, _Raw]:
    """Return the tables with patients called P1, P2, … in the order of ADSL, and without SUBJID.

    Done before anything is checked, so that no refusal names a patient; an id that ADSL lacks is ?1, ….
    """
    known = dict.fromkeys(id for id in raw["adsl"].frame["USUBJID"] if id)
    width = len(str(len(known)))
    ids = {id: f"P{i:0{width}d}" for i, id in enumerate(known, 1)} | {"": ""}
    alien = dict.fromkeys(id for r in raw.values() for id in r.frame["USUBJID"] if id not in ids)
    ids |= {id: f"?{i}" for i, id in enumerate(alien, 1)}
    return {
        table: replace(
            one,
            frame=one.frame.assign(USUBJID=one.frame["USUBJID"].map(ids)).drop(
                columns="SUBJID", errors="ignore"
            ),
        )
        for table, one in raw.items()
    }
