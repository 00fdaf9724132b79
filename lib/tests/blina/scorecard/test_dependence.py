import dataclasses

from blina import facts, vocabulary
from blina.scorecard import dependence


def follows(claims, *ids):
    return dependence.derived([claim for claim in claims if claim.id in ids])


def test_sums_follow_from_their_parts(claims):
    rows = ["table_os_ge_30_cr_count", "table_os_lt_30_cr_count", "table_total_cr_count"]
    assert follows(claims, *rows) == {"table_total_cr_count"}
    assert follows(claims, *rows[:2]) == set()


def test_a_percentage_follows_from_its_count_but_may_stand_alone(claims):
    assert follows(claims, "patients", "cr_count", "cr_percent") == {"cr_percent"}
    assert follows(claims, "patients", "cr_percent") == set()
    limits = {"primary_cr_percent_lower", "primary_cr_percent_upper"}
    assert follows(claims, "primary_cr_percent", *limits) == limits


def test_a_printed_zero_settles_its_parts_and_nothing_else(claims):
    whole = "table_non_responder_relapse_free_count"
    part = "table_non_responder_relapse_free_allohct_count"
    assert follows(claims, whole, part) == {part}
    assert follows(claims, part, "table_os_ge_30_relapse_free_allohct_count") == set()


def test_two_zeros_that_overlap_are_both_needed(claims):
    assert follows(claims, "non_responders_long_term", "table_os_lt_30_relapse_free_count") == set()


def test_the_coarser_of_two_printings_follows_from_the_finer(claims):
    assert follows(claims, "os_median", "os_median_news") == {"os_median_news"}
    assert follows(claims, "rfs_plateau_from", "rfs_plateau_from_news") == {"rfs_plateau_from"}


def test_of_twins_the_later_follows(claims):
    (first,) = facts.select(claims, id="os_median")
    twin = dataclasses.replace(first, id="twin")
    assert dependence.derived([first, twin]) == {"twin"}


def test_what_the_paper_prints_once_is_not_derived(claims):
    alone = {
        "mantel_byar_p",
        "os_median",
        "os_median_lower",
        "os_median_upper",
        "rfs_median",
        "refractory_count",
    }
    assert not alone & dependence.derived(claims)
    assert not {c.id for c in claims if c.qualitative or c.statistic == "dose"} & dependence.derived(claims)


def test_every_coding_that_a_claim_can_ask_for_is_a_kind_of_patient():
    for predicate in (*vocabulary.CATEGORIES.values(), *vocabulary.POPULATIONS.values()):
        for column, allowed in predicate.items():
            assert allowed <= set(dependence._CODINGS[column])
