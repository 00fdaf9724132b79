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


class Roles(NamedTuple):
    """What the type of a patient means for the times."""

    group: Array  # bool[types, groups], member of the population of each group of claims
    rfs: Array  # bool[types], has the second endpoint
    mrd: Array  # bool[types], MRD responder
    earliest: Array  # int64[types], no observation can end before this day
    long_term: Array  # int8[types]: 1 observed to `cut` or beyond, 2 not so, 0 open
    relapse_free: Array  # int8[types]: 1 without relapse at last contact, 2 relapsed or died, 0 open


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
    """Where a chain begins: curves through the printed points. Empty arrays: at a draw from the prior."""

    days: Array  # float64[...]
    hazard: Array  # float64[...], cumulative hazard at `days`
    theta: Array  # float64[pieces + 1]
    relapse_days: Array
    relapse_hazard: Array
    relapse_theta: Array
    cens: Array  # float64[3] or empty
    first_day: Array  # int64[2] or empty: window of the smallest observed time
    last_day: Array  # int64[2] or empty: window of the largest


class Effort(NamedTuple):
    """How long a chain runs."""

    structure: int  # moves of the structure
    moves: int  # moves of the times before the first look
    most: int  # moves after which the draw is given up
    strictness: float  # log odds per unit of loss
