"""The compiled code does what its Python source says: the same draws by numba and by the interpreter."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import drawn
from drawn_once import digest

pytestmark = pytest.mark.slow


@functools.cache
def interpreted():
    """The draws of a process in which numba compiles nothing."""
    # The random numbers wrap around at 2^64, of which numpy warns and compiled code says nothing.
    command = [sys.executable, "-W", "ignore:overflow encountered", str(Path(drawn.__file__))]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-2000:]
    return json.loads(finished.stdout)


def noted(found):
    return {"draws": len(found), "digest": digest(json.dumps(found))}


@pytest.mark.parametrize("name", list(drawn.REQUESTS))
def test_the_draws_are_those_of_the_interpreter(name, drawn_once):
    asked = drawn.REQUESTS[name]
    there = drawn_once(asked, lambda: noted(interpreted()[name]))
    # Each was judged by the statistics, which know nothing of the sampler, in the process that drew it.
    assert there["draws"] == asked[-1]
    assert noted(drawn.drawn(name)) == there
