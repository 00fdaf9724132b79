"""Kaplan-Meier, quantiles, limits, follow-up, RMST against R 4.2.2 with survival 3.5-3.

The R program that gave a number stands above it, whole; `ct` is the type of limits of the row.
"""

import lifelines
import numpy as np
import pytest

from cohorts_for_survival import BMT_ALL_DAYS, BMT_ALL_DIED, heart, lung
from pseudoipd.survival import (
    CONF_TYPES,
    at_risk,
    cumulative_incidence,
    endpoint_statistic,
    given,
    kaplan_meier,
    last_event,
    limits,
    median_followup,
    quantile,
    quantile_limits,
    reverse_kaplan_meier,
    rmst,
    snap_ties,
    survival_at,
    survival_with_limits,
)


@pytest.fixture(scope="module")
def lung_km():
    days, died, _, _ = lung()
    return kaplan_meier(days, died)


# R: quantile(survfit(Surv(time, status) ~ 1, lung, conf.type = ct), c(.25, .5, .75))
LUNG_QUANTILES = {
    "log-log": [(170, 144, 194), (310, 284, 361), (550, 457, 643)],
    "log": [(170, 145, 197), (310, 285, 363), (550, 460, 654)],
    "plain": [(170, 145, 197), (310, 284, 361), (550, 457, 643)],
}


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_quantiles_and_their_limits_are_those_of_r_on_lung(lung_km, conf_type):
    found = [
        (quantile(lung_km, 1 - q), *quantile_limits(lung_km, 1 - q, conf_type)) for q in (0.25, 0.5, 0.75)
    ]
    assert found == LUNG_QUANTILES[conf_type]


def test_conf_level_is_used(lung_km):
    # R: summary(survfit(Surv(time, status) ~ 1, lung, conf.type = "log-log", conf.int = .9))$table[8:9]
    assert quantile_limits(lung_km, conf_level=0.9) == (285, 353)


# R: summary(survfit(Surv(time, status) ~ 1, lung), times = c(100, 365, 700))$surv
LUNG_SURVIVAL = [0.863968967645, 0.409241624460, 0.142391505655]
# R: f <- survfit(Surv(time, status) ~ 1, lung, conf.type = ct)
#    summary(f, times = c(100, 365, 700))[c("lower", "upper")]
LUNG_LIMITS = {
    "log-log": (
        [0.812222319754, 0.338714269088, 0.089373801688],
        [0.902310180515, 0.478380767647, 0.207370310114],
    ),
    "log": (
        [0.8205848920813, 0.3447215817958, 0.0937792807208],
        [0.909646746190, 0.485837603547, 0.216202776635],
    ),
    "plain": (
        [0.8194577339137, 0.3390285838477, 0.0829236295402],
        [0.908480201377, 0.479454665072, 0.201859381769],
    ),
}


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_limits_of_the_curve_are_those_of_r_on_lung(lung_km, conf_type):
    rows = np.searchsorted(lung_km.time, [100, 365, 700], side="right") - 1
    lower, upper = limits(lung_km, conf_type)
    assert survival_at(lung_km, [100, 365, 700]) == pytest.approx(LUNG_SURVIVAL, rel=1e-10)
    assert lower[rows] == pytest.approx(LUNG_LIMITS[conf_type][0], rel=1e-10)
    assert upper[rows] == pytest.approx(LUNG_LIMITS[conf_type][1], rel=1e-10)


def test_survival_with_limits_and_conditional_survival_are_those_of_r(lung_km):
    found = survival_with_limits(lung_km, 365)
    assert found == pytest.approx(
        (LUNG_SURVIVAL[1], *(ends[1] for ends in LUNG_LIMITS["log-log"])), rel=1e-10
    )
    # R: f <- survfit(Surv(time, status) ~ 1, lung, subset = time > 180, conf.type = "log-log")
    #    unlist(summary(f, times = 365)[c("surv", "lower", "upper", "n.risk")])
    later = given(lung_km, 180)
    assert survival_with_limits(later, 365) == pytest.approx(
        (0.5670753307, 0.4768224553, 0.6475954241), rel=1e-9
    )
    assert later.at_risk[0] == 159
    both = survival_at(lung_km, 365) / survival_at(lung_km, 180)
    assert survival_at(later, 365) == pytest.approx(both, rel=1e-12)


def test_incidences_and_survival_add_up_and_agree_with_lifelines_without_ties():
    rng = np.random.default_rng(3)
    time, cause = rng.permutation(60) + 1.0, rng.integers(0, 3, 60)
    grid = np.arange(0, 61)
    found = [cumulative_incidence(time, cause, kind, grid) for kind in (1, 2)]
    total = found[0] + found[1] + survival_at(kaplan_meier(time, cause > 0), grid)
    assert total == pytest.approx(np.ones(61), abs=1e-12)
    for kind, ours in zip((1, 2), found, strict=True):
        fitted = lifelines.AalenJohansenFitter(calculate_variance=False).fit(
            time, cause, event_of_interest=kind
        )
        theirs = fitted.cumulative_density_.iloc[:, 0]
        steps = np.searchsorted(theirs.index, grid, side="right") - 1
        assert ours == pytest.approx(theirs.to_numpy()[steps], abs=1e-12)


def test_numbers_at_risk_are_those_of_r(lung_km):
    days, _, _, _ = lung()
    # R: summary(survfit(Surv(time, status) ~ 1, lung), times = c(100, 365, 700))$n.risk
    assert at_risk(days, [100, 365, 700]).tolist() == [196, 65, 16]


@pytest.mark.parametrize("conf_type", CONF_TYPES)
def test_limits_at_the_ends_of_the_curve(conf_type):
    # R: f <- survfit(Surv(1:5, c(0, 1, 1, 1, 1)) ~ 1, conf.type = ct); f$lower; f$upper
    # NA once S = 0; before the first death 1, but NA for "log-log", where ours is 1 as well
    lower, upper = limits(kaplan_meier([1, 2, 3, 4, 5], [0, 1, 1, 1, 1]), conf_type)
    assert (lower[0], upper[0]) == (1, 1)
    assert np.isnan([lower[-1], upper[-1]]).all()


@pytest.mark.parametrize("n", range(2, 201, 2))
def test_a_median_between_two_deaths_is_their_middle(n):
    # R: summary(survfit(Surv(1:n, rep(1, n)) ~ 1))$table["median"]; by hand, the mean of n/2 and n/2 + 1
    assert quantile(kaplan_meier(np.arange(1, n + 1), np.ones(n))) == n / 2 + 0.5


def test_a_curve_that_ends_on_one_half_has_its_median_where_it_got_there():
    # R: print(survfit(Surv(1:4, c(1, 1, 0, 0)) ~ 1))   (quantile() of the same fit: 3)
    assert quantile(kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])) == 2
    # The data of CAMIS, r-sas_survival.
    # R: t <- c(54, 75, 77, 84, 87, 92, 103, 105, 112, 118); d <- rep(1:0, each = 5)
    #    print(survfit(Surv(t, d) ~ 1, conf.type = "log-log"))   (quantile() of the same fit: 102.5)
    km = kaplan_meier([54, 75, 77, 84, 87, 92, 103, 105, 112, 118], [1] * 5 + [0] * 5)
    assert (quantile(km), *quantile_limits(km)) == (87, 54, np.inf)
    # R: summary(survfit(Surv(t, d) ~ 1), times = c(80, 100, 120), extend = TRUE)$surv
    assert survival_at(km, [80, 100, 120]) == pytest.approx([0.7, 0.5, 0.5])
    # R: d[10] <- 1; print(survfit(Surv(t, d) ~ 1)): the curve falls again at 118
    km = kaplan_meier([54, 75, 77, 84, 87, 92, 103, 105, 112, 118], [1] * 5 + [0] * 4 + [1])
    assert quantile(km) == 102.5


def test_a_median_that_is_not_reached_is_infinite():
    # R: print(survfit(Surv(1:4, c(1, 0, 0, 0)) ~ 1))
    km = kaplan_meier([1, 2, 3, 4], [1, 0, 0, 0])
    assert quantile(km) == np.inf
    assert quantile_limits(km)[1] == np.inf


# R: summary(survfit(Surv(1:36, c(rep(1, deaths), rep(0, 36 - deaths))) ~ 1, conf.type = ct))$table[7:9]
@pytest.mark.parametrize(
    ("conf_type", "deaths", "expected"),
    [
        ("log-log", 36, (12, 24)),
        ("log-log", 24, (12, 24)),
        ("log", 36, (13, 25)),
        ("log", 24, (13, np.inf)),
        ("plain", 36, (13, 24)),
        ("plain", 24, (13, 24)),
    ],
)
def test_the_limits_for_36_patients_are_the_deaths_that_r_takes(conf_type, deaths, expected):
    km = kaplan_meier(np.arange(1, 37), np.arange(1, 37) <= deaths)
    assert quantile(km) == 18.5
    assert quantile_limits(km, conf_type=conf_type) == expected


def test_delayed_entry_is_that_of_r_on_the_stanford_heart_data():
    days, died, transplanted = heart()
    changed = np.isfinite(transplanted)
    km = kaplan_meier(days[changed], died[changed], entry=transplanted[changed])
    when = [10, 100, 365, 1000]
    # R: f <- survfit(Surv(start, stop, event) ~ 1, heart[heart$transplant == 1, ], conf.type = "log-log")
    #    summary(f, times = c(100, 365, 1000))$n.risk
    # (at 10 R counts those at risk at the next time of the fit, 21)
    assert at_risk(days[changed], when[1:], transplanted[changed]).tolist() == [40, 26, 8]
    # R: summary(f, times = c(10, 100, 365, 1000))$surv
    expected = [0.909090909091, 0.467875421482, 0.321095219194, 0.197103065321]
    assert survival_at(km, when) == pytest.approx(expected, rel=1e-10)
    rows = np.searchsorted(km.time, when, side="right") - 1
    lower, upper = limits(km)
    # R: summary(f, times = c(10, 100, 365, 1000))$lower
    expected = [0.5080802057699, 0.3067099515449, 0.1992643412794, 0.0997170042446]
    assert lower[rows] == pytest.approx(expected, rel=1e-10)
    # R: summary(f, times = c(10, 100, 365, 1000))$upper
    expected = [0.986673822668, 0.613760980487, 0.449318512613, 0.318532739154]
    assert upper[rows] == pytest.approx(expected, rel=1e-10)
    # R: summary(f)$table[7:9]
    assert (quantile(km), *quantile_limits(km)) == (90, 28, 285)


def test_a_patient_is_not_at_risk_at_the_time_of_entry():
    # R: f <- survfit(Surv(c(0, 2, 3, 1), c(5, 6, 6, 9), c(1, 1, 0, 1)) ~ 1, conf.type = "log-log")
    #    unclass(f)[c("n.risk", "n.event", "n.censor", "surv", "lower")]
    km = kaplan_meier([5, 6, 6, 9], [1, 1, 0, 1], entry=[0, 2, 3, 1])
    assert km.at_risk.tolist() == [4, 3, 1]
    assert km.events.tolist() == [1, 1, 1]
    assert km.censored.tolist() == [0, 1, 0]
    assert km.survival == pytest.approx([0.75, 0.5, 0.0])
    assert limits(km)[0][:2] == pytest.approx([0.1279469175951, 0.0578470829951], rel=1e-10)
    # By hand: at 5 the one who enters at 5 is not yet there.
    assert kaplan_meier([5, 6, 9], [1, 1, 1], entry=[0, 5, 1]).at_risk.tolist() == [2, 2, 1]


def test_an_entry_that_is_not_before_the_exit_is_refused():
    with pytest.raises(ValueError, match="entry"):
        kaplan_meier([5, 6], [1, 1], entry=[0, 6])


def test_lifelines_draws_the_same_curve_with_and_without_entry():
    days, died, transplanted = heart()
    fitted = lifelines.KaplanMeierFitter().fit(days, died)
    ours = survival_at(kaplan_meier(days, died), fitted.survival_function_.index)
    assert fitted.survival_function_["KM_estimate"].to_numpy() == pytest.approx(ours, rel=1e-10)
    changed = np.isfinite(transplanted)
    entered = (days[changed], died[changed], transplanted[changed])
    fitted = lifelines.KaplanMeierFitter().fit(entered[0], entered[1], entry=entered[2])
    km = kaplan_meier(*entered[:2], entry=entered[2])
    lifelines_curve = fitted.survival_function_["KM_estimate"].to_numpy()
    assert lifelines_curve == pytest.approx(survival_at(km, fitted.survival_function_.index), rel=1e-10)


def test_reverse_kaplan_meier_of_the_bmt_leukaemia_group_is_that_of_r():
    # R (KMsurv 0.1-5): data(bmt); b <- bmt[bmt$group == 1, ]
    #    summary(survfit(Surv(t1 - 1e-6 * d1, 1 - d1) ~ 1, b))$table["median"]
    assert median_followup(BMT_ALL_DAYS, BMT_ALL_DIED) == 1330
    # By hand: 1330 / 30.4375.
    assert median_followup(BMT_ALL_DAYS / 30.4375, BMT_ALL_DIED) == pytest.approx(43.70, abs=0.005)


def test_at_a_tie_the_death_leaves_before_the_censoring():
    time, died = np.array([2, 2, 4, 4, 6, 6, 8, 8]), np.array([1, 0] * 4)
    # By hand: 6/7, then 4/5, 2/3 and 0 of it.
    km = reverse_kaplan_meier(time, died)
    assert km.survival == pytest.approx([6 / 7, 24 / 35, 16 / 35, 0])
    # R: t <- c(2, 2, 4, 4, 6, 6, 8, 8); d <- rep(1:0, 4)
    #    summary(survfit(Surv(t - 1e-6 * d, 1 - d) ~ 1))$table["median"]   (without the shift, deaths last: 8)
    assert median_followup(time, died) == 6


def test_observed_follow_up_is_the_plain_median():
    assert median_followup([1, 2, 9, 10], [1, 0, 1, 0], method="observed") == 5.5


# R: summary(survfit(Surv(time, status) ~ 1, lung), rmean = tau)$table[5:6]
# 1022 is the last time of lung, 2000 lies beyond it
@pytest.mark.parametrize(
    ("tau", "value", "error"),
    [
        (100, 93.56541479326, 1.30018454039),
        (365, 263.22186648201, 7.79885908631),
        (1022, 376.2747461478, 19.7077914213),
        (2000, 425.5127117211, 36.9723372528),
    ],
)
def test_rmst_and_its_error_are_those_of_r(lung_km, tau, value, error):
    assert rmst(lung_km, tau) == pytest.approx((value, error), rel=1e-10)


def test_rmst_of_the_bmt_leukaemia_group_is_that_of_r():
    # R (KMsurv 0.1-5): data(bmt); b <- bmt[bmt$group == 1, ]
    #    summary(survfit(Surv(t1, d1) ~ 1, b), rmean = 730)$table[5:6]
    found = rmst(kaplan_meier(BMT_ALL_DAYS, BMT_ALL_DIED), 730)
    assert found == pytest.approx((465.6296365915, 41.7449530552), rel=1e-10)


def test_rmst_without_censoring_is_the_mean_of_the_truncated_times():
    # By hand: 1, 2, 4, 4.
    time = np.array([1.0, 2, 5, 9])
    value, error = rmst(kaplan_meier(time, np.ones(4)), 4)
    assert value == pytest.approx(np.minimum(time, 4).mean())
    assert error == pytest.approx(np.minimum(time, 4).std() / 2)


def test_ties_survive_the_division_by_the_length_of_a_month():
    days = np.array([100.0, 200, 200, 300])
    months = days / 30.4375 + np.array([0, 0, 4e-15, 0])
    assert len(np.unique(months)) == 4
    assert snap_ties(months)[1] == snap_ties(months)[2]
    assert kaplan_meier(months, np.ones(4)).events.tolist() == [1, 2, 1]


def test_times_that_differ_are_left_alone():
    assert snap_ties([3, 1, 2, 1]).tolist() == [3, 1, 2, 1]
    assert kaplan_meier([0, 0, 1e-3], [1, 0, 1]).time.tolist() == [0, 1e-3]


def test_a_death_at_time_zero_counts():
    # R: survfit(Surv(c(0, 1, 2, 3), c(1, 0, 1, 0)) ~ 1)$surv
    km = kaplan_meier([0, 1, 2, 3], [1, 0, 1, 0])
    assert km.survival == pytest.approx([0.75, 0.75, 0.375, 0.375])
    assert survival_at(km, [0, 2.5, 99]) == pytest.approx([0.75, 0.375, 0.375])


def test_nobody_and_no_event_are_no_error():
    assert quantile(kaplan_meier([], [])) == np.inf
    assert rmst(kaplan_meier([0, 0], [0, 0]), 12) == (12, 0)
    assert np.isnan(last_event([1, 2], [0, 0]))


# By hand: 4 patients, deaths at 2 and 6 months, last seen at 4 and 30. S = .75 from 2, .375 from 6.
@pytest.mark.parametrize(
    ("statistic", "at", "expected"),
    [
        ("n", None, 4),
        ("events", None, 2),
        ("median", None, 6),
        ("survival", 5, 75),
        ("survival", 6, 37.5),
        ("count_at_or_beyond", 6, 2),
        ("count_at_or_beyond", 6.01, 1),
        ("followup_median", None, 30),
        ("followup_min", None, 2),
        ("followup_max", None, 30),
        ("plateau_from", None, 6),
    ],
)
def test_endpoint_statistics_by_hand(statistic, at, expected):
    assert endpoint_statistic(statistic, [2, 4, 6, 30], [1, 0, 1, 0], at) == pytest.approx(expected)


def test_endpoint_limits_follow_the_type_asked_for():
    days, died, _, _ = lung()
    # R: summary(survfit(Surv(time, status) ~ 1, lung, conf.type = "log"))$table[8:9]
    asked = [
        endpoint_statistic(which, days, died, conf_type="log") for which in ("median_lower", "median_upper")
    ]
    assert asked == [285, 363]


def test_endpoint_follow_up_follows_the_method_asked_for():
    # By hand: the middle of 4 and 6.
    found = endpoint_statistic("followup_median", [2, 4, 6, 30], [1, 0, 1, 0], followup_method="observed")
    assert found == 5


def test_a_time_computed_from_days_reaches_its_month():
    months = np.array([30 - 4e-15, 30.0])
    assert endpoint_statistic("count_at_or_beyond", months, [0, 0], 30) == 2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: endpoint_statistic("mean", [1], [1]), "statistic must be one of"),
        (lambda: endpoint_statistic("survival", [1], [1]), "needs a time"),
        (lambda: endpoint_statistic("median_lower", [1], [1], conf_type="logit"), "conf_type must be one of"),
        (lambda: endpoint_statistic("median_lower", [1], [1], conf_level=95), "conf_level must lie"),
        (lambda: median_followup([1], [1], "potential"), "method must be one of"),
    ],
)
def test_a_wrong_request_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
