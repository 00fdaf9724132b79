"""What the whole run of tests shares."""

import sys

import pytest
from blina import published, scorecard
from blina.adam import read_tables


@pytest.fixture(scope="module")
def reference():
    """The checked-in cohort; a test that changes a table changes a copy."""
    return read_tables()


@pytest.fixture(scope="module")
def claims():
    """What the sources print."""
    return published.read_claims()


@pytest.fixture(scope="module")
def card(reference, claims):
    """The scorecard of the checked-in cohort."""
    return scorecard.scorecard(reference, claims)


def pytest_sessionfinish() -> None:
    """Remove the copy of the library that the renderer's tests ran from (workers skip atexit)."""
    samples = sys.modules.get("sample_reports")
    if samples is not None:
        samples.forget_snapshot()
