"""The published table and its rates: against what is printed, and cases by hand."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from blina import facts
from blina.adam import read_tables
from blina.reports.response_table import numbers, pictures, words
from blina.vocabulary import CATEGORY_LABELS, POPULATION_LABELS
from blina_base import project


@pytest.fixture(scope="module")
def printed():
    return facts.select(facts.read_claims(), exhibit="response_table")


@pytest.fixture(scope="module")
def long_form(printed):
    n = {claim.population: int(claim.value) for claim in printed if claim.statistic == "n"}
    section = {name: heading for heading, names in numbers.TABLE_ROWS.items() for name in names}
    return pd.DataFrame(
        [
            {
                "section": section[claim.category],
                "category": claim.category,
                "category_label": CATEGORY_LABELS[claim.category],
                "population": claim.population,
                "population_label": POPULATION_LABELS[claim.population],
                "count": int(claim.value),
                "n": n[claim.population],
            }
            for claim in printed
            if claim.statistic == "count"
        ]
    )


def test_each_row_reads_as_the_printed_line(printed, long_form):
    shown = words.response_table(long_form)
    names = long_form["category"].drop_duplicates()
    assert shown.index.tolist() == long_form.drop_duplicates("category")["section"].tolist()
    for name, row in zip(names, shown.itertuples(index=False), strict=True):
        quotes = {claim.quote for claim in printed if claim.category == name}
        assert quotes == {" ".join(row).strip()}


def test_shares_round_as_printed_percentages_do():
    assert [words.cell(1, 8), words.cell(1, 200), words.cell(0, 11), words.cell(0, 0)] == [
        "1 (13%)", "1 (1%)", "0 (0%)", "0 (–)",
    ]  # fmt: skip


def test_columns_stand_under_their_group_of_patients(long_form):
    assert words.response_table(long_form).columns.tolist() == [
        ("", "Outcome"), ("MRD responders", "OS ≥30 months\nn=10"), ("MRD responders", "OS <30 months\nn=15"),
        ("MRD responders", "Total\nn=25"), ("MRD non-responders", "OS <30 months\nn=11"),
    ]  # fmt: skip


def test_the_last_column_says_so_if_non_responders_lived_on(long_form):
    heads = words.response_table(long_form, 24, 2).columns.get_level_values(1)
    assert heads[1] == "OS ≥24 months\nn=10"
    assert heads[-1] == "All\nn=11"


def test_the_sentence_rounds_as_the_table_does():
    # 1 of 8 is 12.5 %, which papers print as 13 %.
    adsl = pd.DataFrame({"MRDRESP": ["Y", *"NNNNNNN"]})
    ((number, what),) = words.key_numbers(numbers.rates(adsl, ["mrd_response"]), 0.95)
    assert (number, what[:31]) == ("13%", "had an MRD response (1 of 8; ex")


def test_the_answer_is_short_and_begins_with_the_rate(reference):
    found = numbers.observed_rates(reference, 30)
    # R 4.2.2: binom.test(25, 36)$conf.int is 0.5188976 0.8365484
    assert words.key_numbers(found, 0.95)[0] == (
        "69%", "reached CR or CRh (25 of 36; exact 95% CI 52–84%)",
    )  # fmt: skip
    said = words.answer(found)
    assert said.startswith("16 of 36 (44%) are listed with a transplantation and 10 of 36 (28%) were")
    assert len(said.split()) <= 40


def test_a_count_of_those_seen_has_no_limits_once_someone_is_lost_before(tmp_path):
    """B was last seen alive in month 20: 1 of 2 is who was seen, and nobody's share who lived 30 months."""
    (tmp_path / "adsl.csv").write_text("USUBJID,MRDRESP\nA,Y\nB,N\n")
    adtte = "USUBJID,PARAMCD,AVAL,AVALU,CNSR\nA,OS,31,MONTHS,1\nB,OS,20,MONTHS,{}\n"
    (tmp_path / "adtte.csv").write_text(adtte.format(1))
    own = read_tables(tmp_path)
    # The paper divides all its patients, so a cohort made from its counts is divided likewise.
    lost = numbers.observed_rates(replace(own, kind="reconstructed"), 30).set_index("category")
    assert lost.loc["long_term_survivor", ["count", "n", "percent"]].tolist() == [1, 2, 50]
    assert lost.loc["long_term_survivor", ["lower", "upper"]].isna().all()
    assert lost.loc["mrd_response", ["lower", "upper"]].notna().all()
    assert "1 of 2 (50%) were long-term survivors." in words.answer(lost.reset_index())
    shown = words.rates_table(lost.reset_index(), numbers.printed_rates(()))
    assert shown["Share (limits)"].tolist()[1] == "50%"
    yours = numbers.observed_rates(own, 30).set_index("category")
    assert yours.loc["long_term_survivor", ["percent", "lower", "upper"]].isna().all()
    (tmp_path / "adtte.csv").write_text(adtte.format(0))
    died = numbers.observed_rates(read_tables(tmp_path), 30).set_index("category")
    assert died.loc["long_term_survivor", ["lower", "upper"]].notna().all()


def test_what_became_of_a_crh_is_said_as_the_net_change_it_is():
    # 15 CR and 10 CRh within two cycles, 17 and 8 by best response: who changed is not printed.
    text = (project.notebooks() / "02_response_table.ipynb").read_text(encoding="utf-8")
    assert "became CR" not in text
    assert "Net, two more patients are CR" in text


def test_rates_are_one_row_per_category_and_population(four):
    frame = numbers.rates(four, ["cr", "crh"], ["all", "mrd_responder"], 0.9)
    assert frame[["category", "population", "count", "n", "percent"]].to_numpy().tolist() == [
        ["cr", "all", 2, 4, 50.0],
        ["cr", "mrd_responder", 1, 2, 50.0],
        ["crh", "all", 1, 4, 25.0],
        ["crh", "mrd_responder", 1, 2, 50.0],
    ]
    assert (frame["lower"] <= frame["percent"]).all()
    assert (frame["percent"] <= frame["upper"]).all()


def test_rows_and_columns_of_the_table_are_those_that_are_printed():
    claims = facts.select(facts.read_claims(), exhibit="response_table", statistic="count")
    printed = [(claim.category, claim.population) for claim in claims]
    rows = [name for section in numbers.TABLE_ROWS.values() for name in section]
    assert printed == [(category, population) for category in rows for population in numbers.TABLE_COLUMNS]
    for claim in claims:
        heading = re.sub(r" \d.*", "", claim.quote)
        assert heading.lower() == CATEGORY_LABELS[claim.category].lower()


def test_printed_percentages_stand_beside_their_limits():
    printed = numbers.printed_rates(facts.read_claims()).set_index("category")
    assert printed.loc["cr_2_cycles"].tolist() == [42, 26, 59]
    assert printed.loc["cr", "value"] == 47
    assert np.isnan(printed.loc["cr", "lower"])


def test_what_is_printed_for_thirty_months_stands_beside_nothing_else():
    claims = facts.read_claims()
    assert numbers.comparable(claims, 30) == claims
    left = {claim.id for claim in numbers.comparable(claims, 24)}
    assert "table_os_ge_30_cr_count" not in left
    assert "long_term_survivors_percent" not in left
    assert {"table_total_cr_count", "cr_percent"} <= left
    left = {claim.id for claim in numbers.comparable(claims, 30, 0.9)}
    assert "primary_cr_percent" in left
    assert "primary_cr_percent_lower" not in left


def test_results_name_the_claim_that_they_answer(four):
    rates = numbers.rates(four, ["cr"])
    results = numbers.results({"rates": rates}, facts.read_claims())
    assert results["claim"].tolist() == ["cr_count", "cr_percent", "", ""]
    assert results["value"].tolist()[:2] == [2.0, 50.0]


def test_words_leave_out_what_the_tables_do_not_have(four):
    assert numbers.available(four, ["cr", "cr_2_cycles"]) == ("cr",)
    found = numbers.rates(four, ["cr_or_crh", "allohct"])
    ((number, what),) = words.key_numbers(found, 0.9)
    assert number == "75%"
    assert "(3 of 4; exact 90% CI" in what
    assert "are listed with a transplantation" in words.answer(found)
    assert "do not say" in words.answer(numbers.rates(four, ["cr_or_crh"]))
    assert "none of the columns" in words.answer(numbers.rates(four, []))


def test_agreement_counts_what_is_printed_and_equal(four):
    rates = numbers.rates(four, ["cr", "crh", "cr_or_crh"])
    claims = facts.select(facts.read_claims(), population="all", exhibit="response_rates")
    # Printed are count and percent of CR and CRh and the count of both.
    said = words.agreement(rates[:0], rates, claims, "yours", 30)
    assert said.startswith("**0 of 5** printed")
    assert "no evidence" not in said
    assert "no evidence" in words.agreement(rates[:0], rates, claims, "reconstructed", 30)
    assert "No printed number" in words.agreement(rates[:0], rates, (), "yours", 30)


def test_rates_read_with_limits_where_there_are_any(four):
    rates = numbers.rates(four, ["cr", "crh"])
    printed = pd.DataFrame({"category": ["cr"], "value": [47.0], "lower": [np.nan], "upper": [np.nan]})
    reading = words.rates_table(rates, printed)
    assert reading.iloc[0].tolist() == ["CR", "2 of 4", "50% (7–93%)", "47%"]
    assert reading.iloc[1, -1] == "–"


def test_the_reference_cohort_gives_every_printed_count_percentage_and_limit(reference):
    adsl = numbers.at_threshold(reference)
    table = numbers.response_table(adsl)
    rates = numbers.rates(adsl, numbers.available(adsl, numbers.ALL_RATES))
    said = {
        (kind, months): words.agreement(table, rates, facts.read_claims(), kind, months)
        for kind in ("reconstructed", "yours") for months in (30, 33)
    }  # fmt: skip
    assert all(text.startswith("**99 of 99**") for text in said.values())
    of_33 = [place for place, text in said.items() if "33 months is not printed" in text]
    assert of_33 == [("reconstructed", 33)]


def test_another_threshold_names_its_populations(reference):
    table = numbers.response_table(numbers.at_threshold(reference, 24), threshold=24)
    assert "MRD responders, OS ≥24 months" in set(table["population_label"])
    assert not table["population_label"].str.contains("30").any()


def test_rates_are_drawn_with_what_is_printed_beside_them(reference):
    adsl = numbers.at_threshold(reference)
    rates = numbers.rates(adsl, numbers.ALL_RATES)
    printed = numbers.printed_rates(facts.read_claims())
    axes = pictures.rates(rates, printed).axes[0]
    texts = [text.get_text() for text in axes.texts]
    assert texts == [f"{count} of {n}" for count, n in zip(rates["count"], rates["n"], strict=True)]
    assert [line.get_label() for line in axes.lines] == ["this cohort", "printed"]
    assert len(axes.lines[1].get_xdata()) == printed["category"].isin(rates["category"]).sum()
    alone = pictures.rates(rates, printed[:0]).axes[0]
    assert [line.get_label() for line in alone.lines] == ["this cohort"]
    assert "CR or CRh 69% (52–84%)" in words.rates_alt(rates, printed)


def test_the_columns_that_share_no_patient_are_drawn_row_by_row(reference):
    table = numbers.response_table(numbers.at_threshold(reference))
    axes = pictures.table_rates(table).axes[0]
    drawn = [line for line in axes.lines if not line.get_label().startswith("_")]
    assert [line.get_label() for line in drawn] == [
        "MRD responders, OS ≥30 months", "MRD responders, OS <30 months", "MRD non-responders",
    ]  # fmt: skip
    first = table[table["population"] == "mrd_responder_os_ge_30"]
    assert drawn[0].get_xdata().tolist() == first["percent"].tolist()
    assert "CR 70%, 53%, 18%" in words.table_rates_alt(table)
