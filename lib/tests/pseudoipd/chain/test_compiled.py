"""The compiled code does what its Python source says: the same draws by numba and by the interpreter."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import drawn

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def interpreted():
    """The draws of a process in which numba compiles nothing."""
    # The random numbers wrap around at 2^64, of which numpy warns and compiled code says nothing.
    command = [sys.executable, "-W", "ignore:overflow encountered", str(Path(drawn.__file__))]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-2000:]
    return json.loads(finished.stdout)


def test_every_cohort_that_is_asked_for_is_drawn(interpreted):
    # Each was judged by the statistics, which know nothing of the sampler, in the process that drew it.
    asked = {name: draws for name, (_, _, draws) in drawn.REQUESTS.items()}
    assert {name: len(found) for name, found in interpreted.items()} == asked


@pytest.mark.parametrize("name", list(drawn.REQUESTS))
def test_the_draws_are_those_of_the_compiler(interpreted, name):
    assert drawn.drawn(name) == interpreted[name]
