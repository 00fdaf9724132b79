"""Where a chain begins: the curve near to the printed points, on cases worked by hand."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from blina.vocabulary import VOCABULARY
from claims_files import claims
from pseudoipd import draw
from pseudoipd.model import anchors

LEVELS = np.array([0.9, 0.6, 0.3])


def everyone(_month):
    return 1.0


def one_half(_month):
    return 0.5


@pytest.mark.parametrize(("kept", "share"), [(everyone, 1.0), (one_half, 0.5)])
def test_greenwood_of_a_steady_fall(kept, share):
    # The sum of d / (Y (Y - d)) tends to the integral of -dS / (n S² G): (1 / S - 1) / G where G is constant.
    found = anchors.greenwood(LEVELS, [10.0], kept)
    assert found == pytest.approx((1 / LEVELS - 1) / share, rel=2e-3)


def test_greenwood_by_way_of_the_median_is_the_same_where_nobody_is_lost():
    low = LEVELS[LEVELS < 0.5]
    assert anchors.greenwood(low, [4.0, 10.0], everyone) == pytest.approx(1 / low - 1, rel=2e-3)


def test_limits_without_censoring_are_the_12th_and_24th_of_36_deaths():
    # statistics: n = 36, log-log, no censoring before the upper limit; R survival 3.5-3, survfit.
    assert round(36 * anchors.survival_at_limit(36, False, 0, [8.5], everyone)) == 24
    assert round(36 * anchors.survival_at_limit(36, True, 0, [13.0, 21.9], everyone)) == 12


def test_where_many_are_lost_a_limit_crosses_one_half_further_from_it():
    lower = [anchors.survival_at_limit(158, False, 0, [83.4], kept) for kept in (everyone, one_half)]
    upper = [anchors.survival_at_limit(158, True, 0, [107.8, 137.7], kept) for kept in (everyone, one_half)]
    assert lower[1] > lower[0] > 0.5 > upper[0] > upper[1]


def printed(*rows):
    return anchors.points(claims(("OS", "n", "40"), *(("OS", *row) for row in rows)), "OS", 40, 0)


def test_a_number_still_followed_is_held_between_the_points_beside_it():
    # 2 of 40 at 20 months would be S = .05 or a little more; but one half are alive at 30 months.
    found = dict(printed(("median", "30.0"), ("count_at_or_beyond", "2", 20.0), ("followup_max", "60.0")))
    assert found[20.0] == 0.5
    assert found[30.0] == 0.5


def test_after_the_last_sure_point_it_is_held_above_a_share_of_that():
    found = dict(printed(("median", "10.0"), ("count_at_or_beyond", "1", 20.0), ("followup_max", "60.0")))
    assert found[20.0] == pytest.approx(anchors.LEAST_TAIL * 0.5)


def test_a_printed_rate_goes_before_the_number_followed_at_the_same_time():
    found = printed(("median", "10.0"), ("survival", "31", 20.0), ("count_at_or_beyond", "12", 20.0))
    assert found == [(10.0, 0.5), (20.0, pytest.approx(0.31))]


def test_half_are_followed_beyond_a_median_follow_up_before_the_middle():
    # Longest 163.6 and median 40.4 months: under steady accrual half would be followed for 81.8 or longer.
    early = claims(("OS", "n", "260"), ("OS", "followup_median", "40.4"), ("OS", "followup_max", "163.6"))
    assert anchors.observed_share(early, "OS", 40.4) == pytest.approx(0.5, abs=0.003)
    # By hand: the least shortest is 3.272, ln 2 / ln(160.328 / 123.2).
    assert anchors.censoring(early, "OS")[2] == pytest.approx(2.631, abs=0.002)


def test_accrual_is_steady_where_the_median_follow_up_allows_it():
    late = claims(("OS", "n", "36"), ("OS", "followup_median", "32.6"), ("OS", "followup_max", "41.9"))
    # By hand: 2 x 32.6 - 41.9 = 23.3 months at least.
    longest, shortest, shape = anchors.censoring(late, "OS")
    assert shape == 1.0
    assert shortest / anchors.MONTH == pytest.approx(23.3)
    assert longest / anchors.MONTH == pytest.approx(42.0, abs=0.1)


def test_a_limit_not_reached_says_how_long_patients_can_be_followed():
    short = claims(("OS", "n", "100"), ("OS", "median", "10.0"), ("OS", "median_upper", "NR"))
    longest, _, shape = anchors.unreached_limit(short, ("OS",), 100)
    # By hand: two standard errors of 0.05 below one half is 0.4, which comes at 10 ln 0.4 / ln 0.5 months.
    assert (longest / anchors.MONTH, shape) == (pytest.approx(13.219, abs=0.001), 1.0)
    reached = claims(("OS", "n", "100"), ("OS", "median", "10.0"), ("OS", "median_upper", "12.1"))
    assert anchors.unreached_limit(reached, ("OS",), 100) is None


def test_chains_arrive_where_a_limit_was_not_reached_and_no_follow_up_is_printed():
    # Begun with the follow-up that is usual, one in eight arrived.
    printed = claims(
        ("OS", "n", "154"), ("RFS", "n", "154"), ("OS", "survival", "80.2", 6.0), ("RFS", "median", "10.3"),
        ("RFS", "median_lower", "6.7"), ("RFS", "median_upper", "NR"),
    )  # fmt: skip
    assert len(draw.draw_chunk(draw.request(printed, None, 1), 0, 6, restarts=1)) >= 5


@pytest.mark.parametrize(
    ("population", "months"), [("all", 4.4), ("cr_or_crh", 4.4), ("mrd_responder", 30 / 3)]
)
def test_a_median_of_those_who_have_the_endpoint_is_its_scale(population, months):
    # That of some of them is not: a third of the time that the printed numbers reach stands in.
    printed = claims(
        ("OS", "n", "36"), ("OS", "followup_max", "30"), ("RFS", "n", "20", None, "cr_or_crh"),
        ("RFS", "median", "4.4", None, population), ("RESPONSE", "count", "9", None, "all", "cr"),
    )  # fmt: skip
    taken = {"prior": "trials_printed"}
    problem = draw.request(printed, taken, 1, vocabulary=VOCABULARY).problem
    assert problem.hyper.second.centre / anchors.MONTH == pytest.approx(months)
    assert (len(problem.start.relapse_days) > 0) == (population != "mrd_responder")


@pytest.mark.parametrize(("accrual", "told"), [(14.0, 14.0), (20.0, 20.0), (200.0, None)])
def test_limits_of_survival_at_a_time_say_how_long_patients_were_followed(accrual, told):
    """Patients who entered steadily until so many months after the first, as lifelines estimates them."""
    rng = np.random.default_rng(1)
    died, followed = rng.exponential(33.0, 3000), rng.uniform(0, accrual, 3000)
    curve = KaplanMeierFitter().fit(np.minimum(died, followed), died <= followed)
    low, high = curve.confidence_interval_.loc[:12].iloc[-1]
    rows = [("survival", curve.predict(12)), ("survival_lower", low), ("survival_upper", high)]
    printed = claims(("OS", "n", "3000"), *(("OS", name, f"{100 * s:.2f}", 12) for name, s in rows))
    found = anchors.implied_by_limits(printed, ("OS",), 3000)
    assert (found is None) == (told is None)
    if found is not None:
        assert found[0] / anchors.MONTH == pytest.approx(told, rel=0.1)
