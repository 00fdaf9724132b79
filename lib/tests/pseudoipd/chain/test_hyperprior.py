"""The update of the prior's parameters keeps their law: what is drawn from the prior stays in the prior."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import tiny_cohorts
from pseudoipd.chain import beside, chains, parameters
from pseudoipd.model import prior
from pseudoipd.model.structs import (
    CENSORING,
    LOG_LONGEST,
    LOG_SHAPE,
    LOGIT_CURED,
    LOGIT_LOST,
    LOGIT_SHORTEST,
    RELAPSES,
    STATE,
)

COHORTS, PATIENTS, UPDATES = 400, 4, 60
SINGLE, GONE_OVER = 20_000, 10_000
EDGES = np.array([0.0, 60.0, 300.0])
KIND = prior.Shape((*[-1.0] * 4, *[0.5] * 8), 0.5, 0.3, 0.2, (1.0, 3.0))
FIRST = prior.Law(200.0, KIND, replace(prior.early(KIND), cured=(4.0, 2.0)), 0.35)
SECOND = prior.Law(150.0, KIND, visits=prior.VisitLaw(60.0, 0.3, (2.0, 4.0), 5.0, 0.4))


@pytest.fixture(autouse=True)
def wrapping():
    with np.errstate(over="ignore"):
        yield


def expit(x):
    return 1 / (1 + np.exp(-x))


def drawn(rng, hyper, settings, place):
    """Draw parameters of one cohort with numpy, as `prior.Hyperprior` states the law of this place.

    That of the first hazard, of the censoring, or of the second hazard.
    """
    if place == 1:
        return np.array([
            rng.normal(hyper.log_longest, hyper.longest_sd),
            tiny_cohorts.logit(rng.beta(hyper.shortest_a, hyper.shortest_b)),
            tiny_cohorts.logit(rng.beta(hyper.lost_a, hyper.lost_b)),
            rng.normal(0, hyper.accrual_sd),
        ])  # fmt: skip
    law, distance = (SECOND, settings.relapse_distance) if place else (FIRST, settings.distance)
    kind = law.second if rng.uniform() < law.weight else law.kind
    steps = rng.normal(0, kind.step_sd, len(distance)) + rng.normal(0, kind.trend_sd) * distance
    walk = rng.normal(0, kind.level_sd) + np.concatenate([[0], np.cumsum(steps)])
    logs = kind.means(settings.edges, settings.horizon, law.centre) + walk
    cured, seen = rng.beta(*kind.cured), []
    if law.visits is not None:
        v = law.visits
        seen = [
            rng.normal(np.log(v.interval), v.interval_sd), tiny_cohorts.logit(rng.beta(*v.between)),
            rng.normal(np.log(v.spread), v.spread_sd),
        ]  # fmt: skip
    return np.array([*logs, *seen, tiny_cohorts.logit(cured)])


def cohort(rng, p, settings, x):
    """Draw the courses of the patients by the parameters with numpy, piece by piece of the hazard."""

    def day(theta):
        if rng.uniform() < expit(theta[-1]):
            return np.inf
        left = rng.exponential()
        for first, last, log_hazard in zip(
            settings.edges, [*settings.edges[1:], np.inf], theta, strict=False
        ):
            if left < (last - first) * np.exp(log_hazard):
                return found_on(first + left / np.exp(log_hazard), theta[len(settings.edges) : -1])
            left -= (last - first) * np.exp(log_hazard)
        return np.inf

    def found_on(time, visits):
        if len(visits) == 0:
            return np.ceil(time)
        interval, spread = np.exp(visits[[0, 2]])
        days = np.arange(1, np.ceil(time + interval) + 2)
        return days[prior.warped(days, interval, expit(visits[1]), spread) >= time][0]

    longest, share = np.exp(p.cens[0]), expit(p.cens[1])
    for i in range(len(x)):
        entry = longest * (1 - (1 - share) * rng.uniform() ** np.exp(-p.cens[3]))
        lost = rng.exponential() * settings.horizon / -np.log1p(-expit(p.cens[2]))
        seen, died = max(1, np.ceil(min(entry, lost))), day(p.theta)
        response = rng.choice(settings.response_days)
        relapse = response + day(p.relapse_theta)
        time = min(seen, died)
        x[i] = 0, time, died <= seen, relapse < time, relapse if relapse < time else 0, response, 0


def draw_all(rng, chain, p, settings, model):
    """Put parameters from the hyperprior, and times drawn by them, into a chain."""
    for place, of in enumerate((p.theta, p.cens, p.relapse_theta)):
        of[:] = drawn(rng, settings.hyper, settings, place)
    parameters.tabulate_all(p, settings)
    cohort(rng, p, settings, chain.x)
    beside.look_at_all(chain, p, model)


def tiny():
    """Return the model of one tiny cohort, and its settings, with the laws of this file."""
    settings = tiny_cohorts.model().settings._replace(
        limit=10**6, horizon=900.0, edges=EDGES, relapse_edges=EDGES
    )
    settings = settings._replace(
        law=FIRST.packed(EDGES, 900.0), relapse_law=SECOND.packed(EDGES, 900.0), visits=0, after_relapse=0.0
    )
    return tiny_cohorts.model()._replace(settings=settings), settings


PROCESSES = pytest.mark.parametrize("process", range(3), ids=["events", "censoring", "relapses"])


@pytest.mark.slow
@PROCESSES
def test_as_many_updates_lead_to_a_likelier_law_as_to_a_less_likely_one(process):
    # Of nobody's times: then each update is reversible under the hyperprior, and from draws of it every pair
    # of values is met as often in either order.
    model, settings = tiny()
    rng, random = np.random.default_rng(11), np.array([9, 2, 3, 4], dtype=np.uint64)
    p = chains.new_parameters(settings)
    chain = chains.new_chain(np.zeros((0, STATE), dtype=np.int64), p, 0, 0)
    of = {CENSORING: p.cens, RELAPSES: p.relapse_theta}.get(process, p.theta)
    place = {CENSORING: 1, RELAPSES: 2}.get(process, 0)
    up = down = 0
    for _ in range(SINGLE):
        of[:] = drawn(rng, settings.hyper, settings, place)
        parameters.tabulate_process(process, p, settings)
        before = parameters.log_hyperprior(process, p, settings)
        parameters.update_parameters(random, process, chain, p, model)
        change = parameters.log_hyperprior(process, p, settings) - before
        up, down = up + (change > 1e-9), down + (change < -1e-9)
    assert up + down > SINGLE / 2
    assert stats.binomtest(up, up + down).pvalue > 1e-3


@pytest.mark.parametrize("kind", [0, 1])
def test_a_hazard_that_goes_over_has_the_law_of_the_other_kind(kind):
    # Means and covariance by the formulas of a walk with a trend; whitened by numpy they are 0 and 1.
    other = 1 - kind
    shapes = (prior.Shape((*[-1.0] * 4, *[0.5] * 8), 0.4, 0.2, 0.5, (1.0, 3.0)), FIRST.second)
    law = prior.Law(200.0, shapes[0], shapes[1], 0.35).packed(EDGES, 900.0)
    distance = prior.log_time_steps(EDGES, 900.0)

    def means_and_root(shape):
        steps = shape.step_sd**2 * np.eye(2) + shape.trend_sd**2 * np.outer(distance, distance)
        sums = np.tri(3)[:, 1:]
        return shape.means(EDGES, 900.0, 200.0), np.linalg.cholesky(shape.level_sd**2 + sums @ steps @ sums.T)

    (mean, root), (new_mean, new_root) = (means_and_root(shapes[k]) for k in (kind, other))
    rng, random = np.random.default_rng(5), np.array([7, 2, 3, 4], dtype=np.uint64)
    theta = np.append(mean, 0.0) + np.pad(rng.normal(size=(GONE_OVER, 3)) @ root.T, ((0, 0), (0, 1)))
    for row in theta:
        parameters.change_kind(random, kind, other, distance, law, row)
    white = np.linalg.solve(new_root, (theta[:, :3] - new_mean).T)
    assert np.abs(white.mean(axis=1)).max() < 4 / np.sqrt(GONE_OVER)
    assert np.abs(np.cov(white) - np.eye(3)).max() < 4 * np.sqrt(2 / GONE_OVER)


@pytest.fixture(scope="module", params=range(3), ids=["events", "censoring", "relapses"])
def updated(request):
    """Return process, parameters of many cohorts after many updates of it, and log prior of the times.

    Each began with a draw from the prior; the log prior of its times stands before and after the updates.
    """
    model, settings = tiny()
    rng, random = np.random.default_rng(7), np.array([9, 2, 3, 4], dtype=np.uint64)
    p = chains.new_parameters(settings)
    chain = chains.new_chain(np.zeros((PATIENTS, STATE), dtype=np.int64), p, 0, 0)
    theta, logs = [], []
    of = {CENSORING: p.cens, RELAPSES: p.relapse_theta}.get(request.param, p.theta)
    with np.errstate(over="ignore"):
        for _ in range(COHORTS):
            draw_all(rng, chain, p, settings, model)
            before = chain.logs.sum(axis=0)
            for _ in range(UPDATES):
                parameters.update_parameters(random, request.param, chain, p, model)
            theta.append(of.copy())
            logs.append((before, chain.logs.sum(axis=0)))
    return request.param, np.array(theta), np.array(logs), settings


def quantiles_of(kind, law, logs, logit_cured, settings):
    """Return the quantiles, under one kind of hazard, of its level, steps and cured fraction."""
    mean = kind.means(EDGES, settings.horizon, law.centre)
    sd = np.hypot(kind.step_sd, kind.trend_sd * settings.distance)
    return np.array([
        stats.norm.cdf(logs[:, 0], mean[0], kind.level_sd),
        *stats.norm.cdf(np.diff(logs), np.diff(mean), sd).T,
        stats.beta.cdf(expit(logit_cured), *kind.cured),
    ])  # fmt: skip


def test_parameters_keep_the_law_of_the_hyperprior(updated):
    # Updated given times that were drawn from them, they are again draws from it: each quantile is uniform.
    process, theta, _, settings = updated
    hyper = settings.hyper
    if process == CENSORING:
        quantiles = [
            stats.norm.cdf(theta[:, LOG_LONGEST], hyper.log_longest, hyper.longest_sd),
            stats.beta.cdf(expit(theta[:, LOGIT_SHORTEST]), hyper.shortest_a, hyper.shortest_b),
            stats.beta.cdf(expit(theta[:, LOGIT_LOST]), hyper.lost_a, hyper.lost_b),
            stats.norm.cdf(theta[:, LOG_SHAPE], 0, hyper.accrual_sd),
        ]
    else:
        law = SECOND if process == RELAPSES else FIRST
        logs = theta[:, : len(EDGES)]
        parts = [
            quantiles_of(kind, law, logs, theta[:, LOGIT_CURED], settings) for kind in (law.kind, law.second)
        ]
        quantiles = [*((1 - law.weight) * parts[0] + law.weight * parts[1])]
        if law.visits is not None:
            v, seen = law.visits, theta[:, len(EDGES) :].T
            quantiles.append(stats.norm.cdf(seen[0], np.log(v.interval), v.interval_sd))
            quantiles.append(stats.beta.cdf(expit(seen[1]), *v.between))
            quantiles.append(stats.norm.cdf(seen[2], np.log(v.spread), v.spread_sd))
    assert min(stats.kstest(values, "uniform").pvalue for values in quantiles) > 1e-3


def test_parameters_keep_agreeing_with_the_times(updated):
    # Updated without a look at the times they would be as probable, but not the times under them.
    process, _, logs, _ = updated
    assert stats.ks_2samp(logs[:, 0, process], logs[:, 1, process]).pvalue > 1e-3
