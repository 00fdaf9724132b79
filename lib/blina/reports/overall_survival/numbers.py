"""Overall survival: in these patients, and over the cohorts that the printed numbers allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from blina.endpoint.allowed import allowed
from blina.endpoint.bounds import witnesses_of
from blina.endpoint.numbers import EndpointReport, endpoint_report
from blina.endpoint.numbers import results as results
from blina.endpoint.options import options

if TYPE_CHECKING:
    from blina.page import TrialPage


def overall_survival(page: TrialPage, draws: int, seed: int) -> EndpointReport:
    """Return the report on overall survival under the page's parameters and assumptions."""
    cohorts = allowed(page.ensemble, page.assumptions, draws, seed)
    choices = options(page.parameters, page.assumptions)
    endpoint = page.tables.endpoint("OS")
    witnesses = witnesses_of(page.claims, page.assumptions) if cohorts.ensemble is not None else None
    return endpoint_report(
        endpoint, page.kind, page.claims, choices, cohorts.ensemble, cohorts.note, witnesses
    )


def explored(page: TrialPage) -> tuple[EndpointReport]:
    """Return the report without cohorts, for which a reader who turns a parameter would have to wait."""
    return (overall_survival(page, 0, 1),)
