"""A chain begins with as many followed late as are printed, where entry explains far fewer."""

import numpy as np
import pytest

from blina_tools.sampler import exact
from exact_cases import claims_of
from pseudoipd.chain.initial_state import place_followed
from pseudoipd.draw import draw_chunk, request
from pseudoipd.model.structs import EVENT, GROUPS, KIND, LONG_TERM, NO, OPEN, STATE, TIME

LATE = (
    ("OS", "median", None, "25.0"), ("OS", "median_lower", None, "21.2"),
    ("OS", "median_upper", None, "33.3"), ("OS", "count_at_or_beyond", 51.0, "7"),
    ("OS", "survival", 51.0, "27"), ("OS", "followup_median", None, "9.9"),
    ("OS", "followup_min", None, "0.1"), ("OS", "followup_max", None, "67.4"),
    ("OS", "plateau_from", None, "50.2"),
)  # fmt: skip
"""As a summary would print an arm of PROCLAIM: 297 patients, 85 events, most lost early, a few not."""
DRAWS = 8


def late(*claims):
    """Return what is asked for 297 patients, under the assumptions of any file."""
    return request(claims_of(exact.Case("late", 297, claims, 0.0, 0.0, 0.0, 0.0)), {}, 1)


def instead(name, printed):
    """Return the claims with another value of one of them, without it for None."""
    given = [(*claim[:3], printed) if claim[1] == name else claim for claim in LATE]
    return [claim for claim in given if claim[3] is not None]


def test_a_printed_number_is_begun_with_where_entry_explains_far_fewer():
    # By hand: 51 months end within day 1553. Half are followed beyond 9.9 of at most 67.4 months, at least 2%
    # of that: entry leaves ((2056.6 - 1552.3) / (2056.6 - 41.0)) ^ 5.0 of 27% of 297, a twelfth of a patient.
    assert late(*LATE).problem.start.followed.tolist() == [1553, 7]


@pytest.mark.parametrize(
    "claims",
    [
        instead("count_at_or_beyond", "1"),
        instead("count_at_or_beyond", "≥7"),
        # Seven of whom nobody says how many are alive.
        instead("survival", None),
        # Half are followed for longer than 60 months: entry leaves all of the 80 who are alive.
        instead("followup_median", "60.0"),
    ],
)
def test_else_a_chain_begins_as_it_did(claims):
    assert len(late(*claims).problem.start.followed) == 0


def test_the_next_longest_come_to_be_followed():
    x, roles = np.zeros((6, STATE), np.int64), np.full((2, GROUPS + 1), OPEN, np.int64)
    x[:, TIME], x[:, EVENT] = (900, 300, 500, 700, 600, 100), (0, 0, 0, 1, 0, 0)
    # The one with 600 days cannot be a long-term survivor, the one with 700 has an event.
    roles[1, LONG_TERM], x[4, KIND] = NO, 1
    before = x.copy()
    place_followed(np.array([1, 2, 3, 4], np.uint64), x, roles, np.zeros(6, np.int64), 800, 3)
    assert (x[[1, 2], TIME] >= 800).all()
    assert (x[:, TIME] <= 900).all()
    assert (np.delete(x, [1, 2], 0) == np.delete(before, [1, 2], 0)).all()


@pytest.mark.slow
def test_of_a_heavily_censored_arm_each_chain_arrives():
    # Where chains begin with whom the curve and entry leave, one to three of the seven, two of eight arrive.
    found = draw_chunk(late(*LATE), 0, DRAWS, restarts=1)
    assert len(found) == DRAWS
    assert ((found.time["OS"] >= 51 * 30.4375).sum(axis=1) == 7).all()
