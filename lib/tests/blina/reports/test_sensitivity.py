"""What each assumption is worth: every alternative has its row, and what moves is marked."""

import pandas as pd
import pytest

from blina.facts import read_assumptions
from blina.reports.reconstruction import numbers, sensitivity, words
from nbreports.html.markup import Strong


def row(assumption, choice, quantity, lower, middle, upper, off=1.0):
    ends = (lower, middle, upper, middle - off, middle + off)
    return dict(zip(sensitivity.COLUMNS, (assumption, choice, quantity, "%", 9, *ends), strict=True))


def test_the_stored_table_has_every_alternative_and_quantity():
    found = sensitivity.stored()
    wanted = [(name, choice, key) for name, choice in sensitivity.alternatives() for key in sensitivity.KEYS]
    assert list(found[["assumption", "choice", "quantity"]].itertuples(index=False, name=None)) == wanted
    switched = {name for name, _ in sensitivity.alternatives()} - {sensitivity.DEFAULT}
    assert switched == set(read_assumptions()) - sensitivity.NO_COHORTS


def test_an_alternative_matters_that_moves_the_middle_by_a_quarter_of_the_band():
    found = pd.DataFrame(
        [
            row(sensitivity.DEFAULT, "", "OS at 6", 60.0, 70.0, 80.0),
            row("a", "b", "OS at 6", 60.0, 75.0, 80.0),
            row("a", "c", "OS at 6", 60.0, 75.1, 80.0),
            row("a", "d", "OS at 6", float("nan"), float("nan"), float("nan")),
            # As far off, but so few draws that the middle may lie as low as 71.
            row("a", "e", "OS at 6", 60.0, 75.1, 80.0, off=4.2),
            row("a", "f", "OS at 6", 60.0, 64.9, 80.0, off=3.9),
        ]
    )
    assert sensitivity.matters(found).tolist() == [False, False, True, False, False, True]


def test_a_contradiction_is_a_row_without_a_band(monkeypatch):
    from blina_base.errors import ContradictionError

    def refuse(claims, assumptions, draws, seed):
        raise ContradictionError("no", ())

    monkeypatch.setattr(sensitivity.ensemble, "load", refuse)
    found = sensitivity.drawn_anew((), {"conf_type": "log-log"}, 2)
    assert found["middle"].isna().all()
    assert (found["draws"] == 0).all()


def test_a_reader_sees_bold_what_matters_and_no_row_without_words():
    found = sensitivity.stored()
    table = words.sensitivity_table(found)
    assert len(table) == len(list(sensitivity.alternatives()))
    bold = table.map(lambda cell: isinstance(cell, Strong)).to_numpy().sum()
    assert bold == sensitivity.matters(found).sum() > 0
    assert "Bold" in words.sensitivity(found)


@pytest.mark.slow
def test_total_uncertainty_is_wider_than_either_part():
    from blina import facts

    found = numbers.reconstruction(facts.read_claims(), facts.assumptions(), 40, 1)
    totals = numbers.totals(found)
    assert len(totals) == 6
    assert totals["between_share"].between(0, 1).all()
    assert (totals["lower"] < totals["estimate"]).all()
    assert (totals["estimate"] < totals["upper"]).all()
    # 36 patients leave more open than print does: the standard error of S(12) is some 8 points (Greenwood).
    twelve = totals[
        (totals["what"] == "survival") & (totals["at"] == 12) & (totals["endpoint"] == "OS")
    ].iloc[0]
    assert 25 < twelve["upper"] - twelve["lower"] < 45
    assert len(words.totals_table(totals)) == 6
