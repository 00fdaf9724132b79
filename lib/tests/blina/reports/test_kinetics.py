"""The simulated kinetics against the published summaries; summaries against R and hand-worked cases."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from blina import facts as published
from blina.adam import read_tables
from blina.collection import COLLECTION
from blina.reports.t_cell_kinetics import pictures
from blina.reports.t_cell_kinetics import words as wording
from blina.reports.t_cell_kinetics.numbers.calibration import LogNormal, read_calibration
from blina.reports.t_cell_kinetics.numbers.simulation import (
    DAYS,
    EXPANSION_RATIO,
    SEED,
    agreement,
    simulate,
    simulate_adlb,
    visit_name,
)
from blina.reports.t_cell_kinetics.numbers.summaries import (
    LONG,
    SHORT,
    average_fold,
    contrast,
    contrasts,
    counts_of,
    counts_table,
    expansion_table,
    group_summary,
    rank_sum_p,
    results,
)
from blina_base.errors import InputError

NOTEBOOK = COLLECTION.notebooks / "07_t_cell_kinetics.ipynb"
PATIENTS = 20000
SISTER_TRIAL = 19


@pytest.fixture(scope="module")
def facts():
    return published.kinetics().set_index("id")


@pytest.fixture(scope="module")
def counts():
    """Many patients without a contrast: the distribution that the sister trial's 19 are compared with."""
    rng = np.random.default_rng(20151019)
    return simulate(np.zeros(PATIENTS, dtype=bool), read_calibration(), expansion_ratio=1.0, rng=rng)


@pytest.fixture(scope="module")
def folds(counts):
    return counts.t_cells / counts.t_cells[:, :1]


def sampling_limits(values, n=SISTER_TRIAL):
    """95 % limits of the median of `n` patients drawn from `values`."""
    draws = np.random.default_rng(7).choice(values, size=(4000, n))
    return np.quantile(np.median(draws, axis=1), [0.025, 0.975])


@pytest.mark.parametrize("day", [1, 2, 7, 14, 21, 28, 35])
def test_median_fold_of_each_day_meets_the_published_one(facts, folds, day):
    simulated = folds[:, np.flatnonzero(day == DAYS)[0]]
    printed = facts.loc[f"cd8_day_{day}", "value"]
    lower, upper = sampling_limits(simulated)
    assert lower <= printed <= upper
    # The calibration is to the median itself: what is left is the rounding of the nadir's place and chance.
    assert np.median(simulated) == pytest.approx(printed, rel=0.08)


def test_baselines_meet_the_published_medians_and_quartiles(facts, counts):
    for values, key in ((counts.t_cells, "cd8_baseline"), (counts.b_cells, "b_baseline")):
        row = facts.loc[key]
        quartiles = np.quantile(values[:, 0], [0.25, 0.5, 0.75])
        assert quartiles == pytest.approx([row["lower"], row["value"], row["upper"]], rel=0.06)


def test_peak_and_share_of_doubled_patients_are_met(facts, folds):
    """The median peak fitted the spread between visits; the share of at least twofold peaks was not used."""
    during = (DAYS >= 7) & (DAYS <= 28)
    peak = folds[:, during].max(axis=1)
    lower, upper = sampling_limits(peak)
    assert lower <= facts.loc["cd8_peak", "value"] <= upper
    doubled = facts.loc["cd8_doubled", "value"] / SISTER_TRIAL
    assert abs(np.mean(peak >= 2.0) - doubled) < 1.96 * np.sqrt(doubled * (1 - doubled) / SISTER_TRIAL)


def test_nadir_falls_within_a_day_and_meets_its_median(facts, counts):
    """Klinger 2012: a nadir within less than a day in all patients."""
    early = counts.t_cells[:, DAYS <= 2]
    assert np.all(DAYS[np.argmin(early, axis=1)] <= 1.0)
    fraction = np.min(early, axis=1) / counts.t_cells[:, 0]
    # Visits miss nadirs between them, so the lowest visit lies a little above the true nadir.
    printed = facts.loc["cd8_nadir", "value"]
    assert printed * 0.9 < np.median(fraction) < sampling_limits(fraction)[1]


def test_mean_fold_more_than_doubled_at_two_to_three_weeks(facts, folds):
    mean = folds[:, np.isin(DAYS, [14.0, 21.0])].mean()
    assert mean > facts.loc["t_expansion", "value"]
    row = facts.loc["cd8_mean_fold"]
    assert row["lower"] * 0.95 < mean < row["upper"] * 1.05


def test_b_cells_are_below_one_within_two_days_and_stay(facts, counts):
    at_floor = np.mean(counts.b_cells <= 1.0, axis=0)
    assert np.all(at_floor[DAYS >= 1.0] == 1.0)
    printed = facts.loc["b_floor_hour_12", "value"] / SISTER_TRIAL
    assert at_floor[DAYS == 0.5][0] == pytest.approx(printed, abs=0.03)


def test_ratio_moves_the_groups_apart_by_exactly_itself_and_leaves_the_mean():
    flags = np.repeat([True, False], (10, 26))
    both = [
        simulate(flags, read_calibration(), expansion_ratio=ratio, rng=np.random.default_rng(3)).t_cells
        for ratio in (1.0, 3.0)
    ]
    shift = np.log(both[1] / both[0])
    late = np.isin(DAYS, [7, 14, 21, 28, 35, 42, 49, 56, 63, 70, 77])
    assert np.allclose(shift[:, ~late], 0.0)
    assert np.allclose(shift[0, late] - shift[-1, late], np.log(3.0))
    assert np.allclose(shift[:, late].mean(), 0.0)


def adsl(n_long=10, n_short=26):
    n = n_long + n_short
    return pd.DataFrame(
        {
            "STUDYID": "RECON",
            "USUBJID": [f"RECON-{i + 1:02d}" for i in range(n)],
            "LTSFL": ["Y"] * n_long + ["N"] * n_short,
        }
    )


def test_table_is_the_same_for_the_same_seed_and_says_that_it_is_simulated():
    first, again, other = (simulate_adlb(adsl(), seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert not first["AVAL"].equals(other["AVAL"])
    assert set(first["DTYPE"]) == {"SIMULATED"}
    assert set(first["AVALU"]) == {"cells/uL"}
    assert len(first) == 36 * len(DAYS) * 2
    assert not first.duplicated(["USUBJID", "PARAMCD", "AVISIT"]).any()


def test_no_counts_after_death():
    adtte = pd.DataFrame({"USUBJID": ["RECON-11"], "PARAMCD": ["OS"], "AVAL": [24]})
    kept = simulate_adlb(adsl(), 1, adtte=adtte)
    assert kept.loc[kept["USUBJID"] == "RECON-11", "ADY"].max() == 22
    assert kept.loc[kept["USUBJID"] == "RECON-12", "ADY"].max() == 78


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan")])
def test_ratio_that_is_none_is_refused(ratio):
    with pytest.raises(InputError, match="expansion_ratio"):
        simulate_adlb(adsl(), 1, expansion_ratio=ratio)


@pytest.mark.parametrize(("n_long", "n_short"), [(1, 1), (0, 3), (3, 0)])
@pytest.mark.parametrize("ratio", [0.05, 20.0])
def test_extreme_groups_and_ratios_run(n_long, n_short, ratio):
    patients = adsl(n_long, n_short)
    table = counts_table(simulate_adlb(patients, 0, expansion_ratio=ratio), patients)
    found = contrast(expansion_table(table), 2)
    assert (found.n_long, found.n_short) == (n_long, n_short)
    assert np.isnan(found.p) == (min(n_long, n_short) == 0)


def test_quartiles_meet_r():
    # R 4.2.2: quantile(c(100, 150, 230, 400, 900), c(.25, .5, .75)) -> 150 230 400 (type 7)
    table = pd.DataFrame(
        {"PARAMCD": "TCELL", "group": LONG, "day": 7.0, "count": [100.0, 150.0, 230.0, 400.0, 900.0]}
    )
    row = group_summary(table).iloc[0]
    assert (row["lower"], row["median"], row["upper"], row["n"]) == (150.0, 230.0, 400.0, 5)


def test_average_fold_by_hand():
    # Trapezoids: (1 + 3)/2 * 7 + (3 + 2)/2 * 7 = 14 + 17.5 = 31.5 over 14 days = 2.25.
    assert average_fold([0, 7, 14], [1.0, 3.0, 2.0]) == pytest.approx(2.25)


def test_own_table_without_times_or_baselines():
    """ADY alone gives the day; a patient without a count before treatment has no fold, and is left out."""
    adlb = pd.DataFrame(
        {
            "USUBJID": ["A"] * 4 + ["B"] * 3 + ["C"] * 2,
            "PARAMCD": "TCELL",
            "ADY": [-3, 1, 8, 22, 2, 8, 22, 1, 8],
            "AVAL": [50.0, 100.0, 200.0, 300.0, 100.0, 150.0, 100.0, 80.0, 90.0],
        }
    )
    patients = pd.DataFrame({"USUBJID": ["A", "B", "C"], "LTSFL": ["Y", "N", "N"]})
    table = counts_table(adlb, patients)
    assert table.loc[table["USUBJID"] == "A", "fold"].tolist() == [0.5, 1.0, 2.0, 3.0]
    expansion = expansion_table(table)
    # A alone has a baseline and two weeks of counts: (1+2)/2*7 + (2+3)/2*14 = 45.5 over 21 days.
    assert expansion[["USUBJID", "cycle"]].to_numpy().tolist() == [["A", 1]]
    assert expansion["auc_fold"].iloc[0] == pytest.approx(45.5 / 21)
    assert expansion["peak_fold"].iloc[0] == 3.0


def test_baseline_is_the_flagged_count_else_the_first_of_the_day():
    adlb = pd.DataFrame(
        {
            "USUBJID": ["A"] * 3 + ["B"] * 3 + ["C"] * 2,
            "PARAMCD": "TCELL",
            "ADY": [1, 1, 8, -2, 1, 8, -5, -2],
            "AVAL": [100.0, 5.0, 200.0, 80.0, 40.0, 120.0, 70.0, 90.0],
            "ABLFL": ["", "", "", "Y", "", "", "", ""],
        }
    )
    patients = pd.DataFrame({"USUBJID": ["A", "B", "C"], "LTSFL": ["Y", "N", "N"]})
    table = counts_table(adlb, patients)
    assert table.groupby("USUBJID")["baseline"].first().to_dict() == {"A": 100.0, "B": 80.0, "C": 90.0}


def test_rank_sum_meets_r():
    # R 4.2.2: wilcox.test(c(1.1,2.4,3.9,5.2,8.8), c(0.3,0.9,1.4,1.9,2.2,3.1))$p.value -> 0.08225108 (exact)
    first, second = np.array([1.1, 2.4, 3.9, 5.2, 8.8]), np.array([0.3, 0.9, 1.4, 1.9, 2.2, 3.1])
    assert rank_sum_p(first, second) == pytest.approx(0.08225108, abs=1e-8)


def test_group_names_cover_the_flag():
    table = counts_table(simulate_adlb(adsl(), 1), adsl())
    assert table.groupby("group")["USUBJID"].nunique().to_dict() == {LONG: 10, SHORT: 26}


def test_visit_names():
    assert [visit_name(day) for day in (0.0, 0.25, 6.0, 42.5)] == [
        "Cycle 1 Day 1",
        "Cycle 1 Day 1 Hour 6",
        "Cycle 1 Day 7",
        "Cycle 2 Day 1 Hour 12",
    ]


def test_log_normal_from_quartiles():
    # A log-normal with log SD s has quartiles median * exp(±0.6744898 s).
    found = LogNormal.from_quartiles(10.0, 10.0 * np.exp(-0.6744898), 10.0 * np.exp(0.6744898))
    assert found.spread == pytest.approx(1.0, abs=1e-6)


def test_checked_in_counts_are_those_of_the_report_at_its_defaults():
    """The report draws data/cohort/adlb.csv; both come from one seed and ratio."""
    declared = {one.name: one.default for one in COLLECTION.declared(NOTEBOOK)}
    assert (declared["seed"], declared["expansion_ratio"]) == (SEED, EXPANSION_RATIO)
    tables = read_tables()
    found = counts_of(tables, seed=SEED)
    assert found.kind == "simulated"
    assert found.table.equals(counts_table(tables.adlb, tables.adsl))
    assert set(tables.adlb["DTYPE"]) == {"SIMULATED"}


def test_the_seed_is_the_first_that_draws_ordinary_counts():
    def ordinary(seed):
        expansion = expansion_table(counts_of(read_tables(), seed=seed).table)
        ratios = [found.ratio for found in contrasts(expansion)]
        return ratios == pytest.approx([EXPANSION_RATIO] * 2, rel=0.2)

    assert list(filter(ordinary, range(SEED + 1))) == [SEED]


def test_agreement_lists_every_published_median_and_agrees():
    table = agreement(read_calibration(), seed=1)
    assert len(table) == 11
    assert table["agrees"].all()


def test_agreement_sees_a_wrong_calibration():
    right = read_calibration()
    wrong = replace(right, folds={**right.folds, 7.0: 3.5})
    table = agreement(wrong, seed=1).set_index("quantity")
    assert not table.loc["CD8+ T cells, day 7, fold", "agrees"]


def test_own_counts_are_drawn_as_they_are():
    tables = read_tables()
    own = replace(tables, kind="yours", adlb=tables.adlb.assign(AVAL=tables.adlb["AVAL"] * 2))
    found = counts_of(own, seed=1)
    assert (found.kind, found.t_cells) == ("yours", "T cells")
    # Who was last seen alive before 30 months is in neither group of a user's own patients.
    survival = tables.endpoint("OS")
    early = survival.USUBJID[~survival.event & (survival.time_months < 30)]
    assert found.unknown == len(early)
    drawn = tables.adlb.loc[~tables.adlb["USUBJID"].isin(early), "AVAL"]
    assert found.table["count"].sum() == pytest.approx(2 * drawn.sum())
    without = counts_of(replace(own, adlb=None), seed=1)
    assert without.kind == "simulated"


def test_words_at_the_extremes():
    at_80 = pd.Series({"t": float("nan"), "w": 2.0})
    nobody = contrast(pd.DataFrame(columns=["USUBJID", "group", "cycle", "auc_fold", "peak_fold"]), 1)
    for kind in ("simulated", "yours"):
        ((number, _),) = wording.key_numbers(kind, [nobody], at_80, (10, 26))
        assert number == "beyond the range tried"
    assert "counts in one group only" in wording.answer("yours", [nobody])


def test_a_simulated_contrast_is_no_answer_and_has_no_p():
    counts = counts_of(read_tables(), seed=SEED)
    found = contrasts(expansion_table(counts.table))
    at_80 = pd.Series({"t": 1.664, "w": 2.0})
    said = wording.answer("simulated", found)
    ((number, what),) = wording.key_numbers("simulated", found, at_80, (10, 26))
    assert number == "1.66–2.00-fold"
    assert "would show with 80% power" in what
    assert "would have to be" in said
    assert "Wilcoxon" not in said
    assert "P =" not in said
    assert len(said.split()) <= 40
    figure = pictures.expansion(expansion_table(counts.table), found, "simulated")
    assert not any("Wilcoxon" in text.get_text() for text in figure.axes[0].texts)
    assert not any("P," in row for row in results(found, at_80, "simulated")["statistic"])
    (own, what), _ = wording.key_numbers("yours", found, at_80, (10, 26))
    assert own == f"{found[0].ratio:.2f}"
    assert "Wilcoxon P" in what
    assert "Wilcoxon P, cycle 1" in results(found, at_80, "yours")["statistic"].tolist()


def test_the_label_stands_beside_the_paper_and_the_observed_beside_the_calculated():
    said = wording.contradiction()
    assert "**in few patients**" in said
    assert "**more pronounced**" in said
    # By hand: 28 µg/day / 24 / 2.22 L/h = .5255 µg/L; Zhu 2018 prints 621 ± 502.
    assert "621 ± 502 pg/mL as observed in MT103-211 (mean, SD) and is 526 as calculated" in said


def test_what_is_taken_over_is_not_said_to_agree():
    assert "Agrees" not in wording.agreement_table(agreement(read_calibration(), seed=1))
    assert "by construction" in wording.CAPTIONS["agreement"]


def test_tables_for_reading_hold_what_is_printed():
    here, elsewhere = (wording.published_table(this_cohort=flag) for flag in (True, False))
    assert not here["Value"].str.contains(r"\d/µL|fold").any()
    assert (elsewhere["Value"] == "180 (106–297) /µL").any()
    assert not elsewhere.isna().any().any()
