"""Relapse-free survival in both populations that the sources leave open."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina import ensemble
from blina.adam import Endpoint
from blina.endpoint import competing, numbers
from blina.endpoint.allowed import Cohorts, allowed, changed
from blina.endpoint.bands import extremes, span
from blina.endpoint.bounds import witnesses_of
from blina.endpoint.numbers import EndpointReport, endpoint_report
from blina.endpoint.options import options
from blina.facts import assumptions as default_assumptions
from blina.vocabulary import DAYS_PER_MONTH
from pseudoipd.model.possible import relapsed

if TYPE_CHECKING:
    from blina.page import TrialPage
    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

POPULATION_NAMES = {"cr_crh": "CR or CRh", "mrd_responder": "MRD responders"}
SWITCHES = ("rfs_population", "rfs_origin", "rfs_censoring", "remission_day")


def relapse_free_survival(
    page: TrialPage, draws: int, seed: int, assumptions: Mapping[str, str] | None = None
) -> EndpointReport:
    """Return the report on relapse-free survival under the page's assumptions, or those given.

    The checked-in cohort was made for the default population and origin; under another the first cohort
    of the ensemble is drawn in its place. A user's own data are taken as they are: whoever has the endpoint.
    """
    chosen = page.assumptions if assumptions is None else assumptions
    choices, endpoint = options(page.parameters, page.assumptions), page.tables.endpoint("RFS")
    if page.kind != "reconstructed":
        return endpoint_report(endpoint, page.kind, page.claims, choices)

    found = _cohorts(page.claims, tuple(chosen.items()), draws, seed)
    if set(changed(chosen)) & set(SWITCHES):
        endpoint = first_cohort(found.ensemble or _default_cohorts(page.claims, chosen, seed))
    witnesses = witnesses_of(page.claims, chosen) if found.ensemble is not None else None
    return endpoint_report(endpoint, page.kind, page.claims, choices, found.ensemble, found.note, witnesses)


@functools.cache
def _cohorts(
    claims: tuple[Claim, ...], assumptions: tuple[tuple[str, str], ...], draws: int, seed: int
) -> Cohorts:
    """Return the cohorts allowed, once for both questions: that there are none may take a minute to find."""
    chosen = dict(assumptions)

    def load(draws: int, seed: int) -> Ensemble | None:
        return ensemble.load(claims, chosen, draws, seed) if draws else None

    return allowed(load, chosen, draws, seed)


def explored(page: TrialPage) -> tuple[EndpointReport, Mapping[str, str]]:
    """Return the report without cohorts, for which a reader would have to wait, and its assumptions."""
    return relapse_free_survival(page, 0, 1), page.assumptions


def incidences(page: TrialPage, draws: int, seed: int) -> pd.DataFrame:
    """Return how many relapsed and how many died in remission, as `competing.incidences`.

    Of reconstructed patients with the range over the cohorts drawn; nothing where the tables do not tell the
    two apart, or under assumptions for which another cohort is drawn in place of the tables.
    """
    here = competing.of_tables(page.tables)
    if page.kind != "reconstructed":
        return competing.incidences(here, [])
    cohorts = _cohorts(page.claims, tuple(page.assumptions.items()), draws, seed).ensemble
    drawn = [] if cohorts is None else competing.of_draws(cohorts)
    if set(changed(page.assumptions)) & set(SWITCHES):
        here = drawn[0] if drawn else None
    return competing.incidences(here, drawn)


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
    page: TrialPage, chosen: EndpointReport, draws: int, seed: int
) -> dict[str, EndpointReport]:
    """Return the reports on both populations by name, the chosen one first; none of a user's own data."""
    if page.kind != "reconstructed":
        return {}
    population = page.assumptions["rfs_population"]
    (other,) = (name for name in POPULATION_NAMES if name != population)
    second = relapse_free_survival(page, draws, seed, {**page.assumptions, "rfs_population": other})
    return {POPULATION_NAMES[population]: chosen, POPULATION_NAMES[other]: second}


def population_data(reports: Mapping[str, EndpointReport]) -> pd.DataFrame | None:
    """Return the summaries of several reports as one tidy table; None of none."""
    frames = [report.summary.assign(population=name) for name, report in reports.items()]
    return pd.concat(frames, ignore_index=True) if frames else None


def split(page: TrialPage, draws: int, seed: int) -> pd.DataFrame:
    """Return how many of the events are relapses in the cohorts drawn, and in those that print allows.

    One row, or none without cohorts: draws, events and relapses (each lower, middle, upper, least, largest).
    """
    found = None
    if draws and page.kind == "reconstructed":
        found = allowed(
            lambda number, start: ensemble.load(page.claims, page.assumptions, number, start),
            page.assumptions, draws, seed,
        ).ensemble  # fmt: skip
    if found is None:
        return pd.DataFrame()
    witnesses = witnesses_of(page.claims, page.assumptions)
    row: dict[str, float] = {"draws": len(found)}
    for name, count in (("relapses", relapsed), ("events", _events)):
        values = count(found).sum(axis=1).astype(float)
        beyond = [] if witnesses is None else count(witnesses).sum(axis=1).astype(float)
        known = span(values) | extremes(values, beyond)
        row |= {f"{name}_{end}": known[end] for end in ("lower", "middle", "upper", "least", "largest")}
    return pd.DataFrame([row])


def _events(drawn: Ensemble) -> NDArray[np.bool_]:
    return np.asarray(drawn.event["RFS"] & (drawn.time["RFS"] >= 0))


def results(chosen: EndpointReport, both: Mapping[str, EndpointReport]) -> pd.DataFrame:
    """Return the numbers of the chosen population, and those of the other, as result rows.

    A claim belongs to the chosen population only; there it is about all who have the endpoint.
    """
    frames = [numbers.results(chosen)]
    frames += [
        numbers.results(report).assign(population=name, claim="")
        for name, report in both.items()
        if report is not chosen
    ]
    return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)
