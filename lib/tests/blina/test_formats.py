"""The spelling of numbers: cases as journals print them."""

import math

import pandas as pd
import pytest

from blina import formats


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.009, ".009"),
        (0.1, ".10"),
        (0.0085, ".0085"),
        (0.17, ".17"),
        (1e-5, "<.0001"),
        (0.9985, ">.99"),
        (0.05, ".05"),
    ],
)
def test_p_has_two_digits_and_no_zero_before_the_point(value, text):
    assert formats.p_value(value) == text


def test_p_with_its_sign():
    assert formats.p_equals(0.0085) == "P = .0085"
    assert formats.p_equals(1e-9) == "P < .0001"


def test_a_range_has_one_dash_and_one_percent_sign():
    # Printed by the paper and by its primary analysis: 13.0 (8.5–21.9); 15 of 36, 26–59%.
    assert formats.between(8.5, 21.9, "months") == "8.5–21.9"
    assert formats.between(26, 59, "%") == "26–59%"
    assert formats.between(8.5, math.inf, "months") == "8.5–not reached"
    assert formats.between(24, 24.2, "%") == "24%"


@pytest.mark.parametrize(
    ("lower", "upper", "unit", "text"),
    [
        # Not: not reached to not reached, nan–nan, 1.5e+04.
        (math.inf, math.inf, "months", "not reached"),
        (math.nan, math.nan, "months", "–"),
        (15000, 16000, "days", "15000.0–16000.0"),
        (math.nan, math.nan, "%", "–"),
        (1, math.nan, "months", "1.0 to –"),
        (math.nan, math.inf, "months", "– to not reached"),
    ],
)
def test_ranges_at_the_edge(lower, upper, unit, text):
    assert formats.between(lower, upper, unit) == text
    assert formats.limits(5, math.nan, math.nan, unit) == formats.number(5, unit)


def test_what_is_not_there_is_a_dash():
    spelled = [formats.months, formats.percent, formats.count, formats.ratio, formats.p_value]
    assert {spell(math.nan) for spell in spelled} == {formats.NOTHING}


def test_lists():
    assert [formats.listed(words) for words in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]


def test_halves_go_up_as_papers_print_them():
    # 1 of 8, 1 of 200 and 57 of 200: 12.5, 0.5 and 28.5 %.
    assert [formats.share(k / n) for k, n in ((1, 8), (1, 200), (57, 200), (0, 11))] == [
        "13%",
        "1%",
        "29%",
        "0%",
    ]


def test_levels_and_statistics_have_the_digits_that_they_need():
    assert [formats.level(level) for level in (0.95, 0.5, 0.999)] == ["95%", "50%", "99.9%"]
    # Log-rank and Mantel-Byar of the Stanford heart-transplant data, as R prints them.
    assert [formats.statistic(value) for value in (33.1997, 0.1750858, 20.04, 139.6, 1204.4)] == [
        "33.2", "0.175", "20.0", "140", "1204",
    ]  # fmt: skip


def test_counts_agree_with_their_noun():
    assert formats.of(1, 1, "number") == "1 of 1 number"
    assert formats.of(8, 11, "number") == "8 of 11 numbers"
    assert [formats.counted(n, "cohort") for n in (0, 1, 2)] == ["0 cohorts", "1 cohort", "2 cohorts"]


def test_a_number_is_spelled_by_its_unit():
    spelled = {unit: formats.number(0.0093, unit) for unit in ("P", "", "months")}
    assert spelled == {"P": ".0093", "": "0.01", "months": "0.0"}


def test_fractions_and_numbers_below_zero():
    assert [formats.fraction(0.0297), formats.fraction(0.0297, 4), formats.fraction(1.0)] == [
        ".030", ".0297", "1.000",
    ]  # fmt: skip
    assert [formats.decimal(value, 2) for value in (-1.944, -0.004, 7.7)] == ["−1.94", "0.00", "7.70"]
    assert formats.limits(30.6, 16.6, 45.7, "%") == "31% (17–46%)"
    assert formats.limits(0.512, 0.334, 0.75, "") == "0.51 (0.33–0.75)"


def test_a_table_for_reading_spells_each_row():
    frame = pd.DataFrame({"name": ["a", "b"], "low": [0.1, 0.2], "high": [0.3, 0.2], "n": [3, 4]})
    found = formats.table(
        frame, {"Name": "name", "Range": lambda r: formats.between(r["low"], r["high"], ""), "N": "n"}
    )
    assert found.to_dict("list") == {"Name": ["a", "b"], "Range": ["0.10–0.30", "0.20"], "N": [3, 4]}
    assert list(formats.table(frame[:0], {"Name": "name"})) == ["Name"]
