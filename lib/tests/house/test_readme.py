"""The documents keep their word: commands run as written, what is named exists, the picture is current."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from blina_base import project
from blina_tools import preview

ROOT = project.root()
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()
]
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "BENCHMARK.md",
    "lib/README.md",
    "data/README.md",
    "reports/README.md",
]
PACKAGES = ["blina_base", "pseudoipd", "nbreports", "blina_tools", "blina"]
# CI runs these two itself, before and around this test.
RUN_BY_CI = ["make reports", "make test"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of the tracked files with the installed packages beside it, so that no command writes here."""
    copy = tmp_path_factory.mktemp("readme") / "checkout"
    copy.mkdir()
    (copy / ".venv").symlink_to(ROOT / ".venv")
    for name in ["data", "lib", "notebooks", "reports/profiles"]:
        # What is compiled is taken along, but not what another process is just writing.
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("*.pyc.*"))
    for name in ["pyproject.toml", "requirements.lock"]:
        shutil.copy(ROOT / name, copy)
    shorten(copy / "reports" / "profiles" / "sensitivity.yaml")
    draw_few(copy / "notebooks" / "03_overall_survival.ipynb")
    return copy


def shorten(profile: Path) -> None:
    """Leave two values in the first sweep and one in each other: `make extremes` renders all forty pages."""
    content = yaml.safe_load(profile.read_text(encoding="utf-8"))
    for number, (name, values) in enumerate(content["sweep"].items()):
        content["sweep"][name] = values[: 1 if number else 2]
    profile.write_text(yaml.safe_dump(content), encoding="utf-8")


def draw_few(notebook: Path) -> None:
    """Lower the default number of cohorts: those that a command asks for are not checked in, and so drawn."""
    text = notebook.read_text(encoding="utf-8")
    assert text.count('"draws = 200 ') == 1
    notebook.write_text(text.replace('"draws = 200 ', '"draws = 5 '), encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith(".venv")])
def test_a_command_runs_as_written(checkout, command):
    finished = subprocess.run(
        command,
        shell=True,
        cwd=checkout,
        env=environment(checkout),
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]


def environment(checkout: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(checkout / "lib")}


def test_ci_runs_the_two_commands_of_the_first_screen():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert [line for line in script if line.startswith("make")] == RUN_BY_CI
    assert set(RUN_BY_CI) < set(COMMANDS)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_make_target_exists(document):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"(?:^ *|`)make ([a-z][a-z-]*)", (ROOT / document).read_text("utf-8"), re.MULTILINE)
    assert set(named) <= set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_the_table_lists_the_notebooks():
    linked = re.findall(r"\(notebooks/(\w+)\.ipynb\)", README)
    assert linked == sorted(path.stem for path in project.notebooks().glob("*.ipynb"))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_file_that_is_named_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    linked = [(ROOT / document).parent / target for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)]
    named = [ROOT / name for name in re.findall(r"\b(?:lib|data|notebooks|reports)/[\w./-]*\w", text)]
    # What a reader of the text is about to make.
    made = re.compile(r"my_report|NN_name|reports/(bench|cohorts|index|mine)")
    assert [str(path) for path in [*linked, *named] if not path.exists() and not made.search(str(path))] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_module_and_function_that_is_named_exists(document):
    text = (ROOT / document).read_text(encoding="utf-8")
    for name in re.findall(rf"\b(?:{'|'.join(PACKAGES)})(?:\.[a-z_]\w*)+", text):
        assert defined(*module_of(name)), name
    # A row that names a file, and functions of it after the file.
    for row in re.findall(r"^\|.*`lib/.*\|$", text, re.MULTILINE):
        for file, rest in re.findall(r"`lib/([\w/]+\.py)`((?:[^`|]*`\w+`)*)", row):
            names = re.findall(r"`(\w+)`", rest)
            assert names, f"{file}: which function?"
            assert [name for name in names if not defined(ROOT / "lib" / file, name)] == []


def module_of(name: str) -> tuple[Path, str]:
    """Return the file that a dotted name leads to, and what is left of the name."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        place = ROOT.joinpath("lib", *parts[:count])
        for file in (place.with_suffix(".py"), place / "__init__.py"):
            if file.is_file():
                return file, ".".join(parts[count:])
    raise AssertionError(name)


def defined(file: Path, name: str) -> bool:
    """Say whether a file defines or imports a name; the file itself has no name."""
    forms = rf"^(def|class) {name}\b|^{name}\b|\bimport\b.*\b{name}\b"
    return not name or re.search(forms, file.read_text(encoding="utf-8"), re.MULTILINE) is not None


def test_the_picture_is_the_one_in_the_notebook():
    picture = preview.first_picture(project.notebooks() / preview.NOTEBOOK)
    assert preview.path().read_text(encoding="utf-8").rstrip("\n") == picture.rstrip("\n")
