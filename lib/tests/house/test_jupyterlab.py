"""A notebook in a real JupyterLab in a real browser: run, read, turned; opening it changes nothing."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from blina_base import project
from chromium import Browser, program

pytestmark = pytest.mark.slow

NOTEBOOK = "03_overall_survival.ipynb"
TOKEN = "test"
PANEL = "[...jupyterapp.shell.widgets('main')].find(w => w.content?.widgets?.length > 5)"
CELLS = f"({PANEL}).content"
ANSWER = f"{CELLS}.widgets.findIndex(c => c.model.outputs?.length)"
EXPLORED = f"{CELLS}.widgets.findIndex(c => c.model.sharedModel.source.startsWith('page.explore'))"
PICTURE = "document.querySelector('.widget-html svg')?.outerHTML"
TO_PASTE = "[...document.querySelectorAll('.widget-html pre')].map(p => p.textContent).join(' ')"
VIEW = "application/vnd.jupyter.widget-view+json"
SETTINGS = "@jupyterlab/docmanager-extension:plugin"


@dataclass(frozen=True)
class Lab:
    """A running server: its address, and the folder that it shows."""

    address: str
    folder: Path

    def digest(self) -> str:
        return hashlib.sha256((self.folder / "notebooks" / NOTEBOOK).read_bytes()).hexdigest()


def settings(folder: Path) -> Path:
    """Return a folder with the settings of `make lab`; what they let Lab save by itself, it saves soon."""
    makefile = (project.root() / "Makefile").read_text("utf-8")
    kept = json.loads(re.search(r"@echo '(\{.*\})' > .*overrides\.json", makefile)[1])
    plugin, _, name = SETTINGS.partition(":")
    file = folder / "settings" / plugin / f"{name}.jupyterlab-settings"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"autosaveInterval": 1, **kept[SETTINGS]}), encoding="utf-8")
    return folder / "settings"


def executed_here() -> str:
    """Return the notebook as executed by this Python: Lab marks another's as changed once it is opened."""
    notebook = json.loads((project.notebooks() / NOTEBOOK).read_text("utf-8"))
    notebook["metadata"]["language_info"]["version"] = platform.python_version()
    return json.dumps(notebook)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def asked(address: str, method: str = "GET") -> bytes:
    request = urllib.request.Request(address, method=method, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def until_it_answers(address: str, server: subprocess.Popen) -> None:
    end = time.monotonic() + 60
    while True:
        assert server.poll() is None, "the server ended"
        try:
            asked(f"{address}/api/status")
        except (urllib.error.URLError, ConnectionError):
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def lab(tmp_path) -> Iterator[Lab]:
    """JupyterLab on a copy of the notebook, without anybody's settings; it and its kernels end with it."""
    if program() is None:
        pytest.skip("Chromium is not installed")
    pytest.importorskip("ipywidgets", reason="ipywidgets is not installed")
    folder = tmp_path / "copy"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "notebooks" / NOTEBOOK).write_text(executed_here(), encoding="utf-8")
    port = free_port()
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {"IPYTHONDIR": str(tmp_path / "ipython"), "JUPYTERLAB_SETTINGS_DIR": str(settings(tmp_path))}
    options = [
        "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}", f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}", "--LabApp.news_url=",
        "--LabApp.expose_app_in_browser=True",
    ]  # fmt: skip
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            env=os.environ | own, cwd=folder, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        until_it_answers(address, server)
        yield Lab(address, folder)
    finally:
        # Asked to end, the server ends its kernels, which are no part of its group.
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


@pytest.fixture
def opened(lab, tmp_path) -> Iterator[Browser]:
    """The notebook in a browser, with a kernel that is ready."""
    browser = Browser(tmp_path / "browser")
    try:
        browser.open(f"{lab.address}/lab/tree/notebooks/{NOTEBOOK}?token={TOKEN}")
        browser.wait(f"Boolean(window.jupyterapp && {PANEL})")
        browser.wait(f"({PANEL}).sessionContext.session?.kernel?.status === 'idle'")
        yield browser
    finally:
        browser.close()


def reach(browser: Browser, cell: str) -> None:
    """Scroll to a cell; JupyterLab keeps no others in the page than those near it."""
    browser.evaluate(f"{CELLS}.activeCellIndex = {cell}; {CELLS}.scrollToItem({cell}); 1")


def test_a_notebook_is_run_and_a_parameter_turned_and_nobody_saves_it(lab, opened):
    stored = lab.digest()
    # The mark of changes that were not saved; Lab sets it where the notebook's kernel is spelled otherwise.
    assert opened.evaluate(f"({PANEL}).context.model.dirty") is False
    opened.evaluate("jupyterapp.commands.execute('notebook:run-all-cells'); 1")
    shown = f"{CELLS}.widgets[{EXPLORED}].model.outputs.toJSON().some(o => {VIEW!r} in (o.data ?? {{}}))"
    opened.wait(shown, 120)
    opened.wait(f"({PANEL}).sessionContext.session.kernel.status === 'idle'")

    reach(opened, ANSWER)
    first = opened.wait(f"{CELLS}.widgets[{ANSWER}].node.querySelector('.jp-OutputArea-output')?.innerText")
    assert str(first).startswith("13.0 months median overall survival")

    reach(opened, EXPLORED)
    drawn = opened.wait(PICTURE)
    assert opened.evaluate(TO_PASTE) == "# as declared"
    opened.evaluate(
        "s = document.querySelector('.widget-dropdown select'); s.value = 'plain'; "
        "s.dispatchEvent(new Event('change', {bubbles: true})); 1"
    )
    opened.wait(f"({TO_PASTE}).includes('plain')")
    assert opened.evaluate(TO_PASTE) == "conf_type = 'plain'\n# blina render … -p conf_type=plain"
    assert opened.evaluate(PICTURE) != drawn

    time.sleep(2)
    assert lab.digest() == stored
