"""What is shown while a run goes on: lines without a terminal, a bar on one."""

import io
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from blina_base.errors import InputError
from claims_files import claims
from nbreports.plan.plan import Rendering
from nbreports.run import progress
from nbreports.run.job import Kind, Result
from nbreports.run.outcome import Outcome
from pseudoipd.draw import draw_chunk, request
from pseudoipd.paper import command

DONE, FAILED = Result(Kind.DONE, seconds=1.25), Result(Kind.FAILED, "ValueError: no", cell=3)


def ended(name, result):
    return Outcome(Rendering(name, Path(), "default", name, {}, {}, {}), result, "2026-01-01")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def told(listener):
    listener.begin(2, 1)
    for name in ("01_one", "02_two"):
        listener.started(ended(name, DONE).rendering)
    listener.ended(ended("01_one", DONE))
    listener.ended(ended("02_two", FAILED))
    listener.close()


def test_without_a_terminal_each_report_has_a_line(capsys):
    told(progress.Progress())
    assert capsys.readouterr().out.splitlines() == [
        "2 to render, 1 fresh",
        "[1/2] default/01_one … done 1.2 s",
        "[2/2] default/02_two … failed in cell 3: ValueError: no",
    ]


def test_on_a_terminal_only_what_went_wrong_has_a_line(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    told(progress.Progress())
    shown = capsys.readouterr().out
    assert "[2/2] default/02_two … failed in cell 3: ValueError: no" in shown
    assert "01_one" not in shown
    assert "2/2" in sys.stderr.getvalue()
    assert "01_one, 02_two" in sys.stderr.getvalue()


def test_a_run_that_waits_says_so(capsys):
    progress.Progress().waiting()
    assert capsys.readouterr().err.startswith("another run is writing to this folder")


def test_draws_without_a_terminal_are_told_now_and_then(capsys, monkeypatch):
    seconds = iter([0.0, 5.0, 20.0, 21.0])
    monkeypatch.setattr(command.time, "monotonic", lambda: next(seconds))
    with command.progress(400) as show:
        for tried in (100, 200, 400):
            show(tried, tried - 10)
    # Nothing after 5 s; 200 in 20 s are 10 a second, so the other 200 take 20 s; the last is always told.
    assert capsys.readouterr().err.splitlines() == [
        "190 of 400 draws found, 10 a second, 20 s left", "390 of 400 draws found, 19 a second, 0 s left",
    ]  # fmt: skip


def test_draws_on_a_terminal_have_a_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    with command.progress(200) as show:
        show(100, 100)
        show(200, 190)
    assert "200/200" in sys.stderr.getvalue()


def test_what_takes_long_is_told_when_nothing_else_is(capsys, monkeypatch):
    monkeypatch.setattr(command, "PLAIN_EVERY", 0.05)
    with command.said("no cohort found yet"):
        time.sleep(0.4)
    told = capsys.readouterr().err.splitlines()
    assert told
    assert set(told) == {"no cohort found yet, 0 s so far"}


def test_of_an_arm_nothing_is_told_once_the_next_is_drawn(capsys, monkeypatch):
    monkeypatch.setattr(command, "PLAIN_EVERY", 0.05)
    monkeypatch.setattr(command, "remarks", lambda drawn: [])

    def draw(paper, wanted, draws, pool, of_arm):
        for arm in ("A", "B"):
            of_arm(arm, draws)
            time.sleep(0.4)

    monkeypatch.setattr(command.drawing, "draw", draw)
    command._drawn(None, (), command.Order(7, 1, None, jobs=1))
    told = capsys.readouterr().err.splitlines()
    arms = [line.split(",")[0].removeprefix("drawing 7 cohorts of arm ") for line in told]
    assert arms == sorted(arms)
    assert set(arms) == {"A", "B"}


def test_a_time_limit_that_is_none_is_refused():
    with pytest.raises(InputError, match="--timeout 0: expected seconds, more than 0"):
        command.Order(1, 1, None, timeout=0.0)


def test_no_cohort_is_begun_when_it_is_too_late():
    wanted = request(claims(("OS", "n", "9"), ("OS", "median", "10.0")), None, 1)
    assert len(draw_chunk(replace(wanted, until=0.0), 0, 3)) == 0
