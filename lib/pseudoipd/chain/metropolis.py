"""One chain: Metropolis moves from an initial state to a cohort that meets every claim. Compiled.

The law of a chain is prior times exp(-strictness · loss); at loss 0 that is the prior given the claims. It
runs over the times of all patients and over the parameters of the prior behind them, in turn.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, copy_into, inlined
from pseudoipd.chain.hazards import log_hyper_cens, log_hyper_hazard, tabulate, tabulate_censoring
from pseudoipd.chain.keys import replace_key, sort_keys
from pseudoipd.chain.losses import HOLDS, group_loss
from pseudoipd.chain.moves import (
    PAIR,
    SHIFT_RELAPSE,
    pick_move,
    pick_patients,
    propose_first,
    propose_second,
)
from pseudoipd.chain.patients import agrees, key_of, log_first, log_second
from pseudoipd.chain.random_numbers import below, normal, uniform
from pseudoipd.chain.repair import repair
from pseudoipd.model.structs import (
    GROUPS,
    KIND,
    LOG_LONGEST,
    Chain,
    Effort,
    Model,
    Parameters,
    Settings,
)

NOT_FOUND = -1
"""Stands for the number of moves where no cohort was found."""
UPDATE_EVERY, PATIENTS_PER_MOVE = 5, 20
"""Moves of patients between two updates of the parameters: few, because the curve follows the parameters; one
for each twenty patients if that is more, because an update looks at all of them."""
EVENTS_OF_FIRST, CENSORING, RELAPSES = range(3)
"""The processes, each with its parameters, updated in turn; the last one only with a second endpoint."""
FINE, COARSE = 0.15, 0.6
"""Standard deviations of a step of a parameter, on its log or logit scale; each is taken half of the time."""
LONGEST_FINER = 0.1
"""The longest follow-up is known better, from the longest time of all patients: so much shorter steps."""
ALL_PIECES = 0.25
"""Share of the steps of a hazard that raise or lower all its pieces together: its level mixes faster so."""
REPAIRS = 0.5
"""Share of the first moves that are repair moves: they get near, and the others keep the curve plausible."""


@compiled()
def tabulate_all(p: Parameters, settings: Settings) -> None:
    """Bring the tables of the prior up to date with its parameters."""
    tabulate(settings.edges, p.theta, p.table)
    tabulate(settings.relapse_edges, p.relapse_theta, p.relapse_table)
    tabulate_censoring(p.cens, settings.horizon, p.cens_table)


@compiled()
def look_at_all(chain: Chain, p: Parameters, model: Model) -> float:
    """Bring all that is kept beside the state up to date with it; return the sum of the losses."""
    x, roles, timing, settings = chain.x, model.roles, model.timing, model.settings
    for i in range(len(x)):
        chain.log_first[i] = log_first(x, i, p.table, p.cens_table)
        chain.log_second[i] = log_second(x, i, roles, settings, p.relapse_table)
    loss = 0.0
    for g in range(len(chain.size)):
        chain.size[g] = 0
        for i in range(len(x)):
            if roles[x[i, KIND], GROUPS + g] == 1:
                chain.key[g, i] = key_of(x, i, timing.endpoint[g], roles, settings)
                chain.keys[g, chain.size[g]] = chain.key[g, i]
                chain.size[g] += 1
        sort_keys(chain.keys[g], chain.size[g])
        chain.losses[g] = group_loss(
            g, chain.keys[g], chain.size[g], x, timing, settings, chain.summary, math.inf
        )
        loss += chain.losses[g]
    return loss


@inlined()
def log_hyperprior(process: int, p: Parameters, settings: Settings) -> float:
    """Return the log hyperprior of the parameters of one process, without its constant."""
    hyper = settings.hyper
    if process == CENSORING:
        return log_hyper_cens(p.cens, hyper)
    if process == RELAPSES:
        return log_hyper_hazard(p.relapse_theta, hyper.relapse_centre, settings.relapse_distance, hyper)
    return log_hyper_hazard(p.theta, hyper.centre, settings.distance, hyper)


@inlined()
def step_parameters(random: np.ndarray, process: int, theta: np.ndarray) -> None:
    """Change the parameters of one process by a symmetric step: one of them, or a hazard as a whole."""
    scale = FINE if uniform(random) < 0.5 else COARSE
    if process == CENSORING:
        c = below(random, len(theta))
        theta[c] += (LONGEST_FINER if c == LOG_LONGEST else 1.0) * scale * normal(random)
    elif uniform(random) < ALL_PIECES:
        shift = scale * normal(random)
        for c in range(len(theta) - 1):
            theta[c] += shift
    else:
        c = below(random, len(theta))
        theta[c] += scale * normal(random)


@compiled()
def update_parameters(random: np.ndarray, process: int, chain: Chain, p: Parameters, model: Model) -> None:
    """Update the parameters behind one process given the times, by a random-walk Metropolis step.

    The step is symmetric, so the ratio is that of the hyperprior and of the times' prior; no claim speaks of
    the parameters.
    """
    x, settings, logs = chain.x, model.settings, chain.new_logs
    theta = p.cens if process == CENSORING else (p.relapse_theta if process == RELAPSES else p.theta)
    known = chain.log_second if process == RELAPSES else chain.log_first
    copy_into(chain.old_theta, theta)
    before = log_hyperprior(process, p, settings)
    step_parameters(random, process, theta)
    # The times' prior is read from the tables.
    tabulate_all(p, settings)
    change = log_hyperprior(process, p, settings) - before
    for i in range(len(x)):
        if process == RELAPSES:
            logs[i] = log_second(x, i, model.roles, settings, p.relapse_table)
        else:
            logs[i] = log_first(x, i, p.table, p.cens_table)
        change += logs[i] - known[i]
    if math.log(uniform(random)) < change:
        copy_into(known, logs)
    else:
        copy_into(theta, chain.old_theta[: len(theta)])
        tabulate_all(p, settings)


@compiled()
def update_keys(i: int, chain: Chain, model: Model) -> None:
    """Bring patient i's keys up to date and mark the groups whose claims must be looked at again."""
    for g in range(len(chain.size)):
        if model.roles[chain.x[i, KIND], GROUPS + g] == 0:
            continue
        new = key_of(chain.x, i, model.timing.endpoint[g], model.roles, model.settings)
        if new != chain.key[g, i]:
            replace_key(chain.keys[g], chain.size[g], chain.key[g, i], new)
            chain.key[g, i] = new
            chain.changed[g] = True
        # A response day is in no key, but in the Mantel-Byar statistic.
        if model.timing.response[g]:
            chain.changed[g] = True


@inlined()
def new_loss(moved: tuple[int, int], count: int, bound: float, chain: Chain, model: Model) -> float:
    """Return the sum of all losses after a change; above `bound` it need not be complete."""
    chain.changed[:] = False
    for k in range(count):
        update_keys(moved[k], chain, model)
    total = 0.0
    # First what is known: then fewer of the groups that must be looked at are needed for a refusal.
    for g in range(len(chain.size)):
        if not chain.changed[g]:
            chain.new_losses[g] = chain.losses[g]
            total += chain.losses[g]
    for g in range(len(chain.size)):
        if chain.changed[g] and total <= bound:
            chain.new_losses[g] = group_loss(
                g, chain.keys[g], chain.size[g], chain.x, model.timing, model.settings, chain.summary,
                bound - total,
            )  # fmt: skip
            total += chain.new_losses[g]
    return total


@inlined()
def log_prior_change(i: int, k: int, chain: Chain, p: Parameters, model: Model) -> float:
    """Return by how much the log prior of patient i, the k-th that was changed, has risen."""
    first = log_first(chain.x, i, p.table, p.cens_table)
    second = log_second(chain.x, i, model.roles, model.settings, p.relapse_table)
    chain.new_log[k, 0], chain.new_log[k, 1] = first, second
    return first - chain.log_first[i] + second - chain.log_second[i]


@compiled()
def accept_or_undo(
    random: np.ndarray, moved: tuple[int, int], log_ratio: float, loss: float, strictness: float,
    chain: Chain, p: Parameters, model: Model,
) -> float:  # fmt: skip
    """Accept a change of the patients `moved`, one if they are the same, or undo it; return the loss then.

    `log_ratio` is log q(back) - log q(there), the Hastings ratio of the proposal, and `loss` that before.
    """
    count = 1 if moved[0] == moved[1] else 2
    # What does not agree with the roles has probability 0, and no random number is spent on it.
    possible = True
    for k in range(count):
        possible = possible and agrees(chain.x, moved[k], model.roles, model.settings)
    bound = -1.0
    if possible:
        for k in range(count):
            log_ratio += log_prior_change(moved[k], k, chain, p, model)
        # Accepted with probability min(1, exp(log_ratio - strictness · (new loss - loss))). Solved for the
        # new loss: it must not exceed this bound, so most refusals need only part of the losses, or none.
        bound = loss + (log_ratio - math.log(uniform(random))) / strictness
    if bound >= 0.0:
        total = new_loss(moved, count, bound, chain, model)
        if total <= bound:
            copy_into(chain.losses, chain.new_losses)
            for k in range(count):
                chain.log_first[moved[k]] = chain.new_log[k, 0]
                chain.log_second[moved[k]] = chain.new_log[k, 1]
            return total
    for k in range(count):
        copy_into(chain.x[moved[k]], chain.before[k])
    # A move refused by its prior alone never got as far as the keys.
    if bound >= 0.0:
        for k in range(count):
            update_keys(moved[k], chain, model)
    return loss


@inlined()
def reversible_move(
    random: np.ndarray, move: int, moved: tuple[int, int], loss: float, strictness: float,
    chain: Chain, p: Parameters, model: Model,
) -> float:  # fmt: skip
    """Make a move as in `moves.MOVES`, of the first or of both patients, or stay; return the loss then."""
    i, j = moved
    copy_into(chain.before[0], chain.x[i])
    copy_into(chain.before[1], chain.x[j])
    # Two functions rather than one of fourteen branches; the codes say which.
    if move < SHIFT_RELAPSE:
        log_ratio = propose_first(move, i, j, chain.x, random, model.roles, model.settings, p)
    else:
        log_ratio = propose_second(move, i, j, chain.x, random, model.roles, model.settings, p)
    if math.isnan(log_ratio):
        return loss
    return accept_or_undo(random, (i, j if PAIR[move] else i), log_ratio, loss, strictness, chain, p, model)


@inlined()
def repair_move(
    random: np.ndarray, loss: float, strictness: float, chain: Chain, p: Parameters, model: Model
) -> float:  # fmt: skip
    """Make a repair move, or stay; return the loss then. Judged as if it were symmetric, which it is not."""
    moved = repair(random, chain, model)
    if moved[0] < 0:
        return loss
    return accept_or_undo(random, moved, 0.0, loss, strictness, chain, p, model)


@compiled(nogil=True)
def run_chain(random: np.ndarray, chain: Chain, p: Parameters, model: Model, effort: Effort) -> int:
    """Move the cohort until all claims hold; return the number of moves, NOT_FOUND if they are too many.

    At least `effort.moves` moves are made.
    """
    x, loss = chain.x, look_at_all(chain, p, model)
    processes = 3 if model.second else 2
    every = max(UPDATE_EVERY, len(x) // PATIENTS_PER_MOVE)
    # Without claims on times nothing can be repaired.
    repairs = effort.aimed if len(model.timing.statistic) > 0 else 0
    for step in range(effort.most):
        # The chain spends little of its time where all claims hold, so after a fixed number of moves it goes
        # on to its next visit there. That favours what is entered often; a longer chain does not mend it.
        if step >= effort.moves and loss < HOLDS:
            return step if all_agree(x, model) else NOT_FOUND
        if step % every == 0:
            update_parameters(random, (step // every) % processes, chain, p, model)
        # Both are drawn before it is known whether this is a repair move, which needs neither.
        move = pick_move(random, model.second)
        patients = pick_patients(random, x, move)
        if step < repairs and uniform(random) < REPAIRS:
            loss = repair_move(random, loss, effort.strictness, chain, p, model)
        else:
            loss = reversible_move(random, move, patients, loss, effort.strictness, chain, p, model)
    return NOT_FOUND


@inlined()
def all_agree(x: np.ndarray, model: Model) -> bool:
    """Say whether every patient's times agree with their roles: an initial state need not do so."""
    fine = True
    for i in range(len(x)):
        fine = fine and agrees(x, i, model.roles, model.settings)
    return fine
