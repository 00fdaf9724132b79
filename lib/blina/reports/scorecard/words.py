"""The whole scorecard in words: tables for reading, alt texts, captions."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from blina import formats
from blina.collection import COLLECTION
from blina.endpoint.bands import WIDTHS
from blina.facts import read_exhibits
from blina.reports.scorecard.numbers import exceptions_first
from blina.scorecard.held_out import CONTRADICTED, NOT_CONTRADICTED
from blina.scorecard.numbers import score
from blina.scorecard.words import finding as answer
from blina.scorecard.words import for_looks, reading
from blina.scorecard.words import key_numbers as key_numbers
from blina.scorecard.words import weight as weight
from nbreports.html.markup import Linked
from nbreports.plan.plan import report_label

__all__ = [
    "CAPTIONS", "answer", "claims_table", "left_out", "left_out_alt", "scorecard_alt",
]  # fmt: skip

CAPTIONS = {
    "scorecard": "One square per claim, one row per exhibit.",
    "claims": "Every claim, exceptions first; the CSV beside the page has the predictions and quotes, too",
    "left_out": "Where each printed number falls among the predictions of cohorts drawn without it.",
    "sources": "The sources in full",
}


def left_out(held: pd.DataFrame) -> str:
    """Return what leaving out one number at a time is worth."""
    if held.empty:
        return (
            "Numbers were left out for the publication's patients only, under the default assumptions: here "
            "there is nothing to show."
        )
    return f"{_agreement(held)} {_contradiction(held)}".strip()


def _agreement(held: pd.DataFrame) -> str:
    """Return what it is worth to fall within a band."""
    wide = held[held["left_out"] == NOT_CONTRADICTED]
    if wide.empty:
        return ""
    return (
        f"{formats.counted(len(wide), 'number')} within a wider band (of a P: by more than a factor of "
        f"{math.exp(WIDTHS[''][1]):g}) {'is' if len(wide) == 1 else 'are'} called not contradicted: such a "
        f"band rules out little. {formats.spread(*_ends(held['inside']))} of the predictions would "
        "print the number."
    )


def _ends(shares: pd.Series) -> tuple[str, str]:
    return formats.share(shares.min()), formats.share(shares.max())


def _contradiction(held: pd.DataFrame) -> str:
    """Return what it means that numbers fall outside their band."""
    against = held[held["left_out"] == CONTRADICTED]
    if against.empty:
        return ""
    p = formats.p_value(against["p"].min())
    return (
        f"{'; '.join(against['what'])}: a prediction so far out has P ≤ {p} by itself, "
        f"{for_looks(against, len(held))}. It may warn that an assumption or the prior is off, or be chance."
    )


def left_out_alt(held: pd.DataFrame) -> str:
    """Say in words what the figure of the numbers left out shows."""
    rows = [f"{row['what']}: {formats.share(row['below'])}" for row in held.to_dict("records")]
    return f"Share of predictions below each printed number that was left out: {'; '.join(rows)}."


def claims_table(card: pd.DataFrame) -> pd.DataFrame:
    """Return all claims for reading, exceptions first, each with the report that shows its exhibit."""
    ordered = exceptions_first(card)
    return reading(ordered).assign(Report=[_report(exhibit) for exhibit in ordered["exhibit"]])


def _report(exhibit: str) -> str:
    """Return the name of the report of an exhibit, as a link to it; of an unknown one nothing."""
    known = read_exhibits().get(exhibit)
    if known is None:
        return formats.NOTHING
    return Linked(report_label(known.notebook, COLLECTION.spelled), f"{known.notebook}.ipynb")


def scorecard_alt(card: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Say in words what the scorecard's figure shows."""
    rows = [f"{title} {score(card[card['exhibit'] == exhibit])}" for exhibit, title in titles.items()]
    return f"Claims reproduced by exhibit: {'; '.join(rows)}." if rows else "No claims were given."
