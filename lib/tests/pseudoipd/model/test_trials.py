"""The arms of published trials: what the split was fixed on, and that a bad table is refused in one line."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from lifelines import KaplanMeierFitter

from blina_base.errors import InputError
from blina_tools.prior import trials as carried
from pseudoipd.model import trials

FROZEN = {
    "protocol.md": "9eb0cee15eff325ad1d86741882da22af193322d4da4ffb1945e307e82748db9",
    "protocol_second.md": "1bb636362fe438a8bed6effb682ea42880ef32fe94beb4a2e67d3f477f2f0c93",
    "planned.csv": "1d45ca0e1180bec99758fcafc632effae625149fcb17e09f74620e27b4c24b28",
    "arms.csv": "e2033549b81c84df5e64f3ddca9da501e1af90a3f66bba1c0de65f5e6ad233e6",
}
"""Digests at the time of the split, before the first fit; of the second one before it was followed."""
HEAD = ",".join(trials.COLUMNS)


@pytest.mark.parametrize("name", FROZEN)
def test_protocol_plan_and_data_are_those_of_the_split(name):
    found = trials.path().with_name(name).read_bytes()
    assert hashlib.sha256(found).hexdigest() == FROZEN[name]


def test_the_plan_follows_from_the_protocol():
    arms = trials.read()
    planned = pd.read_csv(trials.path().with_name("planned.csv"))
    assert [tuple(row) for row in planned.itertuples(index=False)] == carried.planned(arms)
    assert (len(arms), len({arm.trial for arm in arms})) == (278, 69)
    assert len({arm.trial for arm in arms if arm.reported}) == 23


def test_columns_for_readers_agree_with_the_courses():
    table = pd.read_csv(trials.path())
    for row, arm in zip(table.itertuples(), trials.read(), strict=True):
        assert (row.n, row.events) == (arm.n, arm.events.sum())
        assert np.isnan(row.median) if np.isinf(arm.median) else row.median == arm.median


def test_medians_are_those_of_lifelines():
    for arm in [a for a in trials.read() if not a.reported][::9]:
        days = np.repeat(np.tile(arm.day, 2), np.concatenate([arm.events, arm.censored]))
        died = np.repeat([1, 0], [arm.events.sum(), arm.censored.sum()])
        assert KaplanMeierFitter().fit(days, died).median_survival_time_ == arm.median


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (HEAD.replace("course", "curse") + "\n", "column course"),
        (f"{HEAD}\nA,1,OSS,x,2,1,3,3e 4c\n", "row 2, column outcome: 'OSS' found"),
        (f"{HEAD}\nA,1,OS,x,2,1,3,3e -4c\n", "row 2, column course"),
        (f"{HEAD}\nA,1,OS,x,2,1,3,3e 0c\n", "row 2, column course"),
    ],
)
def test_a_bad_table_is_refused_in_one_line(tmp_path, text, wanted):
    (tmp_path / "arms.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=wanted) as refused:
        trials.read(tmp_path / "arms.csv")
    assert "\n" not in str(refused.value)
