"""Two arms as the sampler compares them: by hand, as lifelines, and as the judge says whether claims hold."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lifelines.statistics import logrank_test

from claims_files import claims
from pseudoipd import draw
from pseudoipd.chain import beside, between, chains, losses, parameters
from pseudoipd.chain.keys import make_key
from pseudoipd.model.structs import EVENT, KIND, STATE, TIME
from pseudoipd.paper.comparing import compared
from pseudoipd.paper.reading import Comparison
from pseudoipd.paper.together import Together


def keys(days, event):
    packed = [make_key(int(d), int(e), i) for i, (d, e) in enumerate(zip(days, event, strict=True))]
    return np.sort(np.array(packed, dtype=np.int64)), len(packed)


def test_score_and_statistic_by_hand():
    one, other = keys([2, 4], [1, 0]), keys([1, 3], [1, 1])
    # Days 1, 2, 3: the first arm's share of those at risk is 1/2, 2/3, 1/2, and it dies on day 2.
    score, information, _ = between.score_of_ratio(0.0, *one, *other)
    assert score == pytest.approx(1 - 1 / 2 - 2 / 3 - 1 / 2)
    assert information == pytest.approx(1 / 4 + 2 / 9 + 1 / 4)
    # As nobody dies together the log-rank test is the score test.
    assert between.logrank_chi2(*one, *other) == pytest.approx((2 / 3) ** 2 / (13 / 18))
    assert between.logrank_chi2(*other, *one) == pytest.approx((2 / 3) ** 2 / (13 / 18))
    # At a ratio of 3: 3/4, 6/7 … of the first arm.
    score, _, _ = between.score_of_ratio(math.log(3), *one, *other)
    assert score == pytest.approx(1 - 3 / 4 - 6 / 7 - 3 / 4)


def test_deaths_on_one_day_leave_one_after_the_other():
    one, other = keys([5], [1]), keys([5, 7], [1, 0])
    # Efron: 1 of 3, then 1/2 of 1/2 + 3/2; Breslow would have 1 of 3 twice.
    score, information, _ = between.score_of_ratio(0.0, *one, *other)
    assert score == pytest.approx(1 - 1 / 3 - 1 / 4)
    assert information == pytest.approx(2 / 9 + 3 / 16)
    # Hypergeometric: 2 deaths of 3, 1 of whom is in the first arm: 2 · 1/3 · 2/3 · (3 - 2) / (3 - 1).
    assert between.logrank_chi2(*one, *other) == pytest.approx((1 - 2 / 3) ** 2 / (2 / 9))


def arms(rng, n=(25, 30)):
    """Two arms with many ties: days and events."""
    days = [rng.integers(1, 40, size) + 5 * place for place, size in enumerate(n)]
    return [(d, rng.random(len(d)) < 0.7) for d in days]


def test_as_lifelines():
    rng = np.random.default_rng(5)
    for _ in range(5):
        (t1, e1), (t2, e2) = arms(rng)
        beta, error = between.fit_ratio(0.0, *keys(t1, e1), *keys(t2, e2))
        table = pd.DataFrame({
            "t": np.append(t1, t2), "e": np.append(e1, e2), "first": np.repeat([1, 0], [len(t1), len(t2)]),
        })  # fmt: skip
        found = CoxPHFitter().fit(table, "t", "e", fit_options={"precision": 1e-10}).summary.loc["first"]
        assert (beta, error) == pytest.approx((found["coef"], found["se(coef)"]), rel=1e-6)
        test = logrank_test(t1, t2, e1, e2)
        assert between.logrank_chi2(*keys(t1, e1), *keys(t2, e2)) == pytest.approx(test.test_statistic)


def test_an_arm_without_an_event_has_no_ratio():
    alive, other = keys([5, 9], [0, 0]), keys([3, 8], [1, 1])
    assert between.fit_ratio(0.0, *alive, *other)[1] == math.inf
    assert between.fit_ratio(0.0, *keys([1, 2], [1, 1]), *keys([3, 4], [0, 0]))[1] == math.inf


PRINTED = {
    "hazard_ratio": "{:.1f}", "hazard_ratio_lower": "{:.1f}", "hazard_ratio_upper": "{:.1f}",
    "logrank_p": "{:.1f}",
}  # fmt: skip


def loss(asked, x, other):
    """The loss of an arm in state x beside the keys of another."""
    timing = asked.models[0].timing
    timing.others[:] = other[1]
    timing.other[:, : other[1]] = other[0]
    p = chains.new_parameters(asked.models[0].settings)
    chain = chains.new_chain(x, p, len(timing.endpoint), len(timing.statistic))
    parameters.tabulate_all(p, asked.models[0].settings)
    return beside.look_at_all(chain, p, asked.models[0])


@pytest.mark.parametrize("name", PRINTED)
def test_a_comparison_holds_where_the_judge_says_so_seen_from_either_arm(name):
    rng, seen = np.random.default_rng(6), []
    sizes = [len(days) for days, _ in arms(rng)]
    requests = [draw.request(claims(("OS", "n", str(n)), ("OS", "events", "9")), None, 1) for n in sizes]
    for _ in range(8):
        begin = arms(rng)
        value = compared(*[(d[None], e[None]) for d, e in begin], 0.9)[name][0]
        claim = replace(*claims(("OS", name, PRINTED[name].format(value))), conf_level=0.9)
        asked = Together(tuple(requests), (Comparison(claim, 0, 1, "OS"),))._arms()
        for _ in range(12):
            both = [(d + rng.integers(-2, 3, len(d)) * (rng.random(len(d)) < 0.3) + 2, e) for d, e in begin]
            holds = claim.agrees(float(compared(*[(d[None], e[None]) for d, e in both], 0.9)[name][0]))
            seen.append(holds)
            for place, (days, event) in enumerate(both):
                x = np.zeros((len(days), STATE), dtype=np.int64)
                x[:, TIME], x[:, EVENT], x[:, KIND] = days, event, asked[place].counts.start[0]
                own = abs(int(event.sum()) - 9)
                other = keys(*both[1 - place])
                assert (loss(asked[place], x, other) - own < losses.HOLDS) == holds, (claim.printed, place)
    assert 10 <= sum(seen) < len(seen)
