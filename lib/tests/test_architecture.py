"""The house rules that a reader of the code relies on: arrows point down, modules stay small."""

import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from blina import project

PACKAGE = project.root() / "lib" / "blina"
MODULES = sorted(PACKAGE.rglob("*.py"))

# From the bottom up; a subject imports from its own layer or from below, and no two import each other.
LAYERS = [
    {"__init__", "errors", "project"},
    {"vocabulary", "markup", "digits", "proportion", "cluster"},
    {"published", "adam", "parameters", "provenance"},
    {"own_data", "survival", "transitions", "response", "kinetics", "design"},
    {"reconstruct", "ensemble", "identification", "historical", "dependence", "held_out", "survivors"},
    {"scorecard", "validation"},
    # What one report says: words and tables for its page.
    {"analyses", "overview", "scorecard_report", "survivors_report"},
    {"figures", "tables"},
    {"report"},
    {"render", "refresh", "scaffold"},
    {"cli", "bench", "locking", "dictionary", "preview"},
]
RANK = {subject: rank for rank, layer in enumerate(LAYERS) for subject in layer}
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


def subject_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_subjects(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[1] for name in node.names if name.name.startswith("blina."))
        elif isinstance(node, ast.ImportFrom) and node.module == "blina":
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("blina."):
            yield str(node.module).split(".")[1]


def functions() -> list[tuple[str, int]]:
    return [
        (f"{path.name}:{node.name}", body_lines(node))
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return body[-1].end_lineno - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path):
    own = subject_of(path)
    assert own in RANK, f"{own} has no layer yet"
    for subject in set(imported_subjects(path)) - {own, "__version__"}:
        assert RANK[subject] <= RANK[own], f"{own} imports {subject}, which lies above it"


def test_no_two_subjects_import_each_other():
    arrows = {(subject_of(path), subject) for path in MODULES for subject in imported_subjects(path)}
    assert not [(a, b) for a, b in arrows if a < b and (b, a) in arrows]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_stays_small(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


def test_functions_stay_short():
    lengths = [length for _, length in functions()]
    assert statistics.median(lengths) <= 12
    long = sorted(functions(), key=lambda item: -item[1])[:10]
    assert statistics.quantiles(lengths, n=10)[-1] <= 40, long


def test_importing_the_package_imports_nothing_heavy():
    code = f"import sys, blina; print([m for m in {HEAVY} if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
