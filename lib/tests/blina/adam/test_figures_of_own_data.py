"""Pictures of kinetics and comparators at the edges of what own data can hold; none may warn."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from blina.facts import read_claims
from blina.reports.historical_controls import pictures as historical_pictures
from blina.reports.historical_controls import words as historical_words
from blina.reports.historical_controls.numbers import beside, comparators, compare, forest, over_ensemble
from blina.reports.t_cell_kinetics import pictures as kinetics_pictures
from blina.reports.t_cell_kinetics import words as kinetics_words
from blina.reports.t_cell_kinetics.numbers import contrasts, expansion_table, group_summary
from blina.reports.t_cell_kinetics.numbers.summaries import counts_table
from nbreports.html.picture import to_svg


@pytest.mark.parametrize("event", [[0, 0, 0], [1, 1, 1]])
def test_ratios_with_and_without_deaths(event):
    known = comparators().values()
    tests = over_ensemble(compare([1.0, 2.0, 30.0], event, known), None, known)
    figure = historical_pictures.ratios(tests)
    assert to_svg(figure)
    lower, upper = figure.axes[0].get_xlim()
    assert lower < 1.0 < upper


@pytest.mark.parametrize("claims", [(), read_claims()])
def test_forest_with_and_without_printed_numbers(claims):
    lines = forest(comparators().values(), claims, [1.0, 2.0], [0, 0], "log-log")
    table = historical_words.forest_table(lines)
    assert to_svg(historical_pictures.medians(table))
    assert "computed from these tables" in historical_words.medians_alt(table)


@pytest.mark.parametrize("key", ["fielding", "tower_chemotherapy"])
def test_one_short_follow_up_beside_a_comparator(key):
    one = SimpleNamespace(time_months=np.array([0.5]), event=np.array([True]))
    tests = compare(one.time_months, one.event, comparators().values())
    assert to_svg(historical_pictures.beside(beside(tests, key, one)))


def test_counts_of_one_patient_and_one_group():
    adlb = pd.DataFrame({"USUBJID": "A", "PARAMCD": "TCELL", "ADY": [1, 8, 22], "AVAL": [100.0, 0.0, 300.0]})
    table = counts_table(adlb, pd.DataFrame({"USUBJID": ["A"], "LTSFL": ["Y"]}))
    summary, expansion = group_summary(table), expansion_table(table)
    assert to_svg(kinetics_pictures.counts(table, summary, (1, 0)))
    assert to_svg(kinetics_pictures.expansion(expansion, contrasts(expansion)))
    assert "n = 1" in kinetics_words.counts_alt(summary, (1, 0))


def test_power_picture_leaves_out_a_ratio_off_its_axis():
    grid = np.array([1.0, 2.0, 4.0])
    table = pd.DataFrame({"test": "t", "spread": 0.5, "ratio": grid, "power": [0.05, 0.4, 0.7]})
    for ratio in (float("nan"), 0.2, 2.0):
        figure = kinetics_pictures.power(table, pd.Series({"t": float("nan")}), ratio, (10, 26))
        labels = [text.get_text() for text in figure.axes[0].texts]
        assert ("simulated ratio" in labels) == (ratio == 2.0)
