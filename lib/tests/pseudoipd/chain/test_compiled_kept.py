"""Where compiled functions are kept: by what is in their sources, not by where these lie."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest

from blina_base import project
from pseudoipd.chain import compiled

pytestmark = pytest.mark.slow

SCRIPT = """
import numpy as np
from pseudoipd.chain import hazards
from pseudoipd.model import prior
hazards.survival_probability(1.0, np.zeros((4, len(prior.PIECES))))
print(hazards.__file__, sum(hazards.survival_probability.stats.cache_misses.values()))
"""


def run(library: Path, cache: Path) -> tuple[Path, int]:
    """Return the file of the library in `library` and how many functions it had to compile anew."""
    place = {**os.environ, "PYTHONPATH": str(library), "BLINA_CACHE": str(cache)}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=place, capture_output=True, text=True, check=True)
    file, misses = done.stdout.split()
    return Path(file), int(misses)


def test_a_second_checkout_compiles_nothing_until_a_source_is_edited(tmp_path):
    assert run(project.root() / "lib", tmp_path)[1] == 1
    library = tmp_path / "lib"
    copied = library / "pseudoipd" / "chain"
    shutil.copytree(project.root() / "lib", library, ignore=shutil.ignore_patterns("tests"))
    assert run(library, tmp_path) == (copied / "hazards.py", 0)
    # Any of the sources: the function called here does not use this one.
    with (copied / "metropolis.py").open("a", encoding="utf-8") as source:
        source.write("\n# edited\n")
    assert run(library, tmp_path)[1] == 1


@compiled.compiled()
def doubled(number):
    return 2 * number


@compiled.compiled()
def last_doubled(count):
    number = 0
    for one in range(count):
        number = one
    return doubled(number) + doubled(1)


def test_a_function_is_compiled_once_for_a_type_whatever_its_callers_call_it_with():
    # numba looks at `number` as the literal 0 at first, and at 1 as the literal 1: types of their own.
    assert last_doubled(4) == 8
    if not numba.config.DISABLE_JIT:
        assert len(doubled.part.signatures) == 1


def test_a_function_that_compiled_code_calls_can_be_called_from_python():
    # As a part of its caller it has no way in from Python.
    assert last_doubled(4) == 8
    assert doubled(3) == 6


def imported(path: Path) -> set[Path]:
    """Return the files of the engine that a file imports from."""
    named = [
        f"{node.module}.{name.name}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
        if str(node.module).startswith("pseudoipd.")
    ]
    places = [project.root().joinpath("lib", *name.split(".")).with_suffix(".py") for name in named]
    # What is no file is something that stands in one.
    return {place if place.exists() else place.parent.with_suffix(".py") for place in places}


def compiles(path: Path) -> bool:
    """Say whether a file takes the decorators."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == compiled.__name__
        and {name.name for name in node.names} & {"compiled", "inlined"}
        for node in ast.walk(ast.parse(path.read_text()))
    )


def test_the_digest_covers_every_file_that_decides_what_is_compiled():
    engine = (project.root() / "lib" / "pseudoipd").rglob("*.py")
    compiling = {path for path in engine if compiles(path)}
    assert len(compiling) > 5
    assert compiling <= {*compiled.SOURCES}
    # numba freezes the constants that a compiled function takes from another file.
    for source in compiled.SOURCES:
        assert imported(source) <= {*compiled.SOURCES}, source
