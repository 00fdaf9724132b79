"""The compiled form of a problem: what the sampler is told, and the state that it moves.

The shapes of all arrays of the compiled code are stated here once. Numbers that stand in an array are read
by the names below, which cost compiled code nothing. In signatures `random` is uint64[4], the state of the
random numbers of one chain, `x` the state of the chain, `roles` what types mean, and i, j are patients, rows
of x.
"""

from __future__ import annotations

from typing import NamedTuple

from numpy.typing import NDArray

Array = NDArray  # one name for arrays whose element type the comment gives


class Counts(NamedTuple):
    """Linear constraints on how many patients are of which type.

    Types are the combinations of the ADSL columns that the claims describe, numbered in mixed radix.
    """

    coef: Array  # float32[types, constraints]
    low: Array  # float64[constraints]
    high: Array  # float64[constraints]
    scale: Array  # float64[constraints], size of one patient
    allowed: Array  # bool[types], combinations that can be
    stride: Array  # int64[columns]
    size: Array  # int64[columns], number of values of each column
    start: Array  # int64[n], a feasible type of each patient


# Columns of the state of a chain, `x` int64[n, STATE], one row per patient: type, time and event at the first
# endpoint, relapse and its day, day of response (NEVER for none), days from the last look at the remission to
# the last contact (which count while the patient is alive). Days count from the start.
KIND, TIME, EVENT, RELAPSED, RELAPSE, RESPONSE, UNSEEN = range(7)
STATE = 7
NEVER = 1 << 40
LATENT, LATENT_START = range(2)
LATENTS = 2
"""Where several endpoints are linked, so many columns of each follow those of `STATE`: the day of its own
event, as if nothing ended observation, and the day from which it counts."""

# What the type of a patient means for the times: columns of `roles` int64[types, GROUPS + groups].
# One flat array, because each access to an array inside a tuple costs compiled code a reference count.
RFS = 0  # has the second endpoint
MRD = 1  # MRD responder
EARLIEST = 2  # no observation can end before this day
LONG_TERM = 3  # YES observed to `cut` or beyond, NO not so, OPEN where the claims do not say
RELAPSE_FREE = 4  # YES without relapse at last contact, NO relapsed or died, OPEN
AFTER_RESPONSE = 5  # no observation can end before so many days after the response
MUST_RELAPSE = 6  # has relapsed
GROUPS = 7  # from here on: member of the population of each group of claims
OPEN, YES, NO = range(3)

FIRST_ENDPOINT, SECOND_ENDPOINT, CARRIED = range(3)
"""Endpoints of a chain; from `CARRIED` on those that it carries along: the k-th linked one is CARRIED + k."""
RELAPSES_SEEN = 100
"""Code, in `Timing.statistic`, of what no claim prints: relapses, at least those of an earlier report."""
LOG_RATIO, LOGRANK = 101, 102
"""Codes of claims on this arm beside another: log hazard ratio and `at` standard errors, log-rank χ²."""


class Timing(NamedTuple):
    """Claims on times, grouped by endpoint and population; times in days."""

    endpoint: Array  # int64[groups], FIRST_ENDPOINT, SECOND_ENDPOINT or one that is carried
    first: Array  # int64[groups + 1], claims of group g are first[g]:first[g + 1]
    limits: Array  # bool[groups], does a claim need confidence limits
    response: Array  # bool[groups], does a claim depend on the response days
    statistic: Array  # int64[claims], codes as in chain.keys
    at: Array  # float64[claims]
    low: Array  # float64[claims]
    high: Array  # float64[claims]
    compared: Array  # bool[groups], are the claims on this arm beside another
    others: Array  # int64[groups], patients of that arm, 0 while nothing is known of them
    other: Array  # int64[groups, largest number of them], their keys, sorted


class Hyper(NamedTuple):
    """What those of censoring are drawn from, as compiled code reads it; see `prior.Hyperprior`."""

    log_longest: float  # log of days
    longest_sd: float
    shortest_a: float
    shortest_b: float
    lost_a: float
    lost_b: float
    accrual_sd: float


# Places in the law of one hazard (`prior.Law.packed`): weight of the second kind; level, step and trend sd
# and Beta of each kind; the law of visits; the mean log hazards of each kind.
WEIGHT, KINDS, KIND_SIZE, VISITS, MEANS = 0, 1, 5, 11, 17
# Places in the parameters of one hazard: log hazards per day; log interval, logit of the share of events
# between visits and log spread, where there are visits; then the cured fraction.
VISIT_PARAMETERS = 3
LOGIT_CURED = -1
# Rows of the table made of them, float64[TABLE_ROWS, pieces]; LOG_DEATH is that of the event on a day, given
# none before it, no cure and no visits; …
FIRST_DAY, HAZARD, CUMULATIVE, LOG_DEATH = range(4)
# … and rows of which only the first place is used: cured fraction, log of the others, days between visits (0
# for none), share of the events between them, days of spread.
FRACTION, LOG_OTHERS, INTERVAL, BETWEEN, SPREAD = range(4, 9)
TABLE_ROWS = 9
# Places in the parameters of censoring, float64[4], …
LOG_LONGEST, LOGIT_SHORTEST, LOGIT_LOST, LOG_SHAPE = range(4)
# … and in the table made of them, float64[CENS_NUMBERS]: days, days, losses per day, shape of accrual, log of
# the span between the two, log probability of a loss on a day.
SHORTEST, LONGEST, LOSS_RATE, SHAPE, LOG_SPAN, LOG_LOSS = range(6)
CENS_NUMBERS = 6
# The processes behind the observations: each has its parameters, and a column of the patients' log priors.
EVENTS_OF_FIRST, CENSORING, RELAPSES = range(3)
PROCESSES = 3


class Settings(NamedTuple):
    """Numbers behind the prior and the search."""

    edges: Array  # float64[pieces], first day of each piece of the hazard, first endpoint
    relapse_edges: Array  # float64[pieces], the same for relapse
    distance: Array  # float64[pieces - 1], see prior.log_time_steps, first endpoint
    relapse_distance: Array  # float64[pieces - 1], the same for relapse
    hyper: Hyper
    law: Array  # float64[...], of the hazard of the first endpoint
    relapse_law: Array  # float64[...], of that of relapse
    horizon: float
    limit: int  # no observation beyond this day
    cut: int  # first day of a long-term survivor
    known_survivors: bool  # types say who is one
    z: float
    conf: int
    followup: int  # place of the method in survival.FOLLOWUP_METHODS
    alive_range: bool  # the range of follow-up is that of patients without the event
    from_response: bool
    first_remission: bool  # a remission begins on the first of the response days
    never_relapsed: bool  # RELAPSE_FREE is about relapse alone, not about death
    visits: int  # most days between two looks at a remission, 0 if it is known to the end
    after_relapse: float  # days within which half die after a relapse, 0 where relapse does not matter
    accrual: float  # most days between longest and shortest follow-up
    at_tie: bool
    before_plateau: bool
    response_days: Array  # int64[1 or 2]
    cells: Array  # int64[...], borders of the day ranges between which patients are moved
    relapse_cells: Array  # int64[...]


class Start(NamedTuple):
    """Where a chain begins: points of the curves, (0, 0) first. Empty arrays: at a draw from the prior."""

    days: Array  # float64[...]
    hazard: Array  # float64[...], cumulative hazard at `days`
    between: Array  # int64[..., 2]: S is not below a point's level yet by the one day, not above by the other
    relapse_days: Array
    relapse_hazard: Array
    cens: Array  # float64[3] or empty: longest, shortest follow-up, shape on the scales of Parameters.cens
    first_day: Array  # int64[2] or empty: window of the smallest observed time
    last_day: Array  # int64[2] or empty: window of the largest
    plateau: Array  # int64[2] or empty: window of the last event
    relapse_plateau: Array  # int64[2] or empty: the same of the second endpoint
    relapse_followup: float  # median follow-up of the second endpoint in days, 0 if not printed
    events: int  # printed number of events where there are points and nothing tells of follow-up, else -1
    followed: Array  # int64[2] or empty: a day, and how many are observed for that long


class Parameters(NamedTuple):
    """Parameters of the prior of one cohort, and the tables made from them."""

    theta: Array  # float64[pieces + 1], or three more where there are visits
    cens: Array  # float64[4]
    relapse_theta: Array  # the same for relapse
    table: Array  # float64[TABLE_ROWS, pieces]
    cens_table: Array  # float64[CENS_NUMBERS]
    relapse_table: Array  # float64[TABLE_ROWS, pieces]


class Model(NamedTuple):
    """What is the same for every state of every chain of a problem."""

    roles: Array  # int64[types, GROUPS + groups]
    timing: Timing
    settings: Settings
    second: bool  # can anybody have the second endpoint


class Path(NamedTuple):
    """The path of a move that flips an event and mends claims, and room for it; see chain.flips."""

    weight: Array  # float64[n], of each patient's flip, …
    stale: Array  # bool[n], … unless it must be computed anew
    failing: Array  # bool[claims], claims that do not hold where the path has come to
    summaries: Array  # float64[groups, SUMMARY], of the curves there
    patient: Array  # int64[ROOM], in the order in which they are touched
    old: Array  # int64[ROOM, STATE], their rows before …
    new: Array  # int64[ROOM, STATE], … and after the path
    logs: Array  # float64[ROOM, PROCESSES], the parts of their log prior after it
    claim: Array  # int64[MOST_MENDS], what was mended, …
    mend: Array  # int64[MOST_MENDS], … and how


class Chain(NamedTuple):
    """The state of a chain and what is kept beside it, so that a move looks only at what it changes."""

    x: Array  # int64[n, STATE], or LATENTS more for each linked endpoint; so are all rows below
    key: Array  # int64[groups, n], the key of each patient at the endpoint of each group, see chain.keys
    keys: Array  # int64[groups, n], of each group the keys of its members, sorted
    size: Array  # int64[groups], members
    losses: Array  # float64[groups]
    logs: Array  # float64[n, PROCESSES], the part of each process in the log prior of each patient
    # Room for what is not accepted yet: of the one or two patients, of all groups, patients, parameters.
    before: Array  # int64[2, STATE]
    new_log: Array  # float64[2, PROCESSES]
    changed: Array  # bool[groups]
    new_losses: Array  # float64[groups]
    new_logs: Array  # float64[n]
    old_theta: Array  # float64[largest number of parameters of a process]
    drawn: Array  # float64[the same], a draw from the hyperprior
    chosen: Array  # int64[n, STATE], the cohort drawn so far from the last part of the chain
    path: Path
    # Room for what is looked at: a curve, an order of the patients or their times.
    summary: Array  # float64[SUMMARY], see chain.keys
    order: Array  # int64[n]


class Effort(NamedTuple):
    """How long a chain runs."""

    structure: int  # moves of the structure
    aimed: int  # first moves, some of which aim at claims that do not hold
    moves: int  # moves of the times …
    last: int  # … and the last of them, from which the cohort is drawn
    most: int  # moves after which the draw is given up
    strictness: float  # log odds per unit of loss
