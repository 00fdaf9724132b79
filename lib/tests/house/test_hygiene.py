"""What must never be in a tracked file: a path of a machine, a package index address, an empty adjective."""

import re
import subprocess

import pytest

from blina_base import project

# Put together from halves, so that this file does not find itself.
ADDRESSES = re.compile(
    "|".join(["files.python" + "hosted", "py" + "pi.org", "index" + "-url", "registry.npm" + "js"])
)
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:ho" + r"me|ro" + r"ot|wo" + r"rk|Us" + r"ers)/\w")
ADJECTIVES = re.compile(
    "|".join(["compre" + "hensive", "profes" + "sional", "regulatory" + "-ready", "seam" + "less"]),
    re.IGNORECASE,
)
BINARY = (".sas7bdat", ".xpt", ".parquet", ".png")


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=project.root(), capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name and (project.root() / name).is_file()]


def text_of(name: str) -> str:
    return (project.root() / name).read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize(
    "pattern", [ADDRESSES, MACHINE_PATHS, ADJECTIVES], ids=["addresses", "paths", "adjectives"]
)
def test_no_tracked_file_holds(pattern):
    found = {name: match.group() for name in tracked() if (match := pattern.search(text_of(name)))}
    assert found == {}


def test_text_files_end_in_one_newline_and_have_no_carriage_return():
    for name in tracked():
        if name.endswith(BINARY):
            continue
        text = text_of(name)
        assert "\r" not in text, name
        assert not text or name.endswith(".svg") or re.search(r"[^\n]\n\Z", text), name
