"""The cells of an executed notebook as HTML: words, folded code, figures, tables."""

from __future__ import annotations

import base64
import re
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from nbconvert.filters import ansi2html
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import PythonLexer  # type: ignore[import-untyped]

from nbreports.collection import Collection
from nbreports.html import office
from nbreports.html.inline import inlined
from nbreports.html.markup import details, note
from nbreports.page import MIME, NARROW
from nbreports.plan.parameters import Parameter, parse
from nbreports.plan.plan import report_label
from nbreports.provenance import shown_value
from nbreports.run.job import Job

_FORMATTER = HtmlFormatter(cssclass="hl")
_GAP = "&ensp;"
# A number with its limits stands on two lines, broken between them, where so many columns need the width.
_WITHIN = re.compile(r'(<td class="num">(?:<strong>)?[^<()\s]+) (\([^<()]+\))')
_MANY = 7
_ADDRESS = re.compile(r"<td>(https?://[^<\s]+)</td>")
# Cells like "0.40 to 2.27" or "RECON-35", which a wide page keeps on one line; one word needs no help, but a
# column of short names no width of its own.
_SHORT = re.compile(r'<(td(?=>[^<]*[ /–-])|th scope="row")>([^<]{2,16})</')


def plain_value(value: object) -> str:
    """Return a parameter's value as a reader sees it; of a path, its last part."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return shown_value(value)


class CellWriter:
    """Writes the cells of one report; HTML in Markdown is shown, never rendered."""

    def __init__(self, job: Job, collection: Collection, kind: str) -> None:
        self.job = job
        self.collection = collection
        self.kind = kind
        self.markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
        self.links = {f"{report}.ipynb": link for report, link in job.links.items()}
        self.first = True

    def lead(self, content: Any) -> str:
        """Return the words below the title, as the page's lead; none where they ask about other data."""
        if self.kind in self.collection.apart:
            return ""
        first = next((cell.source for cell in content.cells if cell.cell_type == "markdown"), "")
        return self._words(re.sub(r"\A\s*#[^\n]*\n?", "", first), "lead")

    def skips(self) -> bool:
        """Say whether these words stand in the page's head already: once, of the first Markdown cell."""
        first, self.first = self.first, False
        return first

    def words(self, source: str) -> str:
        """Return Markdown as HTML."""
        return self._words(source, "")

    def code(self, cell: Any) -> str:
        """Return the source of a cell, which a reader unfolds."""
        return f'<div class="code">{highlight(cell.source, PythonLexer(), _FORMATTER)}</div>'

    def _words(self, source: str, css: str) -> str:
        html = self.markdown.render(source)
        html = self._to_pages(html)
        html = re.sub(r"<h(\d)>(.*?)</h\1>", _heading, html)
        html = re.sub(r"<code>(\d\d_[a-z0-9_]+)</code>", self._named, html)
        html = re.sub(r"\b([Rr]eport) (\d\d)\b(?![^<]*</a>)", self._numbered, html)
        return f'<div class="{css}">{html}</div>' if css else html

    def _to_pages(self, html: str) -> str:
        """Let links to other notebooks lead to their pages, and to the same place there."""
        return re.sub(r'href="(?:\./)?([^"/#]+\.ipynb)(#[^"]*)?"', self._link, html)

    def _link(self, found: re.Match[str]) -> str:
        page = self.links.get(found[1])
        return f'href="{escape(page) + (found[2] or "") if page else "../../index.html"}"'

    def _named(self, found: re.Match[str]) -> str:
        """Let the name of a report lead to its page."""
        link = self.links.get(f"{found[1]}.ipynb")
        name = report_label(found[1], self.collection.spelled)
        return f'<a href="{escape(link)}">{escape(name)}</a>' if link else found[0]

    def _numbered(self, found: re.Match[str]) -> str:
        """Let 'report 09' lead to the page of the report with that number."""
        link = next((link for name, link in self.links.items() if name.startswith(f"{found[2]}_")), "")
        return f'<a href="{escape(link)}">{found[0]}</a>' if link else found[0]

    def parameters(self, source: str) -> str:
        """Return the declared parameters with the values of this rendering; changed ones stand out."""
        rows = "\n".join(self._parameter(parameter) for parameter in self._declared(source))
        if not rows:
            return "<p>This report has no parameters.</p>"
        head = "".join(
            f'<th scope="col">{name}</th>' for name in ("Parameter", "Value", "Allowed", "Meaning")
        )
        table = f"<table><caption>Parameters of this rendering</caption><thead><tr>{head}</tr></thead>"
        table = _scroll(f"{table}<tbody>{rows}</tbody></table>", "Parameters of this rendering")
        # Folded, so that the answer is near the question; on paper the footer lists the values.
        return details(f"Values, ranges and meanings ({rows.count('<tr')})", table)

    def _declared(self, source: str) -> tuple[Parameter, ...]:
        return parse(source, self.job.report, self.collection.data_cell)

    def _parameter(self, parameter: Parameter) -> str:
        value = self.job.parameters.get(parameter.name, parameter.default)
        changed = ' class="changed"' if value != parameter.default else ""
        name = f'<th scope="row"><code>{escape(parameter.name)}</code></th>'
        cells = (plain_value(value), parameter.expected, parameter.meaning)
        return f"<tr{changed}>{name}{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"

    def output(self, output: Any) -> str:
        """Return an output of a cell as HTML, "" for what stands elsewhere on the page."""
        if output.output_type == "stream":
            return _text(output.text)
        if output.output_type == "error":
            return _text("\n".join(output.traceback))
        data = output.data
        told = data.get(MIME, {})
        match told.get("show"):
            case "answer":
                return self._answer(told)
            case "beside":
                # For a reader of the notebook alone.
                return ""
            case "note":
                return self._words(data["text/markdown"], "words note")
            case "figure":
                return _figure(data, told)
            case "table":
                marked = told["kind"] != self.collection.unmarked
                return _table(
                    self._to_pages(data["text/html"]),
                    told,
                    self.collection.kinds[told["kind"]] if marked else "",
                )
            case "results":
                return f'<div class="results">{_scroll(data["text/html"], "Output")}</div>'
            case "provenance":
                # The page's footer holds it.
                return ""
        return self._plain_output(data)

    def _answer(self, told: dict[str, Any]) -> str:
        """Return the answer: its numbers large, then its words."""
        tiles = "".join(
            f"<p><strong>{escape(number)}</strong> {escape(what)}</p>" for number, what in told["numbers"]
        )
        tiles = f'<div class="numbers">{tiles}</div>' if tiles else ""
        return f'<div class="answer">{tiles}{self._words(told["text"], "")}</div>'

    def _plain_output(self, data: Any) -> str:
        """Return what a cell shows without the collection's own calls."""
        if "text/markdown" in data:
            return self._words(data["text/markdown"], "words")
        if "text/html" in data:
            return _scroll(data["text/html"], "Output")
        if "image/svg+xml" in data:
            return _figure(data, {"alt": "Picture without a description", "caption": "", "name": ""})
        return _text(data.get("text/plain", ""))


def _heading(found: re.Match[str]) -> str:
    level, words = found.groups()
    anchor = re.sub(r"[^a-z0-9]+", "-", re.sub(r"<[^>]*>|&\w+;", "", words).lower()).strip("-")
    name = escape(re.sub(r"<[^>]*>", "", words), quote=True).replace("&amp;", "&")
    link = f'<a class="anchor" href="#{anchor}" aria-label="Link to: {name}"></a>'
    return f'<h{level} id="{anchor}">{words}{link}</h{level}>'


def _figure(data: Any, told: dict[str, str]) -> str:
    """Return a picture with its alt text, and links to its files."""
    svg = data["image/svg+xml"]
    image = inlined(svg) if told["name"] else _foreign(svg, told["alt"])
    pictures = f'<div class="picture">{image}</div>'
    if NARROW in data:
        small = f'<div class="picture small">{inlined(data[NARROW])}</div>'
        pictures = f'<div class="picture large">{image}</div>{small}'
    forms = ("svg", "png", "pdf") if told["name"] else ()
    links = [
        f'<a href="figures/{told["name"]}.{form}">{form.upper()}{_unseen(told["caption"])}</a>'
        for form in forms
    ]
    caption = f"{_number('figure', told['name'])} {escape(told['caption'])}".strip()
    anchor = f' id="figure-{told["name"]}"' if told["name"] else ""
    caption = _GAP.join(part for part in (caption, _files(links)) if part)
    return f"<figure{anchor}>{pictures}<figcaption>{caption}</figcaption></figure>"


def _foreign(svg: str, alt: str) -> str:
    """Return a picture that is not the collection's own: as an image, in which nothing runs and leaks."""
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg[:2000])
    box = "" if size is None else f' width="{_pixels(size[1])}" height="{_pixels(size[2])}"'
    address = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return f'<img alt="{escape(alt)}"{box} src="data:image/svg+xml;base64,{address}">'


def _unseen(caption: str) -> str:
    """Return what a link to a file belongs to, for those who hear links without their surroundings."""
    return f'<span class="unseen"> of {escape(caption)}</span>' if caption else ""


def _number(kind: str, name: str) -> str:
    """Return what stands where a picture or a table is numbered, once the order of the page is known."""
    return f'<span class="no">\ue000{kind}:{name}\ue001.</span>' if name else ""


def _files(links: list[str]) -> str:
    """Return links to files beside the page, which paper leaves out."""
    links = [link for link in links if link]
    return f'<span class="files">{" · ".join(links)}</span>' if links else ""


def _pixels(points: str) -> int:
    return round(float(points) * 4 / 3)


def _table(html: str, told: dict[str, str], kind: str) -> str:
    """Return a table in a box that scrolls by itself, the kind of its data in words, a link to its CSV."""
    links = [
        f'<a href="tables/{told["name"]}.{form}">{form.upper()}{_unseen(told["caption"])}</a>'
        for form in ("csv", *office.forms())
        if told["csv"]
    ]
    beside = _GAP.join(part for part in (escape(kind), _files(links)) if part)
    html = _ADDRESS.sub(r'<td class="address"><a href="\1">\1</a></td>', html)
    html = _SHORT.sub(r'<\1 class="short">\2</', html.replace(note(kind), ""))
    if html.count('<th scope="col"') >= _MANY:
        html = _WITHIN.sub(r"\1<br>\2", html)
    html = html.replace("<caption>", f"<caption>{_number('table', told['name'])} ", 1)
    box = _scroll(f'<div id="table-{told["name"]}">{html}</div>', told["caption"])
    return f'{box}\n<p class="beside">{beside}</p>'


def _scroll(html: str, label: str) -> str:
    return f'<div class="scroll" data-label="{escape(label)}">{html}</div>'


def _text(text: str) -> str:
    return f'<pre class="text">{ansi2html(text)}</pre>' if text.strip() else ""
