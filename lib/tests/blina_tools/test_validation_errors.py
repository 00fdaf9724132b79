"""The checked-in errors of the validation are those that the sampler makes today."""

import pandas as pd
import pytest

from blina.reports.validation.numbers import stored
from blina.reports.validation.numbers.cohorts import PURPOSES, chosen
from blina_tools.cohort.validation import assessed

SEEN = stored.seen()
SMALLEST = [min(chosen(purpose), key=lambda cohort: cohort.n) for purpose in PURPOSES]


@pytest.mark.slow
@pytest.mark.parametrize("cohort", SMALLEST, ids=lambda cohort: cohort.name)
def test_the_checked_in_errors_are_drawn_anew(cohort, drawn_once):
    """`python -m blina_tools.cohort.validation` mends it."""
    kept = SEEN[SEEN["cohort"] == cohort.name].reset_index(drop=True)
    asked = cohort.name, cohort.days.tolist(), cohort.died.tolist()
    anew = pd.DataFrame(drawn_once(asked, lambda: assessed([cohort]).to_dict("list")))
    pd.testing.assert_frame_equal(anew, kept, atol=6e-5, rtol=0, check_dtype=False)
