from types import SimpleNamespace

import numpy as np
import pytest

from blina import ensemble, facts
from blina.scorecard.held_out import read
from blina.vocabulary import VOCABULARY
from blina_tools.cohort import held_out
from claims_files import claims as made
from drawn_once import digest
from pseudoipd import cache
from pseudoipd.engine import reconstruct


def questions(claims):
    """Id of the finest printing → all of its printings."""
    return {same[0].id: same for same in ensemble.printings(claims)}


def test_a_quantity_is_left_out_with_all_its_printings(claims):
    asked = questions(claims)
    assert {claim.id for claim in asked["os_median"]} == {"os_median", "os_median_news"}
    assert {claim.id for claim in asked["rfs_plateau_from_news"]} == {
        "rfs_plateau_from",
        "rfs_plateau_from_news",
    }
    assert "patients" not in asked
    assert "long_term_survivors_count" not in asked


def test_the_checked_in_table_answers_every_question_as_it_is_printed(claims):
    table = read()
    asked = questions(claims)
    assert list(table.index) == list(asked)
    printed = {claim.id: claim.printed for same in asked.values() for claim in same}
    assert table["printed"].to_dict() == {name: printed[name] for name in table.index}
    assert (table["draws"] == held_out.DRAWS).all()
    assert table["below"].between(0, 1).all()
    assert ((table["lower"] <= table["median"]) & (table["median"] <= table["upper"])).all()


def test_predictions_and_their_band_by_hand(claims):
    (median,) = facts.select(claims, id="os_median")
    # Four uncensored patients: the median is the middle of the second and third time.
    months = np.array([[10, 12, 13, 20], [10, 13, 13, 20], [10, 14, 16, 20]]) * 30.4375
    cohorts = SimpleNamespace(time={"OS": months}, event={"OS": np.ones((3, 4), dtype=bool)}, columns={})
    values = held_out.predictions(median, cohorts, facts.assumptions())
    assert values.tolist() == pytest.approx([12.5, 13.0, 15.0])
    row = dict(zip(held_out.COLUMNS, held_out._row(median, values), strict=True))
    assert (row["lower"], row["median"], row["upper"]) == pytest.approx((12.5, 13.0, 15.0))
    assert row["inside"] == pytest.approx(1 / 3)
    assert row["below"] == pytest.approx(1 / 2)
    assert row["predicted"] == "Y"
    far = dict(zip(held_out.COLUMNS, held_out._row(median, values + 9), strict=True))
    assert (far["predicted"], far["below"], far["inside"]) == ("N", 0.0, 0.0)


# 13.0 stands for [12.95, 13.05), ~13 for 12 to 14 with both ends.
@pytest.mark.parametrize(
    ("printed", "only_value", "answer"),
    [("13.0", 13.05, "N"), ("13.0", 12.95, "Y"), ("~13", 14.0, "Y"), ("~13", 14.1, "N"), ("~13", 12.0, "Y")],
)
def test_a_band_that_touches_the_printed_interval_meets_it_where_the_end_belongs_to_it(
    printed, only_value, answer
):
    (median,) = made(("OS", "median", printed))
    row = dict(zip(held_out.COLUMNS, held_out._row(median, np.full(5, only_value)), strict=True))
    assert row["predicted"] == answer


def test_mantel_byar_is_predicted_per_cohort(claims):
    (p,) = facts.select(claims, id="mantel_byar_p")
    rng = np.random.default_rng(1)
    days = rng.integers(100, 1000, (2, 20))
    response = np.where(np.arange(20) % 2 == 0, 29, -1) * np.ones((2, 1), dtype=int)
    cohorts = SimpleNamespace(
        time={"OS": days}, event={"OS": np.ones((2, 20), dtype=bool)}, columns={"MRDRDY": response}
    )
    values = held_out.predictions(p, cohorts, facts.assumptions())
    assert values.shape == (2,)
    assert ((values > 0) & (values < 1)).all()


def test_leaving_one_out_draws_from_the_rest(claims, monkeypatch):
    asked = []

    def load(rest, assumptions, draws, seed):
        asked.append({claim.id for claim in rest})
        times = np.full((draws, 36), 400)
        return SimpleNamespace(
            time={"OS": times, "RFS": times},
            event={"OS": times > 0, "RFS": times > 0},
            columns={"MRDRDY": np.full((draws, 36), 29)},
        )

    monkeypatch.setattr(held_out.ensemble, "load", load)
    table = held_out.leave_one_out(claims, facts.assumptions(), 3, 1)
    assert table["claim"].tolist() == list(questions(claims))
    for rest, same in zip(asked, questions(claims).values(), strict=True):
        assert len(rest) == len(claims) - len(same)
        assert not rest & {claim.id for claim in same}


def days(cohorts, draws):
    """Return times and events of the first cohorts, by endpoint."""
    first = cohorts.subset(np.arange(draws))
    return [of[name].astype(int) for name in ("OS", "RFS") for of in (first.time, first.event)]


@pytest.mark.slow
def test_a_row_of_the_checked_in_table_is_what_the_engine_predicts_today(claims, drawn_once):
    same, assumptions = questions(claims)["mantel_byar_p"], facts.assumptions()
    rest = ensemble.others(claims, same)
    # Those that report 09 shows are the first of them.
    stored = {same[0].id: kept for same, kept in ensemble.without(claims, assumptions)}
    assert set(stored) == set(questions(claims)), "run make cohort"
    kept = stored["mantel_byar_p"]

    def drawn(draws):
        # Not by way of `ensemble.load`: they must not come from a cache.
        return reconstruct(rest, draws, held_out.SEED, assumptions, VOCABULARY)

    def whole():
        cohorts = drawn(held_out.DRAWS)
        row = held_out._row(same[0], held_out.predictions(same[0], cohorts, assumptions))
        return dict(zip(held_out.COLUMNS, row, strict=True)) | {"first": digest(*days(cohorts, len(kept)))}

    asked = cache.asked(rest, assumptions, held_out.SEED, None, VOCABULARY), held_out.DRAWS
    row = drawn_once(asked, whole, lambda: days(drawn(3), 3))
    assert digest(*days(kept, len(kept))) == row.pop("first"), "run make cohort"
    found = read().loc[row.pop("claim")]
    for name, value in row.items():
        expected = pytest.approx(value, rel=1e-8) if isinstance(value, float) else value
        assert found[name] == expected, f"{name}: run make cohort"
