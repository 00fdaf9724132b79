"""A headless Chromium, spoken to over its DevTools protocol; only what the page tests need."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest
import websocket

LOOKS = pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("dark", 420)], ids=["light and wide", "dark and narrow"]
)
"""How pages are looked at."""


def program() -> str | None:
    """Return the browser that is installed, if any."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if (found := shutil.which(name))), None)


class Browser:
    """One tab. `events` collects what the browser reported since the last `open`."""

    def __init__(self, profile: Path) -> None:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
        flags += [f"--user-data-dir={profile}", "--remote-allow-origins=*", "--window-size=1280,900"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen([program(), *flags, "about:blank"], **quiet)
        port_file = profile / "DevToolsActivePort"
        end = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text()):
            assert time.monotonic() < end, "the browser did not start"
            time.sleep(0.05)
        port = port_file.read_text().split()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list") as answer:
            tab = next(tab for tab in json.load(answer) if tab["type"] == "page")
        self.socket = websocket.create_connection(tab["webSocketDebuggerUrl"], timeout=30)
        self.ids = itertools.count(1)
        self.events: list[dict] = []
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict:
        """Call a method of the protocol and return its result."""
        number = next(self.ids)
        self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while (message := json.loads(self.socket.recv())).get("id") != number:
            self.events.append(message)
        assert "error" not in message, message
        return message["result"]

    def open(self, page: Path | str) -> None:
        """Open a page from disk, or an address, and wait until it is loaded."""
        self.events = []
        self.call("Page.navigate", url=page if isinstance(page, str) else page.resolve().as_uri())
        while not self.seen("Page.loadEventFired"):
            self.events.append(json.loads(self.socket.recv()))
        self.evaluate("1")

    def seen(self, method: str) -> list[dict]:
        """Return the parameters of the events of one kind."""
        return [event["params"] for event in self.events if event.get("method") == method]

    def quiet(self, own: Path) -> bool:
        """Say whether the tab asked for nothing but files in `own`, and had nothing to complain about."""
        asked = [event["request"]["url"] for event in self.seen("Network.requestWillBeSent")]
        outside = [url for url in asked if not url.startswith(("data:", own.resolve().as_uri()))]
        complaints = self.seen("Log.entryAdded") + self.seen("Runtime.exceptionThrown")
        return (outside, complaints, self.seen("Runtime.consoleAPICalled")) == ([], [], [])

    def evaluate(self, script: str) -> object:
        """Return the value of an expression in the page, and of a promise what it comes to."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def wait(self, script: str, seconds: float = 60) -> object:
        """Return the value of an expression as soon as it is true of the page."""
        end = time.monotonic() + seconds
        while not (found := self.evaluate(script)):
            assert time.monotonic() < end, f"never true in {seconds:g} s: {script}"
            time.sleep(0.05)
        return found

    def press(self, key: str) -> None:
        """Press and release a key."""
        codes = {
            "Tab": 9,
            "Enter": 13,
            "Escape": 27,
            "ArrowLeft": 37,
            "ArrowRight": 39,
            "ArrowDown": 40,
            " ": 32,
        }
        text = {"text": {"Enter": "\r"}.get(key, key)} if key in ("Enter", " ") else {}
        for kind in ("keyDown", "keyUp"):
            down = text if kind == "keyDown" else {}
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                      windowsVirtualKeyCode=codes[key], **down)  # fmt: skip

    def complaints(self, page: Path, scheme: str, width: int) -> list:
        """Return what axe finds wrong with a page of this color scheme and width, code shown if it is dark.

        A page that must be scrolled sideways is one complaint more.
        """
        axe = pytest.importorskip("axe_core_python", reason="axe-core is not installed")
        window = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **window)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        self.open(page)
        if scheme == "dark":
            self.evaluate("document.getElementById('code')?.click()")
        # Before the shadows beside wide tables axe cannot tell the color of the ground, and says nothing.
        self.evaluate(
            "document.head.append(Object.assign(document.createElement('style'), "
            "{textContent: '.scroll { background-image: none }'}))"
        )
        self.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text("utf-8"))
        violations = "r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)])"
        # Else it writes selectors for each node that is fine, of which the scorecard has thousands.
        wanted = "{resultTypes: ['violations'], selectors: false}"
        found = self.evaluate(f"axe.run({wanted}).then({violations})")
        wider = self.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)")
        self.evaluate("localStorage.clear()")
        self.call("Emulation.setEmulatedMedia", features=[])
        self.call("Emulation.clearDeviceMetricsOverride")
        return [*found, *([f"{wider} px wider than the window"] if wider else [])]

    def close(self) -> None:
        """End the browser."""
        self.socket.close()
        self.process.terminate()
        self.process.wait()
