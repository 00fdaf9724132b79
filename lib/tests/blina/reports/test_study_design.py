"""Doses and concentrations against printed numbers, hand-worked cases and a numerical solver."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from blina import facts
from blina.reports.study_design import words as wording
from blina.reports.study_design.numbers import (
    assessment_day,
    cohort_sizes,
    concentration,
    concentration_curves,
    dose_steps,
    dose_totals,
    earlier_events,
    exposure,
    patients,
    pharmacokinetics,
    pooled_events,
    regimens,
    results,
    steady_states,
    steady_states_by_source,
    target_concentration,
)
from blina.reports.study_design.words import answer, criteria_table
from blina_base.errors import InputError
from pseudoipd.claims import printed_interval

REFERENCE_SURFACE = 1.876


@pytest.fixture(scope="module")
def dosing():
    return facts.dosing()


def test_cumulative_doses_by_hand(dosing):
    # 28 * 15 = 420; 7 * 5 + 21 * 15 = 350; 7 * 5 + 7 * 15 + 14 * 30 = 560 µg/m² in a cycle.
    totals = dose_totals(dosing, 2.0).set_index("cohort")
    assert totals["per_m2"].to_dict() == {"1": 420.0, "2a": 350.0, "2b": 560.0, "3": 350.0}
    assert totals["in_all"].to_dict() == {"1": 840.0, "2a": 700.0, "2b": 1120.0, "3": 700.0}
    assert set(totals["infusion_weeks"]) == {4}


def test_regimens_join_the_extension_to_cohort_2a(dosing):
    assert regimens(dosing) == {"15-15-15-15": ("1",), "5-15-15-15": ("2a", "3"), "5-15-30-30": ("2b",)}


def test_dosing_table_says_what_the_claims_say(dosing):
    doses = dosing.set_index(["cohort", "week"])["dose"]
    claims = facts.select(facts.read_claims(), statistic="dose")
    assert claims
    for claim in claims:
        assert doses[claim.population.removeprefix("cohort_"), claim.at] == claim.value


def test_steady_states_at_the_reference_surface(dosing):
    # By hand, 15 µg/m²/day: 15 * 1.876 / 24 / 2.22 µg/L = .5282 ng/mL; the doses are proportional.
    model = pharmacokinetics(REFERENCE_SURFACE)
    assert model.steady_state([5, 15, 30]).round().tolist() == [176.0, 528.0, 1056.0]
    table = steady_states(dosing, model, target_concentration())
    assert table["dose"].tolist() == dose_steps(dosing) == [5.0, 15.0, 30.0]
    assert (table["multiple"] > 1).tolist() == [False, True, True]


def test_clearance_scales_with_surface_by_hand():
    # (1.5 / 1.876)^.62 = exp(.62 * ln .79957) = exp(-.13868) = .87051; 2.22 * .87051 = 1.93253.
    assert pharmacokinetics(1.5).clearance == pytest.approx(1.93253, abs=1e-4)


def test_half_life_is_the_printed_two_hours():
    printed = facts.kinetics().set_index("id").loc["pk_half_life", "printed"]
    model = pharmacokinetics(REFERENCE_SURFACE)
    half_life = math.log(2) * model.volume / model.clearance
    assert printed_interval(printed, "median").contains(half_life)


def test_spread_of_clearance_by_hand():
    # CV 47.6 %: log SD = sqrt(ln(1 + .476²)) = sqrt(.204226) = .451914.
    assert pharmacokinetics(1.8).spread == pytest.approx(0.451914, abs=1e-5)


def test_share_above_the_target_meets_simulated_clearances(dosing):
    model = pharmacokinetics(REFERENCE_SURFACE)
    z = np.random.default_rng(1).standard_normal(200_000)
    simulated = [
        np.mean(1000 * dose * model.surface / 24 / (model.clearance * np.exp(model.spread * z)) > 470.0)
        for dose in (5, 15, 30)
    ]
    assert steady_states(dosing, model, 470.0)["share_above"].to_numpy() == pytest.approx(
        simulated, abs=0.004
    )


@pytest.mark.parametrize("cohort", ["1", "2a", "2b", "3"])
def test_concentration_curve_meets_a_numerical_solver(dosing, cohort):
    """scipy's solve_ivp on dC/dt = rate/V − (CL/V)·C, restarted at each change of the rate."""
    model = pharmacokinetics(REFERENCE_SURFACE)
    weeks = dosing[dosing["cohort"] == cohort]
    k = 24 * model.clearance / model.volume
    level, times, levels = 0.0, [], []
    for week in weeks.itertuples():
        inflow = 1000 * week.dose * model.surface / model.volume
        ask = np.array([0.02, 0.2, 1.0, 7.0])
        solved = solve_ivp(
            lambda t, c, inflow=inflow: inflow - k * c, (0, 7), [level], t_eval=ask, rtol=1e-9, atol=1e-9
        )
        times += list(week.first_day - 1 + ask)
        levels += list(solved.y[0])
        level = solved.y[0][-1]
    assert concentration(dosing, cohort, model, times) == pytest.approx(levels, rel=1e-6, abs=1e-4)


def test_curves_start_at_zero_and_end_at_zero(dosing):
    curves = concentration_curves(dosing, pharmacokinetics(1.6))
    ends = curves[curves["day"].isin([0.0, 42.0])]
    assert ends["concentration"].to_numpy() == pytest.approx(0.0, abs=1e-9)
    assert curves["day"].max() == 42.0


@pytest.mark.parametrize("surface", [1.2, 1.876, 2.6])
def test_three_published_clearances_agree_within_a_factor_of_two(dosing, surface):
    table = steady_states_by_source(dosing, surface)
    assert len(table) == 3
    assert table["clearance"].max() / table["clearance"].min() < 2.0


def test_qsp_clearance_by_hand(dosing):
    # 22,300 mL/m²/day: 15 µg/m²/day over 22.3 L/m²/day = .672646 µg/L, whatever the surface.
    table = steady_states_by_source(dosing, 1.7).set_index("study")
    assert table.loc["Hosseini 2020", "15 µg/m²/day"] == pytest.approx(672.646, abs=1e-3)


@pytest.mark.parametrize("surface", [0.0, -1.0, float("nan")])
def test_surface_that_is_none_is_refused(surface):
    with pytest.raises(InputError, match="body_surface_area"):
        pharmacokinetics(surface)


def test_criteria_of_complete_remission_are_the_five_printed():
    table = criteria_table("complete remission")
    assert len(table) == 5
    assert dict(table.to_numpy())["Hemoglobin"] == "≥ 11 g/dL"


def test_words_and_results_follow_the_numbers(dosing):
    claims = facts.read_claims()
    steady = steady_states(dosing, pharmacokinetics(REFERENCE_SURFACE), 470.0)
    words = answer(steady, 470.0)
    assert "**from 15 µg/m²/day on**" in words
    assert [number for number, _ in wording.key_numbers(exposure(claims, dosing), steady)] == [
        "712 µg/m²",
        "60%",
    ]
    assert len(words.split()) <= 40
    none = steady.assign(multiple=0.5)
    assert "**at none of the doses**" in answer(none, 470.0)
    assert len(wording.key_numbers(exposure(claims, dosing), none)) == 1
    found = results(dosing, steady, claims).query("claim != ''").set_index("claim")["value"]
    printed = {claim.id: claim.value for claim in claims}
    assert len(found) == sum(claim.statistic in ("dose", "weeks") for claim in claims) > 0
    assert all(value == printed[claim] for claim, value in found.items())


def test_cohorts_and_assessment_are_the_printed_ones():
    claims = facts.read_claims()
    assert cohort_sizes(claims) == {"1": 7, "2a": 5, "2b": 6, "3": 18}
    assert assessment_day(claims) == 29


def test_two_cycles_by_hand(dosing):
    # 7 * 5 + 21 * 15 + 28 * 15 = 770 µg/m² with the step in the first cycle only, 2 * 350 with it in both.
    found = exposure(facts.read_claims(), dosing)
    assert (found.two_days, found.first, found.every) == (56, 770, 700)
    assert (found.days, found.dose) == (55, 712)
    assert "56 days and 770 µg/m² if" in wording.exposure(found)


def test_patients_are_those_of_the_review_and_nobody_else():
    table = patients(facts.read_claims())
    heads = wording.patients_heads(36)
    shown = wording.patients_table(table, heads).set_index("Characteristic")
    assert list(shown) == ["These 36", "MT103-211 (n = 189)", "TOWER (n = 405)"]
    assert shown.loc["Age, median"].tolist() == ["32 years", "39 years", "37 years"]
    assert shown.loc["Two or more salvage therapies"].tolist() == ["19%", "57%", "56%"]
    assert shown.loc["Exposure, median (range)"].tolist() == ["55 days (1–150)", "42 days", "–"]
    assert shown.loc["Cumulative dose, median"].tolist() == ["712 µg/m²", "655 µg/m²", "–"]
    assert shown.loc["Completed five cycles"].tolist() == ["4", "–", "–"]


def test_adverse_events_are_context_and_nothing_is_subtracted():
    pooled = pooled_events().set_index("kind")
    assert pooled.loc["grade 3 or higher", ["patients", "related", "n"]].tolist() == [182, 128, 225]
    assert len(pooled) == 6
    told = wording.adverse_events(pooled_events(), 36)
    # One of 225 had none, so at most one of these 36.
    assert "224 of 225 patients" in told
    assert "at least 35 had one" in told
    table = wording.pooled_table(pooled_events()).set_index("Adverse events")
    # The printed percentages of the pooled table: 81, 57; 15, 2.
    assert table.loc["grade 3 or higher"].tolist() == ["182 (81%)", "128 (57%)"]
    assert table.loc["fatal"].tolist() == ["34 (15%)", "4 (2%)"]
    early = wording.earlier_table(earlier_events())
    assert set(early["Patients"]) == {"12", "36"}
    assert early["Report"].str.startswith("MT103-206").all()
