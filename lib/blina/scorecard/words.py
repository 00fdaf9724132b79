"""The scorecard as a table for reading."""

from __future__ import annotations

import pandas as pd

from nbreports.html.markup import typeset


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
