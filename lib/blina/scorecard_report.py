"""The scorecard for its readers: as a table, in words, as results, as a file to take away."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import pandas as pd

from blina.published import read_exhibits
from blina.scorecard import NO_DATA, NOT_REPRODUCED, QUALITATIVE, REPRODUCED, VERDICTS, totals


def reading(card: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the scorecard that a reader looks at, with words for codes."""
    return pd.DataFrame(
        {
            "Claim": card["what"],
            "Printed": card["printed"],
            "Ours": card["shown"],
            "Unit": card["unit"],
            "Verdict": card["verdict"],
            "Holds as": card["holds"],
        }
    ).reset_index(drop=True)


def in_words(card: pd.DataFrame) -> str:
    """Return the scorecard's answer in a few sentences."""
    if card.empty:
        return "No claims were given, so there is nothing to compare: name a claims file with `claims`."
    counts = card["verdict"].value_counts()
    numbers = len(card) - int(counts.get(QUALITATIVE, 0))
    good = int(counts.get(REPRODUCED, 0))
    sentences = [
        f"**{good} of {numbers}** printed numbers are reproduced at the precision in which they were printed."
    ]
    if missed := int(counts.get(NOT_REPRODUCED, 0)):
        first = ", ".join(f"`{name}`" for name in card.loc[card["verdict"] == NOT_REPRODUCED, "id"].head(5))
        sentences.append(f"**{missed} are not**: {first}{' and others' if missed > 5 else ''}.")
    if lacking := int(counts.get(NO_DATA, 0)):
        sentences.append(f"{lacking} could not be recomputed: the tables lack what they need.")
    if words := int(counts.get(QUALITATIVE, 0)):
        sentences.append(f"{words} more claims are statements in words.")
    return " ".join(sentences) + _weight(card)


def _weight(card: pd.DataFrame) -> str:
    """Return what the agreement is worth as evidence, for a reconstructed cohort."""
    good = card[card["verdict"] == REPRODUCED]["holds"].value_counts()
    if "constraint" not in good:
        return ""
    return (
        f" Of those reproduced, {good['constraint']} were constraints that the cohort was made to meet, "
        f"{good.get('derived', 0)} follow from these by arithmetic, and {good.get('data', 0)} are read off "
        "the dosing table: agreement shows that the printed numbers are consistent with one another, not "
        "that the patients are the real ones."
    )


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


def export(card: pd.DataFrame) -> pd.DataFrame:
    """Return the scorecard as it is given away: `ours` at ten digits, the same on every machine."""
    return card.assign(ours=card["ours"].map(lambda value: "" if math.isnan(value) else f"{value:.10g}"))


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


def summary(card: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the verdicts by exhibit for reading, with a last row for all."""
    counts = totals(card).set_index("exhibit").reindex(list(titles))
    counts.index = pd.Index([titles[name] for name in counts.index], name="Exhibit")
    counts.loc["All"] = counts.sum()
    shown = [v for v in VERDICTS if v in (REPRODUCED, NOT_REPRODUCED) or counts.loc["All", v]]
    return counts[shown].astype(int).rename(columns=str.capitalize).reset_index()


def alt(card: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Say in words what the scorecard's figure shows."""
    rows = []
    for exhibit, _, part in by_exhibit(card):
        numbers = part[part["verdict"] != QUALITATIVE]
        good = int((numbers["verdict"] == REPRODUCED).sum())
        rows.append(
            f"{titles[exhibit]} {good} of {len(numbers)}" if len(numbers) else f"{titles[exhibit]} words only"
        )
    return f"Claims reproduced by exhibit: {'; '.join(rows)}." if rows else "No claims were given."
