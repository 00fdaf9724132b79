"""Two public sets of real ADaM tables; they stand beside the checkout and are not part of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import adam_samples as sample
from blina.adam import read_tables, write_tables
from blina_base.errors import InputError
from pseudoipd.survival import kaplan_meier, quantile, quantile_limits

pytestmark = pytest.mark.skipif(not sample.SHARED.is_dir(), reason="../shared/adam is not there")
PILOT, PHARMAVERSE = sample.SHARED / "cdisc_pilot", sample.SHARED / "pharmaverse_onco"


def test_the_pilots_events_by_arm():
    """README of the set: 254 patients, events placebo 29, high dose 61, low dose 62."""
    endpoint = read_tables(PILOT, time_unit="days").endpoint("OS")
    assert len(endpoint) == 254
    assert {a: int(endpoint.event[endpoint.arm == a].sum()) for a in endpoint.arms} == {
        "Placebo": 29,
        "Xanomeline High Dose": 61,
        "Xanomeline Low Dose": 62,
    }


@pytest.mark.parametrize(
    ("arm", "expected"),
    # R 4.2.2, survival 3.5-3 on the same file: survfit(Surv(AVAL, CNSR == 0) ~ TRTP, conf.type = "log-log").
    [
        ("Placebo", (np.inf, np.inf, np.inf)),
        ("Xanomeline High Dose", (36, 23, 46)),
        ("Xanomeline Low Dose", (33, 27, 48)),
    ],
)
def test_the_pilots_medians(arm, expected):
    endpoint = read_tables(PILOT, time_unit="days").endpoint("OS")
    here = endpoint.arm == arm
    km = kaplan_meier(endpoint.days[here], endpoint.event[here])
    assert (quantile(km, 0.5), *quantile_limits(km, 0.5)) == expected


def test_the_pilot_states_no_unit():
    with pytest.raises(InputError, match=r"adtte\.xpt, column AVALU.*time_unit=.*fit days"):
        read_tables(PILOT)


def test_pharmaverse_has_na_strings_and_three_deaths():
    tables = read_tables(PHARMAVERSE, time_unit="days")
    endpoint = tables.endpoint("OS")
    assert tables.patients == 306, "52 of them without an endpoint: screen failures"
    assert (len(endpoint), endpoint.event.sum()) == (254, 3)
    progression = tables.endpoint("RFS")
    assert (progression.paramcd, len(progression), progression.event.sum()) == ("PFS", 254, 6)
    assert tables.unused_codes == ("RSD",)


@pytest.mark.parametrize("folder", [PILOT, PHARMAVERSE], ids=["cdisc_pilot", "pharmaverse_onco"])
@pytest.mark.parametrize("format", ["csv", "parquet", "xpt"])
def test_real_tables_survive_every_format(tmp_path, folder, format):
    tables = read_tables(folder, time_unit="days")
    short = tables.adsl[[c for c in tables.adsl.columns if len(c) <= 8]].astype(str)
    write_tables(short, tables.adtte, tmp_path, format=format)
    again = read_tables(tmp_path, time_unit="days")
    for role in tables.roles:
        one, other = tables.endpoint(role), again.endpoint(role)
        assert np.array_equal(one.days, other.days)
        assert np.array_equal(one.event, other.event)
        assert np.array_equal(one.arm, other.arm)
    assert again.warnings == tables.warnings
    pd.testing.assert_series_equal(again.adtte["USUBJID"], tables.adtte["USUBJID"])
