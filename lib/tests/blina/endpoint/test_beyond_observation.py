"""What nobody was followed for is not given: in summary, results, sweep and scorecard.

R 4.2.2, survival 3.5-3, of the two arms below:
summary(survfit(Surv(c(30, 90, 100, 110), c(1, 0, 0, 0)) ~ 1), times = c(2, 12) * 30.4375) has one row, at
2 months, 0.75; with `extend = TRUE` a second one, 0.75 again, which is the number that must not be printed.
"""

import math

import numpy as np
import pandas as pd
import pytest

import adam_samples as sample
from blina.adam import read_tables
from blina.endpoint import words
from blina.endpoint.numbers import endpoint_report, results
from blina.endpoint.options import Options
from blina.endpoint.over_draws import drawn_statistics
from blina.reports.long_term_survivors import numbers as survivors
from blina.reports.long_term_survivors import words as survivors_words
from blina.reports.overview import words as overview_words
from blina.reports.overview.numbers import fixed_times
from blina.scorecard.numbers import NO_DATA, scorecard
from nbreports.digits import csv_text, jsonable
from pseudoipd.claims import read_claims

ARMS = {"early": [(300, 0), (500, 1), (600, 0), (800, 1)], "late": [(30, 0), (90, 1), (100, 1), (110, 1)]}


def tables(folder, arms):
    patients = [(f"{arm}{i}", arm, *one) for arm, listed in arms.items() for i, one in enumerate(listed)]
    adsl = "USUBJID,TRT01P\n" + "".join(f"{p},{arm}\n" for p, arm, _, _ in patients)
    rows = "".join(f"{p},OS,{days},DAYS,{code}\n" for p, _, days, code in patients)
    return read_tables(sample.write(folder, adsl, f"USUBJID,PARAMCD,AVAL,AVALU,CNSR\n{rows}"))


def report(folder, arms, **options):
    found = tables(folder, arms)
    return endpoint_report(found.endpoint("OS"), found.kind, (), Options(**options))


@pytest.fixture
def late(tmp_path):
    return report(tmp_path / "t", ARMS, tau_months=24)


def test_an_arm_is_silent_beyond_its_last_patient(late):
    assert [late.value("survival", "late", month) for month in (12.0, 24.0)] == pytest.approx(
        [math.nan, math.nan], nan_ok=True
    )
    assert math.isnan(late.value("rmst", "late"))
    assert math.isnan(late.value("rmst_se", "late"))
    # The other arm is followed for 26.3 months: 1 of 4 died by month 12, then 1 of the 2 left.
    assert [late.value("survival", "early", month) for month in (12.0, 24.0)] == [75.0, 37.5]


def test_no_page_table_or_result_has_the_number(late):
    shown = words.summary_table(late).set_index(words.FIRST)
    assert shown.loc["Alive at 24 months", "late"] == "–"
    assert shown.loc["Alive at 24 months", "early"].startswith("38% (")
    mean = [name for name in shown.index if name.startswith("Mean")]
    assert [shown.loc[name, "late"] for name in mean] == ["–"]
    numbers = results(late)
    of_late = numbers[(numbers["population"] == "late") & numbers["statistic"].str.contains("24 months")]
    assert len(of_late) == 3
    assert [jsonable(value) for value in of_late["value"]] == [None] * 3
    fixed = fixed_times({"OS": late})
    overview = overview_words.fixed_times_table(fixed)
    assert (overview.loc[overview["Population"] == "late", "These patients"].iloc[1:] == "–").all()
    line = next(row for row in csv_text(fixed).splitlines() if row.startswith("OS,late,survival,24"))
    assert line.split(",")[4] == ""


def test_the_whole_table_is_silent_beyond_its_last_patient(tmp_path):
    short = report(tmp_path / "t", {"only": ARMS["late"]}, tau_months=36)
    assert math.isnan(short.value("rmst"))
    assert "Mean" in " ".join(words.summary_table(short)[words.FIRST])
    assert "carried on" not in " ".join(words.summary_table(short)[words.FIRST])


def test_where_all_have_died_nothing_is_unknown(tmp_path):
    dead = report(tmp_path / "t", {"a": [(30, 0), (60, 0)], "b": [(700, 0), (800, 1)]}, tau_months=24)
    assert dead.value("survival", "a", 12.0) == 0
    assert dead.value("rmst", "a") * 30.4375 == pytest.approx(45)


def test_exactly_at_the_last_time_there_is_an_estimate(tmp_path):
    """12 months are 365.25 days: AVAL in months says 12, and is not thrown away by rounding."""
    adsl = "USUBJID\nP1\nP2\n"
    adtte = "USUBJID,PARAMCD,AVAL,AVALU,CNSR\nP1,OS,6,MONTHS,0\nP2,OS,12,MONTHS,1\n"
    found = read_tables(sample.write(tmp_path / "t", adsl, adtte))
    at = endpoint_report(found.endpoint("OS"), found.kind, (), Options(tau_months=12))
    assert at.value("survival", at=12.0) == 50
    assert at.value("rmst") == pytest.approx(9)


def test_the_range_over_cohorts_leaves_out_those_that_end_before():
    time = np.array([[100, 200, 900], [100, 200, 300], [100, 200, 300]])
    event = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 1]], dtype=bool)
    found = drawn_statistics(time, event, Options(tau_months=12), [("survival", 24.0)])
    assert found[("survival", 24.0)] == pytest.approx([100 / 3, math.nan, 0], nan_ok=True)
    assert np.isnan(found[("rmst", 12)]).tolist() == [False, True, False]


CLAIMS = """id,endpoint,statistic,at,printed,unit
early,OS,survival,2,75,%
late,OS,survival,24,75,%
count,OS,count_at_or_beyond,24,0,patients
"""


def test_a_printed_number_beyond_the_data_is_not_reproduced_by_them(tmp_path):
    (tmp_path / "claims.csv").write_text(CLAIMS)
    claims = read_claims(tmp_path / "claims.csv")
    found = tables(tmp_path / "t", {"only": ARMS["late"]})
    card = scorecard(found, claims).set_index("id")
    assert card["verdict"].to_dict() == {"early": "reproduced", "late": NO_DATA, "count": NO_DATA}
    beside = endpoint_report(found.endpoint("OS"), found.kind, claims, Options()).summary
    assert beside.set_index("claim")["agrees"].loc[["early", "late"]].tolist() == [True, None]


def test_the_count_of_long_term_survivors_ends_with_the_follow_up(tmp_path):
    course = survivors.courses(tables(tmp_path / "t", ARMS), 24)
    sweep = survivors.threshold_sweep(course["months"], course["died"], (24, 30))
    # One patient was seen at 26.3 months, nobody at 30; three are known to have died.
    assert sweep["seen"].tolist() == pytest.approx([1, math.nan], nan_ok=True)
    assert survivors_words.sweep_table(sweep)["Seen"].tolist() == ["1", "–"]
    told = survivors_words.answer(survivors.courses(tables(tmp_path / "u", ARMS), 30), 30)
    assert "0 of" not in told
    assert "0%" not in told
    assert "Nobody was followed for 30 months" in told
    found = survivors.results(course, sweep, ())
    seen = found.loc[found["statistic"] == "seen at 30 months", "value"]
    assert seen.isna().all()
    assert isinstance(found, pd.DataFrame)
