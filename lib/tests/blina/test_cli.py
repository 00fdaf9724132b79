"""The command line's own words: help without a command, one line for what it does not know."""

import subprocess
import sys

import pytest


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
