"""The initial state's curve: a drawn hazard bent through printed points, on cases worked by hand."""

import numpy as np
import pytest

from pseudoipd.chain import initial_state as bending
from pseudoipd.chain.hazards import tabulate
from pseudoipd.model import prior
from pseudoipd.model.structs import TABLE_ROWS

HORIZON = 1000.0
EDGES = prior.edges(HORIZON, HORIZON / 3)
# S = 0.75 at 100 days, 0.5 at 300 days.
DAYS = np.array([0.0, 100.0, 300.0])
HAZARD = -np.log([1.0, 0.75, 0.5])
RARE = -30.0


def table(log_hazard, cured_logit=RARE):
    """The table of a drawn hazard; hardly anybody is cured."""
    found = np.zeros((TABLE_ROWS, len(EDGES)))
    tabulate(EDGES, np.append(log_hazard, cured_logit), found)
    return found


def bent(drawn, days=DAYS, hazard=HAZARD):
    """The curve of a drawn hazard through points."""
    curve = bending.new_bent(days, hazard, drawn)
    bending.bend(curve, drawn)
    return curve


CONSTANT = table(np.full(len(EDGES), np.log(0.002)))
FALLING = table(np.log(0.004 / np.arange(1, len(EDGES) + 1)))


@pytest.mark.parametrize("drawn", [CONSTANT, FALLING])
def test_the_bent_curve_passes_through_every_point(drawn):
    curve = bent(drawn)
    level = [bending.bent_level(day, curve) for day in DAYS]
    assert level == pytest.approx(HAZARD, abs=1e-9)


def test_a_constant_hazard_stays_constant_between_points():
    # By hand: the hazard is ln(4/3)/100 a day to day 100, ln(3/2)/200 to day 300, and ln(2)/300, the mean up
    # to there, after it.
    curve = bent(CONSTANT)
    assert curve.factor == pytest.approx([np.log(4 / 3) / 0.2, np.log(3 / 2) / 0.4, np.log(2) / 0.6])
    assert bending.bent_level(600.0, curve) == pytest.approx(2 * np.log(2))


@pytest.mark.parametrize("drawn", [CONSTANT, FALLING])
@pytest.mark.parametrize("day", [1, 40, 99, 101, 250, 299, 301, 700])
def test_the_day_of_a_level_is_the_inverse_of_the_level_of_a_day(drawn, day):
    curve = bent(drawn)
    assert bending.bent_day(bending.bent_level(day - 0.5, curve), curve, 10**6) == day


def test_a_level_that_the_cured_never_reach_is_beyond_the_limit():
    # Half are cured, so without bending -log S ends at ln 2.
    drawn = table(np.full(len(EDGES), np.log(0.05)), cured_logit=0.0)
    days, hazard = np.array([0.0, 10.0]), np.array([0.0, bending.drawn_level(10.0, drawn)])
    curve = bent(drawn, days, hazard)
    assert curve.factor == pytest.approx([1.0, 1.0])
    assert bending.bent_day(0.7, curve, 12345) == 12345
    assert bending.bent_day(0.6, curve, 12345) < 1000


def test_the_parameters_adopted_are_the_mean_hazards_of_the_bent_curve():
    theta = np.append(np.full(len(EDGES), np.log(0.002)), RARE)
    bending.hazard_of_curve(theta, EDGES, HORIZON, bent(CONSTANT))
    # Pieces begin at 0, 20, 50, 100, 180, 280, 420 … days: three lie before day 100, the next two before
    # day 300, of the sixth 20 of 140 days, and the others after it.
    early, middle, late = np.log(4 / 3) / 100, np.log(3 / 2) / 200, np.log(2) / 300
    mixed = (20 * middle + 120 * late) / 140
    assert np.exp(theta[:-1]) == pytest.approx([early] * 3 + [middle] * 2 + [mixed] + [late] * 3, rel=1e-6)


def test_no_more_are_cured_than_the_bent_curve_leaves():
    theta = np.append(np.full(len(EDGES), np.log(0.002)), 0.0)
    bending.hazard_of_curve(theta, EDGES, HORIZON, bent(CONSTANT))
    # Drawn was one half; at 1.2 horizons, 900 days after the last point, the curve is at 0.5 · 0.5^3; nine
    # tenths of it may be cured.
    assert 1 / (1 + np.exp(-theta[-1])) == pytest.approx(0.9 / 16, rel=1e-6)
