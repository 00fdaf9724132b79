"""The scorecard in words: its answer, tables for reading, alt texts, captions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from blina.reports.scorecard.numbers import by_exhibit, export
from blina.scorecard.numbers import NO_DATA, NOT_REPRODUCED, QUALITATIVE, REPRODUCED, VERDICTS, totals
from blina.scorecard.words import reading
from nbreports.html.markup import escape_markdown

CAPTIONS = {
    "scorecard": "One square per claim, one row per exhibit.",
    "verdicts": "Verdicts by exhibit; the CSV beside the page holds the whole scorecard, one row per claim",
    "held_out": "Where each printed number falls among the predictions of cohorts drawn without it.",
    "sources": "The sources in full",
}


def answer(card: pd.DataFrame) -> str:
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
        first = ", ".join(
            escape_markdown(name) for name in card.loc[card["verdict"] == NOT_REPRODUCED, "id"].head(5)
        )
        sentences.append(f"**{missed} are not**: {first}{' and others' if missed > 5 else ''}.")
    if lacking := int(counts.get(NO_DATA, 0)):
        sentences.append(f"{lacking} could not be recomputed: the tables lack what they need.")
    if words := int(counts.get(QUALITATIVE, 0)):
        sentences.append(f"{words} more claims are statements in words.")
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
    left_out = card[card["left_out"] != ""]
    if left_out.empty:
        return words
    hit = left_out["holds"] == "held out"
    missed = "; not predicted: " + ", ".join(left_out.loc[~hit, "what"]) if (~hit).any() else ""
    return (
        f"{words} {len(left_out)} of the constraints were also **left out**, one at a time: cohorts drawn "
        f"from the other numbers predict {int(hit.sum())} of them within their 95 % band{missed}."
    )


def left_out_words(table: pd.DataFrame) -> str:
    """Return what leaving out one number at a time shows."""
    if table.empty:
        return (
            "Numbers were left out for the publication's patients only, under the default assumptions: here "
            "there is nothing to show."
        )
    missed = table[table["predicted"] == "N"]
    others = "All lie" if missed.empty else f"All but {', '.join(missed['what'])} lie"
    widest = table[table["unit"] == "months"].assign(width=lambda t: t["upper"] - t["lower"])
    narrow, wide = widest["width"].min(), widest["width"].max()
    return (
        f"{others} within the band that holds 95 % of the cohorts drawn without them. The bands are wide, "
        f"from {narrow:.0f} to {wide:.0f} months, since few numbers are printed: this is evidence that the "
        "model is not off, and no more."
    )


def left_out_alt(table: pd.DataFrame) -> str:
    """Say in words what the figure of the numbers left out shows."""
    rows = [f"{what} {100 * below:.0f}%" for what, below in zip(table["what"], table["below"], strict=True)]
    return (
        f"Share of predictions below each printed number that was left out: {'; '.join(rows)}."
        if rows
        else "No number was left out."
    )


def summary(card: pd.DataFrame, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return the verdicts by exhibit for reading, with a last row for all."""
    counts = totals(card).set_index("exhibit").reindex(list(titles))
    counts.index = pd.Index([titles[name] for name in counts.index], name="Exhibit")
    counts.loc["All"] = counts.sum()
    shown = [v for v in VERDICTS if v in (REPRODUCED, NOT_REPRODUCED) or counts.loc["All", v]]
    return counts[shown].astype(int).rename(columns=str.capitalize).reset_index()


def show_exhibits(table: Callable[..., None], card: pd.DataFrame, titles: Mapping[str, str]) -> None:
    """Show one table of claims for each exhibit, by `Page.table`."""
    for exhibit, name, part in by_exhibit(card):
        table(reading(part), name=name, caption=titles[exhibit], data=export(part))


def scorecard_alt(card: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """Say in words what the scorecard's figure shows."""
    rows = []
    for exhibit, _, part in by_exhibit(card):
        numbers = part[part["verdict"] != QUALITATIVE]
        good = int((numbers["verdict"] == REPRODUCED).sum())
        rows.append(
            f"{titles[exhibit]} {good} of {len(numbers)}" if len(numbers) else f"{titles[exhibit]} words only"
        )
    return f"Claims reproduced by exhibit: {'; '.join(rows)}." if rows else "No claims were given."
