"""The reconstruction in words: sentences, tables for reading, alt texts, captions; all numbers computed."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from blina.reports.reconstruction.numbers import BOUNDED, IDENTIFIED, LONGER, OPEN, Reconstruction
from blina.vocabulary import ENDPOINT_NAMES, LONG_TERM_MONTHS

LABELS: Mapping[str, str] = {
    IDENTIFIED: "the printed numbers fix it",
    BOUNDED: "the printed numbers narrow it down",
    OPEN: "the printed numbers say little about it",
}
CAPTIONS = {
    "claims_met": "The printed numbers on times, and our values of them over all cohorts",
    "cohorts": "Grey: cohorts drawn at random. Where the curves run together, the printed numbers hold them.",
    "identified": "Grey: 95 % of cohorts that meet the printed counts only. Coloured: 95 % of those that "
    "meet everything.",
    "quantities": "What was not printed: median, 95 % of the cohorts, extremes, and the label that the rule "
    "gives",
    "longer": "95 % of the curves, month by month, from both.",
    "longer_bands": "The same quantities from chains that ran longer",
}
_WHAT = {
    "OS at": "Overall survival at {at} months",
    "OS mean": "Mean overall survival up to {at} months",
    "OS events": "Deaths",
    "lost": f"Last seen alive before {LONG_TERM_MONTHS:g} months",
    "deaths between": f"Deaths between {{at}} and {LONG_TERM_MONTHS:g} months",
    "hazard ratio": "Hazard ratio for current MRD response (time-dependent Cox)",
    "early responses": "MRD responses on day {at}",
    "median mrd_responder": "Median survival of MRD responders, from the start of treatment",
    "median mrd_non_responder": "Median survival of MRD non-responders, from the start of treatment",
    "transplanted at 24": "Survival at 24 months of the transplanted, from the start of treatment",
    "transplanted deaths": "Deaths among the transplanted",
    "RFS at": "Relapse-free survival at {at} months",
    "RFS mean": "Mean relapse-free survival up to {at} months",
    "RFS events": "Relapses and deaths in remission",
}
"""What a quantity is, by its name, or by its name without the month."""

_DECIMALS = {"%": 0, "patients": 0, "months": 1, "P": 4}


def number(value: float, unit: str, digits: int = 0) -> str:
    """Return a value in its unit's format, `digits` more decimals than usual."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "not reached"
    return f"{value:.{_DECIMALS.get(unit, 2) + digits}f}"


def between(lower: float, upper: float, unit: str) -> str:
    """Return a range with its unit; one number where both ends are shown alike."""
    ends = number(lower, unit), number(upper, unit)
    if ends == ("1", "1"):
        unit = unit.removesuffix("s")
    return f"{ends[0] if ends[0] == ends[1] else ' to '.join(ends)} {unit}".strip()


def named(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of quantities with `what` each is, in words, in place of `at`."""
    about = zip(table["name"], table["at"], strict=True)
    what = [(_WHAT.get(name) or _WHAT[name.rsplit(" ", 1)[0]]).format(at=at) for name, at in about]
    return table.rename(columns={"at": "what"}).assign(what=what)


def answer(found: Reconstruction, proved: pd.DataFrame, table: pd.DataFrame) -> str:
    """Return the answer to the report's question in a few sentences."""
    count = table["label"].value_counts()
    asked = ", ".join(f"**{int(count.get(name, 0))} {name}**" for name in LABELS)
    return (
        f"Each of **{found.draws} cohorts**, drawn at random, meets all **{len(proved)}** printed numbers "
        f"that speak of patients, {int(proved['timed'].sum())} of them about times. Of {len(table)} "
        f"quantities that were not printed, the rule below calls {asked}."
    )


def proof(found: Reconstruction, proved: pd.DataFrame) -> str:
    """Return what the check of all claims in all cohorts gave."""
    checks, met = len(proved) * found.draws, int(proved["met"].sum())
    counted = proved[~proved["timed"]]
    return (
        "The sampler's own bookkeeping does not count here: every statistic was computed anew from the drawn "
        f"patients by the functions that the other reports use. **{met} of {checks}** comparisons of a "
        f"cohort with a printed number agree. The {len(counted)} claims on numbers of patients hold exactly "
        "in every cohort; those on times are listed, with the range of our values within each printed "
        "interval."
    )


def proof_table(found: Reconstruction, proved: pd.DataFrame) -> pd.DataFrame:
    """Return the claims on times for reading."""
    timed = proved[proved["timed"]]
    return pd.DataFrame(
        {
            "Claim": timed["what"],
            "Printed": timed["printed"],
            "Unit": timed["unit"],
            "Over the cohorts": [
                _range(row["lowest"], row["highest"], row["unit"]) for row in timed.to_dict("records")
            ],
            f"Met by, of {found.draws}": timed["met"],
        }
    ).reset_index(drop=True)


def _range(lowest: float, highest: float, unit: str) -> str:
    # Fine enough that an end which lies in the printed interval is not rounded out of it.
    digits = 0 if unit in ("patients", "P") else 2
    ends = number(lowest, unit, digits), number(highest, unit, digits)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def identified_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the printed numbers leave open, for reading, in the order of the labels."""
    order = table.assign(rank=table["label"].map({name: i for i, name in enumerate(LABELS)}))
    rows = order.sort_values("rank", kind="stable").to_dict("records")
    return pd.DataFrame(
        [
            {
                "Quantity": row["what"],
                "Median": between(row["middle"], row["middle"], row["unit"]),
                "95 % of cohorts": between(row["lower"], row["upper"], row["unit"]),
                "All cohorts": between(row["lowest"], row["highest"], row["unit"]),
                "Width, of that without times": _share(row["share"]),
                "Label": row["label"],
            }
            for row in rows
        ]
    )


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.0f} %"


def certainty(found: Reconstruction, table: pd.DataFrame) -> str:
    """Return which quantities have which label, in words."""
    parts = []
    for name in (IDENTIFIED, BOUNDED, OPEN):
        rows = table[table["label"] == name].to_dict("records")
        listed = "; ".join(f"{_lowered(r['what'])} ({_band(r)})" for r in rows)
        parts.append(f"- **{name}** ({LABELS[name]}): {listed or 'none'}.")
    return f"95 % of {found.draws} cohorts lie within the ranges in parentheses.\n\n" + "\n".join(parts)


def _band(row: dict[Any, Any], which: str = "") -> str:
    return between(row[f"lower{which}"], row[f"upper{which}"], row["unit"])


def _lowered(what: str) -> str:
    return what if what.startswith("MRD") else what[0].lower() + what[1:]


def diversity(found: Reconstruction, table: pd.DataFrame, different: int) -> str:
    """Return how far the cohorts differ from one another."""
    near, far = table.to_dict("records")
    return (
        f"**{different} of {found.draws}** cohorts are different. Between two draws far apart, a median of "
        f"**{100 * far['median']:.0f} %** of the patients' courses (times and events of both endpoints) are "
        f"not shared, at least {100 * far['smallest']:.0f} %; between consecutive draws, which may come from "
        f"one chain, {100 * near['median']:.0f} %, at least {100 * near['smallest']:.0f} %."
    )


def settled(table: pd.DataFrame) -> str:
    """Return whether chains that ran longer give other bands."""
    worst: dict[Any, Any] = table.loc[table["moved"].idxmax()].to_dict()
    few = int((table["moved"] <= 0.25).sum())
    return (
        f"Chains that run {LONGER} times as long, with other random numbers, should give the same bands. In "
        f"{few} of {len(table)} quantities no end of the band moves by more than a quarter of its width; the "
        f"largest shift is {100 * worst['moved']:.0f} % of it ({_lowered(worst['what'])}: {_band(worst)} "
        f"here, {_band(worst, '_longer')} there)."
    )


def settled_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the bands of both ensembles for reading."""
    return pd.DataFrame(
        {
            "Quantity": table["what"],
            "95 % of cohorts": [between(r["lower"], r["upper"], r["unit"]) for r in table.to_dict("records")],
            "Longer chains": [
                between(r["lower_longer"], r["upper_longer"], r["unit"]) for r in table.to_dict("records")
            ],
        }
    )


def cohorts_alt(bands: Mapping[str, pd.DataFrame]) -> str:
    """Say in words what the picture of the curves shows."""
    parts = []
    for endpoint, band in bands.items():
        spread = (band["upper"] - band["lower"]).to_numpy()
        widest = int(np.argmax(spread))
        parts.append(
            f"{_title(endpoint)}: one step curve per cohort; 95 % of them span "
            f"at most {100 * spread[widest]:.0f} points, at {band['time'].iloc[widest]:g} months."
        )
    return " ".join(parts)


def _title(endpoint: str) -> str:
    return ENDPOINT_NAMES[endpoint].capitalize()


def identified_alt(table: pd.DataFrame) -> str:
    """Say in words what the picture of the bands shows."""
    narrow = table.loc[table["share"].idxmin()] if table["share"].notna().any() else None
    wide = table.loc[table["share"].idxmax()] if narrow is not None else None
    labels = table["label"].value_counts().to_dict()
    words = ", ".join(f"{count} {name}" for name, count in labels.items())
    if narrow is None or wide is None:
        return f"One bar per quantity: {words}."
    return (
        f"One bar per quantity on the range that the counts alone allow: {words}. "
        f"Narrowest: {narrow['what']}, {100 * narrow['share']:.0f} % of that range; "
        f"widest: {wide['what']}, {100 * wide['share']:.0f} %."
    )


def longer_alt(bands: Mapping[str, pd.DataFrame]) -> str:
    """Say in words how far the two bands lie apart."""
    parts = []
    for endpoint, band in bands.items():
        gaps = [(band[end] - band[f"{end}_longer"]).abs() for end in ("lower", "upper")]
        parts.append(f"{_title(endpoint)} {100 * float(np.mean(gaps)):.1f} points")
    return "Two bands of curves. Mean distance of their edges: " + "; ".join(parts) + "."
