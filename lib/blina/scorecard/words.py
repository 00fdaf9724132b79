"""The scorecard for its readers: as a table, in words, as results, as a file to take away."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping

import pandas as pd

from blina.facts import read_exhibits
from blina.scorecard import held_out
from blina.scorecard.numbers import NO_DATA, NOT_REPRODUCED, QUALITATIVE, REPRODUCED, VERDICTS, totals
from nbreports.html.markup import escape_markdown, typeset


def reading(card: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the scorecard that a reader looks at, with words for codes."""
    shown = pd.DataFrame(
        {
            "Claim": card["what"],
            "Printed": card["printed"],
            "Ours": card["shown"],
            "Unit": card["unit"].map(typeset),
            "Verdict": card["verdict"],
            "Holds as": card["holds"],
            "Left out, it is": card["left_out"].replace("", "–"),
        }
    ).reset_index(drop=True)
    return shown if (card["left_out"] != "").any() else shown.drop(columns="Left out, it is")


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


def left_out(card: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions for the numbers that were left out, with `what` each is; empty without any.

    Only those on the card count: with other claims or assumptions than the default there are none.
    """
    chosen = card[card["left_out"] != ""].set_index("id")
    table = held_out.read().loc[list(chosen.index)] if len(chosen) else held_out.read().iloc[:0]
    return table.assign(what=chosen["what"], left_out=chosen["left_out"]).rename_axis("claim").reset_index()


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
