"""The whole scorecard: its exhibits, the numbers that were left out, the values recomputed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import pandas as pd

from blina.facts import cited, read_exhibits
from blina.scorecard import held_out
from blina.scorecard.numbers import QUALITATIVE
from blina.scorecard.numbers import export as export
from blina.scorecard.numbers import scorecard as scorecard


def exhibit_titles(card: pd.DataFrame) -> dict[str, str]:
    """Return the titles of the exhibits on the card, in the order of `exhibits.csv`, then unknown ones."""
    known = {name: exhibit.title for name, exhibit in read_exhibits().items()}
    present = list(dict.fromkeys(card["exhibit"]))
    named = {name: title for name, title in known.items() if name in present}
    return named | {
        name: name.replace("_", " ") or "without exhibit" for name in present if name not in known
    }


def by_exhibit(card: pd.DataFrame) -> Iterator[tuple[str, str, pd.DataFrame]]:
    """Yield the exhibits in the order of their titles: id, a name that a file can have, part of the card."""
    taken: set[str] = set()
    for exhibit in exhibit_titles(card):
        name = "claims_" + (re.sub(r"[^a-z0-9]+", "_", exhibit.lower()).strip("_") or "other")
        while name in taken:
            name += "_"
        taken.add(name)
        yield exhibit, name, card[card["exhibit"] == exhibit]


def left_out(card: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions for the numbers that were left out, with `what` each is; empty without any.

    Only those on the card count: with other claims or assumptions than the default there are none.
    """
    chosen = card[card["left_out"] != ""].set_index("id")
    table = held_out.read().loc[list(chosen.index)] if len(chosen) else held_out.read().iloc[:0]
    return table.assign(what=chosen["what"], left_out=chosen["left_out"]).rename_axis("claim").reset_index()


def sources(card: pd.DataFrame) -> pd.DataFrame | None:
    """Return the sources that the claims on the card name, in full; None where they name none."""
    found = cited(card["source"])
    return None if found.empty else found


def results(card: pd.DataFrame) -> pd.DataFrame:
    """Return the recomputed values as tidy results, one row per numeric claim."""
    numbers = card[card["verdict"] != QUALITATIVE]
    statistic = numbers["endpoint"] + " " + numbers["statistic"]
    at = numbers["at"].map(lambda value: "" if math.isnan(value) else f" at {value:g}")
    return pd.DataFrame(
        {
            "analysis": "scorecard",
            "population": numbers["population"],
            "statistic": statistic.where(
                numbers["category"] == "", numbers["category"] + " " + numbers["statistic"]
            )
            + at,
            "value": numbers["ours"],
            "unit": numbers["unit"],
            "claim": numbers["id"],
        }
    )
