"""The ensembles in data/cohort: what the pages ask for by default is there, and comes out of the sampler."""

import ast
import shutil

import numpy as np
import pytest

from blina import ensemble
from blina.facts import assumptions, read_claims
from blina.reports.reconstruction.numbers import longer_chains
from blina.vocabulary import VOCABULARY
from blina_base import project
from blina_tools.cohort import reference
from pseudoipd import cache, engine, output, reconstruct
from pseudoipd.engine import CHUNK

OURS = read_claims()
REDRAWN = 3


@pytest.fixture
def no_drawing(monkeypatch, tmp_path):
    def refuse(*_, **__):
        raise AssertionError("nothing is to be drawn")

    monkeypatch.setattr(cache, "reconstruct", refuse)
    monkeypatch.setenv("BLINA_CACHE", str(tmp_path))


def defaults():
    """Yield the default draws and seed of every notebook that has them, read from its script."""
    for script in sorted((project.root() / "notebooks" / "source").glob("*.py")):
        named = {
            node.targets[0].id: node.value.value
            for node in ast.parse(script.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        }
        if {"draws", "seed"} <= named.keys() and not script.name.startswith("10_"):
            yield script.stem, named["draws"], named["seed"]


def test_what_the_pages_ask_for_by_default_is_checked_in(no_drawing):
    asked = list(defaults())
    assert len(asked) >= 5
    for name, draws, seed in asked:
        assert len(ensemble.load(OURS, assumptions(), draws, seed)) == draws, name


def test_so_are_the_cohorts_of_longer_chains_against_which_report_09_holds_them(no_drawing):
    longer = longer_chains(OURS, assumptions(), reference.SEED)
    assert len(ensemble.load(OURS, assumptions(), reference.OTHER_DRAWS, *longer))


def test_so_are_those_of_the_other_population_of_report_04(no_drawing):
    switched = assumptions() | {"rfs_population": "mrd_responder"}
    assert len(ensemble.load(OURS, switched, reference.OTHER_DRAWS, reference.SEED)) == reference.OTHER_DRAWS


def test_anything_else_is_drawn_anew(no_drawing):
    other = assumptions() | {"conf_type": "plain"}
    for claims, chosen, draws, seed in (
        (OURS[1:], assumptions(), 5, 1), (OURS, other, 5, 1), (OURS, assumptions(), 5, 2),
        (OURS, assumptions(), reference.DRAWS + 1, 1),
    ):  # fmt: skip
        with pytest.raises(AssertionError, match="nothing is to be drawn"):
            ensemble.load(claims, chosen, draws, seed)


def test_the_sampler_draws_the_checked_in_cohorts():
    stored = ensemble.load(OURS, assumptions(), REDRAWN, reference.SEED)
    same(reconstruct(OURS, REDRAWN, reference.SEED, assumptions(), VOCABULARY), stored)


def test_a_later_chunk_is_the_one_checked_in_as_well():
    wanted = engine.request(OURS, assumptions(), reference.SEED, vocabulary=VOCABULARY)
    stored = ensemble.load(OURS, assumptions(), reference.DRAWS, reference.SEED)
    first = reference.DRAWS - CHUNK
    same(wanted.chunk(first, first + 1), stored.subset(np.array([first])))


def test_the_reference_cohort_is_the_one_that_the_rule_takes_from_the_ensemble(tmp_path):
    shutil.copy(project.reference_cohort() / "ensemble.parquet", tmp_path)
    reference.write(tmp_path)
    reference.write_counts(tmp_path)
    for name in ("adsl.csv", "adtte.csv", "adlb.csv", "provenance.json"):
        assert (tmp_path / name).read_bytes() == (project.reference_cohort() / name).read_bytes(), name


def test_what_is_written_is_read_back(tmp_path):
    drawn = reconstruct(OURS, 4, 7, assumptions(), VOCABULARY)
    output.write(
        [drawn.subset(np.arange(2)), drawn.subset(np.array([2, 3]))], tmp_path / "e.parquet", {"a": "b"}
    )
    found, noted = output.read(tmp_path / "e.parquet")
    assert noted == {"a": "b"}
    assert (found.subjects, found.study) == (drawn.subjects, drawn.study)
    same(drawn, found)


def same(one, other):
    assert one.draw.tolist() == other.draw.tolist()
    for part in ("time", "event", "columns", "origin"):
        assert getattr(one, part).keys() == getattr(other, part).keys()
        for name, values in getattr(one, part).items():
            assert values.tolist() == getattr(other, part)[name].tolist(), (part, name)
