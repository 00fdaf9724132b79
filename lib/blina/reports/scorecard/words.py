"""The whole scorecard in words: tables for reading, alt texts, captions."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from blina import formats
from blina.endpoint.bands import LEVEL
from blina.reports.scorecard.numbers import by_exhibit
from blina.scorecard.held_out import CONTRADICTED, NARROW, NOT_CONTRADICTED
from blina.scorecard.numbers import NOT_REPRODUCED, REPRODUCED, VERDICTS, score, totals
from blina.scorecard.words import finding as answer
from blina.scorecard.words import key_numbers as key_numbers
from blina.scorecard.words import reading
from blina.scorecard.words import weight as weight

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
    return f"{_agreement(held)} {_contradiction(held)}".strip()


def _agreement(held: pd.DataFrame) -> str:
    """Return what it is worth to fall within a band."""
    wide = held[held["left_out"] == NOT_CONTRADICTED]
    if wide.empty:
        return ""
    return (
        f"{formats.counted(len(wide), 'number')} within a band wider than {formats.share(NARROW)} of the "
        f"number itself {'is' if len(wide) == 1 else 'are'} called not contradicted: so wide a band would "
        f"have held almost anything. {formats.spread(*_ends(held['inside']))} of the predictions would "
        "print the number."
    )


def _ends(shares: pd.Series) -> tuple[str, str]:
    return formats.share(shares.min()), formats.share(shares.max())


def _contradiction(held: pd.DataFrame) -> str:
    """Return what it means that numbers fall outside their band."""
    against = held[held["left_out"] == CONTRADICTED]
    if against.empty:
        return ""
    p = against["p"].min()
    looks = min(1.0, p * len(held))
    text = (
        f"{'; '.join(against['what'])}: a prediction so far out has P ≤ {formats.p_value(p)}, "
        f"{formats.p_value(looks)} allowing for {len(held)} looks. It warns that an assumption is off"
    )
    if not against["what"].str.contains("follow-up").any():
        return f"{text}."
    return f"{text}, first of all how long a remission is followed (`rfs_censoring`)."


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
            "Outcome": row["left_out"],
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
        rows.append(f"{titles[exhibit]} {score(part)}")
    return f"Claims reproduced by exhibit: {'; '.join(rows)}." if rows else "No claims were given."
