"""A cache that cannot be used costs time, never the result; and the user is told once."""

import stat

import platformdirs
import pytest

from blina import collection
from pseudoipd import cache
from pseudoipd.chain import kept
from pseudoipd.claims import read_claims

CLAIMS = "id,endpoint,statistic,at,printed,unit\nsize,OS,n,,8,patients\n"


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(kept.tempfile, "gettempdir", lambda: str(tmp_path / "tmp"))
    monkeypatch.setattr(kept.tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path / "tmp"


def test_a_cache_that_can_be_used_is_used(tmp_path, monkeypatch):
    monkeypatch.setenv("BLINA_CACHE", str(tmp_path / "new" / "cache"))
    assert kept.folder() == tmp_path / "new" / "cache"
    assert kept.note() == ""


def unusable(tmp_path, monkeypatch, how):
    monkeypatch.setenv("BLINA_CACHE", str(tmp_path / "cache"))
    if how == "a file":
        (tmp_path / "cache").write_text("x")
    elif how == "read-only":
        monkeypatch.setattr(kept.os, "access", lambda *_: False)
    elif how == "full":
        monkeypatch.setattr(kept, "LEAST_FREE", 10**30)
    else:
        monkeypatch.delenv("BLINA_CACHE")

        def nowhere(_):
            raise RuntimeError("Could not determine home directory.")

        monkeypatch.setattr(platformdirs, "user_cache_dir", nowhere if how == "no home" else lambda _: "~/x")


@pytest.mark.parametrize("how", ["a file", "read-only", "full", "no home", "unknown uid"])
def test_a_folder_of_temporary_files_stands_in_for_one_that_cannot(
    tmp_path, monkeypatch, temporary, capfd, how
):
    unusable(tmp_path, monkeypatch, how)
    found = kept.folder()
    assert found.parent == temporary
    assert stat.S_IMODE(found.stat().st_mode) == 0o700
    assert kept.folder() == found, "every process of a run finds the same"
    collection.say_if_nothing_is_kept()
    (line,) = capfd.readouterr().err.splitlines()
    assert "BLINA_CACHE=FOLDER" in line


def test_another_users_folder_is_not_trusted(tmp_path, monkeypatch, temporary):
    unusable(tmp_path, monkeypatch, "full")
    (temporary / f"blina-cache-{kept.os.getuid()}").symlink_to(tmp_path)
    assert kept.folder() != temporary / f"blina-cache-{kept.os.getuid()}"


def test_an_ensemble_that_cannot_be_kept_is_returned_all_the_same(tmp_path, monkeypatch):
    (tmp_path / "claims.csv").write_text(CLAIMS)
    made = object()
    monkeypatch.setattr(cache, "reconstruct", lambda *_, **__: made)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "_write", full)
    monkeypatch.setenv("BLINA_CACHE", str(tmp_path / "cache"))
    assert cache.load(read_claims(tmp_path / "claims.csv"), None, 1, 1) is made
