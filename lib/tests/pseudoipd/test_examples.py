"""Every public statistic shows an example worked by hand or by R; `pytest --doctest-modules` runs them."""

import doctest
import inspect
import re

import pytest

from blina.reports.historical_controls import numbers as controls
from blina.reports.t_cell_kinetics.numbers import power
from blina.reports.validation.numbers import accuracy
from pseudoipd import survival, transitions
from pseudoipd.claims import intervals, proportion
from pseudoipd.survival import arms, draws

# Parts of another function, or simulated, so that nobody can work them by hand.
WITHOUT = {"explored", "interval", "log_spread", "power_sizes", "power_table", "rank_sum_power"}


def public_functions():
    named = [getattr(room, name) for room in (survival, transitions) for name in room.__all__]
    named += [controls.reference, controls.one_sample_logrank, controls.over_cohorts, controls.poisson_limits]
    named += [accuracy.coverage, accuracy.crps, accuracy.of_curve]
    for room in (arms, draws, proportion, intervals, power):
        own = [value for value in vars(room).values() if getattr(value, "__module__", "") == room.__name__]
        named += [value for value in own if not value.__name__.startswith("_")]
    found = {value for value in named if inspect.isroutine(value) and value.__name__ not in WITHOUT}
    return sorted(found, key=lambda value: (value.__module__, value.__name__))


STATISTICS = public_functions()


def test_these_are_the_statistics_that_are_meant():
    assert {"kaplan_meier", "mantel_byar", "clopper_pearson", "coverage"} <= {f.__name__ for f in STATISTICS}
    assert len(STATISTICS) > 40


@pytest.mark.parametrize("function", STATISTICS, ids=lambda function: function.__name__)
def test_a_statistic_has_an_example_and_says_who_worked_it(function):
    text = inspect.getdoc(function)
    assert any(example.want for example in doctest.DocTestParser().get_examples(text))
    assert re.search(r"^Example: (.* )?(by hand|R|R's|R 4\.2\.2)\b", text, re.MULTILINE | re.IGNORECASE)
