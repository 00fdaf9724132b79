"""Which conclusions on response and survival hold in every cohort that the printed numbers allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.endpoint.by_response import LandmarkReport, ResponseReport
from blina.endpoint.over_draws import span
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.survival.limits import normal_quantile
from pseudoipd.transitions import landmark_of_draws, mantel_byar_of_draws, naive_logrank_of_draws

if TYPE_CHECKING:
    from pseudoipd.cache import Ensemble

FloatArray = NDArray[np.float64]
Found = dict[str, FloatArray]


def compared_in_draws(ensemble: Ensemble | None, at_months: float, tie: str) -> dict[str, Found] | None:
    """Return the tests of every draw: `naive`, `mantel_byar` (with the Cox fit) and `landmark`.

    None without an ensemble.
    """
    if ensemble is None:
        return None
    time, event = ensemble.time["OS"], ensemble.event["OS"]
    day = np.asarray(ensemble.columns["MRDRDY"], dtype=np.float64)
    response = np.where(day < 0, np.inf, day)
    return {
        "naive": naive_logrank_of_draws(time, event, day >= 0),
        "mantel_byar": mantel_byar_of_draws(time, event, response, tie=tie),
        "landmark": landmark_of_draws(time, event, response, at_months * DAYS_PER_MONTH),
    }


def count(drawn: dict[str, Found] | None) -> int:
    """Return the number of draws, 0 without an ensemble."""
    return 0 if drawn is None else len(drawn["naive"]["p"])


def sweep_of_draws(ensemble: Ensemble | None, months: FloatArray) -> pd.DataFrame | None:
    """Return per landmark (months) the range of the hazard ratio over the draws, and the share with P < .05.

    Columns landmark, lower, middle, upper (95 % of the draws), significant (share; draws without a test
    do not count as significant). None without an ensemble.
    """
    if ensemble is None:
        return None
    time, event = ensemble.time["OS"], ensemble.event["OS"]
    day = np.asarray(ensemble.columns["MRDRDY"], dtype=np.float64)
    response = np.where(day < 0, np.inf, day)
    rows = []
    for month in months:
        found = landmark_of_draws(time, event, response, month * DAYS_PER_MONTH)
        rows.append(
            {"landmark": month}
            | span(np.exp(found["coef"]))
            | {"significant": float((found["p"] < 0.05).mean())}
        )
    return pd.DataFrame(rows)


def ranges(report: ResponseReport, at: LandmarkReport, drawn: dict[str, Found] | None) -> pd.DataFrame:
    """Return every number of the comparison with its range over the draws.

    Columns analysis, statistic, value, lowest, lower, middle, upper, highest (nan without draws).
    """
    rows = [
        (name, statistic, getattr(test, statistic), _of(drawn, name, statistic))
        for name, test in (("naive", report.naive), ("mantel_byar", report.mantel_byar))
        for statistic in ("observed", "expected", "variance", "chi2", "p")
    ]
    rows += [
        ("landmark", "left_out", at.at.left_out, _of(drawn, "landmark", "left_out")),
        ("landmark", "chi2", at.at.chi2, _of(drawn, "landmark", "chi2")),
        ("landmark", "p", at.at.p, _of(drawn, "landmark", "p")),
    ]
    for name, cox, source in (("cox", report.cox, "mantel_byar"), ("landmark", at.at, "landmark")):
        low, middle, high = _hazard_ratios(drawn, source, report.options.conf_level)
        rows += [
            (name, "hazard_ratio", cox.hazard_ratio, middle),
            (name, "lower", cox.lower, low),
            (name, "upper", cox.upper, high),
        ]
    return pd.DataFrame(
        [{"analysis": a, "statistic": s, "value": float(v)} | span(values) for a, s, v, values in rows]
    )


def _of(drawn: dict[str, Found] | None, name: str, statistic: str) -> FloatArray:
    return np.array([]) if drawn is None else drawn[name][statistic]


def _hazard_ratios(
    drawn: dict[str, Found] | None, name: str, conf_level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return lower limit, estimate and upper limit of the hazard ratio of every draw."""
    if drawn is None:
        return np.array([]), np.array([]), np.array([])
    coef, se = drawn[name]["coef"], drawn[name]["se"]
    known = np.isfinite(se)
    width = normal_quantile(conf_level) * np.where(known, se, 0.0)
    center = np.where(known, coef, 0.0)
    lower = np.where(known, np.exp(center - width), 0.0)
    upper = np.where(known, np.exp(center + width), np.inf)
    return lower, np.exp(coef), upper


def conclusions(report: ResponseReport, at: LandmarkReport, drawn: dict[str, Found] | None) -> pd.DataFrame:
    """Return what one would conclude, whether it holds here, and in which share of the draws.

    Columns conclusion, here (bool), share (nan without draws).
    """
    _, _, upper = _hazard_ratios(drawn, "mantel_byar", report.options.conf_level)
    mark = f"{at.at.at:g} months"
    level = report.options.percent
    mb, naive = report.mantel_byar, report.naive
    tests: list[tuple[str, bool, FloatArray | NDArray[np.bool_]]] = [
        (
            "Fewer deaths in response than expected (observed < expected)",
            mb.observed < mb.expected,
            _of(drawn, "mantel_byar", "observed") < _of(drawn, "mantel_byar", "expected"),
        ),
        ("Mantel-Byar P below .05", mb.p < 0.05, _of(drawn, "mantel_byar", "p") < 0.05),
        (f"Time-dependent Cox: upper {level} limit below 1", report.cox.upper < 1, upper < 1),
        (f"Landmark at {mark}: P below .05", at.at.p < 0.05, _of(drawn, "landmark", "p") < 0.05),
        ("Comparison from day 0: P below .05", naive.p < 0.05, _of(drawn, "naive", "p") < 0.05),
        (
            "Comparison from day 0 gives a smaller P than Mantel-Byar",
            naive.p < mb.p,
            _of(drawn, "naive", "p") < _of(drawn, "mantel_byar", "p"),
        ),
    ]
    return pd.DataFrame(
        [
            {"conclusion": words, "here": bool(here), "share": np.mean(held) if len(held) else np.nan}
            for words, here, held in tests
        ]
    )
