"""The order of a page: the answer, then the main picture, whatever the order in which cells must run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from nbreports.html.outputs import CellWriter
from nbreports.page import MIME

ANSWER = "Answer"
OWN = "own"
"""The tag of a cell that speaks of the collection's own data alone."""
NUMBER = re.compile("\ue000(figure|table):([a-z0-9_]*)\ue001")
"""Stands where a picture or a table is numbered, until the order of the page is known."""
_REFERENCE = re.compile(r'<a href="#(figure|table)-([a-z0-9_]+)">[^<]*</a>')
_CLAIM = re.compile(r'<span class="claim" id="([^"]+)".*?role="tooltip" id="[^"]+"')
_HEADING = re.compile(r"^(##|###) +(.+)$", re.MULTILINE)


class Role(Enum):
    """What a piece of a page is."""

    ANSWER = "answer"
    MAIN = "main"
    FIGURE = "figure"
    NOTE = "note"
    SECTION = "section"
    HEADING = "heading"
    CODE = "code"
    DATA = "data"
    REST = "rest"


@dataclass(frozen=True)
class Piece:
    """Some HTML of a page and what it is; `title` is that of a section."""

    role: Role
    html: str
    title: str = ""


@dataclass
class Section:
    """A heading of the second level and what stands below it."""

    title: str
    html: str = ""
    pieces: list[Piece] = field(default_factory=list)

    def text(self) -> str:
        """Return the section as HTML, without headings that nothing but code is left below."""
        kept = list(_with_content(self.pieces))
        shown = any(piece.role is not Role.CODE for piece in kept)
        head = [self.html] if shown and self.title != ANSWER else []
        return "\n".join(part for part in [*head, *(piece.html for piece in kept)] if part)


@dataclass(frozen=True)
class Arranged:
    """A page in the order in which it is read: `first` is answer and main picture, `last` closes it."""

    first: str
    body: str
    last: str


def arranged(content: Any, writer: CellWriter, closing: Sequence[str]) -> Arranged:
    """Return the cells of a notebook in the order of a page.

    `closing` are titles of sections that stand last, in this order; the last of them is returned apart.
    """
    sections = _sections(content, writer)
    apart = writer.collection.apart.get(writer.kind)
    sections = [section for section in sections if apart is None or section.title not in apart.left_out]
    answer = _take(sections, Role.ANSWER)
    main = _take(sections, Role.MAIN)
    notes = _take(sections, Role.NOTE, every=True)
    head = [f'<h2 id="answer">{ANSWER}</h2>'] if answer else []
    order = sorted(sections, key=lambda section: _place(section.title, closing))
    for section in (section for section in order if section.title in closing[-1:]):
        section.html = ""
    texts = {section.title: section.text() for section in order}
    last = texts.pop(closing[-1], "") if closing else ""
    first = "\n".join([*head, *answer, *main])
    body = "\n".join(part for part in [*notes, *texts.values()] if part)
    return Arranged(*_numbered([first, body, last], writer.job.report))


def _place(title: str, closing: Sequence[str]) -> int:
    """Return where a section stands: what is left of the answer's first, the closing ones last."""
    if title in closing:
        return 1 + closing.index(title)
    return -1 if title == ANSWER else 0


def _with_content(pieces: list[Piece]) -> Iterator[Piece]:
    """Yield the pieces of a section without headings below which nothing is left to show."""
    for place, piece in enumerate(pieces):
        if piece.role is Role.HEADING:
            after = next((p for p in pieces[place + 1 :] if p.role not in (Role.CODE, Role.DATA)), None)
            if after is None or after.role is Role.HEADING:
                continue
        yield piece


def _take(sections: list[Section], role: Role, *, every: bool = False) -> list[str]:
    """Take the pieces of a role out of their sections, the first only unless `every`."""
    taken: list[str] = []
    for section in sections:
        for piece in [piece for piece in section.pieces if piece.role is role]:
            if every or not taken:
                taken.append(piece.html)
                section.pieces.remove(piece)
    return taken


def _sections(content: Any, writer: CellWriter) -> list[Section]:
    """Return the sections of a notebook; what stands before the first heading has no title."""
    found = [Section("")]
    for piece in _marked(content, [p for cell in content.cells for p in _pieces(cell, writer)]):
        if piece.role is Role.SECTION:
            found.append(Section(piece.title, piece.html))
        else:
            found[-1].pieces.append(piece)
    return found


def _marked(content: Any, pieces: list[Piece]) -> list[Piece]:
    """Return the pieces, the first picture as the main one where the notebook names none."""
    first = next((piece for piece in pieces if piece.role in (Role.FIGURE, Role.MAIN)), None)
    if first is None or any(piece.role is Role.MAIN for piece in pieces):
        return pieces
    return [Piece(Role.MAIN, first.html) if piece is first else piece for piece in pieces]


def _pieces(cell: Any, writer: CellWriter) -> Iterator[Piece]:
    """Yield the pieces of a cell: headings apart from text, each output by itself, code with the first.

    Of a cell tagged `own` there are none on a page of other data than the collection's own.
    """
    tags = cell.metadata.get("tags", ())
    if OWN in tags and writer.kind in writer.collection.apart:
        return
    if cell.cell_type == "markdown":
        yield from _of_words(cell.source, writer)
    elif cell.cell_type == "code":
        code = writer.code(cell)
        shown = [(_role(output), html) for output in cell.outputs if (html := writer.output(output))]
        if "parameters" in tags:
            shown.insert(0, (Role.REST, writer.parameters(cell.source)))
        if not shown:
            yield Piece(Role.CODE, code)
        for place, (role, html) in enumerate(shown):
            yield Piece(role, f"{code}\n{html}" if place == 0 else html)


def _of_words(source: str, writer: CellWriter) -> Iterator[Piece]:
    if writer.skips():
        return
    ends = [match.start() for match in _HEADING.finditer(source)]
    for start, end in zip([0, *ends], [*ends, len(source)], strict=True):
        part = source[start:end].strip()
        if found := _HEADING.match(part):
            title = found[2].strip()
            role = Role.SECTION if found[1] == "##" else Role.HEADING
            yield Piece(role, writer.words(found[0]), title)
            part = part[found.end() :].strip()
        if part:
            yield Piece(Role.REST, writer.words(part))


def _role(output: Any) -> Role:
    told = output.get("data", {}).get(MIME, {})
    match told.get("show"):
        case "answer":
            return Role.ANSWER
        case "note":
            return Role.NOTE
        case "results":
            # The numbers of the whole page, wherever they stand.
            return Role.DATA
        case "figure":
            return Role.MAIN if told.get("main") else Role.FIGURE
    return Role.REST


def _numbered(parts: list[str], report: str) -> list[str]:
    """Return the parts with pictures and tables numbered in the order of the page, also where referred to."""
    prefix = f"{report.partition('_')[0]}." if report[:1].isdigit() else ""
    count = {"figure": 0, "table": 0}
    names: dict[tuple[str, str], str] = {}

    def number(found: re.Match[str]) -> str:
        kind = found[1]
        count[kind] += 1
        words = f"{kind.capitalize()} {prefix}{count[kind]}"
        names.setdefault((kind, found[2]), words)
        return words

    parts = [NUMBER.sub(number, part) for part in parts]

    parts = _apart(parts)
    return [_REFERENCE.sub(lambda found: _referred(found, names), part) for part in parts]


def _apart(parts: list[str]) -> list[str]:
    """Return the parts with the anchor of a number that is shown more than once at its first place only."""
    seen: Counter[str] = Counter()

    def anchored(found: re.Match[str]) -> str:
        seen[found[1]] += 1
        again = "" if seen[found[1]] == 1 else f"-{seen[found[1]]}"
        return found[0].replace(found[1], found[1] + again)

    return [_CLAIM.sub(anchored, part) for part in parts]


def _referred(found: re.Match[str], names: dict[tuple[str, str], str]) -> str:
    words = names.get((found[1], found[2]))
    return f'<a href="#{found[1]}-{found[2]}">{words}</a>' if words else found[0]
