import re

import pandas as pd
import pytest

from blina import facts
from blina.endpoint import response
from blina.reports.response_table import typeset as tables
from blina.vocabulary import CATEGORY_LABELS, POPULATION_LABELS


@pytest.fixture(scope="module")
def printed():
    return facts.select(facts.read_claims(), exhibit="response_table")


@pytest.fixture(scope="module")
def long_form(printed):
    n = {claim.population: int(claim.value) for claim in printed if claim.statistic == "n"}
    section = {name: heading for heading, names in response.TABLE_ROWS.items() for name in names}
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
    cells = tables.printed_cells(long_form)
    for row in cells.itertuples(index=False):
        line = f"{row.category_label} " + " ".join(row[3:])
        quotes = {claim.quote for claim in printed if claim.category == row.category}
        assert quotes == {line}


def test_shares_round_as_printed_percentages_do():
    assert [tables.cell(1, 8), tables.cell(1, 200), tables.cell(0, 11), tables.cell(0, 0)] == [
        "1 (13%)", "1 (1%)", "0 (0%)", "0 (–)",
    ]  # fmt: skip


def test_every_cell_has_its_headers_and_two_makings_are_the_same(long_form):
    def made():
        gt = tables.response_gt(long_form, "Title & more", note="reconstructed")
        return gt.with_id("table-response").as_raw_html(make_page=False)

    page = made()
    assert page == made()
    assert page.count('scope="row"') == 10
    assert page.count("<td headers=") == 40
    assert "Title &amp; more" in page
    assert "reconstructed" in page
    for ids in re.findall(r'headers="([^"]*)"', page):
        assert all(f'id="{name}"' in page for name in ids.split())


def test_the_last_column_says_so_if_non_responders_lived_on(long_form):
    page = tables.response_gt(long_form, "T", 24, 2).as_raw_html(make_page=False)
    assert "OS ≥24 months<br>n=10" in page
    assert "All<br>n=11" in page
