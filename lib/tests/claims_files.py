"""Small claims for tests: one tuple per claim."""

from pseudoipd.claims import Claim


def claims(*rows):
    """Turn (endpoint, statistic, printed[, at[, population[, category]]]) into claims statistic_0, …"""
    return tuple(claim(number, *row) for number, row in enumerate(rows))


def claim(number, endpoint, statistic, printed, at=None, population="all", category=""):
    """Return one claim without exhibit, source and quote."""
    name = f"{statistic}_{number}"
    return Claim(name, "x", endpoint, statistic, category, population, at, printed, "", "s", "q")
