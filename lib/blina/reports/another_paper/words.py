"""What the pages of another paper say; nothing in them is about this collection's own trial."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from blina import formats
from blina.endpoint.bands import held
from blina.reports.another_paper.numbers import Curve, Written, beyond
from nbreports.html.markup import escape_markdown
from pseudoipd.claims.grammar import REGISTRY
from pseudoipd.paper.drawing import ASKED, CHOSEN

CAPTIONS = {
    "printed": "Each printed number, that of the cohort drawn here, and the range over all cohorts",
    "left_out": "Each number left out in turn: the range of cohorts drawn from the others",
    "unused": "Rows of the claims file that are not used, and why",
    "files": "Files beside these pages",
    "dependence": "How alike cohorts of one chain are, and what they are worth for a mean",
}
_FILES = (
    (
        "ipd.csv",
        "the cohort drawn here: arm, endpoint, id, days, time (months), status (1 event, 0 censored)",
    ),
    ("draws.csv", "all cohorts in the same form, numbered by draw: sets for multiple imputation"),
    (
        "adsl.csv, adtte.csv",
        "the cohort drawn here as ADaM tables; CNSR 0 is the event, DTYPE marks each row",
    ),
    ("printed.csv", "the table of printed numbers"),
    ("notes.json", "how the claims file was read, what was left out, how many cohorts each chain gave"),
)


def heading(written: Written) -> str:
    """Return what the paper is called, and what its pages are."""
    return (
        f"**{escape_markdown(written.notes['title'])}**, from the printed numbers in "
        f"`{written.notes['file']}`. The patients on these pages are **reconstructed**: nobody's record."
    )


def key_numbers(curves: Sequence[Curve]) -> list[tuple[str, str]]:
    """Return the median of each arm at the first endpoint, to be set large, and what it is."""
    first = curves[0]
    return [
        (_median(first, arm), f"median {first.name}{f', {arm}' if arm else ''}") for arm in first.arms[:3]
    ]


def finding(curves: Sequence[Curve]) -> str:
    """Return what the large numbers are of, and the medians at the other endpoints, as Markdown."""
    first, *others = curves
    counts = [_each(first, arm, formats.of(first.sizes[arm][1], first.sizes[arm][0])) for arm in first.arms]
    told = [f"events {formats.listed(counts)}"]
    for one in others:
        medians = formats.listed([_each(one, arm, _median(one, arm)) for arm in one.arms])
        told.append(f"median {one.name} {medians}")
    return f"In one of {formats.counted(first.draws, 'cohort')} drawn: {'; '.join(told)}."


def _median(curve: Curve, arm: str) -> str:
    median = curve.medians[arm]
    return formats.NOT_REACHED if math.isinf(median) else formats.with_unit(median, "months")


def _each(curve: Curve, arm: str, text: str) -> str:
    return f"{text} in {escape_markdown(arm)}" if len(curve.arms) > 1 else text


def answer(curve: Curve) -> str:
    """Return median and survival of each arm in a sentence or two."""
    parts = []
    for arm in curve.arms:
        n, events = curve.sizes[arm]
        whose = f" in **{escape_markdown(arm)}**" if arm else ""
        median = curve.medians[arm]
        half = "is not reached" if math.isinf(median) else f"is **{formats.months(median)} months**"
        parts.append(
            f"the median of {curve.name}{whose} {half} ({formats.counted(events, 'event')} in "
            f"{formats.counted(n, 'patient')})"
        )
    return f"In the cohort drawn here, {'; '.join(parts)}. Event: {curve.event}."


def tail(written: Written, curve: Curve) -> str:
    """Say where the printed numbers end, and how wide the curve is open beyond."""
    parts = []
    for arm in curve.arms:
        month, lower, upper = beyond(curve, arm)
        whose = f"{escape_markdown(arm)}: " if arm else ""
        alone = [arm, curve.code] in written.notes["open"]
        guess = " No follow-up of its own is printed, so this is a guess." if alone else ""
        parts.append(
            f"{whose}the last time that a printed number tells of is {formats.months(curve.last[arm])} "
            f"months; at {formats.months(month)} months survival is {formats.between(lower, upper, '%')} in "
            f"{held(curve.draws)} cohorts.{guess}"
        )
    return " ".join(f"{part[:1].upper()}{part[1:]}" for part in parts)


def curve_alt(curve: Curve) -> str:
    """Return what the picture of one endpoint shows, in words."""
    arms = f" of {len(curve.arms)} arms" if len(curve.arms) > 1 else ""
    return (
        f"Kaplan-Meier curves{arms} of {curve.name} in one reconstructed cohort, each in the band that holds "
        f"{held(curve.draws)} reconstructed cohorts at each month, with numbers at risk."
    )


def curve_caption(curve: Curve) -> str:
    """Return the caption of the picture."""
    apart = "; drawn apart, its patients not those of another endpoint" if curve.apart else ""
    return f"{curve.code}: one reconstructed cohort; bands: {held(curve.draws)} cohorts{apart}"


def how_met(written: Written) -> str:
    """Return in a paragraph how many numbers are met, and what is not."""
    table = written.printed
    met = table["standing"].isin({ASKED, CHOSEN})
    asked, rest = table[met], table[~met]
    text = (
        f"**{formats.of(int((asked['met'] == 1).sum()), len(asked))}** printed numbers that the cohorts were "
        f"made to meet, or were chosen by, come out as printed in each of {written.notes['draws']} cohorts. "
        "That is no evidence: it is how they were made."
    )
    if not len(rest):
        return text
    return f"{text} {formats.counted(len(rest), 'number')} could only be compared: {_compared(rest)}."


def _compared(rest: pd.DataFrame) -> str:
    rows = [
        f"{escape_markdown(_what(row))} ({formats.share(row['met'])} of the cohorts)"
        for row in rest.to_dict("records")
    ]
    return formats.listed(rows)


def printed_table(written: Written) -> pd.DataFrame:
    """Return printed | one cohort | band | met as text."""
    return formats.table(
        written.printed,
        {
            "What": _what, "Printed": _printed, "One cohort": lambda row: _value(row, "ours"),
            "All cohorts": lambda row: _range(_value(row, "lower"), _value(row, "upper")),
            "Met by": lambda row: formats.share(row["met"]), "How": "standing",
        },
    )  # fmt: skip


def _printed(row: dict[Any, Any]) -> str:
    """Return a number as printed, with its unit where that tells something."""
    printed, unit = str(row["printed"]), str(row["unit"])
    if not printed[-1:].isdigit() or unit in ("", "patients", "P"):
        return printed
    return f"{printed}%" if unit == "%" else f"{printed} {unit}"


def _range(lower: str, upper: str) -> str:
    return lower if lower == upper else f"{lower} to {upper}"


def _what(row: dict[Any, Any]) -> str:
    statistic = REGISTRY[row["statistic"]]
    whose = [row["arm"], "" if row["population"] == "all" else row["population"]]
    about = row["category"] or (row["endpoint"] if row["endpoint"] != "RESPONSE" else "")
    at = f" at {row['at']:g} months" if statistic.timed else ""
    words = f"{about}: {statistic.words}{at}" if about else f"{statistic.words}{at}"
    return ", ".join([words, *(one for one in whose if one)])


def _value(row: dict[Any, Any], column: str) -> str:
    unit, value = REGISTRY[row["statistic"]].unit, float(row[column])
    if math.isnan(value):
        return formats.NOTHING
    if math.isinf(value):
        return formats.NOT_REACHED
    if unit == "months":
        return formats.months(value)
    if unit == "%":
        return formats.percent(value, 1)
    if unit == "P":
        return formats.p_value(value)
    return formats.ratio(value) if unit == "ratio" else formats.count(value)


def left_out_table(written: Written) -> pd.DataFrame | None:
    """Return the predictions of numbers left out; None where nothing could be left out."""
    rows = pd.DataFrame(written.notes["left_out"])
    if not len(rows):
        return None
    units = {row["claim"]: row for row in written.printed.to_dict("records")}

    def spelled(row: dict[Any, Any], end: str) -> str:
        value = row[end]
        infinite = value is None or math.isnan(value)
        return _value({**units[row["claim"]], end: math.inf if infinite else value}, end)

    return formats.table(
        rows,
        {
            "What": lambda row: _what(units[row["claim"]]), "Printed": "printed",
            "By the others": lambda row: _range(spelled(row, "lower"), spelled(row, "upper")),
            "Middle": lambda row: spelled(row, "middle"),
            "": lambda row: "far off" if row["surprising"] else "",
        },
    )  # fmt: skip


def left_out(written: Written) -> str:
    """Say what the table of numbers left out is worth, and which stand out."""
    rows = [row for row in written.notes["left_out"] if row["surprising"]]
    if not written.notes["left_out"]:
        return "No number can be left out: the others alone do not make a cohort."
    draws = max(row["draws"] for row in written.notes["left_out"])
    text = (
        f"Each range is that of {formats.counted(draws, 'cohort')} drawn without the number. A number within "
        "says nothing that the others contradict; a number far off is a slip of the pen, an assumption that "
        "does not hold, or news that the others lack."
    )
    named, timed = len(written.notes["left_out"]), written.notes["timed"]
    if named < timed:
        text = (
            f"Of {timed} numbers on times {named} could be left out; without another its endpoint is not "
            f"there, or no cohort was found in a few attempts or before time was up. {text}"
        )
    called = {row["claim"]: _what(row) for row in written.printed.to_dict("records")}
    names = [f"{escape_markdown(called[row['claim']])} ({escape_markdown(row['printed'])})" for row in rows]
    return f"{text} Look twice at {formats.listed(names)}." if names else text


def not_used(written: Written) -> str:
    """Say whether every row of the file is used."""
    unused = written.notes["unused"]
    return (
        f"{formats.counted(len(unused), 'row')} could not be used."
        if unused
        else "Each row of the file is used."
    )


def unused_table(written: Written) -> pd.DataFrame | None:
    """Return the rows that are not used, and why; None where all are."""
    rows = pd.DataFrame(written.notes["unused"])
    return formats.table(rows, {"Row": "claim", "Printed": "printed", "Why": "why"}) if len(rows) else None


def readings_in_short(written: Written) -> str:
    """Return how much was read of how many patients."""
    used = len(written.printed)
    whose = f" of {formats.listed([escape_markdown(arm) for arm in written.arms])}" if written.arms[0] else ""
    of_chain = written.notes["of_chain"]
    return (
        f"{formats.counted(used, 'printed number')}{whose} were read from `{written.notes['file']}`, on "
        f"{formats.listed(written.endpoints)}; {written.notes['draws']} cohorts were drawn from them"
        + (f", {of_chain} successive ones from one chain, as the arms are large." if of_chain > 1 else ".")
    )


def readings(written: Written) -> str:
    """Return how endpoints and groups were read, as a list."""
    return "\n".join(f"- {escape_markdown(line)}" for line in written.notes["readings"])


def alike(written: Written, table: pd.DataFrame) -> str:
    """Say what cohorts that depend on one another are worth; `table` is that of `dependence.of_chains`."""
    if not any(one["chains"] for one in written.notes["endpoints"]):
        return "Here each cohort comes from a chain of its own, so that none depends on another."
    if not len(table):
        return "Here nothing tells how alike cohorts of one chain are: there is only one, or nothing varies."
    worst, least = (table.iloc[place].to_dict() for place in (0, -1))
    most, other = (escape_markdown(_quantity(row)) for row in (worst, least))
    return (
        f"Here {formats.counted(worst['cohorts'], 'cohort')} come from "
        f"{formats.counted(worst['chains'], 'chain')}. Most alike within a chain: "
        f"{most}. By an intraclass correlation of {_correlation(worst)} its mean over all cohorts is as sure "
        f"as over **{_independent(worst)} independent ones**. Least alike: {other}, by {_correlation(least)} "
        f"as sure as over {_independent(least)}."
    )


def alike_table(table: pd.DataFrame) -> pd.DataFrame | None:
    """Return how alike cohorts of one chain are, for reading; None where nothing is known of it."""
    columns: dict[str, formats.Column] = {
        "What": _quantity, "Chains": lambda row: formats.count(row["chains"]),
        "Cohorts": lambda row: formats.count(row["cohorts"]),
        "Correlation within a chain": _correlation, "Independent cohorts": _independent,
    }  # fmt: skip
    return formats.table(table, columns) if len(table) else None


def _quantity(row: dict[Any, Any]) -> str:
    at = "" if math.isnan(row["at"]) else f" at {formats.with_unit(row['at'], 'months')}"
    return ", ".join(one for one in (f"{row['endpoint']}: {row['quantity']}{at}", row["arm"]) if one)


def _correlation(row: dict[Any, Any]) -> str:
    return formats.decimal(row["correlation"], 2)


def _independent(row: dict[Any, Any]) -> str:
    return formats.count(row["independent"])


def files_table() -> pd.DataFrame:
    """Return what each file beside the pages holds."""
    return pd.DataFrame(_FILES, columns=["File", "What it holds"])


def reading_lines(written: Written) -> str:
    """Return lines of R and of Python that read the files, as they are."""
    code = written.endpoints[0]
    group = "arm" if len(written.arms) > 1 else "1"
    return f"""In R:

```r
library(survival)
ipd <- subset(read.csv("ipd.csv"), endpoint == "{code}")
summary(survfit(Surv(time, status) ~ {group}, data = ipd))
draws <- subset(read.csv("draws.csv"), endpoint == "{code}")
sapply(split(draws, draws$draw), function(d) median(survfit(Surv(time, status) ~ 1, data = d)))
```

In Python:

```python
import pandas as pd
from lifelines import KaplanMeierFitter

ipd = pd.read_csv("ipd.csv", keep_default_na=False).query("endpoint == '{code}'")
print(KaplanMeierFitter().fit(ipd["time"], ipd["status"]).median_survival_time_)
```"""
