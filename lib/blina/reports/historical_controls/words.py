"""The historical comparators in words: sentences, tables for reading, alt texts, captions."""

from __future__ import annotations

from collections.abc import Sequence, Sized

import numpy as np
import pandas as pd

from blina import facts
from blina.reports.historical_controls.numbers import Beside, Comparator, Line

CAPTIONS = {
    "medians": "Medians as printed, limits in parentheses; at the right also the survival rates.",
    "comparators": "The series and what each prints",
    "sources": "The sources in full",
    "ratios": "Squares: chemotherapy; circles: other blinatumomab trials. Bars: exact 95 % limits. "
    "Grey: the span over all reconstructed cohorts, if drawn.",
    "tests": "One-sample log-rank test of the cohort against each comparator",
    "beside": "The comparator's curve is made from its printed numbers; its real course between them is not "
    "known.",
}
# A ratio and its limits stay on one line of a narrow column.
_TIE, _JOIN = "\u00a0", "\u2060"
RELATIONS = {
    "quoted": "chemotherapy, quoted or within the quoted range",
    "context": "chemotherapy, for context",
    "sister": "another blinatumomab trial",
    "earlier": "earlier cut of the same 36 patients",
}
_GROUPS = {
    "chemotherapy": "Chemotherapy",
    "trial": "This trial",
    "tables": "These tables",
    "earlier": "MT103-206",
    "refractory": "Blinatumomab, relapsed/refractory",
    "remission": "Blinatumomab, MRD in remission",
}


def answer(tests: pd.DataFrame, cohorts: Sized | None) -> str:
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
    if cohorts is not None and tests["largest_p"].notna().any():
        below = (chemotherapy["largest_p"] < 0.05) & (chemotherapy["highest_ratio"] < 1.0)
        always = chemotherapy.loc[below]
        text += (
            f"In every one of {len(cohorts)} reconstructed cohorts P stays below 0.05 against {len(always)} "
        )
        text += "of them. "
    return text + (
        "**This is no randomized comparison**: the test takes printed survival as known without error, and "
        "the patients as exchangeable, which they are not."
    )


def chosen(row: pd.Series) -> str:
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


def randomized() -> str:
    """Return what the randomized trial of the two treatments prints, in Markdown."""
    row = facts.comparators().set_index("id").loc["tower_hazard_ratio"]
    limits = f"{row['printed_lower']}–{row['printed_upper']}"
    return (
        f"The randomized answer is that of {row['study']} ({row['setting']}, {row['n']:g} patients): hazard "
        f"ratio for death, {row['treatment']}, {row['printed']} ({limits})."
    )


def printed_table(known: Sequence[Comparator]) -> pd.DataFrame:
    """Return what each series prints, for reading."""
    return pd.DataFrame(
        {
            "Series": [c.study for c in known],
            "What it is": [RELATIONS[c.relation] for c in known],
            "Setting": [c.setting for c in known],
            "Patients": ["–" if np.isnan(c.patients) else f"{c.patients:g}" for c in known],
            "Median OS, months": [months(c.median, c.median_lower, c.median_upper) for c in known],
            "Survival": [rate(c) for c in known],
            "Source": [", ".join(c.sources) for c in known],
        }
    )


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


def forest_table(lines: Sequence[Line]) -> pd.DataFrame:
    """Return the forest's lines with their words: group, label, kind, own, median, lower, upper, text."""
    rows = [
        {
            "group": _GROUPS[line.group],
            "label": _label(line),
            "kind": line.kind,
            "own": line.series is None,
            "median": line.median,
            "lower": line.lower,
            "upper": line.upper,
            "text": _medians(line),
        }
        for line in lines
    ]
    return pd.DataFrame(rows)


def _label(line: Line) -> str:
    if line.series is None:
        return "as printed" if line.printed else "computed from these tables"
    size = "" if np.isnan(line.series.patients) else f" (n = {line.series.patients:g})"
    return f"{line.series.study}{size}"


def _medians(line: Line) -> str:
    """Return what stands beside a line: its median with limits, and a printed survival rate."""
    if line.series is not None:
        parts = (months(line.median, line.lower, line.upper), rate(line.series))
        return "; ".join(part for part in parts if part != "–")
    computed = [f"{x:.1f}" if np.isfinite(x) else "NR" for x in (line.median, line.lower, line.upper)]
    median, lower, upper = line.printed or computed
    return f"{median} ({lower}–{upper})"


def tests_table(tests: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.over_ensemble` for reading: deaths observed, expected, ratio, P, ensemble."""
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
    """Return `numbers.sensitivity` for reading."""
    renamed = tests_table(rows.assign(study=rows["assumption"], lowest_ratio=np.nan))
    return renamed.rename(columns={"Series": "Assumption"}).drop(columns="Survival function")


def p_value(p: float) -> str:
    """Return P with two digits, three below 0.1, four below 0.01, or as below 0.0001."""
    if p < 0.0001:
        return "<0.0001"
    digits = 2 if p >= 0.1 else 3 if p >= 0.01 else 4
    return f"{p:.{digits}f}"


def medians_alt(lines: pd.DataFrame) -> str:
    """Return what the forest of medians shows, in words; `lines` is `forest_table`."""
    chemotherapy = lines.loc[lines["kind"] == "chemotherapy", "median"].dropna()
    mine = "; ".join(f"{row.label} {row.text}" for row in lines.loc[lines["own"]].itertuples())
    return (
        f"Forest of median overall survival in months: {len(chemotherapy)} chemotherapy figures from "
        f"{chemotherapy.min():g} to {chemotherapy.max():g}; {mine}; below, other blinatumomab trials."
    )


def ratios_alt(tests: pd.DataFrame) -> str:
    """Return what the forest of O/E shows, in words."""
    rows = "; ".join(
        f"{study} {ratio:.2f}" for study, ratio in tests[["study", "ratio"]].itertuples(index=False)
    )
    return f"Deaths observed over expected with 95 % limits against each comparator, log scale: {rows}."


def beside_alt(beside: Beside) -> str:
    """Return what the two curves show, in words."""
    return (
        f"Kaplan-Meier curve of the cohort beside the survival function made from {beside.comparator.study}; "
        f"{beside.row['observed']:.0f} deaths observed against {beside.row['expected']:.1f} expected."
    )


def sensitivity_caption(beside: Beside) -> str:
    """Say against whom the other assumptions are tried."""
    return f"The same test under other assumptions: {beside.comparator.study}"
