"""The checked-in calibration is that of the sampler in force, and it is read as it was written."""

from dataclasses import astuple

import numpy as np
import pytest

from blina.reports.validation.numbers import sbc as stored
from blina_tools.sampler import exact, sbc
from pseudoipd.model import prior

FILES = {(shape, of) for shape in sbc.SHAPES for of in sbc.PRIORS}


def test_the_calibrated_sampler_is_the_one_in_force():
    """`python -m blina_tools.sampler.sbc SHAPE PRIOR N` calibrates another, from the first simulation on."""
    assert stored.calibrated() == {f"{shape}_{of}": sbc.digest(shape, of) for shape, of in FILES}


def test_every_kind_of_summary_is_ranked_with_the_scale_given_printed_and_of_trials():
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
def test_a_cohort_is_drawn_from_the_law_that_the_sampler_has(shape, monkeypatch):
    used, times = [], sbc._times

    def seen(rng, scale):
        used.append(scale)
        return times(rng, scale)

    monkeypatch.setattr(sbc, "_times", seen)
    _, problem, _ = sbc.asked(shape, "trials", 0)
    scale, law = used[-1], problem.hyper
    assert (scale.horizon, scale.longest, scale.spread) == (problem.horizon, law.longest, law.longest_sd)
    for own, centre, kind in (
        (law.first, scale.median, scale.first),
        (law.second, scale.relapse, scale.second),
    )[: len(problem.endpoints)]:
        same_hazards(own.kind, kind, problem.horizon, centre)
        assert own.centre == centre
    assert law.first.weight == scale.early
    if scale.early:
        same_hazards(law.first.second, scale.falling, problem.horizon, scale.median)
    # Whatever another cohort prints.
    others = [sbc.asked(shape, "trials", number)[1] for number in (1, 2)]
    assert [(other.horizon, other.hyper) for other in others] == [(problem.horizon, law)] * 2


def same_hazards(ours, theirs, horizon, centre):
    """Compare a kind of hazard of the sampler with one of the exact draws, the mean of each piece too."""
    named = ("level_sd", "step_sd", "trend_sd", "cured")
    assert [getattr(ours, name) for name in named] == [getattr(theirs, name) for name in named]
    pieces = exact.hazard_pieces(horizon, centre)
    mean = np.log(np.log(2) / centre) + theirs.means(pieces, horizon, centre)
    assert np.allclose(ours.means(prior.edges(horizon, centre), horizon, centre), mean, rtol=0, atol=1e-12)


def test_visits_of_simulated_cohorts_are_those_of_the_prior():
    # The day by which so much time has passed as visits let pass, written twice: `exact` against `prior`.
    rng, law = np.random.default_rng(4), sbc.LEARNED.visits
    assert astuple(law) == astuple(prior.visit_law("relapse"))
    for _ in range(20):
        happened, state = rng.uniform(0, 3000, 60), rng.bit_generator.state
        found = law.found(rng, happened)
        rng.bit_generator.state = state
        interval = np.exp(rng.normal(np.log(law.interval), law.interval_sd))
        share = rng.beta(*law.between)
        spread = np.exp(rng.normal(np.log(law.spread), law.spread_sd))
        days = np.arange(1, 6000)
        clock = prior.warped(days, interval, share, spread)
        assert (found == days[np.searchsorted(clock, happened)]).all()
