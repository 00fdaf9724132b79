"""The long-term survivors for their readers: in words, as results, as alt texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims.proportion import shown_percent

if TYPE_CHECKING:
    from pseudoipd.claims import Claim

_COUNTS = {
    "mrd_response": "had an MRD response",
    "relapse_free": "stayed free of relapse",
    "allohct": "had an allogeneic transplantation",
    "adverse_event": "had treatment stopped for a time, for a neurologic event or cytokine release syndrome",
}


def in_words(course: pd.DataFrame, threshold: float) -> str:
    """Return who the long-term survivors were: how many, with which response, treatment and course."""
    chosen = course[course["long_term"]]
    n, k = len(course), len(chosen)
    share = f" ({shown_percent(k, n)})" if n else ""
    first = (
        f"**{k} of {n}** patients{share} were seen {threshold:g} months or longer after the start of "
        "treatment."
    )
    if not k:
        return first
    parts = [
        f"{(chosen[name] == 'Y').sum()} {words}"
        for name, words in _COUNTS.items()
        if (chosen[name] != "").any()
    ]
    died = int(chosen["died"].sum())
    last = f"{died or 'None'} of them died later; the others were alive when last seen."
    if died == k:
        last = "All of them died later."
    return " ".join([first, f"Of these, {_listed(parts)}." if parts else "", last])


def courses_in_words(course: pd.DataFrame, kind: str) -> str:
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


def sweep_in_words(sweep: pd.DataFrame, ensemble: pd.DataFrame | None) -> str:
    """Return how the number of long-term survivors changes with the threshold, here and over the ensemble."""
    first, last = sweep.iloc[0], sweep.iloc[-1]
    known = not math.isnan(last["survival"])
    estimate = f"goes from {_estimate(first)} to {_estimate(last)}" if known else "ends with the follow-up"
    words = (
        f"From a threshold of {first['threshold']:g} to one of {last['threshold']:g} months the count goes "
        f"from {first['seen']:.0f} to {last['seen']:.0f}, while the Kaplan-Meier estimate {estimate}: "
        f"{last['unknown']:.0f} patients were last seen alive "
        f"before {last['threshold']:g} months, and a count of those seen leaves them out."
    )
    if ensemble is None:
        return words
    ends = ensemble.iloc[[0, -1]]
    spans = [
        f"{row.lowest:.0f} to {row.highest:.0f} at {row.threshold:g} months" for row in ends.itertuples()
    ]
    return f"{words} Over the reconstructed cohorts the count spans {_listed(spans)}."


def swimmer_alt(course: pd.DataFrame, threshold: float) -> str:
    """Say in words what the swimmer plot shows."""
    chosen = course[course["long_term"]]
    return (
        f"One bar per patient, {len(course)} in all, from the start of treatment to death or last contact, "
        f"the longest {course['months'].max():.1f} months. {len(chosen)} reach {threshold:g} months, "
        f"{(chosen['mrd_response'] == 'Y').sum()} of them MRD responders; "
        f"{course['relapse_months'].notna().sum()} relapses and {int(course['died'].sum())} deaths "
        "are marked."
    )


def sweep_alt(sweep: pd.DataFrame) -> str:
    """Say in words what the figure of thresholds shows."""
    every_other = sweep[sweep["threshold"] % 2 == 0]
    pairs = [
        f"{seen} at {threshold:g}"
        for seen, threshold in zip(every_other["seen"], every_other["threshold"], strict=True)
    ]
    return f"Number of patients seen at or beyond each threshold in months: {', '.join(pairs)}."


def sweep_reading(sweep: pd.DataFrame) -> pd.DataFrame:
    """Return the sweep for reading, survival with its limits in one column."""
    rows = sweep.to_dict("records")
    return pd.DataFrame(
        {
            "Threshold, months": [f"{row['threshold']:g}" for row in rows],
            "Seen": sweep["seen"],
            "Died before": sweep["died"],
            "Unknown": sweep["unknown"],
            "Survival (95 % limits)": [_estimate(row) for row in rows],
        }
    )


def printed_count(claims: Iterable[Claim]) -> tuple[float, float] | None:
    """Return the printed threshold (months) and count of long-term survivors, None if none is printed."""
    for claim in claims:
        if claim.endpoint == "OS" and claim.statistic == "count_at_or_beyond" and claim.at is not None:
            return claim.at, claim.value
    return None


def results(course: pd.DataFrame, sweep: pd.DataFrame, claims: Iterable[Claim]) -> pd.DataFrame:
    """Return counts of the survivors and the sweep over thresholds as tidy results."""
    claims = tuple(claims)
    ids = {(c.statistic, c.at): c.id for c in claims if c.endpoint == "OS"}
    rows = []
    for row in sweep.to_dict("records"):
        at = f"at {row['threshold']:g} months"
        claim = ids.get(("count_at_or_beyond", row["threshold"]), "")
        rows.append(("long-term survival", "all", f"seen {at}", float(row["seen"]), "patients", claim))
        estimates = ("survival", "lower", "upper")
        rows += [("long-term survival", "all", f"{name} {at}", row[name], "%", "") for name in estimates]
    chosen = course[course["long_term"]]
    for name in _COUNTS:
        known = (chosen[name] != "").any()
        value = float((chosen[name] == "Y").sum()) if known else math.nan
        rows.append(("course", "long-term survivors", name, value, "patients", ""))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))


def _estimate(row: Mapping[Any, Any] | pd.Series) -> str:
    if math.isnan(row["survival"]):
        return "–"
    return f"{row['survival']:.0f}% ({row['lower']:.0f}–{row['upper']:.0f})"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
