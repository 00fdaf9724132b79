"""What a printed figure adds to a summary: as stored, and against a method of another's."""

import numpy as np
import pandas as pd
import pytest

from blina.reports.validation.numbers import with_figures
from blina.reports.validation.numbers.cohorts import cohorts
from blina_tools.cohort import curve_points


def test_guyot_gives_back_whom_the_points_tell_apart():
    """By hand: ten patients, deaths at 1, 2 and 4, one lost between 2 and 4: S is .9, .8 and .8 · 6/7."""
    times, survival = np.array([0.0, 1, 2, 4, 6]), np.array([1, 0.9, 0.8, 0.8 * 6 / 7, 0.8 * 6 / 7])
    time, event = curve_points.guyot(times, survival, np.array([0.0, 3, 5]), np.array([10, 7, 6]))
    assert sorted(time[event]) == [1, 2, 4]
    lost = sorted(time[~event])
    assert len(lost) == 7
    assert 0 < lost[0] < 3


def test_censoring_that_empties_the_interval_is_placed_until_the_numbers_at_risk_come_out():
    """By hand: nobody dies; 20, 15 and 5 are at risk at 0, 6 and 12 months."""
    times = np.arange(0.0, 13)
    time, event = curve_points.guyot(times, np.ones(13), np.array([0.0, 6, 12]), np.array([20, 15, 5]))
    assert not event.any()
    assert [int((time >= at).sum()) for at in (0, 6, 12)] == [20, 15, 5]


@pytest.mark.parametrize("name", ["leukemia, 6-MP"])
def test_a_stored_row_comes_out_again(name):
    (cohort,) = [one for one in cohorts() if one.name == name]
    stored = with_figures().query("cohort == @name").reset_index(drop=True)
    pd.testing.assert_frame_equal(curve_points.assess(cohort).round(4), stored, check_exact=False, atol=5e-5)


def test_the_small_public_cohorts_are_all_there_with_each_method():
    small = {one.name for one in cohorts() if one.n in curve_points.SIZES}
    counted = with_figures().groupby("cohort")["method"].nunique()
    assert set(counted.index) == small
    assert set(counted) == {4}


def test_a_figure_is_read_to_a_percent_and_its_numbers_at_risk_are_counts():
    (cohort,) = [one for one in cohorts() if one.name == "transplant, ALL"]
    read = curve_points.figure_claims(cohort)
    assert {claim.printed[0] for claim in read if claim.statistic == "survival"} == {"~"}
    # Counted in the table itself.
    year = next(c for c in read if c.statistic == "at_risk" and c.at == 12)
    assert year.printed == str(int((cohort.days >= 12 * 30.4375).sum()))
