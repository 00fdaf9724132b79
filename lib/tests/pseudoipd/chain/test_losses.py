"""The loss of a claim is 0 where the statistics say that it holds, which know nothing of the sampler."""

import math

import numpy as np
import pytest

from blina.vocabulary import DAYS_PER_MONTH, VOCABULARY
from claims_files import claims
from pseudoipd import draw
from pseudoipd.chain import beside, chains, losses, parameters
from pseudoipd.model.structs import EVENT, KIND, NEVER, RESPONSE, STATE, TIME, Model
from pseudoipd.survival import endpoint_statistic
from pseudoipd.transitions import mantel_byar

AT = ("survival", "count_at_or_beyond", "events_by", "survival_lower", "survival_upper", "rmst")
DIGITS = {"events": 0, "survival": 0, "count_at_or_beyond": 0, "events_by": 0, "mantel_byar_p": 2}
STATISTICS = [
    "events", "median", "median_lower", "median_upper", "survival", "count_at_or_beyond", "followup_median",
    "followup_min", "followup_max", "plateau_from", "mantel_byar_p", "events_by", "survival_lower",
    "survival_upper", "rmst",
]  # fmt: skip


@pytest.fixture(autouse=True)
def wrapping():
    with np.errstate(over="ignore"):
        yield


def statistic(name, x, at):
    months, event = x[:, TIME] / DAYS_PER_MONTH, x[:, EVENT] == 1
    if name != "mantel_byar_p":
        return endpoint_statistic(name, months, event, at)
    response = np.where(x[:, RESPONSE] < NEVER, x[:, RESPONSE] / DAYS_PER_MONTH, np.nan)
    return mantel_byar(months, event, response).p


def problem(name, n, value, at):
    """A problem in which a statistic is printed as it would be for a cohort that has this value."""
    printed = "NR" if math.isinf(value) else f"{value:.{DIGITS.get(name, 1)}f}"
    rows = [("OS", "n", str(n)), ("OS", name, printed, at)]
    if name == "mantel_byar_p":
        rows.append(("RESPONSE", "count", str(n // 2), None, "all", "mrd_response"))
    return draw.request(claims(*rows), None, 1, vocabulary=VOCABULARY).problem


def cohort(rng, n):
    """A cohort with ties: between patients, and of death with response."""
    x = np.zeros((n, STATE), dtype=np.int64)
    x[:, TIME], x[:, EVENT] = 71 + 7 * rng.integers(0, 25, n), rng.uniform(size=n) < 0.65
    x[:, RESPONSE] = np.where(np.arange(n) < n // 2, rng.choice([29, 71], n), NEVER)
    return x


def neighbour(rng, x):
    """A cohort in which some times lie a few days off, and now and then an event is none."""
    other = x.copy()
    other[:, TIME] += rng.integers(-2, 3, len(x)) * (rng.uniform(size=len(x)) < 0.4)
    other[:, EVENT] ^= rng.uniform(size=len(x)) < 0.02
    return other


def loss(asked, x):
    settings = asked.settings
    p = chains.new_parameters(settings)
    chain = chains.new_chain(x, p, len(asked.timing.endpoint), len(asked.timing.statistic))
    parameters.tabulate_all(p, settings)
    return beside.look_at_all(chain, p, Model(asked.roles, asked.timing, settings, False))


@pytest.mark.parametrize("name", STATISTICS)
def test_a_claim_holds_where_the_statistic_lies_in_its_interval(name):
    rng, seen = np.random.default_rng(4), []
    for n in (8, 9, 12, 12):
        x = cohort(rng, n)
        # On the day of a patient, so that a day more or less makes a difference.
        at = np.median(x[1:, TIME]) / DAYS_PER_MONTH if name in AT else None
        asked = problem(name, n, statistic(name, x, at), at)
        claim = next(c for c in asked.used if c.statistic == name)
        x[:, KIND] = asked.counts.start[0]
        for _ in range(50):
            other = neighbour(rng, x)
            holds = claim.interval.contains(statistic(name, other, at))
            seen.append(holds)
            assert (loss(asked, other) < losses.HOLDS) == holds, (n, claim.printed, other[:, :3])
    assert 10 <= sum(seen) < len(seen)


@pytest.mark.parametrize(("value", "expected"), [
    # By hand: half a unit at once, then log(1 + days off / 5).
    (99.0, 0.5 + math.log(1.2)), (100.0, 0.0), (110.5, 0.0), (111.5, 0.5 + math.log(1.2)),
])  # fmt: skip
def test_the_loss_of_a_time_counts_from_the_ends_of_its_interval(value, expected):
    assert losses.time_loss(value, 100.0, 110.5) == pytest.approx(expected)


def test_a_quantile_that_is_not_reached_is_the_worse_the_higher_its_curve_ends():
    ends = [losses.quantile_loss(math.inf, end, 100.0, 110.0, 10) for end in (0.6, 0.8)]
    assert ends == pytest.approx([3 + 1, 3 + 3])
    assert losses.quantile_loss(math.inf, 0.6, math.inf, math.inf, 10) == 0
