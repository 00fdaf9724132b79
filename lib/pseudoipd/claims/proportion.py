"""A count of patients as a share: percentage and exact limits."""

from __future__ import annotations


def clopper_pearson(count: int, n: int, conf_level: float = 0.95) -> tuple[float, float]:
    """Return the exact limits of a proportion, as proportions (Clopper and Pearson, Biometrika 1934).

    With n = 0 nothing is known: (0, 1). Raises ValueError unless 0 ≤ count ≤ n and 0 < conf_level < 1.
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
    """Return a count as a percentage; NaN of nobody."""
    return 100 * count / n if n else float("nan")


def shown_percent(count: int, n: int) -> str:
    """Return a share as papers print it, `13%` for 1 of 8: halves go up; `–` of nobody."""
    return f"{int(100 * count / n + 0.5)}%" if n else "–"


def response_statistic(statistic: str, count: int, n: int) -> float:
    """Return what a claim on `count` of `n` patients prints: count, percent, percent_lower or percent_upper.

    Limits are the exact 95 % limits, in %. A share of nobody is NaN.
    """
    if statistic == "count":
        return float(count)
    if statistic == "percent" or not n:
        return percent(count, n)
    lower, upper = clopper_pearson(count, n)
    return 100 * (lower if statistic == "percent_lower" else upper)
