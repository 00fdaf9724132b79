"""How the locked packages are installed: pip's settings in uv's words, and what is done without uv."""

import pytest

from blina_base import project
from blina_tools import install

# As `pip config list` (pip 24.0) prints a file, a user's file and the environment together.
LISTED = """\
:env:.find-links='/wheels'
global.cert='/etc/certs.pem'
global.extra-index_url='file:///one/simple file:///two/simple'
global.index_url='https://here.example/simple'
global.constraint='/etc/constraints.txt'
global.quiet='1'
install.find-links='/other /wheels'
""".replace("_url", "-url")


def test_uv_takes_packages_from_where_pip_would():
    assert install.settings(LISTED) == {
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_SYSTEM_CERTS": "1",
        "UV_DEFAULT_INDEX": "https://here.example/simple",
        "UV_INDEX": "file:///one/simple file:///two/simple",
        "UV_FIND_LINKS": "/wheels",
        "SSL_CERT_FILE": "/etc/certs.pem",
    }


def test_several_places_of_wheels_are_separated_by_commas():
    assert install.settings("global.find-links='/a /b'\n")["UV_FIND_LINKS"] == "/a,/b"


def test_uv_itself_is_installed_at_the_locked_version_with_its_hashes():
    lines = install.locked(
        (project.root() / "requirements.lock").read_text(encoding="utf-8"), "uv"
    ).splitlines()
    assert lines[0].startswith("uv==")
    assert len(lines) > 1
    assert all(line.strip().startswith("--hash=sha256:") for line in lines[1:])
    assert not lines[-1].endswith("\\")


@pytest.mark.parametrize("failing", ["pip", "uv"])
def test_where_uv_cannot_be_had_or_fails_pip_installs_the_same_lock(failing, tmp_path, monkeypatch):
    asked = []

    def run(command, environment=None):
        words = [str(word) for word in command]
        asked.append(words)
        by_uv = words[0].endswith("uv")
        fetches_uv = any(word.endswith("uv.lock.txt") for word in words)
        return int(by_uv if failing == "uv" else fetches_uv)

    monkeypatch.chdir(project.root())
    monkeypatch.setattr(install, "run", run)
    monkeypatch.setattr(install.subprocess, "run", lambda *_, **__: type("Done", (), {"stdout": ""}))
    (tmp_path / "venv").mkdir()
    monkeypatch.setattr(install.shutil, "rmtree", lambda *_, **__: None)
    assert install.main([str(tmp_path / "venv")]) == 0
    (whole,) = [words for words in asked if words[-1] == install.LOCK and words[1:3] == ["-m", "pip"]]
    assert "--require-hashes" in whole
