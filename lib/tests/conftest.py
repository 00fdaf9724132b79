"""What the tests share: the checked-in cohort and its scorecard, and what is cleared away at the end.

Imported within, so that a test that needs none of it starts at once.
"""

import sys

import pytest


@pytest.fixture(scope="module")
def reference():
    """The checked-in cohort; a test that changes a table changes a copy."""
    from blina.adam import read_tables

    return read_tables()


@pytest.fixture(scope="module")
def claims():
    """What the sources print."""
    from blina.facts import read_claims

    return read_claims()


@pytest.fixture(scope="module")
def card(reference, claims):
    """The scorecard of the checked-in cohort."""
    from blina.scorecard.numbers import scorecard

    return scorecard(reference, claims)


def pytest_sessionfinish() -> None:
    """Remove the copy of the library that the renderer's tests ran from (workers skip atexit)."""
    samples = sys.modules.get("sample_reports")
    if samples is not None:
        samples.forget_snapshot()
