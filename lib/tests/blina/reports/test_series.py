"""The errors of every cohort as checked in, their means, and the aims they are held against."""

import math

import numpy as np
import pandas as pd
import pytest

from blina.endpoint import calibration
from blina.reports.validation import words
from blina.reports.validation.numbers import sbc, stored
from blina.reports.validation.numbers.accuracy import MEASURES, METHODS
from blina.reports.validation.numbers.cohorts import cohorts
from pseudoipd.model import trials

SEEN = stored.seen()


def test_every_cohort_is_there_once_with_every_method():
    assert list(SEEN["cohort"].unique()) == [cohort.name for cohort in cohorts()]
    assert (SEEN.groupby("cohort")["method"].nunique() == len(METHODS)).all()
    assert not SEEN.duplicated(["cohort", "method"]).any()


@pytest.mark.parametrize("drawing", [(), (calibration.SECOND, stored.AGAIN)], ids=["first", "second"])
def test_every_planned_arm_is_there_whether_it_has_an_ensemble_or_not(drawing):
    planned = pd.read_csv(trials.path().with_name("planned.csv"))
    names = ["/".join(map(str, row)) for row in planned[["trial", "figure", "outcome", "arm"]].to_numpy()]
    own = stored.apart(*drawing).query("method == 'ensemble'")
    assert sorted(own["cohort"]) == sorted(names)
    assert not (set(names) & {arm.key for arm in trials.read() if not arm.reported})


def some(rows):
    """A table like `stored.every` from rows of purpose, cohort, looked_at, rmse, rmst_error, in_95."""
    table = pd.DataFrame(rows, columns=["purpose", "cohort", "looked_at", "rmse", "rmst_error", "in_95"])
    table = table.merge(pd.DataFrame({"method": list(METHODS)}), how="cross")
    return table.assign(n=50, horizon=30.0, crps=0.01, in_50=0.5, in_80=0.8)[[*MEASURES, "looked_at"]]


ALL = some(
    [
        ("trials: OS", "one", False, 0.01, -0.1, 1.0),
        ("trials: OS", "two", False, 0.03, 0.3, 0.5),
        ("trials: PFS, TTP", "three", False, 0.02, 0.1, 0.96),
        ("again: OS", "one", True, 0.02, -0.1, 0.95),
        ("again: OS", "two", True, 0.04, 0.3, 0.95),
        ("again: PFS, TTP", "three", True, 0.03, 0.1, 0.5),
        ("third", "four", True, 0.04, 0.2, 0.9),
    ]
)


def test_means_are_over_cohorts_and_errors_of_rmst_lose_their_sign():
    mean = stored.means(ALL[ALL["purpose"] == "trials: OS"])["ensemble"]
    assert (mean["rmse"], mean["rmst"], mean["in_95"]) == pytest.approx((0.02, 0.2, 0.75))
    assert (mean["cohorts"], mean["failed"]) == (2, 0)


def test_a_planned_arm_without_an_ensemble_counts_as_outside(tmp_path, monkeypatch):
    (tmp_path / "data" / "trials").mkdir(parents=True)
    (tmp_path / "data" / "trials" / "report_second.csv").write_text(
        "arm,class,n,horizon,s_printed,rmse,rmst,crps,peer_rmse,peer_rmst,peer_crps,in_50,in_80,in_95,failed\n"
        "a,survival,50,30,False,.01,.1,.01,.02,.2,.02,.5,.8,.9,\n"
        "b,survival,50,30,False,,,,,,,,,,no ensemble within 480 s\n"
    )
    monkeypatch.setattr(calibration.project, "root", lambda: tmp_path)
    calibration.planned.cache_clear()
    try:
        assert calibration.inside("OS") == (pytest.approx(0.45), 2)
        mean = stored.means(stored.apart(calibration.SECOND, stored.AGAIN))["ensemble"]
        assert (mean["in_95"], mean["rmse"], mean["cohorts"], mean["failed"]) == (0.45, 0.01, 2, 1)
    finally:
        calibration.planned.cache_clear()


def test_the_answer_is_of_arms_kept_out_of_the_fit():
    assert words.answer(ALL).startswith("On 2 trial arms kept out of the fit")
    said = words.answer(ALL)
    # The second drawing, with the prior of today; what the first one showed beside it.
    assert "the truth lay in the 95% band at 95% of points (75% at first)" in said
    assert "the mean curve was off by .030, interpolation by .030." in said
    # By hand, of the first drawing: the four errors of OS and that of the others are met, so are the bands of
    # 50 and 80%; not the 95% band of OS, at 75%. Of the second: RMSE of OS without S and with it (.030), and
    # the 95% band of the others, at 50%, are not.
    assert said.endswith(" Missed: 1 of 11 aims, today 3.")


def test_an_aim_is_met_or_not():
    found = words.aims_table(ALL).set_index("What")
    assert found.loc["RMSE, OS", ["Reached", "At most", "Aim"]].tolist() == [".0200", ".0220", "met"]
    assert found.loc["95% band, OS", ["Reached", "Aim"]].tolist() == ["75%", "not met"]
    assert found.loc["95% band, PFS and RFS", "Aim"] == "met"
    again = found["Drawn again"]
    assert (again["RMSE, OS"], again["95% band, OS"]) == (".0300 (not met)", "95% (met)")
    assert again["95% band, PFS and RFS"] == "50% (not met)"


def test_a_series_says_what_it_is_of_and_whether_it_was_seen():
    first, _, second, *_, last = words.series_table(ALL).to_dict("records")
    assert (second["", "Series"], second["", "Seen"], second["RMSE", "drawn"]) == ("again: OS", "yes", ".030")
    assert (first["", "Series"], first["", "Seen"], first["", "Cohorts"]) == ("trials: OS", "no", "2")
    assert (last["", "Series"], last["", "Seen"], last["RMSE", "drawn"]) == ("third", "yes", ".040")


def test_the_worst_series_is_named():
    assert "“again: PFS, TTP”" in words.worst(ALL)
    assert "50% of the points" in words.worst(ALL)


def counted(count):
    ranked = pd.DataFrame({"rank": range(len(count)), "count": count})
    return ranked.assign(shape="coarse", prior="fixed", quantity="events", planned=sum(count))


def test_uniform_ranks_pass_and_ranks_of_a_narrow_ensemble_do_not():
    even = sbc.uniformity(counted([20] * 40)).iloc[0]
    assert (even["p"], even["in_50"], even["in_95"]) == (1.0, 0.5, 0.95)
    heaped = sbc.uniformity(counted([100] + [600 // 38] * 38 + [100])).iloc[0]
    assert heaped["p"] == 0.0
    assert heaped["in_95"] < 0.8


def test_about_one_in_twenty_sets_of_uniform_ranks_leaves_the_simultaneous_limits():
    # Other sets than those from which the limits were taken; the ends of the limits are whole counts.
    total, bins = 800, 40
    low, high = sbc.limits(total, bins)
    count = np.random.default_rng(7).multinomial(total, np.full(bins, 1 / bins), size=4000)
    off = count.cumsum(axis=1)[:, :-1] / total - np.arange(1, bins) / bins
    outside = ((off < low - 1e-12) | (off > high + 1e-12)).any(axis=1).mean()
    assert math.isclose(outside, 0.05, abs_tol=0.015)


def test_what_a_prior_costs_is_said_of_each():
    rows = [
        ("trials", "a", 0.02, -1.0, 0.01), ("trials", "b", 0.03, 2.0, 0.01),
        ("flat", "a", 0.05, 1.0, 0.02), ("flat", "b", 0.07, 1.0, 0.02),
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["prior", "arm", "rmse", "rmst", "crps"])
    table = table.assign(in_50=0.5, in_80=0.8, in_95=[0.9, 1.0, 1.0, 1.0])
    said = words.priors(table)
    assert "on 2 arms" in said
    assert said.index("off by .025 (learned") < said.index(".060 (flat)")
    learned, unread = words.priors_table(table).to_dict("records")
    assert (learned["RMST, months"], learned["95% band"]) == ("1.50", "95%")
    assert (unread["RMSE"], unread["RMST, months"], unread["95% band"]) == (".060", "1.00", "100%")
