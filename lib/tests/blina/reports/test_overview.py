import dataclasses
from types import SimpleNamespace

import numpy as np

from blina.endpoint.options import Options
from blina.reports.overview import numbers, pictures, words
from blina.scorecard import numbers as scorecard
from blina_base import project


def test_every_key_number_is_a_numeric_claim(claims):
    numeric = {claim.id for claim in claims if not claim.qualitative}
    assert set(numbers.KEY_CLAIMS) <= numeric


def test_key_numbers_stand_as_printed_beside_ours(card):
    table = words.key_table(card).set_index("Number")
    assert len(table) == len(numbers.KEY_CLAIMS)
    assert table.loc["OS, median", ["Printed", "Report"]].tolist() == ["13.0", "Overall survival"]
    assert (table["Verdict"] == "reproduced").all()


def test_other_claims_give_their_own_key_numbers(card):
    others = card.assign(id=["x" + name for name in card["id"]], exhibit="theirs")
    table = words.key_table(others)
    assert len(table) == 20
    assert set(table["Report"]) == {"–"}


def test_every_report_is_linked_once_with_its_exhibits(card):
    lines = words.directory(card).splitlines()
    notebooks = sorted(path.stem for path in project.notebooks().glob("[0-9]*.ipynb"))
    assert len(lines) == len(notebooks) - 1
    for line, name in zip(lines, notebooks[1:], strict=True):
        assert line.startswith("- [")
        assert f"]({name}.ipynb): " in line
    assert any(line.endswith("overall survival (8 of 8 numbers)") for line in lines)


def test_survival_that_nobody_printed_is_confined_by_what_is(reference, claims):
    reports = numbers.survival_reports(reference, claims, Options(), None)
    assert list(reports) == ["OS", "RFS"]
    table = words.fixed_times_table(numbers.fixed_times(reports)).set_index("Time")
    assert list(table) == ["These patients"]
    assert table.loc["OS, survival at 24 months"].item().endswith("%")
    assert "no ranges" in words.openness(reports)


def test_a_range_stands_beside_each_value_where_there_are_drawn_cohorts(reference, claims):
    two = {
        role: np.array([reference.endpoint(role).days, reference.endpoint(role).days + shift]).astype(
            np.int32
        )
        for role, shift in (("OS", 60), ("RFS", 60))
    }
    died = {role: np.array([reference.endpoint(role).event] * 2) for role in two}
    drawn = SimpleNamespace(time=two, event=died)
    reports = numbers.survival_reports(reference, claims, Options(), drawn)
    table = words.fixed_times_table(numbers.fixed_times(reports)).set_index("Time")
    assert list(table) == ["These patients", "all 2 cohorts drawn", "Allowed by print, at least"]
    assert "–" in table.loc["OS, survival at 12 months", "all 2 cohorts drawn"]
    assert "2 cohorts drawn" in words.openness(reports)


def test_response_is_left_out_where_its_day_is_not_known(reference):
    assert numbers.by_response(reference, Options(), "before") is not None
    without_day = dataclasses.replace(reference, adsl=reference.adsl.drop(columns="MRDRDY"))
    assert numbers.by_response(without_day, Options(), "before") is None
    one_lacks = reference.adsl.assign(MRDRDY=float("nan"))
    assert numbers.by_response(dataclasses.replace(reference, adsl=one_lacks), Options(), "before") is None


def test_the_small_curves_take_what_there_is(reference, claims):
    reports = numbers.survival_reports(reference, claims, Options(), None)
    response = numbers.by_response(reference, Options(), "before")
    assert len(pictures.curves(reports, response).axes) == 3
    only = {"OS": reports["OS"]}
    assert len(pictures.curves(only, None).axes) == 1
    assert "with and without an MRD response" in words.curves_alt(reports, response)
    assert words.curves_alt(only, None).count("months") == 1
    assert words.curves_caption(only) == "Kaplan-Meier curves. Diamonds are printed medians."


def test_arms_of_a_reader_are_named_and_coloured(reference):
    half = np.where(np.arange(reference.patients) % 2 == 0, "One", "Two")
    arm = reference.adtte["USUBJID"].map(dict(zip(reference.adsl["USUBJID"], half, strict=True)))
    two = dataclasses.replace(reference, kind="yours", arm=arm, arms=("One", "Two"))
    reports = numbers.survival_reports(two, (), Options(), None)
    table = words.fixed_times_table(numbers.fixed_times(reports))
    assert set(table["Population"]) == {"One", "Two", "All patients"}
    axes = pictures.curves(reports, None).axes[0]
    assert [text.get_text() for text in axes.texts] == ["One", "Two"]
    # Without printed numbers the medians stand for the answer, and no empty table.
    nothing = scorecard.scorecard(two, ())
    assert words.key_numbers(nothing, reports) == [
        ("13.0 months", "median overall survival"),
        ("8.8 months", "median relapse-free survival"),
    ]
    assert (words.key_table(nothing), words.directory(nothing)) == (None, "")


def test_a_band_is_drawn_and_explained_where_there_are_cohorts(reference, claims):
    os = reference.endpoint("OS")
    drawn = SimpleNamespace(
        time={"OS": np.array([os.days, os.days + 30]).astype(np.int32)},
        event={"OS": np.array([os.event] * 2)},
    )
    only = dataclasses.replace(reference, roles={"OS": "OS"})
    reports = numbers.survival_reports(only, claims, Options(), drawn)
    assert pictures.curves(reports, None).axes[0].collections
    assert "at each month, all 2 reconstructed cohorts" in words.curves_caption(reports)
