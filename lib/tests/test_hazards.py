"""The prior of the hazard in compiled form, against the normal law that its module states."""

import numpy as np
import pytest
from blina.reconstruct import hazards, prior
from scipy.stats import multivariate_normal

STEP_SD, TREND_SD = 0.3, 0.2
# By hand from the pieces: their middles, as shares of the horizon, the last piece ending there.
MIDDLES = (0.02, 0.07, 0.14, 0.23, 0.35, 0.51, 0.70, 0.90)
DISTANCE = np.diff(np.log(MIDDLES))
COVARIANCE = STEP_SD**2 * np.eye(7) + TREND_SD**2 * np.outer(DISTANCE, DISTANCE)
THETAS = np.random.default_rng(3).normal(-6, 0.8, (6, 9))


def test_distances_are_those_of_the_middles():
    assert pytest.approx(DISTANCE) == prior.LOG_TIME_STEPS


@pytest.mark.parametrize("theta", THETAS)
def test_density_of_the_steps_is_normal_with_the_trend_integrated_out(theta):
    # scipy's multivariate normal, up to its constant: its value at no steps at all.
    law = multivariate_normal(np.zeros(7), COVARIANCE)
    expected = law.logpdf(np.diff(theta[:8])) - law.logpdf(np.zeros(7))
    assert hazards.log_steps(theta, STEP_SD, TREND_SD) == pytest.approx(expected)


def test_drawn_steps_have_the_stated_covariance():
    hyper = prior.Hyperprior(centre=200, relapse_centre=200, longest=900)
    state, theta = np.array([1, 2, 3, 4], dtype=np.uint64), np.zeros(9)
    steps = np.empty((40_000, 7))
    for row in steps:
        hazards.draw_hazard(state, -6.0, hyper.packed(), theta)
        row[:] = np.diff(theta[:8])
    assert (hyper.step_sd, hyper.trend_sd) == (STEP_SD, TREND_SD)
    assert np.abs(np.cov(steps.T) - COVARIANCE).max() < 0.004
    assert np.abs(steps.mean(axis=0)).max() < 0.01
