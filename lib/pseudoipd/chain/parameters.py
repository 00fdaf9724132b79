"""Updates of the parameters behind one process, given the times. Compiled."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, copy_into, inlined
from pseudoipd.chain.hazards import (
    draw_cens,
    draw_kind,
    draw_visits,
    kind_given,
    log_hyper_cens,
    log_hyper_hazard,
    tabulate,
    tabulate_censoring,
)
from pseudoipd.chain.patients import log_part
from pseudoipd.chain.random_numbers import below, normal, uniform
from pseudoipd.model.structs import (
    CENSORING,
    KIND_SIZE,
    KINDS,
    LOG_LONGEST,
    LOGIT_CURED,
    MEANS,
    RELAPSES,
    WEIGHT,
    Chain,
    Model,
    Parameters,
    Settings,
)

FINE, COARSE = 0.15, 0.6
"""Sizes of a step, on the log or logit scale of the parameters; each is taken half of the time."""
LONGEST_FINER = 0.1
"""The longest follow-up is known better, from the longest time of all patients: so much shorter steps."""
TOWARDS_NEW, OTHER_ANEW, STRETCH, OTHER_STEP = 0.25, 0.1, 0.35, 0.1
"""Shares of the steps of a hazard: towards a new draw; the cured fraction, or a parameter of the visits,
drawn anew; a stretch of pieces raised; a step of one of those others; the rest are steps of one piece."""
CENSORING_ANEW = 0.3
"""Share of the steps of censoring that draw one parameter anew."""


@compiled()
def tabulate_all(p: Parameters, settings: Settings) -> None:
    """Bring the tables of the prior up to date with its parameters."""
    tabulate(settings.edges, p.theta, p.table)
    tabulate(settings.relapse_edges, p.relapse_theta, p.relapse_table)
    tabulate_censoring(p.cens, settings.horizon, settings.accrual, p.cens_table)


@inlined()
def tabulate_process(process: int, p: Parameters, settings: Settings) -> None:
    """Bring the table of one process up to date."""
    if process == CENSORING:
        tabulate_censoring(p.cens, settings.horizon, settings.accrual, p.cens_table)
    elif process == RELAPSES:
        tabulate(settings.relapse_edges, p.relapse_theta, p.relapse_table)
    else:
        tabulate(settings.edges, p.theta, p.table)


@inlined()
def log_hyperprior(process: int, p: Parameters, settings: Settings) -> float:
    """Return the log hyperprior of the parameters of one process, without its constant."""
    if process == CENSORING:
        return log_hyper_cens(p.cens, settings.hyper)
    if process == RELAPSES:
        return log_hyper_hazard(p.relapse_theta, settings.relapse_distance, settings.relapse_law)
    return log_hyper_hazard(p.theta, settings.distance, settings.law)


@inlined()
def step_towards(
    random: np.ndarray, scale: float, distance: np.ndarray, law: np.ndarray, theta: np.ndarray,
    drawn: np.ndarray,
) -> None:  # fmt: skip
    """Move the log hazards towards a new draw from the hyperprior, which leaves them where they are in law.

    The hyperprior is normal only within a kind. So the kind is drawn, given the hazard, and another one anew:
    where they differ, the hazard goes over to the other kind first. By steps alone a chain that began with
    the wrong kind stays with it for long.
    """
    pieces, kind = len(distance) + 1, kind_given(random, theta, distance, law)
    other = 1 if uniform(random) < law[WEIGHT] else 0
    draw_kind(random, other, distance, law, drawn)
    if other != kind:
        change_kind(random, kind, other, distance, law, theta)
        theta[LOGIT_CURED] = drawn[LOGIT_CURED]
    kept = math.sqrt(1.0 - scale * scale)
    for j in range(pieces):
        mean = law[MEANS + other * pieces + j]
        theta[j] = mean + kept * (theta[j] - mean) + scale * (drawn[j] - mean)


@inlined()
def change_kind(
    random: np.ndarray, kind: int, other: int, distance: np.ndarray, law: np.ndarray, theta: np.ndarray
) -> None:
    """Give log hazards of one kind the mean and spread of the other, their standard normal parts kept.

    These are the first log hazard's, the trend's, drawn given the steps, and what each step is beside it.
    """
    pieces, at, to = len(distance) + 1, KINDS + kind * KIND_SIZE, KINDS + other * KIND_SIZE
    mean, new_mean = MEANS + kind * pieces, MEANS + other * pieces
    step_sd, trend_sd = law[at + 1], law[at + 2]
    precision, along, last = 1.0 / trend_sd**2, 0.0, theta[0] - law[mean]
    for j in range(1, pieces):
        step = theta[j] - law[mean + j] - theta[j - 1] + law[mean + j - 1]
        precision += (distance[j - 1] / step_sd) ** 2
        along += step * distance[j - 1] / step_sd**2
    trend = along / precision + normal(random) / math.sqrt(precision)
    walk = last * law[to] / law[at]
    theta[0] = law[new_mean] + walk
    for j in range(1, pieces):
        now = theta[j] - law[mean + j]
        beside = now - last - trend * distance[j - 1]
        walk += trend * law[to + 2] / trend_sd * distance[j - 1] + beside * law[to + 1] / step_sd
        theta[j], last = law[new_mean + j] + walk, now


@inlined()
def one_anew(
    random: np.ndarray, c: int, distance: np.ndarray, law: np.ndarray, theta: np.ndarray, drawn: np.ndarray
) -> None:
    """Draw the parameter at place c, which is none of the log hazards, anew from the hyperprior."""
    draw_kind(random, kind_given(random, theta, distance, law), distance, law, drawn)
    draw_visits(random, len(distance) + 1, law, drawn)
    theta[c] = drawn[c]


@compiled()
def step_hazard(
    random: np.ndarray, distance: np.ndarray, law: np.ndarray, theta: np.ndarray, drawn: np.ndarray
) -> bool:  # fmt: skip
    """Change the parameters of one hazard; say whether the step keeps the hyperprior, or else is symmetric.

    Few patients say little of most pieces, whose log hazards walk. So whole stretches are raised together,
    which changes one step of the walk only; and all are drawn towards a new draw from the hyperprior
    (preconditioned Crank-Nicolson; Cotter et al. 2013).
    """
    scale, pieces = FINE if uniform(random) < 0.5 else COARSE, len(distance) + 1
    kind, c = uniform(random), below(random, pieces)
    other = pieces + below(random, len(theta) - pieces)
    if kind < TOWARDS_NEW:
        step_towards(random, scale, distance, law, theta, drawn)
        return True
    if kind < TOWARDS_NEW + OTHER_ANEW:
        one_anew(random, other, distance, law, theta, drawn)
        return True
    step = scale * normal(random)
    if kind < TOWARDS_NEW + OTHER_ANEW + STRETCH:
        # From piece c on; or up to it, which is all of them for the last one.
        first, end = (c, pieces) if uniform(random) < 0.5 else (0, c + 1)
    elif kind < 1.0 - OTHER_STEP:
        first, end = c, c + 1
    else:
        first, end = other, other + 1
    for j in range(first, end):
        theta[j] += step
    return False


@compiled()
def step_censoring(random: np.ndarray, settings: Settings, cens: np.ndarray, drawn: np.ndarray) -> bool:
    """Change one parameter of censoring; say as `step_hazard`."""
    c = below(random, len(cens))
    if uniform(random) < CENSORING_ANEW:
        draw_cens(random, settings.hyper, drawn)
        cens[c] = drawn[c]
        return True
    scale = FINE if uniform(random) < 0.5 else COARSE
    cens[c] += (LONGEST_FINER if c == LOG_LONGEST else 1.0) * scale * normal(random)
    return False


@inlined()
def step_parameters(
    random: np.ndarray, process: int, p: Parameters, settings: Settings, drawn: np.ndarray
) -> bool:
    """Change the parameters of one process; say whether the step keeps the hyperprior or is symmetric."""
    if process == CENSORING:
        return step_censoring(random, settings, p.cens, drawn)
    if process == RELAPSES:
        theta, distance = p.relapse_theta, settings.relapse_distance
        return step_hazard(random, distance, settings.relapse_law, theta, drawn[: len(theta)])
    return step_hazard(random, settings.distance, settings.law, p.theta, drawn[: len(p.theta)])


@compiled()
def update_parameters(random: np.ndarray, process: int, chain: Chain, p: Parameters, model: Model) -> None:
    """Update the parameters behind one process given the times, by a random-walk Metropolis step.

    The ratio is that of the times' prior, and of the hyperprior where the step does not keep it; no claim
    speaks of the parameters.
    """
    x, settings, logs = chain.x, model.settings, chain.new_logs
    theta = p.cens if process == CENSORING else (p.relapse_theta if process == RELAPSES else p.theta)
    copy_into(chain.old_theta, theta)
    before = log_hyperprior(process, p, settings)
    keeps = step_parameters(random, process, p, settings, chain.drawn)
    tabulate_process(process, p, settings)
    change = 0.0 if keeps else log_hyperprior(process, p, settings) - before
    for i in range(len(x)):
        logs[i] = log_part(process, x, i, p, model)
        change += logs[i] - chain.logs[i, process]
    if math.log(uniform(random)) < change:
        for i in range(len(x)):
            chain.logs[i, process] = logs[i]
            chain.path.stale[i] = True
    else:
        copy_into(theta, chain.old_theta[: len(theta)])
        tabulate_process(process, p, settings)
