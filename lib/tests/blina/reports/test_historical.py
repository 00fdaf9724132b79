"""The one-sample log-rank test and the reference survival functions against R and hand-worked cases.

R 4.2.2, survival 3.5-3.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from lifelines.datasets import load_lung

from blina.collection import COLLECTION
from blina.facts import read_claims
from blina.reports.historical_controls import words as wording
from blina.reports.historical_controls.numbers import (
    Reference,
    beside,
    comparators,
    compare,
    forest,
    get,
    one_sample_logrank,
    over_cohorts,
    over_ensemble,
    poisson_limits,
    reference,
    reference_curve,
    sensitivity,
)
from blina_base import project
from blina_base.errors import InputError

# R: aml$time, aml$status (Miller 1997, in the survival package).
AML_TIME = np.array(
    [9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], dtype=float
)
AML_STATUS = np.array([1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])


def test_exponential_reference_meets_r_on_aml():
    # R: S0 <- exp(-log(2)/20*aml$time); survdiff(Surv(aml$time, aml$status) ~ offset(S0))
    found = one_sample_logrank(AML_TIME, AML_STATUS, reference(median=20.0))
    assert found.observed == 18
    assert found.expected == pytest.approx(23.497689420982, abs=1e-10)
    assert found.chi2 == pytest.approx(1.286279192310, abs=1e-10)
    assert found.p == pytest.approx(0.256734782053, abs=1e-10)


def test_mixture_reference_meets_r_on_lung():
    # R: m <- lung$time/30.4375; S0 <- .1+.9*exp(-.08*m); survdiff(Surv(m, lung$status-1) ~ offset(S0))
    lung = load_lung()
    found = one_sample_logrank(lung["time"] / 30.4375, lung["status"], Reference(0.08, 0.1))
    assert found.observed == 165
    assert found.expected == pytest.approx(150.319241748154, abs=1e-9)
    assert found.p == pytest.approx(0.231148594287, abs=1e-10)


def test_three_patients_by_hand():
    # S0 = 2^(-t/10); times 10 (dead), 20 (dead), 30 (alive): -log S0 = ln 2, 2 ln 2, 3 ln 2, so
    # E = 6 ln 2 = 4.158883; chi2 = (2 - 4.158883)^2 / 4.158883 = 1.120679.
    found = one_sample_logrank([10, 20, 30], [1, 1, 0], reference(median=10.0))
    assert found.expected == pytest.approx(6 * np.log(2))
    assert found.chi2 == pytest.approx(1.120679, abs=1e-6)


def test_poisson_limits_meet_r():
    # R: poisson.test(18, 25.3)$conf.int -> 0.421657738356 1.124417401879
    lower, upper = poisson_limits(18)
    assert (lower / 25.3, upper / 25.3) == pytest.approx((0.421657738356, 1.124417401879), abs=1e-10)
    assert poisson_limits(0)[0] == 0.0


def test_mixture_by_hand():
    # T = 2m, c = .2: of the others, x = (.5 - .2)/.8 = .375 live at m; S(2m) = .2 + .8 * .375^2 = .3125.
    found = reference(median=6.0, rate_percent=31.25, at_months=12.0)
    assert found.cured == pytest.approx(0.2)
    assert found.survival([6.0, 12.0]) == pytest.approx([0.5, 0.3125])
    assert found.median() == pytest.approx(6.0)


def test_rate_below_the_exponential_leaves_no_cured_fraction():
    assert reference(median=10.0, rate_percent=1.0, at_months=20.0).cured == 0.0


def test_rate_alone_is_exponential_through_it():
    # S(60) = .07, so rate = -ln(.07)/60 and the median is 60 ln 2 / ln(100/7) = 15.639.
    found = reference(rate_percent=7.0, at_months=60.0)
    assert found.survival(60.0) == pytest.approx(0.07)
    assert found.median() == pytest.approx(15.639, abs=1e-3)


def test_delay_conditions_on_survival_so_far():
    against = reference(median=6.0, rate_percent=31.25, at_months=12.0)
    expected = -np.log(against.survival(9.0) / against.survival(2.0))
    assert against.cumulative_hazard(7.0, delay=2.0) == pytest.approx(expected)
    # A constant hazard has no memory.
    plain = reference(median=6.0)
    assert plain.cumulative_hazard(7.0, delay=2.0) == pytest.approx(plain.cumulative_hazard(7.0))


def test_over_cohorts_agrees_with_one_cohort_and_skips_absent_patients():
    time = np.vstack([AML_TIME, np.where(np.arange(23) < 20, AML_TIME, -1.0)])
    event = np.vstack([AML_STATUS, AML_STATUS]).astype(bool)
    observed, expected, p = over_cohorts(time, event, reference(median=20.0))
    for row, n in enumerate((23, 20)):
        one = one_sample_logrank(AML_TIME[:n], AML_STATUS[:n], reference(median=20.0))
        assert (observed[row], expected[row], p[row]) == pytest.approx((one.observed, one.expected, one.p))


def test_comparator_without_numbers_is_refused():
    with pytest.raises(InputError, match="needs a printed median"):
        reference()


@pytest.fixture(scope="module")
def known():
    return comparators()


def test_comparators_hold_the_printed_numbers(known):
    # Gökbuget 2012: 8.4 months, 24 % at 3 years; Oriol 2010: 4.5 (4-5), 10 % (8-12); BLAST: 36.5 (19.8-NE).
    gokbuget, oriol, blast = known["gokbuget"], known["oriol"], known["blast"]
    assert (gokbuget.median, gokbuget.rate, gokbuget.at, gokbuget.patients) == (8.4, 24.0, 36.0, 547.0)
    assert (oriol.median_lower, oriol.median_upper, oriol.rate_lower, oriol.rate_upper) == (
        4.0,
        5.0,
        8.0,
        12.0,
    )
    assert (blast.median_lower, blast.median_upper) == (19.8, float("inf"))


def test_quoted_range_becomes_its_two_ends(known):
    low, high = known["quoted_low"], known["quoted_high"]
    assert (low.median, low.rate, high.median, high.rate) == (4.5, 7.0, 8.4, 10.0)


def test_every_reference_meets_what_it_was_made_from(known):
    for found in known.values():
        if found.testable and np.isfinite(found.median):
            assert found.reference().survival(found.median) == pytest.approx(0.5)
        if found.testable and np.isfinite(found.rate):
            assert found.reference().survival(found.at) == pytest.approx(found.rate / 100)


def test_same_patients_are_no_comparator(known):
    assert not known["primary"].testable
    with pytest.raises(InputError, match="one of gokbuget"):
        get("primary")


def test_gokbuget_meets_r(known):
    # R: c <- uniroot(function(c) c + (1-c)*((.5-c)/(1-c))^(36/8.4) - .24, c(0, .2399), tol = 1e-14)$root
    # rate <- log((1-c)/(.5-c))/8.4; S0 <- c + (1-c)*exp(-rate*t); survdiff(Surv(t, s) ~ offset(S0))
    time = np.array([1.0, 4.0, 8.5, 13.0, 21.9, 31.0, 33.0, 41.9])
    event = np.array([1, 1, 1, 1, 1, 0, 1, 0])
    row = compare(time, event, [known["gokbuget"]]).iloc[0]
    assert row["expected"] == pytest.approx(7.639288524809, abs=1e-6)
    assert row["p"] == pytest.approx(0.553113299886, abs=1e-6)


def test_ensemble_spans_hold_the_single_test(known):
    rng = np.random.default_rng(1)
    days = rng.integers(10, 1200, size=(50, 36))
    event = rng.random((50, 36)) < 0.8
    chosen = [known["gokbuget"], known["oriol"]]
    tests = compare(days[3] / 30.4375, event[3], chosen)
    spans = over_ensemble(tests, SimpleNamespace(time={"OS": days}, event={"OS": event}), chosen)
    assert np.all((spans["lowest_ratio"] <= tests["ratio"]) & (tests["ratio"] <= spans["highest_ratio"]))
    assert np.all(tests["p"] <= spans["largest_p"])
    alone = SimpleNamespace(time={"OS": days[3:4]}, event={"OS": event[3:4]})
    ends = over_ensemble(tests, alone, chosen)[["lowest_ratio", "highest_ratio"]].to_numpy()
    assert ends == pytest.approx(np.column_stack([tests["ratio"]] * 2))


@pytest.mark.parametrize("key", ["gokbuget", "fielding", "obrien", "tower_blinatumomab"])
@pytest.mark.parametrize("delay", [0.0, 12.0])
def test_every_kind_of_comparator_runs_through(known, key, delay):
    time, event = np.array([0.1, 5.0, 40.0]), np.array([0, 1, 0])
    found = get(key)
    table = sensitivity(time, event, found, delay=delay)
    assert np.isfinite(table["expected"]).all()
    assert len(wording.sensitivity_table(table)) == len(table)
    curve = reference_curve(found, 40.0, delay=delay)
    assert curve["survival"].is_monotonic_decreasing
    assert curve["survival"].iloc[0] == 1.0


def test_cut_follow_up_counts_no_later_death(known):
    table = sensitivity([5.0, 13.0, 30.0], [1, 1, 1], known["oriol"]).set_index("assumption")
    assert table["observed"].tolist()[:3] == [3, 1, 2]


def test_nobody_died(known):
    nobody = SimpleNamespace(time_months=np.array([1.0, 2.0]), event=np.array([False, False]))
    found = beside(compare(nobody.time_months, nobody.event, [known["oriol"]]), "oriol", nobody)
    assert (found.row["observed"], found.row["ratio"], found.row["ratio_lower"]) == (0, 0, 0)
    assert "fewer than expected: O/E 0.00 (0.00–" in wording.chosen(found)


def test_words(known):
    time, event = np.array([3.0, 9.0, 20.0, 30.0] * 9), np.array([1, 1, 1, 0] * 9)
    tests = over_ensemble(compare(time, event, known.values()), None, known.values())
    assert "No cohorts were drawn" in wording.expected(tests, 36, None)
    table = wording.tests_table(tests)
    assert table["Observed / expected"].str.startswith("27 / ").all()
    assert table["P"].str.fullmatch(r"[<>]?\.\d+").all()
    assert "0.71 (0.55–0.93)" in wording.randomized()


def test_printed_numbers_are_quoted_as_they_are_printed(known):
    # BLAST, final analysis: 36.5 months (22.0 to not reached); Oriol 2010: 10 % (8 to 12) at five years.
    printed = wording.printed_table([known["blast_final"], known["oriol"]])
    assert printed["Median OS, months"].tolist() == ["36.5 (22.0–NR)", "4.5 (4–5)"]
    assert printed["Survival"].tolist() == ["–", "10% (8–12%) at 5 years"]


def test_forest_lines(known):
    claims = read_claims()
    lines = forest(known.values(), claims, [1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], "log-log")
    table = wording.forest_table(lines)
    # An earlier cut of another trial is left out: BLAST, 2018.
    assert len(table) == len([one for one in known.values() if one.relation != "superseded"]) + 2
    assert table["label"].str.contains("BLAST").sum() == 3
    printed, computed = table[table["own"]].to_dict("records")
    assert (printed["label"], printed["text"]) == ("as printed", "13.0 (8.5–21.9)")
    assert computed["median"] == 2.5
    assert table["group"].unique().tolist()[:2] == ["Chemotherapy", "This trial"]
    other = wording.forest_table(forest(known.values(), (), [1.0, 2.0], [0, 0], "plain"))
    assert other["own"].sum() == 1
    assert other["group"].unique().tolist()[1:3] == ["These tables", "MT103-206"]


def test_notebook_offers_every_comparator_that_can_be_tested(known):
    declared = COLLECTION.declared(project.notebooks() / "08_historical_controls.ipynb")
    offered = next(found.choices for found in declared if found.name == "comparator")
    assert list(offered) == [key for key, found in known.items() if found.testable]


def test_each_series_is_tested_once_and_against_patients_like_these(known):
    tested = [key for key, found in known.items() if found.testable]
    # Five independent series of chemotherapy; the ends of the quoted range are three of them again.
    chemotherapy = ["gokbuget", "oriol", "fielding", "obrien", "tower_chemotherapy"]
    assert tested == [*chemotherapy[:4], "tower_blinatumomab", "tower_chemotherapy", "mt103_211"]
    declared = COLLECTION.declared(project.notebooks() / "08_historical_controls.ipynb")
    assert next(found.default for found in declared if found.name == "comparator") == "gokbuget"


def test_the_answer_counts_independent_series_and_names_the_others(known):
    # 26 deaths among 36, ten followed to 30 months and more.
    time = np.concatenate([np.linspace(1, 26, 26), np.linspace(30.5, 41, 10)])
    event = np.arange(36) < 26
    tests = compare(time, event, known.values())
    said = wording.answer(tests)
    (fewer, what), (ratio, against) = wording.key_numbers(tests, "gokbuget")
    assert (fewer[-5:], what[:31]) == (" of 5", "independent chemotherapy series")
    assert ratio == f"{tests.set_index('key').loc['gokbuget', 'ratio']:.2f}"
    assert "Gökbuget 2012 (95% CI 0." in against
    assert "no clear difference from Gökbuget 2012" in said
    assert len(said.split()) <= 40


def test_more_deaths_than_patients_come_with_their_reason(known):
    # By hand: 36 patients followed for 12 months, a median of 3 months: E = 36 · 4 · ln 2 = 99.8.
    tests = compare(np.full(36, 12.0), np.arange(36) < 20, [known["obrien"]])
    assert tests["expected"].iloc[0] == pytest.approx(99.8, abs=0.05)
    said = wording.expected(tests.assign(largest_p=np.nan), 36, None)
    assert "than the 36 patients there are: 100 (O'Brien 2008)" in said
    few = compare(np.full(36, 2.0), np.arange(36) < 20, [known["obrien"]])
    assert "than the 36" not in wording.expected(few.assign(largest_p=np.nan), 36, None)


def test_selection_is_said_both_for_the_estimate_and_for_its_significance(known):
    # By hand, S0 = 2^(-t / 4.0): E = 36 · 3 ln 2 = 74.86, O = 20: O/E .267 (.163-.413).
    cohort = SimpleNamespace(time_months=np.full(36, 12.0), event=np.arange(36) < 20)
    tower = known["tower_chemotherapy"]
    tests = compare(cohort.time_months, cohort.event, [tower])
    said = wording.chosen(beside(tests, "tower_chemotherapy", cohort))
    assert "would have died at 27% of the comparator's rate" in said
    assert "at 41% already the difference would not be significant" in said
    # O = 35 of E = 36 · ln 2 = 24.95 is more; O = 20 has an upper limit above 1.
    few = SimpleNamespace(time_months=np.full(36, 4.0), event=np.arange(36) < 20)
    said = wording.chosen(beside(compare(few.time_months, few.event, [tower]), "tower_chemotherapy", few))
    assert "would have died at 80%" in said
    assert "chance alone is compatible with no difference" in said


def test_no_limit_of_the_comparison_is_called_exact():
    # E depends on the times observed, so that the limits of a Poisson count are approximate here.
    notebook = (project.notebooks() / "08_historical_controls.ipynb").read_text(encoding="utf-8")
    assert "exact" not in notebook.lower()
    assert not any("exact" in caption for caption in wording.CAPTIONS.values())


def test_the_largest_p_is_never_one(known):
    cohort = SimpleNamespace(time={"OS": np.full((1, 36), 365)}, event={"OS": np.arange(36)[None] < 25})
    tests = compare(np.full(36, 12.0), np.arange(36) < 25, [known["tower_chemotherapy"]])
    spans = over_ensemble(tests, cohort, [known["tower_chemotherapy"]]).assign(largest_p=0.9985)
    assert wording.tests_table(spans)["Largest P"].tolist() == [">.99"]
