"""Small pieces of accessible HTML and safe Markdown: every text that comes in is escaped."""

from __future__ import annotations

import base64
import hashlib
import math
import re
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


def table_html(frame: pd.DataFrame, caption: str) -> str:
    """Return a table with caption and header cells; the first column names the rows."""
    from pandas.api.types import is_numeric_dtype

    columns = [str(column) for column in frame.columns]
    numeric = [is_numeric_dtype(dtype) for dtype in frame.dtypes]
    classes = [' class="num"' if right else "" for right in numeric]
    head = "".join(f'<th scope="col"{css}>{escape(c)}</th>' for c, css in zip(columns, classes, strict=True))
    body = "\n".join(
        f"<tr>{_row(values, classes)}</tr>" for values in frame.itertuples(index=False, name=None)
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"


def _row(values: tuple[Any, ...], classes: list[str]) -> str:
    first = f'<th scope="row"{classes[0]}>{escape(shown(values[0]))}</th>'
    rest = zip(values[1:], classes[1:], strict=True)
    return first + "".join(f"<td{css}>{escape(shown(value))}</td>" for value, css in rest)


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
