"""Notebooks as JupyterLab, git and an editor leave them: each stops nothing but itself."""

import json
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner

from blina.cli import cli
from blina.collection import COLLECTION
from blina_base import project
from blina_base.errors import InputError
from nbreports.plan.parameters import ParameterError
from nbreports.plan.plan import Request, declarations, faults, find_report, plan
from sample_reports import notebook

READS = 'data_dir = "reference"  # folder | - | tables\nn = 1  # integer 0 to 9 | - | a number'


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "notebooks"
    made.mkdir()
    (made / "01_one.ipynb").write_text(notebook("01_one", parameters=READS))
    (made / "02_two.ipynb").write_text(notebook("02_two", parameters=READS, needs=("ADTTE.OS",)))
    return made


def changed(path, change):
    content = json.loads(path.read_text())
    change(content["cells"])
    path.write_text(json.dumps(content))


def untag(cells):
    cells[1]["metadata"].pop("tags")


def tag_another(cells):
    cells[2]["metadata"]["tags"] = ["parameters"]


def declare_no_data(cells):
    cells[1]["source"] = "n = 1  # integer 0 to 9 | - | a number"


def no_cell(cells):
    del cells[1]


def assign(*lines):
    def change(cells):
        cells.insert(3, {"cell_type": "code", "metadata": {}, "outputs": [], "source": "\n".join(lines)})

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (untag, "cell 2 declares data_dir, n and is not tagged `parameters`"),
        (tag_another, "cells 2, 3 are tagged `parameters`; expected one such cell"),
        (declare_no_data, "it needs ADTTE.OS and declares no data_dir"),
        (no_cell, "it needs ADTTE.OS and declares no data_dir"),
        (assign("n = 3"), "cell 4 assigns to n again"),
        (assign("%matplotlib inline", "for n in (1, 2):", "    print(n)"), "cell 4 assigns to n again"),
        (assign("if True:", "    import os as data_dir"), "assigns to data_dir again"),
        (assign("n += 1"), "assigns to n again"),
        (assign("(n := 4)"), "assigns to n again"),
        (assign("def n(): pass"), "assigns to n again"),
        (assign("with open('x') as n: pass"), "assigns to n again"),
        (assign("try: x = 1", "except ValueError as n: pass"), "assigns to n again"),
        (assign("match 1:", "    case n: pass"), "assigns to n again"),
        (assign("[(n := i) for i in (1, 2)]"), "assigns to n again"),
        (assign("def f():", "    global n", "    n = 2"), "assigns to n again"),
        (assign("%%time", "n = %pwd"), "assigns to n again"),
    ],
)
def test_a_notebook_that_cannot_be_given_its_parameters_is_refused(folder, change, said):
    changed(folder / "02_two.ipynb", change)
    with pytest.raises(ParameterError) as caught:
        plan(Request(COLLECTION, folder, folder, ("02_two",), assigned=(f"data_dir={folder}",)))
    assert str(caught.value).startswith("02_two.ipynb: ")
    assert said in str(caught.value)
    assert list(declarations(folder, COLLECTION)) == ["01_one"]


@pytest.mark.parametrize(
    "change",
    [
        assign("m = [n for n in range(3)]"),
        assign("def f(n):", "    n = 2", "    return n"),
        assign("print(f'{n}')", "x.n = 3", "y['n'] = 4"),
        assign("not python at all ("),
        assign("!echo n = 3"),
    ],
)
def test_what_binds_no_name_of_the_notebook_is_no_assignment(folder, change):
    changed(folder / "02_two.ipynb", change)
    assert faults(folder, COLLECTION) == {}


STRAY = {
    "Untitled.ipynb": "",
    "Untitled1.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "03_three.ipynb": '<<<<<<< HEAD\n{"cells": []}\n=======\n',
    "04_four.ipynb": "[1, 2]",
    "05_five.ipynb": '{"cells": [3]}',
    "06_six.ipynb": '{"cells": {}}',
    "07_seven.ipynb": "[" * 100_000,
    "08_eight.ipynb": '{"cells": [{"cell_type": "code", "metadata": null}]}',
    "09_nine.ipynb": '{"cells": [], "metadata": []}',
}


def test_a_stray_or_broken_file_stops_nothing_but_itself(folder, tmp_path):
    for name, text in STRAY.items():
        (folder / name).write_text(text)
    shutil.copy(folder / "01_one.ipynb", folder / "01_one-Copy1.ipynb")
    (folder / ".ipynb_checkpoints").mkdir()
    assert set(declarations(folder, COLLECTION)) == {"01_one", "01_one-Copy1", "02_two", "Untitled1"}
    broken = {name.removesuffix(".ipynb") for name in STRAY} - {"Untitled1"}
    assert set(faults(folder, COLLECTION)) == broken
    reports = {one.report for one in plan(Request(COLLECTION, folder, tmp_path))}
    assert reports == {"01_one", "01_one-Copy1", "02_two", "Untitled1"}
    with pytest.raises(InputError, match=r"^03_three\.ipynb: not a notebook"):
        plan(Request(COLLECTION, folder, tmp_path, ("03",)))
    listed = CliRunner().invoke(cli, ["list", "--notebooks", str(folder)])
    assert listed.exit_code == 0
    assert "02  Sample two" in listed.output


def test_a_copy_does_not_make_a_beginning_ambiguous():
    names = ["03_survival", "03_survival-Copy1", "04_other"]
    assert find_report("03", names) == "03_survival"
    assert find_report("03_survival-Copy1", names) == "03_survival-Copy1"
    with pytest.raises(InputError, match="no report '0'"):
        find_report("0", names)


@pytest.mark.slow
def test_a_copy_is_rendered_under_its_own_name_and_a_broken_report_fails_the_run(folder, tmp_path):
    (folder / "02_two.ipynb").unlink()
    shutil.copy(folder / "01_one.ipynb", folder / "01_one-Copy1.ipynb")
    (folder / "03_three.ipynb").write_text("<<<<<<<")
    command = [
        "render",
        "--notebooks",
        str(folder),
        "--profiles",
        str(tmp_path),
        "--output",
        str(tmp_path / "out"),
    ]
    found = subprocess.run(
        [sys.executable, "-m", "blina.cli", *command], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2
    assert "left out: 03_three.ipynb: not a notebook" in found.stderr
    assert (tmp_path / "out" / "default" / "01_one-Copy1" / "results.json").parent.is_dir()
    outcomes = json.loads((tmp_path / "out" / "manifest.json").read_text())["renderings"]
    assert {one["report"]: one["outcome"] for one in outcomes} == {"01_one": "done", "01_one-Copy1": "done"}


def test_the_notebooks_of_the_collection_have_no_fault():
    assert faults(project.notebooks(), COLLECTION) == {}
