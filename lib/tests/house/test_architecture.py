"""The rules of the house that a reader relies on: who imports whom, how much a room holds, a light import."""

import copy
import subprocess
import sys
import tomllib

import grimp
import importlinter.api  # noqa: F401 - it sets up what the contracts need
import pytest
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract

from blina_base import project
from blina_tools import house

LIBRARY = project.root() / "lib"
PYPROJECT = tomllib.loads((project.root() / "pyproject.toml").read_text(encoding="utf-8"))
LINTER = PYPROJECT["tool"]["importlinter"]
CONTRACTS = {contract["id"]: contract for contract in LINTER["contracts"]}
KINDS = {kind.type_name: kind for kind in (ForbiddenContract, IndependenceContract)}

# One import that must never be, for each rule of the house, and the contract that must notice it.
OFFENCES = [
    ("ground", "blina_base.files", "pseudoipd.judge"),
    ("ground", "blina_base.files", "nbreports.digits"),
    ("ground", "blina_base.files", "blina.formats"),
    ("ground", "blina_base.files", "blina_tools.locking"),
    ("cohorts", "pseudoipd.judge", "nbreports.digits"),
    ("cohorts", "pseudoipd.judge", "blina.formats"),
    ("cohorts", "pseudoipd.judge", "blina_tools.locking"),
    ("pages", "nbreports.refresh", "pseudoipd.judge"),
    ("pages", "nbreports.refresh", "blina.formats"),
    ("pages", "nbreports.refresh", "blina_tools.locking"),
    ("trial", "blina.page", "blina_tools.locking"),
    ("reports", "blina.reports.overview.numbers", "blina.reports.study_design.numbers"),
    ("numbers", "blina.reports.overview.numbers", "blina.reports.long_term_survivors.words"),
    ("numbers", "blina.reports.overview.numbers", "blina.reports.overview.pictures"),
    ("numbers", "blina.endpoint.numbers", "blina.endpoint.words"),
    ("words", "blina.reports.validation.words", "blina.reports.validation.pictures"),
    ("words", "blina.endpoint.words", "blina.endpoint.pictures"),
    ("pictures", "blina.reports.validation.pictures", "blina.reports.validation.words"),
    ("tables", "blina.adam.tables", "blina.reports.overview.numbers"),
    ("tables", "blina.adam.tables", "blina.endpoint.numbers"),
    ("tables", "blina.adam.tables", "blina.scorecard.numbers"),
    ("chain", "pseudoipd.chain.metropolis", "pseudoipd.survival.limits"),
    ("chain", "pseudoipd.chain.metropolis", "pseudoipd.transitions.cox"),
    ("chain", "pseudoipd.chain.metropolis", "pseudoipd.judge"),
    ("statistics", "pseudoipd.survival.limits", "pseudoipd.claims.claims"),
    ("statistics", "pseudoipd.transitions.cox", "pseudoipd.claims.claims"),
]
HEAVY = [
    "pandas",
    "numpy",
    "scipy",
    "matplotlib",
    "numba",
    "lifelines",
    "papermill",
    "pyarrow",
    "click",
    "yaml",
]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*LINTER["root_packages"], cache_dir=None)


def kept(graph: grimp.ImportGraph, contract: dict) -> bool:
    made = KINDS[contract["type"]](contract["name"], session_options=LINTER, contract_options=contract)
    return made.check(copy.deepcopy(graph), verbose=False).kept


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_a_contract_is_kept(graph, contract):
    assert kept(graph, contract), f"say .venv/bin/lint-imports --contract {contract['id']}"


@pytest.mark.parametrize(("contract", "importer", "imported"), OFFENCES)
def test_an_offence_is_noticed(graph, contract, importer, imported):
    assert {importer, imported} <= graph.modules
    broken = copy.deepcopy(graph)
    without_exceptions = dict(CONTRACTS[contract])
    for exception in without_exceptions.pop("ignore_imports", ()):
        for found in broken.find_matching_direct_imports(exception):
            broken.remove_import(importer=found["importer"], imported=found["imported"])
    assert kept(broken, without_exceptions)
    broken.add_import(importer=importer, imported=imported)
    assert not kept(broken, without_exceptions)


def test_each_contract_has_its_offence():
    assert {contract for contract, _, _ in OFFENCES} == set(CONTRACTS)


def in_circles(graph: grimp.ImportGraph) -> set[str]:
    """Return what is left when all that imports nothing, or is imported by nothing, is taken away in turn."""
    left = set(graph.modules)
    while free := {
        module
        for module in left
        if not left & graph.find_modules_directly_imported_by(module)
        or not left & graph.find_modules_that_directly_import(module)
    }:
        left -= free
    return left


def test_no_file_imports_itself_in_a_circle(graph):
    assert in_circles(graph) == set()


def test_a_circle_is_noticed():
    graph = grimp.ImportGraph()
    for importer, imported in [("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"), ("d", "e")]:
        graph.add_import(importer=importer, imported=imported)
    assert in_circles(graph) == {"b", "c", "d"}


@pytest.mark.parametrize("package", LINTER["root_packages"])
def test_a_package_has_few_rooms(package):
    entries = {entry.name for entry in (LIBRARY / package).iterdir()} - {"__pycache__"}
    rooms = entries - {"__init__.py", "README.md", "py.typed"}
    assert len(rooms) <= 13, sorted(rooms)


def test_the_ground_stays_small():
    lines = [len(path.read_text(encoding="utf-8").splitlines()) for path in LIBRARY.glob("blina_base/*.py")]
    assert sum(lines) <= 200


def test_importing_the_package_imports_nothing_heavy():
    code = f"import sys, blina; print([m for m in {HEAVY} if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def test_the_picture_of_the_house_is_drawn_from_the_contracts():
    text = house.path().read_text(encoding="utf-8")
    assert house.drawn(text) == text, "say .venv/bin/python -m blina_tools.house"


def test_floors_come_from_what_is_forbidden():
    """Two on the first floor that know nothing of each other, as drawn by hand."""
    never = {("low", "left"), ("low", "right"), ("low", "top"), ("left", "top"), ("right", "top")}
    never |= {("left", "right"), ("right", "left")}
    assert house.floors(["low", "left", "right", "top"], never) == [["top"], ["left", "right"], ["low"]]
    with pytest.raises(ValueError, match="left, right, top from importing one another"):
        house.floors(["low", "left", "right", "top"], never - {("left", "right"), ("right", "top")})
