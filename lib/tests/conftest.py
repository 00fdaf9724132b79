"""What the whole run of tests shares."""

import sys


def pytest_sessionfinish() -> None:
    """Remove the copy of the library that the renderer's tests ran from (workers skip atexit)."""
    samples = sys.modules.get("sample_reports")
    if samples is not None:
        samples.forget_snapshot()
