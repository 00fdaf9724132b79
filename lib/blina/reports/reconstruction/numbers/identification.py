"""What the printed numbers leave open: how far an ensemble pins down a quantity that was not printed.

The rule compares the middle 95 % of a quantity's values over the cohorts that meet every printed number (the
band) with two things: the smallest difference worth reporting (its resolution: one patient, half a month,
a tenth of a hazard ratio), and the band of cohorts that meet only the printed counts, drawn from the same
prior without any printed time (the reference).

- identified: the band is no wider than twice the resolution, or than a tenth of the reference;
- bounded: the band is at most half as wide as the reference;
- open: all else, and whatever has no finite band.

Identified does not mean true: it means that whoever believes the printed numbers, the stated assumptions
and the prior's idea of a smooth hazard must believe the value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina.vocabulary import (
    DAYS_PER_MONTH,
    ENDPOINT_NAMES,
    LONG_TERM_MONTHS,
    POPULATIONS,
    TIME_STATISTICS,
    member,
)
from pseudoipd.cache import Ensemble
from pseudoipd.claims import Claim, select
from pseudoipd.survival import draws as over
from pseudoipd.transitions import mantel_byar_of_draws

FloatArray = NDArray[np.float64]

IDENTIFIED, BOUNDED, OPEN = "identified", "bounded", "open"
LABELS: Mapping[str, str] = {
    IDENTIFIED: "the printed numbers fix it",
    BOUNDED: "the printed numbers narrow it down",
    OPEN: "the printed numbers say little about it",
}
RESOLUTIONS_WIDE = 2.0
IDENTIFIED_SHARE, BOUNDED_SHARE = 0.1, 0.5
BAND = (0.025, 0.5, 0.975)

PATIENT, HALF_MONTH, TENTH = 1.0, 0.5, math.log(1.1)


@dataclass(frozen=True)
class Span:
    """One quantity over an ensemble, in its own unit.

    `share` is the width of the band in terms of the reference's; NaN without a reference.
    """

    lowest: float
    lower: float
    median: float
    upper: float
    highest: float
    share: float
    label: str


@dataclass(frozen=True, eq=False)
class Quantity:
    """Values by draw of something that was not printed; `log` measures widths as ratios."""

    name: str
    what: str
    unit: str
    values: FloatArray
    resolution: float
    log: bool = False


def summarise(
    values: ArrayLike, reference: ArrayLike | None = None, resolution: float = 0.0, *, log: bool = False
) -> Span:
    """Return median, 95 % band, extremes and label of one quantity; NaN values stay out.

    `reference` holds its values over cohorts that meet only the counts. Quantiles are order statistics, so
    'not reached' (infinite) stays what it is. Without a reference only the resolution decides between
    identified and open.
    """
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return Span(*(math.nan,) * 6, label=OPEN)
    lower, median, upper = (float(q) for q in np.quantile(known, BAND, method="inverted_cdf"))
    wide = width(lower, upper, log=log)
    share = math.nan if reference is None else _share(wide, np.asarray(reference, dtype=float), log)
    extremes = float(known.min()), float(known.max())
    return Span(extremes[0], lower, median, upper, extremes[1], share, label(wide, share, resolution))


def width(lower: float, upper: float, *, log: bool = False) -> float:
    """Return the width of a band: 0 between two equal ends, infinite with one infinite end."""
    if lower == upper:
        return 0.0
    if log:
        return math.log(upper / lower) if lower > 0 and math.isfinite(upper) else math.inf
    return upper - lower


def label(wide: float, share: float, resolution: float) -> str:
    """Return the label of a band `wide` wide, which is `share` of the reference's (NaN for none)."""
    if wide <= RESOLUTIONS_WIDE * resolution * (1 + 1e-9) or share <= IDENTIFIED_SHARE:
        return IDENTIFIED
    return BOUNDED if share <= BOUNDED_SHARE and math.isfinite(wide) else OPEN


def _share(wide: float, reference: FloatArray, log: bool) -> float:
    """Return the band's width in terms of the reference's.

    Of a reference that reaches to infinity the finite part counts, so that the share is rather too large.
    """
    finite = reference[np.isfinite(reference)]
    if not len(finite) or not math.isfinite(wide):
        return math.nan
    lower, upper = (float(q) for q in np.quantile(finite, [BAND[0], BAND[2]], method="inverted_cdf"))
    whole = width(lower, upper, log=log)
    return wide / whole if whole > 0 else math.nan


def without_times(claims: Sequence[Claim], drawn: Ensemble) -> tuple[Claim, ...]:
    """Return the reference's claims: those that print a number of patients, and none of a time.

    A second endpoint of which then nothing would be known keeps its number of patients, that of `drawn`.
    """
    kept = [c for c in claims if c.statistic == "n" or c.statistic not in TIME_STATISTICS]
    for endpoint in drawn.time:
        spoken = [c for c in claims if c.endpoint == endpoint]
        if spoken and not select(kept, endpoint=endpoint):
            n = str(_size(drawn.time[endpoint]))
            about = replace(spoken[0], id=f"{endpoint.lower()}_n", statistic="n", category="", at=None)
            kept.append(replace(about, population="all", printed=n, unit="patients"))
    return tuple(kept)


def table(found: Sequence[Quantity], reference: Sequence[Quantity] = ()) -> pd.DataFrame:
    """Return one row per quantity: name, what, unit, and the fields of `Span`."""
    beside = {quantity.name: quantity.values for quantity in reference}
    rows = [
        {"name": q.name, "what": q.what, "unit": q.unit}
        | asdict(summarise(q.values, beside.get(q.name), q.resolution, log=q.log))
        for q in found
    ]
    return pd.DataFrame(rows)


def quantities(
    drawn: Ensemble, claims: Sequence[Claim], tie: str = "before", until: float = math.inf
) -> list[Quantity]:
    """Return what is asked about this trial beside the printed numbers, with values by draw.

    What an ensemble lacks (an endpoint, response, transplant) is left out. A median beyond `until` (months)
    counts as not reached: the reference's patients may be followed for longer than the trial's.
    """
    found = _survival(drawn, "OS", (6, 12, 24), 36) + _deaths(drawn, claims)
    if "MRDRDY" in drawn.columns:
        found += _by_response(drawn, tie, until)
    if "HSCTFL" in drawn.columns:
        found += _transplanted(drawn)
    if "RFS" in drawn.time:
        found += _survival(drawn, "RFS", (6, 12), 24)
    return found


def longest(drawn: Ensemble) -> float:
    """Return the longest time observed in any cohort, in months."""
    return float(max(times.max() for times in drawn.time.values())) / DAYS_PER_MONTH


def _survival(drawn: Ensemble, endpoint: str, months: Sequence[float], tau: float) -> list[Quantity]:
    """Return S at some months, the restricted mean and the number of events."""
    days, died = drawn.time[endpoint], drawn.event[endpoint]
    curves, name, step = over.curves(days, died), ENDPOINT_NAMES[endpoint], 100 / _size(days)
    at = 100 * over.survival_on_grid(curves, np.asarray(months) * DAYS_PER_MONTH)
    found = [
        Quantity(f"{endpoint} at {m:g}", f"{name.capitalize()} at {m:g} months", "%", at[:, i], step)
        for i, m in enumerate(months)
    ]
    mean = over.rmst_of_draws(curves, tau * DAYS_PER_MONTH) / DAYS_PER_MONTH
    what = f"Mean {name} up to {tau:g} months"
    found.append(Quantity(f"{endpoint} mean", what, "months", mean, HALF_MONTH))
    events = (died & (days >= 0)).sum(axis=1).astype(float)
    what = "Deaths" if endpoint == "OS" else "Relapses and deaths in remission"
    return [*found, Quantity(f"{endpoint} events", what, "patients", events, PATIENT)]


def _deaths(drawn: Ensemble, claims: Sequence[Claim]) -> list[Quantity]:
    """Return deaths between the upper limit of the median and 30 months, and who left before 30 months."""
    months, died = drawn.time["OS"] / DAYS_PER_MONTH, drawn.event["OS"]
    early = months < LONG_TERM_MONTHS
    lost = (early & ~died).sum(axis=1).astype(float)
    what = f"Last seen alive before {LONG_TERM_MONTHS:g} months"
    found = [Quantity("lost", what, "patients", lost, PATIENT)]
    for claim in select(claims, endpoint="OS", statistic="median_upper", population="all")[:1]:
        between = (early & died & (months >= claim.value)).sum(axis=1).astype(float)
        what = f"Deaths between {claim.printed} and {LONG_TERM_MONTHS:g} months"
        found.append(Quantity("deaths between", what, "patients", between, PATIENT))
    return found


def _by_response(drawn: Ensemble, tie: str, until: float) -> list[Quantity]:
    days, died = drawn.time["OS"], drawn.event["OS"]
    day = np.asarray(drawn.columns["MRDRDY"], dtype=float)
    test = mantel_byar_of_draws(days, died, np.where(day < 0, np.inf, day), tie=tie)
    first = np.where(day >= 0, day, np.inf).min()
    found = [
        Quantity(
            "hazard ratio", "Hazard ratio for current MRD response (time-dependent Cox)", "",
            np.exp(test["coef"]), TENTH, log=True,
        ),
        Quantity(
            "early responses", f"MRD responses on day {first:g}", "patients",
            (day == first).sum(axis=1).astype(float), PATIENT,
        ),
    ]  # fmt: skip
    for who, words in (("mrd_responder", "MRD responders"), ("mrd_non_responder", "MRD non-responders")):
        mine = np.where(member(drawn.columns, POPULATIONS[who]), days, -1)
        median = over.quantiles(over.curves(mine, died)) / DAYS_PER_MONTH
        median = np.where(median <= until, median, np.inf)
        what = f"Median survival of {words}, from the start of treatment"
        found.append(Quantity(f"median {who}", what, "months", median, HALF_MONTH))
    return found


def _transplanted(drawn: Ensemble) -> list[Quantity]:
    """Return survival of the transplanted from the start of treatment: no day of a transplant is printed."""
    inside = drawn.columns["HSCTFL"] == "Y"
    days = np.where(inside, drawn.time["OS"], -1)
    curves = over.curves(days, drawn.event["OS"])
    at = 100 * over.survival_on_grid(curves, [24 * DAYS_PER_MONTH])[:, 0]
    what = "Survival at 24 months of the transplanted, from the start of treatment"
    died = (drawn.event["OS"] & inside).sum(axis=1).astype(float)
    return [
        Quantity("transplanted at 24", what, "%", at, 100 / _size(days)),
        Quantity("transplanted deaths", "Deaths among the transplanted", "patients", died, PATIENT),
    ]


def _size(days: NDArray[np.int32]) -> int:
    return max(1, int((days >= 0).sum(axis=1).min()))
