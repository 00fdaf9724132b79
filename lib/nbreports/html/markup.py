"""Small pieces of accessible HTML and safe Markdown: every text that comes in is escaped."""

from __future__ import annotations

import base64
import hashlib
import itertools
import math
import re
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def escape_markdown(text: object) -> str:
    """Return `text` such that Markdown shows it letter by letter, on one line."""
    return re.sub(r"([\\`*_{}\[\]()<>#+\-.!|~&$:])", r"\\\1", " ".join(str(text).split()))


def typeset(unit: str) -> str:
    """Return a unit as it is printed, 'µg/m²/day', for the letters of a file, 'ug/m2/day'."""
    return unit.replace("ug/", "µg/").replace("m2", "m²").replace("uL", "µL")


def shown(value: Any) -> str:
    """Return a cell's text: four digits for a fraction, 'not reached' for infinity, '–' for nothing."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if isinstance(value, float):
        return "not reached" if math.isinf(value) else f"{value:.4g}"
    return str(value)


class Noted(str):
    """A cell's text that stands for something known elsewhere: `id` is its anchor, `note` its card.

    The card holds pairs of a name and a text, which a reader sees who points at the number or reaches it
    with the keyboard.
    """

    id: str
    note: tuple[tuple[str, str], ...]

    def __new__(cls, text: str, id: str, note: tuple[tuple[str, str], ...]) -> Noted:
        """Return `text` with its anchor and its card."""
        made = super().__new__(cls, text)
        made.id, made.note = id, note
        return made

    def html(self) -> str:
        """Return the number with its card."""
        lines = "<br>".join(f"<b>{escape(name)}</b> {escape(text)}" for name, text in self.note if text)
        anchor = escape(f"claim-{self.id}")
        # The card lies within the number, so that it is read with it and needs no name of its own.
        return (
            f'<span class="claim" id="{anchor}" tabindex="0">{escape(self)}'
            f'<span class="card" role="tooltip">{lines}</span></span>'
        )


class Strong(str):
    """A cell's text that stands out."""

    def html(self) -> str:
        """Return the text in bold."""
        return f"<strong>{escape(self)}</strong>"


class Linked(str):
    """A cell's text that leads somewhere: another notebook's file on a page leads to its page."""

    address: str

    def __new__(cls, text: str, address: str) -> Linked:
        """Return `text` with where it leads."""
        made = super().__new__(cls, text)
        made.address = address
        return made

    def html(self) -> str:
        """Return the text as a link."""
        return f'<a href="{escape(self.address)}">{escape(self)}</a>'

    def markdown(self) -> str:
        """Return the text as a link in Markdown."""
        return f"[{escape_markdown(self)}]({self.address})"


class Named(str):
    """A cell's text that a reader sees by other names, which may lead somewhere; data keep the text."""

    names: tuple[str, ...]

    def __new__(cls, text: str, names: Iterable[str]) -> Named:
        """Return `text` with its names."""
        made = super().__new__(cls, text)
        made.names = tuple(names)
        return made

    def html(self) -> str:
        """Return the names, with commas between."""
        return ", ".join(map(_cell, self.names))

    def markdown(self) -> str:
        """Return the names in Markdown."""
        return ", ".join(n.markdown() if isinstance(n, Linked) else escape_markdown(n) for n in self.names)


def _cell(value: Any) -> str:
    return value.html() if isinstance(value, Noted | Strong | Linked | Named) else escape(shown(value))


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Return a table with caption and header cells; the first column names the rows.

    A frame with columns of two levels is set as papers set theirs: a column stands under its first level
    unless that is empty, and rows stand in groups by the index. A line break in a head stays one.
    """
    from pandas.api.types import is_numeric_dtype

    nested = frame.columns.nlevels > 1
    heads = [(str(column[0]), str(column[1])) if nested else ("", str(column)) for column in frame.columns]
    numeric = [is_numeric_dtype(dtype) for dtype in frame.dtypes]
    written = [_all_numbers(frame.iloc[:, place]) for place in range(len(heads))]
    right = [a or b or bool(above) for a, b, (above, _) in zip(numeric, written, heads, strict=True)]
    classes = [' class="num"' if aligned else "" for aligned in right]
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    groups = frame.groupby(level=0, sort=False) if nested else [("", frame)]
    body = "\n".join(_body(rows, classes, str(name)) for name, rows in groups)
    return f"<table>{title}<thead>{_heads(heads, classes)}</thead>\n{body}</table>"


_NUMBERS = re.compile(
    r"[<>~≥≤]?[−-]?[\d.,]+%?((?:[ –/(−-]|and|of|[~<>])+(?:[\d.,]+%?|∞)\)?)*|–|not reached|NR|yes|no|∞|"
)


def _all_numbers(column: Any) -> bool:
    """Say whether a column holds numbers and ranges of them alone, spelled for reading, one at least."""
    texts = [shown(value) for value in column]
    return all(_NUMBERS.fullmatch(text) for text in texts) and any(re.search(r"\d", text) for text in texts)


def _heads(heads: list[tuple[str, str]], classes: list[str]) -> str:
    """Return one row of heads, or two where some stand under another."""
    first, second = "", ""
    spanned = any(above for above, _ in heads)
    for above, group in itertools.groupby(zip(heads, classes, strict=True), key=lambda pair: pair[0][0]):
        rows = ' rowspan="2"' if spanned and not above else ""
        cells = [
            f'<th scope="col"{rows}{css}>{escape(text).replace(chr(10), "<br>")}</th>'
            for (_, text), css in group
        ]
        if above:
            first += f'<th scope="colgroup" colspan="{len(cells)}">{escape(above)}</th>'
            second += "".join(cells)
        else:
            first += "".join(cells)
    return f"<tr>{first}</tr>" + (f"<tr>{second}</tr>" if spanned else "")


def _body(frame: pd.DataFrame, classes: list[str], group: str = "") -> str:
    """Return the rows of a table, under the name of their group if they have one."""
    head = f'<tr><th scope="rowgroup" colspan="{len(classes)}">{escape(group)}</th></tr>'
    rows = [f"<tr>{_row(values, classes)}</tr>" for values in frame.itertuples(index=False, name=None)]
    return "<tbody>\n" + "\n".join([head, *rows] if group else rows) + "\n</tbody>"


def _row(values: tuple[Any, ...], classes: list[str]) -> str:
    first = f'<th scope="row"{classes[0]}>{_cell(values[0])}</th>'
    rest = zip(values[1:], classes[1:], strict=True)
    return first + "".join(f"<td{css}>{_cell(value)}</td>" for value, css in rest)


def pairs_html(pairs: dict[str, str], caption: str) -> str:
    """Return a two-column table of names and values."""
    body = "\n".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'
        for name, value in pairs.items()
    )
    return f"<table><caption>{escape(caption)}</caption>\n<tbody>\n{body}\n</tbody></table>"


def details(summary: str, content: str) -> str:
    """Return content that opens on demand, without a script."""
    return f"<details><summary>{escape(summary)}</summary>\n{content}\n</details>"


def note(text: str) -> str:
    """Return a small line below a table."""
    return f'\n<p class="kind"><small>{escape(text)}</small></p>'


def digest_of(script: str) -> str:
    """Return the source expression that lets exactly this script run."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
