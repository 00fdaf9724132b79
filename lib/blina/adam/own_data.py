"""Data that are the user's own: the parameters that say how to read them, and what a page says first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from blina.collection import COLLECTION
from blina.facts import read_claims
from blina.formats import counted, listed
from blina.vocabulary import ENDPOINT_NAMES
from nbreports.html.markup import escape_markdown as plain
from nbreports.plan.parameters import DATA_DIR, assignments, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from blina.adam import Endpoint, Tables
    from nbreports.plan.parameters import Parameter

_FIXED = (
    "The answer, the results and their numbers are computed from your data; the other text of the page is "
    "the same for all data and speaks of the paper's trial."
)


def options(texts: Iterable[str]) -> dict[str, Any]:
    """Return what NAME=VALUE texts say to `blina.adam.check`; ParameterError for what is no data parameter.

    A claims file is read, so that a wrong one is refused here too.
    """
    known = {parameter.name: parameter for parameter in COLLECTION.data_parameters}
    found: dict[str, Any] = {}
    for name, text in assignments(texts).items():
        if name not in known:
            raise unknown(name, known, "check")
        found[name] = known[name].from_text(text, "check")
    if found.pop("claims", "published") != "published":
        found["with_claims"] = bool(read_claims(Path(assignments(texts)["claims"])))
    return found


def readers(declared: Mapping[str, Iterable[Parameter]]) -> dict[str, bool]:
    """Return for each report whether it reads tables at all, which is to say: has the parameter data_dir."""
    return {report: any(p.name == DATA_DIR for p in known) for report, known in declared.items()}


def note(tables: Tables, own_claims: bool) -> str:
    """Return the Markdown that says what was read, what plays which role, and what seemed odd."""
    # Their digests stand in the footer.
    files = listed([plain(source.name) for source in tables.sources])
    compared = (
        "The printed numbers on this page are those of your own claims file."
        if own_claims
        else "What is printed about the trial of the paper is not compared with them."
    )
    whose = "Reconstructed patients, not a record of anybody." if tables.drawn else "Your data."
    lines = [
        f"**{whose}** {counted(tables.patients, 'patient')}, read from {files}. {compared} {_FIXED}",
        *(f"- {_role(tables.endpoint(role), tables.arm_source)}" for role in tables.roles),
        *_unused(tables),
        *(f"- Warning: {plain(warning)}" for warning in tables.warnings),
    ]
    return "\n".join([lines[0], "", *lines[1:]])


def _role(endpoint: Endpoint, source: str) -> str:
    names = ", ".join(plain(a) for a in endpoint.arms)
    arms = f"; arms {names} (from {plain(source)})" if endpoint.arms else ""
    return (
        f"{ENDPOINT_NAMES[endpoint.role].capitalize()} on this page is PARAMCD {plain(endpoint.paramcd)}, "
        f"“{plain(endpoint.label)}”, AVAL in {endpoint.unit}: {counted(len(endpoint), 'patient')}, "
        f"{counted(int(endpoint.event.sum()), 'event')}{arms}."
    )


def _unused(tables: Tables) -> list[str]:
    codes = ", ".join(plain(c) for c in tables.unused_codes)
    return [f"- Not used: PARAMCD {codes} (os_paramcd and rfs_paramcd say which is)."] if codes else []
