"""The declaration of a report's parameters, and every way in which a value is refused."""

import time

import pytest

from blina_base.errors import InputError
from nbreports.plan.parameters import ParameterError, assignments, check, headline, parse, read_notebook
from sample_reports import PARAMETERS, Collection, notebook

DECLARED = parse(PARAMETERS, "07_sample.ipynb")


def test_a_line_declares_type_unit_range_and_meaning():
    n, _, kind, share, deep = DECLARED
    assert (n.kind, n.default, n.unit, n.meaning, n.lower, n.upper) == (
        "integer",
        1,
        "patients",
        "a number",
        0,
        9,
    )
    assert kind.choices == ("log", "plain")
    assert (share.kind, deep.kind, deep.unit) == ("number", "flag", "")


def test_a_bar_within_a_choice_does_not_end_the_field():
    (days,) = parse('mrd_days = "29|71"  # one of 29|71, 29, 71 | day | when', "x")
    assert days.choices == ("29|71", "29", "71")
    assert days.unit == "day"


def test_choices_are_numbers_where_the_default_is_one():
    (months,) = parse("months = 3  # one of 3, 4.5 | months | when", "x")
    assert months.choices == (3, 4.5)
    assert months.accept("4.5", "x") == 4.5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kin": "log"}, "07 has no parameter 'kin'; did you mean kind?"),
        ({"n": "3"}, "07, parameter n: '3' found; expected a whole number from 0 to 9 (patients)"),
        ({"n": 3.0}, "3.0 found; expected a whole number"),
        ({"n": True}, "True found; expected a whole number"),
        ({"n": 10}, "10 found; expected a whole number from 0 to 9"),
        ({"share": 1.01}, "1.01 found; expected a number from 0 to 1"),
        ({"share": float("nan")}, "nan found; expected a number"),
        ({"kind": "logg"}, "'logg' found; expected one of log, plain"),
        ({"deep": "yes"}, "'yes' found; expected true or false"),
        ({"label": 3}, "3 found; expected text"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(given, said):
    with pytest.raises(ParameterError) as refused:
        check(DECLARED, given, "07")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("n = 1", "expected the comment '# type | unit | meaning' after n"),
        ("n = 1  # integer | -", "expected the comment"),
        ("n = 1  # whole | - | x", "'whole' found; expected one of …, number A to B"),
        ("n = 11  # integer 0 to 9 | - | x", "default, parameter n: 11 found"),
        ("n = open('x')  # text | - | x", "the default of n is not a plain value"),
        ("n += 1  # integer | - | x", "expected name = default"),
        ("n = 1  # integer | - | x\nn = 2  # integer | - | x", "line 1: n is declared twice"),
        ("n = (", "not Python"),
    ],
)
def test_a_wrong_declaration_is_refused_with_its_line(line, said):
    with pytest.raises(ParameterError, match=r"07_sample\.ipynb, parameters cell") as refused:
        parse(line, "07_sample.ipynb")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "value"), [("3", 3), ("+3", 3), ("0003", 3)], ids=["plain", "signed", "zeros"]
)
def test_text_of_the_command_line_becomes_a_number(text, value):
    assert DECLARED[0].from_text(text, "x") == value


@pytest.mark.parametrize("text", ["3.0", "3e0", "0x3", "", "١", "1_0"])
def test_text_that_is_no_whole_number_is_refused(text):
    with pytest.raises(ParameterError):
        DECLARED[0].from_text(text, "x")


def test_a_text_value_stays_the_text_it_is():
    hostile = "a\"'\n</script>{{ 7*7 }}\\"
    assert DECLARED[1].from_text(hostile, "x") == hostile


@pytest.mark.parametrize("texts", [["n=1", "n=2"], ["n"], ["=3"]])
def test_an_assignment_given_twice_or_without_a_name_is_refused(texts):
    with pytest.raises(InputError):
        assignments(texts)


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """One sample report; a cell that runs would leave a file."""
    folder = tmp_path_factory.mktemp("refused")
    return Collection(folder, r01_sample=notebook("01_sample", f"open({str(folder / 'ran')!r}, 'w')"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "labell=3"], "01_sample has no parameter 'labell'; did you mean label?"),
        (["-p", "n=abc"], "parameter n: 'abc' found; expected a whole number from 0 to 9"),
        (["-p", "n=10"], "parameter n: 10 found"),
        (["-p", "kind=log,logg"], "parameter kind: 'logg' found"),
        (["-p", "kind=log,log"], "a value is given twice"),
        (["-p", "n=1", "-p", "n=2"], "parameter n is given twice"),
        (["02"], "no report '02'"),
        (["--profile", "defalt"], "no profile 'defalt' in profiles; there is default"),
        (["--jobs", "0"], "--jobs"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_the_command_line_refuses_before_anything_runs(collection, arguments, said):
    started = time.monotonic()
    finished = collection.run("render", *arguments)
    assert finished.returncode == 2
    assert said in finished.stderr
    assert len(finished.stderr.splitlines()) == 1
    assert finished.stdout == ""
    assert not collection.output.exists()
    assert not (collection.folder / "ran").exists()
    # A kernel alone takes longer than this to start; the limit is the issue's own.
    assert time.monotonic() - started < 10


def test_list_and_describe_print_what_is_declared(collection):
    assert "01  Sample sample\n      n, label, kind, share, deep\n" in collection.run("list").stdout
    described = collection.run("describe", "01").stdout
    assert "kind = 'log'\n      one of log, plain\n      a choice" in described
    assert "a whole number from 0 to 9 (patients)" in described


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"cells": 3}'])
def test_a_file_that_is_no_notebook_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "07_sample.ipynb").write_text(content)
    with pytest.raises(InputError, match=r"^07_sample\.ipynb: not a notebook \(.*\)$"):
        read_notebook(tmp_path / "07_sample.ipynb")
    with pytest.raises(InputError, match=r"^08_none\.ipynb: no such notebook$"):
        read_notebook(tmp_path / "08_none.ipynb")


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ([], ("", "")),
        ([{"cell_type": "markdown", "source": []}], ("", "")),
        (
            [{"cell_type": "code", "source": "# No"}, {"cell_type": "markdown", "source": "# A\n\nWhy\nso?"}],
            ("A", "Why so?"),
        ),
        ([{"cell_type": "markdown", "source": ["# A\n", "\n", "Why?"]}], ("A", "Why?")),
    ],
)
def test_title_and_question_are_the_first_words(cells, found):
    assert headline({"cells": cells}) == found


def test_lines_of_comment_below_a_declaration_carry_it_on():

    (found,) = parse("n = 1  # integer 0 to 9 | patients |\n#     how many\n", "here")
    assert (found.unit, found.meaning) == ("patients", "how many")
