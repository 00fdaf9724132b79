"""The pages of another paper as the renderer sees them."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import nbreports.page
from blina import __version__
from blina_base import project
from blina_base.errors import InputError
from blina_base.files import sha256
from nbreports.collection import Collection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from blina.reports.another_paper.numbers import Written

FILES = "files"
"""The folder of files beside the pages."""
INTRODUCTION = (
    "Each patient on these pages is **reconstructed from printed numbers**: nobody's record. One cohort is "
    "drawn as the example; bands and ranges show how far the printed numbers leave the rest open."
)
PARAMETER = "written"
"""The parameter that names the folder of files."""

COLLECTION = Collection(
    address="blina.reports.another_paper.collection:COLLECTION",
    root=project.root(),
    name="blina",
    version=__version__,
    title="A paper, reconstructed",
    page="blina.reports.another_paper.collection:PaperPage",
    kinds={
        "reconstructed": "Patient-level data: reconstructed from printed numbers",
        "published": "Printed numbers only; no patient-level data",
    },
    unmarked="published",
    unnamed=(PARAMETER,),
    packages=("blina", "pseudoipd"),
    lock="requirements.lock",
    versions=("lifelines", "matplotlib", "numpy", "pandas", "scipy"),
    preload=("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "blina.endpoint.*"),
)


class PaperPage(nbreports.page.Page):
    """One page about a paper: it reads a folder that `blina reconstruct --report` wrote."""

    @cached_property
    def written(self) -> Written:
        """What was written; InputError for another folder."""
        from blina.reports.another_paper import numbers

        return numbers.read(self._folder)

    @property
    def _folder(self) -> Path:
        return self.place(str(self.parameters[PARAMETER]))

    @property
    def kind(self) -> str:
        """Each page shows reconstructed patients."""
        return "reconstructed"

    @property
    def assumptions(self) -> dict[str, str]:
        """The assumptions in force."""
        return {name: str(value) for name, value in self.written.notes["assumptions"].items()}

    @property
    def sources(self) -> dict[str, str]:
        """The digests of what was read."""
        return {name: sha256(self._folder / name) for name in ("printed.csv", "draws.csv")}


def begin(name: str, namespace: Mapping[str, object]) -> PaperPage:
    """Check the parameters that the notebook `name` runs with, and return its page."""
    return PaperPage.begin(name, namespace, COLLECTION)


def check_folder(folder: Path) -> None:
    """Refuse a folder that cannot take the pages, or holds what others made, before anything is drawn."""
    from nbreports.run.publish import Output
    from pseudoipd.paper.files import NOTES

    files = folder / FILES
    there = next(path for path in (files, *files.absolute().parents) if path.exists())
    expected = ""
    if not there.is_dir() or not os.access(there, os.W_OK):
        expected = "a folder for pages that can be written"
    elif there == files and any(files.iterdir()) and not (files / NOTES).is_file():
        expected = f"a folder without {FILES}/ of another origin; nothing of it is overwritten"
    if expected:
        raise InputError.at("--report", value=str(folder), expected=expected)
    if folder.is_dir():
        with Output(folder).writing(lambda: None):
            pass


def render(folder: Path, title: str, jobs: int) -> int:
    """Write pages about what is written in `folder / FILES` into `folder`, and return the exit status."""
    from nbreports.plan.plan import Request
    from nbreports.run import progress, run
    from nbreports.run.outcome import exit_status
    from nbreports.run.publish import Output

    collection = replace(COLLECTION, title=title, introduction=(INTRODUCTION,))
    notebooks = project.root() / "notebooks" / "another_paper"
    with tempfile.TemporaryDirectory() as aside:
        # A profile, and no parameter given by hand: each page is the page of this folder.
        profile = {"name": "default", "fixed": {PARAMETER: str((folder / FILES).resolve())}}
        (Path(aside) / "default.yaml").write_text(json.dumps(profile), encoding="utf-8")
        request = Request(collection, notebooks, Path(aside))
        options = run.Options(jobs=jobs, preload=False)
        outcomes = run.render(request, Output(folder), options, progress.Progress())
    return exit_status(outcomes)
