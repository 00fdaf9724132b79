"""The prior in compiled form: probabilities of days, and draws from it; `prior` says what it means.

`theta` are the parameters of one hazard and `table` what is made of them, `cens` and `cens_table` those of
censoring, `distance` float64[pieces - 1] as prior.log_time_steps; `structs`
names the places in them.
"""

from __future__ import annotations

import math

import numpy as np

from pseudoipd.chain.compiled import compiled, inlined
from pseudoipd.chain.random_numbers import draw_beta_logit, normal, uniform
from pseudoipd.model.structs import (
    CUMULATIVE,
    CURED,
    FIRST_DAY,
    HAZARD,
    LOG_DEATH,
    LOG_LONGEST,
    LOG_LOSS,
    LOG_SHAPE,
    LOG_SPAN,
    LOGIT_CURED,
    LOGIT_LOST,
    LOGIT_SHORTEST,
    LONGEST,
    LOSS_RATE,
    SHAPE,
    SHORTEST,
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
    table[CURED, 0] = 1.0 / (1.0 + math.exp(-theta[LOGIT_CURED]))
    table[CURED, 1] = -math.log1p(math.exp(theta[LOGIT_CURED]))
    for j in range(len(edges)):
        table[LOG_DEATH, j] = table[CURED, 1] + math.log(-math.expm1(-table[HAZARD, j]))


@compiled()
def tabulate_censoring(cens: np.ndarray, horizon: float, cens_table: np.ndarray) -> None:
    """Fill `cens_table`: shortest and longest follow-up in days, early losses per day, shape of accrual.

    `cens` holds log of the longest follow-up b in days, logit of a / b, logit of the share lost by `horizon`,
    and log of the shape.
    """
    cens_table[LONGEST] = math.exp(cens[LOG_LONGEST])
    cens_table[SHORTEST] = cens_table[LONGEST] / (1.0 + math.exp(-cens[LOGIT_SHORTEST]))
    cens_table[LOSS_RATE] = -math.log1p(-1.0 / (1.0 + math.exp(-cens[LOGIT_LOST]))) / horizon
    cens_table[SHAPE] = math.exp(cens[LOG_SHAPE])
    cens_table[LOG_SPAN] = log_probability(cens_table[LONGEST] - cens_table[SHORTEST])
    cens_table[LOG_LOSS] = log_probability(-math.expm1(-cens_table[LOSS_RATE]))


@compiled()
def survival_probability(day: float, table: np.ndarray) -> float:
    """Return P(T > day)."""
    if day <= 0:
        return 1.0
    j = table.shape[1] - 1
    while table[FIRST_DAY, j] > day:
        j -= 1
    cured = table[CURED, 0]
    hazard = table[CUMULATIVE, j] + table[HAZARD, j] * (day - table[FIRST_DAY, j])
    return cured + (1.0 - cured) * math.exp(-hazard)


@inlined()
def cumulative_hazard(day: float, j: int, table: np.ndarray) -> float:
    """Return the cumulative hazard at a day in piece j."""
    return table[CUMULATIVE, j] + table[HAZARD, j] * (day - table[FIRST_DAY, j])


@inlined()
def piece_of(day: float, table: np.ndarray) -> int:
    """Return the piece of a day, which is not negative."""
    j = table.shape[1] - 1
    while table[FIRST_DAY, j] > day:
        j -= 1
    return j


@compiled()
def log_event(day: int, table: np.ndarray) -> float:
    """Return log P(day - 1 < T ≤ day)."""
    j = piece_of(day - 1.0, table)
    before = cumulative_hazard(day - 1.0, j, table)
    # Within a piece the chance of an event on a day depends on the piece only: no logarithm is needed.
    if j == table.shape[1] - 1 or table[FIRST_DAY, j + 1] >= day:
        return max(LOG_NEVER, table[LOG_DEATH, j] - before)
    rise = cumulative_hazard(float(day), piece_of(float(day), table), table) - before
    return max(LOG_NEVER, table[CURED, 1] - before + math.log(-math.expm1(-rise)))


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
    cured = table[CURED, 0]
    if u <= cured:
        return limit
    target = -math.log((u - cured) / (1.0 - cured))
    j = table.shape[1] - 1
    while table[CUMULATIVE, j] > target:
        j -= 1
    day = table[FIRST_DAY, j] + (target - table[CUMULATIVE, j]) / table[HAZARD, j]
    return min(limit, max(1, math.ceil(day)))


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
def log_steps(theta: np.ndarray, distance: np.ndarray, step_sd: float, trend_sd: float) -> float:
    """Return the log density, without its constant, of the steps between log hazards, whatever the trend.

    With the trend integrated out the steps are normal with covariance step_sd² I + trend_sd² d d', d the
    `distance` in log time; its inverse is that of Sherman and Morrison (1950).
    """
    squares = along = length = 0.0
    for j in range(1, len(theta) - 1):
        step = theta[j] - theta[j - 1]
        squares += step * step
        along += step * distance[j - 1]
        length += distance[j - 1] ** 2
    shared = (trend_sd * along) ** 2 / (step_sd**2 + trend_sd**2 * length)
    return -0.5 * (squares - shared) / step_sd**2


@compiled()
def log_hyper_hazard(theta: np.ndarray, centre: float, distance: np.ndarray, hyper: Hyper) -> float:
    """Return the log hyperprior of one hazard, without its constant."""
    return (
        log_normal(theta[0], centre, hyper.first_sd)
        + log_steps(theta, distance, hyper.step_sd, hyper.trend_sd)
        + log_beta_logit(theta[LOGIT_CURED], hyper.cured_a, hyper.cured_b)
    )


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
def draw_hazard(
    random: np.ndarray, centre: float, distance: np.ndarray, hyper: Hyper, theta: np.ndarray
) -> None:
    """Draw the parameters of one hazard from the hyperprior."""
    theta[0] = centre + hyper.first_sd * normal(random)
    trend = hyper.trend_sd * normal(random)
    for j in range(1, len(theta) - 1):
        theta[j] = theta[j - 1] + trend * distance[j - 1] + hyper.step_sd * normal(random)
    theta[LOGIT_CURED] = draw_beta_logit(random, hyper.cured_a, hyper.cured_b)


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
