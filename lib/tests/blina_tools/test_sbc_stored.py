"""The checked-in calibration is that of the sampler in force, and it is read as it was written."""

import pytest

from blina.reports.validation.numbers import sbc as stored
from blina_tools.sampler import sbc

FILES = {(shape, prior) for shape in sbc.SHAPES for prior in ("fixed", "production")}
FILES |= {("two_endpoints", "read")}


def test_the_calibrated_sampler_is_the_one_in_force():
    """`python -m blina_tools.sampler.sbc SHAPE PRIOR N` calibrates another, from the first simulation on."""
    assert stored.calibrated() == {f"{shape}_{prior}": sbc.digest(shape, prior) for shape, prior in FILES}


def test_every_kind_of_summary_is_ranked_with_the_scale_given_and_with_the_scale_taken():
    counted = stored.ranks().groupby(["shape", "prior", "quantity"])["count"].sum()
    assert {key[:2] for key in counted.index} == FILES
    # Each quantity of a kind is ranked in the same simulations.
    assert (counted.groupby(level=["shape", "prior"]).nunique() == 1).all()
    assert set(stored.ranks()["rank"]) == set(range(sbc.DRAWS + 1))


def test_ranks_are_counted_from_full_simulations_alone(tmp_path, monkeypatch):
    (tmp_path / "coarse_fixed.csv").write_text("simulation,drawn,events\n0,3,0\n1,3,3\n2,3,3\n3,2,1\n")
    monkeypatch.setattr(stored, "FOLDER", tmp_path)
    assert stored.ranks()["count"].tolist() == [1, 0, 0, 2]


@pytest.mark.parametrize("shape", sbc.SHAPES)
def test_a_cohort_that_is_read_was_drawn_from_the_scale_that_its_print_gives_back(shape, monkeypatch):
    used, times = [], sbc._times

    def seen(rng, scale, count):
        used.append(scale)
        return times(rng, scale, count)

    monkeypatch.setattr(sbc, "_times", seen)
    one, problem, _ = sbc.asked(shape, "read", 0)
    assert one is not None
    # The last cohorts that were drawn are those among which it was found.
    scale, law = used[-1], problem.hyper
    assert (scale.horizon, scale.longest, scale.spread) == (problem.horizon, law.longest, law.longest_sd)
    assert (scale.median, scale.relapse) == (law.first.centre, law.second.centre)
    # In whole months, and what the cohort itself prints.
    printed = [c.printed for c in problem.claims if c.statistic in ("median", "followup_max")]
    assert printed == sbc._times_printed(sbc.SHAPES[shape][2](one, 0))
    assert not any("." in text for text in printed)
