"""The whole scorecard: its exhibits, the numbers that were left out, the values recomputed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from blina.facts import cited, read_exhibits
from blina.scorecard import numbers as shared
from blina.scorecard.held_out import CONTRADICTED
from blina.scorecard.numbers import NO_DATA, NOT_CHECKABLE, NOT_REPRODUCED, QUALITATIVE, REPRODUCED
from blina.scorecard.numbers import left_out as left_out
from blina.scorecard.numbers import scorecard as scorecard
from nbreports.page import RESULT_COLUMNS

if TYPE_CHECKING:
    from blina.page import TrialPage

_ORDER = (NOT_REPRODUCED, NO_DATA, NOT_CHECKABLE, REPRODUCED, QUALITATIVE)
# What agrees and is contradicted by the other numbers stands right behind what does not agree.
_AFTER_FAILURES = 0.5


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


def exceptions_first(card: pd.DataFrame) -> pd.DataFrame:
    """Return the card with what does not agree, or could not be compared, before all else; words last."""
    rank = card["verdict"].map({verdict: place for place, verdict in enumerate(_ORDER)}).astype(float)
    rank = rank.where(card["left_out"] != CONTRADICTED, rank.clip(upper=_AFTER_FAILURES))
    return card.loc[rank.sort_values(kind="stable").index].reset_index(drop=True)


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
