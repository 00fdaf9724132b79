"""Relapse-free survival in words: as of any endpoint, and what changes between the populations."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from blina.endpoint import words
from blina.endpoint.numbers import EndpointReport
from blina.endpoint.words import answer as answer
from blina.endpoint.words import arms as arms
from blina.endpoint.words import arms_caption as arms_caption
from blina.endpoint.words import arms_table as arms_table
from blina.endpoint.words import certainty as certainty
from blina.endpoint.words import curve_alt as curve_alt
from blina.endpoint.words import finding as finding
from blina.endpoint.words import key_numbers as key_numbers
from blina.endpoint.words import steps_caption as steps_caption
from blina.endpoint.words import steps_table as steps_table
from blina.endpoint.words import summary_caption as summary_caption
from blina.endpoint.words import summary_table as summary_table
from blina.formats import count, months, share
from blina.reports.relapse_free_survival.numbers import POPULATION_NAMES

CAPTIONS = {
    "rfs_populations": "One reconstructed cohort for each population; both meet every printed number.",
    "rfs_by_population": "Relapse-free survival in either population",
}


def population_table(reports: Mapping[str, EndpointReport]) -> pd.DataFrame | None:
    """Return the reader's tables of several reports side by side: what is printed once, then each one's."""
    if not reports:
        return None
    tables = [words.summary_table(report) for report in reports.values()]
    first = [name for name in (words.FIRST, "Printed") if name in tables[0]]
    # The extremes over all cohorts stand in the table above, of the population that was chosen.
    columns = ["Here", *[n for n in map(str, tables[0]) if n.endswith(" cohorts") and n != "All cohorts"]]
    heads = [("", name) for name in first] + [(name, column) for name in reports for column in columns]
    wide = pd.concat([tables[0][first], *(table[columns] for table in tables)], axis=1)
    return wide.set_axis(pd.MultiIndex.from_tuples(heads), axis=1).set_axis([""] * len(wide), axis=0)


def populations(reports: Mapping[str, EndpointReport]) -> str:
    """Return what changes between the populations."""
    if not reports:
        return "Your data say who has the endpoint; there is no second population to choose."
    parts = [
        f"{name}: median {months(report.value('median'))} months, last event at "
        f"{months(report.value('plateau_from'))} months, {_end(report)} at the end"
        for name, report in reports.items()
    ]
    return (
        f"{'; '.join(parts)}. Cohorts that meet every printed number exist for either population, so the "
        "printed numbers do not say which one the paper used."
    )


def populations_alt(reports: Mapping[str, EndpointReport]) -> str:
    """Describe the picture of both populations."""
    parts = [
        f"{name}: {count(report.value('n'))} patients, half without relapse until "
        f"{months(report.value('median'))} months, {_end(report)} at the end."
        for name, report in reports.items()
    ]
    return f"Two Kaplan-Meier curves of relapse-free survival. {' '.join(parts)}"


def curve_caption(report: EndpointReport, assumptions: Mapping[str, str]) -> str:
    """Return the caption of the chosen population's picture."""
    if report.kind != "reconstructed":
        return f"Whoever has the endpoint is counted. {words.curve_caption(report)}"
    name = POPULATION_NAMES[assumptions["rfs_population"]]
    start = {"start": "the start of treatment", "response": "the day of response"}
    return (
        f"Patients in the population “{name}”, from {start[assumptions['rfs_origin']]}. "
        f"{words.curve_caption(report)}"
    )


def _end(report: EndpointReport) -> str:
    return share(float(report.curve["survival"].iloc[-1]))
