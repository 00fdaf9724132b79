"""One row per statistic: whatever else knows statistics by name or number knows these, and no others."""

from pseudoipd import judge
from pseudoipd.chain import keys
from pseudoipd.claims.grammar import REGISTRY, STATISTIC_CODES, TIME_STATISTICS
from pseudoipd.model.problem import CONF_CODES
from pseudoipd.proofs import by_counts
from pseudoipd.survival import ENDPOINT_STATISTICS
from pseudoipd.survival.statistics import TIMED


def test_every_statistic_of_an_endpoint_is_computed_by_the_judge_and_for_one_cohort():
    assert set(judge.COMPUTED) == set(TIME_STATISTICS)
    # The comparison by response needs two groups, so it is no statistic of one set of times.
    assert {*ENDPOINT_STATISTICS, "mantel_byar_p"} == set(TIME_STATISTICS)


def test_proofs_know_every_statistic_that_the_sampler_meets():
    # A plateau is taken up by `refuted` itself; no count of deaths refutes a comparison by response.
    assert {*by_counts.RULES, "plateau_from", "mantel_byar_p"} == set(STATISTIC_CODES)


def test_codes_are_one_to_fifteen_and_those_of_the_compiled_functions():
    assert sorted(STATISTIC_CODES.values()) == sorted([*range(1, 16), keys.COUNT])
    assert {
        "events": keys.EVENTS, "median": keys.MEDIAN, "median_lower": keys.LOWER, "median_upper": keys.UPPER,
        "survival": keys.SURVIVAL, "count_at_or_beyond": keys.COUNT, "at_risk": keys.COUNT,
        "followup_median": keys.FU_MEDIAN, "followup_min": keys.FU_MIN, "followup_max": keys.FU_MAX,
        "plateau_from": keys.PLATEAU,
        "mantel_byar_p": keys.MANTEL_BYAR, "events_by": keys.EVENTS_BY, "survival_lower": keys.LOWER_AT,
        "survival_upper": keys.UPPER_AT, "rmst": keys.RMST,
    } == STATISTIC_CODES  # fmt: skip
    assert {"log-log": keys.LOG_LOG, "log": keys.LOG, "plain": keys.PLAIN} == CONF_CODES


def test_what_is_exact_and_what_needs_a_time_is_as_the_data_dictionary_says():
    # Counts are exact, and so are doses, weeks and days, which nobody rounds.
    exact = {
        "n", "events", "count", "count_at_or_beyond", "dose", "weeks", "day", "at_risk", "censored",
        "events_by",
    }  # fmt: skip
    assert {name for name, row in REGISTRY.items() if row.exact} == exact
    assert {name for name, row in REGISTRY.items() if row.timed} == {*TIMED}
    assert {name: row.largest for name, row in REGISTRY.items() if row.largest < 1000} == {
        "survival": 100, "percent": 100, "percent_lower": 100, "percent_upper": 100, "mantel_byar_p": 1,
        "survival_lower": 100, "survival_upper": 100, "logrank_p": 1, "fisher_p": 1,
    }  # fmt: skip
