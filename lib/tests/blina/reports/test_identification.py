"""What an ensemble says about a quantity that was not printed: band, extremes, label."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from blina import facts
from blina.reports.reconstruction import numbers, words
from blina.reports.reconstruction.numbers import (
    BOUNDED,
    IDENTIFIED,
    OPEN,
    WIDTHS,
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
    span = summarise([10.0, 12.0, math.inf, math.inf], [5.0, 40.0], "months")
    assert (span["middle"], span["upper"], span["label"]) == (12, math.inf, OPEN)


def test_no_value_is_open():
    assert summarise([math.nan], [1, 2], "%")["label"] == OPEN


@pytest.mark.parametrize(
    ("least", "largest", "unit", "expected"),
    [
        (28.0, 34.0, "%", IDENTIFIED),
        (38.0, 50.0, "%", BOUNDED),
        (50.0, 75.1, "%", OPEN),
        (17.0, 18.5, "months", IDENTIFIED),
        (17.0, 18.6, "months", BOUNDED),
        (23, 25, "patients", IDENTIFIED),
        (23, 30, "patients", OPEN),
        (0.30, 0.36, "", IDENTIFIED),
        (0.30, 0.60, "", BOUNDED),
        (0.0, 0.5, "", OPEN),
        (10.0, math.inf, "months", OPEN),
    ],
)
def test_labels_go_by_the_width_in_the_unit(least, largest, unit, expected):
    assert label(least, largest, unit) == expected


def test_no_wider_range_is_better_known_than_a_narrower_one():
    order = [IDENTIFIED, BOUNDED, OPEN]
    for unit in WIDTHS:
        places = [order.index(label(1.0, 1.0 + wide, unit)) for wide in np.linspace(0, 60, 400)]
        assert places == sorted(places)


def test_what_print_allows_is_of_draws_and_witnesses_together():
    span = summarise(np.arange(1, 201), [-3.0, 50.0], "%")
    assert (span["least"], span["largest"], span["label"]) == (-3, 200, OPEN)


def test_ratios_are_compared_as_ratios():
    assert width(0.5, 2.0, "") == pytest.approx(math.log(4))
    assert width(0.0, 2.0, "") == math.inf
    assert width(math.inf, math.inf, "months") == 0


def test_table_puts_quantities_beside_their_witnesses():
    asked = [Quantity("a", "%", np.array([1.0, 2.0])), Quantity("b", "", np.array([1.0, 1.1]))]
    found = table(asked, [Quantity("b", "", np.array([1.0, 16.0]))]).set_index("name")
    assert found.loc["a", "label"] == IDENTIFIED
    assert found.loc["b", ["largest", "label"]].tolist() == [16.0, OPEN]


def test_a_range_is_exact_where_its_ends_are_proved():
    asked = [Quantity("a", "patients", np.array([1.0, 2.0])), Quantity("b", "patients", np.array([1.0, 2.0]))]
    found = table(asked, [], {"a": (1.0, 2.0), "b": (0.0, 2.0)}).set_index("name")
    assert found["exact"].tolist() == [True, False]


def test_counts_prove_limits_by_hand():
    # Of 25 in CR or CRh six are relapse-free, or five if hypocellular marrow can be: 19 or 20 events. All six
    # are alive, so 30 of 36 may have died; of 16 transplanted four are relapse-free.
    claims = facts.read_claims()
    for choice, most in (("possible", 20), ("impossible", 19)):
        chosen = facts.assumptions() | {"hypocellular_relapse_free": choice}
        found = SimpleNamespace(claims=claims, assumptions=chosen)
        limits = numbers.limits_by_count(found)
        assert limits["RFS events"] == (19, most)
        assert limits["relapses"] == (6, most)
        assert limits["OS events"][1] == 30
        assert limits["transplanted deaths"][1] == 12
        assert limits["early responses"] == (0, 25)


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
    assert len(named) == 19
    assert named["RFS at 12"] == "Relapse-free survival at 12 months"
    assert named["deaths between"] == "Deaths between 21.9 and 30 months"
    assert named["early responses"] == "MRD responses on day 29"
