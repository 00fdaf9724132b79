"""The published table and the rates: counts, percentages, exact limits, and what is printed of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blina.endpoint.response import at_threshold as at_threshold
from blina.endpoint.response import count, missing_columns, unknown
from blina.vocabulary import (
    CATEGORIES,
    CATEGORY_LABELS,
    LONG_TERM_MONTHS,
    POPULATION_LABELS,
    POPULATIONS,
    columns,
)
from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims.proportion import clopper_pearson, percent
from pseudoipd.survival import reached

if TYPE_CHECKING:
    from blina.adam import Tables
    from blina.page import TrialPage
    from pseudoipd.claims import Claim

TABLE_COLUMNS = (
    "mrd_responder_os_ge_30",
    "mrd_responder_os_lt_30",
    "mrd_responder",
    "mrd_non_responder",
)
"""Columns of the published table, left to right."""

APART = ("mrd_responder_os_ge_30", "mrd_responder_os_lt_30", "mrd_non_responder")
"""Those of its columns that share no patient."""

TABLE_ROWS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "Best response": ("cr", "crh", "hypocellular", "partial_remission"),
        "Follow-up treatment": ("allohct_after_cr_crh", "allohct_after_hypocellular", "retreated"),
        "Relapse": ("relapse_free", "relapse_free_blinatumomab_only", "relapse_free_allohct"),
    }
)
"""Rows of the published table by the words of its heading."""

PRIMARY_RATES = ("cr_or_crh_2_cycles", "cr_2_cycles", "crh_2_cycles")
"""Rates that the primary analysis printed with exact limits: response within two cycles."""

BEST_RESPONSE_RATES = ("cr_or_crh", "cr", "crh", "mrd_response", "allohct", "long_term_survivor")
"""Rates of the whole cohort, by best response, that the follow-up report prints without limits."""

ALL_RATES = BEST_RESPONSE_RATES + PRIMARY_RATES

_RESULTS = {
    "count": ("count", "patients"),
    "percent": ("percent", "%"),
    "percent_lower": ("lower", "%"),
    "percent_upper": ("upper", "%"),
}
"""Statistic of a claim: column of the rates, and unit."""

_COUNTED = ("count", "n", "unknown", "unknown_members")


def rates(
    adsl: pd.DataFrame,
    categories: Iterable[str],
    populations: Iterable[str] = ("all",),
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Return one row per category and population: count, n, percent and its exact limits (all in %).

    `unknown` are members of whom the tables do not say whether they are in the category, `unknown_members`
    patients who may be members; with any of the former there is no percentage, with either no limits.
    """
    rows = []
    populations = tuple(populations)
    for category in categories:
        for population in populations:
            k, n = count(adsl, category, population)
            of, members = unknown(adsl, category, population)
            limits = (np.nan, np.nan) if of or members else clopper_pearson(k, n, conf_level)
            share = np.nan if of else percent(k, n)
            rows.append((category, population, k, n, of, members, share, *(100 * end for end in limits)))
    frame = pd.DataFrame(rows, columns=["category", "population", *_COUNTED, "percent", "lower", "upper"])
    frame.insert(1, "category_label", frame["category"].map(CATEGORY_LABELS))
    frame.insert(3, "population_label", frame["population"].map(POPULATION_LABELS))
    return frame


def response_table(
    adsl: pd.DataFrame, conf_level: float = 0.95, threshold: float = LONG_TERM_MONTHS
) -> pd.DataFrame:
    """Return the published table in long form, in printed order: `section`, then the columns of `rates`.

    `threshold` is that of `at_threshold`, in months, for the names of the populations.
    """
    parts = [
        rates(adsl, categories, TABLE_COLUMNS, conf_level).assign(section=section)
        for section, categories in TABLE_ROWS.items()
    ]
    table = pd.concat(parts, ignore_index=True)
    table["population_label"] = table["population_label"].str.replace("30 months", f"{threshold:g} months")
    return table[["section", *(name for name in table if name != "section")]]


def explored(page: TrialPage) -> tuple[pd.DataFrame]:
    """Return the published table under the parameters of a page."""
    threshold, level = float(page.parameters["long_term_months"]), float(page.parameters["conf_level"])
    return (response_table(at_threshold(page.tables, threshold), level, threshold),)


def observed_rates(tables: Tables, threshold: float, conf_level: float = 0.95) -> pd.DataFrame:
    """Return the `rates` of all patients that the tables hold.

    Long-term survivors have no limits once anyone was last seen alive before `threshold` (months): the count
    of those seen is then no count of those who lived so long, and its limits none of that probability.
    """
    adsl, os = at_threshold(tables, threshold), tables.endpoint("OS")
    found = rates(adsl, available(adsl), conf_level=conf_level)
    if (~os.event & ~reached(os.time_months, threshold)).any():
        found.loc[found["category"] == "long_term_survivor", ["lower", "upper"]] = math.nan
    return found


def late_non_responders(adsl: pd.DataFrame) -> int:
    """Return how many MRD non-responders are, or may be, long-term survivors: none, in the paper."""
    return (
        count(adsl, "long_term_survivor", "mrd_non_responder")[0]
        + unknown(adsl, "long_term_survivor", "mrd_non_responder")[0]
    )


def unknown_survivors(adsl: pd.DataFrame) -> int:
    """Return of how many patients it is unknown whether they are long-term survivors."""
    return unknown(adsl, "long_term_survivor")[0]


def available(adsl: pd.DataFrame, categories: Iterable[str] = ALL_RATES) -> tuple[str, ...]:
    """Return those of the categories that the table has the columns for."""
    return tuple(name for name in categories if not missing_columns(adsl, name))


def printed_rates(claims: Iterable[Claim], population: str = "all") -> pd.DataFrame:
    """Return the printed percentages of a population: category, value, lower, upper (NaN if not printed)."""
    found: dict[str, dict[str, float]] = {}
    for claim in claims:
        if claim.population == population and claim.statistic.startswith("percent"):
            found.setdefault(claim.category, {})[claim.statistic] = claim.value
    rows = [
        (name, x["percent"], x.get("percent_lower"), x.get("percent_upper"))
        for name, x in found.items()
        if "percent" in x
    ]
    return pd.DataFrame(rows, columns=["category", "value", "lower", "upper"]).astype(
        {"value": float, "lower": float, "upper": float}
    )


def comparable(
    claims: Iterable[Claim], threshold: float = LONG_TERM_MONTHS, conf_level: float = 0.95
) -> tuple[Claim, ...]:
    """Return the claims that may stand beside rates made with `threshold` and `conf_level`.

    What is printed on long-term survivors holds for 30 months, and printed limits are 95 % limits.
    """
    return tuple(
        claim
        for claim in claims
        if (threshold == LONG_TERM_MONTHS or "LTSFL" not in _columns_of(claim))
        and (conf_level == 0.95 or not claim.statistic.startswith("percent_"))
    )


def _columns_of(claim: Claim) -> tuple[str, ...]:
    category = CATEGORIES.get(claim.category, {})
    return (*columns(POPULATIONS[claim.population]), *columns(category))


def agreeing(frames: Iterable[pd.DataFrame], claims: Iterable[Claim]) -> tuple[int, int]:
    """Return how many of the printed numbers the rates of `frames` have, and of how many.

    A claim about a category and population of which there is no rate does not count.
    """
    found = {
        (row["category"], row["population"]): row for frame in frames for row in frame.to_dict("records")
    }
    agree = [
        claim.interval.contains(float(row[_RESULTS[claim.statistic][0]]))
        for claim in claims
        if claim.statistic in _RESULTS
        and (row := found.get((claim.category, claim.population)))
        and not row["unknown"]
    ]
    return sum(agree), len(agree)


def results(analyses: Mapping[str, pd.DataFrame], claims: Iterable[Claim] = ()) -> pd.DataFrame:
    """Return rates, by name of the analysis, as tidy results; a printed number has the id of its claim.

    A count that some of whom the category is unknown would raise is no number: nan.
    """
    ids = {(c.category, c.population, c.statistic): c.id for c in claims}
    rows = [
        (analysis, rate["population"], f"{rate['category']} {name}",
         np.nan if rate["unknown"] else float(rate[column]), unit,
         ids.get((rate["category"], rate["population"], name), ""))
        for analysis, rates in analyses.items()
        for rate in rates.to_dict("records")
        for name, (column, unit) in _RESULTS.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
