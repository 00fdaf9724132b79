"""The three lists of dependencies are one: pyproject.toml, requirements.lock and environment.yml."""

import re
import subprocess
import tomllib
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from blina_base import project
from blina_tools import locking

LOCK = (project.root() / "requirements.lock").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((project.root() / "pyproject.toml").read_text(encoding="utf-8"))
ENVIRONMENT = (project.root() / "environment.yml").read_text(encoding="utf-8")
CHOSEN_BY_THE_USER = {"jupyterlab", "pandas", "seaborn", "lifelines", "papermill", "nbval"}


def pins() -> list[Requirement]:
    return [Requirement(line) for line in locking.locked_requirements(LOCK)]


def declared() -> list[Requirement]:
    lists = [PYPROJECT["project"]["dependencies"], *PYPROJECT["project"]["optional-dependencies"].values()]
    return [Requirement(text) for requirements in lists for text in requirements]


def test_environment_is_the_one_that_the_lock_makes():
    assert locking.environment(LOCK) == ENVIRONMENT


def test_environment_is_valid_yaml_with_pip_pins_and_the_package_itself():
    conda = yaml.safe_load(ENVIRONMENT)
    pip_lines = conda["dependencies"][-1]["pip"]
    assert pip_lines[-1] == "-e ."
    assert {Requirement(line).name for line in pip_lines[:-1]} == {pin.name for pin in pins()}


def test_each_declared_dependency_is_locked_within_its_range():
    locked = {canonicalize_name(pin.name): pin for pin in pins()}
    for requirement in declared():
        pin = locked[canonicalize_name(requirement.name)]
        version = next(iter(pin.specifier)).version
        assert requirement.specifier.contains(version), f"{requirement} is locked at {version}"


def test_what_the_user_chose_is_declared():
    assert {requirement.name for requirement in declared()} >= CHOSEN_BY_THE_USER


def test_each_pin_is_exact_and_hashed():
    blocks = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(blocks) == len(pins())
    for block in blocks:
        assert "==" in block.splitlines()[0]
        assert "--hash=sha256:" in block


def test_the_lock_names_no_address():
    assert "://" not in LOCK
    assert not re.search(r"^\s*(-i|-f|--(extra-)?index|--find-links)", LOCK, re.MULTILINE)


def test_both_files_are_written_once_the_resolver_has_answered(tmp_path, monkeypatch):
    def resolver(status, text=""):
        def run(command, cwd, check):
            assert Path(command[0]).name == "uv"
            (cwd / "requirements.lock").write_text(text or LOCK, encoding="utf-8")
            return subprocess.CompletedProcess(command, status)

        return run

    monkeypatch.setattr(project, "root", lambda: tmp_path)
    monkeypatch.setattr(subprocess, "run", resolver(1, "half"))
    assert locking.main() == 1
    assert not (tmp_path / "environment.yml").exists()
    monkeypatch.setattr(subprocess, "run", resolver(0))
    assert locking.main() == 0
    assert (tmp_path / "environment.yml").read_text(encoding="utf-8") == ENVIRONMENT
