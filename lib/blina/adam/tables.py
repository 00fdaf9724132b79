"""The patient-level tables of one folder, read, checked and ready for the statistics."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import pandas as pd

from blina.adam import arms as arms_of
from blina.adam import checking, cleaning, endpoints, finding, kinetics, mapping, reading, schema, units
from blina.adam.endpoints import Endpoint
from blina.adam.finding import Source
from blina_base import project
from blina_base.errors import InputError
from blina_base.files import sha256

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
    event of OS is death. `warnings` begin with a name in capitals. `files` maps adsl, adtte, adlb to the
    names of their files.
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
    warnings: tuple[str, ...]
    files: dict[str, str]

    @property
    def patients(self) -> int:
        """Return the number of patients in ADSL."""
        return len(self.adsl)

    @property
    def unused_codes(self) -> tuple[str, ...]:
        """Return the PARAMCDs of ADTTE that play no role."""
        return tuple(sorted(set(self.adtte["PARAMCD"]) - set(self.roles.values()) - {""}))

    def endpoint(self, role: str) -> Endpoint:
        """Return the endpoint that plays `OS` or `RFS`. InputError where the table has none for it."""
        if role not in self.roles:
            options = " or ".join(endpoints.codes(role, None)) if role in endpoints.DEFAULT_CODES else role
            there = ", ".join(sorted(set(self.adtte["PARAMCD"])))
            raise InputError.at(self.files["adtte"], column="PARAMCD", value=there, expected=options)
        code = self.roles[role]
        return endpoints.build(role, code, self.adtte, self.time_units[code], self.arm, self.arms)


def read_tables(
    data_dir: Path | str | None = None,
    time_unit: str | None = None,
    mapping_file: Path | str | None = None,
    *,
    os_paramcd: str | None = None,
    rfs_paramcd: str | None = None,
    mask_ids: bool = False,
) -> Tables:
    """Read the tables of a folder; None, "" or "reference" is the checked-in reconstructed cohort.

    `time_unit` is used only where neither AVALU nor PARAM states one. `mapping_file` (else a
    `columns.yaml` in the folder) names the columns that are called otherwise. `os_paramcd` and `rfs_paramcd`
    say which PARAMCD plays which role, several joined by |. `mask_ids` replaces each USUBJID by P1, P2, …
    and drops SUBJID.
    Raises InputError, one line, for anything that is wrong with the files.
    """
    folder = finding.folder(_resolved(data_dir))
    asked = units.asked_for(time_unit)
    names = mapping.read_mapping(_mapping_path(folder, mapping_file))
    raw = _read_all(folder, names)
    adsl, adtte = raw["adsl"].frame, raw["adtte"].frame
    _check(raw)
    roles = endpoints.assign(raw["adtte"].file, _present(adtte), {"OS": os_paramcd, "RFS": rfs_paramcd})
    endpoints.check_known(raw["adtte"].file, adtte, roles)
    time_units, warnings = _check_roles(raw["adtte"].file, adtte, roles, asked)
    adsl = mapping.with_response_day(raw["adsl"].file, adsl, adtte)
    mapped = [t for t in ("adtte", "adsl") if "ARM" in names.columns.get(t, {})]
    warnings += checking.response_warnings(raw["adsl"].file, adsl)
    arm, arms = arms_of.find(adsl, adtte, mapped)
    tables = Tables(
        adsl=adsl,
        adtte=adtte,
        adlb=kinetics.in_cells_per_ul(raw["adlb"].frame) if "adlb" in raw else None,
        kind=_kind(folder, adsl),
        sources=tuple(r.source for r in raw.values()),
        roles=roles,
        time_units=time_units,
        deaths=endpoints.counts_deaths(roles, os_paramcd),
        arm=arm,
        arms=arms,
        warnings=(*(n for r in raw.values() for n in r.notes), *warnings),
        files={t: r.file for t, r in raw.items()},
    )
    return masked(tables) if mask_ids else tables


@dataclass(frozen=True)
class _Raw:
    file: str
    frame: pd.DataFrame
    source: Source
    notes: tuple[str, ...]


def _resolved(data_dir: Path | str | None) -> Path:
    if data_dir is None or str(data_dir) in ("", REFERENCE):
        return project.reference_cohort()
    return Path(data_dir).expanduser()


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
    if given is not None and str(given):
        return Path(given).expanduser()
    own = folder / mapping.FILE_NAME
    return own if own.exists() else None


def _read_all(folder: Path, names: mapping.Mapping) -> dict[str, _Raw]:
    found = {t: finding.find(folder, t) for t in schema.TABLE_NAMES}
    for table in ("adsl", "adtte"):
        if found[table] is None:
            kinds = ", ".join(f"{table}{s}" for s in finding.SUFFIXES)
            raise InputError.at(folder.name, expected=f"one of {kinds}; the folder has none")
    return {t: _read(t, path, names) for t, path in found.items() if path is not None}


def _read(table: str, path: Path, names: mapping.Mapping) -> _Raw:
    frame, notes = reading.read(path)
    frame = cleaning.clean(
        table, path.name, names.apply(table, path.name, frame), names.values.get(table, {})
    )
    return _Raw(path.name, frame, Source(path.name, sha256(path)), notes)


def _check(raw: dict[str, _Raw]) -> None:
    adsl = raw["adsl"]
    checking.check_subjects(adsl.file, adsl.frame)
    for other in (r for t, r in raw.items() if t != "adsl"):
        checking.check_belongs(other.file, other.frame, adsl.file, adsl.frame)
    if "adlb" in raw:
        kinetics.check_counts(raw["adlb"].file, raw["adlb"].frame)


def _present(adtte: pd.DataFrame) -> list[str]:
    return sorted(set(adtte["PARAMCD"]) - {""})


def _check_roles(
    file: str, adtte: pd.DataFrame, roles: dict[str, str], asked: str | None
) -> tuple[dict[str, str], list[str]]:
    time_units: dict[str, str] = {}
    warnings = []
    for code in dict.fromkeys(roles.values()):
        checking.check_endpoint(file, adtte, code)
        unit = time_units[code] = endpoints.unit_of(file, adtte, code, asked)
        checking.check_length(file, adtte, code, units.DAYS_PER[unit])
        warnings.append(checking.date_warning(file, adtte, code, unit, units.DAYS_PER[unit]))
        if asked not in (None, unit):
            warnings.append(
                f"TIME-UNIT-UNUSED: {file} states {unit} for {code}; time_unit={asked} is not used"
            )
    return time_units, [w for w in warnings if w]


def masked(tables: Tables) -> Tables:
    """Return the tables with patients called P1, P2, … in the order of ADSL, and without SUBJID."""
    width = len(str(tables.patients))
    ids = {u: f"P{i + 1:0{width}d}" for i, u in enumerate(tables.adsl["USUBJID"])}

    def hide(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(USUBJID=frame["USUBJID"].map(ids)).drop(columns="SUBJID", errors="ignore")

    adlb = None if tables.adlb is None else hide(tables.adlb)
    return replace(tables, adsl=hide(tables.adsl), adtte=hide(tables.adtte), adlb=adlb)
