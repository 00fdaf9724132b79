"""The paper on one page: key numbers printed and ours, what is left open, where each exhibit is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from blina.endpoint.by_response import response_report, trial_cohort
from blina.endpoint.numbers import endpoint_report
from blina.endpoint.tables import between, with_unit
from blina.facts import read_exhibits
from blina.scorecard.numbers import QUALITATIVE, REPRODUCED
from blina_base import project
from nbreports.plan.parameters import headline, read_notebook

if TYPE_CHECKING:
    from blina.adam import Tables
    from blina.endpoint.by_response import ResponseReport
    from blina.endpoint.numbers import EndpointReport
    from blina.endpoint.options import Options
    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

KEY_CLAIMS = (
    "patients",
    "primary_cr_or_crh_percent",
    "cr_count",
    "crh_count",
    "mrd_response_count",
    "mrd_response_percent",
    "os_median",
    "os_median_lower",
    "os_median_upper",
    "os_followup_median",
    "os_plateau_from",
    "rfs_median",
    "rfs_plateau_from_news",
    "mantel_byar_p",
    "long_term_survivors_count",
    "long_term_survivors_mrd_response",
    "long_term_survivors_relapse_free",
    "long_term_survivors_allohct",
)
"""The claims that a reader looks for first, in the order of the paper's story."""

_METHODS = {
    "09_reconstruction": "how cohorts are drawn from the printed numbers, and what these leave open",
    "10_validation": "the method on trials whose patients are public, and each printed number left out once",
    "11_scorecard": "every printed number, ours beside it",
}
_MOST_KEYS = 20


def names() -> dict[str, str]:
    """Return the title of every report by its file name, this overview left out."""
    found = {}
    for notebook in sorted(project.notebooks().glob("[0-9]*.ipynb")):
        found[notebook.stem], _ = headline(read_notebook(notebook))
    return {name: title for name, title in found.items() if name != "00_overview"}


def survival_reports(
    tables: Tables, claims: tuple[Claim, ...], options: Options, cohorts: Ensemble | None
) -> dict[str, EndpointReport]:
    """Return the report of each endpoint that the tables have, OS first."""
    return {
        role: endpoint_report(tables.endpoint(role), tables.kind, claims, options, cohorts)
        for role in ("OS", "RFS")
        if role in tables.roles
    }


def by_response(tables: Tables, options: Options, tie: str) -> ResponseReport | None:
    """Return overall survival by current MRD response; None where the tables do not say when it came."""
    adsl = tables.adsl
    if "OS" not in tables.roles or not {"MRDRESP", "MRDRDY"} <= set(adsl.columns):
        return None
    responders = adsl["MRDRESP"] == "Y"
    if not responders.any() or adsl.loc[responders, "MRDRDY"].isna().any():
        return None
    return response_report(trial_cohort(tables, tables.endpoint("OS")), options, tie)


def key_numbers(card: pd.DataFrame) -> pd.DataFrame:
    """Return the key claims of the scorecard for reading, with the report that treats each.

    A card without them (a claims file of the user's own) gives its first numeric claims.
    """
    numbers = card[card["verdict"] != QUALITATIVE].set_index("id", drop=False)
    chosen = [name for name in KEY_CLAIMS if name in numbers.index] or list(numbers.index[:_MOST_KEYS])
    rows = numbers.loc[chosen]
    notebooks, titles = {name: exhibit.notebook for name, exhibit in read_exhibits().items()}, names()
    return pd.DataFrame(
        {
            "Number": rows["what"],
            "Printed": rows["printed"],
            "Ours": rows["shown"],
            "Unit": rows["unit"],
            "Verdict": rows["verdict"],
            "Report": [titles.get(notebooks.get(name, ""), "–") for name in rows["exhibit"]],
        }
    ).reset_index(drop=True)


def key_caption(card: pd.DataFrame) -> str:
    """Say what `key_numbers` holds."""
    if card.empty:
        return "No printed numbers were given for these patients"
    return "The numbers that a reader of the publication looks for first"


def at_fixed_times(reports: Mapping[str, EndpointReport]) -> pd.DataFrame:
    """Return survival at fixed times: in these patients and, with an ensemble, over all drawn cohorts."""
    rows = [
        _row(role, report, row)
        for role, report in reports.items()
        for row in report.summary[report.summary["statistic"].isin(["survival", "rmst"])].to_dict("records")
    ]
    frame = pd.DataFrame(rows)
    alike = ["Population"] if len(frame) and frame["Population"].nunique() == 1 else []
    drawn = any(report.draws for report in reports.values())
    return frame.drop(columns=alike + ([] if drawn else list(_RANGES)))


_RANGES = {"95 % of the cohorts": ("lower", "upper"), "All cohorts": ("lowest", "highest")}


def _row(role: str, report: EndpointReport, row: Mapping[Any, Any]) -> dict[str, str]:
    what = "survival at" if row["statistic"] == "survival" else "mean time up to"
    return {
        "Time": f"{report.own_name or role}, {what} {row['at']:g} months",
        "Population": "All patients" if row["population"] == "all" else str(row["population"]),
        "These patients": with_unit(row["value"], row["unit"]),
        **{name: between(row[low], row[high], row["unit"]) for name, (low, high) in _RANGES.items()},
    }


def openness(reports: Mapping[str, EndpointReport]) -> str:
    """Return in words what the ranges over the ensemble mean; without an ensemble, that there are none."""
    drawn = max((report.draws for report in reports.values()), default=0)
    if not drawn:
        return "Without reconstructed cohorts to compare with there are no ranges."
    return (
        "Survival at fixed times was not printed. The printed numbers confine it all the same: the range is "
        f"that over {drawn} reconstructed cohorts, each of which agrees with every printed number."
    )


def directory(card: pd.DataFrame) -> str:
    """Return a Markdown list of all reports: link, what each reproduces, and how many numbers agree."""
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
    numbers = card[(card["exhibit"] == exhibit) & (card["verdict"] != QUALITATIVE)]
    if numbers.empty:
        return ""
    return f" ({int((numbers['verdict'] == REPRODUCED).sum())} of {len(numbers)} numbers)"


def _small(title: str) -> str:
    """Return a title for use within a sentence: small first letter, but for abbreviations."""
    return title if title[1:2].isupper() or title[1:2] == "-" else title[:1].lower() + title[1:]
