"""Response in words: the printed table, sentences, tables for reading, alt texts, captions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from blina import formats
from blina.reports.response_table.numbers import APART, TABLE_COLUMNS, agreeing
from blina.vocabulary import LONG_TERM_MONTHS

if TYPE_CHECKING:
    from pseudoipd.claims import Claim

CAPTIONS = {
    "response_table": "Summary of response, follow-up treatment, and relapse: "
    "number of patients and percentage"
}
_GROUPS = ("", *["MRD responders"] * 3, "MRD non-responders")
# Rows that the paper indents, as parts of the row above them.
_PARTS = ("relapse_free_blinatumomab_only", "relapse_free_allohct")
_INDENT = "\N{EM SPACE}"
_LARGE = ("cr_or_crh", "mrd_response")
_PHRASES = {
    "cr_or_crh": "reached CR or CRh",
    "mrd_response": "had an MRD response",
    "allohct": "are listed with a transplantation",
    "long_term_survivor": "were long-term survivors",
}


def key_numbers(rates: pd.DataFrame, conf_level: float) -> list[tuple[str, str]]:
    """Return the rates of response with their exact limits, to be set large; none that is unknown."""
    rows = {row["category"]: row for row in rates.to_dict("records")}
    return [
        (
            formats.percent(row["percent"]),
            f"{_PHRASES[name]} ({formats.of(row['count'], row['n'])}; exact {formats.level(conf_level)} CI "
            f"{formats.between(row['lower'], row['upper'], '%')})",
        )
        for name in _LARGE
        if (row := rows.get(name)) and not row["unknown"]
    ]


def answer(rates: pd.DataFrame, table: pd.DataFrame | None = None) -> str:
    """Return what followed the responses, in a sentence or two, and which of these the tables do not say.

    `table` is `numbers.response_table`, for who stayed free of relapse.
    """
    rows = {row["category"]: row for row in rates.to_dict("records")}
    told = [name for name in _PHRASES if name in rows and (name not in _LARGE or rows[name]["unknown"])]
    if not told and not any(name in rows for name in _LARGE):
        return "The tables have none of the columns that response is counted from."
    if not told:
        return "What followed the responses the tables do not say."
    said = formats.listed([_counted(rows[name], _PHRASES[name]) for name in told])
    return f"{said[0].upper()}{said[1:]}.{'' if table is None else _relapse(table)}"


def _relapse(table: pd.DataFrame) -> str:
    """Return how many of the MRD responders stayed free of relapse; nothing where it is unknown of any."""
    of = (table["population"] == "mrd_responder") & (table["category"] == "relapse_free")
    (row,) = table[of].to_dict("records")
    if row["unknown"] or not row["n"]:
        return ""
    return f" Of {formats.counted(row['n'], 'MRD responder')} {row['count']} stayed free of relapse."


def _counted(row: Mapping[Any, Any], words: str) -> str:
    if row["unknown"]:
        return _unknown(row, words)
    return f"{formats.of(row['count'], row['n'])} ({formats.percent(row['percent'])}) {words}"


def _unknown(row: Mapping[Any, Any], words: str) -> str:
    """Return of how many a rate is unknown, and no share."""
    others = row["n"] - row["unknown"]
    known = f" (of the {others} others {row['count']} {words})" if others else ""
    return f"it is unknown of **{formats.of(row['unknown'], row['n'])}** patients whether they {words}{known}"


def left_open(unknown: int, threshold: float) -> str:
    """Return what it means for the table that some patients were last seen alive before the threshold."""
    if not unknown:
        return ""
    return (
        f"Of {formats.counted(unknown, 'patient')} the tables do not say whether overall survival was "
        f"{threshold:g} months or longer: last seen alive before, or without overall survival. They stand in "
        "neither column of the MRD responders; a number that depends on them has no share or no limits."
    )


def agreement(
    table: pd.DataFrame, rates: pd.DataFrame, claims: Iterable[Claim], kind: str, threshold: float
) -> str:
    """Return how many of the printed counts and percentages these rates reproduce.

    Of reconstructed data, by their `kind`, it is said that they were made to, and what another `threshold`
    (months) than the paper's means for the table.
    """
    agree, compared = agreeing((table, rates), claims)
    if not compared:
        return "No printed number stands beside these rates." + _threshold_note(threshold, kind)
    words = (
        f"**{agree} of {compared}** printed counts, percentages and limits agree with those computed here."
    )
    made = " The reconstructed patients were made to agree with them: this is a check, and no evidence."
    return words + (made if kind == "reconstructed" else "") + _threshold_note(threshold, kind)


def _threshold_note(threshold: float, kind: str) -> str:
    """Return what has to be said of a threshold that the paper does not use; nothing at its own."""
    if threshold == LONG_TERM_MONTHS or kind != "reconstructed":
        return ""
    return (
        f" The paper divides the MRD responders at {LONG_TERM_MONTHS:g} months. How many of each row lived "
        f"{threshold:g} months is not printed: these two columns are those of one reconstructed cohort "
        "among many."
    )


def rates_table(rates: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """Return the rates for reading: what, count, percentage with limits, and the same as printed."""
    beside = {row["category"]: _share(row, "value") for row in printed.to_dict("records")}
    return formats.table(
        rates,
        {
            "Patients with": "category_label",
            "Number": _number,
            "Share (limits)": lambda row: _share(row, "percent"),
            "Printed": lambda row: beside.get(row["category"], formats.NOTHING),
        },
    )


def _number(row: Mapping[Any, Any]) -> str:
    unknown = f", {row['unknown']} unknown" if row["unknown"] else ""
    return formats.of(row["count"], row["n"]) + unknown


def _share(row: Mapping[Any, Any], name: str) -> str:
    return formats.limits(row[name], row["lower"], row["upper"], "%")


def rates_alt(rates: pd.DataFrame, printed: pd.DataFrame) -> str:
    """Say in words what the picture of the rates shows."""
    rows = [f"{row['category_label']} {_share(row, 'percent')}" for row in rates.to_dict("records")]
    beside = f" Printed percentages stand beside {printed['category'].isin(rates['category']).sum()} of them."
    return f"Rates of all patients with exact limits: {'; '.join(rows)}.{beside}"


def table_rates_alt(table: pd.DataFrame) -> str:
    """Say in words what the picture of the table shows."""
    apart = table[table["population"].isin(APART)]
    rows = [
        f"{label} {', '.join(part['percent'].map(formats.percent))}"
        for label, part in apart.groupby("category_label", sort=False)
    ]
    names = ", ".join(apart["population_label"].unique())
    return f"Share of patients with exact limits in three groups ({names}): {'; '.join(rows)}."


def table_rates_caption(conf_level: float) -> str:
    """Return the caption of the picture of the table."""
    return f"Percentage of patients with exact {formats.level(conf_level)} limits (Clopper-Pearson)"


def rates_caption(conf_level: float) -> str:
    """Return the caption of the picture of the rates."""
    return f"All patients, with exact {formats.level(conf_level)} limits; diamonds and lower bars are printed"


def rates_table_caption(conf_level: float) -> str:
    """Return the caption of the table of the rates."""
    return f"All patients, with exact {formats.level(conf_level)} limits"


def cell(count: int, n: int, unknown: int = 0) -> str:
    """Return a cell as the paper prints it, `7 (70%)`; halves go up, and of nobody there is no share.

    Where it is unknown of some of the n there is none either: `7 (2 unknown)`.
    """
    if unknown:
        return f"{count} ({unknown} unknown)"
    return f"{count} ({formats.share(count / n) if n else formats.NOTHING})"


def response_table(table: pd.DataFrame, threshold: float = 30, late_non_responders: int = 0) -> pd.DataFrame:
    """Return the response table in its printed shape: rows by section, columns under their group of patients.

    `table` is the long form of `numbers.response_table`, `threshold` the overall survival (months) that
    divides the MRD responders. The printed table calls its last column 'OS <30 months', which is every
    non-responder; if `late_non_responders` of them lived longer, the column is called 'All'.
    """
    unknown = table["unknown"] if "unknown" in table else [0] * len(table)
    counts = zip(table["count"], table["n"], unknown, strict=True)
    cells = table.assign(cell=[cell(k, n, u) for k, n, u in counts])
    wide = cells.pivot(index="category", columns="population", values="cell")[list(TABLE_COLUMNS)]
    rows = table.drop_duplicates("category").set_index("category")
    labels = [f"{_INDENT}{text}" if name in _PARTS else text for name, text in rows["category_label"].items()]
    shown = wide.loc[rows.index].set_axis(pd.Index(rows["section"]))
    shown.insert(0, "outcome", labels)
    n = table.drop_duplicates("population").set_index("population")["n"]
    late, early = f"OS ≥{threshold:g} months", f"OS <{threshold:g} months"
    names = (late, early, "Total", "All" if late_non_responders else early)
    heads = [f"{name}\nn={n[column]}" for column, name in zip(TABLE_COLUMNS, names, strict=True)]
    shown.columns = pd.MultiIndex.from_tuples(zip(_GROUPS, ("Outcome", *heads), strict=True))
    return shown
