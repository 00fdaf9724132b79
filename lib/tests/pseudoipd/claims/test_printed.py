"""What print writes is read as print means it, with the rounding of its own unit."""

import math

import pytest

from pseudoipd.claims import printed_interval


@pytest.mark.parametrize(
    ("printed", "statistic", "unit", "inside", "outside"),
    [
        # 3.4 years are 3.35 to 3.45 years, 40.2 to 41.4 months.
        ("3.4", "median", "years", (40.2, 41.39), (40.19, 41.4)),
        ("3·4 years", "median", "", (40.2, 41.39), (40.19, 41.4)),
        # 24 weeks are 23.5 to 24.5 weeks of 7 days, in months of 30.4375 days.
        ("24", "median", "weeks", (164.5 / 30.4375, 171.4 / 30.4375), (164.4 / 30.4375, 171.5 / 30.4375)),
        ("90", "followup_median", "days", (89.5 / 30.4375,), (89.4 / 30.4375, 90.5 / 30.4375)),
        ("10·4", "median", "months", (10.35, 10.449), (10.34, 10.45)),
        ("~3 years", "median", "", (24.0, 48.0), (23.9, 48.1)),
        (">24", "median", "months", (24.1, 99, math.inf), (23.9,)),
        ("≥2 years", "median", "", (24.0, math.inf), (23.9,)),
        ("24+", "median_upper", "months", (24.1, math.inf), (23.9,)),
        ("41.9+", "followup_max", "months", (41.9,), (41.8, 42.0, math.inf)),
        ("<0.1", "followup_min", "months", (0.0, 0.09), (0.1, 0.2)),
        ("≤3", "followup_min", "months", (3.0,), (3.01,)),
        ("42%", "survival", "", (41.5, 42.49), (41.4, 42.5)),
        ("0.42", "survival", "fraction", (41.5, 42.49), (41.4, 42.5)),
        ("<.001", "mantel_byar_p", "P", (0.0005,), (0.001, 0.01)),
        ("approximately 40%", "survival", "", (39, 41), (38.9, 41.1)),
        ("About 13", "median", "months", (12, 14), (11.9, 14.1)),
        ("1,200", "n", "patients", (1200,), (1201,)),
        ("0.71", "hazard_ratio", "", (0.705, 0.7149), (0.7049, 0.715)),
    ],
)  # fmt: skip
def test_a_number_stands_for_what_would_be_printed_so(printed, statistic, unit, inside, outside):
    interval = printed_interval(printed, statistic, unit)
    assert all(interval.contains(value) for value in inside)
    assert not any(interval.contains(value) for value in outside)


@pytest.mark.parametrize(
    "word", ["NR", "NE", "NA", "not reached", "Not  estimable", "NYR", "N.R.", "—", "–", "∞"]
)
def test_what_was_not_reached_has_many_names(word):
    assert printed_interval(word, "median_upper").not_reached


@pytest.mark.parametrize(
    ("printed", "statistic", "unit"),
    [
        ("NE", "events", ""), ("NR", "survival", "%"), ("10,4", "median", "months"), ("42%", "median", ""),
        ("3 years", "survival", "%"), ("3.4 years", "median", "weeks"), ("more", "median", ""),
        ("13.0 to 14", "median", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_no_number(printed, statistic, unit):
    with pytest.raises(ValueError, match=r"\S"):
        printed_interval(printed, statistic, unit)
