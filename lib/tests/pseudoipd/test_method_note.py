"""The method note says what the code does: its numbers are those of the code."""

import re

import pytest

from blina.reports.validation.numbers import accuracy
from blina_base import project
from claims_files import claims
from pseudoipd import draw
from pseudoipd.chain import metropolis
from pseudoipd.model import anchors, prior, problem

NOTE = (project.root() / "lib" / "README.md").read_text(encoding="utf-8")
NUMBERS = {2: "two", 3: "three", 5: "five"}
HYPER = prior.Hyperprior(centre=1, relapse_centre=1, longest=1)


def row(name):
    return re.search(rf"^\| {re.escape(name)} \|.*\| (.*) \|$", NOTE, flags=re.MULTILINE)[1]


def pair(values):
    return ", ".join(f"{value:g}" for value in values)


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("first log hazard", f"sd {HYPER.first_sd:g}"),
        ("log hazard, piece to piece", f"sd {HYPER.step_sd:g}"),
        ("trend of the log hazard over log time (a Weibull shape less 1)", f"sd {HYPER.trend_sd:g}"),
        (
            f"pieces begin at, of {NUMBERS[prior.CENTRES]} medians (or the horizon, if it is earlier)",
            pair(prior.PIECES),
        ),
        ("cured fraction", pair(HYPER.cured)),
        ("longest follow-up", f"sd {HYPER.longest_sd:g}"),
        ("shortest follow-up, of the longest", pair(HYPER.shortest)),
        ("shape of accrual, 1 where it is steady", f"sd {HYPER.accrual_sd:g}"),
        ("lost before the cut-off, by the horizon", pair(HYPER.lost)),
    ],
)
def test_prior_is_as_stated(name, stated):
    assert row(name) == stated


def test_effort_is_as_stated():
    effort = draw.request(claims(("OS", "n", "36")), None, 1).problem.effort()
    words = {
        f"After {effort.moves:,} moves ({problem.MOVES_PER_PATIENT} per patient",
        f"up to {draw.RESTARTS} times",
        f"exp(−{effort.strictness:g} · loss)",
        f"{effort.most / effort.moves:g} times as many",
        f"with {effort.between} moves between",
        f"({effort.aimed} moves at most)",
    }
    flat = " ".join(NOTE.split())
    assert not [word for word in words if word not in flat]


def test_the_other_numbers_are_as_stated():
    flat = " ".join(NOTE.split())
    every, patients = NUMBERS[metropolis.UPDATE_EVERY], metropolis.PATIENTS_PER_MOVE
    assert f"Every {every} moves (one for each {patients} patients" in flat
    assert f"{anchors.UNENDING:g} times that where the median follow-up is not reached" in flat
    assert f"{accuracy.MOVES_PER_PATIENT} moves per patient, at most {accuracy.MOST_MOVES:,}" in flat


def test_one_chain_gives_as_many_as_stated():
    assert (problem.MANY_CLAIMS, problem.PER_CHAIN) == (10, 5)
    assert "more than ten" in NOTE
    assert "gives five" in NOTE
