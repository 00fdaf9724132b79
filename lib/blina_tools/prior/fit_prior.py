"""Learn the prior from arms of published trials: `python -m blina_tools.prior.fit_prior` (half a minute).

The arms of `data/trials/arms.csv` that are for fitting (`protocol.md`) give, for each class of endpoint, the
law from which the engine draws the hazard of a cohort: its mean shape on the engine's pieces, how far arms
differ beyond Poisson noise, the cured fraction, and for what is found at visits how these lie. The model is
that of `pseudoipd.model.prior`; the parameters of the law maximise its marginal likelihood, by the EM
algorithm with a normal approximation of each arm's posterior (Laplace), or over a grid for the visits.
Nothing in it is random.

Two time scales: in medians, for the engine's cohorts whose median is printed; and in thirds of the longest
follow-up, for the others, from all arms whether their median is reached or not. In medians, the sd of the
level is not learned but set: an arm's median is taken from the arm itself, so that arms agree in their level
by construction.

Not learned: follow-up. Censoring in digitised curves is a guess between two printed numbers at risk.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import root
from scipy.special import betaln, digamma, logsumexp
from scipy.stats import beta, norm

from blina_base.files import write_atomically
from pseudoipd.chain.hazards import visits_passed
from pseudoipd.model import prior, trials
from pseudoipd.model.trials import Arm

Array = NDArray[np.float64]
Clock = Callable[[Array], Array]

END = 24.0
"""End of the last piece, in units of the scale: no arm is followed for longer."""
BINS = 4
"""Bins of events and exposure in each piece: within one the hazard of patients, cured or not, is even."""
LEVEL_SD = 0.5
"""Sd of the level where the scale is the printed median (of the arm itself, so that no arm can tell it)."""
STEPS, NEWTON = 200, 3
FLOOR = 1e-3
INTERVALS = np.exp(np.linspace(math.log(14), math.log(400), 110))
BETWEEN = np.array([0.03, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.93])
SPREADS = np.array([1.0, 1.6, 2.5, 4.0, 6.3, 10.0, 16.0])
SOUGHT_WITH = (-1.0, -0.5, -0.2, 0.0, 0.2, 0.3, 0.2, 0.0, -0.2, -0.3, -0.5, -0.5)
"""Shape with which visits are sought: roughly that of trials, loosely held (`GAMMA`)."""
GAMMA = 4.0
"""Shape of the gamma law of a piece's hazard while visits are sought: sd one half, as arms differ."""
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(15)


@dataclass(frozen=True, eq=False)
class Counts:
    """Events and exposure (in units of the scale) of arms [arms, bins], and the bins themselves."""

    events: Array
    exposure: Array


class Fitted(NamedTuple):
    """The law of a hazard: mean log offsets by piece, sd of level, step and trend, Beta of the cured."""

    shape: Array
    level_sd: float
    step_sd: float
    trend_sd: float
    cured: tuple[float, float]
    likelihood: float


class Visits(NamedTuple):
    """The law of visits; intervals and spreads in days, log-normal; the share between visits Beta(a, b)."""

    interval: float
    interval_sd: float
    between: tuple[float, float]
    spread: float
    spread_sd: float


_LAST = np.append(prior.SHAPE_FROM[1:], END)
EDGES = np.append(
    np.concatenate(
        [np.linspace(a, b, BINS, endpoint=False) for a, b in zip(prior.SHAPE_FROM, _LAST, strict=True)]
    ),
    END,
)
_MIDDLE = (EDGES[:-1] + EDGES[1:]) / 2
_PIECE = np.repeat(np.eye(len(_LAST)), BINS, axis=0)
_BEFORE = np.clip(np.minimum(_MIDDLE[:, None], _LAST) - prior.SHAPE_FROM, 0, None)
"""Time spent in each piece before the middle of each bin."""
_LOG_TIME = np.concatenate([[0.0], np.cumsum(np.diff(np.log(prior.SHAPE_FROM + _LAST)))])


def distinct(arms: Sequence[Arm], group: str) -> list[Arm]:
    """Return the arms of a class that are for fitting; of an arm that two figures show, the first."""
    found: dict[tuple[object, ...], Arm] = {}
    for arm in arms:
        if arm.group == group and not arm.reported:
            found.setdefault((arm.trial, arm.outcome, arm.n, int(arm.events.sum()), arm.median), arm)
    return list(found.values())


def at_risk(arm: Arm) -> Array:
    """Return how many are observed during each day, from day 0 (nobody) to the last."""
    left = arm.n - np.concatenate([[0], np.cumsum(arm.events + arm.censored)])
    return np.concatenate([[0.0], np.repeat(left[:-1].astype(float), np.diff(arm.day, prepend=0))])


def binned(arm: Arm, scale: float, clock: Clock | None = None) -> tuple[Array, Array]:
    """Return events and exposure of an arm by bin, on a clock of hazard (`warped` time) if there is one."""
    days = np.arange(arm.day[-1] + 1, dtype=float)
    time = (days if clock is None else clock(days)) / scale
    events = np.zeros(len(days))
    events[arm.day] = arm.events
    exposure = at_risk(arm) * np.diff(time, prepend=0.0)
    edges = np.clip(EDGES, 0, time[-1])
    deaths, followed = (np.diff(np.interp(edges, time, np.cumsum(x))) for x in (events, exposure))
    return deaths, followed


def counts(arms: Sequence[Arm], scale: Callable[[Arm], float], clocks: Sequence[Clock | None]) -> Counts:
    """Return the counts of arms, each on its own scale (days) and clock."""
    found = [binned(arm, scale(arm), clock) for arm, clock in zip(arms, clocks, strict=True)]
    return Counts(np.array([e for e, _ in found]), np.array([x for _, x in found]))


def fit(data: Counts, level_sd: float | None = None, steps: int = STEPS) -> Fitted:
    """Return the law of the hazard under which the counts are most likely; `level_sd` None to learn it.

    Each arm has standard normal variables behind level, trend and steps, and the logit of a cured fraction.
    Expectation: their posterior mode and curvature, by Newton steps with the expected information.
    Maximisation: moments of that normal law; for the Beta law, of log c and log(1 - c) (Minka 2000).
    """
    hidden = _start(data)
    law = Fitted(np.zeros(len(_LAST)), level_sd or 1.0, 0.25, 0.15, (1.0, 4.0), -math.inf)
    for step in range(steps):
        for _ in range(4 * NEWTON if step == 0 else NEWTON):
            hidden = _improved(hidden, law, data)
        _, _, curvature, log_hazard = _posterior(hidden, law, data)
        spread = np.diagonal(np.linalg.inv(curvature), axis1=1, axis2=2)
        second = hidden**2 + spread
        law = Fitted(
            law.shape + (log_hazard - law.shape).mean(axis=0),
            level_sd or max(FLOOR, law.level_sd * math.sqrt(second[:, 0].mean())),
            max(FLOOR, law.step_sd * math.sqrt(second[:, 2:-1].mean())),
            max(FLOOR, law.trend_sd * math.sqrt(second[:, 1].mean())),
            _beta(hidden[:, -1], np.sqrt(spread[:, -1]), law.cured),
            -math.inf,
        )
    return law._replace(likelihood=float(log_marginal(law, data).sum()))


def _start(data: Counts) -> Array:
    hidden = np.zeros((len(data.events), len(_LAST) + 2))
    hidden[:, -1] = -1.5
    return hidden


def log_marginal(law: Fitted, data: Counts) -> Array:
    """Return the log likelihood of each arm under a law, its hidden variables integrated out (Laplace).

    Up to what depends on the counts alone.
    """
    hidden = _start(data)
    for _ in range(10 * NEWTON):
        hidden = _improved(hidden, law, data)
    value, _, curvature, _ = _posterior(hidden, law, data)
    # The density of the logit's Beta law has no constant of a normal law, its integral has.
    return np.asarray(value - 0.5 * np.linalg.slogdet(curvature)[1] + 0.5 * math.log(2 * math.pi))


def _loadings(law: Fitted) -> Array:
    """Return what one unit of level, trend and each step does to the log hazard of each piece."""
    walk = law.step_sd * np.tri(len(_LAST))[:, 1:]
    return np.column_stack([np.full(len(_LAST), law.level_sd), law.trend_sd * _LOG_TIME, walk])


def _posterior(hidden: Array, law: Fitted, data: Counts) -> tuple[Array, Array, Array, Array]:
    """Return log posterior [arms], its gradient, expected curvature, and the log hazards [arms, pieces]."""
    loadings, (a, b) = _loadings(law), law.cured
    log_hazard = law.shape + hidden[:, :-1] @ loadings.T
    hazard = math.log(2) * np.exp(log_hazard)
    total = hazard @ _BEFORE.T
    cured = 1 / (1 + np.exp(-hidden[:, -1:]))
    alive = cured + (1 - cured) * np.exp(-total)
    log_rate = np.log(hazard) @ _PIECE.T + np.log1p(-cured) - total - np.log(alive)
    expected = data.exposure * np.exp(log_rate)
    # How the log rate of all patients moves with log hazards, then with the logit of the cured fraction.
    by_hazard = _PIECE - (cured / alive)[:, :, None] * _BEFORE * hazard[:, None, :]
    by_cured = -cured - cured * (1 - cured) * (1 - np.exp(-total)) / alive
    slopes = np.concatenate([by_hazard @ loadings, by_cured[:, :, None]], axis=2)
    value = (data.events * log_rate - expected).sum(axis=1) - 0.5 * (hidden[:, :-1] ** 2).sum(axis=1)
    value += (a * np.log(cured) + b * np.log1p(-cured))[:, 0] - betaln(a, b)
    gradient = np.einsum("ab,abk->ak", data.events - expected, slopes)
    gradient -= np.concatenate([hidden[:, :-1], (a + b) * cured - a], axis=1)
    curvature = np.einsum("ab,abk,abl->akl", expected, slopes, slopes, optimize=True)
    own = np.concatenate([np.ones_like(hidden[:, :-1]), (a + b) * cured * (1 - cured) + 1e-6], axis=1)
    return value, gradient, curvature + own[:, :, None] * np.eye(hidden.shape[1]), log_hazard


def _improved(hidden: Array, law: Fitted, data: Counts) -> Array:
    """Return the hidden variables after one Newton step, halved where it would not improve."""
    value, gradient, curvature, _ = _posterior(hidden, law, data)
    step = np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
    step *= np.minimum(1, 2 / np.maximum(np.abs(step).max(axis=1, keepdims=True), 1e-12))
    for _ in range(6):
        worse = _posterior(hidden + step, law, data)[0] < value - 1e-9
        if not worse.any():
            break
        step[worse] /= 2
    return hidden + step


def _beta(logit: Array, sd: Array, start: tuple[float, float]) -> tuple[float, float]:
    """Return the Beta law whose mean of log c and of log(1 - c) is that of normal logits."""
    points = logit[:, None] + sd[:, None] * NODES
    share = WEIGHTS / WEIGHTS.sum()
    none, all_ = (-(np.logaddexp(0, sign * points) @ share).mean() for sign in (-1, 1))
    return _beta_of(float(none), float(all_), start)


def _beta_of(log_share: float, log_rest: float, start: tuple[float, float]) -> tuple[float, float]:
    def off(x: Array) -> Array:
        a, b = np.exp(x)
        return np.array([digamma(a) - digamma(a + b) - log_share, digamma(b) - digamma(a + b) - log_rest])

    a, b = np.exp(root(off, np.log(start)).x)
    return float(np.clip(a, 0.05, 60)), float(np.clip(b, 0.05, 60))


@numba.njit  # type: ignore[untyped-decorator]
def _scanned(
    risk: Array, events: Array, first: Array, rate: Array, scale: float, grid: tuple[Array, Array, Array]
) -> Array:
    """Fill the table of `scan`; `rate` is that of the gamma law of each piece that begins at `first`."""
    intervals, between, spreads = grid
    found = np.empty((len(intervals), len(between), len(spreads)))
    passed = np.empty(len(risk))
    for i in range(len(intervals)):
        for k in range(len(spreads)):
            for t in range(len(risk)):
                passed[t] = intervals[i] * visits_passed(float(t), intervals[i], spreads[k])
            for j in range(len(between)):
                deaths, exposure = np.zeros(len(first)), np.zeros(len(first))
                value, before, piece = 0.0, 0.0, 0
                for t in range(1, len(risk)):
                    now = between[j] * t + (1.0 - between[j]) * passed[t]
                    while piece + 1 < len(first) and first[piece + 1] <= (now + before) / 2.0 / scale:
                        piece += 1
                    exposure[piece] += risk[t] * (now - before)
                    if events[t] > 0:
                        deaths[piece] += events[t]
                        value += events[t] * math.log(max(now - before, 1e-9))
                    before = now
                for p in range(len(first)):
                    value += math.lgamma(GAMMA + deaths[p])
                    value -= (GAMMA + deaths[p]) * math.log(rate[p] + exposure[p])
                found[i, j, k] = value
    return found


def scan(arm: Arm, scale: float, shape: Array) -> Array:
    """Return the log likelihood of an arm's days for each interval, share between visits and spread.

    Up to a constant. The hazard of each piece of the warped time is gamma with shape `GAMMA`, its mean that
    of an exponential with median `scale` times exp(`shape`), and integrated out.
    """
    events = np.zeros(arm.day[-1] + 1)
    events[arm.day] = arm.events
    rate = GAMMA * scale / (math.log(2) * np.exp(shape))
    grid = (INTERVALS, BETWEEN, SPREADS)
    return np.asarray(_scanned(at_risk(arm), events, np.array(prior.SHAPE_FROM), rate, scale, grid))


def fit_visits(found: dict[str, list[Array]], steps: int = 60) -> tuple[Visits, dict[str, list[Array]]]:
    """Return the law of visits and each arm's posterior over the grid; `found` are scans by trial.

    The arms of a trial share the interval; share between visits and spread are each arm's own.
    """
    law = Visits(60.0, 0.5, (1.0, 1.0), 4.0, 0.6)
    log_interval, log_spread = np.log(INTERVALS), np.log(SPREADS)
    for _ in range(steps):
        rows = _grid_law(law)
        after = {trial: _grid_posterior(scans, *rows) for trial, scans in found.items()}
        of_trials = sum(own[0].sum(axis=(1, 2)) for own in after.values())
        of_arms = sum(one for own in after.values() for one in own)
        interval, interval_sd = _moments(log_interval, np.asarray(of_trials), 0.1)
        spread, spread_sd = _moments(log_spread, np.asarray(of_arms).sum(axis=(0, 1)), 0.15)
        weight = np.asarray(of_arms).sum(axis=(0, 2))
        weight = weight / weight.sum()
        between = _beta_of(float(weight @ np.log(BETWEEN)), float(weight @ np.log1p(-BETWEEN)), law.between)
        law = Visits(math.exp(interval), interval_sd, between, math.exp(spread), spread_sd)
    return law, after


def _grid_law(law: Visits) -> tuple[Array, Array, Array]:
    """Return the log weights of a law at the points of the grid, each row summing to one."""
    borders = np.concatenate([[0.0], (BETWEEN[1:] + BETWEEN[:-1]) / 2, [1.0]])
    return tuple(
        row - logsumexp(row)
        for row in (
            norm.logpdf(np.log(INTERVALS), math.log(law.interval), law.interval_sd),
            np.log(np.maximum(np.diff(beta.cdf(borders, *law.between)), 1e-12)),
            norm.logpdf(np.log(SPREADS), math.log(law.spread), law.spread_sd),
        )
    )


def _grid_posterior(scans: Sequence[Array], interval: Array, between: Array, spread: Array) -> list[Array]:
    """Return each arm's posterior over the grid, given all arms of its trial."""
    own = [one + between[:, None] + spread for one in scans]
    each = [logsumexp(one, axis=(1, 2)) for one in own]
    shared = interval + np.sum(each, axis=0)
    shared -= logsumexp(shared)
    return [
        np.exp(one - total[:, None, None] + shared[:, None, None])
        for one, total in zip(own, each, strict=True)
    ]


def _moments(value: Array, weight: Array, least: float) -> tuple[float, float]:
    mean = float(value @ weight / weight.sum())
    return mean, max(least, math.sqrt(float(weight @ (value - mean) ** 2 / weight.sum())))


def clock(posterior: Array) -> Clock:
    """Return the warped time at the most probable interval, and the means of the rest given that."""
    i = int(posterior.sum(axis=(1, 2)).argmax())
    weight = posterior[i] / posterior[i].sum()
    between = float(weight.sum(axis=1) @ BETWEEN)
    spread = math.exp(float(weight.sum(axis=0) @ np.log(SPREADS)))
    return lambda days: prior.warped(days, float(INTERVALS[i]), between, spread)


def by_median(arm: Arm) -> float:
    """Scale of an arm whose median is reached."""
    return arm.median


def by_followup(arm: Arm) -> float:
    """Scale of any arm: a third of its longest time, as `anchors.scale` takes it without a median."""
    return float(arm.day[-1]) / prior.CENTRES


def fit_class(arms: Sequence[Arm], group: str) -> list[dict[str, object]]:
    """Return the rows of `prior.csv` of one class of endpoint."""
    used, rows = distinct(arms, group), list[dict[str, object]]()
    clocks: list[Clock | None] = [None] * len(used)
    if group != "survival":
        law, clocks = _visits(used)
        rows += [
            _row(group, "", name, value)
            for name, value in (
                ("visit_interval", law.interval), ("visit_interval_sd", law.interval_sd),
                ("between_a", law.between[0]), ("between_b", law.between[1]),
                ("visit_spread", law.spread), ("visit_spread_sd", law.spread_sd),
            )
        ]  # fmt: skip
    for name, scale, level_sd in (("median", by_median, LEVEL_SD), ("followup", by_followup, None)):
        chosen = [i for i, arm in enumerate(used) if math.isfinite(scale(arm))]
        data = counts([used[i] for i in chosen], scale, [clocks[i] for i in chosen])
        rows += _law_rows(group, name, data, fit(data, level_sd))
    return rows + _longest_rows(used, group)


def _longest_rows(used: Sequence[Arm], group: str) -> list[dict[str, object]]:
    """Return the rows on the longest follow-up: mean (as days) and sd of its logarithm over the arms."""
    longest = np.log([float(arm.day[arm.censored > 0].max(initial=arm.day[0])) for arm in used])
    return [
        _row(group, "followup", "longest", math.exp(longest.mean())),
        _row(group, "followup", "longest_sd", float(longest.std(ddof=1))),
    ]


def _visits(used: Sequence[Arm]) -> tuple[Visits, list[Clock | None]]:
    scans: dict[str, list[Array]] = {}
    for arm in used:
        scale = arm.median if math.isfinite(arm.median) else by_followup(arm)
        scans.setdefault(arm.trial, []).append(scan(arm, scale, np.array(SOUGHT_WITH)))
    law, after = fit_visits(scans)
    left = {trial: iter(own) for trial, own in after.items()}
    return law, [clock(next(left[arm.trial])) for arm in used]


def _law_rows(group: str, scale: str, data: Counts, law: Fitted) -> list[dict[str, object]]:
    events = (data.events @ _PIECE).sum(axis=0)
    exposure = math.log(2) * (data.exposure @ _PIECE).sum(axis=0)
    rows = [
        {**_row(group, scale, "shape", value), "piece": j, "begin": prior.SHAPE_FROM[j],
         "events": round(float(events[j]), 1), "exposure": round(float(exposure[j]), 1)}
        for j, value in enumerate(law.shape)
    ]  # fmt: skip
    others = (
        ("arms", len(data.events)), ("level_sd", law.level_sd), ("step_sd", law.step_sd),
        ("trend_sd", law.trend_sd), ("cured_a", law.cured[0]), ("cured_b", law.cured[1]),
        ("log_likelihood", law.likelihood),
    )  # fmt: skip
    return rows + [_row(group, scale, name, value) for name, value in others]


def _row(group: str, scale: str, parameter: str, value: float) -> dict[str, object]:
    return {
        "class": group, "scale": scale, "parameter": parameter, "piece": "", "begin": "",
        "value": f"{value:.4f}", "events": "", "exposure": "",
    }  # fmt: skip


def write() -> None:
    """Write `prior.csv` and, beside it, the digests of what it was made from."""
    arms = trials.read()
    rows = [row for group in dict.fromkeys(trials.CLASSES.values()) for row in fit_class(arms, group)]
    path = prior.path()
    write_atomically(path, pd.DataFrame(rows).to_csv(index=False, lineterminator="\n").encode())
    made = {name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in SOURCES.items()}
    made["prior.csv"] = hashlib.sha256(path.read_bytes()).hexdigest()
    write_atomically(path.with_suffix(".json"), (json.dumps(made, indent=1) + "\n").encode())


SOURCES = {"arms.csv": trials.path(), "fit_prior.py": Path(__file__)}

if __name__ == "__main__":
    write()
