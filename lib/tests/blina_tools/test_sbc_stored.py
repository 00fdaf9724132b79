"""The checked-in calibration is that of the sampler in force, and it is read as it was written."""

import pytest

from blina.reports.validation.numbers import sbc as stored
from blina_tools.sampler import sbc

FILES = {(shape, prior) for shape in sbc.SHAPES for prior in ("fixed", "production")}
FILES |= {("two_endpoints", "open")}


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
def test_under_the_open_prior_a_cohort_is_drawn_from_the_law_that_the_sampler_has(shape, monkeypatch):
    used, times = [], sbc._times

    def seen(rng, scale):
        used.append(scale)
        return times(rng, scale)

    monkeypatch.setattr(sbc, "_times", seen)
    _, problem, _ = sbc.asked(shape, "open", 0)
    scale, law = used[-1], problem.hyper
    assert (scale.horizon, scale.longest, scale.spread) == (problem.horizon, law.longest, law.longest_sd)
    of = (law.first, law.second)[: len(problem.endpoints)]
    given = zip((scale.median, scale.relapse), scale.levels, strict=True)
    assert [(one.centre, one.kind.level_sd) for one in of] == list(given)[: len(of)]
    # Whatever another cohort prints.
    others = [sbc.asked(shape, "open", number)[1] for number in (1, 2)]
    assert [(other.horizon, other.hyper) for other in others] == [(problem.horizon, law)] * 2
