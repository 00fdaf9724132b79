"""What the tests share: the checked-in cohort and its scorecard, and what is cleared away at the end.

Imported within, so that a test that needs none of it starts at once.
"""

import gc
import sys
from pathlib import Path

import pytest

# What is imported before the first test stays: to look for garbage among it is in vain.
gc.disable()
TESTS = Path(__file__).parent
# The files that take longest, which are begun first: one of them at the end would be waited for alone.
FIRST = (
    "pseudoipd/test_exact.py",
    "house/test_mutations.py",
    "house/test_pages.py",
    "house/test_readme.py",
    "nbreports/run/test_render_faults.py",
    "nbreports/run/test_render.py",
    "blina/scorecard/test_held_out.py",
    "pseudoipd/paper/test_abstracts.py",
    "blina/adam/test_own_data_pages.py",
    "blina_tools/test_bench.py",
    "pseudoipd/chain/test_reversible.py",
    "pseudoipd/chain/test_compiled.py",
    "pseudoipd/test_reconstruct_jobs.py",
    "pseudoipd/test_reconstruct.py",
    "blina/adam/test_adam_property.py",
    "blina/reports/test_series.py",
)


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


@pytest.fixture
def drawn_once(request):
    """`drawn_once.result` by the name of the test that asks: `asked`, `whole`, and maybe `first`, `file`."""
    from drawn_once import result

    note = request.config.getoption("--note-drawn")
    name = f"{request.path.relative_to(TESTS)}::{request.node.nodeid.partition('::')[2]}"

    def ask(asked, whole, first=None, file=request.path):
        return result(name, file, asked, whole, first, note)

    return ask


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless Chromium with one tab; without one, a test that needs it is skipped."""
    from chromium import Browser, program

    if program() is None:
        pytest.skip("Chromium is not installed")
    opened = Browser(tmp_path_factory.mktemp("browser"))
    yield opened
    opened.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make drawn` note what many draws gave."""
    parser.addoption("--note-drawn", action="store_true", help="draw and note what is drawn once, if changed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest files, then all that are slow, then the short ones: these end together."""
    if config.getoption("--note-drawn"):
        items[:] = [item for item in items if "drawn_once" in getattr(item, "fixturenames", ())]
    rank = {TESTS / name: place for place, name in enumerate(FIRST)}
    slow = {item.path for item in items if item.get_closest_marker("slow") or item.path.suffix == ".ipynb"}
    items.sort(key=lambda item: rank.get(item.path, len(FIRST) + (item.path not in slow)))


def pytest_collection_finish() -> None:
    """Look for garbage from here on, among what the tests make."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_sessionfinish() -> None:
    """Remove the copy of the library that the renderer's tests ran from (workers skip atexit)."""
    samples = sys.modules.get("sample_reports")
    if samples is not None:
        samples.forget_snapshot()
