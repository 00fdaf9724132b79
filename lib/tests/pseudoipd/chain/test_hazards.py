"""The prior of the hazard: its pieces by hand, its compiled form against the normal law that it states."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from pseudoipd.chain import hazards
from pseudoipd.model import prior

STEP_SD, TREND_SD = 0.35, 0.2
# By hand for three medians at the horizon: middles of the pieces, as shares of it, the last ending there.
MIDDLES = (0.01, 0.035, 0.075, 0.14, 0.23, 0.35, 0.51, 0.70, 0.90)
DISTANCE = np.diff(np.log(MIDDLES))
COVARIANCE = STEP_SD**2 * np.eye(8) + TREND_SD**2 * np.outer(DISTANCE, DISTANCE)
THETAS = np.random.default_rng(3).normal(-6, 0.8, (6, 10))


def test_pieces_lie_where_the_events_are():
    # Median 4 of 100 months: nine pieces up to 12 months, then 12 to 24, 24 to 48, 48 to the horizon, as a
    # piece from 96 would begin too late.
    found = prior.edges(100.0, 4.0)
    shares = (0.0, 0.02, 0.05, 0.1, 0.18, 0.28, 0.42, 0.6, 0.8)
    assert found == pytest.approx([*(12 * share for share in shares), 12, 24, 48])


def test_no_piece_lies_beyond_the_horizon_where_the_median_is_late():
    assert prior.edges(100.0, 60.0)[-1] == pytest.approx(80.0)


def test_distances_are_those_of_the_middles():
    first = prior.edges(900.0, 300.0)
    assert prior.log_time_steps(first, 900.0) == pytest.approx(DISTANCE)
    late = prior.log_time_steps(prior.edges(100.0, 4.0), 100.0)
    assert late[-2:] == pytest.approx(np.log([36 / 18, 74 / 36]))


@pytest.mark.parametrize("theta", THETAS)
def test_density_of_the_steps_is_normal_with_the_trend_integrated_out(theta):
    # scipy's multivariate normal of the steps, around those of the mean, but for its power of 2π.
    mean = np.linspace(-7, -5, 9)
    law = multivariate_normal(np.diff(mean), COVARIANCE)
    expected = law.logpdf(np.diff(theta[:9])) + 4 * np.log(2 * np.pi)
    assert hazards.log_steps(theta, mean, DISTANCE, STEP_SD, TREND_SD) == pytest.approx(expected)


def test_drawn_steps_have_the_stated_covariance():
    law = prior.Law(200.0).packed(prior.edges(900.0, 300.0), 900.0)
    state, theta = np.array([1, 2, 3, 4], dtype=np.uint64), np.zeros(10)
    steps = np.empty((40_000, 8))
    for row in steps:
        hazards.draw_hazard(state, DISTANCE, law, theta)
        row[:] = np.diff(theta[:9])
    assert (prior.FLAT.step_sd, prior.FLAT.trend_sd) == (STEP_SD, TREND_SD)
    assert np.abs(np.cov(steps.T) - COVARIANCE).max() < 0.005
    assert np.abs(steps.mean(axis=0)).max() < 0.01
