"""The update of the prior's parameters keeps their law: what is drawn from the prior stays in the prior."""

import numpy as np
import pytest
from scipy import stats

import tiny_cohorts
from pseudoipd.chain import beside, chains, parameters
from pseudoipd.model.structs import (
    CENSORING,
    LOG_LONGEST,
    LOG_SHAPE,
    LOGIT_CURED,
    LOGIT_LOST,
    LOGIT_SHORTEST,
    RELAPSES,
)

COHORTS, PATIENTS, UPDATES = 400, 4, 60


@pytest.fixture(autouse=True)
def wrapping():
    with np.errstate(over="ignore"):
        yield


def expit(x):
    return 1 / (1 + np.exp(-x))


def drawn(rng, hyper, settings):
    """Draw the parameters of one cohort with numpy, as `prior.Hyperprior` states their laws."""

    def hazard(centre, distance):
        first = rng.normal(centre, hyper.first_sd)
        steps = rng.normal(0, hyper.step_sd, len(distance)) + rng.normal(0, hyper.trend_sd) * distance
        cured = rng.beta(hyper.cured_a, hyper.cured_b)
        return np.array([*(first + np.concatenate([[0], np.cumsum(steps)])), tiny_cohorts.logit(cured)])

    cens = np.array([
        rng.normal(hyper.log_longest, hyper.longest_sd),
        tiny_cohorts.logit(rng.beta(hyper.shortest_a, hyper.shortest_b)),
        tiny_cohorts.logit(rng.beta(hyper.lost_a, hyper.lost_b)),
        rng.normal(0, hyper.accrual_sd),
    ])  # fmt: skip
    relapse = hazard(hyper.relapse_centre, settings.relapse_distance)
    return hazard(hyper.centre, settings.distance), cens, relapse


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
                return np.ceil(first + left / np.exp(log_hazard))
            left -= (last - first) * np.exp(log_hazard)
        return np.inf

    longest, share = np.exp(p.cens[0]), expit(p.cens[1])
    for i in range(len(x)):
        entry = longest * (1 - (1 - share) * rng.uniform() ** np.exp(-p.cens[3]))
        lost = rng.exponential() * settings.horizon / -np.log1p(-expit(p.cens[2]))
        seen, died = max(1, np.ceil(min(entry, lost))), day(p.theta)
        response = rng.choice(settings.response_days)
        relapse = response + day(p.relapse_theta)
        time = min(seen, died)
        x[i] = 0, time, died <= seen, relapse < time, relapse if relapse < time else 0, response


def draw_all(rng, chain, p, settings, model):
    """Put parameters from the hyperprior, and times drawn by them, into a chain."""
    for place, values in zip(
        (p.theta, p.cens, p.relapse_theta), drawn(rng, settings.hyper, settings), strict=True
    ):
        place[:] = values
    parameters.tabulate_all(p, settings)
    cohort(rng, p, settings, chain.x)
    beside.look_at_all(chain, p, model)


@pytest.fixture(scope="module", params=range(3), ids=["events", "censoring", "relapses"])
def updated(request):
    """Return process, parameters of many cohorts after many updates of it, and log prior of the times.

    Each began with a draw from the prior; the log prior of its times stands before and after the updates.
    """
    settings = tiny_cohorts.model().settings._replace(limit=10**6, horizon=900.0)
    model = tiny_cohorts.model()._replace(settings=settings)
    rng, random = np.random.default_rng(7), np.array([9, 2, 3, 4], dtype=np.uint64)
    p = tiny_cohorts.parameters(settings)
    chain = chains.new_chain(np.zeros((PATIENTS, 6), dtype=np.int64), p, 0, 0)
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
        centre = hyper.relapse_centre if process == RELAPSES else hyper.centre
        sd = np.hypot(hyper.step_sd, hyper.trend_sd * settings.distance)
        quantiles = [
            stats.norm.cdf(theta[:, 0], centre, hyper.first_sd),
            *stats.norm.cdf(np.diff(theta[:, :-1]) / sd).T,
            stats.beta.cdf(expit(theta[:, LOGIT_CURED]), hyper.cured_a, hyper.cured_b),
        ]
    assert min(stats.kstest(values, "uniform").pvalue for values in quantiles) > 1e-3


def test_parameters_keep_agreeing_with_the_times(updated):
    # Updated without a look at the times they would be as probable, but not the times under them.
    process, _, logs, _ = updated
    assert stats.ks_2samp(logs[:, 0, process], logs[:, 1, process]).pvalue > 1e-3
