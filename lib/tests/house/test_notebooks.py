"""The checked-in notebooks: executed in order, nothing kept from comparison, one form for all."""

from __future__ import annotations

import json
import re
import statistics
from pathlib import Path

import jupytext
import nbformat
import pytest

from blina.facts import read_exhibits
from blina_base import project
from nbreports import source as source_of
from nbreports.plan.parameters import parameters_source, parse

NOTEBOOKS = sorted(project.notebooks().glob("*.ipynb"))
MIME = "application/vnd.blina+json"
HEADINGS = [
    "## Parameters",
    "## Answer",
    "## Result",
    "## What it means, and how sure",
    "## What is published",
    "## How it was made",
]
# Comments and tags by which nbval would run a cell without comparing it, or not run it at all.
ESCAPES = re.compile(
    r"NBVAL|PYTEST_VALIDATE|nbval-ignore|nbval-skip|nbval-raises|raises-exception|skip-execution",
    re.IGNORECASE,
)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request) -> Path:
    return request.param


@pytest.fixture
def content(path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def code(content) -> list[dict]:
    return [cell for cell in content["cells"] if cell["cell_type"] == "code"]


def source(cell: dict) -> str:
    return "".join(cell["source"])


def shown(code: list[dict]) -> list[dict]:
    outputs = [output for cell in code for output in cell["outputs"]]
    return [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]


def test_there_are_notebooks():
    assert len(NOTEBOOKS) >= 10


def test_it_is_valid_and_stored_in_the_one_form(path, content):
    nbformat.validate(nbformat.read(path, as_version=4))
    assert (content["nbformat"], content["nbformat_minor"]) == (4, 5)
    assert content["metadata"]["kernelspec"]["name"] == "python3"
    assert set(content["metadata"]) == {"blina", "kernelspec", "language_info"}
    assert re.fullmatch(r"\d\d_[a-z0-9_]+", path.stem)


def test_every_code_cell_was_executed_in_order_so_that_nbval_compares_it(code):
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert all(source(cell).strip() for cell in code)


def test_no_cell_escapes_comparison(content):
    for cell in content["cells"]:
        assert not ESCAPES.search(source(cell)), cell["id"]
        assert not ESCAPES.search(" ".join(cell["metadata"].get("tags", ()))), cell["id"]


def test_no_cell_ended_in_an_error_or_complained(code):
    outputs = [output for cell in code for output in cell["outputs"]]
    assert [o for o in outputs if o["output_type"] == "error" or o.get("name") == "stderr"] == []


def test_the_headings_are_the_common_ones_in_order(content):
    text = "\n".join(source(cell) for cell in content["cells"] if cell["cell_type"] == "markdown")
    assert [line for line in text.splitlines() if re.match(r"##? ", line)][1:] == HEADINGS
    first = source(content["cells"][0]).strip().splitlines()
    assert first[0].startswith("# ")
    assert first[-1].endswith("?")


def test_cells_are_short(code):
    lengths = [len(source(cell).strip().splitlines()) for cell in code[1:]]
    assert statistics.median(lengths) <= 5
    assert max(lengths) <= 12


def test_the_parameters_cell_is_the_only_declaration_and_comes_first(path, content, code):
    tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", ())]
    assert tagged == code[:1]
    parse(parameters_source(content), path.name)
    # JupyterLab shows about a hundred characters of a line beside its file browser.
    assert max(len(line) for line in parameters_source(content).splitlines()) <= 100


def test_it_begins_as_itself_and_ends_with_its_provenance(path, code):
    begins = [cell for cell in code if f'begin("{path.stem}", globals())' in source(cell)]
    assert begins == code[code.index(begins[0]) : code.index(begins[0]) + 1]
    assert code.index(begins[0]) <= 2
    assert source(code[-1]).startswith("page.provenance(")


def test_its_metadata_say_what_it_needs_and_what_it_shows(path, content):
    declared = content["metadata"]["blina"]
    assert all(re.fullmatch(r"CLAIMS|(ADSL|ADTTE|ADLB)(\.[A-Z0-9]+)?", need) for need in declared["needs"])
    known = {key for key, exhibit in read_exhibits().items() if exhibit.notebook == path.stem}
    assert known <= set(declared["exhibits"]) <= set(read_exhibits())


def test_every_figure_has_an_alt_text_with_words(code):
    for item in shown(code):
        if item["show"] == "figure":
            assert len(item["alt"].split()) >= 5, item["name"]


def test_nothing_is_defined_in_a_cell(code):
    for cell in code:
        assert not re.search(
            r"^\s*(def|class|while|with|try|for|if)\b|\blambda\b", source(cell), re.MULTILINE
        )


def test_the_script_beside_it_holds_the_same_cells(path, content):
    """Read by jupytext; that the scripts are current is the next test's."""
    read = jupytext.read(source_of.beside(path), fmt="py:percent")
    assert [cell.cell_type for cell in read.cells] == [cell["cell_type"] for cell in content["cells"]]
    assert [cell.source for cell in read.cells] == [source(cell) for cell in content["cells"]]
    assert [cell.metadata.get("tags") for cell in read.cells] == [
        cell["metadata"].get("tags") for cell in content["cells"]
    ]
    assert read.metadata["blina"] == content["metadata"]["blina"]


def test_the_scripts_are_those_of_the_notebooks():
    stored = {path.name: path.read_text("utf-8") for path in (project.notebooks() / "source").iterdir()}
    assert stored == {
        f"{path.stem}.py": source_of.script(path.read_text("utf-8"), "blina") for path in NOTEBOOKS
    }
    assert not re.search("jupytext|format_version|kernelspec", "".join(stored.values()))


def test_an_output_holds_no_path_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert str(project.root()) not in text
    assert "site-packages" not in text
