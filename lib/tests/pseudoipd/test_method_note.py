"""The method note says what the code does: its numbers are those of the code."""

import pytest

from blina.reports.validation.numbers import accuracy
from blina_tools import method_note
from claims_files import claims
from pseudoipd import draw
from pseudoipd.chain import moves
from pseudoipd.model import problem

NOTE = method_note.note().read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code():
    assert method_note.renewed(NOTE) == NOTE, "python -m blina_tools.method_note"


def test_every_move_stands_in_its_row_and_the_shares_are_all_of_them():
    cells = [line.split(" | ") for line in method_note.moves_part().splitlines() if "%" in line]
    assert [line[0].removeprefix("| ") for line in cells] == [move.name for move in moves.MOVES]
    shares = [[float(cell.removesuffix(" %").replace("–", "0")) for cell in line[1:3]] for line in cells]
    assert [sum(column) for column in zip(*shares, strict=True)] == pytest.approx([100, 100], abs=0.1)


def test_a_note_without_its_markers_is_refused():
    with pytest.raises(ValueError, match="one part 'prior'"):
        method_note.renewed("# The method\n")


def test_effort_is_as_stated():
    effort = draw.request(claims(("OS", "n", "36")), None, 1).problem.effort()
    words = {
        f"After {effort.moves:,} moves ({problem.MOVES_PER_PATIENT} per patient",
        f"up to {draw.RESTARTS} times",
        f"exp(−{effort.strictness:g} · loss)",
        f"{effort.most / effort.moves:g} times as many",
        f"with {effort.between} moves between",
        f"({effort.aimed} moves at most)",
        f"{accuracy.MOVES_PER_PATIENT} moves per patient, at most {accuracy.MOST_MOVES:,}",
    }
    flat = " ".join(NOTE.split())
    assert not [word for word in words if word not in flat]


def test_one_chain_gives_as_many_as_stated():
    assert (problem.MANY_CLAIMS, problem.PER_CHAIN) == (10, 5)
    assert "more than ten" in NOTE
    assert "gives five" in NOTE
