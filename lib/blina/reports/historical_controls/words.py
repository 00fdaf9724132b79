"""The report on historical comparators: tables for reading, sentences, results as rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from blina import facts
from blina.reports.historical_controls.numbers.comparators import Comparator
from nbreports.page import RESULT_COLUMNS

# A ratio and its limits stay on one line of a narrow column.
_TIE, _JOIN = "\u00a0", "\u2060"
RELATIONS = {
    "quoted": "chemotherapy, quoted or within the quoted range",
    "context": "chemotherapy, for context",
    "sister": "another blinatumomab trial",
    "earlier": "earlier cut of the same 36 patients",
}


def months(value: float, lower: float, upper: float) -> str:
    """Return a median with its limits as text, '–' where nothing is printed."""
    if np.isnan(value):
        return "–"
    limits = "" if np.isnan(lower) else f" ({_reached(lower)}–{_reached(upper)})"
    return f"{_reached(value)}{limits}"


def _reached(value: float) -> str:
    return "NR" if np.isinf(value) else f"{value:g}"


def rate(found: Comparator) -> str:
    """Return the survival rate with its limits and its time, '–' where none is printed."""
    if np.isnan(found.rate):
        return "–"
    limits = "" if np.isnan(found.rate_lower) else f" ({found.rate_lower:g}–{found.rate_upper:g})"
    return f"{found.rate:g} %{limits} at {found.at / 12:g} years"


def printed_table(known: dict[str, Comparator]) -> pd.DataFrame:
    """Return what each series prints, for reading."""
    found = list(known.values())
    return pd.DataFrame(
        {
            "Series": [c.study for c in found],
            "What it is": [RELATIONS[c.relation] for c in found],
            "Setting": [c.setting for c in found],
            "Patients": ["–" if np.isnan(c.patients) else f"{c.patients:g}" for c in found],
            "Median OS, months": [months(c.median, c.median_lower, c.median_upper) for c in found],
            "Survival": [rate(c) for c in found],
            "Source": [", ".join(c.sources) for c in found],
        }
    )


def tests_table(tests: pd.DataFrame) -> pd.DataFrame:
    """Return `comparison.over_ensemble` for reading: deaths observed, expected, ratio, P, ensemble."""
    table = pd.DataFrame(
        {
            "Series": tests["study"],
            "Survival function": tests["assumption"],
            "Observed / expected": [
                f"{observed:.0f} / {expected:.1f}"
                for observed, expected in tests[["observed", "expected"]].itertuples(index=False)
            ],
            "O/E (95 %)": [
                f"{ratio:.2f}{_TIE}({low:.2f}{_JOIN}–{_JOIN}{up:.2f})"
                for ratio, low, up in tests[["ratio", "ratio_lower", "ratio_upper"]].itertuples(index=False)
            ],
            "P": tests["p"].map(p_value),
        }
    )
    if tests["lowest_ratio"].notna().any():
        spans = tests[["lowest_ratio", "highest_ratio"]].itertuples(index=False)
        table["O/E, all cohorts"] = [f"{low:.2f}–{up:.2f}" for low, up in spans]
        table["Largest P"] = tests["largest_p"].map(p_value)
    return table


def sensitivity_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return `comparison.sensitivity` for reading."""
    renamed = tests_table(rows.assign(study=rows["assumption"], lowest_ratio=np.nan))
    return renamed.rename(columns={"Series": "Assumption"}).drop(columns="Survival function")


def p_value(p: float) -> str:
    """Return P with two digits, three below 0.1, four below 0.01, or as below 0.0001."""
    if p < 0.0001:
        return "<0.0001"
    digits = 2 if p >= 0.1 else 3 if p >= 0.01 else 4
    return f"{p:.{digits}f}"


def in_words(tests: pd.DataFrame, draws: int) -> str:
    """Return the answer to the report's question, in Markdown."""
    chemotherapy = tests.loc[tests["treatment"] == "chemotherapy"]
    fewer = chemotherapy.loc[chemotherapy["ratio_upper"] < 1.0]
    open_ = chemotherapy.loc[chemotherapy["ratio_upper"] >= 1.0]
    text = (
        f"Against {len(fewer)} of {len(chemotherapy)} chemotherapy comparators, fewer patients died than the "
        "comparator's survival would lead one to expect (upper limit of observed/expected below 1)"
    )
    if len(fewer):
        text += f"; observed/expected runs from {fewer['ratio'].min():.2f} to {fewer['ratio'].max():.2f}"
    if len(open_):
        text += f". Not so against: {'; '.join(open_['study'])}"
    text += ". "
    if draws and tests["largest_p"].notna().any():
        below = (chemotherapy["largest_p"] < 0.05) & (chemotherapy["highest_ratio"] < 1.0)
        always = chemotherapy.loc[below]
        text += f"In every one of {draws} reconstructed cohorts P stays below 0.05 against {len(always)} "
        text += "of them. "
    return text + (
        "**This is no randomized comparison**: the test takes printed survival as known without error, and "
        "the patients as exchangeable, which they are not."
    )


def chosen_in_words(row: pd.Series) -> str:
    """Return what the test against the chosen comparator says, in Markdown."""
    word = "fewer" if row["ratio"] < 1.0 else "more"
    known = f"{100 * row['ratio_upper']:.0f} %"
    text = (
        f"Against **{row['study']}** ({row['assumption']}): {row['observed']:.0f} deaths observed, "
        f"{row['expected']:.1f} expected, {word} than expected (O/E {row['ratio']:.2f}, "
        f"{row['ratio_lower']:.2f} to {row['ratio_upper']:.2f}; P = {p_value(row['p'])})."
    )
    if row["ratio_upper"] < 1.0:
        text += (
            " Selection alone would explain the difference only if, without blinatumomab, these patients had "
            f"died at {known} of the comparator's rate or less."
        )
    return text


def randomized_in_words() -> str:
    """Return what the randomized trial of the two treatments prints, in Markdown."""
    row = facts.comparators().set_index("id").loc["tower_hazard_ratio"]
    limits = f"{row['printed_lower']}–{row['printed_upper']}"
    return (
        f"The randomized answer is that of {row['study']} ({row['setting']}, {row['n']:g} patients): hazard "
        f"ratio for death, {row['treatment']}, {row['printed']} ({limits})."
    )


def results(tests: pd.DataFrame) -> pd.DataFrame:
    """Return the tests as tidy rows."""
    names = {"observed": "deaths", "expected": "deaths", "ratio": "ratio", "p": "P"}
    rows = [
        ("one-sample log-rank", row["key"], name, float(row[name]), unit, "")
        for row in tests.to_dict("records")
        for name, unit in names.items()
    ]
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
