"""How large a true contrast two small groups can show: power of a test over the ratio of expansion."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, stats

from blina.reports.t_cell_kinetics.numbers.calibration import Calibration, read_calibration
from blina.reports.t_cell_kinetics.numbers.simulation import DAYS, contrast_shift, simulate
from blina.reports.t_cell_kinetics.numbers.summaries import INFUSION_DAYS, average_fold, counts_of

if TYPE_CHECKING:
    from blina.page import TrialPage

Floats = npt.NDArray[np.float64]

SIZES = (10, 26)
"""Patients with OS ≥ 30 months, and the others."""
RATIOS = np.geomspace(1.0, 5.0, 33)
"""True ratios of expansion at which power is drawn."""
QUARTILES, SIMULATED, RANKS = (
    "t test, spread of day 7's published quartiles",
    "t test, spread of the simulation",
    "Wilcoxon test, simulated trials",
)
"""The tests of the power curve: two in closed form, one counted."""
_DURING = DAYS <= INFUSION_DAYS


def power_sizes(sizes: tuple[int, int]) -> tuple[int, int]:
    """Return the sizes to compute power for: the data's, or the paper's where a group is too small."""
    return sizes if min(sizes) >= 2 else SIZES


def t_power(
    ratio: npt.ArrayLike, spread: float, sizes: tuple[int, int] = SIZES, alpha: float = 0.05
) -> Floats:
    """Return the power of the two-sided t test on the log scale, for log-normal folds with log SD `spread`.

    P(|T| > t₁₋α/₂) for T noncentral t on n₁ + n₂ - 2 degrees of freedom (Student, equal variances),
    noncentrality log(ratio) / (spread √(1/n₁ + 1/n₂)). Any shape of `ratio`.

    Reference: R's power.t.test with strict = TRUE.
    Example: R 4.2.2: power.t.test(n = 12, delta = log(2), sd = .6, strict = TRUE)$power is 0.771712563

    >>> round(float(t_power(2.0, 0.6, sizes=(12, 12))), 6)
    0.771713
    """
    first, second = sizes
    degrees = first + second - 2
    shift = np.log(np.asarray(ratio, dtype=float)) / (spread * np.sqrt(1.0 / first + 1.0 / second))
    limit = stats.t.ppf(1.0 - alpha / 2.0, degrees)
    # The chance of significance in the wrong direction underflows to NaN where it is below 1e-30.
    wrong = np.nan_to_num(stats.nct.cdf(-limit, degrees, shift))
    return np.asarray(stats.nct.sf(limit, degrees, shift) + wrong)


def rank_sum_power(
    ratios: npt.ArrayLike,
    calibration: Calibration,
    *,
    trials: int,
    seed: int,
    sizes: tuple[int, int] = SIZES,
    alpha: float = 0.05,
) -> Floats:
    """Return the share of simulated trials whose Wilcoxon p on the cycle-1 average fold is below `alpha`.

    Every ratio is tried on the same draws, so the curve rises smoothly; its Monte Carlo error is at most
    0.5 / √trials. The test is the normal approximation with continuity correction.
    """
    long_term = np.repeat([True, False], sizes)
    even = _even_folds(long_term, calibration, trials, seed)
    shares = [
        np.mean(rank_sum_p_values(_average_folds(even, long_term, ratio), long_term) < alpha)
        for ratio in np.asarray(ratios, dtype=float)
    ]
    return np.array(shares)


def _even_folds(long_term: npt.NDArray[np.bool_], calibration: Calibration, trials: int, seed: int) -> Floats:
    """Return folds over baseline without a contrast, trials × patients × days of the first infusion."""
    rng = np.random.default_rng(seed)
    counts = simulate(long_term, calibration, expansion_ratio=1.0, rng=rng, repeats=trials)
    return np.asarray(counts.t_cells[..., _DURING] / counts.t_cells[..., :1])


def _average_folds(even: Floats, long_term: npt.NDArray[np.bool_], ratio: float) -> Floats:
    """Return the cycle-1 average fold over baseline, trials × patients, with a true contrast.

    The contrast multiplies the folds of each day, the draws being the same whatever it is.
    """
    factor = np.exp(contrast_shift(long_term, float(ratio))[..., _DURING])
    return average_fold(DAYS[_DURING], even * factor)


def rank_sum_p_values(values: Floats, first: npt.NDArray[np.bool_]) -> Floats:
    """Return Wilcoxon's two-sided p of each row of `values`, `first` marking one group's columns.

    Normal approximation of the rank sum with continuity correction: [trials, patients] to [trials].

    Reference: Mann and Whitney, Ann Math Stat 1947;18:50.
    Example: R 4.2.2: wilcox.test(c(1, 2, 5), c(3, 4, 6, 7), exact = FALSE)$p.value is 0.2159249389

    >>> rank_sum_p_values(np.array([[1.0, 2, 5, 3, 4, 6, 7]]), np.arange(7) < 3).round(9).tolist()
    [0.215924939]
    """
    result = stats.mannwhitneyu(
        values[:, first], values[:, ~first], alternative="two-sided", method="asymptotic", axis=1
    )
    return np.asarray(result.pvalue)


def log_spread(calibration: Calibration, *, seed: int, patients: int = 20000) -> float:
    """Return the log SD between patients of the simulated cycle-1 average fold, without any contrast."""
    nobody = np.zeros(patients, dtype=bool)
    folds = average_fold(DAYS[_DURING], _even_folds(nobody, calibration, 1, seed))
    return float(np.std(np.log(folds)))


def power_table(
    calibration: Calibration,
    *,
    trials: int,
    seed: int,
    sizes: tuple[int, int] = SIZES,
    ratios: npt.ArrayLike = RATIOS,
) -> pd.DataFrame:
    """Return the tidy table behind the power curve: test, spread, ratio, power.

    The t test is given for the log SD of the published quartiles of day 7, and for the whole simulated
    spread, which the few patients with low baselines widen; Wilcoxon's test for the simulation itself.
    """
    grid = np.asarray(ratios, dtype=float)
    published, whole = calibration.fold_spread, log_spread(calibration, seed=seed)
    simulated = rank_sum_power(grid, calibration, trials=trials, seed=seed, sizes=sizes)
    curves = [
        (QUARTILES, published, t_power(grid, published, sizes)),
        (SIMULATED, whole, t_power(grid, whole, sizes)),
        (RANKS, whole, simulated),
    ]
    frames = [
        pd.DataFrame({"test": test, "spread": spread, "ratio": grid, "power": power})
        for test, spread, power in curves
    ]
    return pd.concat(frames, ignore_index=True)


def ratio_at_power(table: pd.DataFrame, power: float = 0.8, sizes: tuple[int, int] = SIZES) -> pd.Series:
    """Return per test the smallest ratio with the given power (NaN: not within the curve).

    That of a t test is solved for in closed form; that of simulated trials is read off the curve.

    Example: by hand, .8 lies halfway between .7 at 2 and .9 at 3. R 4.2.2, with q <- qt(.975, 34) and
    d <- log(r) / (.6 * sqrt(1/10 + 1/26)): uniroot(function(r) pt(q, 34, d, lower.tail = FALSE) +
    pt(-q, 34, d) - .8, c(1, 5), tol = 1e-12)$root is 1.90382363

    >>> curve = pd.DataFrame({"test": RANKS, "spread": 0.6, "ratio": [1.0, 2, 3], "power": [0.05, 0.7, 0.9]})
    >>> ratio_at_power(curve).round(9).tolist(), ratio_at_power(curve, 0.95).tolist()
    ([2.5], [nan])
    >>> ratio_at_power(curve.assign(test=QUARTILES)).round(6).tolist()
    [1.903824]
    """
    reached = {
        test: _solved(curve, power, sizes) if test != RANKS else _read_off(curve, power)
        for test, curve in table.groupby("test", sort=False)
    }
    return pd.Series(reached, name="ratio")


def _read_off(curve: pd.DataFrame, power: float) -> float:
    enough = curve["power"].to_numpy().max() >= power
    return float(np.interp(power, curve["power"], curve["ratio"])) if enough else float("nan")


def _solved(curve: pd.DataFrame, power: float, sizes: tuple[int, int]) -> float:
    spread, most = float(curve["spread"].iloc[0]), float(curve["ratio"].max())

    def short(ratio: float) -> float:
        return float(t_power(ratio, spread, sizes)) - power

    return float(optimize.brentq(short, 1.0, most, xtol=1e-10)) if short(most) >= 0 else float("nan")


def explored(page: TrialPage) -> tuple[pd.DataFrame, pd.Series, float, tuple[int, int]]:
    """Return the power curve, where it reaches 80 %, the ratio that a page simulates, and the sizes."""
    trials, seed = int(page.parameters["trials"]), int(page.parameters["seed"])
    counts = counts_of(page.tables, seed=seed, expansion_ratio=float(page.parameters["expansion_ratio"]))
    sizes = power_sizes(counts.sizes)
    table = _once(trials, seed, sizes)
    return table, ratio_at_power(table, sizes=sizes), counts.ratio, sizes


@lru_cache(maxsize=4)
def _once(trials: int, seed: int, sizes: tuple[int, int]) -> pd.DataFrame:
    """Return the power curve, which the ratio of the simulation does not move."""
    return power_table(read_calibration(), trials=trials, seed=seed, sizes=sizes)
