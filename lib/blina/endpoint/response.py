"""Response: counts, percentages and exact limits of every category in every population."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blina.vocabulary import (
    CATEGORIES,
    CATEGORY_LABELS,
    LONG_TERM_MONTHS,
    POPULATION_LABELS,
    POPULATIONS,
    RESULT_COLUMNS,
    columns,
    member,
)
from pseudoipd.claims.proportion import clopper_pearson, percent, shown_percent
from pseudoipd.survival import reached

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from blina.adam import Tables
    from pseudoipd.claims import Claim

TABLE_COLUMNS = (
    "mrd_responder_os_ge_30",
    "mrd_responder_os_lt_30",
    "mrd_responder",
    "mrd_non_responder",
)
"""Columns of the published table, left to right."""

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
_PHRASES = {
    "cr_or_crh": "reached CR or CRh as best response",
    "mrd_response": "had an MRD response",
    "allohct": "went on to an allogeneic transplantation",
    "long_term_survivor": "were long-term survivors",
}


def count(adsl: pd.DataFrame, category: str, population: str = "all") -> tuple[int, int]:
    """Return how many of a population are in a category, and how many the population holds."""
    inside = member(adsl, POPULATIONS[population])
    return int((inside & member(adsl, CATEGORIES[category])).sum()), int(inside.sum())


def missing_columns(adsl: pd.DataFrame, category: str, population: str = "all") -> tuple[str, ...]:
    """Return the ADSL columns that this count needs and the table lacks."""
    needed = dict.fromkeys((*columns(POPULATIONS[population]), *columns(CATEGORIES[category])))
    return tuple(name for name in needed if name not in adsl)


def rates(
    adsl: pd.DataFrame,
    categories: Iterable[str],
    populations: Iterable[str] = ("all",),
    conf_level: float = 0.95,
) -> pd.DataFrame:
    """Return one row per category and population: count, n, percent and its exact limits (all in %)."""
    rows = []
    populations = tuple(populations)
    for category in categories:
        for population in populations:
            k, n = count(adsl, category, population)
            lower, upper = clopper_pearson(k, n, conf_level)
            rows.append((category, population, k, n, percent(k, n), 100 * lower, 100 * upper))
    frame = pd.DataFrame(rows, columns=["category", "population", "count", "n", "percent", "lower", "upper"])
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


def with_long_term(
    adsl: pd.DataFrame, patients: ArrayLike, os_months: ArrayLike, threshold: float = LONG_TERM_MONTHS
) -> pd.DataFrame:
    """Return ADSL with LTSFL set by overall survival of at least `threshold` months.

    `patients` are the USUBJIDs that `os_months` (months, event or censoring) belong to. A patient who was
    last seen before the threshold is not counted as a long-term survivor, as in the paper; one without
    overall survival has an empty flag.
    """
    months = pd.Series(np.asarray(os_months, dtype=float), index=pd.Index(np.asarray(patients)))
    observed = adsl["USUBJID"].map(months)
    flag = np.where(reached(observed, threshold), "Y", "N")
    return adsl.assign(LTSFL=np.where(observed.isna(), "", flag))


def at_threshold(tables: Tables, threshold: float = LONG_TERM_MONTHS) -> pd.DataFrame:
    """Return ADSL of `tables` with long-term survival judged at `threshold` months."""
    os = tables.endpoint("OS")
    return with_long_term(tables.adsl, os.USUBJID, os.time_months, threshold)


def available(adsl: pd.DataFrame, categories: Iterable[str]) -> tuple[str, ...]:
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


def in_words(rates: pd.DataFrame, conf_level: float) -> str:
    """Return the rates as sentences: count, percentage, exact limits."""
    parts = [
        f"**{row['count']} of {row['n']} ({shown_percent(row['count'], row['n'])})** "
        f"{_PHRASES[row['category']]} ({row['lower']:.0f}–{row['upper']:.0f}%)"
        for row in rates.to_dict("records")
        if row["category"] in _PHRASES
    ]
    if not parts:
        return "The tables have none of the columns that response is counted from."
    return (
        f"{'; '.join(parts)}. In brackets the exact {100 * conf_level:g} % limits: what shares in the "
        "population would be compatible with so few patients."
    )


def agreement(table: pd.DataFrame, rates: pd.DataFrame, claims: Iterable[Claim], kind: str = "yours") -> str:
    """Return in words how many of the printed counts and percentages these rates reproduce.

    Of reconstructed data, by their `kind`, it is said that they were made to.
    """
    found = {(row["category"], row["population"]): row for row in (*_records(table), *_records(rates))}
    compared, agree = 0, 0
    for claim in claims:
        name = {
            "count": "count",
            "percent": "percent",
            "percent_lower": "lower",
            "percent_upper": "upper",
        }.get(claim.statistic)
        row = found.get((claim.category, claim.population))
        if name and row:
            compared += 1
            agree += claim.interval.contains(float(row[name]))
    if not compared:
        return "No printed number stands beside these rates."
    words = (
        f"**{agree} of {compared}** printed counts, percentages and limits agree with those computed here."
    )
    made = " The reconstructed patients were made to agree with them: this is a check, and no evidence."
    return words + (made if kind == "reconstructed" else "")


def threshold_note(threshold: float, kind: str) -> str:
    """Return what has to be said of a threshold that the paper does not use; nothing at its own."""
    if threshold == LONG_TERM_MONTHS or kind != "reconstructed":
        return ""
    return (
        f" The paper divides the MRD responders at {LONG_TERM_MONTHS:g} months. How many of each row lived "
        f"{threshold:g} months is not printed: these two columns are those of one reconstructed cohort "
        "among many."
    )


def reading(rates: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Return the rates for reading: what, count, percentage with limits, and the same as printed."""
    beside = {row["category"]: _with_limits(row, "value") for row in _records(printed)}
    return pd.DataFrame(
        {
            "Patients with": rates["category_label"],
            "Number": [f"{k} of {n}" for k, n in zip(rates["count"], rates["n"], strict=True)],
            "Percent (limits)": [_with_limits(row, "percent") for row in _records(rates)],
            "Printed": [beside.get(name, "–") for name in rates["category"]],
        }
    )


def _with_limits(row: Mapping[str, Any], name: str) -> str:
    if np.isnan(row["lower"]):
        return f"{row[name]:.0f}"
    return f"{row[name]:.0f} ({row['lower']:.0f}–{row['upper']:.0f})"


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def results(analyses: Mapping[str, pd.DataFrame], claims: Iterable[Claim] = ()) -> pd.DataFrame:
    """Return rates, by name of the analysis, as tidy results; a printed number has the id of its claim."""
    ids = {(c.category, c.population, c.statistic): c.id for c in claims}
    rows = []
    for analysis, rates in analyses.items():
        for rate in _records(rates):
            for name, (column, unit) in _RESULTS.items():
                claim = ids.get((rate["category"], rate["population"], name), "")
                statistic = f"{rate['category']} {name}"
                rows.append((analysis, rate["population"], statistic, float(rate[column]), unit, claim))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
