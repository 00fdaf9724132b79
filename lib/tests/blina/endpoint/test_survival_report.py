"""The tables behind the survival reports: against cases by hand, R, lifelines and what is printed."""

import math

import numpy as np
import pandas as pd
import pytest

import adam_samples as sample
from blina import ensemble
from blina.adam import Endpoint, read_tables
from blina.collection import COLLECTION
from blina.endpoint import allowed as cohorts
from blina.endpoint import over_draws, words
from blina.endpoint.numbers import at_each, endpoint_report, results, thinned, time_grid
from blina.endpoint.options import Options, options
from blina.endpoint.summary import STATISTICS, endpoint_claims, marks, summarise
from blina.facts import assumptions, read_claims
from blina.page import TrialPage
from blina_base.errors import ContradictionError, InputError
from cohorts_for_survival import lung
from pseudoipd.claims import select
from pseudoipd.survival import endpoint_statistic, kaplan_meier, rmst, survival_at


def endpoint(days, event, arm=None, role="OS"):
    days = np.asarray(days, dtype=float)
    return Endpoint(
        role=role,
        paramcd=role,
        label="Overall survival",
        unit="days",
        USUBJID=np.array([f"P{i}" for i in range(len(days))]),
        days=days,
        time_months=days / 30.4375,
        event=np.asarray(event, dtype=bool),
        arm=None if arm is None else np.asarray(arm, dtype=str),
        arms=() if arm is None else tuple(dict.fromkeys(arm)),
    )


@pytest.fixture(scope="module")
def reference():
    return endpoint_report(read_tables().endpoint("OS"), "reconstructed", read_claims(), Options())


@pytest.fixture(scope="module")
def lung_report():
    days, died, sex, _ = lung()
    return endpoint_report(endpoint(days, died, sex.map({1: "men", 2: "women"})), "yours", (), Options())


@pytest.mark.parametrize("role", ["OS", "RFS"])
def test_an_answer_says_of_which_cohort_it_is_where_another_contradicts_it(role):
    """Each of these cohorts meets every printed number: what differs between them nobody printed."""
    drawn = ensemble.load(read_claims(), assumptions(), 30, 1)
    told = set()
    for days, died in zip(drawn.time[role], drawn.event[role], strict=True):
        cohort = endpoint(days[days >= 0], died[days >= 0], role=role)
        found = words.finding(endpoint_report(cohort, "reconstructed", read_claims(), Options()))
        told |= {sentence for sentence in found.split(". ") if not sentence.startswith("In the cohort ")}
    assert len(told) <= 1, told


def test_every_printed_number_of_the_curve_is_met_by_the_reference_cohort(reference):
    claimed = {claim.id for claim in endpoint_claims(read_claims(), "OS")}
    rows = reference.summary[reference.summary["claim"] != ""]
    assert claimed <= set(rows["claim"])
    assert len(claimed) >= 8
    assert rows["agrees"].all()


def test_arms_have_the_medians_that_r_finds(lung_report):
    # survfit(Surv(time, status) ~ sex, lung, conf.type = "log-log"): 270 (210-306), 426 (345-524)
    days = {
        arm: [round(lung_report.value(name, arm) * 30.4375, 6) for name in ("median", "median_lower")]
        for arm in ("men", "women")
    }
    assert days == {"men": [270, 210], "women": [426, 345]}
    assert lung_report.value("median_upper", "men") * 30.4375 == pytest.approx(306)
    assert lung_report.value("median_upper", "women") * 30.4375 == pytest.approx(524)
    # survdiff(Surv(time, status) ~ sex, lung)$chisq
    assert lung_report.test.chi2 == pytest.approx(10.3267419549)


# a <- foreign::read.xport("adtte.xpt"); f <- Surv(AVAL, CNSR == 0) ~ TRTP  # R 4.2.2, foreign 0.8-84
# survfit(f, a, conf.type = "log-log"); survdiff(f, a)$chisq  # survival 3.5-3
def test_tables_as_they_are_shipped_give_the_numbers_of_r():
    tables = read_tables(sample.SHIPPED / "transport", time_unit="days")
    found = endpoint_report(tables.endpoint("OS"), "yours", (), Options())
    expected = {
        "Placebo": (8, math.inf, 167, math.inf),
        "Active High Dose": (24, 34, 26, 57),
        "Active Low Dose": (26, 32, 17, 92),
    }
    for arm, (events, *median) in expected.items():
        assert found.value("events", arm) == events
        names = ("median", "median_lower", "median_upper")
        assert [found.value(name, arm) * 30.4375 for name in names] == pytest.approx(median)
    assert found.test.chi2 == pytest.approx(37.7246156405)
    assert "claim" in found.summary
    assert (found.summary["claim"] == "").all()


def test_the_curve_is_lifelines_and_its_numbers_at_risk_are_counted(lung_report):
    days, died, sex, _ = lung()
    men = (sex == 1).to_numpy()
    rows = lung_report.curve[lung_report.curve["arm"] == "men"]
    km = kaplan_meier(days[men], died[men])
    expected = survival_at(km, rows["time"].to_numpy() * 30.4375 + 1e-6)
    assert rows["survival"].to_numpy() == pytest.approx(expected)
    risk = lung_report.risk[lung_report.risk["arm"] == "men"].set_index("time")["at_risk"]
    assert risk[12.0] == (days[men] >= 12 * 30.4375).sum()
    assert risk[0.0] == men.sum()


def test_thinning_keeps_exact_rows_and_every_event():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"time": np.sort(rng.random(5000)), "events": 1, "censored": 2, "survival": 0.5})
    kept = thinned(frame, 100)
    assert len(kept) <= 100
    assert kept["time"].iloc[-1] == frame["time"].iloc[-1]
    assert set(kept["time"]) <= set(frame["time"])
    assert (kept["events"].sum(), kept["censored"].sum()) == (5000, 10_000)
    assert thinned(frame.head(50), 100) is not None
    assert len(thinned(frame.head(50), 100)) == 50


def test_a_hundred_thousand_patients_make_a_curve_of_bounded_size():
    rng = np.random.default_rng(2)
    found = endpoint_report(
        endpoint(rng.exponential(500, 100_000), rng.random(100_000) < 0.7), "yours", (), Options()
    )
    assert len(found.curve) <= 1501
    assert found.curve["events"].sum() == found.value("events")


@pytest.mark.parametrize(
    ("longest", "step", "last"), [(41.9, 6, 42), (6.5, 1, 7), (0.2, 0.1, 0.2), (59, 12, 60), (0, 0.1, 0.1)]
)
def test_ticks_cover_the_longest_time_in_steps_that_people_use(longest, step, last):
    grid = time_grid(longest)
    assert grid[0] == 0
    assert grid[1] - grid[0] == pytest.approx(step)
    assert grid[-1] == pytest.approx(last, abs=0.11)
    assert grid[-1] >= longest


def test_the_plateau_rule_decides():
    claim = select(read_claims(), id="os_plateau_from")[0]
    inside, early = claim.value, claim.value - 5
    assert claim.agrees(inside)
    assert not claim.agrees(early)
    assert claim.agrees(early, "no_event_after")
    assert not claim.agrees(claim.value + 5, "no_event_after")


def test_the_most_precise_printing_is_marked():
    found = marks(endpoint_claims(read_claims(), "OS")).set_index("statistic")["printed"]
    texts = {claim.printed for claim in select(read_claims(), endpoint="OS", statistic="median")}
    assert found["median"] == max(texts, key=len)


def drawn_cohorts():
    rng = np.random.default_rng(5)
    days = rng.integers(1, 1200, (30, 20))
    days[:, :3] = -1
    return days, rng.random((30, 20)) < 0.6


@pytest.mark.parametrize("conf_type", ["log-log", "plain"])
@pytest.mark.parametrize("followup_method", ["reverse-km", "observed"])
def test_statistics_over_draws_are_those_of_each_cohort(conf_type, followup_method):
    days, event = drawn_cohorts()
    chosen = {"conf_type": conf_type, "followup_method": followup_method, "conf_level": 0.9}
    asked = [(name, None) for name in STATISTICS] + [("survival", 12.0), ("count_at_or_beyond", 12.0)]
    found = over_draws.drawn_statistics(days, event, Options(**chosen), asked)
    for i in range(len(days)):
        there = days[i] >= 0
        one = (days[i][there] / 30.4375, event[i][there])
        for name, at in asked:
            expected = endpoint_statistic(name, *one, at, **chosen)
            assert found[name, at][i] == pytest.approx(expected, nan_ok=True), name
        km = kaplan_meier(*one)
        mean = rmst(km, 36)[0] if km.time[-1] >= 36 or km.survival[-1] == 0 else math.nan
        assert found["rmst", 36.0][i] == pytest.approx(mean, nan_ok=True)


def test_the_band_holds_95_percent_of_the_curves_at_each_month():
    days = np.tile(np.arange(1, 41)[:, None] * 10, (1, 4))
    found = over_draws.curve_band(days, np.ones(days.shape, dtype=bool), [0, 6])
    assert found.loc[0, ["lower", "upper"]].tolist() == [1, 1]
    # at 6 months (182.6 days) the first 18 of 40 curves are down to 0
    assert found.loc[1, ["lowest", "lower", "upper", "highest"]].tolist() == [0, 0, 1, 1]


def test_options_prefer_the_parameter_over_the_assumption():
    page = TrialPage(COLLECTION, "03_overall_survival", {"conf_type": "log", "tau_months": 12})
    found = options(page.parameters, page.assumptions)
    assert (found.conf_type, found.tau_months) == ("log", 12)
    assert found.followup_method == assumptions()["followup_method"]


def test_own_data_are_never_set_beside_the_publication(lung_report):
    table = words.summary_table(lung_report)
    assert "Printed" not in table
    assert "not shown" in words.certainty(lung_report)
    assert set(results(lung_report)["claim"]) == {""}


def test_the_arms_are_compared_as_r_prints_it(lung_report):
    # R 4.2.2, survival 3.5-3: survdiff(Surv(time, status) ~ sex, lung) prints observed 112 and 53, expected
    # 91.6 and 73.4, chisq 10.3 on 1 df, p 0.001; coxph prints exp(coef) 0.588, .95 limits 0.424 and 0.816.
    men, women = words.arms_table(lung_report).to_dict("records")
    assert (men["Patients"], men["Events"], men["Expected"]) == (138, "112", "91.6")
    assert men["Hazard ratio"] == "1 (reference)"
    assert (women["Patients"], women["Events"], women["Expected"]) == (90, "53", "73.4")
    assert women["Hazard ratio"] == "0.59"
    assert women["95% limits"] == "0.42–0.82"
    assert "χ² 10.3 on 1 df, P = .0013" in words.arms_caption(lung_report)
    assert "χ² 10.3 on 1 df" in words.answer(lung_report)


def test_arms_that_nothing_tells_apart_are_said_to_be_so():
    # The one event falls when all of the other arm have left.
    arms = endpoint_report(endpoint([5, 9, 1, 2], [0, 1, 0, 0], ["a", "a", "b", "b"]), "yours", (), Options())
    assert words.arms_caption(arms) == "Arms; no event distinguishes them"
    assert words.answer(arms).endswith("The arms cannot be compared: no event distinguishes them.")


def test_one_arm_has_nothing_to_compare(reference):
    assert words.arms_table(reference) is None
    assert not words.arms(reference)


def test_a_curve_that_ends_at_zero_or_has_no_event_is_said_to_be_so():
    everyone_died = endpoint_report(endpoint([30, 60], [1, 1]), "yours", (), Options())
    assert "the last patient at risk had the event at 2.0 months" in words.answer(everyone_died).lower()
    assert "median follow-up cannot be estimated" in words.answer(everyone_died)
    nobody_died = endpoint_report(endpoint([30, 60], [0, 0]), "yours", (), Options())
    assert "There was no event (death)." in words.answer(nobody_died)


def test_the_answer_names_the_median_and_its_limits_as_in_the_summary(reference):
    text = words.answer(reference)
    for name in ("median", "median_lower", "median_upper"):
        assert f"{reference.value(name):.1f}" in text


def test_the_answer_says_whose_numbers_it_gives_and_how_many_are_met(reference):
    assert words.answer(reference).startswith("In the reconstructed cohort drawn here, the median")
    drawn = ensemble.load(read_claims(), assumptions(), 20, 1)
    chosen = Options(conf_type="log")
    found = endpoint_report(read_tables().endpoint("OS"), "reconstructed", read_claims(), chosen, drawn)
    # With log limits the cohort has other limits of the median than those printed.
    assert "8 of 10 printed numbers are met" in words.answer(found)


def test_an_endpoint_without_events_is_not_reached_and_no_error():
    found = endpoint_report(endpoint([300, 400], [0, 0]), "yours", (), Options())
    assert "not reached" in words.answer(found)
    assert "never falls to half" in words.curve_alt(found)
    assert words.summary_table(found).set_index(words.FIRST)["Here"]["Median, in months"] == "not reached"


def test_everyone_censored_at_time_zero_is_no_error():
    found = endpoint_report(endpoint([0, 0], [0, 0]), "yours", (), Options())
    assert found.value("followup_max") == 0
    assert words.steps_table(found)["Survival"].tolist()[0] == "100%"


def test_a_contradiction_under_another_assumption_is_put_in_words():
    def load(draws, seed):
        raise ContradictionError("claims a and b cannot hold together")

    chosen = {**assumptions(), "followup_method": "observed"}
    found = cohorts.allowed(load, chosen, 20, 1)
    assert found.ensemble is None
    assert "observed" in found.note
    assert "cannot hold together" in found.note
    # Under the default assumptions the same error is a failure, and a wrong request always is.
    with pytest.raises(ContradictionError):
        cohorts.allowed(load, assumptions(), 20, 1)

    def wrong(draws, seed):
        raise InputError("claims.csv: wrong")

    with pytest.raises(InputError):
        cohorts.allowed(wrong, chosen, 20, 1)


def test_a_few_cohorts_are_tried_before_many_are_asked_for():
    asked = []
    cohorts.allowed(lambda draws, seed: asked.append(draws), {**assumptions(), "conf_type": "log"}, 500, 1)
    assert asked == [cohorts.PROBE, 500]


def test_someone_seen_until_a_tick_is_at_risk_there():
    found = endpoint_report(endpoint([365.25, 730.5], [0, 0]), "yours", (), Options())
    risk = found.risk.set_index("time")["at_risk"]
    assert risk[12.0] == 2
    assert risk[24.0] == 1


def test_limits_of_survival_and_mean_and_conditional_survival_are_those_of_r():
    days, died, _, _ = lung()
    sample = days / 30.4375, died
    found = summarise({"all": sample}, (), Options(tau_months=24.0), None).set_index(["statistic", "at"])
    # R 4.2.2, survival 3.5-3: m <- lung$time / 30.4375; f <- survfit(Surv(m, status) ~ 1, lung,
    #   conf.type = "log-log"); summary(f, times = 12)[c("surv", "lower", "upper")]
    year = found.loc[("survival", 12.0), ["value", "low", "high"]].tolist()
    assert year == pytest.approx([40.9241624460, 33.8714269088, 47.8380767647])
    # R: r <- summary(f, rmean = 24)$table[5:6]; c(r[1], r[1] + c(-1, 1) * qnorm(.975) * r[2])
    mean = found.loc[("rmst", 24.0), ["value", "low", "high"]].tolist()
    assert mean == pytest.approx([11.733259898463, 10.688333522460, 12.778186274466])
    # R: g <- survfit(Surv(m, status) ~ 1, lung, subset = m > 12, conf.type = "log-log")
    #    summary(g, times = 30)
    later = found.loc[("conditional_survival", 30.0), ["value", "low", "high"]].tolist()
    assert later == pytest.approx([12.30216211199, 4.16674430942, 25.11836648735])
    drawn = over_draws.drawn_statistics(days[None], died[None], Options(), [])
    assert drawn["conditional_survival", 30.0][0] == pytest.approx(later[0])
    early = summarise({"all": (sample[0] / 2, died)}, (), Options(), None)
    assert "conditional_survival" not in set(early["statistic"])


def test_at_risk_censored_and_events_before_each_tick_are_those_of_r_and_add_up():
    days, died, _, _ = lung()
    grid = np.arange(0, 1001, 200)
    found = at_each(grid, "all", days.astype(float), died)
    # R 4.2.2: sapply(seq(0, 1000, 200), function(t) with(lung, c(sum(time >= t), sum(time < t & status == 1),
    #   sum(time < t & status == 2)))); the first row also summary(survfit(...), times)$n.risk
    assert found["at_risk"].tolist() == [228, 144, 57, 24, 8, 2]
    assert found["censored"].tolist() == [0, 12, 45, 56, 57, 61]
    assert found["events"].tolist() == [0, 72, 126, 148, 163, 165]
    assert (found[["at_risk", "censored", "events"]].sum(axis=1) == 228).all()
