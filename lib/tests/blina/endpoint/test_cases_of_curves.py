"""Curves of arms as people have them: many censored, long names, everyone at time 0."""

import math

import numpy as np
import pytest
from test_survival_report import endpoint

from blina.endpoint.numbers import censor_ticks, endpoint_report
from blina.endpoint.options import Options
from blina.endpoint.pictures import report_figure
from blina.figures import style
from blina.figures.parts import shortened
from blina.reports.historical_controls.numbers import one_sample_logrank, reference
from nbreports.digits import csv_text

LONG = "Pembrolizumab 200 mg intravenously every 3 weeks plus carboplatin and paclitaxel followed by "


def ticked(sizes):
    """A report in which so many patients of each arm are censored, each at a time of its own."""
    days = np.concatenate([np.arange(1, n + 1) for n in sizes.values()])
    arms = np.repeat(list(sizes), list(sizes.values()))
    return endpoint_report(endpoint(days, np.zeros(len(days), dtype=bool), arms), "yours", (), Options())


@pytest.mark.parametrize(
    ("sizes", "drawn"),
    [({"A": 300, "B": 300}, ("A", "B")), ({"A": 300, "B": 301}, ()), ({"A": 5, "B": 900, "C": 400}, ())],
)
def test_there_are_ticks_on_all_curves_or_on_none(sizes, drawn):
    report = ticked(sizes)
    assert report.ticked == drawn
    assert bool(censor_ticks(report.curve)) == bool(drawn)
    axes = report_figure(report, "y").axes[0]
    marks = [line for line in axes.get_lines() if line.get_marker() == "|" and len(line.get_xdata())]
    assert len(marks) == len(drawn)


def test_long_names_that_differ_at_the_end_are_told_apart_and_fit():
    names = [LONG + "pembrolizumab", LONG + "placebo"]
    assert len({shortened(name) for name in names}) == 2
    assert {len(shortened(name)) for name in names} == {22}
    arms = np.array(names * 4)
    report = endpoint_report(endpoint(np.arange(8.0) * 40, [True] * 8, arms), "yours", (), Options())
    figure = report_figure(report, "y")
    figure.canvas.draw()
    width = figure.get_size_inches()[0] * figure.dpi
    texts = [text for legend in figure.legends for text in legend.get_texts()]
    texts += [text for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]
    assert [text.get_text() for text in texts if text.get_window_extent().x1 > width + 1] == []


def test_nobody_followed_for_any_time_is_no_division_by_zero():
    found = one_sample_logrank([0, 0, 0], [1, 1, 1], reference(median=10.0))
    assert (found.observed, found.expected) == (3, 0)
    assert math.isnan(found.ratio)
    assert math.isnan(found.p)


def test_a_users_matplotlibrc_does_not_change_the_pictures():
    import matplotlib

    with matplotlib.rc_context({"axes.facecolor": "red", "lines.marker": "o"}):
        style.apply()
        assert matplotlib.rcParams["lines.marker"] == "None"
        assert matplotlib.rcParams["axes.facecolor"] != "red"


def test_a_name_that_is_a_formula_is_text_in_what_is_exported():
    import pandas as pd

    hostile = ['=HYPERLINK("http://x.invalid","A")', "@SUM(1)", "+1+1", "-x", "\t=1", "-2.5", "Drug - A"]
    lines = csv_text(pd.DataFrame({"arm": hostile, "n": range(7)})).splitlines()[1:]
    assert [line.lstrip('"')[0] for line in lines[:5]] == ["'"] * 5
    assert [line.split(",")[0] for line in lines[5:]] == ["-2.5", "Drug - A"]
