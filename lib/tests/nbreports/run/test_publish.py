"""The output folder where the system cannot exchange two folders at once, and where a run was cut short."""

import errno
import os

import pytest

from blina_base.errors import BlinaError
from nbreports.run import publish
from nbreports.run.publish import Output

OLD, NEW = {"index.html": b"old", "figures/a.svg": b"<svg/>"}, {"index.html": b"new"}


@pytest.fixture
def output(tmp_path):
    made = Output(tmp_path / "pages")
    with made.writing(lambda: None):
        made.put("default/r", OLD, {"title": "R"})
    return made


def page(output):
    return (output.folder / "default" / "r" / "index.html").read_bytes()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_page_is_replaced_whole(output, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(publish, "exchange", lambda *_: False)
    with output.writing(lambda: None):
        output.put("default/r", NEW, {})
    assert page(output) == b"new"
    assert not (output.folder / "default" / "r" / "figures").exists()
    assert sorted(path.name for path in output.folder.iterdir()) == [".lock", "default"]


def test_an_old_page_that_was_moved_aside_is_put_back(output):
    # As a run leaves it that is killed between the two renames.
    staging = output.folder / ".staging"
    staging.mkdir()
    (staging / "1.moved").write_text("default/r")
    (output.folder / "default" / "r").rename(staging / "1.aside")
    with output.writing(lambda: None):
        assert page(output) == b"old"
        assert output.record("default/r")["title"] == "R"


@pytest.mark.parametrize(
    ("code", "answer"), [(errno.EINVAL, False), (errno.ENOSYS, False), (errno.ENOSPC, OSError)]
)
def test_what_the_file_system_answers_decides(tmp_path, monkeypatch, code, answer):
    class Library:
        renameat2 = staticmethod(lambda *_: -1)

    monkeypatch.setattr(publish.ctypes, "CDLL", lambda *_, **__: Library)
    monkeypatch.setattr(publish.ctypes, "get_errno", lambda: code)
    if answer is False:
        assert not publish.exchange(tmp_path / "a", tmp_path / "b")
    else:
        with pytest.raises(OSError, match=os.strerror(code)):
            publish.exchange(tmp_path / "a", tmp_path / "b")


def test_no_exchange_without_the_system_call(tmp_path, monkeypatch):
    monkeypatch.setattr(publish.ctypes, "CDLL", lambda *_, **__: object())
    assert not publish.exchange(tmp_path / "a", tmp_path / "b")
    monkeypatch.setattr(publish.sys, "platform", "darwin")
    assert not publish.exchange(tmp_path / "a", tmp_path / "b")


def test_clean_removes_pages_and_keeps_what_it_did_not_make(output):
    (output.folder / "README.md").write_text("ours")
    assert publish.clean(output.folder) == [".lock", "default"]
    (output.folder / "thesis").mkdir()
    (output.folder / "thesis" / "chapter").mkdir()
    with pytest.raises(BlinaError, match=r"pages/thesis was not made by rendering"):
        publish.clean(output.folder)
    assert (output.folder / "README.md").read_text() == "ours"
