"""What a notebook may do: begin, show a figure, a table, words or results, and say where they are from.

Nothing is written to disk: what belongs beside the page (pictures, CSV, results) travels in the
cell outputs, as `application/vnd.blina+json` next to what a reader of the notebook sees.
"""

from __future__ import annotations

import ast
import base64
import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from blina.vocabulary import RESULT_COLUMNS
from blina_base import project
from blina_base.errors import InputError
from nbreports import provenance
from nbreports.digits import csv_text, jsonable
from nbreports.html.markup import described, details, escape_markdown, note, table_html
from nbreports.plan.parameters import ParameterError, Value, check, data_parameters, declared, unknown
from nbreports.provenance import KINDS

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from blina.adam import Tables
    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

MIME = "application/vnd.blina+json"
TABLE_OPTIONS = ("time_unit", "mapping_file", "os_paramcd", "rfs_paramcd", "mask_ids")

plain = escape_markdown


def begin(name: str, namespace: Mapping[str, Any]) -> Page:
    """Check the parameters that the notebook `name` runs with and return its page.

    `namespace` is the notebook's `globals()`. Works from the notebooks folder and from the root, under
    papermill and by hand. Raises ParameterError (one line) for an unknown name, a wrong type, a value
    out of range or off the list.
    """
    parameters = declared(_find(name))
    known = [parameter.name for parameter in parameters]
    for injected in _injected(namespace):
        if injected not in known:
            raise unknown(injected, known, name)
    implied = {parameter.name for parameter in data_parameters()}
    missing = [key for key in known if key not in namespace and key not in implied]
    if missing:
        raise ParameterError(f"{name}: run the parameters cell first ({missing[0]} has no value yet)")
    # A notebook may call something of its own `claims`, say, which is then no parameter's text.
    values = {key: namespace[key] for key in known if key in namespace}
    given = {key: v for key, v in values.items() if key not in implied or isinstance(v, str | bool)}
    page = Page(name, check(parameters, given, name))
    page.introduce()
    return page


def _find(name: str) -> Path:
    """Return the notebook's file: where the renderer says, else here, in `notebooks/`, in the checkout."""
    named = os.environ.get("BLINA_NOTEBOOKS")
    folders = [Path(named)] if named else [Path.cwd(), Path.cwd() / "notebooks", project.notebooks()]
    for folder in folders:
        if (folder / f"{name}.ipynb").is_file():
            return folder / f"{name}.ipynb"
    raise InputError(f"{name}.ipynb: no such notebook; begin() takes the name of its own file without .ipynb")


def _injected(namespace: Mapping[str, Any]) -> list[str]:
    """Return the names that papermill's injected cell assigns; ParameterError if one is given twice.

    IPython keeps the cells that ran in `In`; papermill's begins with the comment `# Parameters`.
    """
    names: list[str] = []
    for source in namespace.get("In", ()):
        if not source.startswith("# Parameters\n"):
            continue
        for statement in ast.parse(source).body:
            if isinstance(statement, ast.Assign):
                names += [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return names


class Page:
    """One report while it runs: its checked parameters, its data, and what it shows."""

    def __init__(self, name: str, parameters: dict[str, Value]) -> None:
        self.name = name
        self.parameters = parameters
        self._introduced = False

    @cached_property
    def tables(self) -> Tables:
        """Patient-level tables from `data_dir`, or the reference cohort; InputError if they are refused."""
        from blina.adam import read_tables

        options: dict[str, Any] = {
            key: self.parameters[key] for key in TABLE_OPTIONS if self.parameters.get(key)
        }
        if "mapping_file" in options:
            options["mapping_file"] = place_of(options["mapping_file"])
        return read_tables(self._data_dir(), **options)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """The claims in force: those of the publication, or of the file that a `claims` parameter names.

        Beside a user's own data there are none unless the user names a file: the publication's
        numbers are not about these patients.
        """
        from pseudoipd.claims import read_claims

        if self._claims_file is not None:
            return read_claims(self._claims_file)
        return () if self.kind == "yours" else read_claims()

    @property
    def _claims_file(self) -> Path | None:
        named = str(self.parameters.get("claims", ""))
        return place_of(named) if named and named != "published" else None

    @cached_property
    def assumptions(self) -> dict[str, str]:
        """The assumptions in force: the defaults, and what this report's parameters say otherwise."""
        from blina.facts import assumptions

        defaults = dict(assumptions())
        return {key: str(self.parameters.get(key, value)) for key, value in defaults.items()}

    @property
    def kind(self) -> str:
        """Which data this report runs on: a key of KINDS."""
        return self.tables.kind if "data_dir" in self.parameters else "published"

    def missing(self, needs: Iterable[str]) -> list[str]:
        """Return those of the report's needs that the data do not meet; InputError if they are refused."""
        from blina.adam import missing

        return missing(self.tables, needs, with_claims=bool(self.claims))

    def introduce(self) -> None:
        """Say, once, what was read where it is the user's own; nothing for the data of this collection."""
        if self._introduced or self.kind != "yours":
            return
        from blina.adam import own_data

        self._introduced = True
        self.say(own_data.note(self.tables, self._claims_file is not None))

    def ensemble(self, draws: int, seed: int = 1) -> Ensemble | None:
        """Return reconstructed cohorts; None for no draws, and for data that are not reconstructed."""
        if draws == 0 or self.kind not in ("reconstructed", "published"):
            return None
        from pseudoipd import cache as ensemble

        return ensemble.load(self.claims, self.assumptions, draws, seed)

    def figure(
        self, figure: Figure | None, name: str, alt: str, caption: str = "", kind: str | None = None
    ) -> None:
        """Show a picture, stamped with its data kind; `alt` says in words what it shows. None shows nothing.

        `kind` is for a picture that shows other data than the report's tables: a key of KINDS.
        """
        from blina.figures import style

        if figure is None:
            return
        _check_name(name)
        if not alt.strip():
            raise ValueError(f"figure {name} needs an alt text")
        kind = kind or self.kind
        if kind != "published":
            style.stamp(figure, kind)
        content = {
            "image/svg+xml": described(style.to_svg(figure), alt),
            "text/plain": f"Figure {name}: {alt}",
            MIME: {"show": "figure", "name": name, "alt": alt, "caption": caption, "kind": kind},
        }
        if os.environ.get("BLINA_EXPORT"):
            # The layout stands; finding it again for the second file would double the time.
            figure.set_layout_engine("none")
            content["image/png"] = base64.b64encode(style.to_png(figure)).decode("ascii")
        _display(content)

    def table(
        self,
        table: pd.DataFrame | None,
        name: str,
        caption: str,
        data: pd.DataFrame | None = None,
        kind: str | None = None,
    ) -> None:
        """Show a DataFrame; `data` (default: the frame) goes beside the page as CSV.

        None shows nothing: there is no such table of these data.
        """
        if table is None:
            return
        _check_name(name)
        kind = kind or self.kind
        data = table if data is None else data
        carried = {"show": "table", "name": name, "caption": caption, "kind": kind}
        label = "" if kind == "published" else note(KINDS[kind])
        _display(
            {
                "text/html": table_html(table, caption) + label,
                "text/plain": f"Table {name}: {caption}",
                MIME: {**carried, "csv": csv_text(data)},
            }
        )

    def results(self, frame: pd.DataFrame) -> None:
        """Give the numbers shown as rows of RESULT_COLUMNS; `claim` is a claim's id or empty."""
        missing = [column for column in RESULT_COLUMNS if column not in frame.columns]
        if missing:
            raise ValueError(f"results need the column {missing[0]}")
        rows = [
            {"report": self.name, **{column: jsonable(row[column]) for column in RESULT_COLUMNS}}
            for row in frame.to_dict("records")
        ]
        shown = details(
            f"The numbers of this page as data ({len(rows)})", table_html(frame[list(RESULT_COLUMNS)], "")
        )
        _display(
            {
                "text/html": shown,
                "text/plain": f"{len(rows)} results",
                MIME: {"show": "results", "rows": rows},
            }
        )

    def say(self, text: str) -> None:
        """Show words with computed numbers, as Markdown; wrap a text that a user gave in `report.plain`."""
        _display({"text/markdown": text, "text/plain": text})

    def provenance(self, kind: str | None = None) -> None:
        """Show what the page was made from; `kind` where its exhibits show other data than its tables."""
        found = provenance.record(
            self.name, self._shown_parameters(), kind or self.kind, self._sources(), self.assumptions
        )
        html = provenance.record_html(found)
        _display({"text/html": html, "text/plain": "Provenance", MIME: {"show": "provenance", **found}})

    def _shown_parameters(self) -> dict[str, Value]:
        """Return the parameters of the notebook, and those data parameters that are not at their default."""
        implied = {parameter.name: parameter.default for parameter in data_parameters()}
        return {k: v for k, v in self.parameters.items() if k not in implied or v != implied[k]}

    def _sources(self) -> dict[str, str]:
        """Return the digests of what was read: the claims in force, and the tables."""
        claims = self._claims_file or project.published("claims.csv")
        sources = {"claims.csv": provenance.digest(claims)} if self.claims else {}
        if "data_dir" in self.parameters:
            sources |= {source.name: source.sha256 for source in self.tables.sources}
        return sources

    def _data_dir(self) -> Path | None:
        named = str(self.parameters.get("data_dir", "reference"))
        return None if named == "reference" else place_of(named)


def _check_name(name: str) -> None:
    """Refuse a name that would make no file name beside the page."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name!r} cannot name an exhibit: lower-case letters, digits and _ only")


def place_of(named: str) -> Path:
    """Return the path that a `folder` or `file` parameter stands for.

    The renderer hands over bare names, and the places they stand for beside them (`BLINA_PLACES`), so
    that no page ever holds the path of someone's data.
    """
    places: dict[str, str] = json.loads(os.environ.get("BLINA_PLACES", "{}"))
    return Path(places.get(named, named))


def _display(content: dict[str, Any]) -> None:
    """Hand a bundle of MIME types to the notebook's front end."""
    from IPython.display import display

    display(content, raw=True)
