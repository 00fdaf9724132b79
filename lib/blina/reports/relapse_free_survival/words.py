"""Relapse-free survival in words: as of any endpoint, and what changes between the populations."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from blina.endpoint import words
from blina.endpoint.bands import held
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
from blina.formats import between, count, limits, months, share
from blina.reports.relapse_free_survival.numbers import POPULATION_NAMES

CAPTIONS = {
    "rfs_populations": "One reconstructed cohort for each population.",
    "rfs_by_population": "Relapse-free survival in either population",
    "incidence": "Cumulative incidence of relapse and of death in remission (Aalen-Johansen)",
}
_CAUSES = {"relapse": "Relapse", "death": "Death in remission"}


def population_table(reports: Mapping[str, EndpointReport]) -> pd.DataFrame | None:
    """Return the reader's tables of several reports side by side: what is printed once, then each one's."""
    if not reports:
        return None
    tables = [words.summary_table(report) for report in reports.values()]
    first = [name for name in (words.FIRST, "Printed") if name in tables[0]]
    # What print allows stands in the table above, of the population that was chosen.
    columns = ["Here", *[name for name in map(str, tables[0]) if name.endswith(" cohorts drawn")]]
    heads = [("", name) for name in first] + [(name, column) for name in reports for column in columns]
    wide = pd.concat([tables[0][first], *(table[columns] for table in tables)], axis=1)
    return wide.set_axis(pd.MultiIndex.from_tuples(heads), axis=1).set_axis([""] * len(wide), axis=0)


def incidence_table(found: pd.DataFrame) -> pd.DataFrame | None:
    """Return `numbers.incidences` for reading, a row a cause; None where the two are not told apart."""
    if found.empty:
        return None
    rows = []
    for cause, part in found.groupby("cause", sort=False):
        row = {"Event": _CAUSES[str(cause)]}
        for one in part.to_dict("records"):
            events = math.isnan(one["at"])
            unit = "events" if events else "%"
            head = "Patients" if events else f"By month {one['at']:g}"
            row[head] = limits(one["value"], one["lower"], one["upper"], unit)
        rows.append(row)
    return pd.DataFrame(rows)


def incidence(found: pd.DataFrame) -> str:
    """Return what the incidences are, and how open they are."""
    if found.empty:
        return "The tables do not say which events are relapses and which deaths in remission."
    if found["lower"].isna().all():
        return "Each event counts for its own kind; the other kind ends the risk of it (Aalen-Johansen)."
    return (
        "**How the events divide is open**: in brackets what the cohorts drawn show, which rests on the "
        "model more than on print."
    )


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


def split(found: pd.DataFrame) -> str:
    """Return how far the printed numbers tell relapse from death in remission: not far."""
    if found.empty:
        return ""
    row = found.iloc[0]
    allowed, events = (
        between(row[f"{name}_least"], row[f"{name}_largest"], "patients") for name in ("relapses", "events")
    )
    # No more can relapse than have the event.
    more = " and perhaps more" if row["relapses_largest"] < row["events_largest"] else ""
    drawn = between(row["relapses_lower"], row["relapses_upper"], "patients")
    return (
        f"Print allows {allowed} relapses{more} among the {events} events; "
        f"{held(int(row['draws']))} cohorts drawn have {drawn}. Read literally, *relapse-free 0 of 15* makes "
        "all of them relapses; read as *in remission when last seen*, the default here, deaths after a "
        "transplant may be among them (`data/published/assumptions.csv`, rows `relapse_free` and "
        "`death_after_relapse`)."
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
