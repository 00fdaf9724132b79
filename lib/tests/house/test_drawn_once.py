"""What was drawn once is taken for what would be drawn today as long as nothing that decides it changed."""

import numpy as np
import pytest
from test_mutations import CHAIN, LIBRARY, SAMPLER, TESTS

import drawn_once

EXACT = TESTS / "pseudoipd" / "test_exact.py"


def test_what_is_noted_was_drawn_by_the_code_in_force():
    """`make drawn` draws what was not, in minutes; until then each run of the tests does."""
    noted = {entry["file"]: entry["code"] for entry in drawn_once.stored().values()}
    assert noted
    assert noted == {file: drawn_once.code(TESTS / file) for file in noted}, "say make drawn"


@pytest.mark.parametrize(("module", "sound", "slip"), [row[:3] for row in SAMPLER])
def test_a_slip_of_the_sampler_is_other_code(module, sound, slip):
    file = LIBRARY / CHAIN / module
    text = file.read_text(encoding="utf-8").replace(sound, slip)
    assert drawn_once.code(EXACT, {file: text}) != drawn_once.code(EXACT)


def test_words_about_the_code_and_its_layout_are_not_the_code():
    text = (
        '"""What."""\nAT = 1\n"""Days."""\n\n\ndef f():\n    # Why.\n    return g(\n        "# no",\n    )\n'
    )
    assert drawn_once.bare(text) == drawn_once.bare('AT = 1\ndef f(): return g("# no")')
    assert drawn_once.bare(text) != drawn_once.bare('AT = 2\ndef f(): return g("# no")')


def test_code_that_is_imported_within_a_function_counts():
    # `draw_chunk` imports the chains, and the turns in which they go on together.
    found = {str(path.relative_to(LIBRARY)) for path in drawn_once.closure(EXACT)}
    assert {f"pseudoipd/{name}.py" for name in ("chain/chains", "chain/turns", "model/prior")} <= found
    assert {"blina_tools/sampler/exact.py", "tests/exact_cases.py"} <= found
    assert not any(name.startswith("nbreports/") for name in found)


@pytest.fixture
def noted(tmp_path, monkeypatch):
    """A test that asks for 'a' and draws 1, 2, as noted; what is asked and drawn first can be changed."""
    monkeypatch.setattr(drawn_once, "STORED", tmp_path / "drawn_once.json")
    monkeypatch.setattr(drawn_once, "TESTS", tmp_path)
    file = tmp_path / "test_a.py"
    file.write_text("import b\n")

    def asked(asked="a", first=1, whole=lambda: [1, 2], note=False):
        return drawn_once.result("x", file, asked, whole, lambda: [np.full(3, first)], note)

    asked(note=True)
    return asked


def never():
    raise AssertionError("drawn")


def test_what_is_noted_is_not_drawn_again(noted):
    assert noted(whole=never) == [1, 2]


@pytest.mark.parametrize("change", [{"asked": "b"}, {"first": 2}])
def test_where_another_thing_is_asked_or_drawn_all_is_drawn(noted, change):
    assert noted(**change, whole=lambda: [3]) == [3]
    # It is noted only where that is wanted.
    assert noted(whole=never) == [1, 2]
    assert noted(**change, whole=lambda: [3], note=True) == [3]
    assert noted(**change, whole=never) == [3]


def test_where_code_changed_all_is_drawn(noted, tmp_path, monkeypatch):
    (tmp_path / "test_a.py").write_text("import c\n")
    drawn_once._bare.cache_clear()
    assert noted(whole=lambda: [3]) == [3]


def test_where_a_note_was_made_with_another_version_all_is_drawn(noted, monkeypatch):
    monkeypatch.setattr(np, "__version__", "0")
    assert noted(whole=lambda: [3]) == [3]
