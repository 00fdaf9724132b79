"""The README keeps its word: commands run as written, the table lists the reports, the picture is current."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from blina_base import project
from blina_tools import preview

ROOT = project.root()
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.splitlines()
]
# CI runs these two itself, before and around this test.
RUN_BY_CI = ["make reports", "make test"]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A copy of the tracked files with the installed packages beside it, so that no command writes here."""
    copy = tmp_path_factory.mktemp("readme") / "checkout"
    copy.mkdir()
    (copy / ".venv").symlink_to(ROOT / ".venv")
    for name in ["data", "lib", "notebooks", "reports/profiles"]:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ["pyproject.toml", "requirements.lock"]:
        shutil.copy(ROOT / name, copy)
    return copy


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


def test_each_make_target_exists():
    for command in [c for c in COMMANDS if c.startswith("make")]:
        subprocess.run([*command.split(), "--dry-run"], cwd=ROOT, check=True, capture_output=True)


def test_the_table_lists_the_notebooks():
    linked = re.findall(r"\(notebooks/(\w+)\.ipynb\)", README)
    assert linked == sorted(path.stem for path in project.notebooks().glob("*.ipynb"))


def test_each_file_that_is_named_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_picture_is_the_one_in_the_notebook():
    picture = preview.first_picture(project.notebooks() / preview.NOTEBOOK)
    assert preview.path().read_text(encoding="utf-8").rstrip("\n") == picture.rstrip("\n")
