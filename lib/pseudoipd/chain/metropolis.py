"""One chain: Metropolis moves from an initial state to a cohort that meets every claim. Compiled.

The law of a chain is prior times exp(-strictness · loss); at loss 0 that is the prior given the claims. It
runs over the times of all patients and over the parameters of the prior behind them, in turn.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.beside import look_at_all, new_loss, update_keys
from pseudoipd.chain.compiled import compiled, copy_into, inlined
from pseudoipd.chain.flips import all_losses, flip_and_mend
from pseudoipd.chain.hazards import last_contact_at, log_hyper_cens, under_observation
from pseudoipd.chain.losses import HOLDS
from pseudoipd.chain.moves import (
    PAIR,
    SHIFT_RELAPSE,
    pick_move,
    pick_patients,
    propose_first,
    propose_second,
    step_size,
)
from pseudoipd.chain.parameters import step_censoring, tabulate_process, update_parameters
from pseudoipd.chain.patients import agrees, log_part
from pseudoipd.chain.random_numbers import uniform
from pseudoipd.chain.repair import repair
from pseudoipd.model.structs import (
    CENSORING,
    EVENT,
    LOG_LONGEST,
    PROCESSES,
    TIME,
    Chain,
    Effort,
    Model,
    Parameters,
)

NOT_FOUND = -1
"""Stands for the number of moves where no cohort was found."""
UPDATE_EVERY, PATIENTS_PER_MOVE = 5, 20
"""Moves of patients between two updates of the parameters: few, because the curve follows the parameters; one
for each twenty patients if that is more, because an update looks at all of them."""
FLIPS = 0.25
"""Share of the later moves that flip an event and mend claims."""
LONGEST_EVERY = 20
"""Moves between two shifts of the longest follow-up with the last contact."""
CARRY_EVERY = 10
"""Updates of the parameters to one change of the censoring that carries the last contacts along."""
REPAIRS = 0.5
"""Share of the first moves that are repair moves: they get near, and the others keep the curve plausible."""


@inlined()
def log_prior_change(i: int, k: int, chain: Chain, p: Parameters, model: Model) -> float:
    """Return by how much the log prior of patient i, the k-th that was changed, has risen."""
    risen = 0.0
    for process in range(PROCESSES):
        chain.new_log[k, process] = log_part(process, chain.x, i, p, model)
        risen += chain.new_log[k, process] - chain.logs[i, process]
    return risen


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
                copy_into(chain.logs[moved[k]], chain.new_log[k])
                chain.path.stale[moved[k]] = True
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


@compiled()
def shift_longest(
    random: np.ndarray, loss: float, strictness: float, chain: Chain, p: Parameters, model: Model
) -> float:  # fmt: skip
    """Shift the longest follow-up of all, and the last contact that lies under it, by the same days, or stay.

    Alone neither gets far: patients are not followed beyond the longest follow-up, nor far short of it.
    """
    x, cens, last = chain.x, p.cens, 0
    for i in range(1, len(x)):
        if x[i, TIME] > x[last, TIME]:
            last = i
    days, step, longest = x[last, TIME], step_size(random), math.exp(cens[LOG_LONGEST])
    # The way back must choose the same patient, without the event.
    if x[last, EVENT] == 1 or longest + step < 1.0 or not is_longest(x, last, min(days, days + step)):
        return loss
    copy_into(chain.before[0], x[last])
    copy_into(chain.old_theta, cens)
    log_ratio = -log_hyper_cens(cens, model.settings.hyper) + math.log(longest)
    x[last, TIME] += step
    cens[LOG_LONGEST] = math.log(longest + step)
    # The law of the longest follow-up is one of its logarithm, and the step is one of days.
    log_ratio += log_hyper_cens(cens, model.settings.hyper) - cens[LOG_LONGEST]
    tabulate_process(CENSORING, p, model.settings)
    for i in range(len(x)):
        chain.new_logs[i] = log_part(CENSORING, x, i, p, model)
        log_ratio += chain.new_logs[i] - chain.logs[i, CENSORING] if i != last else 0.0
    new = accept_or_undo(random, (last, last), log_ratio, loss, strictness, chain, p, model)
    if x[last, TIME] == days:
        copy_into(cens, chain.old_theta[: len(cens)])
        tabulate_process(CENSORING, p, model.settings)
        return new
    for i in range(len(x)):
        chain.logs[i, CENSORING] = chain.new_logs[i]
        chain.path.stale[i] = True
    return new


@inlined()
def is_longest(x: np.ndarray, last: int, days: int) -> bool:
    """Say whether all patients but one are observed for less than so many days."""
    alone = True
    for i in range(len(x)):
        alone = alone and (i == last or x[i, TIME] < days)
    return alone


@compiled()
def carry_contacts(
    random: np.ndarray, loss: float, strictness: float, chain: Chain, p: Parameters, model: Model
) -> float:  # fmt: skip
    """Change a parameter of censoring and carry each last contact along at its quantile, or stay.

    Given the contacts the parameters cannot get far, nor can a contact given the parameters. Under the law
    of censoring quantiles are uniform whatever the parameters (Papaspiliopoulos, Roberts and Sköld 2007), so
    the contacts' own part leaves the ratio. A contact is a whole day: a quantile within the day's is drawn.
    """
    x, settings, quantile, times = chain.x, model.settings, chain.new_logs, chain.order
    for i in range(len(x)):
        times[i] = x[i, TIME]
        after = under_observation(float(times[i]), p.cens_table)
        quantile[i] = after + uniform(random) * (under_observation(times[i] - 1.0, p.cens_table) - after)
    copy_into(chain.old_theta, p.cens)
    log_ratio = -log_hyper_cens(p.cens, settings.hyper)
    if step_censoring(random, settings, p.cens, chain.drawn):
        log_ratio = 0.0
    else:
        log_ratio += log_hyper_cens(p.cens, settings.hyper)
    tabulate_process(CENSORING, p, settings)
    log_ratio += carry(quantile, chain, p, model)
    bound = -1.0
    if not math.isnan(log_ratio):
        log_accept = math.log(uniform(random))
        bound = loss + (log_ratio - log_accept) / strictness
    if bound >= 0.0:
        update_all_keys(times, chain, model)
        new = all_losses(bound, chain, model)
        if new <= bound:
            copy_into(chain.losses, chain.new_losses)
            for i in range(len(x)):
                chain.path.stale[i] = True
                for process in range(PROCESSES):
                    chain.logs[i, process] = log_part(process, x, i, p, model)
            return new
    for i in range(len(x)):
        # What is put back are the times before; keys that were updated are so again.
        x[i, TIME], times[i] = times[i], x[i, TIME]
    if bound >= 0.0:
        update_all_keys(times, chain, model)
    copy_into(p.cens, chain.old_theta[: len(p.cens)])
    tabulate_process(CENSORING, p, settings)
    return loss


@inlined()
def carry(quantile: np.ndarray, chain: Chain, p: Parameters, model: Model) -> float:
    """Put each last contact at its quantile; return by how much the other parts of the log prior have risen.

    NaN where a time does not agree with the roles.
    """
    x, risen = chain.x, 0.0
    for i in range(len(x)):
        if x[i, EVENT] == 0:
            x[i, TIME] = last_contact_at(quantile[i], p.cens_table)
        for process in range(PROCESSES):
            if process != CENSORING or x[i, EVENT] == 1:
                risen += log_part(process, x, i, p, model) - chain.logs[i, process]
        if not agrees(x, i, model.roles, model.settings):
            risen = math.nan
    return risen


@inlined()
def update_all_keys(before: np.ndarray, chain: Chain, model: Model) -> None:
    """Bring the keys of those up to date whose time is no longer that before."""
    for i in range(len(before)):
        if chain.x[i, TIME] != before[i]:
            update_keys(i, chain, model)


@compiled(nogil=True)
def run_chain(random: np.ndarray, chain: Chain, p: Parameters, model: Model, effort: Effort) -> int:
    """Move the cohort and leave in it one that meets all claims; return the number of moves, or NOT_FOUND.

    At least `effort.moves` moves are made.
    """
    x, loss = chain.x, look_at_all(chain, p, model)
    processes = 3 if model.second else 2
    every = max(UPDATE_EVERY, len(x) // PATIENTS_PER_MOVE)
    # Without claims on times nothing can be repaired.
    repairs = effort.aimed if len(model.timing.statistic) > 0 else 0
    exact = 0
    for step in range(effort.most):
        # To stop at a visit to where all claims hold would favour what is entered often. So each exact state
        # that is looked at in the last part of the chain has the same chance to be the cohort; only where
        # there was none the chain goes on to its next visit.
        if (
            loss < HOLDS
            and step >= effort.moves - effort.last
            and (step % len(x) == 0 or step >= effort.moves)
        ):
            exact += 1
            if uniform(random) * exact < 1.0:
                copy_rows(chain.chosen, x)
        if step >= effort.moves and exact > 0:
            copy_rows(x, chain.chosen)
            return step if all_agree(x, model) else NOT_FOUND
        if step % every == 0:
            update_parameters(random, (step // every) % processes, chain, p, model)
        if step >= repairs and step % LONGEST_EVERY == 0:
            loss = shift_longest(random, loss, effort.strictness, chain, p, model)
        if step >= repairs and step % (CARRY_EVERY * every) == 0:
            loss = carry_contacts(random, loss, effort.strictness, chain, p, model)
        if step >= repairs and uniform(random) < FLIPS:
            loss = flip_and_mend(random, loss, effort.strictness, chain, p, model)
            continue
        # Both are drawn before it is known whether this is a repair move, which needs neither.
        move = pick_move(random, model.second)
        patients = pick_patients(random, x, move, model.settings)
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


@inlined()
def copy_rows(target: np.ndarray, source: np.ndarray) -> None:
    """Copy a state."""
    for i in range(len(source)):
        copy_into(target[i], source[i])
