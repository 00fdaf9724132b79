"""What an ensemble says about a quantity that was not printed: band, extremes, label."""

import math

import numpy as np
import pytest

from blina import facts
from blina.reports.reconstruction import numbers, words
from blina.reports.reconstruction.numbers import (
    BOUNDED,
    IDENTIFIED,
    OPEN,
    Quantity,
    label,
    summarise,
    table,
    width,
)
from pseudoipd.cache import Ensemble


def test_band_and_extremes_are_order_statistics():
    # 1 … 200: 5 of the 201 ranks of one more are 2.5 %, so the 5th and the 196th; half is the 100th.
    span = summarise(np.random.default_rng(3).permutation(np.arange(1, 201)))
    assert [span[end] for end in ("lowest", "lower", "middle", "upper", "highest")] == [1, 5, 100, 196, 200]


def test_not_reached_stays_not_reached():
    span = summarise([10.0, 12.0, math.inf, math.inf], [5.0, 40.0], 0.5)
    assert (span["middle"], span["upper"], span["label"]) == (12, math.inf, OPEN)


def test_no_value_is_open():
    assert summarise([math.nan], [1, 2])["label"] == OPEN


@pytest.mark.parametrize(
    ("wide", "share", "resolution", "expected"),
    [
        (0.0, math.nan, 0.0, IDENTIFIED),
        (2.0, 0.9, 1.0, IDENTIFIED),  # no wider than two patients
        (2.1, 0.9, 1.0, OPEN),
        (30.0, 0.1, 1.0, IDENTIFIED),
        (30.0, 0.5, 1.0, BOUNDED),
        (30.0, 0.51, 1.0, OPEN),
        (30.0, math.nan, 1.0, OPEN),
        (math.inf, math.nan, 1.0, OPEN),
    ],
)
def test_labels(wide, share, resolution, expected):
    assert label(wide, share, resolution) == expected


def test_share_compares_with_the_cohorts_that_meet_only_counts():
    # Bands 5 … 196 and 10 … 392, both of 200 equally likely values.
    span = summarise(np.arange(1, 201), 2 * np.arange(1, 201), 1.0)
    assert span["share"] == pytest.approx(0.5)
    assert span["label"] == BOUNDED


def test_an_infinite_end_of_the_reference_does_not_make_a_band_look_narrow():
    span = summarise([10.0, 20.0], [10.0, 20.0, 30.0, math.inf], 0.5)
    assert span["share"] == pytest.approx(0.5)


def test_ratios_are_compared_as_ratios():
    assert width(0.5, 2.0, log=True) == pytest.approx(math.log(4))
    assert width(0.0, 2.0, log=True) == math.inf
    assert width(math.inf, math.inf) == 0


def test_table_puts_quantities_beside_their_reference():
    asked = [
        Quantity("a", "%", np.array([1.0, 2.0]), 1.0),
        Quantity("b", "", np.array([1.0, 9.0]), 1.0),
    ]
    found = table(asked, [Quantity("b", "", np.array([0.0, 16.0]), 1.0)]).set_index("name")
    assert found.loc["a", "label"] == IDENTIFIED
    assert found.loc["b", ["share", "label"]].tolist() == [0.5, BOUNDED]


def ensemble(os, died, response, transplanted):
    """One draw per row; times in months, whole days inside."""
    days = np.round(np.array(os) * 30.4375).astype(np.int32)
    columns = {
        "MRDRESP": np.where(np.array(response) >= 0, "Y", "N"),
        "MRDRDY": np.array(response, dtype=np.int32),
        "HSCTFL": np.where(np.array(transplanted), "Y", "N"),
    }
    subjects = tuple(f"RECON-{i:02d}" for i in range(days.shape[1]))
    return Ensemble(subjects, {"OS": days}, {"OS": np.array(died)}, columns, np.arange(len(days)))


def test_quantities_of_a_worked_cohort():
    # Six patients die at 4, 10, 22, 25 months; two are alive at 29 and 40. Responders: the 3rd to 6th.
    drawn = ensemble(
        [[4.0, 10, 22, 25, 29, 40]], [[True, True, True, True, False, False]],
        [[-1, -1, 29, 29, 71, 71]], [[False, False, True, True, False, False]],
    )  # fmt: skip
    values = {q.name: q.values[0] for q in numbers.quantities(drawn, facts.read_claims())}
    assert values["OS at 6"] == pytest.approx(100 * 5 / 6)
    assert values["OS at 24"] == pytest.approx(50)
    # Area to 36 months: (4 + 10 + 22 + 25 + 36 + 36) / 6.
    assert values["OS mean"] == pytest.approx(133 / 6, abs=0.01)
    assert (values["OS events"], values["lost"], values["deaths between"]) == (4, 1, 2)
    assert (values["early responses"], values["transplanted deaths"]) == (2, 2)
    assert values["median mrd_non_responder"] == pytest.approx(7, abs=0.02)
    # Two of four responders have died, so the curve is at one half from 25 months on; nobody dies later.
    assert values["median mrd_responder"] == pytest.approx(25, abs=0.02)
    assert values["transplanted at 24"] == pytest.approx(50)


def test_every_quantity_has_its_words():
    drawn = ensemble([[4.0, 10]], [[True, True]], [[-1, 29]], [[False, True]])
    drawn = Ensemble(
        drawn.subjects, {**drawn.time, "RFS": drawn.time["OS"]}, {**drawn.event, "RFS": drawn.event["OS"]},
        drawn.columns, drawn.draw,
    )  # fmt: skip
    named = words.named(table(numbers.quantities(drawn, facts.read_claims()))).set_index("name")["what"]
    assert len(named) == 17
    assert named["RFS at 12"] == "Relapse-free survival at 12 months"
    assert named["deaths between"] == "Deaths between 21.9 and 30 months"
    assert named["early responses"] == "MRD responses on day 29"


def test_reference_claims_name_no_time_and_keep_the_second_endpoint():
    claims = facts.read_claims()
    drawn = ensemble([[4.0, 10]], [[True, True]], [[-1, 29]], [[False, False]])
    drawn = Ensemble(
        drawn.subjects, {**drawn.time, "RFS": np.array([[90, -1]], dtype=np.int32)},
        {**drawn.event, "RFS": np.array([[True, False]])}, drawn.columns, drawn.draw,
    )  # fmt: skip
    kept = numbers.without_times(claims, drawn)
    assert {c.statistic for c in kept if c.endpoint in ("OS", "RFS") and not c.qualitative} == {"n"}
    assert [c.printed for c in kept if c.endpoint == "RFS"] == ["1"]
