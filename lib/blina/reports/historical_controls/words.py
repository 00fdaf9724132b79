"""The historical comparators in words: sentences, tables for reading, alt texts, captions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Sized
from typing import Any

import numpy as np
import pandas as pd

from blina import facts, formats
from blina.reports.historical_controls.numbers import SUPERSEDED, Beside, Comparator, Line

CAPTIONS = {
    "medians": "Medians as printed, limits in parentheses; at the right also the survival rates.",
    "comparators": "The series and what each prints",
    "sources": "The sources in full",
    "ratios": "Squares: chemotherapy; circles: other blinatumomab trials. Bars: 95% limits, those of a "
    "Poisson count.",
    "tests": "One-sample log-rank test of the cohort against each comparator",
    "beside": "The comparator's curve is made from its printed numbers; its real course between them is not "
    "known.",
}
RELATIONS = {
    "quoted": "chemotherapy, quoted range",
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


NO_TIME = "nobody was followed for any time, in which deaths could be expected"


def key_numbers(tests: pd.DataFrame, comparator: str) -> list[tuple[str, str]]:
    """Return how many series differ, and the ratio against the one shown, to be set large."""
    series = tests.loc[tests["treatment"] == "chemotherapy"]
    fewer = formats.of(int((series["ratio_upper"] < 1.0).sum()), len(series))
    row = tests.loc[tests["key"] == comparator].iloc[0]
    span = _between(row["ratio_lower"], row["ratio_upper"])
    return [
        (fewer, "independent chemotherapy series would lead one to expect clearly more deaths"),
        (
            formats.ratio(row["ratio"]),
            f"deaths observed over expected against {row['study']} (95% CI {span})",
        ),
    ]


def answer(tests: pd.DataFrame) -> str:
    """Return the answer to the report's question in two sentences, in Markdown."""
    series = tests.loc[tests["treatment"] == "chemotherapy"]
    fewer = series.loc[series["ratio_upper"] < 1.0]
    others = series.loc[series["ratio_upper"] >= 1.0, "study"].tolist()
    parts = []
    if len(fewer):
        named = formats.listed(fewer["study"].tolist())
        span = _between(fewer["ratio"].min(), fewer["ratio"].max())
        parts.append(f"fewer died than {named} lead one to expect (observed/expected {span})")
    if others:
        parts.append(f"no clear difference from {formats.listed(others)}")
    text = "; ".join(parts) or NO_TIME
    return f"{text[0].upper()}{text[1:]}. **This is no randomized comparison.**"


def expected(tests: pd.DataFrame, patients: int, cohorts: Sized | None) -> str:
    """Return why more deaths can be expected than there are patients, and what holds over the draws."""
    return " ".join(text for text in (_excess(tests, patients), _over_draws(tests, cohorts)) if text)


def _over_draws(tests: pd.DataFrame, cohorts: Sized | None) -> str:
    """Return against how many series the difference holds in all cohorts drawn."""
    if cohorts is None or not tests["largest_p"].notna().any():
        return "No cohorts were drawn to repeat the tests over."
    series = tests.loc[tests["treatment"] == "chemotherapy"]
    always = (series["largest_p"] < 0.05) & (series["highest_ratio"] < 1.0)
    return (
        f"Against {always.sum()} of the {len(series)} chemotherapy series P is below "
        f"{formats.p_value(0.05)} in each of the {len(cohorts)} cohorts drawn."
    )


def _excess(tests: pd.DataFrame, patients: int) -> str:
    more = tests.loc[tests["expected"] > patients]
    if more.empty:
        return ""
    named = [f"{formats.count(row['expected'])} ({row['study']})" for row in more.to_dict("records")]
    return (
        f"More deaths are expected than the {patients} patients there are: {formats.listed(named)}. That is "
        "what a curve through a short median does: E adds up hazard for as long as someone is followed, so "
        "that a patient alive after five medians of an exponential counts as about 3.5 deaths. Where no "
        "later rate is printed, those tests rest on a tail that nobody knows; with follow-up cut at "
        "12 months they rest on it least."
    )


def chosen(beside: Beside) -> str:
    """Return what the test against the chosen comparator says, in Markdown."""
    row = beside.row
    if math.isnan(row["ratio"]):
        return f"Against **{row['study']}** nothing can be compared: {NO_TIME}."
    word = "fewer" if row["ratio"] < 1.0 else "more"
    text = (
        f"Against **{row['study']}** ({row['assumption']}): {_deaths(row)}, {word} than expected: "
        f"O/E {_ratio(row)}, {formats.p_equals(row['p'])}."
    )
    if row["ratio"] >= 1.0:
        return text
    explained = (
        f"To explain the estimate by selection alone, these patients would have died at "
        f"{formats.share(row['ratio'])} of the comparator's rate without blinatumomab"
    )
    if row["ratio_upper"] >= 1.0:
        return f"{text} {explained}; chance alone is compatible with no difference."
    return (
        f"{text} {explained}; at {formats.share(row['ratio_upper'])} already the difference would not be "
        "significant."
    )


def _deaths(row: Mapping[Any, Any] | pd.Series) -> str:
    expected = formats.statistic(row["expected"])
    return f"{formats.counted(row['observed'], 'death')} observed, {expected} expected"


def _ratio(row: Mapping[Any, Any] | pd.Series) -> str:
    return formats.limits(row["ratio"], row["ratio_lower"], row["ratio_upper"], "ratio")


def _between(lower: float, upper: float) -> str:
    return formats.between(lower, upper, "ratio")


def randomized() -> str:
    """Return what the randomized trial of the two treatments prints, in Markdown."""
    row = facts.comparators().set_index("id").loc["tower_hazard_ratio"]
    ratio = _printed([str(row[name]) for name in ("printed", "printed_lower", "printed_upper")])
    return (
        f"The randomized answer is that of {row['study']} ({row['setting']}, {row['n']:g} patients): hazard "
        f"ratio for death, {row['treatment']}, {ratio}."
    )


def printed_table(known: Sequence[Comparator]) -> pd.DataFrame:
    """Return what each series prints, for reading; earlier cuts of another trial are left out."""
    rows = [
        {
            "Series": found.study,
            "What it is": RELATIONS[found.relation],
            "Setting": found.setting,
            "Patients": formats.count(found.patients),
            "Median OS, months": _printed(found.median_printed) or formats.NOTHING,
            "Survival": _rate(found) or formats.NOTHING,
            "Source": facts.credit(", ".join(found.sources)),
        }
        for found in known
        if found.relation != SUPERSEDED
    ]
    return pd.DataFrame(rows)


def _printed(texts: Sequence[str], unit: str = "") -> str:
    """Return a printed value with its printed range, empty where nothing is printed."""
    value, lower, upper = (f"{text}{unit}" if text else "" for text in texts)
    return f"{value} ({formats.spread(lower, upper)})" if lower else value


def _rate(found: Comparator) -> str:
    """Return the printed survival rate with its time, empty where none is printed."""
    rate = _printed(found.rate_printed, "%")
    return f"{rate} at {found.at / 12:g} years" if rate else ""


def forest_table(lines: Sequence[Line]) -> pd.DataFrame:
    """Return the forest's lines with their words: group, label, kind, own, median, lower, upper, text."""
    rows = [
        {**vars(line), "group": _GROUPS[line.group], "own": line.series is None, **_around(line)}
        for line in lines
    ]
    return pd.DataFrame(rows).drop(columns=["series", "printed"])


def _around(line: Line) -> dict[str, str]:
    """Return the label at the left of a line, and the text at its right."""
    if line.series is None and line.printed:
        return {"label": "as printed", "text": _printed(line.printed)}
    if line.series is None:
        text = formats.limits(line.median, line.lower, line.upper, "months")
        return {"label": "computed from these tables", "text": text}
    size = "" if np.isnan(line.series.patients) else f" (n = {formats.count(line.series.patients)})"
    printed = [part for part in (_printed(line.printed), _rate(line.series)) if part]
    return {"label": f"{line.series.study}{size}", "text": "; ".join(printed)}


def tests_table(tests: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.over_ensemble` for reading: deaths observed, expected, ratio, P, ensemble."""
    columns: dict[str, formats.Column] = {
        "Series": "study",
        "Survival function": "assumption",
        "Observed / expected": lambda r: formats.over(r["observed"], r["expected"]),
        "O/E (95% limits)": _ratio,
        "P": lambda r: formats.p_value(r["p"]),
        "O/E, cohorts drawn": lambda r: _between(r["lowest_ratio"], r["highest_ratio"]),
        "Largest P": lambda r: formats.p_value(r["largest_p"]),
    }
    drawn = tests["lowest_ratio"].notna().any()
    return formats.table(tests, columns if drawn else dict(list(columns.items())[:5]))


def sensitivity_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.sensitivity` for reading."""
    named = tests_table(rows.assign(study=rows["assumption"], lowest_ratio=np.nan))
    return named.rename(columns={"Series": "Assumption"}).drop(columns="Survival function")


def medians_alt(lines: pd.DataFrame) -> str:
    """Return what the forest of medians shows, in words; `lines` is `forest_table`."""
    median = lines.loc[lines["kind"] == "chemotherapy", "median"].dropna()
    mine = "; ".join(f"{row.label} {row.text}" for row in lines.loc[lines["own"]].itertuples())
    return (
        f"Forest of median overall survival in months: {len(median)} chemotherapy figures, "
        f"{formats.between(median.min(), median.max(), 'months')}; {mine}; below, other blinatumomab trials."
    )


def ratios_caption(tests: pd.DataFrame) -> str:
    """Say what the marks of the forest are, and the gray behind them where there is some."""
    drawn = " Gray: the span over the cohorts drawn." if tests["lowest_ratio"].notna().any() else ""
    return CAPTIONS["ratios"] + drawn


def ratios_alt(tests: pd.DataFrame) -> str:
    """Return what the forest of O/E shows, in words."""
    ratios = zip(tests["study"], tests["ratio"], strict=True)
    rows = "; ".join(f"{study} {formats.ratio(ratio)}" for study, ratio in ratios)
    return f"Deaths observed over expected with 95% limits against each comparator, log scale: {rows}."


def beside_alt(beside: Beside) -> str:
    """Return what the two curves show, in words."""
    return (
        f"Kaplan-Meier curve of the cohort beside the survival function made from {beside.comparator.study}; "
        f"{_deaths(beside.row)}."
    )


def sensitivity_caption(beside: Beside) -> str:
    """Say against whom the other assumptions are tried."""
    return f"The same test under other assumptions: {beside.comparator.study}"
