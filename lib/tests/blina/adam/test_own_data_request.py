"""What a user's folder is called must not change what it is taken for."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

import adam_samples as sample
from blina.adam import missing, read_tables
from blina.cli import cli
from blina.collection import COLLECTION
from blina_base import project
from blina_base.errors import InputError
from nbreports.plan.plan import Request, plan

PROFILES = project.root() / "reports" / "profiles"


def planned(*assigned: str):
    return plan(
        Request(COLLECTION, project.notebooks(), PROFILES, ("03_overall_survival",), "default", assigned)
    )[0]


def test_a_folder_of_the_users_called_reference_is_theirs(tmp_path):
    folder = sample.write(tmp_path / "reference")
    rendering = planned(f"data_dir={folder}")
    assert rendering.parameters["data_dir"] == "reference (2)"
    assert rendering.places == {"reference (2)": str(folder)}
    assert rendering.given["data_dir"] == "reference (2)"


def test_a_claims_file_called_published_is_theirs(tmp_path):
    folder = sample.write(tmp_path / "published")
    (folder / "published").write_text("x")
    rendering = planned(f"data_dir={folder}", f"claims={folder / 'published'}")
    assert len(rendering.places) == 2
    assert rendering.parameters["claims"] != "published"
    assert rendering.places[rendering.parameters["claims"]] == str(folder / "published")


def test_check_on_the_command_line(tmp_path):
    folder = sample.write(tmp_path / "t", adtte=sample.adtte(AVALU=[""] * 4))
    found = CliRunner().invoke(cli, ["check", str(folder), "--time-unit", "days"])
    assert found.exit_code == 0
    assert "4 patients in adsl.csv" in found.output
    assert "03_overall_survival: can be rendered" in found.output
    assert "01_study_design: reads no tables of yours" in found.output
    assert (
        "04_relapse_free_survival: not applicable: needs ADTTE.RFS (adtte.csv has no PARAMCD" in found.output
    )


def test_check_takes_the_data_parameters_of_render(tmp_path):
    folder = sample.write(tmp_path / "t")
    claims = project.published("claims.csv")
    found = CliRunner().invoke(cli, ["check", str(folder), "-p", f"claims={claims}", "-p", "mask_ids=true"])
    assert "11_scorecard: can be rendered" in found.output
    wrong = CliRunner().invoke(cli, ["check", str(folder), "-p", "os_paramdc=OS"])
    assert "did you mean os_paramcd?" in str(wrong.exception)
    with pytest.raises(InputError, match="no such file"):
        cli.main(["check", str(folder), "-p", f"claims={folder / 'none.csv'}"], standalone_mode=False)


def test_check_refuses_with_the_readers_own_error(tmp_path):
    folder = sample.write(tmp_path / "t", adtte=sample.adtte(AVALU=[""] * 4))
    found = CliRunner().invoke(cli, ["check", str(folder)])
    assert isinstance(found.exception, InputError)
    with pytest.raises(InputError, match="TTP"):
        cli.main(["check", str(folder), "-p", "os_paramcd=TTP"], standalone_mode=False)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("adtte", "said"),
    [
        (sample.adtte(AVAL=["1", "-2", "3", "4"]), "adtte.csv, row 3, column AVAL: -2"),
        ("", "adtte.csv: expected a table; the file is empty (0 bytes)"),
    ],
)
def test_bad_data_end_the_command_with_one_line_and_no_page(tmp_path, adtte, said):
    folder = sample.write(tmp_path / "t", adtte=adtte)
    command = [sys.executable, "-m", "blina.cli", "render", "03", "04", "05", "-p", f"data_dir={folder}"]
    found = subprocess.run(
        [*command, "--output", str(tmp_path / "out")], capture_output=True, text=True, check=False
    )
    assert found.returncode == 2
    (line,) = [text for text in found.stderr.splitlines() if "expected" in text]
    assert line.startswith(said)
    assert "Traceback" not in found.stderr
    assert not list((tmp_path / "out").rglob("results.json"))


@pytest.mark.parametrize(
    ("report", "need"),
    [
        ("06_long_term_survivors", "ADTTE.DEATH"),
        ("08_historical_controls", "ADTTE.DEATH"),
        ("07_t_cell_kinetics", "ADLB.TCELL"),
        ("11_scorecard", "CLAIMS"),
    ],
)
def test_no_report_calls_any_event_a_death_simulates_a_users_counts_or_compares_with_nothing(report, need):
    assert need in COLLECTION.needs(project.notebooks() / f"{report}.ipynb")


def test_every_need_of_a_notebook_is_one_that_can_be_met():
    lacking = {
        path.stem: missing(read_tables(), COLLECTION.needs(path))
        for path in project.notebooks().glob("*.ipynb")
    }
    assert {report: found for report, found in lacking.items() if found} == {}
