"""The tables behind the report on response and survival, against hand-worked cases and R's numbers."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from blina.adam import read_tables
from blina.endpoint.by_response import Patients, response_report, risk_frame, trial_patients
from blina.endpoint.options import Options
from blina.facts import read_claims
from blina.reports.mrd_response_and_survival import numbers, words
from blina.reports.mrd_response_and_survival.numbers import landmark_report, landmarks, stanford_heart
from blina_base.errors import InputError
from pseudoipd.claims import select

LABELS = {"responder": "response", "non_responder": "none"}


class Drawn:
    """Forty small cohorts in the shape of an ensemble."""

    def __init__(self, seed=4):
        rng = np.random.default_rng(seed)
        self.time = {"OS": rng.integers(20, 1200, (40, 36))}
        self.event = {"OS": rng.random((40, 36)) < 0.7}
        self.columns = {"MRDRDY": rng.choice([29, 71, -1], (40, 36))}

    def one(self, i):
        day = self.columns["MRDRDY"][i].astype(float)
        response = np.where(day < 0, np.inf, day)
        return Patients("This trial", self.time["OS"][i].astype(float), self.event["OS"][i], response, LABELS)


@pytest.fixture(scope="module")
def heart():
    return response_report(stanford_heart(), Options())


@pytest.fixture(scope="module")
def trial():
    tables = read_tables()
    return response_report(trial_patients(tables), Options())


def test_the_stanford_numbers_reach_the_table(heart):
    # R: survdiff(Surv(futime, fustat) ~ transplant, jasa) 33.2; Mantel-Byar on heart .1750858, P .6756309
    rows = words.test_table(heart).set_index("Test")
    assert rows["χ²"].tolist() == ["33.2", "0.175"]
    assert rows["P"].tolist() == ["<.0001", ".68"]
    assert rows["O"].tolist() == ["45", "45"]


def test_the_reference_cohort_meets_the_printed_p(trial):
    claim = select(read_claims(), statistic="mantel_byar_p")[0]
    assert claim.interval.contains(trial.mantel_byar.p)
    assert claim.printed in words.answer(trial, read_claims())


def test_numbers_at_risk_by_state_add_up_to_those_under_observation(trial):
    wide = trial.state_risk.pivot(index="time", columns="arm", values="at_risk")
    months = trial.patients.time / 30.4375
    expected = [(months >= tick - 1e-9).sum() for tick in wide.index]
    assert wide.sum(axis=1).tolist() == expected
    assert wide["responder"].iloc[0] == 0


def test_who_left_is_counted_in_the_state_of_the_end():
    # One responds at 3 and dies at 5, one never responds and is censored at 9; nobody is left at 10.
    months, response, event = np.array([5.0, 9.0]), np.array([3.0, np.inf]), np.array([True, False])
    found = risk_frame(months, event, response, np.array([4.0, 10.0]), "before").set_index(["arm", "time"])
    assert found.loc[("responder", 4.0)].tolist() == [1, 0, 0]
    assert found.loc[("responder", 10.0)].tolist() == [0, 0, 1]
    assert found.loc[("non_responder", 10.0)].tolist() == [0, 1, 0]


def test_the_state_at_a_tick_follows_the_tie_rule():
    months, response, grid = np.array([5.0, 9.0]), np.array([3.0, np.inf]), np.array([3.0, 4.0])
    event = np.array([True, False])
    before = risk_frame(months, event, response, grid, "before").pivot(index="time", columns="arm")["at_risk"]
    assert before["responder"].tolist() == [0, 1]
    at = risk_frame(months, event, response, grid, "at").pivot(index="time", columns="arm")["at_risk"]
    assert at["responder"].tolist() == [1, 1]


def test_curves_start_at_one_when_the_state_begins(trial):
    for state, start in (("responder", trial.patients.response.min() / 30.4375), ("non_responder", 0)):
        first = trial.state_curves[trial.state_curves["state"] == state].iloc[0]
        assert (first["time"], first["survival"]) == (pytest.approx(start), 1)


def test_a_sweep_takes_every_half_month_and_everyone_is_somewhere(trial):
    found = landmark_report(trial.patients, Options(), 2.5, 6)
    assert found.sweep["landmark"].tolist() == landmarks(6).tolist()
    assert len(landmarks(6)) == 12
    everyone = found.sweep[["responders", "non_responders", "left_out"]].sum(axis=1)
    assert set(everyone) == {len(trial.patients.time)}
    assert found.risk["time"].min() >= 2.5


def test_ranges_over_draws_are_those_of_the_cohorts():
    drawn = Drawn()
    found = numbers.compared_in_draws(drawn, 3.0, "before")
    reports = [response_report(drawn.one(i), Options()) for i in range(40)]
    cox = [report.cox.hazard_ratio for report in reports]
    assert np.exp(found["mantel_byar"]["coef"]) == pytest.approx(cox)
    assert found["naive"]["p"] == pytest.approx([report.naive.p for report in reports])
    marked = landmark_report(drawn.one(0), Options(), 3.0, 6)
    ranges = numbers.ranges(reports[0], marked, found).set_index(["analysis", "statistic"])
    assert ranges.loc[("cox", "hazard_ratio"), "highest"] == pytest.approx(max(cox))
    upper = [report.cox.upper for report in reports]
    assert ranges.loc[("cox", "upper"), "lowest"] == pytest.approx(min(upper))
    assert ranges.loc[("landmark", "left_out"), "value"] == marked.at.left_out


def test_what_print_allows_is_that_of_the_draws_and_of_the_cohorts_searched_for():
    drawn, searched = Drawn(), Drawn(5)
    found, witnessed = (numbers.compared_in_draws(of, 3.0, "before") for of in (drawn, searched))
    first, marked = response_report(drawn.one(0), Options()), landmark_report(drawn.one(0), Options(), 3.0, 6)
    cox = [response_report(of.one(i), Options()).cox for of in (drawn, searched) for i in range(40)]
    ranges = numbers.ranges(first, marked, found, witnessed)
    row = ranges.set_index(["analysis", "statistic"]).loc[("cox", "hazard_ratio")]
    ratios = [one.hazard_ratio for one in cox]
    assert row[["least", "largest"]].tolist() == pytest.approx([min(ratios), max(ratios)])
    assert row["largest"] > row["highest"] or row["least"] < row["lowest"]
    shown = words.range_table(ranges, found, 3.0).set_index("Quantity")["Allowed by print, at least"]
    assert shown["hazard ratio of responders"].iloc[0] == f"{min(ratios):.2f}–{max(ratios):.2f}"
    # Nobody searched for cohorts under other assumptions: the draws alone say nothing of what print allows.
    alone = numbers.ranges(first, marked, found)
    assert alone["least"].isna().all()
    assert "Allowed by print, at least" not in words.range_table(alone, found, 3.0)
    assert "print allows" not in words.answer(first, (), alone)


def test_a_ratio_of_nought_is_explained():
    # The two without response die first, both responders when nobody else is left.
    event, response = np.array([True, True, True, True]), np.array([np.inf, np.inf, 2.0, 2.0])
    one = Patients("x", np.array([10.0, 20, 30, 40]) * 30.4375, event, response * 30.4375, LABELS)
    report, marked = response_report(one, Options()), landmark_report(one, Options(), 3.0, 6)
    assert report.cox.hazard_ratio == 0
    assert "a ratio of 0" in words.range_caption(numbers.ranges(report, marked, {}))


@pytest.mark.parametrize(
    ("printed", "decides"),
    [(".009", True), ("<.05", True), ("≤.05", False), (".05", False), ("<.1", False), (".3", False)],
)
def test_a_conclusion_that_is_printed_is_not_called_a_finding(trial, printed, decides):
    claim = dataclasses.replace(select(read_claims(), statistic="mantel_byar_p")[0], printed=printed)
    drawn = numbers.compared_in_draws(Drawn(), 2.5, "before")
    drawn["mantel_byar"]["p"] = np.full(40, 0.01)
    marked = landmark_report(trial.patients, Options(), 2.5, 6)
    rows = numbers.conclusions(trial, marked, drawn, drawn, [claim])
    assert rows["printed"].tolist() == [False, decides, False, False, False, False]
    stated = words.stated(rows, trial, marked)
    shown = words.conclusion_table(stated, drawn)["Print allows otherwise"]
    assert shown[1] == ("no, it is printed" if decides else "not found")
    said = words.certainty(stated, drawn, "reconstructed")
    assert ("Mantel-Byar P below" in said) != decides


def test_shares_of_conclusions_count_cohorts():
    drawn = Drawn()
    found = numbers.compared_in_draws(drawn, 3.0, "before")
    first = response_report(drawn.one(0), Options())
    rows = numbers.conclusions(first, landmark_report(drawn.one(0), Options(), 3.0, 6), found)
    fewer = [
        (r := response_report(drawn.one(i), Options()).mantel_byar).observed < r.expected for i in range(40)
    ]
    assert rows["share"][0] == pytest.approx(np.mean(fewer))
    assert rows["here"][0] == fewer[0]
    table = words.conclusion_table(rows, found)
    assert table["In 40 cohorts drawn"][0] == f"{sum(fewer)} of 40"


def test_without_an_ensemble_there_are_no_ranges(trial):
    marked = landmark_report(trial.patients, Options(), 2.5, 6)
    ranges = numbers.ranges(trial, marked, numbers.compared_in_draws(None, 2.5, "before"))
    assert ranges["middle"].isna().all()
    assert words.range_table(ranges, {}, 2.5).columns.tolist() == ["Method", "Quantity", "Here"]


def test_a_responder_without_a_day_is_refused_by_name():
    tables = read_tables()
    row = int(np.flatnonzero(tables.adsl["MRDRESP"] == "Y")[0])
    tables.adsl.loc[row, "MRDRDY"] = pd.NA if tables.adsl["MRDRDY"].dtype != float else np.nan
    with pytest.raises(InputError, match=rf"row {row + 2}, column MRDRDY"):
        trial_patients(tables)


def test_nobody_responding_is_said_and_not_computed():
    patients = Patients(
        "x", np.array([10.0, 20, 30]), np.array([True, True, False]), np.full(3, np.inf), LABELS
    )
    report = response_report(patients, Options())
    assert "cannot tell" in words.answer(report, ())
    marked = landmark_report(patients, Options(), 0.5, 1)
    assert "no test" in words.landmark(marked)


def test_no_ratio_is_shown_that_rests_on_few_patients(trial):
    found = landmark_report(trial.patients, Options(), 8.0, 24)
    table = words.sweep_table(found).set_index("Landmark (months)")
    few = found.sweep[["responders", "non_responders"]].min(axis=1) < 5
    whole = found.sweep["landmark"] % 1 == 0
    assert 0 < (few & whole).sum() < whole.sum()
    assert list(table.index.astype(float)) == list(found.sweep.loc[whole & ~few, "landmark"])
    assert "–" not in set(table["Hazard ratio"])


# Five respond on day 29 and die later than the three who do not.
EIGHT = Patients(
    "eight patients", np.array([100.0, 300, 350, 400, 500, 600, 700, 800]), np.full(8, True),
    np.array([np.inf] * 3 + [29.0] * 5), LABELS,
)  # fmt: skip


@pytest.mark.parametrize(
    ("month", "said"),
    [
        (0.5, "none of 8 patients has responded. Nobody is left out."),
        (12.0, "all of 5 patients have responded. **3 patients are left out**"),
        (6.0, "The smaller group is 2 patients: read nothing into it."),
    ],
)
def test_a_landmark_is_described_as_one_would_say_it(month, said):
    assert said in words.landmark(landmark_report(EIGHT, Options(), month, 1))


@pytest.mark.parametrize("patients", [EIGHT, stanford_heart()], ids=["eight", "heart"])
def test_the_alt_text_says_what_the_table_says(patients):
    report = response_report(patients, Options())
    table = words.state_table(report).set_index("Months")
    alt = words.by_state_alt(report)
    for name in patients.labels.values():
        assert f"{name}: {table[name]['12'].split(' ')[0]} alive at 12 months" in alt


def test_neither_table_nor_alt_text_carries_a_curve_on_beyond_its_follow_up():
    # Of the responders the last dies at 26.3 months, so that at 30 nobody lives; the others are dead by 12.
    dead = response_report(EIGHT, Options())
    assert words.state_table(dead).set_index("Months").loc["30"].tolist() == ["0%", "0%"]
    assert "response: 100% alive at 12 months, 0% at 30; none: 0% alive at 12 months" in words.by_state_alt(
        dead
    )
    # Censored instead, their survival at 30 months is not known.
    alive = dataclasses.replace(EIGHT, event=np.arange(8) < 7)
    left = response_report(alive, Options())
    assert words.state_table(left).set_index("Months").loc["30", "response"] == "–"
    assert "response: 100% alive at 12 months, an unknown share at 30" in words.by_state_alt(left)
