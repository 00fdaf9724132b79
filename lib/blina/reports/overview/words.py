"""The overview in words: the answer, tables for reading, the list of reports, alt text and captions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from blina import formats
from blina.endpoint.bands import held
from blina.endpoint.by_response import ResponseReport
from blina.endpoint.calibration import clause
from blina.endpoint.numbers import EndpointReport
from blina.endpoint.summary import ALL
from blina.endpoint.words import ALLOWED
from blina.facts import read_exhibits
from blina.reports.overview.numbers import key_claims, names
from blina.scorecard.numbers import checkable, reproduced
from blina.scorecard.words import as_printed, in_words, ours

CAPTIONS = {
    "key_numbers": "The numbers that a reader of the publication looks for first",
    "fixed_times": "Survival at fixed times, and restricted mean survival time",
}
bookkeeping = in_words
_RELAPSE_FREE = "long_term_survivors_relapse_free"
_FIVE = {
    "mrd_response_percent": ("%", "MRD response, printed"),
    "os_median": (" months", "median OS, printed"),
    "rfs_median": (" months", "median RFS, printed"),
    "long_term_survivors_count": ("", "lived ≥ 30 months, printed"),
    _RELAPSE_FREE: ("", "of these free of relapse, printed"),
}
_METHODS = {
    "09_reconstruction": "how cohorts are drawn from the printed numbers, and what these leave open",
    "10_validation": "the method on trials whose patients are public",
    "11_scorecard": "every printed number, ours beside it; each on survival left out once",
}


def finding(card: pd.DataFrame) -> str:
    """Return what the paper found, as Markdown, in 40 words at most; of other claims, how many agree."""
    shown = _printed(card)
    wanted = ("patients", "long_term_survivors_count", "long_term_survivors_mrd_response", _RELAPSE_FREE)
    if not set(wanted) <= set(shown):
        good, numbers = reproduced(card)
        if not numbers:
            return "No printed numbers were given to compare these patients with."
        return f"{formats.of(good, numbers, 'number')} of the claims agree with these patients."
    patients, survivors, responders, free = (shown[name][0] for name in wanted)
    who = "all of them MRD responders" if responders == survivors else f"{responders} of them MRD responders"
    return (
        f"Of {patients} adults with relapsed or refractory ALL, {survivors} lived 30 months or longer, "
        f"{who}, {free} free of relapse. Long survival went with MRD response; there was no control group."
    )


def key_numbers(card: pd.DataFrame, reports: Mapping[str, EndpointReport]) -> list[tuple[str, str]]:
    """Return the five numbers of the paper that are set large: printed, and ours beside what each is.

    Of no claims the medians of these patients are.
    """
    if card.empty:
        return [
            (formats.with_unit(report.value("median", ALL), "months"), f"median {report.title.lower()}")
            for report in reports.values()
        ]
    shown = _printed(card)
    return [
        (f"{shown[name][0]}{unit}", f"{what}; here {shown[name][1]}{unit if unit == '%' else ''}")
        for name, (unit, what) in _FIVE.items()
        if name in shown
    ]


def _printed(card: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return of each claim, by its id, what is printed and what these patients give in as many digits."""
    return {
        row["id"]: (row["printed"], as_printed(row["ours"], row["printed"], row["shown"]))
        for row in card.to_dict("records")
    }


def key_table(card: pd.DataFrame) -> pd.DataFrame | None:
    """Return the key claims for reading: printed, ours, and which report treats each; None of no claims."""
    if card.empty:
        return None
    rows = key_claims(card).fillna({"report": "–"})
    rows["ours"] = [ours(row) for row in rows.to_dict("records")]
    heads = {"what": "Number", "printed": "Printed", "ours": "Ours", "unit": "Unit", "verdict": "Verdict"}
    return rows.rename(columns=heads | {"report": "Report"})[[*heads.values(), "Report"]]


def fixed_times_table(fixed: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.fixed_times` for reading, with ranges where cohorts were drawn."""
    frame = pd.DataFrame([_row(row) for row in fixed.to_dict("records")])
    alike = len(frame) > 0 and frame["Population"].nunique() == 1
    return frame.drop(columns="Population") if alike else frame


def _row(row: Mapping[Any, Any]) -> dict[str, str]:
    what = "survival at" if row["statistic"] == "survival" else "mean time up to"
    shown = {
        "Time": f"{row['endpoint']}, {what} {row['at']:g} months",
        "Population": "All patients" if row["population"] == "all" else str(row["population"]),
        "These patients": formats.with_unit(row["value"], row["unit"]),
    }
    ranges = {f"{held(row['draws'])} cohorts drawn": ("lower", "upper"), ALLOWED: ("least", "largest")}
    spans = {name: formats.between(row[low], row[high], row["unit"]) for name, (low, high) in ranges.items()}
    return shown | (spans if row["draws"] else {})


def openness(reports: Mapping[str, EndpointReport]) -> str:
    """Return in words what the ranges over the ensemble mean; without an ensemble, that there are none."""
    drawn = max((report.draws for report in reports.values()), default=0)
    if not drawn:
        return "Without reconstructed cohorts to compare with there are no ranges."
    return (
        "Survival at fixed times was not printed. Beside these patients stand the range of most of "
        f"{drawn} cohorts drawn, each of which agrees with the printed numbers, and what print allows at "
        "least: the extremes of all cohorts known to agree, those searched for among them. For the mean of a "
        "cohort drawn, a curve whose follow-up ends earlier is carried on flat."
    )


def directory(card: pd.DataFrame) -> str:
    """Return a Markdown list of all reports: link, what each reproduces, how many numbers agree.

    Of no claims nothing is reproduced, and nothing said.
    """
    if card.empty:
        return ""
    titles = names()
    about: dict[str, list[str]] = {name: [] for name in titles}
    for exhibit in read_exhibits().values():
        if exhibit.notebook in about:
            about[exhibit.notebook].append(f"{_small(exhibit.title)}{_agreeing(card, exhibit.id)}")
    described = {name: "; ".join(parts) or _METHODS.get(name, "") for name, parts in about.items()}
    return "\n".join(
        f"- [{titles[name]}]({name}.ipynb)" + (f": {words}" if words else "")
        for name, words in described.items()
    )


def _agreeing(card: pd.DataFrame, exhibit: str) -> str:
    part = card[card["exhibit"] == exhibit]
    return f" ({formats.of(*reproduced(part), 'number')})" if len(checkable(part)) else ""


def _small(title: str) -> str:
    """Return a title for use within a sentence: small first letter, but for abbreviations."""
    return title if title[1:2].isupper() or title[1:2] == "-" else title[:1].lower() + title[1:]


def curves_alt(reports: Mapping[str, EndpointReport], response: ResponseReport | None) -> str:
    """Say in words what the small curves show."""
    parts = [
        f"{report.title} with a median of {formats.with_unit(median, 'months')}"
        if math.isfinite(median := report.value("median", ALL))
        else f"{report.title} with a median that is not reached"
        for report in reports.values()
    ]
    if response is not None:
        parts.append("overall survival of patients with and without an MRD response so far")
    return f"Small survival curves side by side: {'; '.join(parts)}."


def curves_caption(reports: Mapping[str, EndpointReport]) -> str:
    """Say what the marks of the small curves mean, where there are any."""
    parts = ["Kaplan-Meier curves."]
    if draws := max((report.draws for report in reports.values()), default=0):
        parts.append(f"The gray band holds, at each month, {held(draws)} reconstructed cohorts.")
        parts.append(clause("OS"))
    if any((report.marks["statistic"] == "median").any() for report in reports.values()):
        parts.append("Diamonds are printed medians.")
    return " ".join(parts)
