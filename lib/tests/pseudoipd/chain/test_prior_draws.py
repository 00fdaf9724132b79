"""Long chains under no claim but n draw from the prior: the same cohorts as numpy draws by its formulas."""

import numpy as np
import pytest
from scipy import stats

from blina.vocabulary import VOCABULARY
from claims_files import claims
from pseudoipd import draw

N, DRAWS, MOVES, SETS = 40, 600, 6000, 8000
pytestmark = pytest.mark.slow

YEAR = 365


def from_numpy(asked, rng):
    """Return times and events [SETS, N] of cohorts, each with its own parameters."""
    hyper, settings, law = asked.hyper, asked.settings, asked.hyper.first
    pieces, early = len(settings.edges), rng.uniform(size=(SETS, 1)) < law.weight

    def of_kind(values):
        return np.where(early, *(np.reshape(values(kind), (1, -1)) for kind in (law.second, law.kind)))

    first = rng.normal(size=(SETS, 1)) * of_kind(lambda kind: kind.level_sd)
    steps = rng.normal(size=(SETS, pieces - 1)) * of_kind(lambda kind: kind.step_sd)
    steps += rng.normal(size=(SETS, 1)) * of_kind(lambda kind: kind.trend_sd) * settings.distance
    mean = of_kind(lambda kind: kind.means(settings.edges, asked.horizon, law.centre))
    hazard = np.exp(mean + first + np.concatenate([np.zeros((SETS, 1)), np.cumsum(steps, axis=1)], axis=1))
    # The day on which an exponential variable has been used up by the hazard, piece by piece.
    width = np.append(np.diff(settings.edges), np.inf)
    left, died = rng.exponential(size=(SETS, N)), np.full((SETS, N), np.inf)
    for piece in range(pieces):
        spent = left / hazard[:, [piece]]
        here = np.isinf(died) & (spent < width[piece])
        died[here] = settings.edges[piece] + spent[here]
        left = left - np.where(np.isfinite(width[piece]), hazard[:, [piece]] * width[piece], 0)
    cured = np.where(early, *(rng.beta(*kind.cured, size=(SETS, 1)) for kind in (law.second, law.kind)))
    died[rng.uniform(size=(SETS, N)) < cured] = np.inf
    longest = hyper.longest * np.exp(rng.normal(0, hyper.longest_sd, (SETS, 1)))
    shortest = longest * rng.beta(*hyper.shortest, size=(SETS, 1))
    shape = np.exp(rng.normal(0, hyper.accrual_sd, (SETS, 1)))
    entry = longest - (longest - shortest) * rng.uniform(size=(SETS, N)) ** (1 / shape)
    rate = -np.log1p(-rng.beta(*hyper.lost, size=(SETS, 1))) / asked.horizon
    seen = np.minimum(entry, rng.exponential(size=(SETS, N)) / rate)
    died, seen = np.maximum(1, np.ceil(died)), np.maximum(1, np.ceil(seen))
    return np.minimum(died, seen), died <= seen


QUANTITIES = {
    "deaths": lambda time, event: event.sum(axis=1),
    "deaths in a year": lambda time, event: (event & (time <= YEAR)).sum(axis=1),
    "lost in a year": lambda time, event: (~event & (time <= YEAR)).sum(axis=1),
    "first time": lambda time, event: time.min(axis=1),
    "median time": lambda time, event: np.median(time, axis=1),
    "last time": lambda time, event: time.max(axis=1),
    "share of days in the first year": lambda time, event: (
        np.minimum(time, YEAR).sum(axis=1) / time.sum(axis=1)
    ),
}


def both():
    """Return times and events of cohorts drawn here, and of those drawn by numpy."""
    wanted = draw.request(claims(("OS", "n", str(N))), None, 8, MOVES, VOCABULARY)
    found = draw.draw_chunk(wanted, 0, DRAWS)
    drawn = found.time["OS"].astype(float), found.event["OS"]
    return drawn, from_numpy(wanted.problem, np.random.default_rng(3))


def test_long_chains_stay_in_the_prior(drawn_once):
    def whole():
        ours, theirs = both()
        assert len(ours[0]) == DRAWS
        return {name: float(stats.ks_2samp(of(*ours), of(*theirs)).pvalue) for name, of in QUANTITIES.items()}

    found = drawn_once((N, DRAWS, MOVES, SETS), whole)
    assert {name: p for name, p in found.items() if not p > 1e-3} == {}
