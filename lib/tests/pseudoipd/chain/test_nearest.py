"""A chain begins with the nearest of many cohorts where only a curve and the number of events are printed."""

import math

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from blina_tools.sampler import exact
from exact_cases import asked
from pseudoipd.chain import nearest
from pseudoipd.chain.chains import new_chain, new_parameters
from pseudoipd.model.structs import EVENT, STATE, TIME

EVENTS = next(case for case in exact.CASES if case.name == "events")
MONTH = 30.4375


def start_of(*claims):
    """Return where chains begin for a case with these claims."""
    return asked(exact.Case("other", 12, claims, 25.0, 10.0, 10.0, 30.0), 1, None).problem.start


def off(times, events, start):
    """Return by how many patients a cohort is off."""
    x = np.zeros((len(times), STATE), np.int64)
    x[:, TIME], x[:, EVENT] = times, events
    return nearest.off_print(x, np.zeros(len(times), np.int64), start)


def test_days_and_events_are_those_of_print():
    # By hand: 10 months are 9.5 to 10.5 of them, on the days 290 to 319 S comes to 1/2; a year is day 365.
    start = start_of(*EVENTS.claims)
    assert start.between.tolist() == [[0, 0], [289, 319], [365, 365]]
    assert start.events == 8


@pytest.mark.parametrize(
    "more",
    [
        ("OS", "followup_median", None, "20"),
        ("OS", "followup_max", None, "30"),
        ("OS", "at_risk", 12.0, "5"),
        ("OS", "count_at_or_beyond", 18.0, "4"),
    ],
    ids=lambda claim: claim[1],
)
def test_what_tells_of_follow_up_is_a_better_beginning(more):
    assert start_of(*EVENTS.claims, more).events == -1


def test_without_a_point_of_the_curve_or_a_number_of_events_there_is_no_nearest_cohort():
    assert start_of(EVENTS.claims[-1]).events == start_of(*EVENTS.claims[:-1]).events == -1


def test_a_cohort_is_off_by_patients():
    # By hand: 12 patients, deaths on these days, nobody lost before; S is 1/2 from the sixth on.
    start = start_of(*EVENTS.claims)
    deaths, alive = [20, 50, 80, 120, 200, 300, 350, 500], [900, 901, 902, 903]
    event = np.array([1] * 8 + [0] * 4)
    assert off([*deaths, *alive], event, start) == 0.0
    # The sixth dies on day 289, so that the median would be less than 9.5 months: by ever so little.
    early = [*deaths[:5], 289, *deaths[6:]]
    assert 0.0 < off([*early, *alive], event, start) < 1e-9
    # On day 320, so that S is 7/12 by day 319: one patient too many.
    late = [*deaths[:5], 320, *deaths[6:]]
    assert off([*late, *alive], event, start) == pytest.approx(1.0 / 3, abs=1e-4)
    # Nobody dies on day 350: 12 × (0.5 - 0.425) patients too many after a year, and one event too few.
    event[6] = 0
    fewer = [*deaths[:6], 950, *deaths[7:]]
    assert off([*fewer, *alive], event, start) == pytest.approx(((12 * 0.075) ** 2 + 1) / 3)


def test_a_cohort_is_as_far_off_as_a_second_library_says():
    start, rng = start_of(*EVENTS.claims), np.random.default_rng(3)
    for _ in range(200):
        time, event = rng.integers(1, 700, 12), rng.random(12) < 0.7
        curve = KaplanMeierFitter().fit(time, event)
        before, after, year = (float(curve.predict(day)) for day in (289, 319, 365))
        median = max(0.0, 0.5 + 1e-6 - before, after - 0.5 - 1e-6)
        squares = (12 * median) ** 2 + (12 * max(0.0, abs(year - 0.42) - 0.005)) ** 2
        assert off(time, event, start) == pytest.approx((squares + (event.sum() - 8) ** 2) / 3, abs=1e-4)


def test_the_nearest_of_all_cohorts_drawn_is_taken():
    problem, n = asked(EVENTS, 1, None).problem, EVENTS.n
    p = new_parameters(problem.settings)
    chain = new_chain(np.zeros((n, STATE), np.int64), p, 1, 1)
    random = np.array([11, 12, 13, 14], np.uint64)
    again, least, best = random.copy(), math.inf, None
    for _ in range(nearest.CANDIDATES):
        nearest.draw_first(again, chain.x, p, problem.settings, problem.start)
        found = nearest.off_print(chain.x, chain.order, problem.start)
        if found < least:
            least, best = found, (chain.x.copy(), p.theta.copy(), p.cens.copy(), p.table.copy())
    assert nearest.draw_nearest(random, chain, p, problem.settings, problem.start)
    assert least < nearest.NEAR**2
    for ours, theirs in zip((chain.x, p.theta, p.cens, p.table), best, strict=True):
        assert (ours == theirs).all()
    # No random number is used twice.
    assert (random == again).all()
