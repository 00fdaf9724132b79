"""Historical comparators: what other series print, and the one-sample log-rank test of a cohort against each.

A comparator enters the test as a survival function made from its own printed numbers (`Reference`):
exponential through the median, exponential through an n-year rate, or, where both are printed, a mixture in
which a fraction never dies and the others die at a constant rate. Each is an assumption, not a finding.

The test is that of Breslow (1975), as in R: `survival::survdiff(Surv(time, event) ~ offset(S0))`, with
E = Σ −log S0(t_i) over all patients, chi² = (O − E)² / E on one degree of freedom. The limits of O/E are
those of a Poisson count O; approximate, since E depends on the times observed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, stats

from blina import facts
from blina.facts import cited as cited
from blina.vocabulary import DAYS_PER_MONTH
from blina_base.errors import InputError
from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims import Claim, select
from pseudoipd.survival import KaplanMeier, kaplan_meier, quantile, quantile_limits

if TYPE_CHECKING:
    from blina.adam import Endpoint
    from blina.page import TrialPage
    from pseudoipd.cache import Ensemble

Floats = npt.NDArray[np.float64]
LN2 = float(np.log(2.0))

QUOTED, SAME_PATIENTS, SUPERSEDED = "quoted", "earlier", "superseded"
"""The range that the report quotes, and the relations of earlier cuts: of this trial, of another."""
QUOTED_ENDS = ("quoted_low", "quoted_high")
"""The two ends of that range: of the series behind it, mixed, and so curves of no patients."""
NO_YARDSTICK = "MRD-positive remission"
"""The setting of patients who had not relapsed: none to test these against."""
TESTS = (
    "key", "study", "treatment", "setting", "relation", "assumption", "observed", "expected", "ratio",
    "ratio_lower", "ratio_upper", "p",
)  # fmt: skip
"""Columns of `compare`."""
_SUFFIX = re.compile(r"_(os_)?(median|three_year|five_year)\Z")


@dataclass(frozen=True)
class Comparator:
    """One series or arm: who, how many, and its printed overall survival.

    Months for `median` and its limits, percent for `rate` and its limits at `at` months; NaN where nothing
    is printed, infinity for 'not reached'; `median_printed` and `rate_printed` are the three as printed.
    `relation` is as in `facts.comparators`.
    """

    key: str
    study: str
    treatment: str
    setting: str
    relation: str
    patients: float
    median: float
    median_lower: float
    median_upper: float
    rate: float
    rate_lower: float
    rate_upper: float
    at: float
    sources: tuple[str, ...]
    median_printed: tuple[str, ...] = ("", "", "")
    rate_printed: tuple[str, ...] = ("", "", "")

    @property
    def testable(self) -> bool:
        """Whether a survival function can be made of patients like these 36, and not of themselves.

        The ends of the quoted range are those of the series behind it and belong to no patients; whoever is
        in remission is another kind of patient; an earlier cut of a trial is not a second one.
        """
        if self.relation in (SAME_PATIENTS, SUPERSEDED) or self.key in QUOTED_ENDS:
            return False
        if self.setting == NO_YARDSTICK:
            return False
        return bool(np.isfinite(self.median) or np.isfinite(self.rate))

    def reference(self) -> Reference:
        """Return the survival function through the printed numbers; InputError if there are none."""
        known = {
            "median": self.median if np.isfinite(self.median) else None,
            "rate_percent": self.rate if np.isfinite(self.rate) else None,
            "at_months": self.at if np.isfinite(self.at) else None,
        }
        return reference(**known)


def comparators(frame: pd.DataFrame | None = None) -> dict[str, Comparator]:
    """Return the comparators by key, in the order of the file; the quoted range becomes its two ends."""
    rows = facts.comparators() if frame is None else frame
    rows = rows.loc[rows["endpoint"].eq("OS") & rows["statistic"].isin(["median", "survival"])]
    found: dict[str, Comparator] = {}
    for key, series in rows.groupby(rows["id"].str.replace(_SUFFIX, "", regex=True), sort=False):
        if key == QUOTED:
            found |= {end: _quoted(series, end) for end in QUOTED_ENDS}
        else:
            found[str(key)] = _comparator(str(key), series)
    return found


def get(key: str) -> Comparator:
    """Return the comparator `key`; InputError names the choices."""
    known = {name: found for name, found in comparators().items() if found.testable}
    if key not in known:
        raise InputError.at("parameter comparator", value=key, expected=f"one of {', '.join(known)}")
    return known[key]


def _comparator(key: str, series: pd.DataFrame) -> Comparator:
    first, ends = series.iloc[0], ("", "_lower", "_upper")
    about: dict[str, Any] = {name: first[name] for name in ("study", "treatment", "setting", "relation")}
    for name, statistic in (("median", "median"), ("rate", "survival")):
        rows = series[series["statistic"] == statistic].to_dict("records")
        row: dict[Any, Any] = rows[0] if rows else {}
        for end, column in zip(ends, ("value", "lower", "upper"), strict=True):
            about[f"{name}{end}"] = float(row.get(column, np.nan))
        about[f"{name}_printed"] = tuple(row.get(f"printed{end}", "") for end in ends)
        about["at"] = float(row.get("at", np.nan))
    sources = tuple(dict.fromkeys(series["source"]))
    return Comparator(key=key, patients=float(first["n"]), sources=sources, **about)


def _quoted(series: pd.DataFrame, end: str) -> Comparator:
    """Return the lower or the upper end of the range that the report quotes, as a comparator of its own."""
    column = "lower" if end == QUOTED_ENDS[0] else "upper"
    taken = series.assign(
        value=series[column], printed=series[f"printed_{column}"], lower=np.nan, upper=np.nan
    )
    found = _comparator(end, taken.assign(printed_lower="", printed_upper=""))
    return replace(found, study=f"Quoted range, {column} ends")


def comparator_table(known: Iterable[Comparator]) -> pd.DataFrame:
    """Return the tidy table of the comparators: one row each, its numbers as columns."""
    table = pd.DataFrame([vars(found) for found in known]).drop(columns=["median_printed", "rate_printed"])
    return table.assign(sources=table["sources"].map(", ".join))


@dataclass(frozen=True)
class Reference:
    """Survival function S0(t) = cured + (1 − cured)·exp(−rate·t), t in months; `rate` per month."""

    rate: float
    cured: float = 0.0
    assumption: str = "exponential"

    def survival(self, months: npt.ArrayLike) -> Floats:
        """Return S0 at each time."""
        t = np.asarray(months, dtype=float)
        return np.asarray(self.cured + (1.0 - self.cured) * np.exp(-self.rate * t))

    def cumulative_hazard(self, months: npt.ArrayLike, delay: float = 0.0) -> Floats:
        """Return −log S0 over the time since study entry, given survival of the first `delay` months.

        `delay` is the time by which the comparator's clock is ahead: a series counts from relapse, a trial
        from the start of treatment, and whoever died in between is in the one and not in the other.

        Example: by hand, a constant hazard of ln 2 / 10 a month for 20 months, whatever came before.

        >>> against = reference(median=10.0)
        >>> round(float(against.cumulative_hazard(20)) / LN2, 9)
        2.0
        >>> round(float(against.cumulative_hazard(20, delay=3)) / LN2, 9)
        2.0
        """
        t = np.asarray(months, dtype=float)
        return np.asarray(np.log(self.survival(delay)) - np.log(self.survival(t + delay)))

    def median(self) -> float:
        """Return the median in months; infinite where half or more never die."""
        if self.cured >= 0.5:
            return float("inf")
        return float(np.log((1.0 - self.cured) / (0.5 - self.cured)) / self.rate)


def reference(
    median: float | None = None, rate_percent: float | None = None, at_months: float | None = None
) -> Reference:
    """Return the survival function through what a comparator prints.

    The median alone or a rate alone gives the exponential through it; both give the mixture with a cured
    fraction, or, where the printed rate lies below the exponential through the median, that exponential.
    `rate_percent` in %, times in months. Raises InputError where neither is given.

    Reference: Berkson and Gage, J Am Stat Assoc 1952;47:501, for the mixture.
    Example: by hand, cured .2: of the others .375 live at 6 months; S(12) = .2 + .8 · .375² = .3125.

    >>> against = reference(median=6.0, rate_percent=31.25, at_months=12.0)
    >>> round(against.cured, 9), against.survival([6, 12]).round(9).tolist(), round(against.median(), 9)
    (0.2, [0.5, 0.3125], 6.0)
    """
    if median is not None and rate_percent is not None and at_months is not None:
        return _mixture(median, rate_percent / 100.0, at_months)
    if median is not None:
        return Reference(LN2 / median, assumption="exponential through the median")
    if rate_percent is not None and at_months is not None:
        rate = -float(np.log(rate_percent / 100.0)) / at_months
        return Reference(rate, assumption=f"exponential through the rate at {at_months:g} months")
    raise InputError("a comparator needs a printed median, or a survival rate with its time")


def _mixture(median: float, survival: float, at: float) -> Reference:
    """Return the cured-fraction mixture with S(median) = 1/2 and S(at) = survival."""

    def excess(cured: float) -> float:
        alive = (0.5 - cured) / (1.0 - cured)
        return float(cured + (1.0 - cured) * alive ** (at / median) - survival)

    if excess(0.0) >= 0.0:
        return Reference(LN2 / median, assumption="exponential through the median")
    cured = float(optimize.brentq(excess, 0.0, min(survival, 0.5)))
    rate = float(np.log((1.0 - cured) / (0.5 - cured)) / median)
    return Reference(rate, cured, "a fraction cured, the others exponential")


@dataclass(frozen=True)
class OneSampleLogRank:
    """Deaths observed and expected under a reference, with chi² (1 df), p, and O/E with its limits."""

    observed: float
    expected: float
    chi2: float
    p: float
    ratio: float
    ratio_lower: float
    ratio_upper: float


def one_sample_logrank(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    against: Reference,
    *,
    delay: float = 0.0,
    conf_level: float = 0.95,
) -> OneSampleLogRank:
    """Test one cohort against a reference; `time` in months, `event` true for a death [patients].

    E = Σ -log S0(t_i) over all patients, dead or alive; chi² = (O - E)² / E on one degree of freedom; O/E
    with the limits of a Poisson count O, divided by E. `delay` as in `Reference.cumulative_hazard`.

    Reference: Breslow, Int Stat Rev 1975;43:45.
    Example: by hand, E = ln 2 · (10 + 20 + 30) / 10. R 4.2.2, survival 3.5-3: S0 <- 2^(-c(10, 20, 30) / 10);
    survdiff(Surv(c(10, 20, 30), c(1, 1, 0)) ~ offset(S0)) has exp 4.158883083, p 0.2897721274;
    poisson.test(2, 6 * log(2))$conf.int is 0.05823902084 1.73717017837

    >>> found = one_sample_logrank([10, 20, 30], [1, 1, 0], reference(median=10.0))
    >>> round(found.expected, 9), round(found.p, 9)
    (4.158883083, 0.289772127)
    >>> round(found.ratio_lower, 9), round(found.ratio_upper, 9)
    (0.058239021, 1.737170178)
    """
    observed = float(np.sum(np.asarray(event, dtype=bool)))
    expected = float(np.sum(against.cumulative_hazard(time, delay)))
    lower, upper = poisson_limits(observed, conf_level)
    if expected == 0:
        # Nobody was followed for any time: nothing was expected, and there is nothing to compare.
        return OneSampleLogRank(observed, expected, *[float("nan")] * 5)
    chi2 = (observed - expected) ** 2 / expected
    return OneSampleLogRank(
        observed,
        expected,
        chi2,
        float(stats.chi2.sf(chi2, 1)),
        observed / expected,
        lower / expected,
        upper / expected,
    )


def poisson_limits(count: float, conf_level: float = 0.95) -> tuple[float, float]:
    """Return the exact limits of a Poisson mean.

    χ²(α/2; 2·count) / 2, which is 0 for no event, and χ²(1 - α/2; 2·count + 2) / 2, quantiles of chi-squared.

    Reference: Garwood, Biometrika 1936;28:437.
    Example: R 4.2.2: poisson.test(18)$conf.int is 10.66794078 28.44776027, poisson.test(0)$conf.int
    0 3.688879454

    >>> [round(limit, 8) for limit in (*poisson_limits(18), *poisson_limits(0))]
    [10.66794078, 28.44776027, 0.0, 3.68887945]
    """
    tail = (1.0 - conf_level) / 2.0
    lower = stats.chi2.ppf(tail, 2.0 * count) / 2.0 if count > 0 else 0.0
    return float(lower), float(stats.chi2.ppf(1.0 - tail, 2.0 * count + 2.0) / 2.0)


def compare(
    time: npt.ArrayLike, event: npt.ArrayLike, against: Iterable[Comparator], *, delay: float = 0.0
) -> pd.DataFrame:
    """Test one cohort (`time` in months) against each comparator that can be tested; columns `TESTS`.

    `delay` (months) conditions the comparator on having survived so long, see `Reference.cumulative_hazard`.
    """
    rows = []
    for found in against:
        if found.testable:
            curve = found.reference()
            test = one_sample_logrank(time, event, curve, delay=delay)
            rows.append({**vars(found), **vars(test), "assumption": curve.assumption})
    return pd.DataFrame(rows)[list(TESTS)]


def explored(page: TrialPage) -> tuple[pd.DataFrame]:
    """Return the tests with the comparators' clock ahead as a page says, without cohorts."""
    os, known = page.tables.endpoint("OS"), list(comparators().values())
    tests = compare(os.time_months, os.event, known, delay=float(page.parameters["delay_months"]))
    return (over_ensemble(tests, None, known),)


def over_ensemble(
    tests: pd.DataFrame, cohorts: Ensemble | None, against: Iterable[Comparator], *, delay: float = 0.0
) -> pd.DataFrame:
    """Add lowest_ratio, highest_ratio (O/E) and largest_p over an ensemble; NaN without one."""
    columns = ["key", "lowest_ratio", "highest_ratio", "largest_p"]
    if cohorts is None:
        return tests.assign(**dict.fromkeys(columns[1:], np.nan))
    months = np.asarray(cohorts.time["OS"], dtype=float) / DAYS_PER_MONTH
    rows = []
    for found in against:
        if found.testable:
            observed, expected, p = over_cohorts(months, cohorts.event["OS"], found.reference(), delay=delay)
            ratio = observed / expected
            rows.append((found.key, ratio.min(), ratio.max(), p.max()))
    return tests.merge(pd.DataFrame(rows, columns=columns), on="key", how="left")


def over_cohorts(
    time: npt.ArrayLike, event: npt.ArrayLike, against: Reference, *, delay: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Return observed, expected and p of each cohort; `time` (months) and `event` are draws × patients.

    A negative time stands for a patient without the endpoint and counts for nothing.

    Example: R's numbers of `one_sample_logrank`, with a fourth patient who is not there.

    >>> found = over_cohorts([[10, 20, 30, -1]], [[1, 1, 0, 0]], reference(median=10.0))
    >>> [value.round(9).tolist() for value in found]
    [[2.0], [4.158883083], [0.289772127]]
    """
    t = np.asarray(time, dtype=float)
    present = t >= 0.0
    observed = np.sum(np.asarray(event, dtype=bool) & present, axis=-1).astype(float)
    hazard = against.cumulative_hazard(np.where(present, t, 0.0), delay)
    expected = np.asarray(np.sum(hazard, axis=-1))
    p = np.asarray(stats.chi2.sf((observed - expected) ** 2 / expected, 1))
    return observed, expected, p


@dataclass(frozen=True, eq=False)
class Beside:
    """The cohort beside one comparator: its row of tests, both curves (months), and what is assumed.

    `curve` has month and survival of the comparator's function, from study entry on.
    """

    comparator: Comparator
    row: pd.Series
    km: KaplanMeier
    curve: pd.DataFrame
    delay: float


def beside(tests: pd.DataFrame, key: str, endpoint: Endpoint, *, delay: float = 0.0) -> Beside:
    """Return the cohort beside the comparator `key`; InputError names the choices."""
    found = get(key)
    curve = reference_curve(found, max(endpoint.time_months), delay=delay)
    km = kaplan_meier(endpoint.time_months, endpoint.event)
    return Beside(found, tests[tests["key"] == key].iloc[0], km, curve, delay)


def reference_curve(found: Comparator, horizon: float, *, delay: float = 0.0) -> pd.DataFrame:
    """Return month and survival of the comparator's function, from study entry on, up to `horizon` months."""
    months = np.linspace(0.0, horizon, 241)
    return pd.DataFrame(
        {"month": months, "survival": np.exp(-found.reference().cumulative_hazard(months, delay))}
    )


def sensitivity(
    time: npt.ArrayLike, event: npt.ArrayLike, found: Comparator, *, delay: float = 0.0
) -> pd.DataFrame:
    """Test the cohort against one comparator under other assumptions: assumption, and the test.

    Follow-up cut at 12 and at 24 months (a survival function made from a median is least trustworthy far
    beyond it), its clock 3 or 6 months further ahead, exponential curves in place of the mixture.
    """
    t, e = np.asarray(time, dtype=float), np.asarray(event, dtype=bool)
    curve = found.reference()
    variants: dict[str, tuple[Reference, float, float]] = {"as above": (curve, np.inf, delay)}
    variants |= {f"follow-up cut at {cut:g} months": (curve, cut, delay) for cut in (12.0, 24.0)}
    for later in (3.0, 6.0):
        name = f"patients counted {later:g} months later after relapse"
        variants[name] = (curve, np.inf, delay + later)
    if curve.cured > 0.0:
        variants["exponential through the median alone"] = (reference(median=found.median), np.inf, delay)
        through = reference(rate_percent=found.rate, at_months=found.at)
        variants["exponential through the rate alone"] = (through, np.inf, delay)
    rows = []
    for name, (against, cut, shift) in variants.items():
        test = one_sample_logrank(np.minimum(t, cut), e & (t <= cut), against, delay=shift)
        rows.append({"assumption": name, **vars(test)})
    return pd.DataFrame(rows).drop(columns="chi2")


@dataclass(frozen=True)
class Line:
    """One line of the forest: its group and kind, a median in months with limits (NaN: none), whose it is.

    `series` is None for the trial's own lines; `printed` holds median and limits as printed, if they are.
    """

    group: str
    kind: str
    median: float
    lower: float
    upper: float
    printed: tuple[str, ...] = ()
    series: Comparator | None = None


def forest(
    known: Iterable[Comparator],
    claims: tuple[Claim, ...],
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    conf_type: str,
) -> list[Line]:
    """Return the forest's lines in drawing order: chemotherapy, this trial (`time` in months), the others.

    Without printed numbers the tables are another study's (group `tables`); the trial's earlier cuts then
    stand alone (group `earlier`).
    """
    printed = [
        claim
        for statistic in ("median", "median_lower", "median_upper")
        for claim in select(claims, endpoint="OS", population="all", statistic=statistic)[:1]
    ]
    km, trial = kaplan_meier(time, event), len(printed) == 3
    found = (quantile(km), *quantile_limits(km, conf_type=conf_type))
    own = Line("trial" if trial else "tables", "cohort", *found)
    shown = [series for series in known if series.relation != SUPERSEDED]
    lines = [_line(series, own.group if trial else SAME_PATIENTS) for series in shown]
    if trial:
        median, lower, upper = (claim.value for claim in printed)
        texts = tuple(claim.printed for claim in printed)
        lines.insert(0, Line("trial", "cohort", median, lower, upper, texts))
    order = ("chemotherapy", own.group, SAME_PATIENTS, "refractory", "remission")
    return sorted([*lines[:trial], own, *lines[trial:]], key=lambda line: order.index(line.group))


def _line(found: Comparator, earlier: str) -> Line:
    if found.relation == SAME_PATIENTS:
        group, kind = earlier, "cohort"
    elif found.treatment == "blinatumomab":
        group, kind = "refractory" if "refractory" in found.setting else "remission", found.treatment
    else:
        group, kind = found.treatment, found.treatment
    numbers = (found.median, found.median_lower, found.median_upper)
    return Line(group, kind, *numbers, found.median_printed, found)


def results(tests: pd.DataFrame) -> pd.DataFrame:
    """Return the tests as tidy rows."""
    names = {"observed": "deaths", "expected": "deaths", "ratio": "ratio", "p": "P"}
    rows = [
        ("one-sample log-rank", row["key"], name, float(row[name]), unit, "")
        for row in tests.to_dict("records")
        for name, unit in names.items()
    ]
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))
