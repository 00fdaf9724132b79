"""Limits of survival at a time: which kind they can be, by an independent estimate of each kind."""

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from blina_base.errors import ContradictionError
from claims_files import claims
from pseudoipd import reconstruct
from pseudoipd.proofs import by_limits


def printed(*shares):
    names = ("survival", "survival_lower", "survival_upper")
    return claims(("OS", "n", "300"), *(("OS", n, s, 12.0) for n, s in zip(names, shares, strict=True)))


def test_limits_of_a_cohort_exclude_other_kinds_and_never_their_own():
    rng, excluded = np.random.default_rng(3), 0
    for _ in range(20):
        died, followed = rng.exponential(rng.uniform(10, 60), 200), rng.uniform(4, 40, 200)
        curve = KaplanMeierFitter().fit(np.minimum(died, followed), died <= followed)
        s, table = float(curve.predict(12)), curve.event_table.loc[:12]
        # By hand: Greenwood's sum; lifelines itself gives log-log limits only.
        d, y = table["observed"], table["at_risk"]
        width = 1.959964 * np.sqrt((d / (y * (y - d))).sum())
        kinds = {
            "log-log": tuple(curve.confidence_interval_.loc[:12].iloc[-1]),
            "log": (s * np.exp(-width), s * np.exp(width)),
            "plain": (s * (1 - width), s * (1 + width)),
        }
        for kind, limits in kinds.items():
            shares = printed(*(f"{100 * one:.1f}" for one in (s, *limits)))
            assert by_limits.conflict(shares, kind) == ()
            excluded += sum(bool(by_limits.conflict(shares, other)) for other in kinds)
    assert excluded > 60


def test_the_refusal_names_the_rows_and_the_kind_that_would_do():
    # IMbrave150, overall survival at 12 months: Finn et al., N Engl J Med 2020;382:1894-905.
    with pytest.raises(ContradictionError) as caught:
        reconstruct(printed("67.2", "61.3", "73.1"), 1, 1)
    assert caught.value.claim_ids == ("survival_lower_2", "survival_1", "survival_upper_3")
    assert str(caught.value).endswith(
        "under conf_type = log-log; another --conf-type does not exclude them: plain"
    )
