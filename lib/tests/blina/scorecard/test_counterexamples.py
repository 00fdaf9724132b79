"""What a page may not call impossible: cohorts changed by hand that meet every printed number."""

import numpy as np
import pytest

import counterexamples as made
from blina.endpoint import bounds
from blina.facts import assumptions, read_claims
from blina.scorecard.numbers import QUALITATIVE, REPRODUCED, scorecard
from pseudoipd.survival import kaplan_meier, rmst, survival_at

CHANGES = {
    "all responses on day 29, relapse-free survival censored at the last look": (
        made.DAY_29,
        {"first_day": True},
    ),
    "66.7 % alive at 12 months": (made.TWELVE, {"relapsed": ("11", "30")}),
    "94.4 % alive at 6 months": (made.SIX, {}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_printed_number_is_met(name, tmp_path):
    moved, how = CHANGES[name]
    card = scorecard(made.tables(tmp_path, moved, **how))
    checked = card[card["verdict"].isin([REPRODUCED, "not reproduced"])]
    assert len(checked) > 140
    assert (checked["verdict"] == REPRODUCED).all(), checked.loc[
        checked["verdict"] != REPRODUCED, "id"
    ].tolist()
    assert (card["verdict"] != QUALITATIVE).any()


def test_what_print_allows_holds_the_cohorts_made_by_hand(tmp_path):
    found = bounds.witnesses_of(read_claims(), assumptions())
    assert found is not None, "run python -m blina_tools.cohort.bounds"
    values = {}
    for name, (moved, how) in CHANGES.items():
        table = made.tables(tmp_path, moved, **how).endpoint("OS")
        values[name] = kaplan_meier(table.time_months, table.event)
    at = {month: [100 * float(survival_at(km, month)) for km in values.values()] for month in (6, 12)}
    assert at[12][1] == pytest.approx(66.67, abs=0.01)
    assert at[6][2] == pytest.approx(94.44, abs=0.01)
    means = [rmst(km, 36.0)[0] for km in values.values()]
    assert means[2] == pytest.approx(18.56, abs=0.01)
    witnessed = [
        kaplan_meier(d / 30.4375, e) for d, e in zip(found.time["OS"], found.event["OS"], strict=True)
    ]
    for month, own in at.items():
        reached = [100 * float(survival_at(km, month)) for km in witnessed]
        assert min(reached) - 1e-9 <= min(own)
        assert max(own) <= max(reached) + 1e-9
    reached = [rmst(km, 36.0)[0] for km in witnessed]
    assert np.min(reached) <= min(means)
    assert max(means) <= np.max(reached)
