"""The one-sample log-rank test and the reference survival functions against R and hand-worked cases.

R 4.2.2, survival 3.5-3.
"""

import numpy as np
import pytest
from blina.errors import InputError
from blina.historical import Reference, one_sample_logrank, over_cohorts, poisson_limits, reference
from lifelines.datasets import load_lung

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
