"""Simulation-based calibration: where the truth lies among the cohorts drawn from its own printed numbers.

A cohort is drawn from the prior by `exact`, which shares nothing with the sampler; its statistics are printed
as a claims file; the sampler draws cohorts from it. The rank of the cohort's own quantities among the drawn
ones is uniform if the sampler draws from the prior given the claims (Talts et al. 2018, arXiv 1804.06788). It
would be so too if the sampler were deaf to the claims: that they are met is the judge's matter.

    python -m blina_tools.sampler.sbc SHAPE fixed|printed|trials SIMULATIONS [JOBS]

appends one row per simulation to `data/calibration/SHAPE_PRIOR.csv`, in order, goes on where the file ends,
and notes the digest of what the sampler draws for it; a file that was begun with another sampler begins
anew. `trials` is the default, as in production: nothing is given but the claims, and the cohorts come of that
prior, so that ranks must be uniform. `fixed` gives the sampler the scale that the cohorts were drawn with,
around a flat hazard. `printed` is the prior `flat_printed`, whose scale is taken from the claims: it is
centered on the printed median, wherever chance put that, and ranks need not be uniform.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.reports.validation.numbers.sbc import FOLDER
from blina.vocabulary import VOCABULARY
from blina_tools.sampler import exact
from blina_tools.sampler.exact import MONTH, Bools, Floats
from pseudoipd.claims import Claim
from pseudoipd.claims.vocabulary import Course
from pseudoipd.draw import Request, draw_chunk
from pseudoipd.model import prior
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.problem import Problem, compile_problem

N, DRAWS, SEED = 36, 39, 1804
WORDS = replace(VOCABULARY, rules=VOCABULARY.rules[:1], course=Course())
"""This trial's words with the one rule that the simulated cohorts follow, that of the first assessment."""
SAME_LAW = {"rfs_censoring": "last_contact", "death_after_relapse": "same"}
"""What makes the sampler's law that of `exact`: last looks and death after a relapse are not calibrated."""
PRIORS = {"fixed": "flat", "printed": "flat_printed", "trials": "trials"}
"""The assumption `prior` by the last word of a file's name; `fixed` is told its scale."""
DIGESTED = 2
"""Cohorts of each file whose digest stands for the sampler."""
MEDIAN, RELAPSE = 13.0, 9.0
"""Months: the scale of the events."""
RESPONSE_DAY = 29
"""First assessment: nobody whose marrow was judged was observed for less; relapse is counted from it."""
REMISSION, RESPONDERS = 0.6, ("CR", "CRh", "PR", "REFRACTORY", "NE")
REMISSIONS = RESPONDERS[:2]
LEVELS = (0.5, 0.8, 0.9, 0.95)
NULL = 10_000
"""Simulations of uniform ranks, for the distribution of the test."""

Printed = tuple[
    str, str, str, str, float | None, str
]  # endpoint, statistic, category, population, month, text


@dataclass(frozen=True)
class Scale:
    """The scale of cohorts, days: horizon, median and spread of the longest follow-up, centers of events.

    `first` and `second` are the kinds of hazard of both endpoints; `early` in which share of cohorts the
    first is of the kind `falling` instead; `visits` those at which the second endpoint is found, if any.
    """

    horizon: float
    longest: float
    spread: float = 0.3
    median: float = MEDIAN * MONTH
    relapse: float = RELAPSE * MONTH
    first: exact.Kind = exact.FLAT
    second: exact.Kind = exact.FLAT
    falling: exact.Kind = exact.FLAT
    early: float = 0.0
    visits: exact.Visits | None = None

    @property
    def hyperprior(self) -> prior.Hyperprior:
        """What the sampler draws from, given this scale."""
        return prior.Hyperprior(prior.Law(self.median), prior.Law(self.relapse), self.longest, self.spread)


PRINTED = Scale(40 * MONTH, 42 * MONTH)
"""As a claims file would say that prints some follow-up."""
UNFOLLOWED = Scale(prior.typical_followup("survival")[0], *prior.typical_followup("survival"))
"""As `flat_printed` has it where no follow-up is printed."""


def learned_scale() -> Scale:
    """Return what the prior `trials` draws from: numbers as learned, their law as `exact` has it."""
    survival, relapse, found = (
        prior.learned("survival", "followup"), prior.learned("relapse", "followup"),
        prior.visit_law("relapse"),
    )  # fmt: skip
    assert found is not None
    return replace(
        UNFOLLOWED,
        median=prior.typical_followup("survival")[0] / prior.CENTRES,
        relapse=prior.typical_followup("relapse")[0] / prior.CENTRES,
        first=exact.Kind(*astuple(survival)),
        second=exact.Kind(*astuple(relapse)),
        falling=exact.Kind(*astuple(prior.early(survival))),
        early=WORDS.early_deaths,
        visits=exact.Visits(*astuple(found)),
    )


LEARNED = learned_scale()
"""From what the cohorts come of the default prior, whatever is printed."""


@dataclass(frozen=True)
class Cohort:
    """One cohort from the prior; days. A relapse that is not seen is infinite, no response is ''."""

    time: Floats
    event: Bools
    relapse: Floats
    response: NDArray[np.str_]

    @property
    def remission(self) -> Bools:
        """Who has the second endpoint."""
        return np.isin(self.response, REMISSIONS)


def plain(rng: np.random.Generator, scale: Scale = PRINTED) -> Cohort:
    """Return a cohort with one endpoint."""
    time, event = _times(rng, scale)
    return Cohort(time[0], event[0], np.full(N, np.inf), np.full(N, ""))


def with_responses(rng: np.random.Generator, scale: Scale = PRINTED) -> Cohort:
    """Return a cohort with responses and relapses, drawn as a whole until all times suit the responses."""
    response = _responses(rng)
    while True:
        time, event = _times(rng, scale)
        if _suit(time, response)[0]:
            break
    return Cohort(time[0], event[0], _relapses(rng, scale, time, response)[0], response[0])


def _times(rng: np.random.Generator, scale: Scale) -> tuple[Floats, Bools]:
    """Return times and events of one cohort, [1, patients]."""
    falls = scale.early > 0 and rng.uniform() < scale.early
    kind = scale.falling if falls else scale.first
    died = exact.event_days(rng, 1, N, scale.horizon, scale.median, kind)
    seen = exact.last_contacts(rng, 1, N, scale.horizon, scale.longest, scale.spread)
    return np.minimum(died, seen), died <= seen


def _responses(rng: np.random.Generator) -> NDArray[np.str_]:
    shares = [REMISSION / 2, REMISSION / 2, *[(1 - REMISSION) / 3] * 3]
    return np.asarray(rng.choice(RESPONDERS, size=(1, N), p=shares))


def _suit(time: Floats, response: NDArray[np.str_]) -> Bools:
    """Say whether all times suit the responses, [1]."""
    # A remission that began on the day is observed beyond it.
    least = np.where(np.isin(response, REMISSIONS), RESPONSE_DAY + 1, RESPONSE_DAY)
    return np.asarray((time >= np.where(response == "NE", 1, least)).all(axis=1))


def _relapses(rng: np.random.Generator, scale: Scale, time: Floats, response: NDArray[np.str_]) -> Floats:
    """Return days of relapse, infinity where none is seen."""
    gap = exact.event_days(rng, 1, N, scale.horizon, scale.relapse, scale.second, scale.visits)
    day = np.where(np.isin(response, REMISSIONS), RESPONSE_DAY + gap, np.inf)
    return np.where(day < time, day, np.inf)


def months(value: Floats) -> str:
    """Print a time at one decimal, 'NR' where it was not reached."""
    if not np.isfinite(value.item()):
        return "NR"
    # The intervals of printed numbers are closed below, as in rounding half up.
    return f"{np.floor(10 * value.item() + 0.5 + 1e-9) / 10:.1f}"


def upper_limit(time: Floats, event: Bools) -> Floats:
    """Return the first day on which the upper log-log limit of S is at one half or below."""
    curve = exact.kaplan_meier(time, event)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        size = -np.log(curve.s)
        limit = np.exp(-size * np.exp(-1.959963984540054 * np.sqrt(curve.variance) / size))
    crossed = exact.day_ends(curve.time) & (curve.s < 1) & (curve.s > 1e-12) & (limit <= 0.5 + 1e-9)
    return np.where(crossed.any(axis=1), curve.time[0, crossed.argmax(axis=1)], np.inf)


def summary(one: Cohort) -> list[Printed]:
    """Print what a trial's abstract would: median, limits, follow-up, plateau, how many at 30 months."""
    t, e = one.time[None], one.event[None]
    values = {
        "median": exact.median_day(t, e), "median_lower": exact.lower_limit(t, e),
        "median_upper": upper_limit(t, e),
        "followup_median": exact.median_day(t + np.where(e, -0.25, 0.0), ~e),
        "followup_min": t.min(axis=1), "followup_max": t.max(axis=1),
    }  # fmt: skip
    rows: list[Printed] = [("OS", name, "", "all", None, months(v / MONTH)) for name, v in values.items()]
    if one.event.any():
        rows.append(("OS", "plateau_from", "", "all", None, months(one.time[one.event].max() / MONTH)))
    late = int((one.time >= 30 * MONTH - 1e-6).sum())
    return [*rows, ("OS", "count_at_or_beyond", "", "all", 30.0, str(late))]


def coarse(one: Cohort) -> list[Printed]:
    """Print a median, S at a year in whole per cent, and the number of events."""
    t, e = one.time[None], one.event[None]
    share = 100 * exact.survival(t, e, 12.0).item()
    return [
        ("OS", "median", "", "all", None, months(exact.median_day(t, e) / MONTH)),
        ("OS", "survival", "", "all", 12.0, f"{np.floor(share + 0.5 + 1e-9):.0f}"),
        ("OS", "events", "", "all", None, str(int(one.event.sum()))),
    ]


def two_endpoints(one: Cohort) -> list[Printed]:
    """Print two medians, follow-up and the table of responses."""
    gone = one.relapse < np.inf
    second = (np.where(gone, one.relapse, one.time) - RESPONSE_DAY)[one.remission][None]
    failed = (gone | one.event)[one.remission][None]
    t, e = one.time[None], one.event[None]
    table: list[Printed] = [
        ("RESPONSE", "count", name, "all", None, str(int((one.response == value).sum())))
        for name, value in CATEGORIES.items()
    ]
    return [
        ("OS", "median", "", "all", None, months(exact.median_day(t, e) / MONTH)),
        ("OS", "followup_max", "", "all", None, months(t.max(axis=1) / MONTH)),
        ("RFS", "median", "", "cr_or_crh", None, months(exact.median_day(second, failed) / MONTH)),
        ("RFS", "n", "", "cr_or_crh", None, str(int(one.remission.sum()))),
        *table,
    ]


CATEGORIES = {
    "cr": "CR", "crh": "CRh", "partial_remission": "PR", "hypocellular": "HYPOCELLULAR",
    "refractory": "REFRACTORY", "not_evaluable": "NE",
}  # fmt: skip
"""Printed counts of the best responses."""
Maker = Callable[[np.random.Generator, Scale], Cohort]
SHAPES: dict[str, tuple[Maker, Scale, Callable[[Cohort], list[Printed]]]] = {
    "summary": (plain, PRINTED, summary),
    "coarse": (plain, UNFOLLOWED, coarse),
    "two_endpoints": (with_responses, PRINTED, two_endpoints),
}


def claims_of(rows: list[Printed]) -> tuple[Claim, ...]:
    """Return printed numbers as claims."""
    size: Printed = ("OS", "n", "", "all", None, str(N))
    return tuple(
        Claim(f"{k}", "sbc", endpoint, name, category, population, at, text, "", "sbc", "")
        for k, (endpoint, name, category, population, at, text) in enumerate([size, *rows])
    )


def asked(shape: str, prior_of: str, number: int) -> tuple[Cohort, Problem, np.random.Generator]:
    """Return the cohort of a simulation, the problem of its printed numbers, the random numbers so far."""
    rng = np.random.default_rng([SEED, list(SHAPES).index(shape), number])
    make, scale, printed = SHAPES[shape]
    one = make(rng, LEARNED if prior_of == "trials" else scale)
    chosen = SAME_LAW | {"prior": PRIORS[prior_of]}
    told = (scale.horizon, scale.hyperprior) if prior_of == "fixed" else None
    return one, compile_problem(claims_of(printed(one)), Assumptions.of(chosen, WORDS), WORDS, told), rng


def simulate(shape: str, prior_of: str, number: int) -> dict[str, int]:
    """Return the rank of each quantity of one cohort among those drawn from its claims; `drawn` how many."""
    one, problem, rng = asked(shape, prior_of, number)
    found = draw_chunk(Request(problem, number), 0, DRAWS)
    two = "RFS" in found.time
    truth = quantities(one.time[None], one.event[None], one.relapse[None] if two else None)
    relapse = None
    if two:
        end = found.time["RFS"] + found.origin["RFS"]
        relapse = np.where((found.time["RFS"] >= 0) & (end < found.time["OS"]), end, np.inf)
    drawn = quantities(found.time["OS"].astype(float), found.event["OS"], relapse)
    ranks = {"simulation": number, "drawn": len(found)}
    for name, value in truth.items():
        below = int((drawn[name] < value - 1e-9).sum())
        equal = int((np.abs(drawn[name] - value) <= 1e-9).sum())
        ranks[name] = below + int(rng.integers(equal + 1))
    return ranks


def quantities(time: Floats, event: Bools, relapse: Floats | None) -> dict[str, Floats]:
    """Return what is ranked: `exact.quantities` without what the claims fix anyway, and S at 30 months."""
    found = exact.quantities(time, event, relapse)
    kept = ["RMST(24)", "events", "early losses", "first censoring", "median time", "second time"]
    kept += [name for name in found if name.startswith(("S(", "RFS(", "relapses"))]
    return {name: found[name] for name in kept} | {"S(30)": exact.survival(time, event, 30.0)}


def deviation(ranks: NDArray[np.int64], draws: int) -> Floats:
    """Return the least two-sided binomial tail of the ECDF of each row of `ranks` (Säilynoja 2022)."""
    from scipy.stats import binom

    count = ranks.shape[1]
    steps = np.arange(draws)
    inside = (ranks[:, :, None] <= steps).sum(axis=1)
    share = (steps + 1) / (draws + 1)
    low, high = binom.cdf(inside, count, share), binom.sf(inside - 1, count, share)
    return np.asarray(2 * np.minimum(low, high).min(axis=1))


def p_value(ranks: NDArray[np.int64], draws: int, null: Floats) -> float:
    """Return the probability of so large a deviation of uniform ranks' ECDF anywhere."""
    return float((null <= deviation(ranks[None], draws)[0]).mean())


def report(table: pd.DataFrame) -> pd.DataFrame:
    """Return a row per quantity: mean rank, p of uniformity, shares of the truths in central intervals."""
    full = table[table["drawn"] == DRAWS]
    rng = np.random.default_rng(SEED)
    null = np.concatenate(
        [deviation(rng.integers(0, DRAWS + 1, (100, len(full))), DRAWS) for _ in range(NULL // 100)]
    )
    rows = []
    for name in full.columns.drop(["simulation", "drawn"]):
        ranks = full[name].to_numpy()
        row: dict[str, object] = {
            "quantity": name, "simulations": len(full), "mean": ranks.mean() / DRAWS,
            "p": p_value(ranks, DRAWS, null),
        }  # fmt: skip
        for level in LEVELS:
            cut = round((1 - level) / 2 * (DRAWS + 1))
            row[f"inside {level:g}"] = ((ranks >= cut) & (ranks <= DRAWS - cut)).mean()
        rows.append(row)
    return pd.DataFrame(rows)


def digest(shape: str, prior_of: str) -> str:
    """Return the digest of what the sampler draws for the first simulation of a shape and prior.

    It stays as long as the draws do, whatever is written anew in the sampler's sources.
    """
    _, problem, _ = asked(shape, prior_of, 0)
    drawn, found = draw_chunk(Request(problem, 0), 0, DIGESTED), hashlib.sha256()
    for name in drawn.time:
        found.update(drawn.time[name].astype(np.int32).tobytes())
        found.update(drawn.event[name].tobytes())
    return found.hexdigest()


def main(shape: str, prior_of: str, simulations: int, jobs: int = 1) -> None:
    """Add simulations to a file until it holds as many as asked for, and print the report."""
    target, note = FOLDER / f"{shape}_{prior_of}.csv", FOLDER / "calibration.json"
    FOLDER.mkdir(exist_ok=True)
    noted = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    known, now = noted.get("sampler", {}), digest(shape, prior_of)
    if known.get(target.stem) != now:
        target.unlink(missing_ok=True)
    known = dict(sorted({**known, target.stem: now}.items()))
    noted = {"sampler": known, "draws": DRAWS, "patients": N}
    note.write_text(json.dumps(noted, indent=1) + "\n", encoding="utf-8")
    done = len(pd.read_csv(target)) if target.exists() else 0
    numbers = range(done, simulations)
    with ProcessPoolExecutor(jobs) as pool:
        for row in pool.map(
            simulate, [shape] * len(numbers), [prior_of] * len(numbers), numbers, chunksize=1
        ):  # fmt: skip
            names = pd.read_csv(target, nrows=0).columns if target.exists() else pd.Index(row)
            # Where no cohort gave back its scale there are no ranks.
            ranks = pd.DataFrame([row]).reindex(columns=names, fill_value=0)
            ranks.to_csv(target, mode="a", header=not target.exists(), index=False)
    print(report(pd.read_csv(target)).round(3).to_string(index=False))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), *map(int, sys.argv[4:5]))
