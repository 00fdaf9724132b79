"""A trial's words are handed in: another trial's are as good, and for endpoints of everyone none will do."""

import os
import subprocess
import sys

import numpy as np
import pytest

from blina.vocabulary import VOCABULARY
from blina_base.errors import InputError
from claims_files import claims
from pseudoipd import Vocabulary, read_claims, reconstruct
from pseudoipd.claims.grammar import where
from pseudoipd.claims.vocabulary import LongTerm, Response, Rule
from pseudoipd.model.types import kinds
from pseudoipd.transitions import mantel_byar

# A lymphoma trial: metabolic response on one of two scans, alive at two years, two arms of treatment.
LYMPHOMA = Vocabulary(
    study="NHL-7",
    subjects="SYN",
    codings={"PETRESP": ("CMR", "PMR", "PD"), "CMRFL": ("Y", "N"), "TWOYFL": ("Y", "N"), "ARM": ("A", "B")},
    categories={"complete": where(PETRESP="CMR"), "arm_a": where(ARM="A"), "alive": where(TWOYFL="Y")},
    populations={"complete": where(CMRFL="Y"), "arm_b": where(ARM="B")},
    impossible=(where(PETRESP=("PMR", "PD"), CMRFL="Y"), where(PETRESP="CMR", CMRFL="N")),
    second={"complete": "complete"},
    response=Response("CMRFL", "CMRDY", (57, 113)),
    long_term=LongTerm("TWOYFL", 24.0),
    rules=(Rule(where(PETRESP=("CMR", "PMR")), "whose scan was read lived to it", "protocol", least=57),),
)
PRINTED = claims(
    ("OS", "n", "40"), ("OS", "median", "20.1"), ("OS", "count_at_or_beyond", "12", 24.0),
    ("RESPONSE", "count", "18", None, "all", "complete"), ("RESPONSE", "percent", "50", None, "all", "arm_a"),
    ("RESPONSE", "count", "12", None, "all", "alive"), ("OS", "n", "18", None, "complete"),
    ("RFS", "n", "18"), ("RFS", "median", "14.0"), ("OS", "mantel_byar_p", ".04"),
)  # fmt: skip


def test_another_trial_s_words_are_drawn_as_they_mean():
    cohorts = reconstruct(PRINTED, 3, 1, vocabulary=LYMPHOMA)
    for draw in range(3):
        adsl, adtte = cohorts.cohort(draw)
        assert set(adsl["STUDYID"]) == {"NHL-7"}
        assert adsl["USUBJID"].tolist() == [f"SYN-{i:02d}" for i in range(1, 41)]
        os, rfs = (adtte[adtte["PARAMCD"] == code].set_index("USUBJID") for code in ("OS", "RFS"))
        complete = adsl.set_index("USUBJID")["CMRFL"] == "Y"
        assert complete.sum() == 18
        assert set(rfs.index) == set(complete.index[complete])
        assert (adsl["ARM"] == "A").sum() == 20
        # Whoever was alive at two years was followed so long, and no response was seen before its scan.
        long = adsl.set_index("USUBJID")["TWOYFL"] == "Y"
        assert (os["AVAL"][long] >= 24 * 30.4375).all()
        assert (os["AVAL"][~long] < 24 * 30.4375).all()
        day = adsl.set_index("USUBJID")["CMRDY"]
        assert set(day[complete]) <= {57, 113}
        assert day[~complete].isna().all()
        assert (os["AVAL"][(adsl.set_index("USUBJID")["PETRESP"] != "PD").reindex(os.index)] >= 57).all()
        responded = day.astype(float).to_numpy(na_value=np.inf)
        assert 0.035 <= mantel_byar(os["AVAL"], os["CNSR"] == 0, responded).p < 0.045


def test_what_the_words_exclude_is_no_type_of_patient():
    space = kinds(claims(("RESPONSE", "count", "18", None, "complete", "complete")), LYMPHOMA)
    listed = {
        (str(space.values["PETRESP"][i]), str(space.values["CMRFL"][i]))
        for i in np.flatnonzero(space.allowed)
    }
    # The response is told of those in complete remission only; of the others it is not known.
    assert listed == {("CMR", "Y"), ("", "N")}


def test_of_this_trial_s_responses_the_best_is_at_least_the_early_one():
    named = ("cr", "crh", "refractory", "cr_2_cycles", "mrd_response")
    printed = claims(*[("RESPONSE", "count", "1", None, "all", category) for category in named])
    space = kinds(printed, VOCABULARY)
    listed = {
        tuple(str(space.values[name][i]) for name in ("BESTRESP", "BOR2C", "MRDRESP"))
        for i in np.flatnonzero(space.allowed)
    }
    assert ("CR", "CRh", "Y") in listed
    assert ("CRh", "NONE", "N") in listed
    assert not {("CRh", "CR", "Y"), ("PR", "CRh", "N"), ("NE", "NONE", "Y")} & listed


HEADER = "id,endpoint,statistic,category,population,at,printed,unit\n"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("a,RESPONSE,count,mrd_response,all,,3,", ["column category", "'mrd_response'"]),
        ("a,OS,median,,mrd_responder,,3.0,months", ["column population", "one of all"]),
        ("a,OS,mantel_byar_p,,all,,.04,", ["column statistic", "without a response in the vocabulary"]),
    ],
)
def test_without_a_vocabulary_only_endpoints_of_everyone_can_be_claimed(tmp_path, row, words):
    path = tmp_path / "claims.csv"
    path.write_text(HEADER + row + "\n")
    with pytest.raises(InputError) as raised:
        read_claims(path)
    assert all(word in str(raised.value) for word in ["claims.csv, row 2", *words])


def test_claims_in_words_that_were_not_handed_in_are_refused_and_not_misread():
    with pytest.raises(InputError, match="column category: 'complete' found; expected none"):
        reconstruct(PRINTED, 1, 1)


@pytest.mark.parametrize(
    "words",
    [
        {"categories": {"complete": where(PETRESP="CR")}},
        {"populations": {"young": where(AGE="<60")}},
        {"relapse_free": "PETRESP"},
        {"response": Response("CMRFL", "CMRDY", (57,))},
    ],
)
def test_a_word_about_a_column_that_is_not_coded_so_is_an_error(words):
    with pytest.raises(ValueError, match="no coding of"):
        Vocabulary(codings={"PETRESP": ("CMR", "PMR")}, **words)


def test_a_vocabulary_has_the_same_text_in_every_process():
    # Sets are kept in an order that Python draws anew for each process.
    code = "from blina.vocabulary import VOCABULARY; print(VOCABULARY.text())"
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert texts == {f"{VOCABULARY.text()}\n".encode()}
    assert LYMPHOMA.text() != VOCABULARY.text()
