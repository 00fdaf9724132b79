"""The house rules that a reader of the code relies on: functions stay short, an import stays light."""

import ast
import statistics
import subprocess
import sys

from blina_base import project

LIBRARY = project.root() / "lib"
MODULES = [path for path in sorted(LIBRARY.rglob("*.py")) if "tests" not in path.parts]

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


def test_functions_stay_short():
    lengths = [length for _, length in functions()]
    assert statistics.median(lengths) <= 12
    long = sorted(functions(), key=lambda item: -item[1])[:10]
    assert statistics.quantiles(lengths, n=10)[-1] <= 40, long


def test_importing_the_package_imports_nothing_heavy():
    code = f"import sys, blina; print([m for m in {HEAVY} if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"
