"""Drawn patients stay drawn: as somebody's tables too, and never beside another paper's printed numbers."""

import pytest

from blina.adam import read_tables
from blina.collection import COLLECTION
from blina.page import TrialPage
from blina_base import project
from blina_base.errors import InputError
from nbreports.page import Setting
from pseudoipd.output import MARK

ADSL = "USUBJID\nRECON-1\nRECON-2\n"
ADTTE = "USUBJID,PARAMCD,AVAL,AVALU,CNSR,DTYPE\nRECON-1,OS,412,DAYS,1,{mark}\nRECON-2,OS,95,DAYS,0,{mark}\n"
CLAIMS = "id,endpoint,statistic,printed,unit\nn,OS,n,60,patients\nm,OS,median,10.4,months\n"


def folder(tmp_path, mark):
    (tmp_path / "adsl.csv").write_text(ADSL)
    (tmp_path / "adtte.csv").write_text(ADTTE.format(mark=mark))
    return tmp_path


def page(places, **parameters):
    defaults = {parameter.name: parameter.default for parameter in COLLECTION.data_parameters}
    given = {**defaults, "data_dir": "reference", **parameters}
    return TrialPage(COLLECTION, "03_overall_survival", given, Setting(places=places))


@pytest.mark.parametrize(("mark", "drawn"), [(MARK, True), ("", False)])
def test_the_mark_of_drawn_patients_is_read_and_said(tmp_path, mark, drawn):
    place = folder(tmp_path, mark)
    assert read_tables(place).drawn is drawn
    shown = page({"mine": str(place)}, data_dir="mine")
    assert shown.kind == "yours"
    assert ("reconstructed" in COLLECTION.kinds[shown.labelled]) is drawn
    assert ("Your data" in shown.first_words()) is not drawn


def test_another_papers_numbers_are_not_set_beside_the_reference_cohort(tmp_path):
    (tmp_path / "claims.csv").write_text(CLAIMS)
    with pytest.raises(InputError, match=r"expected data_dir too.*blina reconstruct FILE --report"):
        page({"theirs": str(tmp_path / "claims.csv")}, claims="theirs").read()
    # The paper's own numbers are, under whatever name.
    page({"same": str(project.published("claims.csv"))}, claims="same").read()
    beside = folder(tmp_path, "")
    known = page({"mine": str(beside), "c": str(tmp_path / "claims.csv")}, data_dir="mine", claims="c")
    assert [claim.id for claim in known.claims] == ["n", "m"]
