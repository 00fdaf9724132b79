import numpy as np
import pytest

from blina import facts, vocabulary
from blina.endpoint import response
from pseudoipd.claims import proportion

# R 4.2.2, binom.test(count, n, conf.level = level)$conf.int
BINOM_TEST = [
    (25, 36, 0.95, 0.5189293700, 0.8365260154),
    (15, 36, 0.95, 0.2551410483, 0.5924347591),
    (10, 36, 0.95, 0.1420024473, 0.4518611451),
    (0, 11, 0.95, 0.0, 0.2849141529),
    (10, 10, 0.95, 0.6915028922, 1.0),
    (22, 25, 0.90, 0.718277492, 0.966480405),
]


@pytest.mark.parametrize(("count", "n", "level", "lower", "upper"), BINOM_TEST)
def test_exact_limits_agree_with_binom_test_in_r(count, n, level, lower, upper):
    assert proportion.clopper_pearson(count, n, level) == pytest.approx((lower, upper), abs=1e-9)


@pytest.mark.parametrize(("category", "count"), [("cr_or_crh", 25), ("cr", 15), ("crh", 10)])
def test_exact_limits_round_to_those_that_the_primary_analysis_prints(category, count):
    lower, upper = proportion.clopper_pearson(count, 36)
    printed = {claim.id: claim.interval for claim in facts.read_claims() if not claim.qualitative}
    assert printed[f"primary_{category}_percent_lower"].contains(100 * lower)
    assert printed[f"primary_{category}_percent_upper"].contains(100 * upper)


@pytest.mark.parametrize(("count", "n", "level"), [(-1, 3, 0.95), (4, 3, 0.95), (1, 3, 1.0), (1, 3, 0.0)])
def test_impossible_counts_and_levels_are_refused(count, n, level):
    with pytest.raises(ValueError, match=r"must lie between"):
        proportion.clopper_pearson(count, n, level)


def test_of_nobody_nothing_is_known():
    assert proportion.clopper_pearson(0, 0) == (0.0, 1.0)
    assert np.isnan(proportion.percent(0, 0))
    assert np.isnan(proportion.response_statistic("percent_lower", 0, 0))


def test_counts_by_hand(four):
    assert response.count(four, "cr_or_crh") == (3, 4)
    assert response.count(four, "cr", "mrd_responder") == (1, 2)
    assert response.count(four, "long_term_survivor", "mrd_non_responder") == (0, 2)
    assert response.count(four, "three_additional_cycles") == (1, 4)
    assert response.count(four, "relapse_free_blinatumomab_only") == (1, 4)
    assert response.missing_columns(four, "cr_2_cycles", "mrd_responder") == ("BOR2C",)


def test_membership_works_on_a_stack_of_cohorts():
    stack = {
        "MRDRESP": np.array([["Y", "N"], ["Y", "Y"]]),
        "ADDCYC": np.array([[3, -1], [2, 3]]),
    }
    assert vocabulary.member(stack, vocabulary.POPULATIONS["mrd_responder"]).sum(axis=1).tolist() == [1, 2]
    assert vocabulary.member(stack, vocabulary.CATEGORIES["three_additional_cycles"]).tolist() == [
        [True, False],
        [False, True],
    ]
    assert vocabulary.member(stack, {}).all()


def test_the_long_term_flag_follows_the_threshold(four):
    patients, months = ["A", "B", "C"], [913.125 / 30.4375, 29.99, 40.0]
    died = [True, True, False]
    assert response.with_long_term(four, patients, months, died)["LTSFL"].tolist() == ["Y", "N", "Y", ""]
    assert response.with_long_term(four, patients, months, died, 36)["LTSFL"].tolist() == ["N", "N", "Y", ""]


def test_alive_when_last_seen_before_the_threshold_is_unknown(four):
    found = response.with_long_term(four, ["A", "B", "C"], [6.0, 6.0, 31.0], [False, True, False])
    assert found["LTSFL"].tolist() == ["", "N", "Y", ""]
    # The paper divides all its patients: who was not seen for 30 months stands in the other column.
    paper = response.with_long_term(four, ["A", "B"], [6.0, 6.0], [False, True], seen_only=True)
    assert paper["LTSFL"].tolist() == ["N", "N", "", ""]


def test_who_may_be_in_a_category_is_counted_apart(four):
    # D has no LTSFL; of D, who has no MRD response, it is known that D is no responder with long survival.
    assert response.unknown(four, "long_term_survivor") == (1, 0)
    assert response.unknown(four, "cr", "mrd_responder_os_ge_30") == (0, 0)
    assert response.unknown(four, "cr", "long_term_survivor") == (0, 1)
    # RLPFRFL is missing for D, who was not transplanted: relapse-free after transplantation D cannot be.
    assert response.unknown(four, "relapse_free_allohct") == (0, 0)
    assert response.unknown(four, "relapse_free_blinatumomab_only") == (1, 0)
