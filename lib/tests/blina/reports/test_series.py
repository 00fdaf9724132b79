"""The errors of every public cohort, as checked in and as put into one table."""

import pandas as pd
import pytest

from blina.reports.validation import words
from blina.reports.validation.numbers import every_series
from blina.reports.validation.numbers.accuracy import METHODS
from blina.reports.validation.numbers.cohorts import PURPOSES, chosen, cohorts
from blina_tools.validation import assessed

EVERY = every_series()
SMALLEST = [min(chosen(purpose), key=lambda cohort: cohort.n) for purpose in PURPOSES]


def test_every_cohort_is_there_once_with_every_method():
    assert list(EVERY["cohort"].unique()) == [cohort.name for cohort in cohorts()]
    assert (EVERY.groupby("cohort")["method"].nunique() == 5).all()
    assert not EVERY.duplicated(["cohort", "method"]).any()


@pytest.mark.slow
@pytest.mark.parametrize("cohort", SMALLEST, ids=lambda cohort: cohort.name)
def test_the_checked_in_errors_are_drawn_anew(cohort):
    """`python -m blina_tools.validation` mends it."""
    kept = EVERY[EVERY["cohort"] == cohort.name].reset_index(drop=True)
    anew = assessed([cohort])
    pd.testing.assert_frame_equal(anew, kept, atol=6e-5, rtol=0, check_dtype=False)


def two_series():
    """One cohort that was looked at, two that were not; coverage .5 and 1 for these."""
    columns = ("cohort", "purpose", "n", "horizon", "rmse", "rmst_error", "coverage")
    cohorts = pd.DataFrame(
        [
            ("seen", "third", 50, 12.0, 0.01, 0.2, 1.0),
            ("small", "reporting", 40, 6.4, 0.02, -0.1, 0.5),
            ("large", "reporting", 90, 30.0, 0.04, 0.3, 1.0),
        ],
        columns=columns,
    )
    methods = pd.DataFrame({"method": list(METHODS)})
    return cohorts.merge(methods, how="cross").assign(expected=0.03, expected_rmst=0.1, share=0.01, width=0.1)


def test_a_series_is_the_mean_of_its_cohorts():
    (new,) = words.series_table(two_series()).query("Series == 'reporting'").to_dict("records")
    # Errors of RMST are averaged without their sign.
    assert (new["RMSE"], new["RMST"], new["Inside"]) == (".030", "0.20", "75%")


def test_a_series_says_what_it_is_of():
    new, old = words.kinds_table(two_series()).to_dict("records")
    assert (new["Cohorts"], new["Patients"], new["Up to month"]) == ("2", "40–90", "6–30")
    assert (new["Series"], new["Looked at before"]) == ("reporting", "no")
    assert (old["Series"], old["Looked at before"]) == ("third", "yes")


def test_cohorts_that_were_looked_at_are_told_from_those_that_were_not():
    said = words.series(two_series())
    assert "Over 1 cohort that had been looked at before, the mean RMSE is .010" in said
    assert "Over 2 cohorts that had not, these are .030, 75% and .030" in said
