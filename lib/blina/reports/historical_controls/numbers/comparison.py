"""The cohort against each comparator: one-sample log-rank tests, on one cohort and over many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from blina.reports.historical_controls.numbers.comparators import Comparator
from blina.reports.historical_controls.numbers.one_sample import (
    Reference,
    one_sample_logrank,
    over_cohorts,
    reference,
)
from blina.vocabulary import DAYS_PER_MONTH

if TYPE_CHECKING:
    from pseudoipd.cache import Ensemble

TESTS = (
    "key",
    "study",
    "treatment",
    "setting",
    "relation",
    "assumption",
    "observed",
    "expected",
    "ratio",
    "ratio_lower",
    "ratio_upper",
    "p",
)


def compare(
    time: npt.ArrayLike, event: npt.ArrayLike, against: Iterable[Comparator], *, delay: float = 0.0
) -> pd.DataFrame:
    """Test one cohort (`time` in months) against each comparator that can be tested; columns `TESTS`.

    `delay` (months) conditions the comparator on having survived so long, see `Reference.cumulative_hazard`.
    """
    rows = []
    for found in against:
        if found.testable:
            curve = found.reference()
            test = one_sample_logrank(time, event, curve, delay=delay)
            rows.append({**vars(found), **vars(test), "assumption": curve.assumption})
    return pd.DataFrame(rows)[list(TESTS)]


def compare_cohorts(
    days: npt.ArrayLike, event: npt.ArrayLike, against: Iterable[Comparator], *, delay: float = 0.0
) -> pd.DataFrame:
    """Test every cohort of an ensemble: key, draw, observed, expected, ratio, p.

    `days` and `event` are draws × patients; a negative day is a patient without the endpoint.
    """
    months = np.asarray(days, dtype=float) / DAYS_PER_MONTH
    frames = []
    for found in against:
        if found.testable:
            observed, expected, p = over_cohorts(months, event, found.reference(), delay=delay)
            frames.append(
                pd.DataFrame(
                    {
                        "key": found.key,
                        "draw": np.arange(len(observed)),
                        "observed": observed,
                        "expected": expected,
                        "ratio": observed / expected,
                        "p": p,
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def over_ensemble(
    tests: pd.DataFrame, cohorts: Ensemble | None, against: Iterable[Comparator], *, delay: float = 0.0
) -> pd.DataFrame:
    """Add the smallest and largest O/E and the largest P over an ensemble (NaN without one)."""
    if cohorts is None:
        return tests.assign(lowest_ratio=np.nan, highest_ratio=np.nan, largest_p=np.nan)
    return with_spans(tests, compare_cohorts(cohorts.time["OS"], cohorts.event["OS"], against, delay=delay))


def with_spans(tests: pd.DataFrame, drawn: pd.DataFrame) -> pd.DataFrame:
    """Add lowest_ratio, highest_ratio and largest_p of `compare_cohorts` to the tests of one cohort."""
    grouped = drawn.groupby("key")
    spans = pd.DataFrame(
        {
            "lowest_ratio": grouped["ratio"].min(),
            "highest_ratio": grouped["ratio"].max(),
            "largest_p": grouped["p"].max(),
        }
    )
    return tests.merge(spans, left_on="key", right_index=True, how="left")


def reference_curve(found: Comparator, horizon: float, *, delay: float = 0.0) -> pd.DataFrame:
    """Return month and survival of the comparator's function, from study entry on, up to `horizon` months."""
    months = np.linspace(0.0, horizon, 241)
    return pd.DataFrame(
        {"month": months, "survival": np.exp(-found.reference().cumulative_hazard(months, delay))}
    )


def sensitivity(
    time: npt.ArrayLike, event: npt.ArrayLike, found: Comparator, *, delay: float = 0.0
) -> pd.DataFrame:
    """Test the cohort against one comparator under other assumptions: assumption, and the test.

    Follow-up cut at 12 and at 24 months (a survival function made from a median is least trustworthy far
    beyond it), the comparator's clock three months further ahead, exponential curves in place of the mixture.
    """
    t, e = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    curve = found.reference()
    variants: dict[str, tuple[Reference, float, float]] = {"as above": (curve, np.inf, delay)}
    variants |= {f"follow-up cut at {cut:g} months": (curve, cut, delay) for cut in (12.0, 24.0)}
    variants["patients counted three months later after relapse"] = (curve, np.inf, delay + 3.0)
    if curve.cured > 0.0:
        variants["exponential through the median alone"] = (reference(median=found.median), np.inf, delay)
        through = reference(rate_percent=found.rate, at_months=found.at)
        variants["exponential through the rate alone"] = (through, np.inf, delay)
    rows = []
    for name, (against, cut, shift) in variants.items():
        test = one_sample_logrank(np.minimum(t, cut), e & (t <= cut), against, delay=shift)
        rows.append({"assumption": name, **vars(test)})
    return pd.DataFrame(rows).drop(columns="chi2")
