"""Tables of the shape in which sponsors and R packages ship ADaM: made up, in data/adam, with R's numbers."""

from __future__ import annotations

import importlib.util

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import adam_samples as sample
from blina.adam import read_tables, write_tables
from blina_base.errors import InputError
from pseudoipd.survival import kaplan_meier, quantile, quantile_limits

TRANSPORT, NA_STRINGS = sample.SHIPPED / "transport", sample.SHIPPED / "na_strings"


@pytest.fixture(scope="module")
def maker():
    specification = importlib.util.spec_from_file_location("make_adam", sample.SHIPPED / "make.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_tables_are_those_of_their_seed(maker, tmp_path):
    maker.write(tmp_path)
    for name in ("adsl", "adtte"):
        again, stored = (
            pyreadstat.read_xport(f / "transport" / f"{name}.xpt") for f in (tmp_path, sample.SHIPPED)
        )
        pd.testing.assert_frame_equal(again[0], stored[0])
        assert again[1].column_names_to_labels == stored[1].column_names_to_labels
    for name in ("adsl.csv", "adtte_onco.csv"):
        assert (tmp_path / "na_strings" / name).read_bytes() == (NA_STRINGS / name).read_bytes()


def test_they_have_the_traits_that_made_readers_stumble():
    raw = pd.read_sas(TRANSPORT / "adtte.xpt", format="xport", encoding="latin-1")
    assert 0 < raw["CNSR"].min() < 1e-70, "a zero that pandas does not read as one"
    assert not {"AVALU", "TRTPN"} & set(raw)
    adsl = pd.read_csv(NA_STRINGS / "adsl.csv", dtype=str, keep_default_na=False)
    assert (adsl["RFICDTC"] == "NA").all()
    assert (adsl["TRTSDT"] == "NA").sum() == 12


# a <- foreign::read.xport("adtte.xpt"); table(a$TRTP, a$CNSR)  # R 4.2.2, foreign 0.8-84
def test_the_events_by_arm():
    endpoint = read_tables(TRANSPORT, time_unit="days").endpoint("OS")
    assert (endpoint.paramcd, len(endpoint)) == ("TTDE", 90)
    assert {a: int(endpoint.event[endpoint.arm == a].sum()) for a in endpoint.arms} == {
        "Active High Dose": 24,
        "Active Low Dose": 26,
        "Placebo": 8,
    }


# survfit(Surv(AVAL, CNSR == 0) ~ TRTP, a, conf.type = "log-log")  # R 4.2.2, survival 3.5-3, the same a
@pytest.mark.parametrize(
    ("arm", "expected"),
    [
        ("Active High Dose", (34, 26, 57)),
        ("Active Low Dose", (32, 17, 92)),
        ("Placebo", (np.inf, 167, np.inf)),
    ],
)
def test_the_medians(arm, expected):
    endpoint = read_tables(TRANSPORT, time_unit="days").endpoint("OS")
    here = endpoint.arm == arm
    km = kaplan_meier(endpoint.days[here], endpoint.event[here])
    assert (quantile(km, 0.5), *quantile_limits(km, 0.5)) == expected


def test_the_transport_files_state_no_unit():
    with pytest.raises(InputError, match=r"adtte\.xpt, column AVALU.*time_unit=.*fit days"):
        read_tables(TRANSPORT)


# b <- read.csv("adtte_onco.csv"); table(b$PARAMCD, b$CNSR); nrow(read.csv("adsl.csv"))  # R 4.2.2
def test_na_strings_screen_failures_and_few_deaths():
    tables = read_tables(NA_STRINGS, time_unit="days")
    endpoint = tables.endpoint("OS")
    assert tables.patients == 54
    (left_out,) = [w for w in tables.warnings if w.startswith("PATIENTS-LEFT-OUT")]
    assert "12 of 66 patients were not assigned to an arm (screen failures)" in left_out
    assert read_tables(NA_STRINGS, time_unit="days", population="all").patients == 66
    assert (len(endpoint), endpoint.event.sum()) == (54, 3)
    progression = tables.endpoint("RFS")
    assert (progression.paramcd, len(progression), progression.event.sum()) == ("PFS", 54, 7)
    assert tables.unused_codes == ("RSD",)


@pytest.mark.parametrize("folder", [TRANSPORT, NA_STRINGS], ids=["transport", "na_strings"])
@pytest.mark.parametrize("format", ["csv", "parquet", "xpt"])
def test_they_survive_every_format(tmp_path, folder, format):
    tables = read_tables(folder, time_unit="days")
    short = tables.adsl[[c for c in tables.adsl.columns if len(c) <= 8]].astype(str)
    write_tables(short, tables.adtte, tmp_path, format=format)
    again = read_tables(tmp_path, time_unit="days")
    for role in tables.roles:
        one, other = tables.endpoint(role), again.endpoint(role)
        assert np.array_equal(one.days, other.days)
        assert np.array_equal(one.event, other.event)
        assert np.array_equal(one.arm, other.arm)
    # Who was left out is not among what was written.
    named = [[w.split(":")[0] for w in t.warnings if not w.startswith("PATIENTS")] for t in (tables, again)]
    assert named[0] == named[1]
    pd.testing.assert_series_equal(again.adtte["USUBJID"], tables.adtte["USUBJID"])
