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
