"""The method note says what the code does: its numbers are those of the code."""

import pytest

from blina.facts import assumptions, read_claims
from blina.vocabulary import VOCABULARY
from blina_tools import method_note
from claims_files import claims
from pseudoipd import draw
from pseudoipd.chain import flips, metropolis, moves
from pseudoipd.model import anchors, prior, problem

NOTE = method_note.note().read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code():
    assert method_note.renewed(NOTE) == NOTE, "python -m blina_tools.method_note"


def test_every_move_stands_in_its_row_and_the_shares_are_all_of_them():
    lines = method_note.moves_part().splitlines()
    cells = [line.split(" | ") for line in lines if line.startswith("| ") and "%" in line]
    assert [line[0].removeprefix("| ") for line in cells] == [move.name for move in moves.MOVES]
    shares = [[float(cell.removesuffix(" %").replace("–", "0")) for cell in line[1:3]] for line in cells]
    assert [sum(column) for column in zip(*shares, strict=True)] == pytest.approx([100, 100], abs=0.1)


def test_a_note_without_its_markers_is_refused():
    with pytest.raises(ValueError, match="one part 'prior'"):
        method_note.renewed("# The method\n")


def test_effort_is_as_stated():
    effort = draw.request(claims(("OS", "n", "36")), None, 1).problem.effort()
    words = {
        f"{problem.MOVES_PER_PATIENT} moves for each patient and each claim on times",
        f"at least {effort.moves:,} ({problem.LEAST_MOVES[1]:,} with two endpoints)",
        f"up to {draw.RESTARTS} times",
        f"exp(−{effort.strictness:g} · loss)",
        f"{effort.most / effort.moves:g} times as many",
        f"({effort.aimed} moves at most)",
    }
    trial = draw.request(read_claims(), assumptions(), 1, vocabulary=VOCABULARY).problem.effort()
    words.add(f"{trial.moves:,} for this trial")
    flat = " ".join(NOTE.split())
    assert not [word for word in words if word not in flat]


def test_shares_are_as_stated():
    assert (metropolis.FLIPS, flips.MOST_MENDS, problem.LAST_PART) == (1 / 4, 3, 5)
    flat = " ".join(NOTE.split())
    assert "A quarter of the moves *flip* an event" in flat
    assert "up to three claims" in flat
    assert "in its last fifth" in flat
    assert f"Every {metropolis.LONGEST_EVERY} moves the longest follow-up" in flat


def test_early_deaths_are_as_stated():
    early = f"{VOCABULARY.early_deaths:g} of the cohorts with a trend around {prior.EARLY_TREND:g}"
    flat = " ".join(NOTE.split()).replace("−", "-")
    assert f"{early}, sd {prior.EARLY_TREND_SD:g}" in flat
    assert f"{anchors.UNFOLLOWED:g} times the last printed time" in flat
