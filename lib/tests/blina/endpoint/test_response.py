import re

import numpy as np
import pandas as pd
import pytest

from blina import facts, vocabulary
from blina.endpoint import response
from blina.reports.response_table import pictures as draw
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


@pytest.fixture
def four():
    return pd.DataFrame(
        {
            "USUBJID": ["A", "B", "C", "D"],
            "BESTRESP": ["CR", "CRh", "CR", "NE"],
            "MRDRESP": ["Y", "Y", "N", "N"],
            "LTSFL": ["Y", "N", "N", ""],
            "ADDCYC": [3.0, np.nan, 1.0, np.nan],
            "RLPFRFL": ["Y", "N", "N", None],
            "HSCTFL": ["N", "Y", "N", "N"],
        }
    )


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
    assert proportion.shown_percent(0, 0) == "–"


def test_the_sentence_rounds_as_the_table_does():
    # 1 of 8 is 12.5 %, which papers print as 13 %.
    adsl = pd.DataFrame({"MRDRESP": ["Y", *"NNNNNNN"]})
    words = response.in_words(response.rates(adsl, ["mrd_response"]), 0.95)
    assert words.startswith("**1 of 8 (13%)** had an MRD response")


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


def test_rates_are_one_row_per_category_and_population(four):
    frame = response.rates(four, ["cr", "crh"], ["all", "mrd_responder"], 0.9)
    assert frame[["category", "population", "count", "n", "percent"]].to_numpy().tolist() == [
        ["cr", "all", 2, 4, 50.0],
        ["cr", "mrd_responder", 1, 2, 50.0],
        ["crh", "all", 1, 4, 25.0],
        ["crh", "mrd_responder", 1, 2, 50.0],
    ]
    assert (frame["lower"] <= frame["percent"]).all()
    assert (frame["percent"] <= frame["upper"]).all()


def test_the_long_term_flag_follows_the_threshold(four):
    patients, months = ["A", "B", "C"], [913.125 / 30.4375, 29.99, 40.0]
    assert response.with_long_term(four, patients, months)["LTSFL"].tolist() == ["Y", "N", "Y", ""]
    assert response.with_long_term(four, patients, months, 36)["LTSFL"].tolist() == ["N", "N", "Y", ""]


def test_rows_and_columns_of_the_table_are_those_that_are_printed():
    claims = facts.select(facts.read_claims(), exhibit="response_table", statistic="count")
    printed = [(claim.category, claim.population) for claim in claims]
    rows = [name for section in response.TABLE_ROWS.values() for name in section]
    assert printed == [(category, population) for category in rows for population in response.TABLE_COLUMNS]
    for claim in claims:
        heading = re.sub(r" \d.*", "", claim.quote)
        assert heading.lower() == vocabulary.CATEGORY_LABELS[claim.category].lower()


def test_printed_percentages_stand_beside_their_limits():
    printed = response.printed_rates(facts.read_claims()).set_index("category")
    assert printed.loc["cr_2_cycles"].tolist() == [42, 26, 59]
    assert printed.loc["cr", "value"] == 47
    assert np.isnan(printed.loc["cr", "lower"])


def test_what_is_printed_for_thirty_months_stands_beside_nothing_else():
    claims = facts.read_claims()
    assert response.comparable(claims, 30) == claims
    left = {claim.id for claim in response.comparable(claims, 24)}
    assert "table_os_ge_30_cr_count" not in left
    assert "long_term_survivors_percent" not in left
    assert {"table_total_cr_count", "cr_percent"} <= left
    left = {claim.id for claim in response.comparable(claims, 30, 0.9)}
    assert "primary_cr_percent" in left
    assert "primary_cr_percent_lower" not in left


def test_results_name_the_claim_that_they_answer(four):
    rates = response.rates(four, ["cr"])
    results = response.results({"rates": rates}, facts.read_claims())
    assert results["claim"].tolist() == ["cr_count", "cr_percent", "", ""]
    assert results["value"].tolist()[:2] == [2.0, 50.0]


def test_words_leave_out_what_the_tables_do_not_have(four):
    assert response.available(four, ["cr", "cr_2_cycles"]) == ("cr",)
    words = response.in_words(response.rates(four, ["cr_or_crh", "allohct"]), 0.9)
    assert "3 of 4 (75%)" in words
    assert "exact 90 % limits" in words
    assert "none of the columns" in response.in_words(response.rates(four, []), 0.9)


def test_agreement_counts_what_is_printed_and_equal(four):
    rates = response.rates(four, ["cr", "crh", "cr_or_crh"])
    claims = facts.select(facts.read_claims(), population="all", exhibit="response_rates")
    # Printed are count and percent of CR and CRh and the count of both.
    words = response.agreement(rates[:0], rates, claims)
    assert words.startswith("**0 of 5** printed")
    assert "no evidence" not in words
    assert "no evidence" in response.agreement(rates[:0], rates, claims, "reconstructed")
    assert "No printed number" in response.agreement(rates[:0], rates, ())


def test_rates_read_with_limits_where_there_are_any(four):
    rates = response.rates(four, ["cr", "crh"])
    printed = pd.DataFrame({"category": ["cr"], "value": [47.0], "lower": [np.nan], "upper": [np.nan]})
    reading = response.reading(rates, printed)
    assert reading.iloc[0].tolist() == ["CR", "2 of 4", "50 (7–93)", "47"]
    assert reading.iloc[1, -1] == "–"


# --- the reference cohort, and its pictures -----------------------------------------------------------------


def test_the_reference_cohort_gives_every_printed_count_percentage_and_limit(reference):
    adsl = response.at_threshold(reference)
    table = response.response_table(adsl)
    rates = response.rates(adsl, response.available(adsl, response.ALL_RATES))
    assert response.agreement(table, rates, facts.read_claims()).startswith("**99 of 99**")
    assert response.threshold_note(30, "reconstructed") == response.threshold_note(33, "yours") == ""
    assert "33 months is not printed" in response.threshold_note(33, "reconstructed")


def test_another_threshold_names_its_populations(reference):
    table = response.response_table(response.at_threshold(reference, 24), threshold=24)
    assert "MRD responders, OS ≥24 months" in set(table["population_label"])
    assert not table["population_label"].str.contains("30").any()


def test_rates_are_drawn_with_what_is_printed_beside_them(reference):
    adsl = response.at_threshold(reference)
    rates = response.rates(adsl, response.ALL_RATES)
    printed = response.printed_rates(facts.read_claims())
    axes = draw.rates_figure(rates, printed).axes[0]
    texts = [text.get_text() for text in axes.texts]
    assert texts == [f"{count} of {n}" for count, n in zip(rates["count"], rates["n"], strict=True)]
    assert [line.get_label() for line in axes.lines] == ["this cohort", "printed"]
    assert len(axes.lines[1].get_xdata()) == printed["category"].isin(rates["category"]).sum()
    alone = draw.rates_figure(rates, printed[:0]).axes[0]
    assert [line.get_label() for line in alone.lines] == ["this cohort"]
    assert "CR or CRh 69% (52 to 84)" in draw.rates_alt(rates, printed)


def test_the_columns_that_share_no_patient_are_drawn_row_by_row(reference):
    table = response.response_table(response.at_threshold(reference))
    axes = draw.columns_figure(table).axes[0]
    drawn = [line for line in axes.lines if not line.get_label().startswith("_")]
    assert [line.get_label() for line in drawn] == [
        "MRD responders, OS ≥30 months", "MRD responders, OS <30 months", "MRD non-responders",
    ]  # fmt: skip
    first = table[table["population"] == "mrd_responder_os_ge_30"]
    assert drawn[0].get_xdata().tolist() == first["percent"].tolist()
    assert "CR 70%, 53%, 18%" in draw.columns_alt(table)
