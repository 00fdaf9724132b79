"""Many cohorts of this trial: proof that each meets every printed number, and how far these pin down others.

Beside the band of the cohorts drawn (`bands.band`) stands what print allows: the least and the largest value
of any cohort known to meet every printed number, those drawn and those that were searched for it
(`endpoint.bounds`). The rule judges the width of what print allows, in the quantity's own unit (`WIDTHS`), so
that no wider range of a unit is called better known than a narrower one: identified, bounded, open.

Identified does not mean true: it means that no cohort was found, whatever the prior, that meets the printed
numbers under the stated assumptions and has another value. Without witnesses (other claims, other
assumptions) the cohorts drawn must do.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from blina import ensemble
from blina.endpoint import rubin
from blina.endpoint.bands import WIDTHS, end_limits, span, width
from blina.endpoint.bounds import witnesses_of
from blina.endpoint.over_draws import curve_band
from blina.endpoint.summary import endpoint_claims, marks
from blina.scorecard.numbers import describe
from blina.vocabulary import DAYS_PER_MONTH, LONG_TERM_MONTHS, POPULATIONS, TIME_STATISTICS, member
from nbreports.page import RESULT_COLUMNS
from pseudoipd.cache import Ensemble
from pseudoipd.claims import Claim, select
from pseudoipd.judge import Judge
from pseudoipd.model import constraints as counts
from pseudoipd.model.possible import relapsed
from pseudoipd.model.structs import MRD, MUST_RELAPSE, NO, RELAPSE_FREE, RFS, YES
from pseudoipd.survival import draws as over
from pseudoipd.survival import kaplan_meier, rmst
from pseudoipd.transitions import mantel_byar_of_draws

FloatArray = NDArray[np.float64]

LONGER = 4
"""How many times longer the chains run against which the ensemble is held."""
MOST_LONGER = 150
"""At most so many of them: at other assumptions they are drawn for the page, and more would take its time."""
STEP_MONTHS = 0.5
MOST_CURVES = 60
"""More curves than this make a solid area."""

IDENTIFIED, BOUNDED, OPEN = "identified", "bounded", "open"
LABELS = (IDENTIFIED, BOUNDED, OPEN)


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """The ensemble, the same from chains that ran longer, and the witnesses, None where they do not apply."""

    claims: tuple[Claim, ...]
    assumptions: Mapping[str, str]
    drawn: Ensemble
    longer: Ensemble
    witnesses: Ensemble | None

    @property
    def draws(self) -> int:
        """Number of cohorts."""
        return len(self.drawn)


def reconstruction(
    claims: Sequence[Claim], assumptions: Mapping[str, str], draws: int, seed: int
) -> Reconstruction:
    """Draw both ensembles, or take them from the cache. Raises as `ensemble.load` does."""
    drawn = ensemble.load(claims, assumptions, draws, seed)
    many = min(draws, MOST_LONGER)
    longer = ensemble.load(claims, assumptions, many, *longer_chains(claims, assumptions, seed))
    return Reconstruction(tuple(claims), assumptions, drawn, longer, witnesses_of(claims, assumptions))


def longer_chains(claims: Sequence[Claim], assumptions: Mapping[str, str], seed: int) -> tuple[int, int]:
    """Return seed and moves of the chains that run `LONGER` times as long as those of the seed."""
    return seed + 1, LONGER * ensemble.problem(claims, assumptions).effort().moves


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
    for endpoint in found.drawn.time:
        ours = _band_of(found.drawn, endpoint)
        theirs = curve_band(found.longer.time[endpoint], found.longer.event[endpoint], ours["time"])
        bands[endpoint] = ours.assign(lower_longer=theirs["lower"], upper_longer=theirs["upper"])
    return bands


def _band_of(drawn: Ensemble, endpoint: str) -> pd.DataFrame:
    """Return the `curve_band` of an endpoint every half month, to the longest time observed."""
    days = drawn.time[endpoint]
    end = math.ceil(float(days.max()) / DAYS_PER_MONTH)
    return curve_band(days, drawn.event[endpoint], np.arange(0, end + STEP_MONTHS, STEP_MONTHS))


def some_curves(drawn: Ensemble, endpoint: str, months: ArrayLike, most: int = MOST_CURVES) -> FloatArray:
    """Return S(t) of some cohorts spread over the ensemble, at some months: [cohorts, months]."""
    every = slice(None, None, max(1, len(drawn) // most))
    days, died = drawn.time[endpoint][every], drawn.event[endpoint][every]
    curves = over.curves(days[:most], died[:most])
    return over.survival_on_grid(curves, np.asarray(months) * DAYS_PER_MONTH)


def printed_marks(found: Reconstruction, endpoint: str) -> pd.DataFrame:
    """Return the printed median with its limits and the plateau, as `draw_marks` marks them on a curve."""
    about = marks(endpoint_claims(found.claims, endpoint))
    return about[about["statistic"].isin(["median", "median_lower", "median_upper", "plateau_from"])]


@dataclass(frozen=True, eq=False)
class Playable:
    """Cohorts that a reader may choose among: all that are stored, with what they can be chosen by.

    `left_out` are claims and how many cohorts follow those `drawn` that were drawn without it. `curves` holds
    by endpoint, for each cohort, the days on which S(t) falls and S from there on; `bands` what those drawn
    span each half month (`curve_band`). `quantities` are finite in each of these; `printed` are claims whose
    printing leaves room, with the unrounded value in each cohort.
    """

    drawn: Ensemble
    left_out: Sequence[tuple[Claim, int]]
    curves: Mapping[str, Sequence[tuple[NDArray[np.int64], FloatArray]]]
    bands: Mapping[str, pd.DataFrame]
    quantities: Sequence[Quantity]
    printed: Sequence[tuple[Claim, FloatArray]]


PLAYED = ("OS events", "relapses", "lost", "OS mean", "hazard ratio")
"""Names of the quantities that are shown of the cohorts chosen."""


def playable(found: Reconstruction, seed: int) -> Playable:
    """Return the cohorts to choose among: all that are stored for these claims, or those drawn."""
    drawn = ensemble.stored(found.claims, found.assumptions, found.draws, seed)
    without = ensemble.without(found.claims, found.assumptions)
    every, n = drawn.concatenate([cohorts for _, cohorts in without]), len(drawn)
    by_name = {q.name: q for q in quantities(every, found.claims, found.assumptions["mantel_byar_tie"])}
    asked = [
        by_name[name] for name in PLAYED if name in by_name and np.isfinite(by_name[name].values[:n]).all()
    ]
    curves = {name: list(_falls(days, every.event[name])) for name, days in every.time.items()}
    bands = {name: _band_of(drawn, name) for name in drawn.time}
    left_out = [(same[0], len(cohorts)) for same, cohorts in without]
    return Playable(drawn, left_out, curves, bands, asked, _with_room(found, every, n))


def _falls(
    days: NDArray[np.int32], died: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.int64], FloatArray]]:
    """Yield, for each draw, the days on which its curve falls, and the curve from each of them on."""
    curves = over.curves(days, died)
    for time, survival, last in zip(curves.time, curves.survival, curves.last, strict=True):
        known = last & (time >= 0)
        falls = np.diff(survival[known], prepend=1.0) < 0
        yield time[known][falls].astype(np.int64), survival[known][falls]


def _with_room(found: Reconstruction, every: Ensemble, n: int) -> list[tuple[Claim, FloatArray]]:
    """Return the claims on times whose value differs between the first n cohorts, which meet them all.

    Of two on one value it is the narrower.
    """
    asked = ensemble.problem(found.claims, found.assumptions)
    judge = Judge(every, asked.assumptions, asked.vocabulary)
    kept: dict[bytes, tuple[Claim, FloatArray]] = {}
    for claim in (claim for claim in asked.used if claim.statistic in TIME_STATISTICS):
        of_every = np.asarray(judge.values(claim), dtype=float)
        values = of_every[:n]
        # A plateau that is read as 'no event after' holds of curves that are flat before it, too.
        inside = (claim.interval.lower <= values) & (values <= claim.interval.upper)
        if not (inside.all() and np.isfinite([*values, _room(claim)]).all() and np.ptp(values)):
            continue
        other = kept.get(values.tobytes())
        if other is None or _room(claim) < _room(other[0]):
            kept[values.tobytes()] = claim, of_every
    return list(kept.values())


def _room(claim: Claim) -> float:
    return claim.interval.upper - claim.interval.lower


def identified(found: Reconstruction) -> pd.DataFrame:
    """Return `table` of the trial's quantities."""
    tie = found.assumptions["mantel_byar_tie"]
    known = found.longer if found.witnesses is None else found.longer.concatenate([found.witnesses])
    beside = quantities(known, found.claims, tie)
    return table(quantities(found.drawn, found.claims, tie), beside, limits_by_count(found))


def limits_by_count(found: Reconstruction) -> dict[str, tuple[float, float]]:
    """Return, by the name of a number of patients, limits that no cohort can pass: by integer programming.

    Who is relapse-free when last seen is alive and has no event of relapse-free survival; who is not has
    one.
    """
    asked = ensemble.problem(found.claims, found.assumptions)
    roles, settings = asked.roles, asked.settings
    if len(asked.endpoints) < 2 or "HSCTFL" not in asked.kinds.values:
        return {}
    remission, free = roles[:, RFS] == 1, roles[:, RELAPSE_FREE]
    may_die = (free != YES) | settings.never_relapsed
    may_fail = remission & ((free != YES) | settings.never_relapsed)

    def of(least: NDArray[np.bool_], largest: NDArray[np.bool_]) -> tuple[float, float]:
        ends = [counts.extremes(asked.kinds, asked.found, asked.n, wanted) for wanted in (least, largest)]
        return float(ends[0][0]), float(ends[1][1])

    nobody = np.zeros(len(roles), dtype=bool)
    moved = asked.kinds.values["HSCTFL"] == "Y"
    relapses = of(remission & (roles[:, MUST_RELAPSE] == 1), remission & (free != YES))
    return {
        "OS events": of(nobody, may_die),
        "RFS events": of(remission & (free == NO), may_fail),
        "relapses": (max(relapses[0], float(asked.vocabulary.course.relapses)), relapses[1]),
        "transplanted deaths": of(nobody, moved & may_die),
        "early responses": of(nobody, roles[:, MRD] == 1),
    }


def settled(found: Reconstruction) -> pd.DataFrame:
    """Return the quantities' bands in the ensemble and in chains that ran longer.

    Columns name, at, unit, then lower, middle, upper, and the same with `_longer`; `moved` is the larger
    shift of the two ends, in terms of the band's width (in longer chains where it is 0 in the ensemble);
    the Monte Carlo error of the ensemble's ends (`end_limits`); `repeats`, the correlation of a cohort with
    the next, nan where a quantity is the same in all or infinite in some.
    """
    tie = found.assumptions["mantel_byar_tie"]
    asked = quantities(found.drawn, found.claims, tie)
    ours, theirs = table(asked), table(quantities(found.longer, found.claims, tie))
    kept = ["name", "at", "unit", "lower", "middle", "upper"]
    both = ours[kept].merge(theirs[["name", "lower", "middle", "upper"]], on="name", suffixes=("", "_longer"))
    shift = np.maximum(
        (both["lower"] - both["lower_longer"]).abs(), (both["upper"] - both["upper_longer"]).abs()
    )
    widths = [both["upper"] - both["lower"], both["upper_longer"] - both["lower_longer"]]
    wide = pd.concat(widths, axis=1).max(axis=1)
    errors = pd.DataFrame([{"name": q.name} | end_limits(q.values) for q in asked])
    errors["repeats"] = [_repeats(q.values) for q in asked]
    return both.assign(moved=(shift / wide.where(wide > 0)).fillna(0.0)).merge(errors, on="name")


def _repeats(values: FloatArray) -> float:
    """Return the correlation of the values of neighboring draws."""
    if not np.isfinite(values).all() or not (np.ptp(values[:-1]) and np.ptp(values[1:])):
        return math.nan
    return float(np.corrcoef(values[:-1], values[1:])[0, 1])


@dataclass(frozen=True, eq=False)
class Quantity:
    """Values by draw of something that was not printed; a unit of "" is that of a ratio.

    `at` is what its name leaves open, for whoever puts it into words: a month, a day, a printed number.
    """

    name: str
    unit: str
    values: FloatArray
    at: str = ""


def summarise(values: ArrayLike, witnessed: ArrayLike = (), unit: str = "") -> dict[str, Any]:
    """Return the `span` of one quantity, `least` and `largest` that print allows, and the label.

    `witnessed` holds its values in the witnesses.
    """
    found = span(values)
    if math.isnan(found["middle"]):
        return found | {"least": math.nan, "largest": math.nan, "label": OPEN}
    all_known = [found["lowest"], found["highest"], *np.asarray(witnessed, dtype=float)]
    least, largest = min(all_known), max(all_known)
    return found | {"least": least, "largest": largest, "label": label(least, largest, unit)}


def label(least: float, largest: float, unit: str) -> str:
    """Return the label of a range in a unit of `WIDTHS`."""
    wide, (narrow, moderate) = width(least, largest, unit), WIDTHS[unit]
    # A hair more than the printed width, for ends that are not whole in binary.
    if wide <= narrow + 1e-9:
        return IDENTIFIED
    return BOUNDED if wide <= moderate + 1e-9 else OPEN


def table(
    found: Sequence[Quantity],
    witnessed: Sequence[Quantity] = (),
    proved: Mapping[str, tuple[float, float]] | None = None,
) -> pd.DataFrame:
    """Return one row per quantity: name, at, unit, what `summarise` gives, and exact.

    A range is `exact` if both its ends are limits that are `proved`, by name.
    """
    beside = {quantity.name: quantity.values for quantity in witnessed}
    rows = []
    for q in found:
        row = summarise(q.values, beside.get(q.name, ()), q.unit)
        exact = (row["least"], row["largest"]) == (proved or {}).get(q.name)
        rows.append({"name": q.name, "at": q.at, "unit": q.unit} | row | {"exact": exact})
    return pd.DataFrame(rows)


def quantities(drawn: Ensemble, claims: Sequence[Claim], tie: str = "before") -> list[Quantity]:
    """Return what is asked about this trial beside the printed numbers, with values by draw.

    What an ensemble lacks (an endpoint, response, transplant) is left out.
    """
    found = _survival(drawn, "OS", (6, 12, 24, 30), 36) + _deaths(drawn, claims)
    if "MRDRDY" in drawn.columns:
        found += _by_response(drawn, tie)
    if "HSCTFL" in drawn.columns:
        found += _transplanted(drawn)
    if "RFS" in drawn.time:
        found += _survival(drawn, "RFS", (6, 12), 24)
        relapses = relapsed(drawn).sum(axis=1).astype(float)
        found.append(Quantity("relapses", "patients", relapses))
    return found


def _survival(drawn: Ensemble, endpoint: str, months: Sequence[float], tau: float) -> list[Quantity]:
    """Return S at some months, the restricted mean and the number of events."""
    days, died = drawn.time[endpoint], drawn.event[endpoint]
    of_draws = over.curves(days, died)
    at = 100 * over.survival_on_grid(of_draws, np.asarray(months) * DAYS_PER_MONTH)
    found = [Quantity(f"{endpoint} at {m:g}", "%", at[:, i], at=f"{m:g}") for i, m in enumerate(months)]
    mean = over.rmst_of_draws(of_draws, tau * DAYS_PER_MONTH) / DAYS_PER_MONTH
    events = (died & (days >= 0)).sum(axis=1).astype(float)
    return [
        *found,
        Quantity(f"{endpoint} mean", "months", mean, at=f"{tau:g}"),
        Quantity(f"{endpoint} events", "patients", events),
    ]


def _deaths(drawn: Ensemble, claims: Sequence[Claim]) -> list[Quantity]:
    """Return deaths between the upper limit of the median and 30 months, and who left before 30 months."""
    months, died = drawn.time["OS"] / DAYS_PER_MONTH, drawn.event["OS"]
    early = months < LONG_TERM_MONTHS
    lost = (early & ~died).sum(axis=1).astype(float)
    found = [Quantity("lost", "patients", lost)]
    for claim in select(claims, endpoint="OS", statistic="median_upper", population="all")[:1]:
        between = (early & died & (months >= claim.value)).sum(axis=1).astype(float)
        found.append(Quantity("deaths between", "patients", between, at=claim.printed))
    return found


def _by_response(drawn: Ensemble, tie: str) -> list[Quantity]:
    days, died = drawn.time["OS"], drawn.event["OS"]
    day = np.asarray(drawn.columns["MRDRDY"], dtype=float)
    test = mantel_byar_of_draws(days, died, np.where(day < 0, np.inf, day), tie=tie)
    first = np.where(day >= 0, day, np.inf).min()
    early = (day == first).sum(axis=1).astype(float)
    found = [
        Quantity("hazard ratio", "", np.exp(test["coef"])),
        Quantity("early responses", "patients", early, at=f"{first:g}"),
    ]
    for who in ("mrd_responder", "mrd_non_responder"):
        mine = np.where(member(drawn.columns, POPULATIONS[who]), days, -1)
        median = over.quantiles(over.curves(mine, died)) / DAYS_PER_MONTH
        found.append(Quantity(f"median {who}", "months", median))
    return found


def _transplanted(drawn: Ensemble) -> list[Quantity]:
    """Return survival of the transplanted from the start of treatment: no day of a transplant is printed."""
    inside = drawn.columns["HSCTFL"] == "Y"
    days = np.where(inside, drawn.time["OS"], -1)
    of_draws = over.curves(days, drawn.event["OS"])
    at = 100 * over.survival_on_grid(of_draws, [24 * DAYS_PER_MONTH])[:, 0]
    died = (drawn.event["OS"] & inside).sum(axis=1).astype(float)
    return [
        Quantity("transplanted at 24", "%", at),
        Quantity("transplanted deaths", "patients", died),
    ]


def _size(days: NDArray[np.int32]) -> int:
    return max(1, int((days >= 0).sum(axis=1).min()))


def results(found: Reconstruction, proved: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return the numbers of the report as tidy rows; `table` names its quantities (`what`)."""
    rows = [
        ("claims met", "cohorts", row["what"], row["met"], "cohorts", row["claim"])
        for row in proved[proved["timed"]].to_dict("records")
    ]
    ends = {
        "least": "least allowed",
        "largest": "largest allowed",
        "lowest": "lowest",
        "lower": "lower",
        "middle": "median",
        "upper": "upper",
        "highest": "highest",
    }
    rows += [
        ("identification", f"{found.draws} cohorts", f"{row['what']}, {words}", row[end], row["unit"], "")
        for row in table.to_dict("records")
        for end, words in ends.items()
    ]
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))


TOTALS = (("OS", 6.0), ("OS", 12.0), ("OS", 24.0), ("RFS", 12.0))
"""Endpoints and months whose survival is given with its total uncertainty."""
MEAN_MONTHS = 36.0


def totals(found: Reconstruction) -> pd.DataFrame:
    """Return estimates with what patients and print leave open together, by Rubin's rules (`endpoint.rubin`).

    Columns what, at, unit, estimate, lower, upper (95 %), within_sd and between_sd (on the scale of the
    rules), between_share; survival in %.
    """
    drawn, rows = found.drawn, []
    for endpoint, month in TOTALS:
        if endpoint in drawn.time:
            rows.append(_row("survival", endpoint, month, "%", _survival_total(drawn, endpoint, month)))
    rows.append(_row("mean", "OS", MEAN_MONTHS, "months", _mean_total(drawn)))
    if "MRDRDY" in drawn.columns:
        day = np.asarray(drawn.columns["MRDRDY"], dtype=float)
        test = mantel_byar_of_draws(
            drawn.time["OS"], drawn.event["OS"], np.where(day < 0, np.inf, day),
            tie=found.assumptions["mantel_byar_tie"],
        )  # fmt: skip
        rows.append(_row("hazard ratio", "OS", math.nan, "", rubin.ratio(test["coef"], test["se"])))
    return pd.DataFrame(rows)


def _survival_total(drawn: Ensemble, endpoint: str, month: float) -> rubin.Total:
    curves = over.curves(drawn.time[endpoint], drawn.event[endpoint])
    day = month * DAYS_PER_MONTH
    s = over.survival_on_grid(curves, [day])[:, 0]
    # The variance of log S in force at the day: that of the last patient before it.
    last = (curves.time <= day + 1e-9).sum(axis=1) - 1
    variance = np.where(last >= 0, curves.greenwood[np.arange(len(s)), np.maximum(last, 0)], 0.0)
    return rubin.survival(s, variance)


def _mean_total(drawn: Ensemble) -> rubin.Total:
    pairs = [
        rmst(kaplan_meier(days / DAYS_PER_MONTH, died), MEAN_MONTHS)
        for days, died in zip(drawn.time["OS"], drawn.event["OS"], strict=True)
    ]
    means, errors = np.array(pairs).T
    return rubin.combine(means, errors**2)[1]


def _row(what: str, endpoint: str, at: float, unit: str, total: rubin.Total) -> dict[str, Any]:
    size = 100.0 if unit == "%" else 1.0
    ends = {name: size * getattr(total, name) for name in ("estimate", "lower", "upper")}
    return (
        {"what": what, "endpoint": endpoint, "at": at, "unit": unit}
        | ends
        | {
            "within_sd": math.sqrt(total.within),
            "between_sd": math.sqrt(total.between),
            "between_share": total.between_share,
        }
    )
