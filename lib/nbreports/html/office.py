"""The tables of a page for a dossier: each as RTF and as a Word document, all as one workbook.

RTF 1.9 and the workbook (Office Open XML, ECMA-376) are written as they are defined, by this module;
python-docx, where it is installed, writes the Word documents. The same tables give the same bytes.
"""

from __future__ import annotations

import csv
import functools
import importlib.util
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from html.parser import HTMLParser
from typing import Any, NamedTuple

MISSING = "Tables as Word documents, too: pip install python-docx (the extra `dossier`), then render again."
"""What a page and the command line say where no Word document can be written."""
_WIDTH = 13_600
"""Twips between the margins of a landscape page of A4 or letter."""
_PAPER = (16_838, 11_906)
"""Width and height of that page in twips."""
_MARGIN = 1_440
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
# What no XML may hold: a user's text may have it.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_DATE = datetime(1980, 1, 1)
"""When a file says that it was made: the first day that an archive can name."""


class Cell(NamedTuple):
    """A cell of a table: its first column is `start`, `end` the one after its last.

    A `head` stands over columns or rows, not beside its row; a `number` is set to the right.
    """

    text: str
    start: int
    end: int
    head: bool = False
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table of a page: as a reader sees it, the first `heads` rows being heads, and its data as CSV.

    `notes` stand below it: the kind of its data, what made it.
    """

    name: str
    title: str
    notes: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heads: int
    data: str = ""

    @property
    def columns(self) -> int:
        """How many columns the widest row spans."""
        return max((row[-1].end for row in self.rows), default=1)


class _Reader(HTMLParser):
    """Reads the cells of a table, without the cards on its numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[Cell]] = []
        self.heads = self.depth = 0
        self.text: list[str] | None = None
        self.named: dict[str, str | None] = {}
        # Columns of the row below that are taken by a head that stands for two rows.
        self.taken: set[int] = set()
        self.below: set[int] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "span" and (self.depth or named.get("role") == "tooltip"):
            self.depth += 1
        elif tag == "tr":
            self.rows.append([])
            self.taken, self.below = self.below, set()
        elif tag in ("td", "th") and self.rows:
            self.text, self.named = [], named
        elif tag == "br" and self.text is not None:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self.depth:
            self.depth -= 1
        elif tag == "thead":
            self.heads = len(self.rows)
        elif tag == "tr":
            self._fill()
        elif tag in ("td", "th") and self.text is not None:
            self._fill()
            start, named = self._reached(), self.named
            end = start + int(named.get("colspan") or 1)
            text = " ".join(_UNWRITABLE.sub("", "".join(self.text)).split())
            head = (named.get("scope") or "row") != "row"
            self.rows[-1].append(Cell(text, start, end, head, named.get("class") == "num"))
            if int(named.get("rowspan") or 1) > 1:
                self.below |= set(range(start, end))
            self.text = None

    def _reached(self) -> int:
        return self.rows[-1][-1].end if self.rows[-1] else 0

    def _fill(self) -> None:
        """Put an empty cell below a head that stands for two rows."""
        while self.rows and (start := self._reached()) in self.taken:
            self.rows[-1].append(Cell("", start, start + 1))

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.depth:
            self.text.append(data)


def read(html: str, name: str = "", title: str = "", notes: Iterable[str] = (), data: str = "") -> Table:
    """Return a table that is HTML, with what else its files say."""
    reader = _Reader()
    reader.feed(html)
    rows = tuple(tuple(row) for row in reader.rows if row)
    title, *notes = (_UNWRITABLE.sub("", text) for text in (title, *notes))
    return Table(name, title, tuple(note for note in notes if note), rows, reader.heads, data)


def rtf(table: Table) -> bytes:
    """Return a table as RTF, its title above and its notes below, on a landscape page."""
    body = "".join(_row(row, table.columns, place < table.heads) for place, row in enumerate(table.rows))
    below = "".join(rf"\pard\fs16 {_rtf(note)}\par" + "\n" for note in table.notes)
    width, height = _PAPER
    margins = "".join(rf"\marg{side}{_MARGIN}" for side in "lrtb")
    return (
        r"{\rtf1\ansi\ansicpg1252\uc1\deff0{\fonttbl{\f0\fswiss Arial;}}"
        rf"\landscape\paperw{width}\paperh{height}{margins}" + "\n"
        rf"\pard\b\fs20 {_rtf(table.title)}\b0\par" + "\n" + body + below + "}\n"
    ).encode("ascii")


def _row(cells: Sequence[Cell], columns: int, head: bool) -> str:
    """Return a row, of heads above a line; the first column is three times as wide as another."""
    unit = _WIDTH / (columns + 2)
    line = r"\clbrdrb\brdrs\brdrw10" if head else ""
    edges = "".join(rf"{line}\cellx{round(unit * (cell.end + 2))}" for cell in cells)
    frame = r"\trowd\trgaph80" + (r"\trhdr" if head else "") + edges
    return f"{frame}{''.join(map(_in_rtf, cells))}\\row\n"


def _in_rtf(cell: Cell) -> str:
    right, text = r"\qr" if cell.number else "", _rtf(cell.text)
    return rf"\pard\intbl\fs18{right} " + (rf"\b {text}\b0" if cell.head else text) + r"\cell"


def _rtf(text: str) -> str:
    """Return text as RTF writes it: its own signs escaped, letters beyond ASCII by their UTF-16 units."""
    written = []
    for letter in text:
        if letter in "\\{}":
            written.append("\\" + letter)
        elif ord(letter) < 128:
            written.append(letter)
        else:
            units = letter.encode("utf-16-le")
            codes = [int.from_bytes(units[i : i + 2], "little", signed=True) for i in range(0, len(units), 2)]
            written += [rf"\u{code}?" for code in codes]
    return "".join(written)


def forms() -> tuple[str, ...]:
    """Return the forms in which a table is written here, as its files' endings."""
    return ("rtf", "docx") if importlib.util.find_spec("docx") else ("rtf",)


def written(table: Table) -> dict[str, bytes]:
    """Return a table in each of `forms`."""
    return {form: (docx if form == "docx" else rtf)(table) for form in forms()}


def docx(table: Table) -> bytes:
    """Return a table as a Word document, its title above and its notes below, on a landscape page."""
    from docx import Document

    document = Document(io.BytesIO(_blank()))
    document.core_properties.title = table.title[:255]
    document.add_paragraph(table.title, style="Caption")
    grid = document.add_table(len(table.rows), table.columns)
    for place, (line, row) in enumerate(zip(grid.rows, table.rows, strict=True)):
        _write(line, row, place < table.heads)
    for note in table.notes:
        document.add_paragraph(note)
    return _saved(document)


def _write(line: Any, row: Sequence[Cell], head: bool) -> None:
    """Write a row of a Word document's table, of heads above a line, and again on the next page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    cells = line.cells
    if head:
        line._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {nsdecls('w')}/>"))
    for cell in row:
        shown = cells[cell.start]
        if cell.end - cell.start > 1:
            shown = shown.merge(cells[cell.end - 1])
        if head:
            edge = f'<w:tcBorders {nsdecls("w")}><w:bottom w:val="single" w:sz="4"/></w:tcBorders>'
            shown._tc.get_or_add_tcPr().append(parse_xml(edge))
        paragraph = shown.paragraphs[0]
        paragraph.add_run(cell.text).bold = cell.head or None
        if cell.number:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


@functools.cache
def _blank() -> bytes:
    """Return an empty document on that page, without the many styles of python-docx's own."""
    from docx import Document
    from docx.enum.section import WD_ORIENT
    from docx.shared import Pt, RGBColor, Twips

    document = Document()
    (section,) = document.sections
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = map(Twips, _PAPER)
    for side in ("left", "right", "top", "bottom"):
        setattr(section, f"{side}_margin", Twips(_MARGIN))
    for style in list(document.styles):
        if style.name not in ("Normal", "Normal Table", "Caption", "Default Paragraph Font"):
            style.delete()
    for name, points in (("Normal", 9), ("Caption", 10)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = "Arial", Pt(points), RGBColor(0, 0, 0)
        style.paragraph_format.space_after = Pt(2)
    for part in (document.part.package, document.part):
        for key, other in list(part.rels.items()):
            if re.search("thumbnail|customXml|stylesWithEffects|numbering|webSettings", other.reltype):
                del part.rels[key]
    core = document.core_properties
    core.author = core.comments = core.last_modified_by = core.keywords = ""
    core.created = core.modified = _DATE
    return _saved(document)


def _saved(document: Any) -> bytes:
    """Return a document as a file that does not say when it was saved."""
    buffer = io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as made:
        return _archive({name: made.read(name) for name in made.namelist()})


def _archive(parts: Mapping[str, str | bytes]) -> bytes:
    """Return an archive with these members, in this order and of one date."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            made = zipfile.ZipInfo(name, _DATE.timetuple()[:6])
            archive.writestr(made, content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def workbook(tables: Sequence[Table]) -> bytes:
    """Return the data of some tables as one XLSX workbook, a sheet for each; numbers are numbers."""
    names = _sheet_names([table.name for table in tables])
    parts = {
        "[Content_Types].xml": _types(len(names)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(names),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{at}.xml") for at, _ in enumerate(names, start=1)]
        ),
    }
    for at, table in enumerate(tables, start=1):
        parts[f"xl/worksheets/sheet{at}.xml"] = _sheet(table.data)
    return _archive(parts)


def _sheet_names(names: Sequence[str]) -> list[str]:
    """Return names of at most 31 letters, as a sheet may have, no two alike."""
    found: list[str] = []
    for name in names:
        short = name[:31]
        again = 1
        while short in found:
            again += 1
            short = f"{name[:28]}_{again}"
        found.append(short)
    return found


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def _types(sheets: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = "".join(
        f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{kind}.worksheet+xml"/>'
        for at in range(1, sheets + 1)
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{parts}</Types>'
    )


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    parts = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{parts}</Relationships>'


def _book(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}"/>'
        for at, name in enumerate(names, start=1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets></workbook>'


def _sheet(text: str) -> str:
    rows = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in csv.reader(io.StringIO(text)))
    return f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def _cell(text: str) -> str:
    if not text:
        return "<c/>"
    if _NUMBER.fullmatch(text):
        return f"<c><v>{text}</v></c>"
    clean = escape(_UNWRITABLE.sub("", text))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{clean}</t></is></c>'
