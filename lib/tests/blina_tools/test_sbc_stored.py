"""The checked-in calibration is that of the sampler in force, and it is read as it was written."""

from blina.reports.validation.numbers import sbc as stored
from blina_tools.sampler import sbc


def test_the_calibrated_sampler_is_the_one_in_force():
    """`python -m blina_tools.sampler.sbc SHAPE PRIOR N` calibrates another, from the first simulation on."""
    files = {(shape, prior) for shape in sbc.SHAPES for prior in ("fixed", "production")}
    assert stored.calibrated() == {f"{shape}_{prior}": sbc.digest(shape, prior) for shape, prior in files}


def test_every_kind_of_summary_is_ranked_with_the_scale_given_and_with_the_scale_taken():
    counted = stored.ranks().groupby(["shape", "prior", "quantity"])["count"].sum()
    assert {key[:2] for key in counted.index} == {(s, p) for s in sbc.SHAPES for p in ("fixed", "production")}
    # Each quantity of a kind is ranked in the same simulations.
    assert (counted.groupby(level=["shape", "prior"]).nunique() == 1).all()
    assert set(stored.ranks()["rank"]) == set(range(sbc.DRAWS + 1))


def test_ranks_are_counted_from_full_simulations_alone(tmp_path, monkeypatch):
    (tmp_path / "coarse_fixed.csv").write_text("simulation,drawn,events\n0,3,0\n1,3,3\n2,3,3\n3,2,1\n")
    monkeypatch.setattr(stored, "FOLDER", tmp_path)
    assert stored.ranks()["count"].tolist() == [1, 0, 0, 2]
