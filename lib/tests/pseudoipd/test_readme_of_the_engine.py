"""The README of the engine: what it shows runs as it stands, in a folder of its own."""

import re

from blina_base import project

README = project.root() / "lib" / "pseudoipd" / "README.md"


def test_the_examples_run_one_after_the_other(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 2
    names = {}
    for block in blocks:
        exec(compile(block, README.name, "exec"), names)
    assert {path.name for path in tmp_path.iterdir()} == {"claims.csv", "by_response.csv"}


def test_the_rooms_are_those_of_the_package():
    listed = {
        name
        for row in re.findall(r"^\| (`.*?) \|", README.read_text(), re.MULTILINE)
        for name in re.findall(r"`(\w+)`", row)
    }
    there = {path.stem for path in README.parent.iterdir() if path.suffix in ("", ".py")}
    assert listed == there - {"__init__", "__pycache__"}
