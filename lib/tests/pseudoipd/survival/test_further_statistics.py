"""Statistics of a grammar of trials: one cohort against R, many cohorts at once against one at a time."""

import numpy as np
import pytest

from claims_files import claim
from pseudoipd import Vocabulary, judge
from pseudoipd.claims.grammar import DAYS_PER_MONTH, TIME_STATISTICS
from pseudoipd.ensemble import Ensemble
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.survival import endpoint_statistic
from pseudoipd.survival.statistics import TIMED

TIME = [30, 61, 100, 150, 150, 200, 260, 300, 300, 390, 420, 500, 610, 700, 800]
EVENT = [1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0, 1, 0, 0]


# R 4.2.2, survival 3.5-3, with t and e as above:
# f <- survfit(Surv(t, e) ~ 1, conf.type = "log-log"); summary(f, times = 365.25); the same, conf.int = .9
# r <- summary(f, rmean = 600)$table[5:6]; c(r[1], r[1] + c(-1, 1) * qnorm(.975) * r[2])
# quantile(survfit(Surv(t - 1e-6 * e, 1 - e) ~ 1), c(.25, .75))
# c(median(t[e == 0]), min(t[e == 0]), sum(e == 0), sum(e == 1 & t <= 300), sum(t >= 300))
@pytest.mark.parametrize(
    ("name", "at", "level", "value"),
    [
        ("survival_lower", 365.25, 0.95, 26.88497), ("survival_upper", 365.25, 0.95, 77.63001),
        ("survival_lower", 365.25, 0.90, 31.63921), ("survival_upper", 365.25, 0.90, 74.89784),
        ("survival_lower", 10, 0.95, 100), ("rmst", 600, 0.95, 390.0481), ("rmst_lower", 600, 0.95, 275.1648),
        ("rmst_upper", 600, 0.95, 504.9315), ("followup_q1", None, 0.95, 300),
        ("followup_q3", None, 0.95, 700), ("followup_median_alive", None, 0.95, 420),
        ("followup_minimum", None, 0.95, 100), ("censored", None, 0.95, 7), ("events_by", 300, 0.95, 6),
        ("at_risk", 300, 0.95, 8),
    ],
)  # fmt: skip
def test_one_cohort_as_in_r(name, at, level, value):
    assert endpoint_statistic(name, TIME, EVENT, at, conf_level=level) == pytest.approx(value, rel=1e-6)


@pytest.mark.parametrize("name", [name for name in TIME_STATISTICS if name != "mantel_byar_p"])
@pytest.mark.parametrize("method", ["reverse-km", "observed"])
def test_the_judge_has_the_same_value_of_each_of_many_cohorts(name, method):
    rng = np.random.default_rng(4)
    time = np.where(rng.random((40, 25)) < 0.1, -1, rng.integers(1, 900, (40, 25)))
    event = (time >= 0) & (rng.random((40, 25)) < rng.uniform(0.2, 1, (40, 1)))
    cohorts = Ensemble(tuple("p" * 25), {"OS": time}, {"OS": event}, {}, np.arange(40))
    at = 12.0 if name in TIMED else None
    found = judge.Judge(cohorts, Assumptions(followup_method=method), Vocabulary()).values(
        claim(0, "OS", name, "1", at)
    )
    scale = DAYS_PER_MONTH
    expected = [
        endpoint_statistic(name, t[t >= 0] / scale, e[t >= 0], at, followup_method=method)
        for t, e in zip(time, event, strict=True)
    ]
    assert found == pytest.approx(expected, rel=1e-9, nan_ok=True)
