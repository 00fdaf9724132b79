"""Relapse-free survival in both populations that the sources leave open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from blina import ensemble
from blina.adam import Endpoint
from blina.endpoint.allowed import allowed, changed
from blina.endpoint.numbers import EndpointReport, endpoint_report
from blina.endpoint.options import Options
from blina.endpoint.tables import months, percent, reader_table, results
from blina.endpoint.words import caption as curve_caption
from blina.facts import assumptions as default_assumptions
from blina.vocabulary import DAYS_PER_MONTH

if TYPE_CHECKING:
    from blina.adam import Tables
    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

POPULATION_NAMES = {"cr_crh": "CR or CRh", "mrd_responder": "MRD responders"}
SWITCHES = ("rfs_population", "rfs_origin")


def other_population(population: str) -> str:
    """Return the population that was not chosen."""
    return next(name for name in POPULATION_NAMES if name != population)


def rfs_report(
    tables: Tables,
    claims: tuple[Claim, ...],
    assumptions: Mapping[str, str],
    options: Options,
    draws: int,
    seed: int,
) -> EndpointReport:
    """Return the report on relapse-free survival under the assumptions given.

    The checked-in cohort was made for the default population and origin; under another the first cohort
    of the ensemble is drawn in its place. A user's own data are taken as they are: whoever has the endpoint.
    """
    if tables.kind != "reconstructed":
        return endpoint_report(tables.endpoint("RFS"), tables.kind, claims, options)

    def load(draws: int, seed: int) -> Ensemble | None:
        return ensemble.load(claims, assumptions, draws, seed) if draws else None

    found = allowed(load, assumptions, draws, seed)
    endpoint = tables.endpoint("RFS")
    if not _as_checked_in(assumptions):
        endpoint = first_cohort(found.ensemble or _default_cohorts(claims, assumptions, seed))
    return endpoint_report(endpoint, tables.kind, claims, options, found.ensemble, found.note)


def _as_checked_in(assumptions: Mapping[str, str]) -> bool:
    return not set(changed(assumptions)) & set(SWITCHES)


def _default_cohorts(claims: tuple[Claim, ...], assumptions: Mapping[str, str], seed: int) -> Ensemble:
    """Return a cohort with the population chosen, but otherwise under the default assumptions."""
    switched = {**default_assumptions(), **{name: assumptions[name] for name in SWITCHES}}
    return ensemble.load(claims, switched, 1, seed)


def first_cohort(drawn: Ensemble) -> Endpoint:
    """Return relapse-free survival of the ensemble's first cohort as an endpoint."""
    days = drawn.time["RFS"][0]
    there = days >= 0
    return Endpoint(
        role="RFS",
        paramcd="RFS",
        label="Relapse-free survival",
        unit="days",
        USUBJID=np.array(drawn.subjects)[there],
        days=days[there].astype(float),
        time_months=days[there] / DAYS_PER_MONTH,
        event=drawn.event["RFS"][0][there],
        arm=None,
        arms=(),
    )


def both_populations(
    chosen: EndpointReport,
    tables: Tables,
    claims: tuple[Claim, ...],
    assumptions: Mapping[str, str],
    draws: int,
    seed: int,
) -> dict[str, EndpointReport] | None:
    """Return the reports on both populations by name, the chosen one first; None for a user's own data."""
    if tables.kind != "reconstructed":
        return None
    population = assumptions["rfs_population"]
    other = other_population(population)
    second = rfs_report(tables, claims, {**assumptions, "rfs_population": other}, chosen.options, draws, seed)
    return {POPULATION_NAMES[population]: chosen, POPULATION_NAMES[other]: second}


def population_table(reports: Mapping[str, EndpointReport]) -> pd.DataFrame:
    """Return the reader's tables of several reports side by side: what is printed once, then each one's."""
    tables = [reader_table(report) for report in reports.values()]
    shown = tables[0][["", "Printed"]] if "Printed" in tables[0] else tables[0][[""]]
    columns = ["Here", *[name for name in tables[0].columns if name.endswith(" cohorts")]]
    sides = [
        table.set_index("")[columns].add_prefix(f"{name}: ")
        for name, table in zip(reports, tables, strict=True)
    ]
    return pd.concat([shown.set_index(""), *sides], axis=1).reset_index()


def population_data(reports: Mapping[str, EndpointReport]) -> pd.DataFrame:
    """Return the summaries of several reports as one tidy table."""
    frames = [report.summary.assign(population=name) for name, report in reports.items()]
    return pd.concat(frames, ignore_index=True)


def population_results(reports: Mapping[str, EndpointReport]) -> pd.DataFrame:
    """Return the numbers of several reports as result rows.

    A claim belongs to the first report, the chosen population, only; there it is about all who have the
    endpoint.
    """
    first, *others = reports.items()
    frames = [results(first[1])]
    frames += [results(report).assign(population=name, claim="") for name, report in others]
    return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)


def both_words(reports: Mapping[str, EndpointReport]) -> str:
    """Return what changes between the populations."""
    parts = [
        f"{name}: median {months(report.value('median'))} months, last event at "
        f"{months(report.value('plateau_from'))} months, {_end(report)} at the end"
        for name, report in reports.items()
    ]
    return (
        f"{'; '.join(parts)}. Cohorts that meet every printed number exist for either population, so the "
        "printed numbers do not say which one the paper used."
    )


def both_alt(reports: Mapping[str, EndpointReport]) -> str:
    """Describe the picture of both populations."""
    parts = [
        f"{name}: {report.value('n'):.0f} patients, half without relapse until "
        f"{months(report.value('median'))} months, {_end(report)} at the end."
        for name, report in reports.items()
    ]
    return f"Two Kaplan-Meier curves of relapse-free survival. {' '.join(parts)}"


def caption(report: EndpointReport, assumptions: Mapping[str, str]) -> str:
    """Return the caption of the chosen population's picture."""
    if report.kind != "reconstructed":
        return f"Whoever has the endpoint is counted. {curve_caption(report)}"
    name = POPULATION_NAMES[assumptions["rfs_population"]]
    start = {"start": "the start of treatment", "response": "the day of response"}
    return (
        f"Patients in the population “{name}”, from {start[assumptions['rfs_origin']]}. "
        f"{curve_caption(report)}"
    )


def _end(report: EndpointReport) -> str:
    return percent(100 * float(report.curve["survival"].iloc[-1]))
