"""Rubin's rules, against cases worked by hand."""

import math

import numpy as np
import pytest

from blina.endpoint import rubin


def test_two_parts_add_up_and_the_degrees_of_freedom_are_rubin_s():
    # Estimates 10, 12, 14: mean 12, variance 4, times 1 + 1/3; variances 1, 2, 3: mean 2.
    degrees, total = rubin.combine([10, 12, 14], [1, 2, 3])
    assert (total.estimate, total.within) == (12, 2)
    assert total.between == pytest.approx(16 / 3)
    assert degrees == pytest.approx(2 * (1 + 2 / (16 / 3)) ** 2)
    # R 4: qt(.975, 3.78125) is 2.8409526 (R 4.2.2).
    assert total.upper - total.estimate == pytest.approx(2.8409526 * math.sqrt(2 + 16 / 3), abs=1e-4)
    assert total.between_share == pytest.approx((16 / 3) / (22 / 3))


def test_cohorts_that_agree_leave_the_usual_limits():
    # S = .5 with Greenwood's sum .03; R: exp(-exp(log(log(2)) + c(1, -1) * qnorm(.975) * sqrt(.03) / log(2)))
    total = rubin.survival([0.5] * 4, [0.03] * 4)
    ends = np.exp(-np.exp(np.log(np.log(2)) + np.array([1, -1]) * 1.959964 * np.sqrt(0.03) / np.log(2)))
    assert [total.lower, total.upper] == pytest.approx(ends, abs=1e-6)
    assert (total.estimate, total.between) == (pytest.approx(0.5), pytest.approx(0, abs=1e-15))


def test_ratios_are_combined_as_logarithms():
    total = rubin.ratio(np.log([0.25, 0.25]), [0.1, 0.1])
    assert total.estimate == pytest.approx(0.25)
    assert total.lower * total.upper == pytest.approx(0.25**2)
