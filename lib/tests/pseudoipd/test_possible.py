"""Possible patients: the rules on cohorts by hand, and on cohorts drawn."""

from datetime import datetime

import numpy as np
import pytest

from blina.facts import read_assumptions, read_claims
from blina.vocabulary import AFTER_RELAPSE_MONTHS, FIRST_TREATMENT, LAST_TREATMENT, VISITS, VOCABULARY
from blina_base import project
from blina_tools.cohort import reference
from pseudoipd import output
from pseudoipd.claims.vocabulary import Course
from pseudoipd.ensemble import Ensemble
from pseudoipd.model import possible
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.problem import compile_problem

FINE = {
    "BESTRESP": "CR", "MRDRESP": "Y", "MRDRDY": 29, "HSCTFL": "N", "RETRTFL": "N", "OS": 400, "died": True,
    "RFS": 171, "event": True,
}  # fmt: skip


def cohort(*changed):
    """One draw of some patients, each like `FINE` but for what is changed; RFS counts from day 29."""
    rows = [FINE | one for one in changed]
    columns = {name: np.array([[row[name] for row in rows]]) for name in FINE if name.isupper()}
    days = {name: columns.pop(name).astype(np.int32) for name in ("OS", "RFS")}
    columns["MRDRDY"] = columns["MRDRDY"].astype(np.int32)
    events = {
        name: np.array([[row[key] for row in rows]]) for name, key in (("OS", "died"), ("RFS", "event"))
    }
    origin = {"RFS": np.where(days["RFS"] >= 0, 29, 0).astype(np.int32)}
    subjects = tuple(f"RECON-{i:02d}" for i in range(1, len(rows) + 1))
    return Ensemble(subjects, days, events, columns, np.arange(1), origin)


def broken(**changed):
    """The words of the rules on patients that one changed patient breaks."""
    found = possible.offences(cohort(changed), VOCABULARY)
    return {words for words, who in found.items() if who.any()} - {possible.TOO_FEW_RELAPSES}


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"BESTRESP": "REFRACTORY", "MRDRESP": "N", "MRDRDY": -1, "RFS": -1, "OS": 23}, "marrow"),
        (
            {"BESTRESP": "HYPOCELLULAR", "MRDRESP": "N", "MRDRDY": -1, "RFS": -1, "RETRTFL": "Y", "OS": 42},
            "cycle",
        ),
        ({"RETRTFL": "Y", "RFS": 371}, "had relapsed"),
        ({"HSCTFL": "Y", "OS": 63, "RFS": 30}, "transplanted"),
        ({"HSCTFL": "Y", "MRDRDY": 71, "OS": 105, "RFS": 30}, "transplanted"),
    ],
)
def test_each_impossible_patient_is_found(changed, word):
    assert any(word in words for words in broken(**changed))


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"BESTRESP": "NE", "MRDRESP": "N", "MRDRDY": -1, "RFS": -1, "OS": 23},
        {"BESTRESP": "REFRACTORY", "MRDRESP": "N", "MRDRDY": -1, "RFS": -1, "OS": 43, "RETRTFL": "Y"},
        {"RETRTFL": "Y"},
        {"HSCTFL": "Y", "OS": 64, "RFS": 30},
    ],
)
def test_what_can_have_been_is_left_alone(changed):
    assert broken(**changed) == set()


def test_a_relapse_is_an_event_that_is_not_the_death():
    # The second dies in remission on day 400, 371 days after the response; the third is alive.
    drawn = cohort({}, {"RFS": 371}, {"died": False, "RFS": 371, "event": False})
    assert possible.relapsed(drawn).tolist() == [[True, False, False]]
    assert possible.offences(drawn, VOCABULARY)[possible.TOO_FEW_RELAPSES].all()


def test_the_dates_are_those_printed():
    printed = {claim.id: claim.printed for claim in read_claims()}
    for name, day in (("first_treatment", FIRST_TREATMENT), ("last_treatment", LAST_TREATMENT)):
        assert datetime.strptime(printed[name], "%B %d, %Y").date() == day
    # 6 October 2010 and 41.9 months later against 19 June 2012: 21.4 months, by hand 1275 - 622 = 653 days.
    assert VOCABULARY.course.accrual == 622


def test_the_laws_are_stated_where_the_assumptions_are_listed():
    rows = read_assumptions()
    assert f"0 to {VISITS} days" in rows["rfs_censoring"].meaning
    law = f"S = {AFTER_RELAPSE_MONTHS:g} / ({AFTER_RELAPSE_MONTHS:g} + months)"
    assert law in rows["death_after_relapse"].meaning


def test_what_is_known_of_this_trial_s_course_is_of_no_other_paper():
    ours = read_claims()
    assert VOCABULARY.of({c.id: c.printed for c in ours}) == VOCABULARY
    others = [claim for claim in ours if claim.id != "first_treatment"]
    assert VOCABULARY.of({c.id: c.printed for c in others}).course == Course()
    settings = compile_problem(others, Assumptions.of(None, VOCABULARY), VOCABULARY).settings
    assert (settings.visits, settings.after_relapse, settings.accrual) == (0, 0.0, np.inf)


def test_no_cohort_holds_an_impossible_patient():
    drawn, _ = output.read(project.reference_cohort() / "ensemble.parquet")
    assert len(drawn) >= 500
    for words, who in possible.offences(drawn, VOCABULARY).items():
        assert not who.any(), words
    relapses = possible.relapsed(drawn).sum(axis=1)
    assert relapses.min() >= 6
    # Both readings are in: most events relapses, and many deaths in remission.
    assert relapses.max() - relapses.min() >= 5
    # Hypocellular marrow may be relapse-free, so that those in CR or CRh have 19 or 20 of 25 events.
    events = (drawn.event["RFS"] & (drawn.time["RFS"] >= 0)).sum(axis=1)
    assert set(events) == {19, 20}


def test_the_reference_cohort_lies_in_the_middle_of_what_is_open():
    # Three draws with two, none and one relapse among two deaths.
    free, relapse = {"RFS": 371}, {}
    parts = [cohort(*rows) for rows in ([relapse, relapse], [free, free], [relapse, free])]
    assert reference.nearest(parts[0].concatenate(parts[1:])) == 2
