"""What print allows: every witness is judged as any cohort is, and by the scorecard too."""

from dataclasses import replace

import numpy as np
import pytest

from blina import ensemble
from blina.adam import read_tables, write_tables
from blina.endpoint import bounds
from blina.endpoint.bands import extremes
from blina.facts import assumptions, read_claims
from blina.scorecard.numbers import NOT_REPRODUCED, REPRODUCED, scorecard
from pseudoipd import judge
from pseudoipd.model import possible


@pytest.fixture(scope="module")
def witnesses():
    found = bounds.witnesses_of(read_claims(), assumptions())
    assert found is not None, "run python -m blina_tools.cohort.bounds"
    return found


def test_witnesses_meet_every_claim_and_hold_possible_patients_only(witnesses):
    asked = ensemble.problem(read_claims(), assumptions())
    assert len(witnesses) >= 30
    assert judge.verdicts(witnesses, asked.used, asked.assumptions, asked.vocabulary).all()
    assert possible.possible(witnesses, asked.vocabulary).all()


@pytest.mark.slow
def test_the_scorecard_passes_each_witness(witnesses, tmp_path):
    for i in range(len(witnesses)):
        write_tables(*witnesses.cohort(i), tmp_path)
        verdicts = scorecard(replace(read_tables(tmp_path), kind="reconstructed"))["verdict"].value_counts()
        assert NOT_REPRODUCED not in verdicts
        assert verdicts[REPRODUCED] >= 149


def test_other_claims_or_assumptions_have_no_witnesses():
    assert bounds.witnesses_of(read_claims()[1:], assumptions()) is None
    assert bounds.witnesses_of(read_claims(), assumptions() | {"conf_type": "log"}) is None


def test_extremes_are_of_draws_and_witnesses_together():
    assert extremes([2.0, 3.0], [1.0]) == {"least": 1.0, "largest": 3.0}
    assert np.isnan(extremes([], [1.0])["least"])
