"""A count of patients as a share: percentage and exact limits."""

from __future__ import annotations

import functools


@functools.cache
def clopper_pearson(count: int, n: int, conf_level: float = 0.95) -> tuple[float, float]:
    """Return the exact limits of a proportion, as proportions.

    Lower: the p with P(X ≥ count) = α/2, the quantile α/2 of Beta(count, n - count + 1); upper: the p with
    P(X ≤ count) = α/2, the quantile 1 - α/2 of Beta(count + 1, n - count). 0 and 1 at the ends; with n = 0
    nothing is known: (0, 1). Raises ValueError unless 0 ≤ count ≤ n and 0 < conf_level < 1.

    Reference: Clopper and Pearson, Biometrika 1934;26:404.
    Example: R 4.2.2: binom.test(2, 10)$conf.int is 0.02521072633 0.55609546231

    >>> [round(limit, 9) for limit in clopper_pearson(2, 10)]
    [0.025210726, 0.556095462]
    """
    from scipy.stats import beta

    if not 0 <= count <= n:
        raise ValueError(f"count must lie between 0 and n = {n}, not {count}")
    if not 0 < conf_level < 1:
        raise ValueError(f"conf_level must lie between 0 and 1, not {conf_level}")
    tail = (1 - conf_level) / 2
    lower = 0.0 if count == 0 else float(beta.ppf(tail, count, n - count + 1))
    upper = 1.0 if count == n else float(beta.ppf(1 - tail, count + 1, n - count))
    return lower, upper


def percent(count: int, n: int) -> float:
    """Return a count as a percentage, 100 · count / n; NaN of nobody.

    Example: by hand.

    >>> percent(2, 16)
    12.5
    """
    return 100 * count / n if n else float("nan")


def response_statistic(statistic: str, count: int, n: int, conf_level: float = 0.95) -> float:
    """Return what a claim on `count` of `n` patients prints: count, percent, percent_lower or percent_upper.

    Limits are the exact ones, in %. A share of nobody is NaN.

    Example: R 4.2.2: binom.test(2, 10)$conf.int, times 100

    >>> [round(response_statistic(name, 2, 10), 4) for name in ("count", "percent", "percent_upper")]
    [2.0, 20.0, 55.6095]
    """
    if statistic == "count":
        return float(count)
    if statistic == "percent" or not n:
        return percent(count, n)
    lower, upper = clopper_pearson(count, n, conf_level)
    return 100 * (lower if statistic == "percent_lower" else upper)
