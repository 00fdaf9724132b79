"""Chains of the usual length against much longer ones, of this trial: the stored table and its reading."""

import numpy as np
import pandas as pd
import pytest

from blina import ensemble
from blina.facts import assumptions, read_claims
from blina.reports.reconstruction import chain_length, words
from blina.reports.reconstruction.numbers import quantities
from blina_tools.cohort import chain_length as tool
from blina_tools.cohort import reference


def test_each_mean_is_within_a_tenth_of_a_standard_deviation_of_that_of_longer_chains():
    table = chain_length.compared(chain_length.stored())
    drawn = ensemble.load(read_claims(), assumptions(), reference.DRAWS, reference.SEED)
    assert sorted(table["quantity"]) == sorted(one.name for one in quantities(drawn, read_claims()))
    assert table["off"].abs().max() <= 0.1
    assert table["error"].max() <= 0.05


def test_the_first_cohorts_of_the_usual_length_are_those_of_the_pages():
    drawn = ensemble.load(read_claims(), assumptions(), reference.DRAWS, reference.SEED)
    stored = chain_length.stored()
    own = stored[(stored["length"] == chain_length.USUAL) & (stored["draw"] < reference.DRAWS)]
    pd.testing.assert_frame_equal(
        values_by_draw(own), values_by_draw(chain_length.values(drawn, read_claims(), chain_length.USUAL))
    )


@pytest.mark.slow
def test_the_first_longer_chain_ends_as_it_is_stored():
    stored = chain_length.stored()
    first = stored[(stored["length"] == chain_length.LONGER) & (stored["draw"] == 0)]
    pd.testing.assert_frame_equal(values_by_draw(first), values_by_draw(tool.drawn(chain_length.LONGER, 1)))


def values_by_draw(table):
    return table.astype({"draw": int}).pivot(index="draw", columns="quantity", values="value")


def test_means_are_compared_in_standard_deviations_of_the_longer_chains():
    usual, longer = [1.0, 2.0, np.inf, 3.0], [2.0, 4.0, 6.0, 8.0]
    rows = [(1, "a", value) for value in usual] + [(16, "a", value) for value in longer]
    (row,) = chain_length.compared(pd.DataFrame(rows, columns=["length", "quantity", "value"])).to_dict(
        "records"
    )
    # Means 2 and 5, variances 1 and 20/3, of 3 and 4 values.
    assert (row["size"], row["size_longer"]) == (3, 4)
    assert row["off"] == pytest.approx(-3 / (20 / 3) ** 0.5)
    assert row["error"] == pytest.approx((1 / 3 + 20 / 12) ** 0.5 / (20 / 3) ** 0.5)


def test_the_page_rounds_up_what_it_says_to_be_the_most():
    table = pd.DataFrame(
        {"size": [30, 20], "size_longer": [9, 10], "off": [0.02, -0.044], "error": [0.03, 0.041]}
    )
    said = words.chain_length(table)
    assert "30 chains" in said
    assert "10 that run 16 times" in said
    assert "The means of 2 quantities differ by **.05** standard deviations of a cohort at most" in said
    assert "(standard error of a difference .05)" in said
