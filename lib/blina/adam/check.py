"""What a folder of tables holds, and which reports it is enough for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from blina.adam import endpoints
from blina.adam.endpoints import Endpoint
from blina.adam.needs import DEATH, missing
from blina.adam.tables import Tables, read_tables
from blina.formats import counted


@dataclass(frozen=True)
class Check:
    """The tables, and per report the needs that they do not meet (none: it can be rendered)."""

    tables: Tables
    reports: dict[str, tuple[str, ...]]

    def lines(self) -> list[str]:
        """Return what was found as lines for a terminal."""
        found = [
            _endpoint_lines(self.tables.endpoint(role), self.tables.arm_source) for role in self.tables.roles
        ]
        return [
            *(f"{s.name}  sha256 {s.sha256}" for s in self.tables.sources),
            f"{counted(self.tables.patients, 'patient')} in {self.tables.files['adsl']}",
            *(line for lines in found for line in lines),
            *_unused(self.tables),
            *([f"could name arms, too: {self.tables.arm_others}"] if self.tables.arm_others else []),
            *(f"warning: {w}" for w in self.tables.warnings),
            *(_report_line(self.tables, r, lacking) for r, lacking in self.reports.items()),
        ]


def check(
    data_dir: Path | str,
    reports: Mapping[str, Iterable[str]],
    *,
    with_claims: bool | None = None,
    **options: Any,
) -> Check:
    """Read the folder and say which reports (name → needs) can be rendered from it.

    `with_claims` is that of `missing`, `options` are those of `read_tables`. Raises InputError where the
    data are wrong.
    """
    tables = read_tables(data_dir, **options)
    return Check(
        tables, {name: tuple(missing(tables, needs, with_claims)) for name, needs in reports.items()}
    )


def explain(tables: Tables, need: str) -> str:
    """Say in words what the need lacks: which column of which file, or which table."""
    table, _, name = need.upper().partition(".")
    if table == "CLAIMS":
        return f"{need} (printed numbers about these patients: claims=FILE when rendering)"
    if need.upper() == DEATH and "OS" in tables.roles:
        return f"{need} ({_no_death(tables)})"
    name = "OS" if need.upper() == DEATH else name
    file = tables.files.get(table.lower())
    if file is None:
        return f"{need} (there is no {table.lower()} table)"
    if table == "ADTTE" and name in endpoints.DEFAULT_CODES:
        return f"{need} ({file} has no PARAMCD {', '.join(endpoints.codes(name, None))})"
    if table == "ADLB":
        return f"{need} ({file} has no PARAMCD {name})"
    lacks = "no values in" if name in tables.adsl.columns else "no"
    return f"{need} ({file} has {lacks} column {name})"


def _no_death(tables: Tables) -> str:
    """Say why what plays overall survival need not end with death, and how the user can say that it does."""
    code = tables.roles["OS"]
    label = tables.endpoint("OS").label
    if endpoints.speaks_of_death(label):
        return f"{code} may be any event; os_paramcd={code} says that it is death"
    way = f"`values: {{adtte: {{PARAMCD: {{OS: [{code}]}}}}}}`"
    return f"{code}, {label!r}, may be any event; {way} in columns.yaml says that it is overall survival"


def _counts(event: NDArray[np.bool_]) -> str:
    return f"{counted(len(event), 'patient')}, {counted(int(event.sum()), 'event')}"


def _endpoint_lines(endpoint: Endpoint, source: str) -> list[str]:
    head = (
        f"{endpoint.role}: PARAMCD {endpoint.paramcd} ({endpoint.label}), AVAL in {endpoint.unit}, "
        f"{_counts(endpoint.event)}"
    )
    if endpoint.arm is None:
        return [head, f"  one arm ({source})" if source else "  one arm"]
    head += f", arms of {source}"
    groups = ((a, endpoint.arm == a) for a in endpoint.arms)
    return [head, *(f"  {a}: {_counts(endpoint.event[g])}" for a, g in groups)]


def _unused(tables: Tables) -> list[str]:
    codes = ", ".join(tables.unused_codes)
    return [f"PARAMCD without a role: {codes}"] if codes else []


def _report_line(tables: Tables, report: str, lacking: tuple[str, ...]) -> str:
    if not lacking:
        return f"{report}: can be rendered"
    return f"{report}: not applicable: needs {'; '.join(explain(tables, n) for n in lacking)}"
