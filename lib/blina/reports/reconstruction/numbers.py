"""Many cohorts of this trial: proof that each meets every printed number, and how far these pin down others.

The rule compares the band of a quantity over the cohorts that meet every printed number (`bands.band`)
with two things: the smallest difference worth reporting (its resolution: one patient, half a month,
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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina import ensemble
from blina.endpoint.bands import band, span
from blina.endpoint.over_draws import curve_band
from blina.endpoint.summary import endpoint_claims, marks
from blina.scorecard.numbers import describe
from blina.vocabulary import DAYS_PER_MONTH, LONG_TERM_MONTHS, POPULATIONS, TIME_STATISTICS, member
from nbreports.page import RESULT_COLUMNS
from pseudoipd.cache import Ensemble
from pseudoipd.claims import Claim, select
from pseudoipd.judge import Judge
from pseudoipd.possible import relapsed
from pseudoipd.survival import draws as over
from pseudoipd.transitions import mantel_byar_of_draws

if TYPE_CHECKING:
    from collections.abc import Mapping

FloatArray = NDArray[np.float64]

LONGER = 4
"""How many times longer the chains run against which the ensemble is held."""
STEP_MONTHS = 0.5
MOST_CURVES = 60
"""More curves than this make a solid area."""

IDENTIFIED, BOUNDED, OPEN = "identified", "bounded", "open"
LABELS = (IDENTIFIED, BOUNDED, OPEN)
RESOLUTIONS_WIDE = 2.0
IDENTIFIED_SHARE, BOUNDED_SHARE = 0.1, 0.5

PATIENT, HALF_MONTH, TENTH = 1.0, 0.5, math.log(1.1)


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """The ensemble, the same from chains that ran longer, and cohorts that meet only the counts."""

    claims: tuple[Claim, ...]
    assumptions: Mapping[str, str]
    drawn: Ensemble
    longer: Ensemble
    reference: Ensemble

    @property
    def draws(self) -> int:
        """Number of cohorts."""
        return len(self.drawn)


def reconstruction(
    claims: Sequence[Claim], assumptions: Mapping[str, str], draws: int, seed: int
) -> Reconstruction:
    """Draw the three ensembles, or take them from the cache. Raises as `ensemble.load` does."""
    drawn = ensemble.load(claims, assumptions, draws, seed)
    usual = ensemble.problem(claims, assumptions).effort().moves
    longer = ensemble.load(claims, assumptions, draws, seed + 1, moves=LONGER * usual)
    counts = without_times(claims, drawn)
    reference = ensemble.load(counts, assumptions, draws, seed)
    return Reconstruction(tuple(claims), assumptions, drawn, longer, reference)


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


def proof(found: Reconstruction) -> pd.DataFrame:
    """Return one row per claim that was met, as the collection's statistics see it in every cohort.

    Columns claim, what, timed (a claim on times), printed, unit, lowest and highest value over the cohorts,
    and met, the number of cohorts that meet it.
    """
    asked = ensemble.problem(found.claims, found.assumptions)
    judge = Judge(found.drawn, asked.assumptions, asked.vocabulary)
    rows = []
    for claim in asked.used:
        values = judge.values(claim)
        rows.append(
            {
                "claim": claim.id,
                "what": describe(claim),
                "timed": claim.statistic in TIME_STATISTICS and claim.statistic != "n",
                "printed": claim.printed,
                "unit": claim.unit,
                "lowest": float(values.min()),
                "highest": float(values.max()),
                "met": int(judge.agree(claim, values).sum()),
            }
        )
    return pd.DataFrame(rows)


def differences(drawn: Ensemble, lag: int) -> NDArray[np.float64]:
    """Return, for each draw and the one `lag` further on, the share of patients whose course only one has.

    A course is the time and the event of both endpoints; which patient has it does not count.
    """
    courses = np.stack(
        [part for name in drawn.time for part in (drawn.time[name], drawn.event[name])], axis=-1
    )
    size = courses.shape[1]
    found = []
    for first, second in zip(courses[:-lag], courses[lag:], strict=True):
        counted = _counted(first)
        shared = sum(min(number, counted.get(course, 0)) for course, number in _counted(second).items())
        found.append(1 - shared / size)
    return np.array(found)


def _counted(courses: NDArray[Any]) -> dict[tuple[int, ...], int]:
    rows, number = np.unique(courses, axis=0, return_counts=True)
    return {tuple(map(int, row)): int(n) for row, n in zip(rows, number, strict=True)}


def diversity(found: Reconstruction) -> pd.DataFrame:
    """Return how far draws differ: neighbours, which may come from one chain, and draws far apart.

    Columns pairs, smallest, median: shares of patients.
    """
    rows = []
    for pairs, lag in (("consecutive draws", 1), ("draws far apart", max(1, found.draws // 2))):
        share = differences(found.drawn, lag)
        rows.append(
            {"pairs": pairs, "smallest": share.min(), "median": np.median(share), "largest": share.max()}
        )
    return pd.DataFrame(rows)


def distinct(drawn: Ensemble) -> int:
    """Return how many of the cohorts differ in overall survival, whichever patient has which course."""
    courses = np.sort(drawn.time["OS"] * 2 + drawn.event["OS"], axis=1)
    return len(np.unique(courses, axis=0))


def curve_bands(found: Reconstruction) -> dict[str, pd.DataFrame]:
    """Return by endpoint what the curves of the cohorts span every half month, to the longest time observed.

    Columns of `curve_band`, and lower_longer, upper_longer of chains that ran longer; survival as a fraction.
    """
    bands = {}
    for endpoint, days in found.drawn.time.items():
        end = math.ceil(float(days.max()) / DAYS_PER_MONTH)
        months = np.arange(0, end + STEP_MONTHS, STEP_MONTHS)
        ours = curve_band(days, found.drawn.event[endpoint], months)
        theirs = curve_band(found.longer.time[endpoint], found.longer.event[endpoint], months)
        bands[endpoint] = ours.assign(lower_longer=theirs["lower"], upper_longer=theirs["upper"])
    return bands


def some_curves(found: Reconstruction, endpoint: str, months: ArrayLike) -> FloatArray:
    """Return S(t) of some cohorts spread over the ensemble, at some months: [cohorts, months]."""
    every = slice(None, None, max(1, found.draws // MOST_CURVES))
    days, died = found.drawn.time[endpoint][every], found.drawn.event[endpoint][every]
    curves = over.curves(days[:MOST_CURVES], died[:MOST_CURVES])
    return over.survival_on_grid(curves, np.asarray(months) * DAYS_PER_MONTH)


def printed_marks(found: Reconstruction, endpoint: str) -> pd.DataFrame:
    """Return the printed median with its limits and the plateau, as `draw_marks` marks them on a curve."""
    about = marks(endpoint_claims(found.claims, endpoint))
    return about[about["statistic"].isin(["median", "median_lower", "median_upper", "plateau_from"])]


def identified(found: Reconstruction) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return `table` of the trial's quantities, and that of cohorts that meet only the counts."""
    tie, until = found.assumptions["mantel_byar_tie"], longest(found.drawn)
    beside = quantities(found.reference, found.claims, tie, until)
    return table(quantities(found.drawn, found.claims, tie), beside), table(beside)


def settled(found: Reconstruction) -> pd.DataFrame:
    """Return the quantities' bands in the ensemble and in chains that ran longer.

    Columns name, at, unit, then lower, middle, upper, and the same with `_longer`; `moved` is the larger
    shift of the two ends, in terms of the band's width (in longer chains where it is 0 in the ensemble).
    """
    tie = found.assumptions["mantel_byar_tie"]
    ours, theirs = (table(quantities(part, found.claims, tie)) for part in (found.drawn, found.longer))
    kept = ["name", "at", "unit", "lower", "middle", "upper"]
    both = ours[kept].merge(theirs[["name", "lower", "middle", "upper"]], on="name", suffixes=("", "_longer"))
    shift = np.maximum(
        (both["lower"] - both["lower_longer"]).abs(), (both["upper"] - both["upper_longer"]).abs()
    )
    widths = [both["upper"] - both["lower"], both["upper_longer"] - both["lower_longer"]]
    wide = pd.concat(widths, axis=1).max(axis=1)
    return both.assign(moved=(shift / wide.where(wide > 0)).fillna(0.0))


@dataclass(frozen=True, eq=False)
class Quantity:
    """Values by draw of something that was not printed; `log` measures widths as ratios.

    `at` is what its name leaves open, for whoever puts it into words: a month, a day, a printed number.
    """

    name: str
    unit: str
    values: FloatArray
    resolution: float
    log: bool = False
    at: str = ""


def summarise(
    values: ArrayLike, reference: ArrayLike | None = None, resolution: float = 0.0, *, log: bool = False
) -> dict[str, Any]:
    """Return the `span` of one quantity in its own unit, the share of the reference's band, and the label.

    `reference` holds its values over cohorts that meet only the counts, `share` the width of the band in
    terms of theirs; NaN without a reference, when only the resolution decides between identified and open.
    """
    found = span(values)
    if math.isnan(found["middle"]):
        return found | {"share": math.nan, "label": OPEN}
    wide = width(found["lower"], found["upper"], log=log)
    share = math.nan if reference is None else _share(wide, np.asarray(reference, dtype=float), log)
    return found | {"share": share, "label": label(wide, share, resolution)}


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
    lower, upper = band(finite)
    whole = width(float(lower), float(upper), log=log)
    return wide / whole if whole > 0 else math.nan


def table(found: Sequence[Quantity], reference: Sequence[Quantity] = ()) -> pd.DataFrame:
    """Return one row per quantity: name, at, unit, and what `summarise` gives."""
    beside = {quantity.name: quantity.values for quantity in reference}
    rows = [
        {"name": q.name, "at": q.at, "unit": q.unit}
        | summarise(q.values, beside.get(q.name), q.resolution, log=q.log)
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
    found = _survival(drawn, "OS", (6, 12, 24, 30), 36) + _deaths(drawn, claims)
    if "MRDRDY" in drawn.columns:
        found += _by_response(drawn, tie, until)
    if "HSCTFL" in drawn.columns:
        found += _transplanted(drawn)
    if "RFS" in drawn.time:
        found += _survival(drawn, "RFS", (6, 12), 24)
        relapses = relapsed(drawn).sum(axis=1).astype(float)
        found.append(Quantity("relapses", "patients", relapses, PATIENT))
    return found


def longest(drawn: Ensemble) -> float:
    """Return the longest time observed in any cohort, in months."""
    return float(max(times.max() for times in drawn.time.values())) / DAYS_PER_MONTH


def _survival(drawn: Ensemble, endpoint: str, months: Sequence[float], tau: float) -> list[Quantity]:
    """Return S at some months, the restricted mean and the number of events."""
    days, died = drawn.time[endpoint], drawn.event[endpoint]
    of_draws, step = over.curves(days, died), 100 / _size(days)
    at = 100 * over.survival_on_grid(of_draws, np.asarray(months) * DAYS_PER_MONTH)
    found = [Quantity(f"{endpoint} at {m:g}", "%", at[:, i], step, at=f"{m:g}") for i, m in enumerate(months)]
    mean = over.rmst_of_draws(of_draws, tau * DAYS_PER_MONTH) / DAYS_PER_MONTH
    events = (died & (days >= 0)).sum(axis=1).astype(float)
    return [
        *found,
        Quantity(f"{endpoint} mean", "months", mean, HALF_MONTH, at=f"{tau:g}"),
        Quantity(f"{endpoint} events", "patients", events, PATIENT),
    ]


def _deaths(drawn: Ensemble, claims: Sequence[Claim]) -> list[Quantity]:
    """Return deaths between the upper limit of the median and 30 months, and who left before 30 months."""
    months, died = drawn.time["OS"] / DAYS_PER_MONTH, drawn.event["OS"]
    early = months < LONG_TERM_MONTHS
    lost = (early & ~died).sum(axis=1).astype(float)
    found = [Quantity("lost", "patients", lost, PATIENT)]
    for claim in select(claims, endpoint="OS", statistic="median_upper", population="all")[:1]:
        between = (early & died & (months >= claim.value)).sum(axis=1).astype(float)
        found.append(Quantity("deaths between", "patients", between, PATIENT, at=claim.printed))
    return found


def _by_response(drawn: Ensemble, tie: str, until: float) -> list[Quantity]:
    days, died = drawn.time["OS"], drawn.event["OS"]
    day = np.asarray(drawn.columns["MRDRDY"], dtype=float)
    test = mantel_byar_of_draws(days, died, np.where(day < 0, np.inf, day), tie=tie)
    first = np.where(day >= 0, day, np.inf).min()
    early = (day == first).sum(axis=1).astype(float)
    found = [
        Quantity("hazard ratio", "", np.exp(test["coef"]), TENTH, log=True),
        Quantity("early responses", "patients", early, PATIENT, at=f"{first:g}"),
    ]
    for who in ("mrd_responder", "mrd_non_responder"):
        mine = np.where(member(drawn.columns, POPULATIONS[who]), days, -1)
        median = over.quantiles(over.curves(mine, died)) / DAYS_PER_MONTH
        median = np.where(median <= until, median, np.inf)
        found.append(Quantity(f"median {who}", "months", median, HALF_MONTH))
    return found


def _transplanted(drawn: Ensemble) -> list[Quantity]:
    """Return survival of the transplanted from the start of treatment: no day of a transplant is printed."""
    inside = drawn.columns["HSCTFL"] == "Y"
    days = np.where(inside, drawn.time["OS"], -1)
    of_draws = over.curves(days, drawn.event["OS"])
    at = 100 * over.survival_on_grid(of_draws, [24 * DAYS_PER_MONTH])[:, 0]
    died = (drawn.event["OS"] & inside).sum(axis=1).astype(float)
    return [
        Quantity("transplanted at 24", "%", at, 100 / _size(days)),
        Quantity("transplanted deaths", "patients", died, PATIENT),
    ]


def _size(days: NDArray[np.int32]) -> int:
    return max(1, int((days >= 0).sum(axis=1).min()))


def results(found: Reconstruction, proved: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of the report as tidy rows; `table` names its quantities (`what`)."""
    rows = [
        ("claims met", "cohorts", row["what"], row["met"], "cohorts", row["claim"])
        for row in proved[proved["timed"]].to_dict("records")
    ]
    ends = {"lowest": "lowest", "lower": "lower", "middle": "median", "upper": "upper", "highest": "highest"}
    rows += [
        ("identification", f"{found.draws} cohorts", f"{row['what']}, {words}", row[end], row["unit"], "")
        for row in table.to_dict("records")
        for end, words in ends.items()
    ]
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
