"""What is left open: the choices of the engine are those of the collection's file, and no others."""

import pytest

from blina.facts import assumptions, read_assumptions
from blina.vocabulary import VOCABULARY
from blina_base.errors import InputError
from pseudoipd.claims.vocabulary import MINIMAL
from pseudoipd.model.assumptions import ALTERNATIVES, Assumptions
from pseudoipd.transitions import TIE_RULES


def test_what_is_assumed_without_being_told_is_the_collection_s_default():
    assert Assumptions.of(assumptions(), VOCABULARY) == Assumptions.of(None, VOCABULARY)
    assert Assumptions.of(None, VOCABULARY).response_days == (29, 71)
    assert Assumptions.of(None, VOCABULARY).rfs_population == "cr_crh"


def test_the_choices_are_those_of_the_file():
    listed = {row.id: row.alternatives for row in read_assumptions().values()}
    assert ALTERNATIVES["mantel_byar_tie"] == TIE_RULES
    for name, choices in {**ALTERNATIVES, "rfs_population": tuple(VOCABULARY.second)}.items():
        assert choices == listed[name], name
    for days in listed["mrd_days"]:
        chosen = Assumptions.of({"mrd_days": days}, VOCABULARY)
        assert "|".join(map(str, chosen.response_days)) == days


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"conf_type": "loglog"}, ["column conf_type", "'loglog'", "did you mean log-log?"]),
        ({"conftype": "log"}, ["'conftype'", "did you mean conf_type?"]),
        ({"mrd_days": "29,71"}, ["column mrd_days", "29|71"]),
        ({"days_per_month": "30"}, ["column days_per_month", "30.4375"]),
        ({"rfs_population": "all"}, ["column rfs_population", "one of cr_crh, mrd_responder"]),
    ],
)
def test_another_name_or_choice_is_refused_in_one_line(given, words):
    with pytest.raises(InputError) as raised:
        Assumptions.of(given, VOCABULARY)
    assert all(word in str(raised.value) for word in ["assumptions", *words])


def test_where_there_is_no_response_its_days_cannot_be_chosen():
    with pytest.raises(InputError, match="response_days"):
        Assumptions.of({"response_days": "29"}, MINIMAL)
