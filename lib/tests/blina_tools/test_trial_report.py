"""What each prior is worth on arms of the fit, as checked in: complete, and drawn anew."""

import numpy as np
import pytest

from blina.reports.validation.numbers import stored
from blina_tools.prior import trial_report
from pseudoipd.model.assumptions import ALTERNATIVES

PRIORS = stored.priors()
ARMS = {arm.key: arm for arm in trial_report.chosen("fitting") if arm.group == "survival"}


def test_each_prior_is_asked_of_the_same_arms_none_of_them_kept_apart():
    assert list(PRIORS["prior"].unique()) == list(ALTERNATIVES["prior"])
    assert not PRIORS["s_printed"].any()
    assert not PRIORS[["rmse", "in_95"]].isna().any(axis=None)
    for _, rows in PRIORS.groupby("prior"):
        assert rows["arm"].tolist() == list(ARMS)
    assert len({arm.trial for arm in ARMS.values()}) == len(ARMS)
    assert not any(arm.reported for arm in ARMS.values())


@pytest.mark.slow
@pytest.mark.parametrize("prior", ALTERNATIVES["prior"])
def test_the_checked_in_errors_of_a_prior_are_drawn_anew(prior, drawn_once):
    arm = min(ARMS.values(), key=lambda arm: arm.n)
    (row,) = PRIORS.query("prior == @prior and arm == @arm.key").to_dict("records")
    names = ("rmse", "rmst", "crps", "in_50", "in_80", "in_95")

    def whole():
        found = trial_report.assess(arm, False, trial_report.DRAWS, prior)
        return [float(found[name]) for name in names]

    found = drawn_once((arm.key, prior), whole)
    assert np.round(found, 4).tolist() == [row[name] for name in names]
