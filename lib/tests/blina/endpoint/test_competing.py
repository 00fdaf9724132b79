"""Relapse and death in remission: by hand, and of each draw as of one cohort."""

from types import SimpleNamespace

import numpy as np
import pytest

from blina.adam import read_tables
from blina.endpoint import competing
from blina.reports.relapse_free_survival import words

ADSL = "USUBJID\nA\nB\nC\nD\n"
ADTTE = """USUBJID,PARAMCD,AVAL,AVALU,CNSR,EVNTDESC
A,RFS,3,MONTHS,0,Relapse
B,RFS,5,MONTHS,0,Death in remission
C,RFS,9,MONTHS,0,Progression
D,RFS,30,MONTHS,1,Last contact
A,OS,6,MONTHS,0,Death
B,OS,5,MONTHS,0,Death
C,OS,20,MONTHS,1,Last contact
D,OS,30,MONTHS,1,Last contact
"""


def tables(folder, adtte=ADTTE):
    (folder / "adsl.csv").write_text(ADSL)
    (folder / "adtte.csv").write_text(adtte)
    return read_tables(folder)


def test_incidences_by_hand(tmp_path):
    # Nobody is censored before month 30: a quarter of the patients for each event.
    found = competing.incidences(competing.of_tables(tables(tmp_path)), []).set_index(["cause", "at"])[
        "value"
    ]
    assert found.xs("relapse").tolist() == pytest.approx([25, 50, 50, 2])
    assert found.xs("death").tolist() == pytest.approx([25, 25, 25, 1])


def test_tables_that_do_not_tell_the_kinds_apart_say_so(tmp_path):
    without = ADTTE.replace("Relapse", "")
    assert competing.of_tables(tables(tmp_path, without)) is None
    none = competing.incidences(None, [])
    assert words.incidence_table(none) is None
    assert "do not say which events are relapses" in words.incidence(none)


def test_a_draw_is_read_as_a_cohort_and_its_range_is_called_open():
    # A relapses on day 100 and lives on; B dies on the day on which remission ends, counted from day 29.
    drawn = SimpleNamespace(
        time={"RFS": np.array([[100, 200, -1]]), "OS": np.array([[900, 229, 50]])},
        event={"RFS": np.array([[True, True, False]]), "OS": np.array([[False, True, True]])},
        origin={"RFS": np.array([[29, 29, 0]])},
    )
    ((months, kinds),) = competing.of_draws(drawn)
    assert (months * 30.4375).round(9).tolist() == [100, 200]
    assert kinds.tolist() == [1, 2]
    found = competing.incidences((months, kinds), [(months, kinds), (months, np.array([2, 2]))])
    shown = words.incidence_table(found).set_index("Event")
    assert shown.loc["Relapse", "Patients"] == "1 (0–1)"
    assert shown.loc["Relapse", "By month 6"] == "50% (0–50%)"
    assert shown.loc["Relapse", "By month 12"] == "–"
    assert "is open" in words.incidence(found)
