"""An executed notebook becomes one self-contained page and the files beside it."""

from __future__ import annotations

import base64
import csv
import functools
import io
import json
import platform
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from nbconvert.exporters.templateexporter import TemplateExporter
from traitlets.config import Config

from nbreports.collection import Collection, Totals
from nbreports.html import office
from nbreports.html.arrange import arranged
from nbreports.html.inline import colours
from nbreports.html.live import LIVE
from nbreports.html.markup import digest_of, pairs_html
from nbreports.html.outputs import CellWriter, plain_value
from nbreports.html.searching import sections
from nbreports.page import BINARY, MIME, NARROW, THUMBNAIL
from nbreports.plan.parameters import headline
from nbreports.plan.plan import shortened
from nbreports.run.job import Job

TEMPLATES = Path(__file__).with_name("templates")
_CLAIM_ANCHOR = re.compile(r' id="claim-[^"]*"')


class PageExporter(TemplateExporter):  # type: ignore[misc]
    """nbconvert's exporter with the collection's own template, and none of its scripts."""

    output_mimetype = "text/html"
    template_name = "report"
    template_file = "index.html.j2"

    @property
    def default_config(self) -> Config:
        """Nothing of the user's own nbconvert configuration takes part."""
        return Config()


def build(content: Any, job: Job, collection: Collection) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Return the files of the page by relative name, and what the index needs to know about it."""
    carried = [bundle for bundle in _bundles(content) if MIME in bundle]
    made_by = f"{job.report}; {collection.name} {collection.version}".strip()
    files = _beside(carried) | _dossier(carried, collection.kinds, made_by)
    provenance: dict[str, Any] = next((b[MIME] for b in carried if b[MIME]["show"] == "provenance"), {})
    title, lead = headline(content)
    kind = str(provenance.get("kind", collection.unmarked))
    apart = collection.apart.get(kind)
    title = f"{apart.title}: {title}" if apart else title
    page = _page(job, title or job.report, provenance, collection.kinds[kind], collection.unnamed)
    writer = CellWriter(job, collection, kind)
    page["lead"] = writer.lead(content)
    page["live"] = [(bundle[MIME]["name"], bundle[LIVE]) for bundle in carried if LIVE in bundle]
    page |= assets(live=bool(page["live"]))
    shown = arranged(content, writer, collection.closing)
    page["arranged"], page["closing"] = shown, collection.closing[-1]
    page["citation"] = Template(collection.citation).safe_substitute(title=page["title"], report=job.report)
    page["workbook"] = "tables.xlsx" in files
    page["missing"] = "" if "docx" in office.forms() else office.MISSING
    page["contents"] = contents(f"{shown.first}\n{shown.body}")
    page["colours"] = colours([shown.first, shown.body, shown.last])
    _strip(content)
    files["notebook.ipynb"] = _text(content)
    files["index.html"] = _html(content, page)
    about: dict[str, Any] = {
        "title": title,
        "question": lead,
        "kind": kind,
        "totals": totals(carried, collection.totals),
    }
    about |= {"answer": _answer(carried), "words": sections(f"{shown.first}\n{shown.body}\n{shown.last}")}
    return files, {**about, "thumbnail": "thumbnail.png" if "thumbnail.png" in files else ""}


def _answer(carried: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the answer for the index: its numbers, and its first sentence without marks."""
    told = next((bundle[MIME] for bundle in carried if bundle[MIME]["show"] == "answer"), None)
    if told is None:
        return {}
    plain = re.sub(r"[*`]|\[([^\]]*)\]\([^)]*\)", r"\1", told["text"])
    return {"numbers": told["numbers"], "sentence": re.split(r"(?<=[.?!]) (?=[A-Z])", plain, maxsplit=1)[0]}


def contents(html: str) -> list[tuple[str, str, str]]:
    """Return level, anchor and words (as HTML) of each heading of a page."""
    found = re.findall(r'<h([23]) id="([^"]*)">(.*?)</h[23]>', html)
    return [(level, anchor, re.sub(r"<[^>]*>", "", words)) for level, anchor, words in found]


def totals(carried: list[dict[str, Any]], counted: Totals | None) -> dict[str, int]:
    """Return how often each value occurs in the table and column to be counted, if the report has them."""
    if counted is None:
        return {}
    tables = [b[MIME] for b in carried if b[MIME]["show"] == "table" and b[MIME]["name"] == counted.table]
    rows = csv.DictReader(io.StringIO(tables[0]["csv"] if tables else ""))
    return dict(Counter(row[counted.column] for row in rows if row.get(counted.column)))


def _bundles(content: Any) -> list[dict[str, Any]]:
    cells = [cell for cell in content.cells if cell.cell_type == "code"]
    return [output.data for cell in cells for output in cell.outputs if "data" in output]


def _beside(carried: list[dict[str, Any]]) -> dict[str, bytes]:
    """Return pictures, tables, results and the thumbnail as files."""
    files: dict[str, bytes] = {}
    results: list[dict[str, Any]] = []
    for bundle in carried:
        told = bundle[MIME]
        if told["show"] == "figure":
            files |= _pictures(bundle)
            if THUMBNAIL in bundle and ("thumbnail.png" not in files or told.get("main")):
                files["thumbnail.png"] = base64.b64decode(bundle[THUMBNAIL])
        elif told["show"] == "table" and told["csv"]:
            files[f"tables/{told['name']}.csv"] = told["csv"].encode("utf-8")
        elif told["show"] == "results":
            results += told["rows"]
    files["results.json"] = (json.dumps(results, indent=1, ensure_ascii=False) + "\n").encode("utf-8")
    return files


def _dossier(carried: list[dict[str, Any]], kinds: Mapping[str, str], made_by: str) -> dict[str, bytes]:
    """Return each table for a dossier, with its kind of data and what made it, and all as one workbook."""
    tables = [
        office.read(
            bundle["text/html"], told["name"], told["caption"], [kinds[told["kind"]], made_by], told["csv"]
        )
        for bundle in carried
        for told in [bundle[MIME]]
        if told["show"] == "table" and told["csv"]
    ]
    files = {f"tables/{t.name}.{form}": made for t in tables for form, made in office.written(t).items()}
    return files | ({"tables.xlsx": office.workbook(tables)} if tables else {})


def _pictures(bundle: dict[str, Any]) -> dict[str, bytes]:
    """Return a picture in every form that it has."""
    stem = f"figures/{bundle[MIME]['name']}"
    forms = {"png": "image/png", "pdf": "application/pdf"}
    binary = {
        f"{stem}.{form}": base64.b64decode(bundle[mime]) for form, mime in forms.items() if mime in bundle
    }
    return {f"{stem}.svg": bundle["image/svg+xml"].encode("utf-8"), **binary}


def _strip(content: Any) -> None:
    """Take out of the notebook what stands in files beside it."""
    for bundle in _bundles(content):
        for form in (*BINARY, NARROW):
            bundle.pop(form, None)


def _text(content: Any) -> bytes:
    from nbreports.process.notebook import to_text

    return to_text(content).encode("utf-8")


def _html(content: Any, page: dict[str, Any]) -> bytes:
    exporter = PageExporter(extra_template_basedirs=[str(TEMPLATES)])
    html, _ = exporter.from_notebook_node(content, resources={"page": page})
    return (re.sub(r"\n{2,}", "\n", anchored_once(html)).strip() + "\n").encode("utf-8")


def anchored_once(html: str) -> str:
    """Return a page on which a claim whose number stands more than once has its anchor at the first."""
    seen: set[str] = set()

    def first(found: re.Match[str]) -> str:
        again = found[0] in seen
        seen.add(found[0])
        return "" if again else found[0]

    return _CLAIM_ANCHOR.sub(first, html)


def _page(
    job: Job, title: str, provenance: dict[str, Any], kind: str, unnamed: tuple[str, ...]
) -> dict[str, Any]:
    """Return what the template fills in around the cells; `kind` in the collection's words."""
    given = {name: value for name, value in job.given.items() if name not in unnamed}
    at = next((i for i, page in enumerate(job.pages) if page[2]), None)
    return {
        "title": title,
        "pages": job.pages,
        "here": job.pages[at][0] if at is not None else title,
        "previous": job.pages[at - 1] if at else None,
        "next": job.pages[at + 1] if at is not None and at + 1 < len(job.pages) else None,
        "kind": kind,
        "differs": [(name, shortened(plain_value(value))) for name, value in given.items()],
        "made_from": _made_from(job, provenance, kind),
    }


@functools.cache
def assets(live: bool) -> dict[str, str]:
    """Return style and script of a page, and what lets the script run; `live` pages have more of both."""
    report = TEMPLATES / "report"
    styles = [TEMPLATES / "base.css", report / "page.css", *([report / "live.css"] if live else [])]
    scripts = [report / "page.js", *([report / "live.js"] if live else [])]
    # Without blank lines, as the page has none: its policy lets only this very script run.
    style, script = (
        re.sub(r"\n{2,}", "\n", "".join(path.read_text("utf-8") for path in paths))
        for paths in (styles, scripts)
    )
    return {"style": style, "script": script, "script_digest": digest_of(f"\n{script}")}


def _made_from(job: Job, provenance: dict[str, Any], kind: str) -> str:
    """Return the footer's tables: parameters, data, assumptions, versions."""
    shown = provenance.get("parameters", job.parameters)
    parameters = {name: plain_value(value) for name, value in shown.items()}
    sources = {name: f"sha256 {digest}" for name, digest in provenance.get("sources", {}).items()}
    data = {"kind": kind} if kind else {}
    versions = {**provenance.get("versions", {}), "Python": platform.python_version()}
    digests = {name: f"sha256 {digest}" for name, digest in job.digests.items()}
    parts = {
        "Parameters": parameters,
        "Assumptions in force": provenance.get("assumptions", {}),
        "Versions": versions,
        "Data and sources": data | sources | digests,
    }
    return "\n".join(pairs_html(pairs, caption) for caption, pairs in parts.items() if pairs)
