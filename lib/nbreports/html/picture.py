"""How a picture is written: the same file for the same picture, with its data kind and its words."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.sax import saxutils

from nbreports.html.svg import compact

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MUTED = "#6B7480"


def stamp(figure: Figure, words: str) -> None:
    """Write the kind of data under the picture, at the right: a picture travels without its text."""
    figure.supxlabel(words, x=0.995, ha="right", fontsize=8, color=_MUTED, style="italic")


def to_svg(figure: Figure, salt: str = "") -> str:
    """Return the picture as SVG text: letters as paths, no date, ids that depend on `salt` only, few bytes.

    So a page needs no font, and a picture of unchanged data is the same file.
    """
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": salt}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return compact(buffer.getvalue())


def to_png(figure: Figure) -> bytes:
    """Return the picture as PNG, without the name of the program."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def described(svg: str, alt: str) -> str:
    """Return the SVG, without XML prologue and program name, with `alt` as its accessible name."""
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    end = svg.index(">")
    title = f"<title>{saxutils.escape(alt)}</title>"
    return f'{svg[:end]} role="img" aria-label={saxutils.quoteattr(alt)}>\n{title}{svg[end + 1 :]}'
