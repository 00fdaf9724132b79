"""The one band rule, against the exact distribution of order statistics."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy import stats

from blina.endpoint.bands import FEWEST, band, end_limits, held, span


def ends(draws, level):
    """Return how many draws lie below the band, and how many above, of 1 … draws."""
    lower, upper = band(np.arange(1.0, draws + 1), level)
    return int(lower) - 1, draws - int(upper)


def inside(draws, left_out):
    """Return with which probability one more draw lies between order statistics, edges included, exactly."""
    return Fraction(draws + 1 - 2 * (left_out + 1), draws + 1)


@pytest.mark.parametrize("level", [Fraction(1, 2), Fraction(4, 5), Fraction(95, 100), Fraction(99, 100)])
def test_the_band_is_the_narrowest_that_holds_one_more_cohort_often_enough(level):
    for draws in range(1, 1001):
        below, above = ends(draws, float(level))
        assert below == above
        if inside(draws, 0) < level:
            assert below == 0
        else:
            assert inside(draws, below) >= level > inside(draws, below + 1)


def test_every_rank_of_one_more_cohort_counted():
    # All 6! orders of five draws and a sixth: at level 1/3 it must have rank 3 or 4 to lie within.
    held = [
        lower <= values[-1] <= upper
        for values in itertools.permutations(range(6))
        for lower, upper in [band(values[:-1], 1 / 3)]
    ]
    assert Fraction(sum(held), len(held)) == inside(5, 1) == Fraction(1, 3)


@pytest.mark.parametrize("draws", [40, 200, 500])
def test_coverage_is_that_of_the_beta_distribution(draws):
    # The share of a distribution between the k-th smallest and the k-th largest of n draws follows
    # Beta(n + 1 - 2 k, 2 k); its mean is the probability that one more draw lies there.
    below, _ = ends(draws, 0.95)
    share = stats.beta(draws - 1 - 2 * below, 2 * (below + 1))
    assert share.mean() == pytest.approx(float(inside(draws, below)))
    rng = np.random.default_rng(3)
    lower, upper = band(rng.standard_exponential((draws, 4000)))
    covered = np.exp(-lower) - np.exp(-upper)
    assert covered.mean() == pytest.approx(share.mean(), abs=5 * share.std() / math.sqrt(4000))


def test_edges_are_draws_point_by_point_and_may_be_infinite():
    values = np.column_stack([np.arange(200.0), np.repeat([3.0, np.inf], 100)])
    lower, upper = band(values)
    assert lower.tolist() == [4, 3]
    assert upper.tolist() == [195, math.inf]


def test_what_is_unknown_has_no_band_and_nothing_has_none():
    lower, upper = band([[1.0, np.nan], [2.0, 5.0]])
    assert (lower[0], upper[0]) == (1, 2)
    assert np.isnan([lower[1], upper[1]]).all()
    assert np.isnan(band([])).all()
    assert np.isnan(band(np.empty((0, 3)))).all()


def test_a_span_leaves_out_what_is_unknown_and_has_a_middle_of_its_own():
    assert span([3.0, np.inf, 1.0, np.nan, 2.0]) == {
        "lowest": 1, "lower": 1, "middle": 2, "upper": math.inf, "highest": math.inf,
    }  # fmt: skip
    assert span(range(1, 201))["middle"] == 100
    assert all(math.isnan(value) for value in span([]).values())


def below(n, rank, p):
    """Return exactly with which probability fewer than `rank` of n draws lie below the p-quantile."""
    return sum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(rank))


@pytest.mark.parametrize("level", [Fraction(1, 2), Fraction(95, 100)])
def test_limits_of_an_end_are_the_narrowest_exact_ones(level):
    p, tail = (1 - level) / 2, Fraction(25, 1000)
    for n in (1, 20, 39, 146, 150):
        found = end_limits(np.arange(1.0, n + 1), float(level))
        low, high = found["lower_from"], found["lower_to"]
        # A limit that is not there would have to be below all draws, or above them.
        low, high = (0 if math.isnan(low) else int(low)), (n + 1 if math.isnan(high) else int(high))
        assert below(n, low, p) <= tail < below(n, low + 1, p)
        assert (1 - below(n, high, p) if high <= n else 0) <= tail < 1 - below(n, high - 1, p)
        mirrored = [n + 1 - found[end] for end in ("upper_to", "upper_from")]
        assert mirrored == pytest.approx([found["lower_from"], found["lower_to"]], nan_ok=True)


def test_limits_of_an_end_hold_it_as_often_as_they_say():
    draws = np.random.default_rng(8).standard_normal((2000, 200))
    limits = [end_limits(row) for row in draws]
    quantile = stats.norm.ppf(0.025)
    held = np.mean([one["lower_from"] <= quantile <= one["lower_to"] for one in limits])
    # Five standard errors of 2,000 looks.
    ranks = end_limits(np.arange(1.0, 201))
    exact = stats.binom.cdf(ranks["lower_to"] - 1, 200, 0.025) - stats.binom.cdf(
        ranks["lower_from"] - 1, 200, 0.025
    )
    assert exact >= 0.95
    assert held == pytest.approx(exact, abs=5 * math.sqrt(exact * (1 - exact) / 2000))


def test_what_is_unknown_has_no_limits():
    assert all(math.isnan(value) for value in end_limits([1.0, math.nan]).values())
    assert all(math.isnan(value) for value in end_limits([]).values())


def test_a_band_is_called_by_what_it_holds():
    assert inside(FEWEST - 1, 0) < Fraction(95, 100) <= inside(FEWEST, 0)
    assert held(200) == "95% of 200"
    assert held(FEWEST - 1) == "all 38"
