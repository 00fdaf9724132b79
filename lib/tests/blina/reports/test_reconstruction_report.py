"""What the reports on the reconstruction and its validation show."""

import numpy as np
import pandas as pd
import pytest

from blina.reports.reconstruction import numbers as reconstruction
from blina.reports.reconstruction import pictures as draw_reconstruction
from blina.reports.reconstruction import words as reconstruction_words
from blina.reports.validation import words as validation_words
from blina.reports.validation.numbers import accuracy as validation
from pseudoipd.cache import Ensemble

pytestmark = pytest.mark.slow


def ensemble(days, died):
    time = {"OS": np.array(days, dtype=np.int32)}
    return Ensemble(
        ("RECON-01", "RECON-02", "RECON-03"), time, {"OS": np.array(died)}, {}, np.arange(len(days))
    )


def test_courses_are_compared_whoever_has_them():
    # The second draw has the same courses in another order; the third shares one death with it.
    drawn = ensemble(
        [[10, 20, 30], [30, 10, 20], [10, 21, 30]],
        [[True, True, False], [False, True, True], [True, True, True]],
    )
    assert reconstruction.differences(drawn, 1) == pytest.approx([0, 2 / 3])
    assert reconstruction.distinct(drawn) == 2


@pytest.fixture(scope="module")
def found():
    from blina import facts

    return reconstruction.reconstruction(facts.read_claims(), facts.assumptions(), 20, 3)


def test_every_cohort_meets_every_claim(found):
    proved = reconstruction.proof(found)
    assert (proved["met"] == 20).all()
    median = proved.set_index("claim").loc["os_median"]
    assert 12.95 <= median["lowest"] <= median["highest"] < 13.05
    checks = 20 * len(proved)
    assert f"{checks} of {checks}" in reconstruction_words.proof(found, proved)


def test_two_draws_differ_in_most_patients(found):
    assert reconstruction.diversity(found)["median"].min() > 0.5
    assert reconstruction.distinct(found.drawn) == 20


def test_pictures_of_the_reconstruction_show_each_quantity_and_endpoint(found):
    known = reconstruction_words.named(reconstruction.identified(found))
    figure = draw_reconstruction.identified(known)
    assert len(figure.axes[0].get_yticklabels()) == len(known)
    bands = reconstruction.curve_bands(found)
    assert len(draw_reconstruction.cohorts(found, bands).axes) == 2
    assert "20 cohorts" in reconstruction_words.answer(found, reconstruction.proof(found), known)


def measures():
    rows = [
        (name, "reporting", 30, 10.0, method, rmse, expected, 0.5 * sign, 0.4, 0.05, cover, 0.1)
        for name, sign in (("a", 1), ("b", -1))
        for method, rmse, expected, cover in (
            ("ensemble", 0.02, 0.025, 0.9), ("ensemble_s", 0.01, 0.015, 1.0),
            ("interpolation", 0.03, np.nan, np.nan), ("weibull", 0.04, np.nan, np.nan),
            ("exponential", 0.05, np.nan, np.nan),
        )
    ]  # fmt: skip
    columns = [
        "cohort", "purpose", "n", "horizon", "method", "rmse", "expected", "rmst_error", "expected_rmst",
        "share", "coverage", "width",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def test_errors_of_rmst_do_not_cancel_in_the_mean():
    mean = validation.means(measures())
    assert mean["ensemble"]["rmst_error"] == pytest.approx(0.5)
    assert list(mean) == list(validation.METHODS)


def test_errors_of_rmst_within_this_trials_follow_up():
    # Printed: followed for 41.9 months at most. One cohort ends there, the other a month later.
    table = measures()
    table.loc[table["cohort"] == "a", ["horizon", "rmst_error"]] = [41.9, -0.2]
    table.loc[table["cohort"] == "b", "horizon"] = 42.9
    words = validation_words.against_the_aim(table)
    assert "41.9 months (1 of 2 cohorts), the mean error of RMST is 0.20 months, 0.20 with the rate" in words
    later = validation_words.against_the_aim(table.assign(horizon=50.0))
    assert "no later than the longest follow-up" not in later


def test_the_standard_error_of_the_share_inside():
    table = measures()
    table.loc[(table["method"] == "ensemble") & (table["cohort"] == "b"), "coverage"] = 1.0
    # .9 and 1: standard deviation .0707, of the mean of two .05.
    assert validation.means(table)["ensemble"]["coverage_error"] == pytest.approx(0.05)


def test_what_was_aimed_at_is_said_to_be_met_or_not():
    words = validation_words.against_the_aim(measures())
    assert "ensemble**: mean RMSE .0200 (met), mean error of RMST 0.50 months, 5.0% of the" in words
    assert "5.0% of the horizon (not met)" in words
    assert "90.0% of the points (not met; standard error over the cohorts 0.0%)" in words
    assert words.count("expect RMSE .0250 and an error of RMST of 0.40 months") == 1
    assert words.count("leads one to expect") == 2  # interpolation has no spread
    assert "100.0% of the points (met; standard error over the cohorts 0.0%)" in words


def test_pictures_of_the_validation_are_described_by_their_numbers():
    assert "for 2 of 2 cohorts" in validation_words.errors_alt(measures())


def test_the_answer_says_what_the_numbers_left_out_show_and_where():
    held = pd.DataFrame({"what": ["X", "Y"], "predicted": ["Y", "N"]})
    answer = validation_words.answer(measures(), held)
    assert "**1 of 2 printed numbers** of this trial on survival" in answer
    assert "not so: Y. The [scorecard](11_scorecard.ipynb) shows each" in answer
