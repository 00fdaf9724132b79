"""The command line's own words: help without a command, one line for what it does not know."""

import subprocess
import sys

import click
import pytest

from blina.cli import cli
from nbreports.html import office
from nbreports.run import run


def blina(*arguments):
    command = [sys.executable, "-m", "blina.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_without_a_command_it_shows_the_commands():
    shown = blina()
    assert shown.returncode == 0
    assert shown.stdout.startswith("Usage: ")
    for name in ["list", "describe", "render", "status", "reconstruct", "check", "new", "clean"]:
        assert f"\n  {name} " in shown.stdout


@pytest.mark.parametrize("arguments", [["nosuch"], ["render", "--bogus"], ["describe"], ["reconstruct"]])
def test_a_wrong_request_is_one_line_and_exits_with_2(arguments):
    refused = blina(*arguments)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert len(refused.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("command", [["render", "03"], ["reconstruct", "claims.csv", "--out", "x.csv"]])
@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--timeout", value) for value in ("nan", "inf", "0", "-1", "soon")),
        ("--jobs", "0"),
        ("--jobs", "two"),
    ],
)
def test_an_option_is_checked_as_a_parameter_is(command, option, value):
    with pytest.raises(click.UsageError) as caught:
        cli.main([*command, option, value], standalone_mode=False)
    assert f"'{option}'" in caught.value.format_message()


@pytest.mark.parametrize(
    ("option", "value"),
    [("--conf-type", "loglog"), ("--draws", "0"), ("--draws", "1.5"), ("--seed", "x"), ("--moves", "many")],
)
def test_an_option_of_reconstruct_is_checked(option, value):
    with pytest.raises(click.UsageError) as caught:
        cli.main(["reconstruct", "claims.csv", "--out", "x.csv", option, value], standalone_mode=False)
    assert f"'{option}'" in caught.value.format_message()


def test_reconstruct_hands_over_the_assumptions_that_it_is_given(monkeypatch, tmp_path):
    taken = {}

    def run(claims, order, chosen, vocabulary):
        taken.update(chosen)
        return 1

    monkeypatch.setattr("pseudoipd.paper.command.run", run)
    given = ["--prior", "flat", "--conf-type", "plain", "--followup-method", "observed"]
    cli.main(["reconstruct", "claims.csv", "--out", str(tmp_path / "x.csv"), *given], standalone_mode=False)
    wanted = {"prior": "flat", "conf_type": "plain", "followup_method": "observed"}
    assert {name: taken[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    "address",
    ["nonsense", "tcp://nonsense", "http://host:80", "tcp://host:0", "tcp://host:99999", "a b:1", ":1"],
)
def test_what_is_no_address_of_a_cluster_is_refused_before_anything_connects(address):
    with pytest.raises(click.UsageError) as caught:
        cli.main(["render", "03", "--cluster", address], standalone_mode=False)
    assert "is no address such as tcp://host:8786" in caught.value.format_message()


def test_render_says_in_one_line_how_word_documents_are_had(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(office, "forms", lambda: ("rtf",))
    monkeypatch.setattr(run, "render", lambda *_: [])
    with pytest.raises(SystemExit) as ended:
        cli.main(["render", "03", "--output", str(tmp_path)], standalone_mode=False)
    assert (ended.value.code, capsys.readouterr().err) == (0, f"{office.MISSING}\n")


def test_clean_says_what_it_removed(tmp_path):
    (tmp_path / "pages" / "default" / "01_one").mkdir(parents=True)
    (tmp_path / "pages" / "default" / "01_one" / "index.html").write_text("a page")
    assert blina("clean", "--output", str(tmp_path / "pages")).stdout == "removed default\n"
    assert blina("clean", "--output", str(tmp_path / "pages")).stdout == "nothing to remove\n"


def test_a_new_report_must_be_numbered_and_new(tmp_path):
    refused = blina("new", "My report", "--notebooks", str(tmp_path))
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
    (tmp_path / "12_mine.ipynb").write_text("")
    assert blina("new", "12_mine", "--notebooks", str(tmp_path)).stderr == "12_mine.ipynb exists already\n"
