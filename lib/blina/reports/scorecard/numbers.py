"""The whole scorecard: its exhibits, the numbers that were left out, the values recomputed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from blina.facts import cited, read_exhibits
from blina.scorecard import numbers as shared
from blina.scorecard.numbers import left_out as left_out
from blina.scorecard.numbers import scorecard as scorecard
from nbreports.page import RESULT_COLUMNS

if TYPE_CHECKING:
    from blina.page import TrialPage


def exhibit_titles(card: pd.DataFrame) -> dict[str, str]:
    """Return the titles of the exhibits on the card, in the order of `exhibits.csv`, then unknown ones."""
    known = {name: exhibit.title for name, exhibit in read_exhibits().items()}
    present = list(dict.fromkeys(card["exhibit"]))
    named = {name: title for name, title in known.items() if name in present}
    return named | {
        name: name.replace("_", " ") or "without exhibit" for name in present if name not in known
    }


def explored(page: TrialPage) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the scorecard under the assumptions of a page, and the titles of its exhibits."""
    card = scorecard(page.tables, page.claims, page.assumptions)
    return card, exhibit_titles(card)


def by_exhibit(card: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the exhibits in the order of their titles: id, a name that a file can have, part of the card."""
    taken: set[str] = set()
    for exhibit in exhibit_titles(card):
        name = "claims_" + (re.sub(r"[^a-z0-9]+", "_", exhibit.lower()).strip("_") or "other")
        while name in taken:
            name += "_"
        taken.add(name)
        yield exhibit, name, card[card["exhibit"] == exhibit]


def sources(card: pd.DataFrame) -> pd.DataFrame | None:
    """Return the sources that the claims on the card name, in full; None where they name none."""
    found = cited(card["source"])
    return None if found.empty else found


def results(card: pd.DataFrame) -> pd.DataFrame:
    """Return the recomputed values as tidy results, then what the numbers left out are predicted to be."""
    predictions = [
        ("left out", "all", f"predicted {end}", row[end], row["unit"], row["id"])
        for row in left_out(card).to_dict("records")
        for end in ("lower", "median", "upper")
    ]
    recomputed = shared.results(card)
    if not predictions:
        return recomputed
    return pd.concat([recomputed, pd.DataFrame(predictions, columns=list(RESULT_COLUMNS))], ignore_index=True)
