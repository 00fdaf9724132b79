"""Statistics over an ensemble against the same statistics one cohort at a time, which R has checked."""

import numpy as np
import pytest

from pseudoipd import survival
from pseudoipd.survival import draws as batch


@pytest.fixture(scope="module", params=["ties", "no ties", "some absent"])
def cohorts(request):
    """Return 60 cohorts of 25: days and deaths."""
    rng = np.random.default_rng(7)
    high = 30 if request.param == "ties" else 100_000
    time = rng.integers(0 if request.param == "ties" else 1, high, (60, 25))
    event = rng.random((60, 25)) < rng.uniform(0.2, 1, (60, 1))
    if request.param == "some absent":
        time = np.where(rng.random((60, 25)) < 0.3, -1, time)
        event &= rng.random((60, 25)) < 0.9
    return time, event


def one_by_one(cohorts, statistic):
    return [statistic(time[time >= 0], event[time >= 0]) for time, event in zip(*cohorts, strict=True)]


@pytest.mark.parametrize("p", [0.25, 0.5, 0.8])
def test_quantiles(cohorts, p):
    expected = one_by_one(cohorts, lambda t, e: survival.quantile(survival.kaplan_meier(t, e), p))
    assert batch.quantiles(batch.curves(*cohorts), p) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("conf_type", survival.CONF_TYPES)
def test_limits(cohorts, conf_type):
    drawn = batch.curves(*cohorts)
    expected = one_by_one(
        cohorts, lambda t, e: survival.quantile_limits(survival.kaplan_meier(t, e), 0.5, conf_type)
    )
    found = np.transpose(batch.quantile_limits_of_draws(drawn, 0.5, conf_type))
    assert found == pytest.approx(np.array(expected), rel=1e-9)


def test_curves_follow_up_and_rmst(cohorts):
    drawn = batch.curves(*cohorts)
    grid = [0, 3, 10, 40_000]
    expected = one_by_one(cohorts, lambda t, e: survival.survival_at(survival.kaplan_meier(t, e), grid))
    assert batch.survival_on_grid(drawn, grid) == pytest.approx(np.array(expected), rel=1e-9, abs=1e-12)
    followup = batch.quantiles(batch.reverse_curves(*cohorts))
    assert followup == pytest.approx(one_by_one(cohorts, survival.median_followup), rel=1e-9)
    expected = one_by_one(cohorts, lambda t, e: survival.rmst(survival.kaplan_meier(t, e), 20)[0])
    assert batch.rmst_of_draws(drawn, 20) == pytest.approx(expected, rel=1e-9)
