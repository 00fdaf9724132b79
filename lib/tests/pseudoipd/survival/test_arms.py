"""Comparison of arms against R 4.2.2 with survival 3.5-3; the program that gave a number stands above it."""

import numpy as np
import pytest

from cohorts_for_survival import lung
from pseudoipd.survival import arms
from pseudoipd.survival.arms import hazard_ratios, logrank


@pytest.fixture(scope="module")
def by_ecog():
    days, died, _, ecog = lung()
    kept = (ecog.notna() & (ecog < 3)).to_numpy()
    return days[kept], died[kept], ecog[kept].astype(int).to_numpy()


def test_log_rank_of_two_arms():
    days, died, sex, _ = lung()
    found = logrank(days, died, sex)
    # R: s <- survdiff(Surv(time, status) ~ sex, lung); s[c("obs", "exp", "chisq")]
    assert found.observed == (112, 53)
    assert found.expected == pytest.approx((91.5817390296, 73.4182609704), rel=1e-10)
    assert (found.chi2, found.df) == (pytest.approx(10.3267419549, rel=1e-10), 1)
    # R: pchisq(s$chisq, 1, lower.tail = FALSE)
    assert found.p == pytest.approx(0.001311164520355, rel=1e-10)


def test_log_rank_of_three_arms(by_ecog):
    found = logrank(*by_ecog)
    # R: l <- lung[!is.na(lung$ph.ecog) & lung$ph.ecog < 3, ]
    #    s <- survdiff(Surv(time, status) ~ ph.ecog, l); s[c("n", "obs", "exp", "chisq")]
    assert (found.arms, found.n) == (("0", "1", "2"), (63, 113, 50))
    assert found.observed == (37, 82, 44)
    assert found.expected == pytest.approx((53.9046962799, 83.0929422349, 26.0023614853), rel=1e-10)
    assert (found.chi2, found.df) == (pytest.approx(18.0120966947, rel=1e-10), 2)
    # R: pchisq(s$chisq, 2, lower.tail = FALSE)
    assert found.p == pytest.approx(0.000122665631501, rel=1e-9)


@pytest.mark.parametrize("many", [0, arms.MANY], ids=["day by day", "as lifelines chooses"])
def test_hazard_ratios_of_three_arms(by_ecog, many, monkeypatch):
    monkeypatch.setattr(arms, "MANY", many)
    found = hazard_ratios(*by_ecog).set_index("arm")
    # R: l <- lung[!is.na(lung$ph.ecog) & lung$ph.ecog < 3, ]
    #    summary(coxph(Surv(time, status) ~ factor(ph.ecog), l))[c("conf.int", "coefficients")]
    expected = {
        "1": (1.44576775993, 0.979489558252, 2.13401398518, 6.35040399174e-02),
        "2": (2.49752901707, 1.608294195987, 3.87842672484, 4.58179134758e-05),
    }
    for arm, numbers in expected.items():
        assert tuple(found.loc[arm, ["hazard_ratio", "lower", "upper", "p"]]) == pytest.approx(
            numbers, rel=1e-5
        )
    assert set(found["reference"]) == {"0"}


def test_an_arm_without_a_death_has_no_estimate_and_one_arm_no_test():
    days, died, arm = [1, 2, 3, 4, 5, 6], [1, 0, 1, 0, 0, 0], ["a", "b", "b", "a", "c", "c"]
    found = hazard_ratios(days, died, arm).set_index("arm")["hazard_ratio"]
    assert np.isfinite(found["b"])
    assert np.isnan(found["c"])
    assert np.isnan(logrank(days, died, ["a"] * 6).p)
    assert np.isnan(logrank(days, [0] * 6, arm).chi2)
    assert np.isnan(hazard_ratios(days, [0] * 6, arm)["hazard_ratio"]).all()


def test_arms_that_do_not_overlap_in_time_have_an_estimate_without_a_limit():
    # R: coxph(Surv(1:4, c(1, 1, 1, 1)) ~ c(0, 0, 1, 1)): 'did not converge', exp(coef) 4e-10, se 3e4
    found = hazard_ratios([1, 2, 3, 4], [1, 1, 1, 1], ["a", "a", "b", "b"]).iloc[0]
    assert found["hazard_ratio"] < 1e-3
    assert found["upper"] > 1e3


def test_the_first_arm_of_the_order_is_the_reference(by_ecog):
    assert logrank(*by_ecog, order=("2", "0", "1")).observed == (44, 37, 82)
    found = hazard_ratios(*by_ecog, order=("2", "0", "1"))
    assert (found["arm"].tolist(), set(found["reference"])) == (["0", "1"], {"2"})
    # R: l <- lung[!is.na(lung$ph.ecog) & lung$ph.ecog < 3, ]
    #    1 / exp(coef(coxph(Surv(time, status) ~ factor(ph.ecog), l))[2])
    assert found["hazard_ratio"].iloc[0] == pytest.approx(0.4003957484235, rel=1e-5)
