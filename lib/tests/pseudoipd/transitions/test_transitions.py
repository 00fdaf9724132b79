"""Time-dependent response against R 4.2.2 with survival 3.5-3, statsmodels and lifelines.

The R program that gave a number stands above it, whole.
"""

import lifelines
import numpy as np
import pandas as pd
import pytest
from lifelines.datasets import load_stanford_heart_transplants
from statsmodels.duration.survfunc import survdiff

from cohorts_for_survival import heart
from pseudoipd import transitions
from pseudoipd.survival import quantile, survival_at


def test_mantel_byar_of_the_stanford_heart_data():
    found = transitions.mantel_byar(*heart())
    # survdiff refuses (start, stop]; hence by the numbers at risk.
    # R: at <- function(u) with(heart[heart$start < u & heart$stop >= u, ], {
    #      n <- length(stop); n1 <- sum(transplant == 1); dead <- event == 1 & stop == u; d <- sum(dead)
    #      c(sum(dead & transplant == 1), d * n1 / n, d * n1 * (n - n1) * (n - d) / (n^2 * (n - 1)), d) })
    #    s <- rowSums(sapply(sort(unique(heart$stop[heart$event == 1])), at))
    #    chi2 <- (s[1] - s[2])^2 / s[3]; c(s, chi2, pchisq(chi2, 1, lower.tail = FALSE))
    assert found.observed == 45
    assert found.expected == pytest.approx(43.5958175234701, rel=1e-12)
    assert found.variance == pytest.approx(11.2614956816928, rel=1e-12)
    assert found.deaths == 75
    assert found.chi2 == pytest.approx(0.1750858396722, rel=1e-10)
    assert found.p == pytest.approx(0.6756308565611, rel=1e-10)


def test_mantel_byar_is_the_log_rank_test_with_entry_of_statsmodels():
    split = load_stanford_heart_transplants()
    chi2, p = survdiff(split["stop"], split["event"], split["transplant"], entry=split["start"])
    found = transitions.mantel_byar(*heart())
    assert (found.chi2, found.p) == pytest.approx((chi2, p), rel=1e-10)


def test_mantel_byar_against_statsmodels_on_tied_days():
    rng = np.random.default_rng(3)
    day, died = rng.integers(40, 90, 80), rng.random(80) < 0.7
    response = np.where(rng.random(80) < 0.6, rng.choice([29, 71], 80), np.inf)
    changed = response < day
    until = np.where(changed, response, day)
    split = pd.DataFrame(
        {
            "start": np.concatenate([np.zeros(80), until[changed]]),
            "stop": np.concatenate([until, day[changed]]),
            "event": np.concatenate([died & ~changed, died[changed]]).astype(int),
            "state": np.concatenate([np.zeros(80), np.ones(changed.sum())]),
        }
    )
    chi2, _ = survdiff(split["stop"], split["event"], split["state"], entry=split["start"])
    assert transitions.mantel_byar(day, died, response).chi2 == pytest.approx(chi2, rel=1e-10)


def test_mantel_byar_by_hand_and_the_two_tie_rules():
    # Deaths on days 5, 10 and 10; A responds on day 5, B on day 3, C and D never; D is last seen on 12.
    # At 5: A dies. Before: A is not yet a responder; n = 4, of them B responded: E = 1/4.
    # At 10: B and C die; n = 3, of them B responded: E = 2 · 1/3.
    time, died, response = [5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.nan]
    before = transitions.mantel_byar(time, died, response)
    assert (before.observed, before.expected) == pytest.approx((1, 1 / 4 + 2 / 3))
    # V = 1·1·3·3 / (16·3) at 5 and 2·1·2·1 / (9·2) at 10
    assert before.variance == pytest.approx(3 / 16 + 2 / 9)
    # At: A responded in time to die as a responder; at 5 E = 2/4, V = 1·2·2·3 / (16·3).
    at = transitions.mantel_byar(time, died, response, tie="at")
    assert (at.observed, at.expected) == pytest.approx((2, 2 / 4 + 2 / 3))
    assert at.variance == pytest.approx(1 / 4 + 2 / 9)


def test_naive_comparison_of_the_stanford_heart_data():
    days, died, transplanted = heart()
    found = transitions.naive_logrank(days, died, np.isfinite(transplanted))
    # R: s <- survdiff(Surv(futime, fustat) ~ transplant, jasa)
    #    s[c("obs", "exp", "chisq")]; pchisq(s$chisq, 1, lower.tail = FALSE)
    assert found.observed == 45
    assert found.expected == pytest.approx(62.90897885638, rel=1e-10)
    assert found.chi2 == pytest.approx(33.24199281814, rel=1e-10)
    assert found.p == pytest.approx(8.137413731444e-9, rel=1e-9)


def test_no_responder_gives_no_test():
    found = transitions.mantel_byar([1, 2], [1, 1], [np.inf, np.inf])
    assert (found.observed, found.variance) == (0, 0)
    assert np.isnan([found.chi2, found.p]).all()


# R: coef(summary(coxph(Surv(start, stop, event) ~ transplant, heart, ties = ties)))
@pytest.mark.parametrize(
    ("ties", "coef", "se", "p"),
    [
        ("efron", 0.1271411266, 0.3011411043, 0.672880611),
        ("breslow", 0.1256668916, 0.3010765377, 0.6763918187),
    ],
)
def test_time_dependent_cox_is_that_of_r(ties, coef, se, p):
    found = transitions.time_dependent_cox(*heart(), cox_ties=ties)
    assert (found.coef, found.se, found.p) == pytest.approx((coef, se, p), rel=1e-8)
    # By hand: Wald's limits, with R's qnorm(.975).
    assert found.lower == pytest.approx(np.exp(coef - 1.959963985 * se), rel=1e-7)
    assert found.upper == pytest.approx(np.exp(coef + 1.959963985 * se), rel=1e-7)


def test_time_dependent_cox_is_that_of_lifelines():
    split = load_stanford_heart_transplants()[["id", "start", "stop", "event", "transplant"]]
    fitted = lifelines.CoxTimeVaryingFitter().fit(split, id_col="id", event_col="event")
    found = transitions.time_dependent_cox(*heart())
    assert found.coef == pytest.approx(fitted.params_["transplant"], rel=1e-6)
    assert found.se == pytest.approx(fitted.standard_errors_["transplant"], rel=1e-5)


def test_a_likelihood_without_maximum_is_said_so():
    # Nobody dies in the response state; then only there.
    # R: coxph(Surv(1:4, c(1, 1, 0, 0)) ~ c(0, 0, 1, 1))   ('did not converge', exp(coef) 3.8e-10)
    none = transitions.time_dependent_cox([1, 2, 3, 4], [1, 1, 0, 0], [np.inf, np.inf, 0, 0])
    assert (none.hazard_ratio, none.lower, none.upper) == (0, 0, np.inf)
    # R: coxph(Surv(1:4, c(1, 1, 0, 0)) ~ c(1, 1, 0, 0))   ('did not converge', exp(coef) 2.6e9)
    all_of_them = transitions.time_dependent_cox([1, 2, 3, 4], [1, 1, 0, 0], [0, 0, np.inf, np.inf])
    assert all_of_them.hazard_ratio == np.inf
    silent = transitions.time_dependent_cox([1, 2], [0, 0], [0, np.inf])
    assert np.isnan(silent.hazard_ratio)


def test_simon_makuch_of_the_stanford_heart_data():
    found = transitions.simon_makuch(*heart())
    # R: f <- survfit(Surv(start, stop, event) ~ transplant, heart)
    #    summary(f["transplant=1"], times = c(10, 100, 365))$surv
    expected = [0.909090909091, 0.467875421482, 0.321095219194]
    assert survival_at(found.with_response, [10, 100, 365]) == pytest.approx(expected, rel=1e-10)
    # R: summary(f["transplant=0"], times = c(10, 100, 365), extend = TRUE)$surv
    expected = [0.873574397818, 0.562714010979, 0.236339884611]
    assert survival_at(found.without_response, [10, 100, 365]) == pytest.approx(expected, rel=1e-10)
    # R: h <- heart[heart$transplant == 1, ]; c(nrow(h), min(h$start))
    assert (found.changed, found.start) == (69, 1)
    # R: summary(f)$table["transplant=1", "median"]
    assert quantile(found.with_response) == 90


def test_simon_makuch_counts_a_death_on_the_day_of_response_once():
    time, died, response = [3, 5, 8], [1, 1, 0], [3, 3, np.inf]
    before = transitions.simon_makuch(time, died, response)
    assert before.without_response.events.tolist() == [1, 0]
    assert before.with_response.at_risk.tolist() == [1]
    at = transitions.simon_makuch(time, died, response, tie="at")
    assert at.without_response.events.tolist() == [0, 0]
    assert at.with_response.at_risk.tolist() == [2, 1]


# R: h <- do.call(rbind, lapply(split(heart, heart$id), function(x) data.frame(
#      stop = max(x$stop), event = max(x$event), resp = c(x$start[x$transplant == 1], NA)[1])))
#    k <- h[h$stop > at, ]; k$r <- !is.na(k$resp) & k$resp <= at
#    c(nrow(h) - nrow(k), sum(h$event[h$stop <= at]), table(k$r)); survdiff(Surv(stop, event) ~ r, k)$chisq
#    summary(coxph(Surv(stop, event) ~ r, k))$conf.int
@pytest.mark.parametrize(
    ("at", "left_out", "died", "without", "with_", "chi2", "ratio", "lower", "upper"),
    [
        (30, 24, 23, 46, 33, 0.0361240337078, 1.0542355686, 0.60741125327, 1.82975311721),
        (90, 52, 49, 11, 40, 1.43162139528, 0.573100820146, 0.226890825955, 1.44758849843),
    ],
)
def test_landmark_is_that_of_r(at, left_out, died, without, with_, chi2, ratio, lower, upper):
    found = transitions.landmark(*heart(), at)
    assert (found.left_out, found.died_before) == (left_out, died)
    assert found.left_out == found.died_before + found.censored_before
    assert (found.non_responders, found.responders) == (without, with_)
    assert found.chi2 == pytest.approx(chi2, rel=1e-9)
    assert (found.hazard_ratio, found.lower, found.upper) == pytest.approx((ratio, lower, upper), rel=1e-7)


def test_someone_who_leaves_at_the_landmark_is_left_out_and_a_response_at_it_counts():
    found = transitions.landmark([5, 8, 9, 12], [0, 1, 1, 0], [np.inf, 5, 7, np.inf], 5)
    assert (found.left_out, found.censored_before) == (1, 1)
    assert (found.responders, found.non_responders, found.later_responders) == (1, 2, 1)


def test_a_sweep_is_one_landmark_after_another():
    swept = transitions.landmark_sweep(*heart(), [30, 90])
    assert [found.left_out for found in swept] == [24, 52]


@pytest.mark.parametrize("tie", transitions.TIE_RULES)
def test_a_whole_ensemble_gives_what_each_cohort_gives(tie):
    rng = np.random.default_rng(11)
    time, event = rng.integers(1, 60, (40, 20)), rng.random((40, 20)) < 0.7
    response = np.where(rng.random((40, 20)) < 0.6, rng.integers(1, 50, (40, 20)), np.inf)
    found = transitions.mantel_byar_of_draws(time, event, response, tie=tie)
    naive = transitions.naive_logrank_of_draws(time, event, np.isfinite(response))
    marked = transitions.landmark_of_draws(time, event, response, 20)
    for i in range(40):
        one = transitions.mantel_byar(time[i], event[i], response[i], tie=tie)
        cox = transitions.time_dependent_cox(time[i], event[i], response[i], tie=tie)
        expected = (one.observed, one.expected, one.variance, one.p, cox.coef, cox.se)
        keys = ("observed", "expected", "variance", "p", "coef", "se")
        assert [found[key][i] for key in keys] == pytest.approx(expected, rel=1e-8, nan_ok=True)
        ever = transitions.naive_logrank(time[i], event[i], np.isfinite(response[i]))
        assert naive["chi2"][i] == pytest.approx(ever.chi2, rel=1e-9)
        at = transitions.landmark(time[i], event[i], response[i], 20)
        assert marked["left_out"][i] == at.left_out
        assert marked["p"][i] == pytest.approx(at.p, rel=1e-8, nan_ok=True)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: transitions.mantel_byar([1], [1], [0], tie="after"), "tie must be one of"),
        (lambda: transitions.simon_makuch([1], [1], [0], tie="after"), "tie must be one of"),
        (lambda: transitions.time_dependent_cox([1], [1], [0], cox_ties="exact"), "cox_ties must be one of"),
    ],
)
def test_a_wrong_request_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_someone_who_responded_at_time_zero_was_never_at_risk_without():
    found = transitions.simon_makuch([4, 6, 9], [1, 1, 0], [0, np.inf, 2])
    assert found.without_response.at_risk[0] == 2
    assert found.with_response.at_risk.tolist() == [2, 1]


# R: cox.zph(coxph(Surv(start, stop, event) ~ transplant, heart, ties = ti))$table[1, c(1, 3)]
@pytest.mark.parametrize(
    ("ties", "expected"),
    [("efron", (0.088040294291, 0.766683456900)), ("breslow", (0.0869149923139, 0.7681363627228))],
)
def test_whether_the_ratio_stays_the_same_is_tested_as_by_r(ties, expected):
    assert transitions.proportional_hazards(*heart(), cox_ties=ties) == pytest.approx(expected, rel=1e-9)


def test_an_infinite_ratio_is_not_tested_for_constancy():
    assert np.isnan(
        transitions.proportional_hazards([5, 6, 7, 8], [0, 0, 1, 1], [1, 1, np.inf, np.inf])
    ).all()
