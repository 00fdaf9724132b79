"""SAS data sets that another program wrote (R's haven 2.5.1, `sas/make.R`), from tables of adam_samples."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import adam_samples as sample
from blina.adam import read_tables, write_tables
from blina_base import project
from blina_base.errors import InputError

SAS = Path(__file__).parents[2] / "data" / "sas"


def test_sas_data_sets_are_the_same_tables_as_the_csv(tmp_path):
    ours = read_tables(sample.write(tmp_path / "csv", sample.ADSL.replace(",Y,36,", ",Y,71,")))
    theirs = read_tables(SAS)
    pd.testing.assert_frame_equal(theirs.adsl, ours.adsl)
    pd.testing.assert_frame_equal(theirs.adtte, ours.adtte)
    # A-3 dies on day 40 and responds on day 71.
    assert theirs.warnings == ours.warnings
    assert [w.split(":")[0] for w in theirs.warnings] == ["RESPONSE-AFTER-END"]
    assert [s.name for s in theirs.sources] == ["adsl.sas7bdat", "adtte.sas7bdat"]


@pytest.mark.parametrize("kept", [13, 100, 4000, 9000])
def test_a_truncated_sas_data_set(tmp_path, kept):
    shutil.copytree(SAS, tmp_path / "t")
    path = tmp_path / "t" / "adtte.sas7bdat"
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"adtte\.sas7bdat: expected a SAS data set"):
        read_tables(tmp_path / "t")


def lost_early(adtte):
    """Patients who were last seen alive before month 30."""
    survival = adtte[(adtte["PARAMCD"] == "OS") & (adtte["CNSR"] == 1)]
    return list(survival.loc[survival["AVAL"] < 30 * 30.4375, "USUBJID"])


@pytest.mark.parametrize("format", ["xpt", "parquet", "csv"])
def test_the_reference_cohort_written_out_reads_back_the_same(tmp_path, format):
    ours = read_tables()
    write_tables(ours.adsl, ours.adtte, tmp_path, adlb=ours.adlb, format=format)
    again = read_tables(tmp_path)
    pd.testing.assert_frame_equal(again.adsl, ours.adsl)
    pd.testing.assert_frame_equal(again.adtte, ours.adtte)
    pd.testing.assert_frame_equal(again.adlb, ours.adlb)
    assert (again.roles, again.time_units) == (ours.roles, ours.time_units)
    # Of a user's own tables it is said that the flag says more of those lost early than is known.
    lost = lost_early(ours.adtte)
    named = [warning for warning in again.warnings if warning not in ours.warnings]
    assert [name.split(":")[0] for name in named] == ["LONG-TERM-DISAGREES"] * bool(lost)
    assert all(patient in named[0] for patient in lost)
    if format == "csv":
        for name in ("adsl.csv", "adtte.csv", "adlb.csv"):
            assert (tmp_path / name).read_bytes() == (project.reference_cohort() / name).read_bytes()
