"""A test that cannot fail proves nothing: each slip below must turn a test red."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

import slips
from blina_base import project

pytestmark = pytest.mark.slow

LIBRARY = project.root() / "lib"

# (module, what stands there, the slip, the test file that must notice)
MUTATIONS = [
    (
        "pseudoipd/survival/limits.py",
        "curve <= p + CROSSING_TOLERANCE",
        "curve <= p",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/limits.py",
        "(time[first] + time[below[0]]) / 2",
        "time[first]",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/limits.py",
        "survival**power, survival ** (1 / power)",
        "survival ** (1 / power), survival**power",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/kaplan_meier.py",
        "left = at_risk * (at_risk - events)",
        "left = at_risk * at_risk",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/kaplan_meier.py",
        'side="left")\n        still',
        'side="right")\n        still',
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/followup.py",
        "plain.at_risk - plain.censored",
        "plain.at_risk",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/survival/followup.py",
        "left = n * (n - died)",
        "left = n * n",
        "pseudoipd/survival/test_survival.py",
    ),
    (
        "pseudoipd/transitions/risk_sets.py",
        'else "right")',
        'else "left")',
        "pseudoipd/transitions/test_transitions.py",
    ),
    (
        "pseudoipd/transitions/risk_sets.py",
        'response < time if tie == "before" else response <= time\n    order',
        "response <= time\n    order",
        "pseudoipd/transitions/test_transitions.py",
    ),
    (
        "pseudoipd/claims/proportion.py",
        "beta.ppf(tail, count, n - count + 1)",
        "beta.ppf(tail, count + 1, n - count)",
        "blina/endpoint/test_response.py",
    ),
    (
        "blina/adam/endpoints.py",
        '(rows["CNSR"] == 0)',
        '(1 - rows["CNSR"] == 0)',
        "blina/adam/test_adam_reading.py",
    ),
    (
        "pseudoipd/claims/intervals.py",
        "value < self.upper - TOLERANCE",
        "value <= self.upper",
        "blina/test_published.py",
    ),
    (
        "pseudoipd/claims/intervals.py",
        "value - unit / 2), value",
        "value - unit), value",
        "blina/test_published.py",
    ),
    (
        "pseudoipd/claims/intervals.py",
        "value <= self.upper + TOLERANCE if",
        "value < self.upper - TOLERANCE if",
        "blina/test_published.py",
    ),
    (
        "pseudoipd/claims/claims.py",
        "return self.interval.contains(value)",
        "return self.interval.ends_after(value)",
        "blina/test_published.py",
    ),
    (
        "blina/adam/endpoints.py",
        "days / DAYS_PER_MONTH",
        "days * DAYS_PER_MONTH",
        "blina/adam/test_adam_reading.py",
    ),
    (
        "blina/adam/mapping.py",
        "days.astype(float) + 1",
        "days.astype(float)",
        "blina/adam/test_adam_mapping.py",
    ),
    (
        "pseudoipd/survival/limits.py",
        "np.exp(width / np.abs",
        "np.exp(-width / np.abs",
        "pseudoipd/survival/test_survival.py",
    ),
    ("pseudoipd/survival/kaplan_meier.py", ">= at - 1e-9", ">= at", "pseudoipd/survival/test_survival.py"),
    (
        "pseudoipd/survival/draws.py",
        "(times, censored, censored)",
        "(times, censored, ~censored)",
        "pseudoipd/survival/test_survival_draws.py",
    ),
    (
        "pseudoipd/transitions/curves.py",
        "stays = times > at",
        "stays = times >= at",
        "pseudoipd/transitions/test_transitions.py",
    ),
    (
        "pseudoipd/transitions/draws.py",
        "responses <= at",
        "responses < at",
        "pseudoipd/transitions/test_transitions.py",
    ),
    (
        "pseudoipd/claims/proportion.py",
        "tail = (1 - conf_level) / 2",
        "tail = 1 - conf_level",
        "blina/endpoint/test_response.py",
    ),
    (
        "blina/formats.py",
        "math.floor(value + 0.5 + _ROUNDING)",
        "round(value)",
        "blina/test_formats.py",
    ),
]


@pytest.fixture(scope="module")
def runner() -> Iterator[subprocess.Popen[str]]:
    """The process that runs a test file against a library with a slip in it."""
    plain = {"PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment = os.environ | plain | {"PYTHONPATH": str(LIBRARY)}
    command = [sys.executable, str(LIBRARY / "tests" / "slips.py")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=project.root(), env=environment, **pipes) as process:
        yield process
        process.stdin.close()


def run_tests(runner: subprocess.Popen[str], module: str, text: str, test: str) -> tuple[int, str]:
    runner.stdin.write(json.dumps({"file": module, "text": text, "test": test}) + "\n")
    runner.stdin.flush()
    answer = json.loads(runner.stdout.readline())
    return answer["status"], answer["printed"]


@pytest.mark.parametrize(("module", "sound", "slip", "test"), MUTATIONS)
def test_a_slip_is_noticed(runner, module, sound, slip, test):
    text = (LIBRARY / module).read_text(encoding="utf-8")
    assert text.count(sound) == 1, f"{module} no longer holds exactly one {sound!r}"
    status, printed = run_tests(runner, module, text.replace(sound, slip), test)
    assert status == pytest.ExitCode.TESTS_FAILED, printed[-2000:]
    assert "FAILED" in printed


def test_without_a_slip_the_same_run_passes(runner):
    """Else red would prove nothing."""
    module = "pseudoipd/survival/draws.py"
    sound = (LIBRARY / module).read_text(encoding="utf-8")
    status, printed = run_tests(runner, module, sound, "pseudoipd/survival/test_survival_draws.py")
    assert status == pytest.ExitCode.OK, printed[-2000:]


def test_a_slip_that_no_test_imports_is_no_success(runner):
    status, _ = run_tests(
        runner, "nbreports/digits.py", "raise ImportError", "pseudoipd/survival/test_survival_draws.py"
    )
    assert status == slips.NOT_IMPORTED
