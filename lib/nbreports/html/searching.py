"""What an index can be searched for: the words of each page, by the heading below which they stand."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

_HEADING = re.compile(r'<h[23] id="([^"]*)">(.*?)</h[23]>')
_UNREAD = re.compile(
    r'<div class="code">.*?</pre></div>\n?</div>|<svg.*?</svg>|<a class="anchor"[^>]*></a>', re.DOTALL
)
_WORD = re.compile(r"[^\W_][\w.%-]*[^\W_]|[^\W\d_]")

Section = tuple[str, str, str]
"""Anchor and words of a heading, and the words below it: each once, in small letters, sorted."""


LONGEST = 60
"""Letters of the longest word that somebody would look for."""


def sections(page: str) -> list[Section]:
    """Return what can be searched of the HTML of a page: headings, text, captions, tables and their cards.

    Code and the words within pictures are left out; whole numbers alone say little and are left out as well.
    """
    return [(anchor, title, " ".join(sorted(_words(text)))) for anchor, title, text in _split(page)]


def _split(page: str) -> Iterator[tuple[str, str, str]]:
    """Yield anchor, heading and text of each part; what stands before the first heading has none."""
    page = _UNREAD.sub(" ", page)
    places = list(_HEADING.finditer(page))
    ends = [*(place.start() for place in places), len(page)]
    if before := _text(page[: ends[0]]):
        yield "", "", before
    for place, end in zip(places, ends[1:], strict=True):
        title = _text(place[2])
        yield place[1], title, f"{title} {_text(page[place.end() : end])}"


def _text(part: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", part)).split())


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if not word.isdigit() and len(word) <= LONGEST}


def index_of(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the pages to be searched of a manifest: of each report the one nearest its defaults."""
    found: dict[str, dict[str, Any]] = {}
    for entry in sorted(entries, key=lambda e: (e["profile"] != "default", len(e["differs"]))):
        if entry.get("words"):
            found.setdefault(entry["report"], entry)
    return [
        {"key": entry["key"], "title": entry.get("title") or report, "sections": entry["words"]}
        for report, entry in sorted(found.items())
    ]
