"""The compiled form of a problem: what the sampler is told, as flat arrays."""

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


# Columns of the state of a chain, int64[n, STATE], one row per patient: type, time and event at the first
# endpoint, relapse and its day, day of response (NEVER for none). Days count from the start.
KIND, TIME, EVENT, RELAPSED, RELAPSE, RESPONSE = range(6)
STATE = 6
NEVER = 1 << 40

# What the type of a patient means for the times: columns of an array int64[types, GROUPS + groups].
# One flat array, because each access to an array inside a tuple costs compiled code a reference count.
RFS = 0  # has the second endpoint
MRD = 1  # MRD responder
EARLIEST = 2  # no observation can end before this day
LONG_TERM = 3  # 1 observed to `cut` or beyond, 2 not so, 0 open
RELAPSE_FREE = 4  # 1 without relapse at last contact, 2 relapsed or died, 0 open
GROUPS = 5  # from here on: member of the population of each group of claims


class Timing(NamedTuple):
    """Claims on times, grouped by endpoint and population; times in days."""

    endpoint: Array  # int64[groups], 0 first endpoint, 1 second
    first: Array  # int64[groups + 1], claims of group g are first[g]:first[g + 1]
    limits: Array  # bool[groups], does a claim need confidence limits
    response: Array  # bool[groups], does a claim depend on the response days
    statistic: Array  # int64[claims]
    at: Array  # float64[claims]
    low: Array  # float64[claims]
    high: Array  # float64[claims]


class Settings(NamedTuple):
    """Numbers behind the prior and the search."""

    edges: Array  # float64[pieces], first day of each piece of the hazard, first endpoint
    relapse_edges: Array  # float64[pieces], the same for relapse
    distance: Array  # float64[pieces - 1], see prior.log_time_steps, first endpoint
    relapse_distance: Array  # float64[pieces - 1], the same for relapse
    hyper: Array  # float64[...], see prior.Hyperprior
    horizon: float
    limit: int  # no observation beyond this day
    cut: int  # first day of a long-term survivor
    z: float
    conf: int
    observed_followup: bool
    from_response: bool
    at_tie: bool
    before_plateau: bool
    response_days: Array  # int64[1 or 2]
    cells: Array  # int64[...], borders of the day ranges between which patients are moved
    relapse_cells: Array  # int64[...]


class Start(NamedTuple):
    """Where a chain begins: points of the curves, (0, 0) first. Empty arrays: at a draw from the prior."""

    days: Array  # float64[...]
    hazard: Array  # float64[...], cumulative hazard at `days`
    relapse_days: Array
    relapse_hazard: Array
    cens: Array  # float64[3] or empty: longest, shortest follow-up and shape, as in Parameters.cens
    first_day: Array  # int64[2] or empty: window of the smallest observed time
    last_day: Array  # int64[2] or empty: window of the largest
    plateau: Array  # int64[2] or empty: window of the last event
    relapse_plateau: Array  # int64[2] or empty: the same of the second endpoint
    relapse_followup: float  # median follow-up of the second endpoint in days, 0 if not printed


class Parameters(NamedTuple):
    """Parameters of the prior of one cohort, and the tables made from them."""

    theta: Array  # float64[pieces + 1]
    cens: Array  # float64[4], see hazards.tabulate_censoring
    relapse_theta: Array  # float64[pieces + 1]
    table: Array  # float64[4, pieces]
    cens_table: Array  # float64[4]
    relapse_table: Array  # float64[4, pieces]


class Effort(NamedTuple):
    """How long a chain runs."""

    structure: int  # moves of the structure
    aimed: int  # first moves, some of which aim at claims that do not hold
    moves: int  # moves of the times before the first look
    between: int  # moves between two draws of one chain
    most: int  # moves after which the draw is given up
    strictness: float  # log odds per unit of loss
