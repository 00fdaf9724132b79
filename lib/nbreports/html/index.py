"""The index page over all pages of all profiles, and the page that stands where there is none."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt

from nbreports.collection import Collection
from nbreports.html.comparison import sweeps
from nbreports.html.markup import digest_of
from nbreports.html.searching import index_of
from nbreports.plan.plan import Rendering, report_label, shortened
from nbreports.run.job import Kind

TEMPLATES = Path(__file__).with_name("templates")
_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_CLASS = {Kind.DONE: "good", Kind.NOT_APPLICABLE: "wait"}


def page(entries: list[dict[str, Any]], collection: Collection) -> str:
    """Return the index for the manifest's entries."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    script = (TEMPLATES / "index" / "index.js").read_text("utf-8")
    style = (TEMPLATES / "base.css").read_text("utf-8") + (TEMPLATES / "index" / "index.css").read_text(
        "utf-8"
    )
    # Pages that read no tables are the same, whatever data the others are of.
    own = {entry["report"] for entry in entries if entry.get("kind") in collection.apart}
    kinds = {entry["kind"] for entry in entries if entry["report"] in own and entry.get("kind")}
    about = collection.apart[kinds.pop()] if len(kinds) == 1 else collection
    html = environment.get_template("index/index.html.j2").render(
        title=about.title,
        introduction=[_MARKDOWN.renderInline(words) for words in about.introduction],
        profiles=_profiles(entries, collection),
        totals=_totals(entries, collection),
        counted=collection.totals,
        search=json.dumps(index_of(entries), ensure_ascii=False, separators=(",", ":")).replace(
            "<", "\\u003c"
        ),
        script=script,
        style=style,
        script_digest=digest_of(f"\n{script}"),
    )
    return html.strip() + "\n"


def stub(rendering: Rendering, why: str) -> bytes:
    """Return the page that stands where a report has none, so that no link leads nowhere."""
    css = (TEMPLATES / "base.css").read_text("utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    title, ended = escape(rendering.label), escape(why)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>
{css}</style></head>
<body><main><p><a href="../../index.html">All reports</a></p>
<h1>{title}</h1><p>There is no page for this report: {ended}.</p></main></body></html>
""".encode()


def _profiles(entries: list[dict[str, Any]], collection: Collection) -> list[dict[str, Any]]:
    """Return the profiles, `default` first, each with its cards."""
    names = sorted({entry["profile"] for entry in entries}, key=lambda name: (name != "default", name))
    swept = {profile for profile, _ in sweeps(entries)}
    return [
        {
            "name": name,
            "cards": [_card(e, collection) for e in entries if e["profile"] == name],
            "swept": name in swept,
        }
        for name in names
    ]


def _card(entry: dict[str, Any], collection: Collection) -> dict[str, Any]:
    """Return what the index shows of one page."""
    label = report_label(entry["report"], collection.spelled)
    ended = f"{entry['outcome']} in cell {entry['cell']}" if entry.get("cell") else entry["outcome"]
    return {
        "key": entry["key"],
        "number": label.split(" ")[0] if entry["report"][:1].isdigit() else "",
        "title": entry.get("title") or label.lstrip("0123456789 "),
        "question": entry.get("question", ""),
        "answer": entry.get("answer", {}),
        "thumbnail": f"{entry['key']}/{entry['thumbnail']}" if entry.get("thumbnail") else "",
        "outcome": ended,
        "detail": entry.get("detail", ""),
        "css": _CLASS.get(Kind(entry["outcome"]), "bad"),
        "differs": [
            f"{name} = {shortened(value)}"
            for name, value in entry["differs"].items()
            if name not in collection.unsaid
        ],
        "kind": collection.kinds.get(entry.get("kind", ""), ""),
        "rendered": _when(entry),
        "totals": _counts(entry.get("totals", {}), collection),
    }


def _when(entry: dict[str, Any]) -> str:
    """Return when the page was rendered and how long that took, for whoever looks for it."""
    when = entry.get("rendered", "").replace("T", " ").replace("+00:00", " UTC")
    return f"{when}, {entry['seconds']:.1f} s" if entry.get("seconds") else when


def _totals(entries: list[dict[str, Any]], collection: Collection) -> str:
    """Return the totals of the default profile in words, "" if there are none."""
    found = [
        e["totals"] for e in entries if e["profile"] == "default" and e.get("totals") and not e["differs"]
    ]
    return _counts(found[0], collection) if found else ""


def _counts(totals: dict[str, int], collection: Collection) -> str:
    """Return the values counted with their numbers, in the words of a reader."""
    words = collection.totals.words if collection.totals else {}
    return " · ".join(f"{number} {words.get(value, value)}" for value, number in totals.items())
