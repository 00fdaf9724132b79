"""Power of the two-group comparison against statsmodels, R and the asymptotic efficiency of the rank test."""

import numpy as np
import pytest
from statsmodels.stats.power import TTestIndPower

from blina.reports.t_cell_kinetics.numbers.calibration import read_calibration
from blina.reports.t_cell_kinetics.numbers.power import (
    SIZES,
    power_sizes,
    power_table,
    rank_sum_p_values,
    rank_sum_power,
    ratio_at_power,
    t_power,
)


@pytest.mark.parametrize("ratio", [1.1, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("spread", [0.3, 0.475, 0.84])
def test_t_power_meets_statsmodels(ratio, spread):
    expected = TTestIndPower().power(
        effect_size=np.log(ratio) / spread, nobs1=10, ratio=2.6, alpha=0.05, alternative="two-sided"
    )
    assert float(t_power(ratio, spread)) == pytest.approx(expected, abs=1e-6)


def test_t_power_meets_r_with_equal_groups():
    # R 4.2.2: power.t.test(n = 12, delta = log(2), sd = .6, strict = TRUE)$power -> 0.771712563
    assert float(t_power(2.0, 0.6, sizes=(12, 12))) == pytest.approx(0.771712563, abs=1e-6)


def test_a_group_too_small_for_a_test_gives_way_to_the_papers_sizes():
    assert power_sizes((0, 36)) == SIZES == (10, 26)
    assert power_sizes((4, 9)) == (4, 9)


def test_power_is_finite_at_extreme_contrasts():
    assert t_power([1.0, 1e6, 1e-6], 0.2) == pytest.approx([0.05, 1.0, 1.0])


def test_rank_sum_on_normal_data_has_its_known_efficiency():
    """Lehmann 1975: on normal data the rank-sum test has the power of a t test with 3/π of the patients."""
    trials, shift = 4000, 1.0
    rng = np.random.default_rng(5)
    values = rng.standard_normal((trials, sum(SIZES)))
    first = np.repeat([True, False], SIZES)
    power = np.mean(rank_sum_p_values(values + shift * first, first) < 0.05)
    efficient = float(t_power(np.exp(shift), 1.0, sizes=tuple(n * 3 / np.pi for n in SIZES)))
    assert power == pytest.approx(efficient, abs=2.5 * 0.5 / np.sqrt(trials))


def test_no_contrast_is_seen_in_five_percent():
    found = rank_sum_power([1.0], read_calibration(), trials=2000, seed=1)[0]
    assert found == pytest.approx(0.05, abs=2.5 * np.sqrt(0.05 * 0.95 / 2000))


def test_table_rises_with_the_contrast_and_is_the_same_again():
    ratios = [1.0, 1.5, 2.0, 4.0]
    table = power_table(read_calibration(), ratios=ratios, trials=300, seed=1)
    assert table.groupby("test")["power"].apply(lambda power: power.is_monotonic_increasing).all()
    assert table.equals(power_table(read_calibration(), ratios=ratios, trials=300, seed=1))
    at_80 = ratio_at_power(table)
    assert np.all((at_80 > 1.5) & (at_80 < 4.0))


# R 4.2.2: p <- function(r, s) { d <- log(r) / (s * sqrt(1/10 + 1/26)); q <- qt(.975, 34)
#            pt(q, 34, d, lower.tail = FALSE) + pt(-q, 34, d) }
#          s <- log(2.03 / 1.07) / (2 * qnorm(.75))
#          uniroot(function(r) p(r, s) - .8, c(1, 5), tol = 1e-12)$root
@pytest.mark.parametrize(("power", "ratio"), [(0.8, 1.66432087877), (0.5, 1.42800779822)])
def test_the_ratio_with_a_power_is_solved_for_and_not_interpolated(power, ratio):
    table = power_table(read_calibration(), ratios=[1.0, 1.5, 2.0, 4.0], trials=100, seed=1)
    assert ratio_at_power(table, power)["t test, spread of day 7's published quartiles"] == pytest.approx(
        ratio, rel=1e-8
    )
