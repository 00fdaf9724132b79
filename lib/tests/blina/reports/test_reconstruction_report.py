"""What the reports on the reconstruction and its validation show."""

import numpy as np
import pytest

from blina.reports.reconstruction import numbers as reconstruction
from blina.reports.reconstruction import pictures as draw_reconstruction
from blina.reports.reconstruction import words as reconstruction_words
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

    # The seed of the checked-in cohorts: that they are what is drawn, test_stored_ensemble tells.
    return reconstruction.reconstruction(facts.read_claims(), facts.assumptions(), 20, 1)


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
    assert "20 cohorts" in reconstruction_words.finding(found, reconstruction.proof(found), known)
