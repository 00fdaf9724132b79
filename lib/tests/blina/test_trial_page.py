"""What the trial tells the renderer, and what its page does with the user's own tables."""

import os
import subprocess
import sys
from collections import Counter

import pytest

import adam_samples as sample
from blina.collection import COLLECTION
from nbreports.plan.plan import report_label
from sample_reports import Collection, notebook

COUNT = """
import os
import sys


def seen(event, arguments):
    if event == "open" and str(arguments[0]).endswith("mine/adtte.csv"):
        with open(os.environ["OPENED"], "a") as file:
            file.write(f"{os.getpid()}\\n")


sys.addaudithook(seen)
"""
TABLES = 'data_dir = "reference"  # folder | - | tables'
SHOW = "page.say(str(page.tables.patients))"


def opened(tmp_path, command: list[str], environment: dict[str, str]) -> Counter[str]:
    """Run a command and return how often each process opened the table of times."""
    record = tmp_path / "opened"
    record.write_text("")
    path = os.pathsep.join([str(tmp_path / "counting"), environment["PYTHONPATH"]])
    subprocess.run(command, env={**environment, "PYTHONPATH": path, "OPENED": str(record)}, check=True)
    return Counter(record.read_text().split())


@pytest.mark.slow
def test_a_users_tables_are_read_once_by_the_run_and_once_by_each_page(tmp_path):
    (tmp_path / "counting").mkdir()
    (tmp_path / "counting" / "sitecustomize.py").write_text(COUNT)
    folder = sample.write(tmp_path / "mine")
    texts = {f"r0{n}_page": notebook(f"0{n}_page", SHOW, SHOW, parameters=TABLES, needs=("ADTTE.OS",))
             for n in (1, 2, 3)}  # fmt: skip
    made = Collection(tmp_path, **texts)
    once = f"from blina.adam import read_tables; read_tables({str(folder)!r})"
    (one_reading,) = opened(tmp_path, [sys.executable, "-c", once], made.environment()).values()
    command = made.command("render", "-p", f"data_dir={folder}")
    by_process = opened(tmp_path, command, made.environment())
    assert set(made.outcomes().values()) == {"done"}
    # The run itself also takes the digest of the file, to know which pages are stale.
    assert sorted(by_process.values()) == [one_reading] * 3 + [one_reading + 1]


@pytest.mark.parametrize(
    ("report", "label"),
    [
        ("04_relapse_free_survival", "04 Relapse-free survival"),
        ("05_mrd_response_and_os", "05 MRD response and OS"),
        ("07_t_cell_kinetics", "07 T-cell kinetics"),
        ("12_osteoporosis", "12 Osteoporosis"),
    ],
)
def test_a_file_name_is_spelled_as_a_reader_knows_its_words(report, label):
    assert report_label(report, COLLECTION.spelled) == label
