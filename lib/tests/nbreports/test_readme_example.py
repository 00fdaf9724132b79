"""The example of the renderer's README, in a folder where nothing of the trial can be imported."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from blina_base import project

pytestmark = pytest.mark.slow

LIBRARY = project.root() / "lib"
TRIAL = ("blina", "pseudoipd", "blina_tools")


@pytest.fixture(scope="module")
def plants(tmp_path_factory) -> Path:
    """The folder in which a reader has pasted and run the example."""
    folder = tmp_path_factory.mktemp("plants")
    for package in ("nbreports", "blina_base"):
        shutil.copytree(LIBRARY / package, folder / "lib" / package)
    for package in TRIAL:
        # An installed copy must not help out.
        (folder / "lib" / f"{package}.py").write_text("raise ImportError('the renderer imported the trial')")
    readme = (LIBRARY / "nbreports" / "README.md").read_text("utf-8")
    for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL):
        (folder / re.match(r"# (\w+\.py)\n", block)[1]).write_text(block, "utf-8")
    run(folder, "write.py")
    return folder


def run(folder: Path, *program: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(folder / "lib")}
    return subprocess.run(
        [sys.executable, *program], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_example_becomes_a_page_for_each_value_and_an_index(plants):
    finished = run(plants, "plants.py")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert "2 to render, 0 fresh" in finished.stdout
    seven, fourteen = (plants / "pages" / "default" / name for name in ("01_growth", "01_growth--days=14"))
    assert "After <strong>7 days</strong> it is 14 cm tall." in (seven / "index.html").read_text("utf-8")
    assert (fourteen / "tables" / "growth.csv").read_text("utf-8") == "day,cm\n0,0\n14,28\n"
    index = (plants / "pages" / "index.html").read_text("utf-8")
    assert "<title>Plants</title>" in index
    assert "How tall is a bean after some days?" in index


def test_what_it_says_of_the_trial_is_nothing(plants):
    pages = [path.read_text("utf-8").lower() for path in (plants / "pages").rglob("index.html")]
    assert len(pages) == 3
    words = ("blina", "leukemia", "patient", "scorecard", "reconstructed")
    assert [word for word in words for page in pages if word in re.sub(r"<style>.*?</style>", "", page)] == []


def test_an_example_that_has_run_is_fresh_and_a_wrong_value_is_the_line_of_the_readme(plants):
    assert "0 to render, 2 fresh" in run(plants, "plants.py").stdout
    program = (plants / "plants.py").read_text("utf-8").replace("days=7,14", "days=99")
    (plants / "wrong.py").write_text(program, "utf-8")
    said = run(plants, "wrong.py").stderr.splitlines()[-1].partition("ParameterError: ")[2]
    assert said in (LIBRARY / "nbreports" / "README.md").read_text("utf-8").replace("\n", " ")
    assert json.loads((plants / "pages" / "manifest.json").read_text("utf-8"))["renderings"]
