"""A collection: what a set of notebooks brings to the renderer, as one value that is handed in."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbreports.plan.parameters import (
    DATA_DIR,
    Parameter,
    ParameterError,
    check_not_assigned_again,
    declared,
    parse,
    read_notebook,
)


@dataclass(frozen=True)
class Totals:
    """The table whose rows the index counts, by the values of one of its columns.

    `words` say what a value is called there; `label` stands before the counts, `note` after them.
    """

    table: str
    column: str
    label: str
    words: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


@dataclass(frozen=True)
class Apart:
    """How pages of one kind of data speak that are not about what the collection is about.

    `title` stands before the title of a page, and is that of an index of such pages alone, which begins with
    `introduction`. Their pages are without question, and without the sections `left_out`.
    """

    title: str
    introduction: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collection:
    """What the renderer has to know of the notebooks that it renders, and cannot know by itself.

    `address` is the import path of this value ("package.module:NAME"): every other process, on whatever
    machine, finds it there. `root` is the folder that holds `notebooks`, `inputs` and `lock`, which are
    relative to it. All else has a default that suits notebooks without data of their own.
    """

    address: str
    root: Path
    name: str = "nbreports"
    """Key of the notebooks' metadata where `needs` stand; where there is a `version`, its package."""
    version: str = ""

    title: str = "Reports"
    introduction: tuple[str, ...] = ()
    """What the index says first: paragraphs of Markdown."""
    totals: Totals | None = None
    spelled: Mapping[str, str] = field(default_factory=dict)
    """How words of file names are written, in the order in which they are looked for."""

    page: str = "nbreports.page:Page"
    """Import path of the class whose instances the notebooks call `page`."""
    kinds: Mapping[str, str] = field(default_factory=lambda: {"": ""})
    """What a figure, a table or a page says about its data, by kind."""
    unmarked: str = ""
    """The kind of a page without data; alone of all it is not written on figures and tables."""
    citation: str = ""
    """How a page is cited, as BibTeX, in which `$title` and `$report` stand for its own."""
    closing: tuple[str, ...] = (
        "What it means, and how sure",
        "What is published",
        "Parameters",
        "How it was made",
    )
    """Sections that stand last on a page, in this order, wherever a notebook has them; the last is folded."""
    apart: Mapping[str, Apart] = field(default_factory=dict)
    """How pages speak of the kinds of data that are not the collection's own."""

    unnamed: tuple[str, ...] = ()
    """Parameters whose value says nothing to a reader: no page is headed by them."""
    data_cell: str = ""
    """Declares what each report accepts that has the parameter `data_dir`, beside its own parameters."""
    check: Callable[[], object] = lambda: None
    """Called once before a run; raises InputError if what all reports read is wrong."""

    prepare: Callable[[Sequence[Mapping[str, Any]]], object] = lambda given: None
    """Called before the pages are rendered, with the parameters of each that differ from its defaults."""

    inputs: tuple[str, ...] = ()
    """Folders of input files: an edit of one makes every page stale."""
    packages: tuple[str, ...] = ()
    """Packages and modules whose source, as that of the renderer, makes every page stale."""
    lock: str = ""
    """The file of pinned versions; its digest stands on each page."""
    versions: tuple[str, ...] = ()
    """Distributions whose version a page names."""

    preload: tuple[str, ...] = ()
    """Modules that some reports need and that are imported once for all; `package.*` is all of a package."""
    rehearse: Callable[[], object] = lambda: None
    """Called once after that, for what takes long the first time."""
    cells: tuple[tuple[str, str, str], ...] = ()
    """The cells of a new report: id, `code` or `markdown`, source with {name} and {title}."""

    @property
    def notebooks(self) -> Path:
        """The folder of the notebooks; each `NN_name.ipynb` in it is a report."""
        return self.root / "notebooks"

    @property
    def data_parameters(self) -> tuple[Parameter, ...]:
        """What every report that reads the user's tables accepts beside its own parameters."""
        return parse(self.data_cell, "data parameters")

    def declared(self, notebook: Path) -> tuple[Parameter, ...]:
        """Return the parameters that a notebook declares, and the data parameters if it reads tables."""
        return declared(notebook, self.data_cell)

    def examined(self, notebook: Path) -> tuple[Parameter, ...]:
        """Return what `declared` does of a notebook that may be rendered with parameters of a user's.

        ParameterError where a cell assigns to a parameter again, and where the report needs tables and
        declares no `data_dir`: it would show other tables than those of the run that it is part of.
        """
        parameters = self.declared(notebook)
        names = [parameter.name for parameter in parameters]
        check_not_assigned_again(read_notebook(notebook), notebook.name)
        needs = self.needs(notebook)
        if needs and DATA_DIR not in names and self.data_cell:
            raise ParameterError(
                f"{notebook.name}: it needs {', '.join(needs)} and declares no {DATA_DIR}; expected a cell "
                f"tagged `parameters` with a line for {DATA_DIR}"
            )
        return parameters

    def needs(self, notebook: Path) -> tuple[str, ...]:
        """Return what the notebook's metadata says that the report cannot do without."""
        return tuple(read_notebook(notebook).get("metadata", {}).get(self.name, {}).get("needs", ()))


def load(address: str) -> Any:
    """Return the value that an import path like `package.module:NAME` stands for."""
    module, _, name = address.partition(":")
    return getattr(importlib.import_module(module), name)
