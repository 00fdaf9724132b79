"""The tables of a page for a dossier: one as RTF with title, kind of data and source, all as one workbook.

Both formats are written as they are defined, by this module: RTF 1.9 and Office Open XML (ECMA-376). The same
tables give the same bytes.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

_WIDTH = 13_600
"""Twips between the margins of a landscape page of A4 or letter."""
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_DATE = (1980, 1, 1, 0, 0, 0)
"""What a member of an archive says when it was made: nothing."""


@dataclass(frozen=True)
class Read:
    """A table as a reader sees it: rows of cells, each with the columns that it spans, `heads` first."""

    rows: tuple[tuple[tuple[str, int], ...], ...]
    heads: int


class _Reader(HTMLParser):
    """Reads the cells of a table, without the cards on its numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[tuple[str, int]]] = []
        self.heads = self.depth = 0
        self.text: list[str] | None = None
        self.span = 1
        self.below: list[tuple[int, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "span" and (self.depth or named.get("role") == "tooltip"):
            self.depth += 1
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th") and self.rows:
            self.text, self.span = [], int(named.get("colspan") or 1)
            if int(named.get("rowspan") or 1) > 1:
                self.below.append((len(self.rows), len(self.rows[-1])))
        elif tag == "br" and self.text is not None:
            self.text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self.depth:
            self.depth -= 1
        elif tag == "thead":
            self.heads = len(self.rows)
        elif tag in ("td", "th") and self.text is not None:
            self.rows[-1].append((" ".join("".join(self.text).split()), self.span))
            self.text = None

    def handle_data(self, data: str) -> None:
        if self.text is not None and not self.depth:
            self.text.append(data)


def read(html: str) -> Read:
    """Return the cells of a table that is HTML."""
    reader = _Reader()
    reader.feed(html)
    # A head that stands for two rows has an empty cell below it, as far along as the heads before it reach.
    for row, place in reader.below:
        along = sum(span for _, span in reader.rows[row - 1][:place])
        reader.rows[row].insert(along, ("", 1))
    return Read(tuple(tuple(row) for row in reader.rows if row), reader.heads)


def rtf(html: str, title: str, notes: Sequence[str]) -> bytes:
    """Return a table as RTF, its title above and its notes below, on a landscape page."""
    table = read(html)
    columns = max((sum(span for _, span in row) for row in table.rows), default=1)
    body = "".join(_row(row, columns, place < table.heads) for place, row in enumerate(table.rows))
    below = "".join(rf"\pard\fs16 {_rtf(note)}\par" + "\n" for note in notes if note)
    return (
        r"{\rtf1\ansi\ansicpg1252\uc1\deff0{\fonttbl{\f0\fswiss Arial;}}\landscape\paperw16838\paperh11906"
        r"\margl1440\margr1440\margt1440\margb1440" + "\n"
        rf"\pard\b\fs20 {_rtf(title)}\b0\par" + "\n" + body + below + "}\n"
    ).encode("ascii")


def _row(cells: Sequence[tuple[str, int]], columns: int, head: bool) -> str:
    """Return a row: heads are bold, above a line; the first column is three times as wide as another."""
    unit = _WIDTH / (columns + 2)
    edges, reached = [], 0
    for _, span in cells:
        reached += span
        edges.append(round(unit * (reached + 2)))
    line = r"\clbrdrb\brdrs\brdrw10" if head else ""
    frame = r"\trowd\trgaph80" + (r"\trhdr" if head else "") + "".join(rf"{line}\cellx{e}" for e in edges)
    strong = (r"\b ", r"\b0") if head else ("", "")
    right = ["" if head or not place else r"\qr" for place in range(len(cells))]
    texts = "".join(
        rf"\pard\intbl\fs18{right[place]} {strong[0]}{_rtf(text)}{strong[1]}\cell"
        for place, (text, _) in enumerate(cells)
    )
    return f"{frame}{texts}\\row\n"


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


def workbook(tables: Mapping[str, str]) -> bytes:
    """Return CSV texts by name as one XLSX workbook, a sheet for each; numbers are numbers."""
    names = _sheet_names(tables)
    parts = {
        "[Content_Types].xml": _types(len(names)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(names),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{at}.xml") for at, _ in enumerate(names, start=1)]
        ),
    }
    for at, text in enumerate(tables.values(), start=1):
        parts[f"xl/worksheets/sheet{at}.xml"] = _sheet(text)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _sheet_names(names: Mapping[str, str]) -> list[str]:
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
    # What no XML may hold is left out: a user's text may have it.
    clean = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(clean)}</t></is></c>'
