"""Updates of the parameters behind one process, given the times. Compiled."""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, copy_into, inlined
from pseudoipd.chain.hazards import (
    draw_cens,
    draw_hazard,
    log_hyper_cens,
    log_hyper_hazard,
    tabulate,
    tabulate_censoring,
)
from pseudoipd.chain.patients import log_part
from pseudoipd.chain.random_numbers import below, normal, uniform
from pseudoipd.model.structs import (
    CENSORING,
    LOG_LONGEST,
    RELAPSES,
    Chain,
    Model,
    Parameters,
    Settings,
)

FINE, COARSE = 0.15, 0.6
"""Sizes of a step, on the log or logit scale of the parameters; each is taken half of the time."""
LONGEST_FINER = 0.1
"""The longest follow-up is known better, from the longest time of all patients: so much shorter steps."""
TOWARDS_NEW, CURED_ANEW, STRETCH, CURED_STEP = 0.25, 0.1, 0.35, 0.1
"""Shares of the steps of a hazard: towards a new draw, the cured fraction drawn anew, a stretch of pieces
raised, a step of the cured fraction; the rest are steps of one piece."""
CENSORING_ANEW = 0.3
"""Share of the steps of censoring that draw one parameter anew."""


@compiled()
def tabulate_all(p: Parameters, settings: Settings) -> None:
    """Bring the tables of the prior up to date with its parameters."""
    tabulate(settings.edges, p.theta, p.table)
    tabulate(settings.relapse_edges, p.relapse_theta, p.relapse_table)
    tabulate_censoring(p.cens, settings.horizon, p.cens_table)


@inlined()
def tabulate_process(process: int, p: Parameters, settings: Settings) -> None:
    """Bring the table of one process up to date."""
    if process == CENSORING:
        tabulate_censoring(p.cens, settings.horizon, p.cens_table)
    elif process == RELAPSES:
        tabulate(settings.relapse_edges, p.relapse_theta, p.relapse_table)
    else:
        tabulate(settings.edges, p.theta, p.table)


@inlined()
def log_hyperprior(process: int, p: Parameters, settings: Settings) -> float:
    """Return the log hyperprior of the parameters of one process, without its constant."""
    hyper = settings.hyper
    if process == CENSORING:
        return log_hyper_cens(p.cens, hyper)
    if process == RELAPSES:
        return log_hyper_hazard(p.relapse_theta, hyper.relapse_centre, settings.relapse_distance, hyper)
    return log_hyper_hazard(p.theta, hyper.centre, settings.distance, hyper)


@compiled()
def step_hazard(
    random: np.ndarray, centre: float, settings: Settings, distance: np.ndarray, theta: np.ndarray,
    drawn: np.ndarray,
) -> bool:  # fmt: skip
    """Change the parameters of one hazard; say whether the step keeps the hyperprior, or else is symmetric.

    Few patients say little of most pieces, whose log hazards walk. So whole stretches are raised together,
    which changes one step of the walk only; and all are drawn towards a new draw from the hyperprior
    (preconditioned Crank-Nicolson), which leaves them where they are in law.
    """
    scale, pieces = FINE if uniform(random) < 0.5 else COARSE, len(theta) - 1
    kind, c = uniform(random), below(random, pieces)
    if kind < TOWARDS_NEW:
        draw_hazard(random, centre, distance, settings.hyper, drawn)
        kept = math.sqrt(1.0 - scale * scale)
        for k in range(pieces):
            theta[k] = centre + kept * (theta[k] - centre) + scale * (drawn[k] - centre)
        return True
    if kind < TOWARDS_NEW + CURED_ANEW:
        draw_hazard(random, centre, distance, settings.hyper, drawn)
        theta[pieces] = drawn[pieces]
        return True
    step = scale * normal(random)
    if kind < TOWARDS_NEW + CURED_ANEW + STRETCH:
        # From piece c on; or up to it, which is all of them for the last one.
        first, end = (c, pieces) if uniform(random) < 0.5 else (0, c + 1)
    elif kind < 1.0 - CURED_STEP:
        first, end = c, c + 1
    else:
        first, end = pieces, pieces + 1
    for k in range(first, end):
        theta[k] += step
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
        return step_hazard(
            random, settings.hyper.relapse_centre, settings, settings.relapse_distance, p.relapse_theta,
            drawn[: len(p.relapse_theta)],
        )  # fmt: skip
    return step_hazard(
        random, settings.hyper.centre, settings, settings.distance, p.theta, drawn[: len(p.theta)]
    )


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
    else:
        copy_into(theta, chain.old_theta[: len(theta)])
        tabulate_process(process, p, settings)
