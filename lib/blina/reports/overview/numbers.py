"""The paper on one page: its key claims, both endpoints, survival by response, the other reports."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from blina.endpoint.bands import SPAN
from blina.endpoint.bounds import witnesses_of as witnesses_of
from blina.endpoint.by_response import ResponseReport, response_report, trial_patients
from blina.endpoint.numbers import EndpointReport, endpoint_report
from blina.endpoint.options import Options
from blina.endpoint.options import options as options
from blina.facts import read_exhibits
from blina.scorecard.numbers import checkable
from blina.scorecard.numbers import results as results
from blina.scorecard.numbers import scorecard as scorecard
from blina_base import project
from blina_base.errors import InputError
from nbreports.plan.parameters import headline, read_notebook

if TYPE_CHECKING:
    from blina.adam import Tables
    from pseudoipd.cache import Ensemble
    from pseudoipd.claims import Claim

KEY_CLAIMS = (
    "patients", "primary_cr_or_crh_percent", "cr_count", "crh_count", "mrd_response_count",
    "mrd_response_percent", "os_median", "os_median_lower", "os_median_upper", "os_followup_median",
    "os_plateau_from", "rfs_median", "rfs_plateau_from", "mantel_byar_p", "long_term_survivors_count",
    "long_term_survivors_mrd_response", "long_term_survivors_relapse_free", "long_term_survivors_allohct",
)  # fmt: skip
"""The claims that a reader looks for first, in the order of the paper's story."""

_MOST_KEYS = 20


def names() -> dict[str, str]:
    """Return the title of every report by its file name, this overview left out."""
    found = {}
    for notebook in sorted(project.notebooks().glob("[0-9]*.ipynb")):
        # A copy, or a file that is no notebook, is no report of the collection.
        with contextlib.suppress(InputError):
            if re.fullmatch(r"[0-9]+_\w+", notebook.stem):
                found[notebook.stem], _ = headline(read_notebook(notebook))
    return {name: title for name, title in found.items() if name != "00_overview"}


def survival_reports(
    tables: Tables,
    claims: tuple[Claim, ...],
    options: Options,
    cohorts: Ensemble | None,
    witnesses: Ensemble | None = None,
) -> dict[str, EndpointReport]:
    """Return the report of each endpoint that the tables have, OS first."""
    return {
        role: endpoint_report(
            tables.endpoint(role), tables.kind, claims, options, cohorts, witnesses=witnesses
        )
        for role in ("OS", "RFS")
        if role in tables.roles
    }


def by_response(tables: Tables, options: Options, tie: str) -> ResponseReport | None:
    """Return overall survival by current MRD response; None where the tables do not say when it came."""
    adsl = tables.adsl
    if not tables.deaths or not {"MRDRESP", "MRDRDY"} <= set(adsl.columns):
        return None
    responders = adsl["MRDRESP"] == "Y"
    if not responders.any() or adsl.loc[responders, "MRDRDY"].isna().any():
        return None
    return response_report(trial_patients(tables), options, tie)


def fixed_times(reports: Mapping[str, EndpointReport]) -> pd.DataFrame:
    """Return survival and its restricted mean at fixed times, as in the summaries of the endpoints."""
    frames = [
        report.summary.assign(endpoint=report.own_name or role, draws=report.draws)
        for role, report in reports.items()
    ]
    columns = [
        "endpoint",
        "population",
        "statistic",
        "at",
        "value",
        "unit",
        "draws",
        *SPAN,
        "least",
        "largest",
    ]
    fixed = pd.concat(frames)
    return fixed.loc[fixed["statistic"].isin(["survival", "rmst"]), columns].reset_index(drop=True)


def key_claims(card: pd.DataFrame) -> pd.DataFrame:
    """Return the scorecard's rows of the key claims, with the title of the `report` that treats each.

    A card without them (a claims file of the user's own) gives its first numeric claims.
    """
    numbers = checkable(card).set_index("id", drop=False)
    chosen = [name for name in KEY_CLAIMS if name in numbers.index] or list(numbers.index[:_MOST_KEYS])
    rows = numbers.loc[chosen].reset_index(drop=True)
    treated = {name: exhibit.notebook for name, exhibit in read_exhibits().items()}
    return rows.assign(report=rows["exhibit"].map(treated).map(names()))
