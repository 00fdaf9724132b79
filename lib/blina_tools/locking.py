"""Resolve `pyproject.toml` into `requirements.lock`, and write the same versions into `environment.yml`.

Run as `make lock`. The resolver is uv, because pip cannot resolve for several Python versions and systems
at once.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from blina_base import project

# A lock names no index address: each user's own pip settings say where packages come from.
COMPILE = (
    "pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes "
    "--no-annotate --no-header --quiet --upgrade --output-file requirements.lock"
)

ENVIRONMENT_HEAD = """\
# Written by `make lock` from requirements.lock: the same versions, for conda and for Binder.
# Only the interpreter comes from conda-forge, since not every locked version is packaged there.
name: blina
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - pip
  - pip:
"""


def locked_requirements(lock: str) -> list[str]:
    """Return the requirements of a hash-pinned lock without their hashes: `name==version[ ; marker]`."""
    starts = (line for line in lock.splitlines() if line and not line.startswith((" ", "#")))
    return [line.rstrip("\\ ") for line in starts]


def environment(lock: str) -> str:
    """Return the text of `environment.yml` for the text of a lock."""
    pins = "".join(f'    - "{requirement}"\n' for requirement in locked_requirements(lock))
    return f'{ENVIRONMENT_HEAD}{pins}    - "-e ."\n'


def main() -> int:
    """Resolve anew and write both files; the exit status is the resolver's."""
    uv = Path(sys.executable).with_name("uv")
    resolved = subprocess.run([uv, *COMPILE.split()], cwd=project.root(), check=False)
    if resolved.returncode == 0:
        lock = (project.root() / "requirements.lock").read_text(encoding="utf-8")
        (project.root() / "environment.yml").write_text(environment(lock), encoding="utf-8")
    return resolved.returncode


if __name__ == "__main__":
    sys.exit(main())
