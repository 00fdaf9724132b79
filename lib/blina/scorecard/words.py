"""The scorecard in words: its answer, what the numbers left out show, and a table of claims for reading."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pandas as pd

from blina import formats
from blina.facts import CLAIM, Claim, noted
from blina.scorecard.held_out import CONTRADICTED, NARROWLY, PREDICTED
from blina.scorecard.numbers import (
    CONSTRAINT,
    HELD_OUT,
    NO_DATA,
    NOT_CHECKABLE,
    NOT_REPRODUCED,
    QUALITATIVE,
    REPRODUCED,
    TRANSCRIBED,
    left_out,
    reproduced,
)
from nbreports.html.markup import escape_markdown, typeset


def key_numbers(card: pd.DataFrame) -> list[tuple[str, str]]:
    """Return how many printed numbers agree, to be set large; nothing without any."""
    if card.empty:
        return []
    return [(formats.of(*reproduced(card)), "printed numbers come out as printed")]


def in_words(card: pd.DataFrame) -> str:
    """Return how many printed numbers agree, then `finding`."""
    counted = "".join(f"**{number}** {what}. " for number, what in key_numbers(card))
    return f"{counted}{finding(card)}"


def finding(card: pd.DataFrame) -> str:
    """Return what the count of `key_numbers` holds, and what does not agree, in two or three sentences."""
    if card.empty:
        return "No claims were given, so there is nothing to compare: name a claims file with `claims`."
    parts = []
    if transcribed := int((_agreeing(card) == TRANSCRIBED).sum()):
        parts.append(f"{transcribed} only check a transcription")
    if stated := int((card["verdict"] == NOT_CHECKABLE).sum()):
        parts.append(f"{stated} more no patient table can show")
    sentences = ["; ".join(parts) + "."] if parts else []
    missed = card[card["verdict"] == NOT_REPRODUCED]
    held = left_out(card)
    if len(missed):
        first_ones = ", ".join(_to_claim(name) for name in missed["id"].head(5))
        more = " and others" if len(missed) > 5 else ""
        verb = "is" if len(missed) == 1 else "are"
        sentences.append(f"**{len(missed)} {verb} not as printed**: {first_ones}{more}.")
    elif len(held):
        sentences.append(predicted(held))
    return " ".join(sentences) or "All numbers that the tables can show agree."


def _to_claim(name: str) -> str:
    """Return a claim's id as a link to its number on the scorecard."""
    return f"[{escape_markdown(name)}](11_scorecard.ipynb#claim-{quote(name)})"


def _agreeing(card: pd.DataFrame) -> pd.Series:
    """Return how each reproduced number holds."""
    return card.loc[card["verdict"] == REPRODUCED, "holds"]


def weight(card: pd.DataFrame) -> str:
    """Return what the agreement is worth as evidence, and what could not be compared."""
    how = _agreeing(card).value_counts()
    verdicts = card["verdict"].value_counts()
    sentences = []
    if made := int(how.get(CONSTRAINT, 0) + how.get(HELD_OUT, 0)):
        sentences.append(
            f"Of those that agree, {made} were constraints that the cohort was made to meet and "
            f"{how.get('derived', 0)} follow from these by arithmetic: agreement shows that the printed "
            "numbers are consistent with one another, not that the patients are the real ones."
        )
    if transcribed := int(how.get(TRANSCRIBED, 0)):
        sentences.append(
            f"{transcribed} are doses and weeks, compared with a dosing table that was typed from the same "
            "page: they check the typing."
        )
    if lacking := int(verdicts.get(NO_DATA, 0)):
        sentences.append(f"{lacking} could not be recomputed: the tables lack what they need.")
    if words := int(verdicts.get(QUALITATIVE, 0)):
        more = "claim is a statement" if words == 1 else "claims are statements"
        sentences.append(f"{words} more {more} in words.")
    return " ".join(sentences)


def predicted(held: pd.DataFrame) -> str:
    """Return how many of the numbers that were left out the others contradict, and which.

    `held` has `what` each number is, what was `left_out`'s outcome, and its `p`.
    """
    against = held[held["left_out"] == CONTRADICTED]
    known = int((held["left_out"] == PREDICTED).sum())
    named = f" ({'; '.join(against['what'])}; {for_looks(against, len(held))})" if len(against) else ""
    return (
        f"Left out in turn, {formats.of(known, len(held))} {'is' if known == 1 else 'are'} predicted "
        f"{NARROWLY} and **{len(against)} contradicted**{named}."
    )


def for_looks(against: pd.DataFrame, looks: int) -> str:
    """Return the least P of those contradicted, allowing for all that were looked at (Bonferroni)."""
    least = min(1.0, against["p"].min() * looks)
    return f"P ≤ {formats.p_value(least)} for {formats.counted(looks, 'look')}"


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


def ours(row: Mapping[Any, Any]) -> str:
    """Return our value of a row of the scorecard as printed, with a card that says what it stands for."""
    text = as_printed(row["ours"], row["printed"], row["shown"])
    if row["verdict"] == QUALITATIVE:
        return text
    claim = Claim(**{field: row[field] for field in CLAIM if field in row})
    return noted(text, claim, row["shown"], row["verdict"])


def reading(card: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the scorecard that a reader looks at, with words for codes."""
    shown = pd.DataFrame(
        {
            "Claim": card["what"],
            "Printed": card["printed"],
            "Ours": [ours(row) for row in card.to_dict("records")],
            "Unit": card["unit"].map(typeset),
            "Verdict": card["verdict"],
            "Holds as": card["holds"],
            "Left out, it is": [_prediction(row) for row in card.to_dict("records")],
        }
    ).reset_index(drop=True)
    return shown if (card["left_out"] != "").any() else shown.drop(columns="Left out, it is")


def _prediction(row: Mapping[Any, Any]) -> str:
    if not row["left_out"]:
        return formats.NOTHING
    return f"{row['left_out']} ({formats.between(row['lower'], row['upper'], row['unit'])})"
