"""A reversible move for what mixes slowest: how many patients have the event. Compiled.

Turning an event into a censoring, or back, moves the curve for good, so that some claims fail; hardly ever
does the chain pass such a state by moves of one patient. So one patient's event is *flipped*, and then up to
three failing claims, each drawn from those that fail, are *mended*, each by a patient not touched before. A
mend is

- into: the patient who decides a quantile goes to a day in its interval;
- out: a patient in the interval of a quantile leaves it;
- midway: of the two between whom a quantile lies, the earlier shifts until the middle is in the interval;
- across: a patient is shifted to the other side of a time at which survival, or a number, is printed, or of
  the first day of the interval of a quantile: a late death for an early one that became a loss;
- turn: another patient's event becomes a censoring, or a censoring an event, for a number of events or for
  survival at a time;
- exchange: two patients, one with an MRD response and one without, exchange their times.

The way back flips the same patient back and undoes the mends in the same order: out undoes into, into undoes
out, the others undo themselves. Claims that fail on the way back are other ones, so the way back is walked to
find its probability. That is a Metropolis-Hastings step on paths (Tierney 1998); it keeps the law.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.beside import changed_losses, update_keys
from pseudoipd.chain.compiled import compiled, copy_into, inlined
from pseudoipd.chain.hazards import log_end
from pseudoipd.chain.keys import (
    COUNT,
    DAY_SHIFT,
    DAY_TOLERANCE,
    EVENTS,
    FU_MAX,
    FU_MEDIAN,
    FU_MIN,
    LOWER,
    MANTEL_BYAR,
    MEDIAN,
    N_EVENTS,
    PATIENT_BITS,
    PATIENT_MASK,
    PLATEAU,
    SURVIVAL,
    UPPER,
    count_from,
    curve_summary,
    survival_at,
)
from pseudoipd.chain.losses import HOLDS, claim_loss, decisive
from pseudoipd.chain.moves import place_in
from pseudoipd.chain.patients import agrees, log_course, log_part
from pseudoipd.chain.random_numbers import below, uniform
from pseudoipd.chain.repair import days_inside
from pseudoipd.model.structs import (
    CARRIED,
    CENSORING,
    EVENT,
    EVENTS_OF_FIRST,
    KIND,
    MRD,
    NEVER,
    PROCESSES,
    RELAPSE,
    RELAPSE_FREE,
    RELAPSED,
    SECOND_ENDPOINT,
    TIME,
    YES,
    Chain,
    Model,
    Parameters,
    Path,
    Timing,
)

MOST_MENDS = 3
ROOM = 1 + 2 * MOST_MENDS
"""Patients that a path can touch: the one flipped, and two for each mend."""
FEWER_MENDS = np.array([0.25, 0.55, 0.85, 1.0])
"""Probability of at most 0, 1, 2, 3 mends."""
INTO, OUT, MIDWAY, SWAP, ACROSS, TURN = range(6)
OVER_INTERVAL, TO_INTERVAL = 0.5, 0.7
"""Shares of the mends of a quantile of survival or follow-up: shifts across its interval, and of the others
those that move its deciding patient; the rest empties the interval. Nobody is shifted across another one."""
BY_TURN = 0.5
"""Share of the mends of survival at a time that turn an event; the others shift one across."""
NEAR, FAR = 15.0, 150.0
"""Means, in days, of the two exponentials by which a patient leaves a side, each half of the time."""
LARGEST_ODDS = 40.0
"""Bound of the log odds of a flip, far beyond any that is met."""
NO_EVENT, ANY_EVENT, NO_QUANTILE = 0, 2, -1


@compiled()
def flip_weight(x: np.ndarray, i: int, log_prior: float, p: Parameters, model: Model) -> float:
    """Return the weight of patient i among those that may be flipped: the root of the odds that it is worth.

    Weights balanced between there and back (Zanella 2020) find the rare early loss among many deaths;
    `log_prior` is that of the patient's time and event as they are.
    """
    if model.roles[x[i, KIND], RELAPSE_FREE] == YES:
        return 0.0
    event = 1 - x[i, EVENT]
    odds = log_course(x, i, event, p.table, model.settings) + log_end(x[i, TIME], event, p.cens_table)
    odds -= log_prior
    return math.exp(0.5 * min(odds, LARGEST_ODDS)) if odds > -LARGEST_ODDS else 0.0


@compiled()
def pick_weighted(random: np.ndarray, weight: np.ndarray, total: float) -> int:
    """Return a place with a probability in proportion to its weight."""
    u = uniform(random) * total
    i = 0
    while i < len(weight) - 1 and u >= weight[i]:
        u -= weight[i]
        i += 1
    return i


@inlined()
def group_of(claim: int, model: Model) -> int:
    """Return the group of a claim."""
    g = 0
    while model.timing.first[g + 1] <= claim:
        g += 1
    return g


@compiled()
def find_failing(x: np.ndarray, keys: np.ndarray, size: np.ndarray, path: Path, model: Model) -> int:
    """Mark the claims that do not hold, note the curves' summaries, and return how many claims fail."""
    timing, settings, count = model.timing, model.settings, 0
    for g in range(len(size)):
        # No mend is made for a comparison, nor at an endpoint that is carried: claims there count as met.
        mendable = not timing.compared[g] and timing.endpoint[g] < CARRIED
        if timing.first[g] == timing.first[g + 1] or size[g] == 0 or not mendable:
            continue
        curve_summary(keys[g], size[g], settings.z, settings.conf, timing.limits[g], path.summaries[g])
        for c in range(timing.first[g], timing.first[g + 1]):
            loss = claim_loss(c, keys[g], size[g], x, timing, settings, path.summaries[g])
            path.failing[c] = loss > HOLDS
            if path.failing[c]:
                count += 1
    return count


@compiled()
def pick_failing(random: np.ndarray, failing: np.ndarray, count: int) -> int:
    """Return one of the `count` failing claims."""
    left, c = below(random, count), 0
    while left > 0 or not failing[c]:
        if failing[c]:
            left -= 1
        c += 1
    return c


@compiled()
def event_of(what: int) -> int:
    """Return whether a quantile is decided by an event (1), by its absence (0) or by either (ANY_EVENT)."""
    if what in (MEDIAN, LOWER, UPPER, PLATEAU):
        return 1
    if what == FU_MEDIAN:
        return NO_EVENT
    return ANY_EVENT if what in (FU_MIN, FU_MAX) else NO_QUANTILE


@compiled()
def nth_inside(
    keys: np.ndarray, m: int, event: int, first: int, last: int, flipped: int, nth: int
) -> tuple[int, int]:  # fmt: skip
    """Return how many patients lie in an interval of days with or without the event, and the nth of them.

    The patient who is flipped does not count.
    """
    count, found = 0, -1
    for k in range(m):
        day = keys[k] >> DAY_SHIFT
        if day > last:
            break
        has = 1 - ((keys[k] >> PATIENT_BITS) & 1)
        i = keys[k] & PATIENT_MASK
        if day >= first and (event == ANY_EVENT or has == event) and i != flipped:
            if count == nth:
                found = i
            count += 1
    return count, found


@compiled()
def distance_away(random: np.ndarray) -> int:
    """Return by how many days, one or more, a patient ends up beyond a border."""
    scale = NEAR if uniform(random) < 0.5 else FAR
    return 1 + int(-scale * math.log(uniform(random)))


@compiled()
def log_distance(distance: int) -> float:
    """Return the log probability of a distance under `distance_away`, NaN if that cannot be."""
    if distance < 1:
        return math.nan
    near = math.exp(-(distance - 1) / NEAR) * -math.expm1(-1 / NEAR)
    far = math.exp(-(distance - 1) / FAR) * -math.expm1(-1 / FAR)
    return math.log(0.5 * (near + far) + 1e-300)


@inlined()
def log_leave(day: int, first: int, last: int) -> float:
    """Return the log probability of a day outside an interval, before or after it, NaN within it."""
    return log_distance(day - last if day > last else first - day) - math.log(2.0)


@inlined()
def shift_by(x: np.ndarray, i: int, endpoint: int, step: int) -> None:
    """Shift what a patient's key at an endpoint is made of."""
    if endpoint == SECOND_ENDPOINT and x[i, RELAPSED] == 1:
        x[i, RELAPSE] += step
    else:
        x[i, TIME] += step


@inlined()
def touched(path: Path, count: int, i: int) -> bool:
    """Say whether patient i is among the first `count` of a path."""
    found = False
    for k in range(count):
        found = found or path.patient[k] == i
    return found


@inlined()
def touch(x: np.ndarray, i: int, path: Path, k: int) -> None:
    """Note patient i, as they are, as the k-th of the path."""
    path.patient[k] = i
    copy_into(path.old[k], x[i])


@compiled()
def swap_times(
    random: np.ndarray, x: np.ndarray, keys: np.ndarray, m: int, path: Path, count: int, model: Model
) -> bool:
    """Exchange the times of two patients, one of them a responder; say whether that could be done."""
    i, j = keys[below(random, m)] & PATIENT_MASK, keys[below(random, m)] & PATIENT_MASK
    if model.roles[x[i, KIND], MRD] == model.roles[x[j, KIND], MRD]:
        return False
    if touched(path, count, i) or touched(path, count, j):
        return False
    touch(x, i, path, count)
    touch(x, j, path, count + 1)
    x[i, TIME], x[j, TIME] = x[j, TIME], x[i, TIME]
    x[i, EVENT], x[j, EVENT] = x[j, EVENT], x[i, EVENT]
    return True


@compiled()
def mend_quantile(
    random: np.ndarray, claim: int, g: int, stage: int, count: int, chain: Chain, model: Model
) -> float:  # fmt: skip
    """Shift a patient so that a quantile may hold; return the log probability, NaN where there is no mend."""
    x, keys, m, path, timing = chain.x, chain.keys[g], chain.size[g], chain.path, model.timing
    what, event = timing.statistic[claim], event_of(timing.statistic[claim])
    if event == NO_QUANTILE or timing.low[claim] == math.inf or timing.high[claim] == math.inf:
        return math.nan
    first, last = days_inside(timing.low[claim], timing.high[claim])
    if last < first:
        return math.nan
    days, across = last - first + 1, share_across(what)
    # No random number is spent where there is no choice.
    if across > 0.0 and uniform(random) < across:
        return mend_number(random, claim, g, stage, count, chain, model)
    if uniform(random) < TO_INTERVAL:
        position, value = decisive(what, m, path.summaries[g])
        if position < 0:
            return math.nan
        i, day = keys[position] & PATIENT_MASK, keys[position] >> DAY_SHIFT
        target = first + below(random, days)
        path.mend[stage] = INTO if value == day else MIDWAY
        step = target - day if value == day else int(2 * (target - value))
        chance = math.log((1 - across) * TO_INTERVAL / days)
    else:
        inside, _ = nth_inside(keys, m, event, first, last, path.patient[0], -1)
        if inside == 0:
            return math.nan
        _, i = nth_inside(keys, m, event, first, last, path.patient[0], below(random, inside))
        distance = distance_away(random)
        target = last + distance if uniform(random) < 0.5 else first - distance
        path.mend[stage] = OUT
        step = target - day_of_patient(keys, m, i)
        chance = math.log((1 - across) * (1 - TO_INTERVAL) / inside) + log_leave(target, first, last)
    if step == 0 or touched(path, count, i):
        return math.nan
    touch(x, i, path, count)
    shift_by(x, i, timing.endpoint[g], step)
    return chance


@inlined()
def share_across(what: int) -> float:
    """Return the share of a quantile's mends that shift a patient across its interval."""
    return OVER_INTERVAL if what in (MEDIAN, LOWER, UPPER, FU_MEDIAN) else 0.0


@inlined()
def border_of(claim: int, timing: Timing) -> int:
    """Return the day before which survival, or from which on a number or quantile, is; NEVER for events."""
    if timing.statistic[claim] == EVENTS:
        return NEVER
    if event_of(timing.statistic[claim]) != NO_QUANTILE:
        return days_inside(timing.low[claim], timing.high[claim])[0]
    if timing.statistic[claim] == COUNT:
        return math.ceil(timing.at[claim] - DAY_TOLERANCE)
    return math.floor(timing.at[claim] + DAY_TOLERANCE) + 1


@inlined()
def too_low(claim: int, g: int, chain: Chain, timing: Timing) -> bool:
    """Say whether a number, a quantile, or survival at a time is below its interval."""
    what, keys, m = timing.statistic[claim], chain.keys[g], chain.size[g]
    if what == EVENTS:
        return chain.path.summaries[g, N_EVENTS] < timing.low[claim]
    if what == COUNT:
        return count_from(keys, m, timing.at[claim]) < timing.low[claim]
    if what != SURVIVAL:
        return decisive(what, m, chain.path.summaries[g])[1] < timing.low[claim]
    return survival_at(keys, m, timing.at[claim]) < timing.low[claim]


@inlined()
def candidates(what: int, turns: bool, low: bool, border: int) -> tuple[int, int, int]:
    """Return event, first and last day of those whose turn or shift raises a number, if `low`, or lowers it.

    Survival rises, and so does a quantile, where an event before it is a censoring or lies later; a number of
    events where a censoring becomes one.
    """
    if turns:
        return 1 if (what == SURVIVAL) == low else NO_EVENT, 0, border - 1
    event = event_of(what)
    if event == NO_QUANTILE:
        event = 1 if what == SURVIVAL else ANY_EVENT
    return (event, 0, border - 1) if low else (event, border, NEVER)


@compiled()
def mend_number(
    random: np.ndarray, claim: int, g: int, stage: int, count: int, chain: Chain, model: Model
) -> float:  # fmt: skip
    """Turn a patient, or shift one across, so that a claim may hold; return as `mend_quantile`."""
    x, keys, m, path, timing = chain.x, chain.keys[g], chain.size[g], chain.path, model.timing
    what, border, low = timing.statistic[claim], border_of(claim, timing), too_low(claim, g, chain, timing)
    turns = what == EVENTS or (what == SURVIVAL and uniform(random) < BY_TURN)
    event, first, last = candidates(what, turns, low, border)
    inside, _ = nth_inside(keys, m, event, first, last, path.patient[0], -1)
    if inside == 0:
        return math.nan
    _, i = nth_inside(keys, m, event, first, last, path.patient[0], below(random, inside))
    second = timing.endpoint[g] == SECOND_ENDPOINT
    # A relapse is no event of the first endpoint: it is not turned.
    if touched(path, count, i) or (turns and second and x[i, RELAPSED] == 1):
        return math.nan
    touch(x, i, path, count)
    chance = log_share(what, turns) - math.log(inside)
    if turns:
        path.mend[stage] = TURN
        x[i, EVENT] = 1 - x[i, EVENT]
        return chance
    path.mend[stage] = ACROSS
    distance = distance_away(random)
    target = border - 1 + distance if low else border - distance
    shift_by(x, i, timing.endpoint[g], target - day_of_patient(keys, m, i))
    return chance + log_distance(distance)


@inlined()
def log_share(what: int, turns: bool) -> float:
    """Return the log probability that a mend turns, or does not turn, an event."""
    if what != SURVIVAL:
        across = share_across(what)
        return math.log(across) if across > 0.0 else 0.0
    return math.log(BY_TURN if turns else 1.0 - BY_TURN)


@compiled()
def log_undo_number(claim: int, g: int, stage: int, count: int, chain: Chain, model: Model) -> float:
    """Return the log probability of the turn or shift that undoes that of a stage, NaN where it cannot be."""
    x, keys, m, path, timing = chain.x, chain.keys[g], chain.size[g], chain.path, model.timing
    what, border, low = timing.statistic[claim], border_of(claim, timing), too_low(claim, g, chain, timing)
    turns, i = path.mend[stage] == TURN, path.patient[count]
    event, first, last = candidates(what, turns, low, border)
    day = day_of_patient(keys, m, i)
    has = has_event(x, i, timing.endpoint[g])
    if day < first or day > last or (event != ANY_EVENT and has != (event == 1)):
        return math.nan
    inside, _ = nth_inside(keys, m, event, first, last, path.patient[0], -1)
    chance = log_share(what, turns) - math.log(inside)
    if turns:
        return chance
    target = day - shift_made(x, i, timing.endpoint[g], path, count)
    return chance + log_distance(target - border + 1 if low else border - target)


@inlined()
def has_event(x: np.ndarray, i: int, endpoint: int) -> bool:
    """Say whether a patient has the event at an endpoint."""
    return x[i, EVENT] == 1 or (endpoint == SECOND_ENDPOINT and x[i, RELAPSED] == 1)


@inlined()
def shift_made(x: np.ndarray, i: int, endpoint: int, path: Path, k: int) -> int:
    """Return by how many days the k-th patient of a path, i, has been shifted at an endpoint."""
    column = RELAPSE if endpoint == SECOND_ENDPOINT and x[i, RELAPSED] == 1 else TIME
    return x[i, column] - path.old[k, column]


@compiled()
def day_of_patient(keys: np.ndarray, m: int, i: int) -> int:
    """Return the day of a patient's key."""
    k = 0
    while k < m - 1 and keys[k] & PATIENT_MASK != i:
        k += 1
    return keys[k] >> DAY_SHIFT


@compiled()
def log_undo(claim: int, g: int, stage: int, count: int, chain: Chain, model: Model) -> float:
    """Return the log probability of the mend that undoes that of a stage, NaN where it cannot be."""
    x, keys, m, path, timing = chain.x, chain.keys[g], chain.size[g], chain.path, model.timing
    what, event = timing.statistic[claim], event_of(timing.statistic[claim])
    first, last = days_inside(timing.low[claim], timing.high[claim])
    i, across = path.patient[count], share_across(what)
    day = day_of_patient(keys, m, i)
    target = day - shift_made(x, i, timing.endpoint[g], path, count)
    if path.mend[stage] == INTO:
        inside, _ = nth_inside(keys, m, event, first, last, path.patient[0], -1)
        has = has_event(x, i, timing.endpoint[g])
        if day < first or day > last or (event != ANY_EVENT and has != (event == 1)):
            return math.nan
        return math.log((1 - across) * (1 - TO_INTERVAL) / inside) + log_leave(target, first, last)
    position, value = decisive(what, m, path.summaries[g])
    if position < 0 or keys[position] & PATIENT_MASK != i:
        return math.nan
    if (value == day) != (path.mend[stage] == OUT):
        return math.nan
    # Midway: the statistic, in half days, moves by half of the patient's shift.
    reached = 2 * target if value == day else int(2 * value) + target - day
    if reached % 2 != 0 or reached < 2 * first or reached > 2 * last:
        return math.nan
    return math.log((1 - across) * TO_INTERVAL / (last - first + 1))


@compiled()
def put_back(first: int, count: int, rows: np.ndarray, chain: Chain, model: Model) -> None:
    """Give patients of the path, from the `first` on, what stands in `rows` [ROOM, STATE]."""
    path = chain.path
    for k in range(first, first + count):
        copy_into(chain.x[path.patient[k]], rows[k])
        update_keys(path.patient[k], chain, model)


@compiled()
def walk_there(
    random: np.ndarray, mends: int, chain: Chain, model: Model
) -> tuple[int, float]:  # fmt: skip
    """Mend after a flip; return how many patients are touched, and the log probability, NaN if it fails."""
    x, path, count, log_path = chain.x, chain.path, 1, 0.0
    for stage in range(mends):
        failing = find_failing(x, chain.keys, chain.size, path, model)
        if failing == 0:
            return count, math.nan
        claim = pick_failing(random, path.failing, failing)
        g, added, chance = group_of(claim, model), 1, 0.0
        keys, m = chain.keys[g], chain.size[g]
        path.claim[stage] = claim
        what = model.timing.statistic[claim]
        if what == MANTEL_BYAR:
            path.mend[stage], added = SWAP, 2
            if not swap_times(random, x, keys, m, path, count, model):
                return count, math.nan
        elif what in (EVENTS, COUNT, SURVIVAL):
            chance = mend_number(random, claim, g, stage, count, chain, model)
        else:
            chance = mend_quantile(random, claim, g, stage, count, chain, model)
        if math.isnan(chance):
            return count, math.nan
        log_path += chance - math.log(failing)
        for k in range(count, count + added):
            if not agrees(x, path.patient[k], model.roles, model.settings):
                return count + added, math.nan
        for k in range(count, count + added):
            update_keys(path.patient[k], chain, model)
        count += added
    return count, log_path


@compiled()
def walk_back(mends: int, chain: Chain, model: Model) -> float:
    """Undo a path, flip first; return the log probability of the way back, NaN where there is none."""
    path, count, log_path = chain.path, 1, 0.0
    put_back(0, 1, path.old, chain, model)
    for stage in range(mends):
        failing, claim = find_failing(chain.x, chain.keys, chain.size, path, model), path.claim[stage]
        if not path.failing[claim]:
            return math.nan
        log_path -= math.log(failing)
        undone = 2 if path.mend[stage] == SWAP else 1
        if path.mend[stage] in (ACROSS, TURN):
            log_path += log_undo_number(claim, group_of(claim, model), stage, count, chain, model)
        elif path.mend[stage] != SWAP:
            log_path += log_undo(claim, group_of(claim, model), stage, count, chain, model)
        if math.isnan(log_path):
            return math.nan
        put_back(count, undone, path.old, chain, model)
        count += undone
    return log_path


@compiled()
def all_losses(bound: float, chain: Chain, model: Model) -> float:
    """Return the sum of all losses anew; above `bound` it need not be complete."""
    chain.changed[:] = True
    return changed_losses(0.0, bound, chain, model)


@inlined()
def weigh_flips(chain: Chain, p: Parameters, model: Model) -> float:
    """Bring the weights of the flips up to date and return their sum."""
    total, known, path = 0.0, chain.logs, chain.path
    for k in range(len(chain.x)):
        if path.stale[k]:
            log_prior = known[k, EVENTS_OF_FIRST] + known[k, CENSORING]
            path.weight[k] = flip_weight(chain.x, k, log_prior, p, model)
            path.stale[k] = False
        total += path.weight[k]
    return total


@inlined()
def log_flip_ratio(count: int, total: float, chain: Chain, p: Parameters, model: Model) -> float:
    """Return the log ratio, without the mends' part, of a path that has touched `count` patients.

    That is how much their log prior has risen, and which patient is flipped, back and there; `total` was the
    sum of the weights. The rows and logs after the path are noted. NaN where there is no way back.
    """
    x, path, log_ratio, weight = chain.x, chain.path, -math.log(chain.path.weight[chain.path.patient[0]]), 0.0
    new_total = total
    for k in range(count):
        j = path.patient[k]
        for process in range(PROCESSES):
            path.logs[k, process] = log_part(process, x, j, p, model)
            log_ratio += path.logs[k, process] - chain.logs[j, process]
        log_prior = path.logs[k, EVENTS_OF_FIRST] + path.logs[k, CENSORING]
        new = flip_weight(x, j, log_prior, p, model)
        new_total += new - path.weight[j]
        if k == 0:
            weight = new
        copy_into(path.new[k], x[j])
    if weight <= 0.0:
        return math.nan
    return log_ratio + math.log(weight / new_total) + math.log(total)


@compiled()
def flip_and_mend(
    random: np.ndarray, loss: float, strictness: float, chain: Chain, p: Parameters, model: Model
) -> float:  # fmt: skip
    """Flip an event and mend claims, or stay; return the loss then. `flips` says what that is."""
    x, path, total = chain.x, chain.path, weigh_flips(chain, p, model)
    if total <= 0.0:
        return loss
    i, mends = pick_weighted(random, path.weight, total), place_in(uniform(random), FEWER_MENDS)
    log_accept = math.log(uniform(random))
    if path.weight[i] <= 0.0:
        return loss
    touch(x, i, path, 0)
    x[i, EVENT] = 1 - x[i, EVENT]
    if not agrees(x, i, model.roles, model.settings):
        x[i, EVENT] = 1 - x[i, EVENT]
        return loss
    update_keys(i, chain, model)
    count, log_there = walk_there(random, mends, chain, model)
    log_ratio = math.nan
    if not math.isnan(log_there):
        log_ratio = log_flip_ratio(count, total, chain, p, model) - log_there
    # The way back has a log probability of at most 0, so most refusals do not need it.
    bound = -1.0 if math.isnan(log_ratio) else loss + (log_ratio - log_accept) / strictness
    new = all_losses(bound, chain, model) if bound >= 0.0 else math.inf
    if new <= bound:
        log_back = walk_back(mends, chain, model)
        if log_accept < log_ratio + log_back - strictness * (new - loss):
            put_back(0, count, path.new, chain, model)
            for k in range(count):
                copy_into(chain.logs[path.patient[k]], path.logs[k])
                path.stale[path.patient[k]] = True
            copy_into(chain.losses, chain.new_losses)
            return new
    put_back(0, count, path.old, chain, model)
    return loss
