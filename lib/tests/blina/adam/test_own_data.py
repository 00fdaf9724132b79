"""What a page says of data that are the user's own, and the parameters that every such report takes."""

from __future__ import annotations

import json

import pytest

import adam_samples as sample
from blina.adam import own_data, read_tables
from blina.collection import COLLECTION
from blina.page import TrialPage


def notebook(tmp_path, cell):
    path = tmp_path / "03_x.ipynb"
    cells = [{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": cell}]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return path


def test_a_report_on_tables_takes_the_data_parameters(tmp_path):
    found = COLLECTION.declared(notebook(tmp_path, 'data_dir = "reference"  # folder | - | tables'))
    assert [p.name for p in found] == [
        "data_dir", "time_unit", "os_paramcd", "rfs_paramcd", "population", "analysis_flag", "mapping_file",
        "claims", "mask_ids",
    ]  # fmt: skip
    assert [
        p.name for p in COLLECTION.declared(notebook(tmp_path, "draws = 3  # integer 0 to 9 | - | x"))
    ] == ["draws"]


def test_a_reader_adds_a_data_parameter_without_declaring_it_again(tmp_path):
    cell = 'data_dir = "x"  # folder | - | tables\ntime_unit = "days"'
    found = {p.name: p for p in COLLECTION.declared(notebook(tmp_path, cell))}
    assert found["time_unit"].default == "days"
    assert found["time_unit"].choices == ("as stated", "days", "weeks", "months", "years")
    assert len(found) == 9


def page(folder, **parameters):
    values = {
        p.name: p.default
        for p in COLLECTION.declared(notebook(folder.parent, 'data_dir = "x"  # folder | - | t'))
    }
    return TrialPage(COLLECTION, "03_x", {**values, "data_dir": str(folder), **parameters})


def test_the_page_says_your_data_with_files_roles_and_warnings(tmp_path):
    text = sample.ADTTE.replace("250,DAYS", "200,DAYS") + "A-1,TTP,x,9,DAYS,0,,\n"
    folder = sample.write(tmp_path / "t", adtte=text)
    note = own_data.note(read_tables(folder), own_claims=False)
    assert note.startswith("**Your data.** 4 patients")
    assert "read from adsl\\.csv and adtte\\.csv" in note
    assert "Overall survival on this page is PARAMCD OS" in note
    assert "4 patients, 2 events; arms High, Low" in note
    assert "Warning: DATES" in note
    assert "Not used: PARAMCD TTP" in note
    assert "of the paper is not compared" in note
    assert "the other text of the page" in note


def test_markup_in_the_users_words_stays_text(tmp_path):
    folder = sample.write(tmp_path / "t", adsl=sample.ADSL.replace("High", "<script>x</script>"))
    assert "<script>" not in own_data.note(read_tables(folder), own_claims=True)


def test_the_papers_claims_are_not_in_force_for_a_users_data(tmp_path):
    folder = sample.write(tmp_path / "t")
    assert page(folder).claims == ()
    assert page(folder).kind == "yours"
    assert page(folder).ensemble(100) is None


def test_a_users_own_claims_are(tmp_path):
    folder = sample.write(tmp_path / "t")
    own = tmp_path / "own.csv"
    own.write_text(
        "id,exhibit,endpoint,statistic,category,population,at,printed,unit,source,quote\n"
        "mine,os_curve,OS,median,,all,,3.3,months,ours,\n"
    )
    assert [c.id for c in page(folder, claims=str(own)).claims] == ["mine"]


@pytest.mark.parametrize("mask", [False, True])
def test_masking_is_one_parameter(tmp_path, mask):
    tables = page(sample.write(tmp_path / "t"), mask_ids=mask).tables
    assert tables.adsl["USUBJID"].str.startswith("P" if mask else "A-").all()
