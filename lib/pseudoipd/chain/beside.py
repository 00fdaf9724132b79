"""What is kept beside the state of a chain, so that a move looks only at what it changes. Compiled."""

from __future__ import annotations

import math

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.keys import replace_key, sort_keys
from pseudoipd.chain.losses import group_loss
from pseudoipd.chain.patients import key_of, log_part
from pseudoipd.model.structs import GROUPS, KIND, PROCESSES, Chain, Model, Parameters


@compiled()
def look_at_all(chain: Chain, p: Parameters, model: Model) -> float:
    """Bring all that is kept beside the state up to date with it; return the sum of the losses."""
    x, roles, timing, settings = chain.x, model.roles, model.timing, model.settings
    for i in range(len(x)):
        chain.path.stale[i] = True
        for process in range(PROCESSES):
            chain.logs[i, process] = log_part(process, x, i, p, model)
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
def changed_losses(total: float, bound: float, chain: Chain, model: Model) -> float:
    """Return `total` and the losses of the groups marked; above `bound` it need not be complete."""
    for g in range(len(chain.size)):
        if chain.changed[g] and total <= bound:
            chain.new_losses[g] = group_loss(
                g, chain.keys[g], chain.size[g], chain.x, model.timing, model.settings, chain.summary,
                bound - total,
            )  # fmt: skip
            total += chain.new_losses[g]
    return total


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
    return changed_losses(total, bound, chain, model)
