"""What each assumption is worth: key quantities of cohorts drawn anew under every alternative.

The stored table, `data/cohort/sensitivity.csv`, is written by `python -m blina_tools.cohort.sensitivity`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from blina import ensemble
from blina.endpoint.bands import middle_limits, span
from blina.facts import read_assumptions
from blina.reports.reconstruction.numbers import quantities
from blina_base import project
from blina_base.errors import BlinaError, InputError

if TYPE_CHECKING:
    from pseudoipd.claims import Claim

ENDS = ("lower", "middle", "upper", "middle_from", "middle_to")
COLUMNS = ("assumption", "choice", "quantity", "unit", "draws", *ENDS)
KEYS = ("OS at 6", "OS at 12", "OS at 24", "OS mean", "relapses", "hazard ratio")
"""The quantities, by the names that `numbers.quantities` gives them."""
DRAWS, SEED = 100, 11
DEFAULT = "default"
NO_COHORTS = frozenset({"step_dose", "days_per_month"})
"""Assumptions that no cohort depends on."""
MOVED = 0.25
"""An alternative matters if the middle of a quantity moves by more than this share of the default's band, and
by more than chance among the draws explains: the limits of both middles lie apart."""


def alternatives() -> Iterator[tuple[str, str]]:
    """Yield the default, and each choice of an assumption that is not the default."""
    yield DEFAULT, ""
    for name, row in read_assumptions().items():
        if name not in NO_COHORTS:
            yield from ((name, choice) for choice in row.alternatives if choice != row.default)


def drawn_anew(
    claims: Sequence[Claim], assumptions: Mapping[str, str], draws: int = DRAWS, seed: int = SEED
) -> pd.DataFrame:
    """Return COLUMNS, one row per alternative and key quantity.

    Every row's cohorts are drawn under all other assumptions as given; `draws` is 0, and there is no band,
    where there is no cohort.
    """
    rows: list[tuple[object, ...]] = []
    for name, choice in alternatives():
        chosen = dict(assumptions) if name == DEFAULT else {**assumptions, name: choice}
        try:
            found = ensemble.load(claims, chosen, draws, seed)
        except InputError:
            raise
        except BlinaError:
            # The printed numbers contradict the alternative, which is a finding about it.
            rows += [(name, choice, key, "", 0, *[math.nan] * len(ENDS)) for key in KEYS]
            continue
        values = {q.name: q for q in quantities(found, claims, chosen["mantel_byar_tie"])}
        for key in KEYS:
            band = span(values[key].values) | middle_limits(values[key].values)
            rows.append((name, choice, key, values[key].unit, len(found), *(band[end] for end in ENDS)))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def stored(path: Path | None = None) -> pd.DataFrame:
    """Return the stored table."""
    path = path or project.reference_cohort() / "sensitivity.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    numbers = {name: [float(row[name] or "nan") for row in rows] for name in ENDS}
    frame = pd.DataFrame(rows, columns=list(COLUMNS)).assign(**numbers)
    return frame.assign(draws=frame["draws"].astype(int))


def table(claims: Sequence[Claim], assumptions: Mapping[str, str], draws: int, seed: int) -> pd.DataFrame:
    """Return the stored table for 0 draws, or else one that is drawn anew."""
    return drawn_anew(claims, assumptions, draws, seed) if draws else stored()


def matters(found: pd.DataFrame) -> pd.Series:
    """Say of each row whether its middle lies farther from the default's than `MOVED` and chance allow."""
    default = found[found["assumption"] == DEFAULT].set_index("quantity")
    default = default.loc[found["quantity"]].set_axis(found.index)
    moved = (found["middle"] - default["middle"]).abs() > MOVED * (default["upper"] - default["lower"])
    above = found["middle_from"] > default["middle_to"]
    return moved & (above | (found["middle_to"] < default["middle_from"]))
