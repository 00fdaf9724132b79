import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from blina import facts
from blina.adam import read_tables
from blina.reports.long_term_survivors import numbers, pictures, words

MONTH = 30.4375

ADSL = """USUBJID,BESTRESP,MRDRESP,MRDRDY,HSCTFL,RETRTFL,RLPFRFL,LTSFL,AEINTFL,ADDCYC
A,CR,Y,29,Y,N,Y,Y,N,
B,CRh,Y,71,N,N,N,Y,Y,3
C,CR,Y,29,N,Y,N,N,,
D,CR,N,,N,N,N,N,,
E,REFRACTORY,N,,N,N,N,N,,
"""
# A lives on without relapse; B relapses; C dies in remission; D, no MRD responder, relapses; E has no RFS.
ADTTE = """USUBJID,PARAMCD,AVAL,AVALU,CNSR
A,OS,1000,DAYS,1
B,OS,930,DAYS,0
C,OS,400,DAYS,0
D,OS,200,DAYS,0
E,OS,50,DAYS,1
A,RFS,971,DAYS,1
B,RFS,300,DAYS,0
C,RFS,371,DAYS,0
D,RFS,100,DAYS,0
"""


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "adsl.csv").write_text(ADSL)
    (tmp_path / "adtte.csv").write_text(ADTTE)
    return read_tables(tmp_path)


def test_courses_run_from_the_longest_to_the_shortest(tables):
    course = numbers.courses(tables, 30, "response")
    assert course["USUBJID"].tolist() == ["A", "B", "C", "D", "E"]
    assert course["long_term"].tolist() == [True, True, False, False, False]
    assert course["died"].tolist() == [False, True, True, True, False]
    assert (course["response_months"] * MONTH).round(6).tolist()[:3] == [29, 71, 29]


def test_relapse_counts_from_the_start_of_treatment_and_death_is_no_relapse(tables):
    by_hand = [np.nan, 300 + 71, np.nan, 100 + 29, np.nan]
    found = numbers.courses(tables, 30, "response")["relapse_months"] * MONTH
    np.testing.assert_allclose(found, by_hand)
    # From the start of treatment, C's RFS of 371 days is a relapse before the death on day 400.
    found = numbers.courses(tables, 30, "start")["relapse_months"] * MONTH
    np.testing.assert_allclose(found, [np.nan, 300, 371, 100, np.nan])


def test_tables_that_know_only_survival_will_do(tables):
    bare = dataclasses.replace(tables, adsl=tables.adsl[["USUBJID"]], roles={"OS": "OS"})
    course = numbers.courses(bare, 30)
    assert course["relapse_months"].isna().all()
    assert (course["allohct"] == "").all()
    assert words.survivors_table(course)["AlloHCT"].tolist() == ["–", "–"]


def test_the_survivors_table_is_in_words(tables):
    table = words.survivors_table(numbers.courses(tables, 30, "response"))
    assert table.iloc[1].tolist() == [
        "B", "CRh", "day 71", "no", "no", "12.2", "no", "yes", "30.6", "died",
    ]  # fmt: skip


def test_consolidation_counts_each_survivor_once(tables):
    table = numbers.consolidation(numbers.courses(tables, 30, "response"))
    assert table["patients"].tolist() == [1, 1, 0]
    assert table["relapse_free"].tolist() == [1, 0, 0]


def test_sweep_counts_seen_died_and_unknown_by_hand():
    months, died = [40.0, 31.0, 25.0, 10.0], [False, True, False, True]
    sweep = numbers.threshold_sweep(months, died, [24, 31, 36]).set_index("threshold")
    assert sweep[["seen", "died", "unknown"]].to_numpy().tolist() == [[3, 1, 0], [2, 1, 1], [1, 2, 1]]
    # Kaplan-Meier by hand: 3/4 after month 10, and 3/4 · 1/2 after month 31.
    assert sweep["survival"].tolist() == pytest.approx([75.0, 37.5, 37.5])
    # R 4.2.2, survival 3.5-3:
    # summary(survfit(Surv(c(40, 31, 25, 10), c(0, 1, 0, 1)) ~ 1, conf.type = "log-log"), 24)
    assert sweep.loc[24, ["lower", "upper"]].tolist() == pytest.approx([12.794, 96.055], abs=1e-3)


def test_nothing_is_estimated_beyond_the_last_time_observed():
    sweep = numbers.threshold_sweep([20.0, 26.0], [True, False], [24, 30])
    assert sweep["survival"].tolist() == pytest.approx([50.0, np.nan], nan_ok=True)
    assert "nobody was followed for" in words.sweep(sweep, None)
    assert words.sweep_table(sweep).iloc[-1, -1] == "–"
    everyone_died = numbers.threshold_sweep([20.0, 26.0], [True, True], [30])
    assert everyone_died["survival"].tolist() == [0.0]


def test_counts_over_an_ensemble():
    days = np.array([[1000, 800, 100], [1000, 940, -1], [1200, 1100, 1000]])
    found = numbers.ensemble_counts(SimpleNamespace(time={"OS": days}), [24, 30]).set_index("threshold")
    assert found.loc[24].tolist() == [2, 2, 2, 3, 3]
    assert found.loc[30].tolist() == [1, 1, 2, 3, 3]
    assert numbers.ensemble_counts(None, [24]) is None


def test_thirty_months_made_from_days_are_thirty_months():
    sweep = numbers.threshold_sweep([np.round(913.125 / MONTH, 12)], [False], [30])
    assert sweep["seen"].tolist() == [1]
    assert isinstance(sweep, pd.DataFrame)


def test_words_count_as_the_hand_does(tables):
    answer = words.answer(numbers.courses(tables, 30, "response"), 30)
    assert "**2 of 5** patients (40%)" in answer
    assert "2 had an MRD response, 1 stayed free of relapse, 1 had an allogeneic transplantation" in answer
    assert "1 of them died later" in answer
    none = words.answer(numbers.courses(tables, 36), 36)
    assert "Nobody was followed for 36 months**: the last of 5 patients was seen at 32.9 months" in none


def test_results_and_table_carry_the_sweep(tables):
    course = numbers.courses(tables, 30, "response")
    sweep = numbers.threshold_sweep(course["months"], course["died"], [24, 30])
    found = numbers.results(course, sweep, facts.read_claims()).set_index("statistic")
    assert found.loc["seen at 30 months", ["value", "claim"]].tolist() == [2.0, "long_term_survivors_count"]
    assert found.loc["relapse_free", "value"] == 1
    assert words.sweep_table(sweep)["Seen"].tolist() == ["2", "2"]
    assert numbers.printed_count(facts.read_claims()) == (30.0, 10.0)
    assert numbers.printed_count(()) is None


def test_alt_texts_say_what_is_drawn(tables):
    course = numbers.courses(tables, 30, "response")
    assert "2 relapses and 3 deaths are marked" in words.swimmer_alt(course, 30)
    sweep = numbers.threshold_sweep(course["months"], course["died"], [24, 25, 30])
    assert words.thresholds_alt(sweep).endswith("2 at 24, 2 at 30.")
    cohorts = numbers.ensemble_counts(SimpleNamespace(time={"OS": np.array([[1000, 900]])}), [24, 30])
    assert "2 at 24 months and 1 at 30 months" in words.sweep(sweep, cohorts)


def test_pictures_take_one_patient_and_many(tables):
    course = numbers.courses(tables, 30, "response")
    many = pd.concat([course] * 40, ignore_index=True)
    for shown in (course, course.head(1), many):
        figure = pictures.swimmer(shown, 30)
        assert len(figure.axes[0].patches) == min(len(shown), numbers.MOST_BARS)
    sweep = numbers.threshold_sweep(course["months"], course["died"], [24, 30])
    assert pictures.thresholds(sweep, None, None).axes[0].get_xlabel() == "Threshold, months"


def test_the_survivors_events_stand_beside_the_interim_report(tables):
    course = numbers.courses(tables, 30, "response")
    own = words.events(course, "yours")
    assert own.startswith("Adverse events: in 1 of 2 long-term survivors")
    assert "May 2012" not in own
    # BioCentury, 21 May 2012: 6 interruptions among 36, 2 discontinuations.
    ours = words.events(course, "reconstructed")
    assert (
        "Of all 36, the nervous system had interrupted treatment in 6 and ended it in 2 by May 2012" in ours
    )
    bare = words.events(course.assign(adverse_event=""), "yours")
    assert "do not say" in bare
