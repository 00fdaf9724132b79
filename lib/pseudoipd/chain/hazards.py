"""The prior in compiled form: probabilities of days, and draws from it; `prior` says what it means.

`theta` are the parameters of one hazard and `table` what is made of them, `cens` and `cens_table` those of
censoring, `distance` float64[pieces - 1] as prior.log_time_steps; `structs` names the places in them. `law`
is what theta is drawn from, as prior.Law.packed.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.random_numbers import draw_beta_logit, normal, uniform
from pseudoipd.model.structs import (
    BETWEEN,
    CUMULATIVE,
    FIRST_DAY,
    FRACTION,
    HAZARD,
    INTERVAL,
    KIND_SIZE,
    KINDS,
    LOG_DEATH,
    LOG_LONGEST,
    LOG_LOSS,
    LOG_OTHERS,
    LOG_SHAPE,
    LOG_SPAN,
    LOGIT_CURED,
    LOGIT_LOST,
    LOGIT_SHORTEST,
    LONGEST,
    LOSS_RATE,
    MEANS,
    SHAPE,
    SHORTEST,
    SPREAD,
    VISIT_PARAMETERS,
    VISITS,
    WEIGHT,
    Hyper,
)

SMALLEST = 1e-300
"""Least probability whose logarithm is taken: below it rounding of a difference can leave nothing."""
LOG_NEVER = -700.0
"""The logarithm that stands for less: finite, so that two such patients can still be compared."""


@compiled()
def log_probability(p: float) -> float:
    """Return log p, bounded where p is rounded to nothing."""
    return math.log(p) if p > SMALLEST else LOG_NEVER


@compiled()
def tabulate(edges: np.ndarray, theta: np.ndarray, table: np.ndarray) -> None:
    """Fill `table`: of each piece its first day, hazard per day and cumulative hazard there; and the rest.

    `edges` float64[pieces] are the first days.
    """
    total = 0.0
    for j in range(len(edges)):
        table[FIRST_DAY, j] = edges[j]
        table[HAZARD, j] = math.exp(theta[j])
        table[CUMULATIVE, j] = total
        if j + 1 < len(edges):
            total += table[HAZARD, j] * (edges[j + 1] - edges[j])
    table[FRACTION, 0] = 1.0 / (1.0 + math.exp(-theta[LOGIT_CURED]))
    table[LOG_OTHERS, 0] = -math.log1p(math.exp(theta[LOGIT_CURED]))
    for j in range(len(edges)):
        table[LOG_DEATH, j] = table[LOG_OTHERS, 0] + log_probability(-math.expm1(-table[HAZARD, j]))
    table[INTERVAL, 0] = 0.0
    pieces = len(edges)
    if len(theta) > pieces + 1:
        table[INTERVAL, 0] = math.exp(theta[pieces])
        table[BETWEEN, 0] = 1.0 / (1.0 + math.exp(-theta[pieces + 1]))
        table[SPREAD, 0] = math.exp(theta[pieces + 2])


@compiled()
def tabulate_censoring(cens: np.ndarray, horizon: float, accrual: float, cens_table: np.ndarray) -> None:
    """Fill `cens_table`: shortest and longest follow-up in days, early losses per day, shape of accrual.

    `cens` holds log of the longest follow-up b in days, logit of a / b, logit of the share lost by `horizon`,
    and log of the shape.
    """
    cens_table[LONGEST] = math.exp(cens[LOG_LONGEST])
    # Of what is possible: patients who entered within so many days differ by no more in follow-up.
    least = max(0.0, cens_table[LONGEST] - accrual)
    possible = cens_table[LONGEST] - least
    cens_table[SHORTEST] = least + possible / (1.0 + math.exp(-cens[LOGIT_SHORTEST]))
    cens_table[LOSS_RATE] = -math.log1p(-1.0 / (1.0 + math.exp(-cens[LOGIT_LOST]))) / horizon
    cens_table[SHAPE] = math.exp(cens[LOG_SHAPE])
    cens_table[LOG_SPAN] = log_probability(cens_table[LONGEST] - cens_table[SHORTEST])
    cens_table[LOG_LOSS] = log_probability(-math.expm1(-cens_table[LOSS_RATE]))


@compiled()
def visits_passed(day: float, interval: float, spread: float) -> float:
    """Return how many visits are to be expected by a day; `prior.visits_passed` says by which law."""
    k = math.floor(day / interval + 0.5)
    if k < 1:
        return 0.0
    wide = spread * math.sqrt(k)
    lowest = 1.0 / (1.0 + math.exp(interval / (2.0 * wide)))
    share = 1.0 / (1.0 + math.exp((k * interval - day) / wide))
    return k - 1.0 + (share - lowest) / (1.0 - 2.0 * lowest)


@compiled()
def warped(day: float, table: np.ndarray) -> float:
    """Return the time whose hazard is accrued by a day: the day itself without visits; see `prior.warped`."""
    interval, between = table[INTERVAL, 0], table[BETWEEN, 0]
    if interval <= 0.0:
        return day
    return between * day + (1.0 - between) * interval * visits_passed(day, interval, table[SPREAD, 0])


@inlined()
def piece_of(time: float, table: np.ndarray) -> int:
    """Return the piece of a time, which is not negative."""
    j = table.shape[1] - 1
    while table[FIRST_DAY, j] > time:
        j -= 1
    return j


@inlined()
def cumulative_hazard(time: float, j: int, table: np.ndarray) -> float:
    """Return the cumulative hazard at a time in piece j."""
    return table[CUMULATIVE, j] + table[HAZARD, j] * (time - table[FIRST_DAY, j])


@compiled()
def hazard_by(day: float, table: np.ndarray) -> float:
    """Return the cumulative hazard by the end of a day that is not negative."""
    time = warped(day, table)
    return cumulative_hazard(time, piece_of(time, table), table)


@compiled()
def survival_probability(day: float, table: np.ndarray) -> float:
    """Return P(T > day)."""
    if day <= 0:
        return 1.0
    cured = table[FRACTION, 0]
    return cured + (1.0 - cured) * math.exp(-hazard_by(day, table))


@compiled()
def log_event(day: int, table: np.ndarray) -> float:
    """Return log P(day - 1 < T ≤ day)."""
    if table[INTERVAL, 0] <= 0.0:
        j = piece_of(day - 1.0, table)
        # Within a piece the chance of an event on a day depends on the piece only: no logarithm is needed.
        if j == table.shape[1] - 1 or table[FIRST_DAY, j + 1] >= day:
            return max(LOG_NEVER, table[LOG_DEATH, j] - cumulative_hazard(day - 1.0, j, table))
    before = hazard_by(day - 1.0, table)
    rise = hazard_by(float(day), table) - before
    return max(LOG_NEVER, table[LOG_OTHERS, 0] - before + log_probability(-math.expm1(-rise)))


@compiled()
def log_survival(day: int, table: np.ndarray) -> float:
    """Return log P(T > day)."""
    return log_probability(survival_probability(float(day), table))


@compiled()
def log_followed(day: float, cens_table: np.ndarray) -> float:
    """Return log P(C > day): staggered entry before one cut-off, and exponential early loss."""
    if day <= 0.0:
        return 0.0
    if day >= cens_table[LONGEST]:
        return LOG_NEVER
    kept = -cens_table[LOSS_RATE] * day
    if day > cens_table[SHORTEST]:
        kept += cens_table[SHAPE] * (math.log(cens_table[LONGEST] - day) - cens_table[LOG_SPAN])
    return max(LOG_NEVER, kept)


@compiled()
def under_observation(day: float, cens_table: np.ndarray) -> float:
    """Return P(C > day)."""
    return 0.0 if day >= cens_table[LONGEST] else math.exp(log_followed(day, cens_table))


@compiled()
def last_contact_at(u: float, cens_table: np.ndarray) -> int:
    """Return the first day after which less than `u` of the cohort is under observation, by bisection."""
    before, day = 0, max(1, math.ceil(cens_table[LONGEST]))
    while day - before > 1:
        middle = (before + day) // 2
        if under_observation(float(middle), cens_table) < u:
            day = middle
        else:
            before = middle
    return day


@compiled()
def log_last_contact(day: int, cens_table: np.ndarray) -> float:
    """Return log P(day - 1 < C ≤ day)."""
    before = log_followed(day - 1.0, cens_table)
    if day <= cens_table[SHORTEST]:
        return max(LOG_NEVER, before + cens_table[LOG_LOSS])
    fall = before - log_followed(float(day), cens_table)
    return max(LOG_NEVER, before + math.log(-math.expm1(-fall))) if fall > 0.0 else LOG_NEVER


@compiled()
def log_time(day: int, event: int, table: np.ndarray) -> float:
    """Return the part of the events in the log prior of an observation: one on `day`, or none by then."""
    return log_event(day, table) if event == 1 else log_survival(day, table)


@compiled()
def log_end(day: int, event: int, cens_table: np.ndarray) -> float:
    """Return the part of censoring in the log prior of an observation."""
    # An event wins against the end of observation on the same day: it needs C ≥ day only.
    return log_followed(day - 1.0, cens_table) if event == 1 else log_last_contact(day, cens_table)


@compiled()
def draw_event_day(random: np.ndarray, table: np.ndarray, limit: int) -> int:
    """Return a day of the event from the prior, or `limit` for cured or later."""
    return day_of(uniform(random), table, limit)


@compiled()
def day_of(u: float, table: np.ndarray, limit: int) -> int:
    """Return the day by which P(T > day) has fallen to `u`, or `limit` for never or later."""
    cured = table[FRACTION, 0]
    if u <= cured:
        return limit
    target = -math.log((u - cured) / (1.0 - cured))
    j = table.shape[1] - 1
    while table[CUMULATIVE, j] > target:
        j -= 1
    accrued = table[FIRST_DAY, j] + (target - table[CUMULATIVE, j]) / table[HAZARD, j]
    day = math.ceil(accrued) if table[INTERVAL, 0] <= 0.0 else unwarped(accrued, table)
    return min(limit, max(1, day))


@compiled()
def unwarped(accrued: float, table: np.ndarray) -> int:
    """Return the first day by which so much warped time is accrued, by bisection."""
    # No visit finds what has not happened yet; what has is found one interval later at the latest.
    before = max(0, math.floor(accrued) - 1)
    after = math.ceil(accrued + table[INTERVAL, 0]) + 1
    while after - before > 1:
        middle = (before + after) // 2
        if warped(float(middle), table) >= accrued:
            after = middle
        else:
            before = middle
    return after


@compiled()
def draw_censoring_day(random: np.ndarray, cens_table: np.ndarray) -> int:
    """Return a day of last contact from the prior."""
    span = cens_table[LONGEST] - cens_table[SHORTEST]
    cutoff = cens_table[LONGEST] - uniform(random) ** (1.0 / cens_table[SHAPE]) * span
    loss = -math.log(uniform(random)) / cens_table[LOSS_RATE]
    return max(1, math.ceil(min(cutoff, loss)))


@inlined()
def log_normal(x: float, mean: float, sd: float) -> float:
    """Return the normal log density without its constant."""
    return -0.5 * ((x - mean) / sd) ** 2


@inlined()
def log_beta_logit(x: float, a: float, b: float) -> float:
    """Return the log density of the logit of a Beta(a, b) variable without its constant."""
    return -a * math.log1p(math.exp(-x)) - b * math.log1p(math.exp(x))


@compiled()
def hazard_size(pieces: int, law: np.ndarray) -> int:
    """Return the number of parameters of a hazard: three more where events are found at visits."""
    return pieces + 1 + (VISIT_PARAMETERS if law[VISITS + 1] > 0.0 else 0)


@compiled()
def log_steps(
    theta: np.ndarray, mean: np.ndarray, distance: np.ndarray, step_sd: float, trend_sd: float
) -> float:
    """Return the log density of the steps between log hazards, whatever the trend, but for (2π)^(-steps / 2).

    With the trend integrated out the steps are normal around those of `mean` with covariance
    step_sd² I + trend_sd² d d', d the `distance` in log time; its inverse is that of Sherman and Morrison
    (1950), its determinant by the matrix determinant lemma.
    """
    squares = along = length = 0.0
    for j in range(1, len(mean)):
        step = theta[j] - theta[j - 1] - mean[j] + mean[j - 1]
        squares += step * step
        along += step * distance[j - 1]
        length += distance[j - 1] ** 2
    inflated = step_sd**2 + trend_sd**2 * length
    value = -0.5 * (squares - (trend_sd * along) ** 2 / inflated) / step_sd**2
    return value - (len(mean) - 1) * math.log(step_sd) - 0.5 * math.log(inflated / step_sd**2)


@compiled()
def log_kind(theta: np.ndarray, kind: int, distance: np.ndarray, law: np.ndarray) -> float:
    """Return the log density of one kind of hazard, 0 or 1; without what both share."""
    at, pieces = KINDS + kind * KIND_SIZE, len(distance) + 1
    mean = law[MEANS + kind * pieces : MEANS + (kind + 1) * pieces]
    a, b = law[at + 3], law[at + 4]
    value = log_normal(theta[0], mean[0], law[at]) - math.log(law[at])
    value += log_steps(theta, mean, distance, law[at + 1], law[at + 2])
    return (
        value
        + log_beta_logit(theta[LOGIT_CURED], a, b)
        + math.lgamma(a + b)
        - math.lgamma(a)
        - math.lgamma(b)
    )


@compiled()
def log_hyper_hazard(theta: np.ndarray, distance: np.ndarray, law: np.ndarray) -> float:
    """Return the log hyperprior of one hazard: `distance` of prior.log_time_steps, `law` of Law.packed."""
    weight = law[WEIGHT]
    value = log_kind(theta, 0, distance, law)
    if weight > 0.0:
        other = math.log(weight) + log_kind(theta, 1, distance, law)
        value += math.log(1.0 - weight)
        value = max(value, other) + math.log1p(math.exp(-abs(value - other)))
    pieces = len(distance) + 1
    if len(theta) > pieces + 1:
        value += log_normal(theta[pieces], law[VISITS], law[VISITS + 1])
        value += log_beta_logit(theta[pieces + 1], law[VISITS + 2], law[VISITS + 3])
        value += log_normal(theta[pieces + 2], law[VISITS + 4], law[VISITS + 5])
    return value


@compiled()
def log_hyper_cens(cens: np.ndarray, hyper: Hyper) -> float:
    """Return the log hyperprior of the censoring parameters, without its constant."""
    return (
        log_normal(cens[LOG_LONGEST], hyper.log_longest, hyper.longest_sd)
        + log_beta_logit(cens[LOGIT_SHORTEST], hyper.shortest_a, hyper.shortest_b)
        + log_beta_logit(cens[LOGIT_LOST], hyper.lost_a, hyper.lost_b)
        + log_normal(cens[LOG_SHAPE], 0.0, hyper.accrual_sd)
    )


@compiled()
def draw_kind(
    random: np.ndarray, kind: int, distance: np.ndarray, law: np.ndarray, theta: np.ndarray
) -> None:
    """Draw log hazards and cured fraction of one kind of hazard, 0 or 1."""
    pieces = len(distance) + 1
    at, mean = KINDS + kind * KIND_SIZE, MEANS + kind * pieces
    walk = law[at] * normal(random)
    trend = law[at + 2] * normal(random)
    theta[0] = law[mean] + walk
    for j in range(1, pieces):
        walk += trend * distance[j - 1] + law[at + 1] * normal(random)
        theta[j] = law[mean + j] + walk
    theta[LOGIT_CURED] = draw_beta_logit(random, law[at + 3], law[at + 4])


@compiled()
def draw_visits(random: np.ndarray, pieces: int, law: np.ndarray, theta: np.ndarray) -> None:
    """Draw the parameters of visits, if there are any."""
    if len(theta) > pieces + 1:
        theta[pieces] = law[VISITS] + law[VISITS + 1] * normal(random)
        theta[pieces + 1] = draw_beta_logit(random, law[VISITS + 2], law[VISITS + 3])
        theta[pieces + 2] = law[VISITS + 4] + law[VISITS + 5] * normal(random)


@compiled()
def draw_hazard(random: np.ndarray, distance: np.ndarray, law: np.ndarray, theta: np.ndarray) -> None:
    """Draw the parameters of one hazard from the hyperprior."""
    draw_kind(random, 1 if uniform(random) < law[WEIGHT] else 0, distance, law, theta)
    draw_visits(random, len(distance) + 1, law, theta)


@compiled()
def kind_given(random: np.ndarray, theta: np.ndarray, distance: np.ndarray, law: np.ndarray) -> int:
    """Draw the kind of a hazard, 0 or 1, given its parameters."""
    weight = law[WEIGHT]
    if weight <= 0.0:
        return 0
    odds = log_kind(theta, 1, distance, law) - log_kind(theta, 0, distance, law)
    u = uniform(random)
    return 1 if math.log(u / (1.0 - u)) < odds + math.log(weight / (1.0 - weight)) else 0


@compiled()
def draw_cens(random: np.ndarray, hyper: Hyper, cens: np.ndarray) -> None:
    """Draw the censoring parameters from the hyperprior."""
    cens[LOG_LONGEST] = hyper.log_longest + hyper.longest_sd * normal(random)
    cens[LOGIT_SHORTEST] = draw_beta_logit(random, hyper.shortest_a, hyper.shortest_b)
    cens[LOGIT_LOST] = draw_beta_logit(random, hyper.lost_a, hyper.lost_b)
    cens[LOG_SHAPE] = hyper.accrual_sd * normal(random)


@compiled()
def log_relapse(relapsed: int, relapse: int, time: int, origin: int, table: np.ndarray) -> float:
    """Return the log prior probability of the relapse day, or of none before `time`."""
    if relapsed == 1:
        return log_event(relapse - origin, table)
    # A relapse on the last day would not be seen before it: only the days up to `time` - 1 are free of one.
    return log_survival(time - 1 - origin, table)
