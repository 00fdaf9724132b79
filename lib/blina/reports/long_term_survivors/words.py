"""The long-term survivors in words: sentences, tables for reading, alt texts, captions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from blina import formats
from blina.facts import comparators, credit
from blina.reports.long_term_survivors.numbers import MOST_BARS
from blina.scorecard.words import reading
from pseudoipd.survival import reached

CAPTIONS = {
    "consolidation": "What followed the response, and who stayed free of relapse",
    "thresholds": "Patients seen at or beyond each threshold.",
    "sweep": "Seen: observed at or beyond the threshold. Unknown: last seen alive before it",
    "printed": "What is printed on the long-term survivors, at 30 months, and the same from the tables",
}
_COUNTED = {
    "mrd_response": "had an MRD response",
    "relapse_free": "stayed free of relapse",
    "allohct": "had an allogeneic transplantation",
    "adverse_event": "had treatment stopped for a time, for a neurologic event or cytokine release syndrome",
}
_WORDS = {"Y": "yes", "N": "no", "HYPOCELLULAR": "hypocellular", "": formats.NOTHING}
_CONSOLIDATION = {"allohct": "AlloHCT", "cycles": "Three additional cycles, no alloHCT", "neither": "Neither"}


def finding(course: pd.DataFrame, threshold: float) -> str:
    """Return who the long-term survivors were, as Markdown, in 40 words at most."""
    chosen = course[course["long_term"]]
    if not len(chosen):
        return f"Nobody was seen {threshold:g} months or longer after the start of treatment."
    known = [name for name in ("mrd_response", "relapse_free", "allohct") if (chosen[name] != "").any()]
    parts = [f"{(chosen[name] == 'Y').sum()} {_COUNTED[name]}" for name in known]
    # Printed is who responded, who stayed free of relapse; not who died.
    parts.append(f"in the tables read here {int(chosen['died'].sum()) or 'none'} died later")
    return f"Of these, {formats.listed(parts)}."


def key_numbers(course: pd.DataFrame, threshold: float) -> list[tuple[str, str]]:
    """Return how many lived so long, to be set large, and what it is."""
    number = formats.of(int(course["long_term"].sum()), len(course))
    return [(number, f"patients were seen {threshold:g} months or longer after the start of treatment")]


def answer(course: pd.DataFrame, threshold: float) -> str:
    """Return in more words who the long-term survivors were: how many, which response, treatment, course."""
    chosen = course[course["long_term"]]
    n, k = len(course), len(chosen)
    if n and not k and not course["died"].all() and not reached(course["months"], threshold).any():
        return (
            f"**Nobody was followed for {threshold:g} months**: the last of {formats.counted(n, 'patient')} "
            f"was seen at {formats.months(course['months'].max())} months. How many are long-term survivors "
            "is unknown."
        )
    share = f" ({formats.share(k / n)})" if n else ""
    first = (
        f"**{formats.of(k, n)}** patients{share} were seen {threshold:g} months or longer after the start of "
        "treatment."
    )
    if not k:
        return first
    known = {name: words for name, words in _COUNTED.items() if (chosen[name] != "").any()}
    parts = [f"{(chosen[name] == 'Y').sum()} {words}" for name, words in known.items()]
    died = int(chosen["died"].sum())
    last = (
        f"In the tables read here {died or 'none'} of them died later; the others were alive when last seen."
    )
    if died == k:
        last = "In the tables read here all of them died later."
    return " ".join([first, f"Of these, {formats.listed(parts)}." if parts else "", last])


def courses(course: pd.DataFrame, kind: str) -> str:
    """Return what the courses of single patients are worth, and what is odd in them."""
    text = (
        "The patients of your data, one by one."
        if kind == "yours"
        else "**One draw among many.** Only counts are printed. Who was transplanted, when a relapse came "
        "and how long each patient was followed are read off this one reconstructed cohort; another that "
        "agrees with every printed number has other courses."
    )
    early = int((course["relapse_months"] < course["response_months"]).sum())
    if early:
        text += (
            f" Counted as chosen, {early} {'relapse comes' if early == 1 else 'relapses come'} before the "
            "MRD response: `relapse_from` does not suit these tables."
        )
    return text


def events(course: pd.DataFrame, kind: str) -> str:
    """Return the adverse events of the long-term survivors, and what an interim report says of everyone."""
    chosen = course[course["long_term"]]
    if not (chosen["adverse_event"] != "").any():
        return "Whose treatment was stopped for an adverse event, the tables do not say."
    stopped = int((chosen["adverse_event"] == "Y").sum())
    text = (
        f"Adverse events: in {formats.of(stopped, len(chosen))} long-term survivors treatment was stopped "
        "for a time, for a neurologic event or cytokine release syndrome."
    )
    if kind == "yours":
        return text
    rows = comparators().set_index("id")
    interim, ended = rows.loc["interim_cns_interrupted"], rows.loc["interim_cns_discontinued"]
    source = credit(str(interim["source"])).markdown()
    return (
        f"{text} Of all {formats.count(float(interim['n']))}, the nervous system had interrupted treatment "
        f"in {interim['printed']} and ended it in {ended['printed']} by May 2012 ({source}), an "
        "interim report; a table of all adverse events was not at hand (`01_study_design`)."
    )


def survivors_table(course: pd.DataFrame) -> pd.DataFrame:
    """Return the long-term survivors of `course` for reading, in words instead of codes."""
    return formats.table(
        course[course["long_term"]],
        {
            "Patient": "USUBJID",
            "Best response": _in_words("best_response"),
            "MRD response": lambda row: _day(row["mrd_day"]),
            "AlloHCT": _in_words("allohct"),
            "Relapse-free": _relapse_free,
            "Relapse, month": lambda row: formats.months(row["relapse_months"]),
            "Retreated": _in_words("retreated"),
            "Temporary stop": _in_words("adverse_event"),
            "Months": lambda row: formats.months(row["months"]),
            "Then": lambda row: "died" if row["died"] else "alive",
        },
    )


def _in_words(column: str) -> formats.Column:
    return lambda row: _WORDS.get(row[column], row[column])


def _relapse_free(row: Mapping[Any, Any]) -> str:
    """Return whether a patient stayed free of relapse; of one without CR or CRh it is not asked."""
    asked = row["best_response"] in ("CR", "CRH", "CRh", "") or not math.isnan(row["relapse_months"])
    return str(_WORDS.get(row["relapse_free"], row["relapse_free"])) if asked else "n/a"


def _day(day: float) -> str:
    return formats.NOTHING if math.isnan(day) else f"day {day:g}"


def printed_table(card: pd.DataFrame) -> pd.DataFrame | None:
    """Return `numbers.printed` for reading; None where no claim is about these patients."""
    return None if card.empty else reading(card)


def survivors_caption(threshold: float) -> str:
    """Say who is listed."""
    return f"Patients seen {threshold:g} months or longer after the start of treatment"


def consolidation_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Return `numbers.consolidation` for reading."""
    heads = {"consolidation": "After the response", "patients": "Patients", "relapse_free": "Relapse-free"}
    return counts.replace({"consolidation": _CONSOLIDATION}).rename(columns=heads)


def sweep(found: pd.DataFrame, ensemble: pd.DataFrame | None) -> str:
    """Return how the number of long-term survivors changes with the threshold, here and over the ensemble."""
    first, last = found.iloc[0], found.iloc[-1]
    if math.isnan(first["seen"]):
        return f"Nobody was followed for {first['threshold']:g} months, the lowest of these thresholds."
    known = not math.isnan(last["survival"])
    counted = (
        f"{formats.count(last['seen'])} with one of {last['threshold']:g}, while the Kaplan-Meier estimate "
        f"goes from {_estimate(first)} to {_estimate(last)}"
        if known
        else f"nobody was followed for {last['threshold']:g}, where the Kaplan-Meier estimate ends, too"
    )
    words = (
        f"{formats.count(first['seen'])} patients are counted with a threshold of {first['threshold']:g} "
        f"months and {counted}. Those last seen alive before {last['threshold']:g} months, "
        f"{formats.count(last['unknown'])} here, are left out of a count of those seen."
    )
    if ensemble is None:
        return words
    ends = ensemble.iloc[[0, -1]]
    spans = [
        f"{formats.between(row['lowest'], row['highest'], 'patients')} at {row['threshold']:g} months"
        for row in ends.to_dict("records")
    ]
    return f"{words} Over the reconstructed cohorts the count spans {formats.listed(spans)}."


def sweep_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return the sweep for reading, survival with its limits in one column."""
    return formats.table(
        found,
        {
            "Threshold, months": lambda row: f"{row['threshold']:g}",
            "Seen": lambda row: formats.count(row["seen"]),
            "Died before": "died",
            "Unknown": "unknown",
            "Survival (95% limits)": _estimate,
        },
    )


def swimmer_alt(course: pd.DataFrame, threshold: float) -> str:
    """Say in words what the swimmer plot shows."""
    chosen = course[course["long_term"]]
    return (
        f"One bar per patient, {len(course)} in all, from the start of treatment to death or last contact, "
        f"the longest {formats.months(course['months'].max())} months. {len(chosen)} reach {threshold:g} "
        f"months, {(chosen['mrd_response'] == 'Y').sum()} of them MRD responders; "
        f"{course['relapse_months'].notna().sum()} relapses and {int(course['died'].sum())} deaths "
        "are marked."
    )


def swimmer_caption(course: pd.DataFrame, kind: str) -> str:
    """Say what the bars are, and that some are left out if there are too many."""
    caption = "One bar per patient, from the start of treatment to death or last contact."
    if kind == "reconstructed":
        caption = (
            "One possible course of every patient: one bar each, from the start of treatment to death or "
            "last contact. When and whether each relapsed is not printed."
        )
    if len(course) > MOST_BARS:
        caption += f" The {MOST_BARS} longest of {len(course)} are drawn."
    return caption


def thresholds_alt(found: pd.DataFrame) -> str:
    """Say in words what the figure of thresholds shows."""
    every_other = found[(found["threshold"] % 2 == 0) & found["seen"].notna()]
    pairs = [
        f"{formats.count(row['seen'])} at {row['threshold']:g}" for row in every_other.to_dict("records")
    ]
    if not pairs:
        return "Nobody was followed to any of the thresholds."
    return f"Number of patients seen at or beyond each threshold in months: {', '.join(pairs)}."


def _estimate(row: Mapping[Any, Any] | pd.Series) -> str:
    if math.isnan(row["survival"]):
        return formats.NOTHING
    return formats.limits(row["survival"], row["lower"], row["upper"], "%")
