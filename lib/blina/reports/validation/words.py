"""Validation and calibration in words: how near the cohorts drawn come to the truth; tables, alt texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from blina import formats
from blina.reports.validation.numbers.accuracy import (
    ENSEMBLE,
    INSIDE,
    INTERPOLATION,
    LEVELS,
    WITH_S,
    Accuracy,
)
from blina.reports.validation.numbers.cohorts import PURPOSES
from blina.reports.validation.numbers.sbc import LAWS, LEVEL, UNREAD, uniformity
from blina.reports.validation.numbers.stored import AGAIN, TRIALS, means
from blina.scorecard.words import predicted

SERIES: Mapping[str, str] = {
    TRIALS["survival"]: "phase III trials of solid tumors, death",
    TRIALS["progression"]: "phase III trials of solid tumors, progression",
    TRIALS["relapse"]: "phase III trials of solid tumors, relapse",
    AGAIN["survival"]: "the same with the prior of today, death",
    AGAIN["progression"]: "the same with the prior of today, progression",
    AGAIN["relapse"]: "the same with the prior of today, relapse",
    "tuning": "data sets of lifelines",
    "first": "leukemia, lung and ovarian cancer and others, from R",
    "second": "cirrhosis, gammopathy, bladder tumors and others, from R",
    "third": "randomized trials by arm, from SurvSet",
    "fourth": "cancer and AIDS, no longer than this trial, from SurvSet",
    "elsewhere": "any other condition, no longer than this trial, from SurvSet",
    "reporting": "cancer, longer than this trial, from SurvSet",
}
"""What the cohorts of each series are."""
SHAPES: Mapping[str, str] = {
    "summary": "a summary: median, limits, follow-up, plateau, number at 30 months",
    "coarse": "median, S at a year, number of events",
    "two_endpoints": "two endpoints, responses, follow-up",
}
"""What is printed of a simulated cohort."""
SOURCES: Mapping[str, str] = {
    "summary": "cohorts drawn, from the summary",
    "figure": "cohorts drawn, from summary and figure",
    "guyot": "Guyot's method, the same points and numbers at risk",
    "guyot_digitized": "Guyot's method, a hundred points and the numbers at risk",
}
"""What a curve was made from."""
NOT_MET = "not met"
NEAR = 60.0
"""Months: the horizon up to which errors of RMST are held against the aim."""
SURVIVAL, VISITS = ("survival",), ("progression", "relapse")
"""Classes of endpoints: known when they happen, and found at visits."""
PRIORS = {
    "trials": "learned",
    "flat": "flat",
    "trials_printed": "learned, scale printed",
    "flat_printed": "flat, scale printed",
}
"""The choices of `prior`, as a reader knows them."""
CAPTIONS = {
    "coverage": "A dot is a cohort: the share of time points at which the truth lies in the band; bars are "
    "means. Dotted: the level.",
    "ranks": "A line is a quantity. Gray: where the whole of a line would lie, with 95% probability, were "
    "its ranks uniform.",
    "errors": "A dot is a cohort. Below the diagonal the ensemble is nearer to the truth; interpolation is "
    "given S at the milestone.",
    "series": "Means over the cohorts: RMSE of S(t), absolute error of RMST in months, continuous ranked "
    "probability score, share of points inside the bands. An arm without an ensemble counts as outside.",
    "kinds": "What each series is of",
    "aims": "Aims set before the arms kept out of the fit were drawn; by the first drawing they are met "
    "or not",
    "ranks_table": "Simulated cohorts: p of uniform ranks, share of the true values inside central "
    "intervals. Nothing printed enters the prior unless its scale is given, or is the printed one",
    "priors": "Means over arms, from the summary alone. What is learned comes of these arms too, and so does "
    "the scale, unless it is the printed one.",
    "figures": "Means over the cohorts; CRPS of a single curve is its absolute error; it has no band.",
    "truths": "Up to the last printed time. The ensemble saw the summary, not the curve; in brackets the "
    "patients.",
    "summaries": "What was printed about each, months at one decimal; S in the second run only",
}


def answer(table: pd.DataFrame) -> str:
    """Return the answer to the report's question: today's bands, and what they were before arms were seen."""
    mean = means(table[table["purpose"] == AGAIN["survival"]])
    new, peer = mean[ENSEMBLE], mean[INTERPOLATION]
    first, aims = means(table[table["purpose"] == TRIALS["survival"]])[ENSEMBLE], aims_table(table)
    missed = formats.of((aims["Aim"] == NOT_MET).sum(), len(aims), "aim")
    return (
        f"On {formats.counted(new['cohorts'], 'trial arm')} kept out of the fit, the truth lay in the "
        f"{formats.share(LEVEL)} band at {formats.share(new[INSIDE[LEVEL]])} of points "
        f"({formats.share(first[INSIDE[LEVEL]])} at first); the mean curve "
        f"was off by {formats.fraction(new['rmse'])}, interpolation by {formats.fraction(peer['rmse'])}. "
        f"Missed: {missed}, today {aims['Drawn again'].str.contains(NOT_MET).sum()}."
    )


def key_numbers(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Return the number that is set large, and what it is."""
    mean = means(table[table["purpose"] == AGAIN["survival"]])[ENSEMBLE]
    inside = f"of points inside the {formats.share(LEVEL)} band, arms kept out of the fit"
    return [(formats.share(mean[INSIDE[LEVEL]]), inside)]


def worst(table: pd.DataFrame) -> str:
    """Say which series the bands fail most, and how many planned cohorts had no ensemble."""
    by_series = {str(name): means(part) for name, part in table.groupby("purpose", sort=False)}
    column = INSIDE[LEVEL]
    name = min(by_series, key=lambda one: by_series[one][ENSEMBLE][column])
    failed = int(table["rmse"].isna().sum())
    lost = f" For {formats.counted(failed, 'planned run')} there is no ensemble." if failed else ""
    share = formats.share(by_series[name][ENSEMBLE][column])
    return (
        f"Worst of all series is “{name}” ({SERIES[name]}): the {formats.share(LEVEL)} bands held the truth "
        f"at {share} of the points.{lost}"
    )


def _cells(mean: Mapping[str, Mapping[str, float]]) -> dict[tuple[str, str], str]:
    plain, more, peer = (mean[name] for name in (ENSEMBLE, WITH_S, INTERPOLATION))
    inside = [formats.share(plain[INSIDE[level]]) for level in LEVELS]
    return {
        ("RMSE", "drawn"): formats.fraction(plain["rmse"]),
        ("RMSE", "with S"): formats.fraction(more["rmse"]),
        ("RMSE", "interp."): formats.fraction(peer["rmse"]),
        ("RMST", "drawn"): formats.decimal(plain["rmst"], 2),
        ("RMST", "interp."): formats.decimal(peer["rmst"], 2),
        ("CRPS", "drawn"): formats.fraction(plain["crps"]),
        ("CRPS", "interp."): formats.fraction(peer["crps"]),
        **{
            ("Inside the band", formats.share(level)): text
            for level, text in zip(LEVELS, inside, strict=True)
        },
    }


def series_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series for reading, those not looked at before first."""
    rows: list[dict[tuple[str, str], str]] = []
    for name in (*TRIALS.values(), *AGAIN.values(), *reversed(PURPOSES)):
        part = table[table["purpose"] == name]
        if part.empty:
            continue
        one = part[part["method"] == ENSEMBLE]
        rows.append(
            {
                ("", "Series"): name,
                ("", "Seen"): "yes" if part["looked_at"].all() else "no",
                ("", "Cohorts"): formats.count(len(one)),
            }
            | _cells(means(part))
        )
    wide = pd.DataFrame(rows, index=[""] * len(rows))
    return wide.set_axis(pd.MultiIndex.from_tuples(list(rows[0])), axis=1)


def kinds_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per series for reading: what its cohorts are, and how large."""
    own = table[table["method"] == ENSEMBLE]
    rows = [
        {
            "Series": name,
            "Of what": SERIES[name],
            "Patients": formats.between(part["n"].min(), part["n"].max(), "patients"),
        }
        for name in (*TRIALS.values(), *AGAIN.values(), *reversed(PURPOSES))
        if len(part := own[own["purpose"] == name])
    ]
    return pd.DataFrame(rows)


AIMS: tuple[tuple[str, Sequence[str], str, str, float], ...] = (
    ("RMSE, OS", SURVIVAL, ENSEMBLE, "rmse", 0.022),
    ("RMSE, OS with S printed", SURVIVAL, WITH_S, "rmse", 0.0205),
    ("RMST error, OS", SURVIVAL, ENSEMBLE, "rmst", 0.37),
    ("RMST error, OS with S printed", SURVIVAL, WITH_S, "rmst", 0.33),
    ("RMSE, PFS and RFS", VISITS, ENSEMBLE, "rmse", 0.034),
)
"""What, of which series, by which method, which mean, at most how much: set before any was looked at."""
WITHIN: tuple[tuple[str, Sequence[str], float], ...] = (
    ("OS", SURVIVAL, 0.03),
    ("PFS and RFS", VISITS, 0.05),
)
"""Endpoints, their series, and how far from its level the share inside a band may be."""


def aims_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return what was aimed at on the arms kept apart, what was reached, and whether it is met.

    By the first drawing, when none had been looked at; and again, with the prior of today.
    """
    rows = [
        {
            "What": what,
            "At most": limit,
            "Reached": reached,
            "Aim": _met(met),
            "Drawn again": f"{later} ({_met(still)})",
        }
        for (what, limit, reached, met), (_, _, later, still) in zip(
            _fared(table, TRIALS), _fared(table, AGAIN), strict=True
        )
    ]
    return pd.DataFrame(rows)


def _fared(table: pd.DataFrame, names: Mapping[str, str]) -> list[tuple[str, str, str, bool]]:
    """Return of each aim what it is of, its limit, what was reached, and whether it is met."""
    near, found = table[table["horizon"] <= NEAR], []
    for what, series, method, name, most in AIMS:
        part = near if name == "rmst" else table
        value = means(part[part["purpose"].isin([names[one] for one in series])])[method][name]
        digits = 2 if name == "rmst" else 4
        spelled = formats.decimal(value, 2) if name == "rmst" else formats.fraction(value, digits)
        limit = f"{most} months" if name == "rmst" else formats.fraction(most, digits)
        found.append((what, limit, spelled, bool(value <= most)))
    for endpoints, series, within in WITHIN:
        mean = means(table[table["purpose"].isin([names[one] for one in series])])[ENSEMBLE]
        for level in LEVELS:
            value, limit = mean[INSIDE[level]], f"{formats.share(within)} from the level"
            what = f"{formats.share(level)} band, {endpoints}"
            found.append((what, limit, formats.share(value), bool(abs(value - level) <= within)))
    return found


def _met(yes: bool) -> str:
    return "met" if yes else NOT_MET


def calibration(table: pd.DataFrame, sampler: str) -> str:
    """Say what the ranks of simulated truths show."""
    found = uniformity(table)
    few, beyond = found[found["p"] <= 0.01], 1 - LEVEL
    unread = found[found["prior"] == UNREAD]["p"] <= beyond
    twice = found[found["prior"] == "printed"]["p"] <= beyond
    sizes = found["simulations"]
    named = "; ".join(
        f"{formats.listed(list(part['quantity']))} ({str(shape).replace('_', ' ')}, {LAWS[str(prior)]})"
        for (shape, prior), part in few.groupby(["shape", "prior"], sort=False)
    )
    say = f"{len(few)} have p ≤ .01: {named}" if len(few) else "none has p ≤ .01"
    size = formats.between(float(sizes.min()), float(sizes.max()), "patients")
    return (
        f"Of {formats.count(len(found))} ranked quantities, over {size} simulated cohorts of 36 patients for "
        f"each kind of summary, {say}. By chance alone about {formats.decimal(0.01 * len(found), 1)} would. "
        f"{(found['p'] <= beyond).sum()} leave the {formats.share(LEVEL)} band, by chance about "
        f"{formats.count(beyond * len(found))}: {formats.of(unread.sum(), len(unread))} where nothing "
        f"printed enters the prior, {formats.of(twice.sum(), len(twice))} where the printed scale does. "
        f"Sampler calibrated: `{sampler[:12]}`."
    )


def ranks_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per kind of summary and prior for reading: how far the ranks are uniform."""
    rows = []
    for (shape, prior), part in uniformity(table).groupby(["shape", "prior"], sort=False):
        least = part.nsmallest(1, "p").to_dict("records")[0]
        inside = {level: float(part[INSIDE[level]].mean()) for level in LEVELS}
        rows.append(
            {
                "Printed": SHAPES.get(str(shape), str(shape)),
                "Prior": LAWS[str(prior)],
                "Simulations": formats.of(least["simulations"], least["planned"]),
                "Quantities": formats.count(len(part)),
                "Least p": f"{formats.p_value(least['p'])} ({least['quantity']})",
            }
            | {formats.share(level): formats.share(value) for level, value in inside.items()}
        )
    return pd.DataFrame(rows)


def priors(table: pd.DataFrame) -> str:
    """Say what each prior would cost."""
    mean = _by_prior(table)
    own, rest = mean.iloc[0], mean.iloc[1:]
    others = formats.listed(
        [f"{formats.fraction(row['rmse'])} ({PRIORS[str(prior)]})" for prior, row in rest.iterrows()]
    )
    return (
        f"What a prior is worth where the truth is known: on {formats.counted(own['arms'], 'arm')} of as "
        f"many trials that were learned from, the mean curve from the summary alone is off by "
        f"{formats.fraction(own['rmse'])} ({PRIORS[str(own.name)]}, as pages are drawn), {others}."
    )


def priors_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per prior for reading: its errors, and shares inside the bands."""
    rows = [
        {
            "Prior": PRIORS[str(prior)],
            "RMSE": formats.fraction(row["rmse"]),
            "RMST, months": formats.decimal(row["rmst"], 2),
            "CRPS": formats.fraction(row["crps"]),
        }
        | {f"{formats.share(level)} band": formats.share(row[INSIDE[level]]) for level in LEVELS}
        for prior, row in _by_prior(table).iterrows()
    ]
    return pd.DataFrame(rows)


def _by_prior(table: pd.DataFrame) -> pd.DataFrame:
    """Return the means by prior, of RMST without its sign, with the number of arms."""
    of = table.assign(rmst=table["rmst"].abs()).groupby("prior", sort=False)
    return of.mean(numeric_only=True).assign(arms=of.size())


def held_out(held: pd.DataFrame) -> str:
    """Say how this trial's own numbers predict one another."""
    return f"{predicted(held)} The [scorecard](11_scorecard.ipynb) shows each of them."


def figures(table: pd.DataFrame) -> str:
    """Say what a printed curve and the numbers at risk below it add to a summary."""
    wide = table.pivot_table(index="cohort", columns="method", values="width")
    own, mean = table[table["method"] == "figure"], wide.mean()
    sizes = formats.between(own["n"].min(), own["n"].max(), "patients")
    before, after = (formats.fraction(float(mean[name])) for name in ("summary", "figure"))
    return (
        "Points of a printed curve, read off to a whole percent, and the numbers at risk below it narrow "
        f"what a summary leaves open: the {formats.share(LEVEL)} band of "
        f"{formats.counted(len(own), 'public cohort')} of {sizes} patients from {before} to {after} on "
        "average. Guyot's method makes one cohort: of these points, and of a hundred, for which it is made."
    )


def figures_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per way to a curve for reading: its errors, and how often the band holds the truth."""
    mean = table.assign(rmst=table["rmst_error"].abs()).groupby("method", sort=False).mean(numeric_only=True)
    rows = [
        {
            "From": SOURCES[str(method)],
            "RMSE": formats.fraction(row["rmse"]),
            "RMST, months": formats.decimal(row["rmst"], 2),
            "CRPS": formats.fraction(row["crps"]),
            f"In the {formats.share(LEVEL)} band": formats.share(row[INSIDE[LEVEL]]),
            "Width": formats.fraction(row["width"]),
        }
        for method, row in mean.iterrows()
    ]
    return pd.DataFrame(rows)


def cohort_table(found: Sequence[Accuracy]) -> pd.DataFrame | None:
    """Return the cohorts drawn anew and what was printed about each, for reading; None without any."""
    if not found:
        return None
    rows = []
    for one in found:
        printed = {claim.statistic: claim.printed for claim in one.claims}
        at = next(claim.at for claim in one.claims if claim.statistic == "count_at_or_beyond")
        rows.append(
            {
                "Cohort": one.cohort.name,
                "What": one.cohort.what,
                "n": printed["n"],
                "Median (limits)": "{median} ({median_lower}–{median_upper})".format(**printed),
                "Still followed": f"{printed['count_at_or_beyond']} at {at:g}",
                "Follow-up (range)": "{followup_median} ({followup_min}–{followup_max})".format(**printed),
                "Flat from": printed.get("plateau_from", ""),
            }
        )
    return pd.DataFrame(rows)


def coverage_alt(table: pd.DataFrame) -> str:
    """Say in words what the dots show."""
    unseen, seen = (
        formats.share(means(table[table["looked_at"] == looked])[ENSEMBLE][INSIDE[LEVEL]])
        for looked in (False, True)
    )
    return (
        "Shares of time points with the truth inside bands of 50, 80 and 95%, by series. Mean inside the 95% "
        f"band: {unseen} for arms kept out of the fit, {seen} for cohorts looked at before."
    )


def errors_alt(table: pd.DataFrame) -> str:
    """Say in words how often the ensemble is nearer than interpolation."""
    wide = table.pivot_table(index=["purpose", "cohort"], columns="method", values="rmse").dropna()
    ahead = int((wide[ENSEMBLE] < wide[INTERPOLATION]).sum())
    fewer = formats.of(ahead, len(wide), "cohort")
    return f"Errors of the ensemble against those of interpolation: smaller for {fewer}."


def ranks_alt(table: pd.DataFrame) -> str:
    """Say in words how many lines leave the band."""
    found = uniformity(table)
    return (
        f"Distributions of {formats.count(len(found))} quantities' ranks, less uniform. "
        f"{formats.count((found['p'] <= 1 - LEVEL).sum())} leave the band that holds each with a probability "
        "of 95%."
    )


def truths_alt(found: Sequence[Accuracy]) -> str:
    """Say in words what the small pictures show."""
    if not found:
        return ""
    inside = {one.cohort.name: float(one.measures[INSIDE[LEVEL]].iloc[0]) for one in found}
    best, least = max(inside, key=inside.__getitem__), min(inside, key=inside.__getitem__)
    return (
        f"{len(found)} survival curves with the band of their reconstruction. The truth lies in the band "
        f"most for {best} ({formats.share(inside[best])} of the points), least for {least} "
        f"({formats.share(inside[least])})."
    )
