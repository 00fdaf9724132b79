"""The whole scorecard in words: tables for reading, alt texts, captions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from blina import formats
from blina.endpoint.bands import LEVEL
from blina.reports.scorecard.numbers import by_exhibit
from blina.scorecard.numbers import NOT_REPRODUCED, REPRODUCED, VERDICTS, reproduced, totals
from blina.scorecard.words import in_words as answer
from blina.scorecard.words import reading

__all__ = [
    "CAPTIONS", "answer", "left_out", "left_out_alt", "left_out_table", "scorecard_alt", "show_exhibits",
    "verdict_table",
]  # fmt: skip

CAPTIONS = {
    "scorecard": "One square per claim, one row per exhibit.",
    "verdicts": "Verdicts by exhibit; the CSV beside the page holds the whole scorecard, one row per claim",
    "left_out": "Where each printed number falls among the predictions of cohorts drawn without it.",
    "left_out_numbers": "What cohorts drawn without a number predict for it",
    "sources": "The sources in full",
}


def left_out(held: pd.DataFrame) -> str:
    """Return what leaving out one number at a time is worth."""
    if held.empty:
        return (
            "Numbers were left out for the publication's patients only, under the default assumptions: here "
            "there is nothing to show."
        )
    widths = (held["upper"] - held["lower"])[held["unit"] == "months"]
    return (
        f"The bands are wide, {formats.between(widths.min(), widths.max(), 'months')} months, since few "
        "numbers are printed: this is evidence that the model is not off, and no more."
    )


def left_out_table(held: pd.DataFrame) -> pd.DataFrame | None:
    """Return the numbers that were left out for reading; None without any."""
    if held.empty:
        return None
    rows = [
        {
            "Left out": row["what"],
            "Printed": row["printed"],
            "Predicted": formats.number(row["median"], row["unit"]),
            f"{formats.share(LEVEL)} of cohorts": formats.between(row["lower"], row["upper"], row["unit"]),
            "Unit": row["unit"],
            "Would print so": formats.share(row["inside"]),
            "In the band": "yes" if row["predicted"] == "Y" else "no",
        }
        for row in held.to_dict("records")
    ]
    return pd.DataFrame(rows)


def left_out_alt(held: pd.DataFrame) -> str:
    """Say in words what the figure of the numbers left out shows."""
    rows = [f"{row['what']}: {formats.share(row['below'])}" for row in held.to_dict("records")]
    return f"Share of predictions below each printed number that was left out: {'; '.join(rows)}."


def verdict_table(card: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the verdicts by exhibit for reading, with a last row for all."""
    counts = totals(card).set_index("exhibit").reindex(list(titles))
    counts.index = pd.Index([titles[name] for name in counts.index], name="Exhibit")
    counts.loc["All"] = counts.sum()
    shown = [v for v in VERDICTS if v in (REPRODUCED, NOT_REPRODUCED) or counts.loc["All", v]]
    return counts[shown].astype(int).rename(columns=str.capitalize).reset_index()


def show_exhibits(table: Callable[..., None], card: pd.DataFrame, titles: Mapping[str, str]) -> None:
    """Show one table of claims for each exhibit, by `Page.table`."""
    for exhibit, name, part in by_exhibit(card):
        table(reading(part), name=name, caption=titles[exhibit], data=part)


def scorecard_alt(card: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Say in words what the scorecard's figure shows."""
    rows = []
    for exhibit, _, part in by_exhibit(card):
        good, numbers = reproduced(part)
        rows.append(f"{titles[exhibit]} {formats.of(good, numbers) if numbers else 'words only'}")
    return f"Claims reproduced by exhibit: {'; '.join(rows)}." if rows else "No claims were given."
