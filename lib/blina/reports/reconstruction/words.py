"""The reconstruction in words: sentences, tables for reading, alt texts, captions; all numbers computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from blina import formats
from blina.endpoint.bands import FEWEST, LEVEL, held
from blina.reports.reconstruction import chain_length as chain_lengths
from blina.reports.reconstruction.numbers import (
    BOUNDED,
    IDENTIFIED,
    LONGER,
    MEAN_MONTHS,
    OPEN,
    Playable,
    Reconstruction,
)
from blina.reports.reconstruction.sensitivity import DEFAULT, KEYS, MOVED, matters
from blina.scorecard.numbers import describe
from blina.vocabulary import DAYS_PER_MONTH, ENDPOINT_NAMES, LONG_TERM_MONTHS
from nbreports.html.live import Interval, Live, Measure, Panel
from nbreports.html.markup import Strong
from pseudoipd.claims import Claim, decimals

LABELS: Mapping[str, str] = {
    IDENTIFIED: "print allows a narrow range",
    BOUNDED: "print allows a moderate range",
    OPEN: "print allows a wide range",
}
CAPTIONS = {
    "claims_met": "The printed numbers on times, and our values of them over all cohorts",
    "cohorts": "Gray: cohorts drawn at random. Where they run together, printed numbers and prior hold them.",
    "identified": "Gray: what print allows, from the least to the largest value found in any cohort that "
    "meets every printed number. Colored: median and 95% of the cohorts drawn.",
    "quantities": "What was not printed: the cohorts drawn, what print allows, and the label that the rule "
    "gives",
    "sensitivity": "Median and 95% of the cohorts drawn under each alternative; bold: it matters",
    "play": "Cohorts drawn from the printed numbers; choose among them with the controls, where scripts run.",
    "totals": "Sampling and print together, by Rubin's rules",
    "longer": "95% of the curves, month by month, from both.",
    "longer_bands": "The ends of each band with their Monte Carlo error (95% limits), and the bands of "
    "chains that ran longer",
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
    "relapses": "Relapses among them",
}
"""What a quantity is, by its name, or by its name without the month."""


def named(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of quantities with `what` each is, in words, in place of `at`."""
    about = zip(table["name"], table["at"], strict=True)
    what = [(_WHAT.get(name) or _WHAT[name.rsplit(" ", 1)[0]]).format(at=at) for name, at in about]
    return table.rename(columns={"at": "what"}).assign(what=what)


def key_numbers(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return overall survival at the months of which print leaves least and most open, to be set large."""
    rows = table[table["name"].str.startswith("OS at")].dropna(subset="least")
    rows = rows.assign(width=rows["largest"] - rows["least"]).sort_values("width", kind="stable")
    return [
        (formats.span(row["least"], row["largest"], "%"), f"{_lowered(row['what'])}, in all cohorts found")
        for row in (rows.iloc[[0, -1]] if len(rows) > 1 else rows).to_dict("records")
    ]


def finding(found: Reconstruction, proved: pd.DataFrame, table: pd.DataFrame) -> str:
    """Return how much of what was not printed is known, and how, as Markdown, in 40 words at most."""
    count = table["label"].value_counts()
    narrow, wide = (int(count.get(name, 0)) for name in (IDENTIFIED, OPEN))
    return (
        f"Of {len(table)} quantities that nobody printed, **{narrow}** keep to a narrow range in all cohorts "
        f"found and **{wide}** range widely. Each of {found.draws} cohorts, drawn at random, meets all "
        f"{len(proved)} printed numbers."
    )


def proof(found: Reconstruction, proved: pd.DataFrame) -> str:
    """Return what the check of all claims in all cohorts gave."""
    checks, met = len(proved) * found.draws, int(proved["met"].sum())
    counted = proved.loc[~proved["timed"], "met"]
    held_everywhere = formats.of(int((counted == found.draws).sum()), len(counted), "claim")
    return (
        "The sampler's own bookkeeping does not count here: every statistic was computed anew from the drawn "
        f"patients by the functions that the other reports use. **{formats.of(met, checks)}** comparisons of "
        f"a cohort with a printed number agree. {held_everywhere} on numbers of patients hold in every "
        "cohort; those on times are listed, with the range of our values beside each printed number."
    )


def proof_table(found: Reconstruction, proved: pd.DataFrame) -> pd.DataFrame:
    """Return the claims on times for reading."""
    return formats.table(
        proved[proved["timed"]],
        {
            "Claim": "what",
            "Printed": "printed",
            "Unit": "unit",
            "Over the cohorts": _within,
            f"Met by, of {found.draws}": "met",
        },
    )


def _within(row: dict[Any, Any]) -> str:
    """Return the range of our values, so fine that no end is rounded out of the printed interval."""
    if row["unit"] in ("patients", "P"):
        return formats.between(row["lowest"], row["highest"], row["unit"])
    return formats.spread(formats.decimal(row["lowest"], 3), formats.decimal(row["highest"], 3))


def identified_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return what the printed numbers leave open, for reading, in the order of the labels."""
    return formats.table(
        table.sort_values("label", key=lambda names: names.map(list(LABELS).index), kind="stable"),
        {
            "Quantity": "what",
            "Median": lambda row: formats.span(row["middle"], row["middle"], row["unit"]),
            "95% of the cohorts drawn": _band,
            "Allowed by print, at least": _allowed,
            "Label": "label",
        },
    )


def _band(row: Mapping[Any, Any], which: str = "") -> str:
    return formats.span(row[f"lower{which}"], row[f"upper{which}"], row["unit"])


def _allowed(row: Mapping[Any, Any]) -> str:
    text = formats.span(row["least"], row["largest"], row["unit"])
    return f"{text}, exact" if row["exact"] else text


_DIGITS = {"months": 1, "": 2}
"""Decimals of a number to play with, by its unit; whole ones of patients."""
_CHOSEN = ("OS events", "relapses")
"""Quantities of which a reader can keep a range."""
_FIRST_MONTH = 12


def played(cohorts: Playable) -> Live:
    """Return cohorts to choose among as a page draws them, with the names of what they are chosen by."""
    longest = max(float(days.max()) for days in cohorts.drawn.time.values())
    about = pd.DataFrame([(q.name, q.at) for q in cohorts.quantities], columns=["name", "at"])
    names = named(about)["what"].str.removesuffix(" among them")
    return Live(
        noun="cohort",
        groups=[
            ("that meet every printed number", len(cohorts.drawn)),
            *((f"without {describe(one)} {one.printed}", count) for one, count in cohorts.left_out),
        ],
        level=LEVEL,
        axis="Months",
        unit=DAYS_PER_MONTH,
        most=math.ceil(longest / DAYS_PER_MONTH),
        at=_FIRST_MONTH,
        panels=[Panel(_title(name), _title(name), curves) for name, curves in cohorts.curves.items()],
        measures=[
            Measure(name, q.values, _DIGITS.get(q.unit, 0), chosen=q.name in _CHOSEN)
            for name, q in zip(names, cohorts.quantities, strict=True)
        ],
        intervals=[
            Interval(
                f"{describe(claim)} {claim.printed}", values, claim.interval.lower, claim.interval.upper,
                digits=decimals(claim.printed) + 2, bare=claim.unit == "P",
            )
            for claim, values in cohorts.printed
        ],
        words=(
            "One more number known",
            "Printed numbers, closer",
            "None of these cohorts is left. That does not mean that there is none.",
            "Cohorts",
        ),
    )  # fmt: skip


def play(found: Reconstruction, cohorts: Playable) -> str:
    """Return what choosing among the cohorts shows, and which of them were not made to meet a number."""
    more = "" if len(cohorts.drawn) == found.draws else f", of which this page reads the first {found.draws}"
    return (
        f"Of the {formats.counted(len(cohorts.drawn), 'cohort')}{more}, keep those in which a number lies "
        "where you want it: what is left is what the ensemble would be if that had been printed too, from "
        f"fewer cohorts. Of fewer than {FEWEST} the band holds all. {_dropped(cohorts.left_out)}"
    )


def _dropped(left_out: Sequence[tuple[Claim, int]]) -> str:
    if not left_out:
        return "Each was drawn to meet every printed number: here one can be held closer, but not dropped."
    least = min(count for _, count in left_out)
    return (
        "Each was drawn to meet every printed number. For each of "
        f"{len(left_out)} numbers on times {least} more were drawn without it (and without its other "
        "printings): drop it, and see how far the band moves."
    )


def play_alt(cohorts: Playable) -> str:
    """Say in words what the picture of the cohorts to choose among shows."""
    parts = [
        f"{_title(name)} {formats.between(100 * row['lower'], 100 * row['upper'], '%')}"
        for name, band in cohorts.bands.items()
        for row in band[band["time"] == _FIRST_MONTH].to_dict("records")
    ]
    return (
        f"Curves of some cohorts, their median, and {held(len(cohorts.drawn))} cohorts, "
        f"at {_FIRST_MONTH} months: {'; '.join(parts)}."
    )


def certainty(found: Reconstruction, table: pd.DataFrame) -> str:
    """Return which quantities have which label, in words."""
    parts = []
    for name, words in LABELS.items():
        rows = table[table["label"] == name].to_dict("records")
        listed = "; ".join(f"{_lowered(row['what'])} ({_allowed(row)})" for row in rows)
        parts.append(f"- **{name}** ({words}): {listed or 'none'}.")
    known = (
        "In parentheses what print allows at least: for each end a cohort is checked in that meets every "
        "printed number (`data/cohort/witnesses.parquet`); the search for it may have missed others beyond. "
        "A range is exact where the counts prove its ends (integer programming) and cohorts reach them."
        if found.witnesses is not None
        else f"In parentheses the extremes of the {found.draws} cohorts drawn; others may reach farther."
    )
    return f"{known}\n\n" + "\n".join(parts)


def _lowered(what: str) -> str:
    return what if what.startswith("MRD") else what[0].lower() + what[1:]


def diversity(found: Reconstruction, table: pd.DataFrame, different: int) -> str:
    """Return how far the cohorts differ from one another."""
    near, far = (
        {name: formats.share(row[name]) for name in ("median", "smallest")}
        for row in table.to_dict("records")
    )
    return (
        f"**{formats.of(different, found.draws)}** cohorts are different. Between two draws far apart, a "
        f"median of **{far['median']}** of the patients' courses (times and events of both endpoints) are "
        f"not shared, at least {far['smallest']}; between consecutive draws {near['median']}, at least "
        f"{near['smallest']}."
    )


def settled(found: Reconstruction, table: pd.DataFrame) -> str:
    """Return how many independent cohorts the ensemble is worth, and whether longer chains give other bands.

    With so many quantities one correlation of a cohort with the next may pass `1.96 / sqrt(draws)` by chance
    alone; the limit for the largest allows for their number (Bonferroni).
    """
    worst: dict[Any, Any] = table.loc[table["moved"].idxmax()].to_dict()
    few = int((table["moved"] <= 0.25).sum())
    known = table["repeats"].abs().dropna()
    chance = NormalDist().inv_cdf(1 - (1 - LEVEL) / 2 / max(1, len(known))) / math.sqrt(found.draws)
    return (
        f"Each cohort ends a chain of its own, begun apart and with random numbers of its own: the effective "
        f"sample size is **{found.draws}**, the number of cohorts. The largest correlation of a cohort with "
        f"the next, over {len(known)} quantities, is "
        f"{formats.fraction(known.max(), 2)}; chance alone leaves it below {formats.fraction(chance, 2)} in "
        f"about {formats.share(LEVEL)} of such tables or more."
        f" The Monte Carlo error of a band's ends stands in the table: "
        f"{formats.share(LEVEL)} limits by order statistics, which hold whatever the distribution.\n\n"
        f"Chains that run {LONGER} times as long, with other random numbers, should give the same bands. In "
        f"{formats.of(few, len(table))} quantities no end of the band moves by more than a quarter of its "
        f"width; the largest shift is {formats.share(worst['moved'])} of it ({_lowered(worst['what'])}: "
        f"{_band(worst)} here, {_band(worst, '_longer')} there)."
    )


def chain_length(table: pd.DataFrame) -> str:
    """Return how far the means lie apart between chains of the usual length and much longer ones."""
    most, error = (math.ceil(100 * value) / 100 for value in (table["off"].abs().max(), table["error"].max()))
    usual, longer = (formats.count(table[name].max()) for name in ("size", "size_longer"))
    return (
        f"At the default assumptions {usual} chains of the usual length are held against {longer} that run "
        f"{chain_lengths.LONGER} times as long. The means of {len(table)} quantities differ by "
        f"**{formats.fraction(most, 2)}** standard deviations of a cohort at most (standard error of a "
        f"difference {formats.fraction(error, 2)})."
    )


def settled_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the bands of both ensembles for reading, with the Monte Carlo error of the first's ends."""
    columns: dict[str, formats.Column] = {
        "Quantity": "what",
        "95% of cohorts": _band,
        "Its lower end": lambda row: formats.span(row["lower_from"], row["lower_to"], row["unit"]),
        "Its upper end": lambda row: formats.span(row["upper_from"], row["upper_to"], row["unit"]),
        "Longer chains": lambda row: _band(row, "_longer"),
    }
    return formats.table(table, columns)


def cohorts_alt(bands: Mapping[str, pd.DataFrame]) -> str:
    """Say in words what the picture of the curves shows."""
    parts = []
    for endpoint, band in bands.items():
        spread = (band["upper"] - band["lower"]).to_numpy()
        widest = int(np.argmax(spread))
        parts.append(
            f"{_title(endpoint)}: one step curve per cohort; {formats.share(LEVEL)} of them span "
            f"at most {formats.count(100 * spread[widest])} points, at {band['time'].iloc[widest]:g} months."
        )
    return " ".join(parts)


def _title(endpoint: str) -> str:
    return ENDPOINT_NAMES[endpoint].capitalize()


def identified_alt(table: pd.DataFrame) -> str:
    """Say in words what the picture of the bands shows."""
    labels = ", ".join(f"{count} {name}" for name, count in table["label"].value_counts().items())
    shares = table.assign(
        share=[
            (row["upper"] - row["lower"]) / (row["largest"] - row["least"])
            if row["least"] < row["largest"] and math.isfinite(row["largest"])
            else math.nan
            for row in table.to_dict("records")
        ]
    ).dropna(subset="share")
    if shares.empty:
        return f"One bar per quantity: {labels}."
    (narrow, least), (wide, most) = shares.sort_values("share")[["what", "share"]].iloc[[0, -1]].to_numpy()
    return (
        f"One bar per quantity on the range that print allows: {labels}. 95% of the cohorts drawn take the "
        f"least of that range, {formats.share(least)}, for {narrow}, and the most, "
        f"{formats.share(most)}, for {wide}."
    )


def longer_alt(bands: Mapping[str, pd.DataFrame]) -> str:
    """Say in words how far the two bands lie apart."""
    parts = []
    for endpoint, band in bands.items():
        gaps = [(band[end] - band[f"{end}_longer"]).abs() for end in ("lower", "upper")]
        parts.append(f"{_title(endpoint)} {formats.decimal(100 * float(np.mean(gaps)), 1)} points")
    return "Two bands of curves. Mean distance of their edges: " + "; ".join(parts) + "."


def sensitivity(found: pd.DataFrame) -> str:
    """Return which alternatives matter, and which have no cohort."""
    rows = found.assign(matters=matters(found))
    moving = rows[rows["matters"]].groupby(["assumption", "choice"], sort=False).size()
    without = rows[rows["draws"] == 0].groupby(["assumption", "choice"], sort=False).size()
    draws = int(rows["draws"].max())
    parts = [
        f"Each row is drawn anew, {formats.counted(draws, 'cohort')} of it. Bold: the median lies farther "
        f"from the default's than {formats.share(MOVED)} of the default's band is wide, and than chance "
        "among the draws explains; "
        f"{formats.counted(len(moving), 'alternative')} {'does' if len(moving) == 1 else 'do'} so somewhere."
    ]
    if len(without):
        named = formats.listed([_choice(name, choice) for name, choice in without.index])
        parts.append(f"No cohort was found under {named}.")
    return " ".join(parts)


def _choice(name: str, choice: str) -> str:
    return "the default" if name == DEFAULT else f"{name} = {choice}"


def sensitivity_table(found: pd.DataFrame) -> pd.DataFrame:
    """Return one row per alternative, one column per quantity: median and 95 % of the cohorts drawn."""
    rows = found.assign(matters=matters(found))
    heads = dict(zip(KEYS, named(_keys(found))["what"], strict=True))
    table: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows.to_dict("records"):
        place = table.setdefault((row["assumption"], row["choice"]), {})
        text = formats.limits(row["middle"], row["lower"], row["upper"], row["unit"])
        place[heads[row["quantity"]]] = Strong(text) if row["matters"] else text
    return pd.DataFrame(
        [{"Assumption": _choice(name, choice)} | cells for (name, choice), cells in table.items()]
    )


def _keys(found: pd.DataFrame) -> pd.DataFrame:
    """Return the quantities' names and what they leave open, as `named` takes them."""
    month = [name.rsplit(" ", 1)[1] if " at " in name else f"{MEAN_MONTHS:g}" for name in KEYS]
    return pd.DataFrame({"name": list(KEYS), "at": month})


def totals_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the total uncertainty for reading."""
    return formats.table(
        table,
        {
            "Quantity": lambda row: named(_as_quantity(row))["what"].iloc[0],
            "Estimate": lambda row: formats.number(row["estimate"], row["unit"]),
            "95% limits, both parts": lambda row: formats.span(row["lower"], row["upper"], row["unit"]),
            "Of the variance: 36 patients": lambda row: formats.share(1 - row["between_share"]),
            "Of the variance: print": lambda row: formats.share(row["between_share"]),
        },
    )


def _as_quantity(row: Mapping[Any, Any]) -> pd.DataFrame:
    names = {"survival": f"{row['endpoint']} at {row['at']:g}", "mean": f"{row['endpoint']} mean"}
    return pd.DataFrame({"name": [names.get(row["what"], row["what"])], "at": [f"{row['at']:g}"]})
