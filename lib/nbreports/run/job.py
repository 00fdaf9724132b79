"""What goes to a worker and what comes back: plain data, so that it travels to any machine."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """How the rendering of one report ended."""

    DONE = "done"
    FRESH = "fresh"
    FAILED = "failed"
    DIED = "kernel died"
    TIMED_OUT = "timed out"
    PARAMETERS_REFUSED = "parameters refused"
    DATA_REFUSED = "data refused"
    NOT_APPLICABLE = "not applicable"


EXIT_CODE = {
    Kind.FAILED: 1,
    Kind.DIED: 1,
    Kind.TIMED_OUT: 1,
    Kind.PARAMETERS_REFUSED: 2,
    Kind.DATA_REFUSED: 2,
}
"""Exit status of the command line by outcome; 0 for those not named."""


@dataclass(frozen=True)
class Job:
    """One report to render with one set of values.

    `collection` is the import path of the collection, `text` the notebook's file; `parameters` are all
    values, `given` those to inject; `places` maps a folder parameter's shown name to its path; `pages` are
    (label, link, current) of the navigation, `links` the page of each report; `digests` go into the footer;
    `needs` is what the report cannot do without. `timeout` and `cell_timeout` are seconds.
    """

    collection: str
    report: str
    text: str
    cwd: str = "."
    parameters: dict[str, Any] = field(default_factory=dict)
    given: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    pages: tuple[tuple[str, str, bool], ...] = ()
    links: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    timeout: float | None = None
    cell_timeout: float | None = None
    export: bool = True


@dataclass(frozen=True)
class Result:
    """How a job ended, and the files of its page by relative name (empty unless done).

    `cell` counts code cells from 1; `detail` is one line; `lines` are the last lines of a traceback;
    `about` is what the index needs to know of the page; `exit_code` is set where the kind does not say it.
    """

    kind: Kind
    detail: str = ""
    cell: int | None = None
    lines: tuple[str, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    exit_code: int = 0

    def without_files(self) -> Result:
        """Return the same outcome without the page, for keeping."""
        return replace(self, files={})
