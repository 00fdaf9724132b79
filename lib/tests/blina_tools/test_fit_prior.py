"""The learned prior: made from what is checked in; a second computation; found again in simulated arms."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import beta, norm

from blina_base.files import sha256
from blina_tools.prior import fit_prior
from pseudoipd.model import prior, trials

TABLE = pd.read_csv(prior.path())
ARMS = [a for a in fit_prior.distinct(trials.read(), "survival") if math.isfinite(a.median)]
DATA = fit_prior.counts(ARMS, fit_prior.by_median, [None] * len(ARMS))


def checked_in(group, scale):
    law = prior.learned(group, scale)
    return fit_prior.Fitted(
        np.array(law.shape), law.level_sd, law.step_sd, law.trend_sd, law.cured, -math.inf
    )


def test_the_table_was_made_by_this_program_from_these_arms():
    made = json.loads(prior.path().with_suffix(".json").read_text(encoding="utf-8"))
    found = {name: sha256(file) for name, file in fit_prior.SOURCES.items()}
    assert made == {**found, "prior.csv": sha256(prior.path())}


def test_survival_is_learned_again_as_it_stands():
    again = fit_prior.fit(DATA, fit_prior.LEVEL_SD)
    kept = checked_in("survival", "median")
    assert again.shape == pytest.approx(kept.shape, abs=2e-3)
    assert again[2:4] == pytest.approx(kept[2:4], abs=2e-3)
    assert again.cured == pytest.approx(kept.cured, rel=5e-3)


@pytest.mark.parametrize(
    "change",
    [
        {"step_sd": 1.5},
        {"step_sd": 1 / 1.5},
        {"trend_sd": 6.0},
        {"cured": 3.0},
        {"cured": 1 / 3},
        {"shape": 1.2},
    ],
    ids=str,
)
def test_no_law_nearby_is_likelier(change):
    law = checked_in("survival", "median")
    ((name, factor),) = change.items()
    other = law._replace(**{name: tuple(factor * np.array(getattr(law, name)))} if name == "cured" else {
        name: factor * getattr(law, name)
    })  # fmt: skip
    gain = fit_prior.log_marginal(other, DATA).sum() - fit_prior.log_marginal(law, DATA).sum()
    assert gain < 0


def by_day(arm, law):
    """The log marginal likelihood of an arm, day by day, from `prior.survival`: scipy finds the mode."""
    first = np.array(prior.SHAPE_FROM)
    steps = prior.log_time_steps(first, fit_prior.END)
    before, after = ((arm.day + off) / arm.median for off in (-1.0, 0.0))

    def loss(x):
        walk = np.concatenate([[0.0], np.cumsum(law.step_sd * x[2:-1] + law.trend_sd * x[1] * steps)])
        log_hazard = law.shape + law.level_sd * x[0] + walk + math.log(math.log(2))
        alive = [prior.survival(t, first, log_hazard, expit(x[-1])) for t in (before, after)]
        died = np.maximum(alive[0] - alive[1], 1e-300)
        value = arm.events @ np.log(died) + arm.censored @ np.log(np.maximum(alive[1], 1e-300))
        value += norm.logpdf(x[:-1]).sum() + beta.logpdf(expit(x[-1]), *law.cured)
        return -value - np.log(expit(x[-1]) * expit(-x[-1]))

    start = np.append(np.zeros(len(first) + 1), -2.0)
    mode = minimize(loss, start, method="BFGS", options={"gtol": 1e-3}).x
    size, h = len(mode), 0.02
    unit = h * np.eye(size)
    bent = np.array([
        [loss(mode + a + b) - loss(mode + a - b) - loss(mode - a + b) + loss(mode - a - b) for a in unit]
        for b in unit
    ])  # fmt: skip
    return -loss(mode) - 0.5 * np.linalg.slogdet(bent / (4 * h * h))[1] + size / 2 * math.log(2 * math.pi)


def test_another_computation_of_the_likelihood_prefers_the_same_law_by_as_much():
    # By day from the survival function instead of Poisson counts in bins, the mode by BFGS, the curvature by
    # differences: compared is how much likelier each arm is under the learned law than under a flat one.
    law = checked_in("survival", "median")
    flat = fit_prior.Fitted(np.zeros(12), 0.7, 0.35, 0.2, (1.0, 3.0), -math.inf)
    few = [i for i, arm in enumerate(ARMS) if arm.n < 130][:3]
    ours = fit_prior.log_marginal(law, DATA) - fit_prior.log_marginal(flat, DATA)
    theirs = [by_day(ARMS[i], law) - by_day(ARMS[i], flat) for i in few]
    assert len(few) == 3
    assert ours[few] == pytest.approx(theirs, abs=0.6)
    assert ours.sum() > 100


def simulated(rng, n, median, law, visits=None):
    """An arm without censoring but at 5 medians, drawn with numpy from a law on the scale of its median."""
    first = np.array(prior.SHAPE_FROM)
    walk = np.concatenate([[0.0], np.cumsum(law.step_sd * rng.normal(size=len(first) - 1))])
    log_hazard = law.shape + walk + math.log(math.log(2))
    days = np.arange(1.0, 5 * median)
    time = days if visits is None else prior.warped(days, *visits)
    alive = prior.survival(time / median, first, log_hazard, rng.beta(*law.cured))
    day = np.searchsorted(-alive, -rng.uniform(size=n)) + 1
    events = np.bincount(day, minlength=len(days) + 2)[1:]
    at = np.flatnonzero(events) + 1
    lost = np.where(at > len(days), events[at - 1], 0)
    return trials.Arm("T", "1", "OS", "x", at, events[at - 1] - lost, lost)


def test_a_law_is_found_again_in_simulated_arms():
    rng = np.random.default_rng(8)
    shape = np.array([-1.2, -0.6, -0.1, 0.1, 0.3, 0.4, 0.5, 0.5, 0.6, 0.6, 0.6, 0.6])
    law = fit_prior.Fitted(shape, 0.5, 0.25, 0.0, (4.0, 30.0), -math.inf)
    arms = [simulated(rng, 400, 300.0, law) for _ in range(60)]
    data = fit_prior.counts(arms, lambda _: 300.0, [None] * len(arms))
    found = fit_prior.fit(data, 0.5, steps=120)
    assert found.shape[:8] == pytest.approx(shape[:8], abs=0.2)
    assert found.step_sd == pytest.approx(0.25, abs=0.06)
    assert found.cured[0] / sum(found.cured) == pytest.approx(4 / 34, abs=0.05)


def test_visits_are_found_where_there_are_some():
    rng = np.random.default_rng(9)
    law = fit_prior.Fitted(np.zeros(12), 0.5, 0.2, 0.0, (1.0, 40.0), -math.inf)
    arm = simulated(rng, 300, 200.0, law, (56.0, 0.2, 3.0))
    visits, after = fit_prior.fit_visits({"T": [fit_prior.scan(arm, 200.0, np.zeros(12))]}, steps=5)
    interval = fit_prior.INTERVALS[after["T"][0].sum(axis=(1, 2)).argmax()]
    assert interval == pytest.approx(56, rel=0.03)
    assert visits.interval == pytest.approx(56, rel=0.03)
    assert after["T"][0].sum(axis=(0, 2)) @ fit_prior.BETWEEN == pytest.approx(0.2, abs=0.12)
