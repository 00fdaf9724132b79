"""Claims files that were once misread, or refused without saying why: each line of what became of them."""

from pathlib import Path

import pytest

from blina.vocabulary import VOCABULARY
from blina_base.errors import ContradictionError, InputError
from pseudoipd.claims.grammar import FIRST, SECOND
from pseudoipd.paper import command, drawing
from pseudoipd.paper.reading import read_paper

FILES = Path(__file__).parents[2] / "data" / "claims"


def paper(name):
    return read_paper(FILES / f"{name}.csv", VOCABULARY)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        # 3 years were read as 3 months.
        ("at_years", ["row 3, column at: '3'", "'3 years' or '3 months'", "38.8 months"]),
        ("at_years_unit", ["row 3, column unit: 'years'", "% or fraction", "3 years"]),
        # 0.42 was read as 0.42 %.
        ("fraction", ["row 3, column printed: '0.42'", "% or fraction"]),
        # A misspelled column was dropped, and a subgroup's median became everybody's.
        ("typo", ["row 1, column populaton", "did you mean population?"]),
        # EFS of everybody became RFS of responders once a response was printed.
        ("efs_cr", ["row 9, column of", "whose relapse-free survival", "PFS or EFS"]),
        ("rfs_fu_non", ["row 6, column of", "a row n of RFS"]),
        ("rfs_of_all_slow", ["row 6, column of", "a row n of RFS"]),
        ("size_n300", ["row 14, column of", "a row n of RFS"]),
        ("size_n600", ["row 14, column of", "a row n of RFS"]),
        ("size_n1200", ["row 14, column of", "a row n of RFS"]),
        # Limits in the wrong order ended, after a search, as a contradiction.
        ("ci_swapped", ["row 4, column printed: '14.2'", "not beyond 10.1 (m)"]),
        # Two arms that nothing tells apart.
        ("pvalue", ["row 3, column arm", "'A vs B'", "a row with its n"]),
        ("orr", ["row 3, column category", "what was counted"]),
        ("tower_blina", ["row 9, column category", "what was counted"]),
        ("eliana", ["row 5, column at: '3'", "'3 years' or '3 months'"]),
        ("semicolon", ["row 1", "commas, not semicolons"]),
        ("n_at_risk", ["row 4, column statistic: 'n_at_risk'", "did you mean at_risk?"]),
    ],
)  # fmt: skip
def test_what_would_be_misread_is_refused_in_one_line(name, words):
    with pytest.raises(InputError) as refused:
        paper(name)
    message = str(refused.value)
    assert message.startswith(f"{name}.csv")
    assert "\n" not in message
    assert all(word in message for word in words), message


def interval(name, claim):
    return next(c for part in paper(name).parts for c in part.printed if c.id == claim).interval


@pytest.mark.parametrize(
    ("name", "claim", "lower", "upper"),
    [
        ("dot", "m", 10.35, 10.45), ("percent_sign", "s", 41.5, 42.5), ("plus", "f", 41.85, 41.95),
        ("not_reached", "m", float("inf"), float("inf")),
        ("notestimable", "h", float("inf"), float("inf")), ("fraction_unit_1", "s", 41.5, 42.5),
    ],
)  # fmt: skip
def test_what_print_writes_is_read(name, claim, lower, upper):
    found = interval(name, claim)
    assert (found.lower, found.upper) == pytest.approx((lower, upper))


@pytest.mark.parametrize(
    ("name", "slots", "readings"),
    [
        ("pfs_only", {FIRST: "PFS"}, ["PFS: progression-free survival (progression or death) of all 60"]),
        ("rfs_fu", {FIRST: "OS", SECOND: "RFS"}, ["OS", "RFS: relapse-free survival (relapse or death) of"]),
        ("arms", {FIRST: "OS"}, ["arm blina, OS: overall survival (death) of all 271", "arm chemo, OS"]),
        ("simple_fu", {FIRST: "OS"}, ["OS: overall survival (death) of all 50 patients, from the start"]),
    ],
)  # fmt: skip
def test_how_endpoints_were_read_is_said_before_anything_is_drawn(name, slots, readings):
    found = paper(name)
    assert {place: one.code for place, one in found.parts[0].names.items()} == slots
    assert len(found.readings) == len(readings)
    assert all(line.startswith(start) for line, start in zip(found.readings, readings, strict=True))


@pytest.mark.parametrize(("name", "chosen"), [("iqr", ["q1"])])
def test_what_the_sampler_does_not_know_chooses_among_its_cohorts(name, chosen):
    (part,) = paper(name).parts
    assert [claim.id for claim in part.chosen] == chosen
    assert not {*chosen} & {claim.id for claim in part.asked}


def drawn(name, draws=4):
    found = paper(name)
    return drawing.draw(found, drawing.requests(found, {}, 1), draws)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "dot", "not_reached", "notestimable", "percent_sign", "plus", "narrow", "simple_fu", "pfs_only",
        "rfs_fu", "arms", "fraction_unit_1", "rmst",
    ],
)  # fmt: skip
def test_what_is_read_is_met(name, drawn_once):
    claims = [claim for part in paper(name).parts for claim in part.printed]

    def whole():
        found = drawn(name)
        return [list(map(float, found.values[claim.id])) for claim in claims]

    values = drawn_once((FILES / f"{name}.csv").read_text(encoding="utf-8"), whole)
    assert {len(one) for one in values} == {4}
    assert all(claim.agrees(v) for claim, of in zip(claims, values, strict=True) for v in of)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["rising", "two_n"])
def test_contradictions_are_named(name):
    with pytest.raises(ContradictionError, match="proved"):
        drawn(name)


@pytest.mark.slow
def test_three_of_the_patients_may_be_in_neither_of_two_groups():
    # 84 MRD responders and 23 others of 110: the status of three is not told. Of 107 it is told of all.
    for name, unknown in (("blast_mrd_107", 0), ("blast_mrd_110", 3)):
        found = drawn(name)
        flag = found.ensembles[0].columns["MRD_RESPONDER"]
        assert ((flag == "Y").sum(axis=1) == 84).all()
        assert ((flag == "N").sum(axis=1) == 23).all()
        assert ((flag == "").sum(axis=1) == unknown).all()


def test_the_command_says_how_it_read_the_file_first(capsys, tmp_path):
    order = command.Order(2, 1, tmp_path / "out.csv")
    assert command.run(FILES / "rfs_fu.csv", order) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("read as: OS: overall survival (death) of all 189 patients")
    assert said[1].startswith("read as: RFS: relapse-free survival (relapse or death) of 81 patients")
    assert any("no follow-up is printed" in line for line in said)
    rows = (tmp_path / "out.csv").read_text().splitlines()
    assert "RECONSTRUCTED" in rows[1]
    assert {row.split(",")[2] for row in rows[1:]} == {'"OS"', '"RFS"'}


def test_a_request_that_cannot_be_fails_before_drawing(tmp_path):
    with pytest.raises(InputError, match="--draws 0"):
        command.Order(0, 1, tmp_path / "out.csv")
