"""What a notebook may do: begin, show a figure, a table, words or results, and say where they are from.

Nothing is written to disk: what belongs beside the page (pictures, CSV, results) travels in the
cell outputs, as `MIME` next to what a reader of the notebook sees.
"""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from blina_base.errors import InputError
from nbreports import provenance
from nbreports.collection import Collection
from nbreports.digits import csv_text, jsonable
from nbreports.html.live import LIVE, Live, to_text
from nbreports.html.markup import details, escape_markdown, note, table_html
from nbreports.plan.parameters import ParameterError, Value, check, unknown

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

MIME = "application/vnd.blina+json"
"""What a cell carries for the page beside what a reader of the notebook sees."""
THUMBNAIL = "image/x-thumbnail"
NARROW = "image/x-narrow-svg"
"""The picture as a page shows it on a narrow screen."""
BINARY = ("image/png", "application/pdf", THUMBNAIL, LIVE)
"""Forms of a picture that stand on a page or beside it, and not in its notebook."""
HANDED = "__page__"
"""The name in the notebook's namespace under which the renderer hands over the page."""
RESULT_COLUMNS = ("analysis", "population", "statistic", "value", "unit", "claim")
"""Columns of the numbers that a report gives as data; `claim` is the id of a printed number, or empty."""


@dataclass(frozen=True)
class Setting:
    """What only the one who executes a notebook can say.

    `notebook` is its file; `places` maps the name under which a folder or file is shown to its path, so
    that no page ever holds the path of someone's data; `export` asks for pictures as PNG, too.
    """

    notebook: Path | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    export: bool = False


_ALONE = Setting()


MOST_RESULTS = 60
"""Rows of its numbers that a page shows."""


class Page:
    """One report while it runs: its checked parameters, and what it shows."""

    def __init__(
        self, collection: Collection, name: str, parameters: dict[str, Value], setting: Setting = _ALONE
    ) -> None:
        self.collection = collection
        self.name = name
        self.parameters = parameters
        self.setting = setting
        self._pictures = 0

    @classmethod
    def begin(cls, name: str, namespace: Mapping[str, Any], collection: Collection) -> Self:
        """Check the parameters that the notebook `name` runs with, and return its page.

        `namespace` is the notebook's `globals()`. Works under the renderer, which has put a page there that
        is returned if its parameters are these, and under papermill or by hand, from the notebooks folder
        and from the root. Raises ParameterError (one line) for an unknown name, a wrong type, a value out of
        range or off the list.
        """
        handed = namespace.get(HANDED)
        setting = handed.setting if isinstance(handed, Page) else _ALONE
        notebook = _find(name, setting, collection)
        name = notebook.stem if setting.notebook else name
        checked = _checked(name, namespace, notebook, collection)
        if isinstance(handed, cls) and (handed.name, handed.parameters) == (name, checked):
            page = handed
        else:
            page = cls(collection, name, checked, setting)
        words = page.first_words()
        if words:
            _display({"text/markdown": words, MIME: {"show": "note"}})
        return page

    @property
    def kind(self) -> str:
        """Which data this report runs on: one of the collection's kinds."""
        return self.collection.unmarked

    @property
    def labelled(self) -> str:
        """What figures, tables and the page say of these data: the kind, unless a page can say it better."""
        return self.kind

    @property
    def assumptions(self) -> dict[str, str]:
        """The assumptions in force, by name."""
        return {}

    @property
    def sources(self) -> dict[str, str]:
        """The sha256 of each file that was read, by name."""
        return {}

    def read(self) -> None:
        """Read, before anything is executed, the user's data that the report will read.

        InputError where they are refused.
        """

    def missing(self, needs: Iterable[str]) -> list[str]:
        """Return those of the report's needs that the data do not meet; InputError if they are refused."""
        return []

    def first_words(self) -> str:
        """Return what the page says before all else, as Markdown; "" for nothing."""
        return ""

    def place(self, named: str) -> Path:
        """Return the path that the value of a `folder` or `file` parameter stands for."""
        return Path(self.setting.places.get(named, named))

    def answer(self, text: str, *numbers: tuple[str, str]) -> None:
        """Show the answer to the report's question; on a page it stands before all else, under its own head.

        `text` is Markdown of at most 40 words. `numbers` are set large before it, each with what it is:
        `("13.0 months", "median overall survival")`.
        """
        large = " · ".join(f"**{number}** {what}" for number, what in numbers)
        _display(
            {
                "text/markdown": "\n\n".join(part for part in (large, text) if part),
                MIME: {"show": "answer", "text": text, "numbers": [list(pair) for pair in numbers]},
            }
        )

    def figure(
        self,
        figure: Figure | None,
        name: str,
        alt: str,
        caption: str = "",
        kind: str | None = None,
        main: bool = False,
    ) -> None:
        """Show a picture, stamped with its data kind; `alt` says in words what it shows. None shows nothing.

        `kind` is for a picture that shows other data than the report's: one of the collection's kinds.
        The `main` picture of a report stands below its answer; if none is, the first does.
        """
        if figure is not None:
            content = self._picture(figure, name, alt, kind or self.labelled, caption)
            content[MIME] |= {"main": True} if main else {}
            if self.setting.export and (main or not self._pictures):
                from nbreports.html.picture import to_thumbnail

                content[THUMBNAIL] = base64.b64encode(to_thumbnail(figure)).decode("ascii")
            self._show_picture(content)

    def live(
        self, figure: Figure, data: Live, name: str, alt: str, caption: str = "", kind: str | None = None
    ) -> None:
        """Show a picture in place of which the script of a rendered page shows `data` to play with.

        The picture is for whoever has no script, in JupyterLab too, and stands in the files beside the page.
        """
        content = self._picture(figure, name, alt, kind or self.labelled, caption)
        if self.setting.export:
            content[LIVE] = to_text(data)
        self._show_picture(content)

    def _picture(self, figure: Figure, name: str, alt: str, kind: str, caption: str) -> dict[str, Any]:
        """Return a picture in its forms, and what a page has to know of it."""
        from nbreports.html.picture import described, give_letters, narrow, stamp, to_pdf, to_png, to_svg

        _check_name(name)
        if not alt.strip():
            raise ValueError(f"figure {name} needs an alt text")
        small = narrow(figure) if self.setting.export else None
        if kind != self.collection.unmarked:
            for drawn in (figure, small):
                stamp(drawn, self.collection.kinds[kind])
        strange = give_letters(figure)
        if small is not None:
            give_letters(small)
        if strange:
            shown = f"{strange[:12]}…" if len(strange) > 12 else strange
            caption += f" (No font here has {shown}: the PNG and PDF show boxes for these letters.)"
        content: dict[str, Any] = {
            "image/svg+xml": described(to_svg(figure, f"{self.collection.name}/{name}"), alt),
            "text/plain": f"Figure {name}",
            MIME: {"show": "figure", "name": name, "alt": alt, "caption": caption, "kind": kind},
        }
        if small is not None:
            content[NARROW] = described(to_svg(small, f"{self.collection.name}/{name}/narrow"), alt)
        if self.setting.export:
            # The layout stands. With an engine, even one that does nothing, each file would be drawn twice.
            figure.set_layout_engine(None)
            content["image/png"] = base64.b64encode(to_png(figure)).decode("ascii")
            content["application/pdf"] = base64.b64encode(to_pdf(figure)).decode("ascii")
        return content

    def _show_picture(self, content: dict[str, Any]) -> None:
        self._pictures += 1
        _display(content)
        if caption := content[MIME]["caption"]:
            # JupyterLab shows the picture alone; a page has the caption below the picture already.
            _display({"text/markdown": f"*{escape_markdown(caption)}*", MIME: {"show": "beside"}})

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
        kind = kind or self.labelled
        data = table if data is None else data
        carried = {"show": "table", "name": name, "caption": caption, "kind": kind}
        label = "" if kind == self.collection.unmarked else note(self.collection.kinds[kind])
        _display(
            {
                "text/html": table_html(table, caption) + label,
                "text/plain": f"Table {name}",
                MIME: {**carried, "csv": csv_text(data)},
            }
        )

    def results(self, frame: pd.DataFrame) -> None:
        """Give the numbers shown as rows of RESULT_COLUMNS."""
        missing = [column for column in RESULT_COLUMNS if column not in frame.columns]
        if missing:
            raise ValueError(f"results need the column {missing[0]}")
        rows = [
            {"report": self.name, **{column: jsonable(row[column]) for column in RESULT_COLUMNS}}
            for row in frame.to_dict("records")
        ]
        # A long table would be most of the page; results.json beside it holds every row.
        first = frame[list(RESULT_COLUMNS)].head(MOST_RESULTS)
        more = "" if len(first) == len(frame) else f", the first {len(first)}; all in results.json"
        shown = details(f"The numbers of this page as data ({len(rows)}{more})", table_html(first, ""))
        _display(
            {
                "text/html": shown,
                "text/plain": f"{len(rows)} results",
                MIME: {"show": "results", "rows": rows},
            }
        )

    def say(self, text: str) -> None:
        """Show words with computed numbers, as Markdown; what a user gave goes through `escape_markdown`.

        No words show nothing.
        """
        if text:
            _display({"text/markdown": text})

    def explore(
        self,
        compute: Callable[[Self], tuple[Any, ...]],
        draw: Callable[..., Figure],
        *names: str,
        kind: str | None = None,
    ) -> None:
        """Show controls for the parameters `names`, and the picture that they make, in JupyterLab.

        `draw` draws what `compute` makes of a page; the page that it is given has the values of the controls.
        `kind` is that of `figure`. On a rendered page, and without ipywidgets, there is nothing to turn.
        """
        from nbreports import explore
        from nbreports.html.picture import stamp

        if self.setting.notebook is not None or not explore.available():
            _display({"text/markdown": explore.MISSING, MIME: {"show": "beside"}})
            return
        declared = self.collection.declared(_find(self.name, self.setting, self.collection))
        chosen = [parameter for parameter in declared if parameter.name in names]

        def redraw(values: dict[str, Value]) -> Figure:
            other = self.turned(values)
            figure, shown = draw(*compute(other)), kind or other.labelled
            if shown != self.collection.unmarked:
                stamp(figure, self.collection.kinds[shown])
            return figure

        from IPython.display import display

        display(explore.panel(chosen, self.parameters, redraw))

    def turned(self, values: Mapping[str, Value]) -> Self:
        """Return this page as it is with other `values` of some parameters, which are known to be allowed."""
        return type(self)(self.collection, self.name, {**self.parameters, **values}, self.setting)

    def provenance(self, kind: str | None = None) -> None:
        """Show what the page was made from; `kind` where its exhibits show other data than its own."""
        implied = {parameter.name: parameter.default for parameter in self.collection.data_parameters}
        shown = {k: v for k, v in self.parameters.items() if k not in implied or v != implied[k]}
        found = {
            "report": self.name,
            "parameters": {name: provenance.shown_value(value) for name, value in shown.items()},
            "kind": kind or self.labelled,
            "sources": self.sources,
            "assumptions": self.assumptions,
            "versions": provenance.versions(self.collection),
            "lock": provenance.lock_digest(self.collection),
        }
        html = provenance.record_html(found, self.collection.kinds)
        _display({"text/html": html, "text/plain": "Provenance", MIME: {"show": "provenance", **found}})


def _find(name: str, setting: Setting, collection: Collection) -> Path:
    """Return the notebook's file: the one that is executed, else here, in `notebooks/`, in the checkout."""
    here = Path.cwd()
    folders = (here, here / "notebooks", collection.notebooks)
    paths = [setting.notebook] if setting.notebook else [folder / f"{name}.ipynb" for folder in folders]
    own = setting.notebook
    if own and own.is_file() and not (own.parent / f"{name}.ipynb").is_file():
        # A copy, or a file that was renamed: the one that is executed is meant.
        return own
    for path in paths:
        if path.stem == name and path.is_file():
            return path
    raise InputError(f"{name}.ipynb: no such notebook; begin() takes the name of its own file without .ipynb")


def _checked(
    name: str, namespace: Mapping[str, Any], notebook: Path, collection: Collection
) -> dict[str, Value]:
    """Return the value of every parameter that the notebook declares; ParameterError if one is wrong."""
    known = [parameter.name for parameter in collection.declared(notebook)]
    for injected in _injected(namespace):
        if injected not in known:
            raise unknown(injected, known, name)
    implied = {parameter.name for parameter in collection.data_parameters}
    missing = [key for key in known if key not in namespace and key not in implied]
    if missing:
        raise ParameterError(f"{name}: run the parameters cell first ({missing[0]} has no value yet)")
    # A notebook may give something of its own the name of a data parameter, which is then no text of it.
    values = {key: namespace[key] for key in known if key in namespace}
    given = {key: v for key, v in values.items() if key not in implied or isinstance(v, str | bool)}
    return check(collection.declared(notebook), given, name)


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


def _check_name(name: str) -> None:
    """Refuse a name that would make no file name beside the page."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"{name!r} cannot name an exhibit: lower-case letters, digits and _ only")


def _display(content: dict[str, Any]) -> None:
    """Hand a bundle of MIME types to the notebook's front end."""
    from IPython.display import display

    display(content, raw=True)
