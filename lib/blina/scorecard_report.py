"""The scorecard for its readers: as a table, in words, as results, as a file to take away."""

from __future__ import annotations

import math

import pandas as pd

from blina.scorecard import NO_DATA, NOT_REPRODUCED, QUALITATIVE, REPRODUCED


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
