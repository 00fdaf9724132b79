"""Two arms compared in many draws: as R compares one, and as lifelines does."""

import numpy as np
import pytest

from pseudoipd.paper.comparing import compared
from pseudoipd.survival.arms import hazard_ratios, logrank

# R 4.2.2, survival 3.5-3, g being 1 for the first arm:
# summary(coxph(Surv(t, e) ~ g), conf.int = .9)$conf.int; 1 - pchisq(survdiff(Surv(t, e) ~ g)$chisq, 1)
FIRST = [5, 9, 9, 14, 20, 31, 33, 33, 40, 52], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1]
SECOND = [3, 5, 9, 9, 12, 14, 20, 25, 33, 41, 60], [1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0]
IN_R = {
    "hazard_ratio": 0.731492607, "hazard_ratio_lower": 0.317915535, "hazard_ratio_upper": 1.68309307,
    "logrank_p": 0.504731679,
}  # fmt: skip


def arm(time, event):
    return np.array([time]), np.array([event], dtype=bool)


def test_one_draw_as_in_r():
    found = compared(arm(*FIRST), arm(*SECOND), conf_level=0.9)
    assert {name: values[0] for name, values in found.items()} == pytest.approx(IN_R, rel=1e-8)


def test_many_draws_as_one_by_one():
    rng = np.random.default_rng(3)
    arms = []
    for n in (23, 31):
        time = np.where(rng.random((5, n)) < 0.1, -1, rng.integers(1, 60, (5, n)))
        arms.append((time, (time >= 0) & (rng.random((5, n)) < 0.7)))
    found = compared(*arms)
    for row in range(5):
        time, event = (np.concatenate([arms[0][k][row], arms[1][k][row]]) for k in (0, 1))
        label = np.repeat(["b", "a"], [23, 31])
        has = time >= 0
        ratio = hazard_ratios(time[has], event[has], label[has]).iloc[0]
        ours = [found[name][row] for name in ("hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper")]
        assert ours == pytest.approx(ratio[["hazard_ratio", "lower", "upper"]].astype(float), rel=1e-4)
        test = logrank(time[has], event[has], label[has])
        assert found["logrank_p"][row] == pytest.approx(test.p, rel=1e-9)


def test_an_arm_without_an_event_has_no_ratio():
    found = compared(arm([5, 6], [0, 0]), arm(*SECOND))
    assert np.isnan(found["hazard_ratio"][0])
