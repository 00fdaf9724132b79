"""Typesetting with great_tables: the published response table as it was printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from blina.endpoint.response import TABLE_COLUMNS
from pseudoipd.claims.proportion import shown_percent

if TYPE_CHECKING:
    from great_tables import GT

_SPANNERS = {
    "MRD responders": TABLE_COLUMNS[:3],
    "MRD non-responders": TABLE_COLUMNS[3:],
}
_INDENTED = ("relapse_free_blinatumomab_only", "relapse_free_allohct")
_INDENT = "\N{EM SPACE}"


def cell(count: int, n: int) -> str:
    """Return a cell as the paper prints it, `7 (70%)`; halves round up, and of nobody there is no share."""
    return f"{count} ({shown_percent(count, n)})"


def printed_cells(table: pd.DataFrame) -> pd.DataFrame:
    """Return the response table in its printed shape: section, row, then one text column per population.

    `table` is the long form that `response.response_table` returns.
    """
    cells = table.assign(cell=[cell(k, n) for k, n in zip(table["count"], table["n"], strict=True)])
    wide = cells.pivot(index="category", columns="population", values="cell")
    rows = table[["section", "category", "category_label"]].drop_duplicates()
    wide = rows.merge(wide, left_on="category", right_index=True, how="left")
    return wide[["section", "category", "category_label", *TABLE_COLUMNS]].reset_index(drop=True)


def response_gt(
    table: pd.DataFrame, title: str, threshold: float = 30, late_non_responders: int = 0, note: str = ""
) -> GT:
    """Typeset the response table like the printed one, with `note` below it.

    `threshold` is the overall survival (months) that divides the MRD responders. The printed table calls
    its last column 'OS <30 months', which is every non-responder; if `late_non_responders` of them lived
    longer, the column is called 'All'.
    """
    from great_tables import GT, html

    cells = printed_cells(table)
    indented = cells["category"].isin(_INDENTED)
    labels = cells["category_label"].where(~indented, _INDENT + cells["category_label"])
    shown = cells.assign(category_label=labels).drop(columns="category")
    made = GT(shown, rowname_col="category_label", groupname_col="section")
    made = made.tab_header(title=title).tab_stubhead(label="Outcome")
    for label, populations in _SPANNERS.items():
        made = made.tab_spanner(label=label, columns=list(populations))
    heads = _heads(table, threshold, late_non_responders)
    made = made.cols_label(cases={name: html(text) for name, text in heads.items()})
    made = made.cols_align(align="right", columns=list(TABLE_COLUMNS))
    made = made.tab_options(table_width="100%", heading_align="left")
    return made.tab_source_note(note) if note else made


def _heads(table: pd.DataFrame, threshold: float, late_non_responders: int) -> Mapping[str, str]:
    """Return the column heads: what divides the patients, and how many there are."""
    n = table.drop_duplicates("population").set_index("population")["n"]
    late, early = f"OS ≥{threshold:g} months", f"OS &lt;{threshold:g} months"
    words = (late, early, "Total", "All" if late_non_responders else early)
    return {name: f"{word}<br>n={n[name]}" for name, word in zip(TABLE_COLUMNS, words, strict=True)}
