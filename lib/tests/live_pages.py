"""A page of one picture to play with, as the renderer makes it, and what a reader does there."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from matplotlib.figure import Figure

from chromium import Browser
from nbreports import page as nbpage
from nbreports.collection import Collection
from nbreports.html.live import Live
from nbreports.html.page import build
from nbreports.page import Page, Setting
from nbreports.run.job import Job


def shown(live: Live, *, export: bool) -> list[dict]:
    """Return what a page with this picture displays."""
    found: list[dict] = []
    page = Page(Collection("none:NONE", Path()), "07_sample", {}, Setting(export=export))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbpage, "_display", found.append)
        page.live(Figure(), live, name="play", alt="Curves to choose among", caption="Play.")
    return found


def written(live: Live, folder: Path) -> Path:
    """Write the page, and return its file."""
    collection = Collection("none:NONE", folder)
    outputs = [nbformat.v4.new_output("display_data", bundle) for bundle in shown(live, export=True)]
    cells = [
        nbformat.v4.new_markdown_cell("# Sample\n\nWhat is left?"),
        nbformat.v4.new_code_cell("show()", outputs=outputs),
    ]
    files, _ = build(nbformat.v4.new_notebook(cells=cells), Job("none:NONE", "07_sample", ""), collection)
    (folder / "index.html").write_bytes(files["index.html"])
    return folder / "index.html"


def put(browser: Browser, place: int, value: object) -> None:
    """Put the control at this place of the form to a value, as moving it does."""
    browser.evaluate(
        f"(i => {{ i.type === 'checkbox' ? i.click() : i.value = {json.dumps(value)};"
        "i.dispatchEvent(new Event('input', {bubbles: true})); })"
        f"(document.querySelectorAll('.live input')[{place}])"
    )


def choose(browser: Browser, group: int) -> None:
    """Choose a group of members by its place."""
    browser.evaluate(
        f"(s => {{ s.value = {group}; s.dispatchEvent(new Event('input', {{bubbles: true}})); }})"
        "(document.querySelector('.live select'))"
    )


def left(browser: Browser) -> str:
    """Return what the page says about how many are left."""
    return str(browser.evaluate("document.querySelector('.live [role=status]').textContent"))


def table(browser: Browser) -> dict[str, list[str]]:
    """Return the table of what is left, by the heads of its rows."""
    rows = browser.evaluate(
        "[...document.querySelectorAll('.live tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    )
    return {name: cells for name, *cells in rows}
