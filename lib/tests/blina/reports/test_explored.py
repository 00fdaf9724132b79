"""The pictures that a reader turns in JupyterLab: each control moves its picture."""

import importlib
import re

import pytest

from blina.collection import COLLECTION
from blina.page import TrialPage
from blina_base import project
from nbreports.html.picture import to_svg
from nbreports.plan.plan import declarations

CALL = re.compile(r"^page\.explore\(\s*numbers\.(\w+), pictures\.(\w+), ([^)]*)\)", re.MULTILINE)


def explored():
    """Yield notebook, report, functions that compute and draw, and controls, of each set of controls."""
    for script in sorted((project.notebooks() / "source").glob("*.py")):
        text = script.read_text("utf-8")
        report = re.search(r"^from blina\.reports\.(\w+) import", text, re.MULTILINE)[1]
        for compute, draw, rest in CALL.findall(text):
            yield script.stem, report, compute, draw, re.findall(r'"(\w+)"', rest.split("kind=")[0])


def other(parameter):
    """Return a value that is not the default."""
    if parameter.kind == "choice":
        return next(choice for choice in parameter.choices if choice != parameter.default)
    return parameter.upper if parameter.upper != parameter.default else parameter.lower


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "report", "compute", "draw", "controls"), list(explored()), ids=lambda v: str(v)[:2]
)
def test_a_control_moves_the_picture(name, report, compute, draw, controls):
    numbers, pictures = (
        importlib.import_module(f"blina.reports.{report}.{p}") for p in ("numbers", "pictures")
    )
    declared = {p.name: p for p in declarations(project.notebooks(), COLLECTION)[name]}
    defaults = {p.name: p.default for p in declared.values()}

    page = TrialPage(COLLECTION, name, defaults)

    def picture(turned):
        return to_svg(getattr(pictures, draw)(*getattr(numbers, compute)(page.turned(turned))), "explore")

    usual = picture({})
    for control in controls:
        assert picture({control: other(declared[control])}) != usual, control


def test_nine_reports_have_controls():
    assert len({name for name, *_ in explored()}) == 9
