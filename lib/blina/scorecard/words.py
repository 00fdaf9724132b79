"""The scorecard in words: its answer, what the numbers left out show, and a table of claims for reading."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from blina import formats
from blina.endpoint.bands import LEVEL
from blina.scorecard.numbers import NO_DATA, NOT_REPRODUCED, QUALITATIVE, REPRODUCED, left_out, reproduced
from nbreports.html.markup import escape_markdown, typeset


def in_words(card: pd.DataFrame) -> str:
    """Return the scorecard's answer in a few sentences."""
    if card.empty:
        return "No claims were given, so there is nothing to compare: name a claims file with `claims`."
    counts = card["verdict"].value_counts()
    good, numbers = reproduced(card)
    sentences = [
        f"**{good} of {numbers}** printed numbers are reproduced at the precision in which they were printed."
    ]
    if missed := int(counts.get(NOT_REPRODUCED, 0)):
        named = card.loc[card["verdict"] == NOT_REPRODUCED, "id"].head(5)
        first = ", ".join(escape_markdown(name) for name in named)
        more = " and others" if missed > 5 else ""
        sentences.append(f"**{missed} {'is' if missed == 1 else 'are'} not**: {first}{more}.")
    if lacking := int(counts.get(NO_DATA, 0)):
        sentences.append(f"{lacking} could not be recomputed: the tables lack what they need.")
    if words := int(counts.get(QUALITATIVE, 0)):
        more = "claim is a statement" if words == 1 else "claims are statements"
        sentences.append(f"{words} more {more} in words.")
    return " ".join(sentences) + _weight(card)


def _weight(card: pd.DataFrame) -> str:
    """Return what the agreement is worth as evidence, for a reconstructed cohort."""
    good = card[card["verdict"] == REPRODUCED]["holds"].value_counts()
    made = int(good.get("constraint", 0) + good.get("held out", 0))
    if not made:
        return ""
    words = (
        f" Of those reproduced, {made} were constraints that the cohort was made to meet, "
        f"{good.get('derived', 0)} follow from these by arithmetic, and {good.get('data', 0)} are read off "
        "the dosing table: agreement shows that the printed numbers are consistent with one another, not "
        "that the patients are the real ones."
    )
    held = left_out(card)
    return words if held.empty else f"{words} {predicted(held)}"


def predicted(held: pd.DataFrame) -> str:
    """Return how many of the numbers that were left out the others predict, and which they do not.

    `held` has `what` each number is and whether it is `predicted` (Y, N).
    """
    missed = held.loc[held["predicted"] != "Y", "what"]
    inside = formats.of(len(held) - len(missed), len(held), "printed number")
    out = f"; not so: {'; '.join(missed)}" if len(missed) else ""
    return (
        f"**{inside}** of this trial on survival, each left out in turn, fall within the band that holds "
        f"{formats.share(LEVEL)} of the cohorts drawn from the others{out}."
    )


def as_printed(value: float, printed: str, otherwise: str = formats.NOTHING) -> str:
    """Return our value at the precision in which the other is printed: 13.0 beside `13.0`, 28 beside `28`.

    `otherwise` stands for a value that no plain number is printed beside. Which side of a rounding the value
    lies on, the verdict says; all digits are in the table beside the page.

    >>> as_printed(13.01, "13.0"), as_printed(0.0085, ".009"), as_printed(27.8, "~28", "27.8")
    ('13.0', '.009', '27.8')
    """
    found = re.fullmatch(r"(\d*)(?:\.(\d+))?", printed)
    if found is None or not math.isfinite(value):
        return otherwise
    text = f"{value:.{len(found[2] or '')}f}"
    return text if found[1] else text.removeprefix("0")


def reading(card: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the scorecard that a reader looks at, with words for codes."""
    shown = pd.DataFrame(
        {
            "Claim": card["what"],
            "Printed": card["printed"],
            "Ours": [
                as_printed(row["ours"], row["printed"], row["shown"]) for row in card.to_dict("records")
            ],
            "Unit": card["unit"].map(typeset),
            "Verdict": card["verdict"],
            "Holds as": card["holds"],
            "Left out, it is": [_prediction(row) for row in card.to_dict("records")],
        }
    ).reset_index(drop=True)
    return shown if (card["predicted"] != "").any() else shown.drop(columns="Left out, it is")


def _prediction(row: Mapping[Any, Any]) -> str:
    if not row["predicted"]:
        return formats.NOTHING
    within = formats.between(row["lower"], row["upper"], row["unit"])
    return f"{'predicted' if row['predicted'] == 'Y' else 'not predicted'} ({within})"
