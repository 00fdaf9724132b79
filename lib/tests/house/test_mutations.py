"""A test that cannot fail proves nothing: each slip below, made in a copy, must turn a test red."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from blina_base import project

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
        "pseudoipd/claims/proportion.py",
        "int(100 * count / n + 0.5)",
        "round(100 * count / n)",
        "blina/reports/test_response_table.py",
    ),
]


@pytest.fixture
def copied_library(tmp_path):
    """A checkout whose library can be broken: the other folders are the real ones."""
    shutil.copytree(
        project.root() / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    for name in ["data", "notebooks", "reports", "pyproject.toml", "requirements.lock"]:
        (tmp_path / name).symlink_to(project.root() / name)
    return tmp_path


def run_tests(checkout: Path, test: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"lib/tests/{test}"]
    environment = os.environ | {"PYTHONPATH": str(checkout / "lib"), "PYTEST_ADDOPTS": ""}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("module", "sound", "slip", "test"), MUTATIONS)
def test_a_slip_is_noticed(copied_library, module, sound, slip, test):
    path = copied_library / "lib" / module
    text = path.read_text(encoding="utf-8")
    assert text.count(sound) == 1, f"{module} no longer holds exactly one {sound!r}"
    path.write_text(text.replace(sound, slip), encoding="utf-8")
    finished = run_tests(copied_library, test)
    assert finished.returncode == 1, finished.stdout[-2000:]
