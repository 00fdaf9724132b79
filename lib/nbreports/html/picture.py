"""How a picture is written: the same file for the same picture, with its data kind and its words."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from xml.sax import saxutils

from nbreports.html.svg import compact

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

_MUTED = "#52606D"
_HINT = "hint:"
_REDRAW = "_drawn_narrow"
_MARKED = re.compile(rf'<g id="{_HINT}([^"]*)">')
_THUMBNAIL = (4.4, 2.6)
"""Inches of a thumbnail, at 100 dots each."""


def set_narrow(figure: Figure, redraw: Callable[[], Figure]) -> None:
    """Let a picture be drawn anew, by `redraw`, for screens too narrow for it."""
    setattr(figure, _REDRAW, redraw)


def narrow(figure: Figure) -> Figure | None:
    """Return the picture as it is drawn for narrow screens; None if it is the same there."""
    redraw = getattr(figure, _REDRAW, None)
    return None if redraw is None else redraw()


def stamp(figure: Figure | None, words: str) -> None:
    """Write the kind of data under the picture, at the left, where a narrow screen shows it too."""
    if figure is None:
        return
    figure.supxlabel(words, x=0.005, ha="left", fontsize=8, color=_MUTED, style="italic")


def give_letters(figure: Figure) -> str:
    """Let words take letters that their font lacks from a font that is there; returns those that none has.

    The picture of a page holds words as text, which a browser draws with fonts of its own; the copies in
    other formats show boxes for what is returned.
    """
    from matplotlib.text import Text

    lacking = {text: _lacking(text) for text in figure.findobj(Text) if not text.get_text().isascii()}
    sought = frozenset().union(*lacking.values())
    if not sought:
        return ""
    other, left = _font_with(sought)
    for text, letters in lacking.items():
        if letters and other:
            text.set_fontfamily([*text.get_fontfamily(), other])
    return "".join(sorted(left))


def _lacking(text: Any) -> frozenset[str]:
    from matplotlib.font_manager import findfont, get_font

    known = get_font(findfont(text.get_fontproperties())).get_charmap()
    return frozenset(c for c in text.get_text() if ord(c) not in known and c.isprintable())


@cache
def _font_with(letters: frozenset[str]) -> tuple[str, frozenset[str]]:
    """Return the name of the installed font that has most of the letters, and those that it lacks."""
    from matplotlib.font_manager import fontManager, get_font

    best, left = "", letters
    for font in sorted(fontManager.ttflist, key=lambda entry: (entry.name, entry.fname)):
        # Fonts of last resort have a box for each letter that there is.
        plain = font.style == "normal" and font.weight in (400, "normal", "regular")
        if plain and "lastresort" not in font.name.replace(" ", "").lower():
            known = get_font(font.fname).get_charmap()
            lacks = frozenset(c for c in letters if ord(c) not in known)
            if len(lacks) < len(left):
                best, left = font.name, lacks
    return best, left


def hint(artist: Artist, words: str) -> None:
    """Let a reader who points at `artist` in the SVG see these words."""
    artist.set_gid(_HINT + words)


def to_svg(figure: Figure, salt: str = "") -> str:
    """Return the picture as SVG text: letters as text, no date, ids that depend on `salt` only, few bytes.

    So words can be found and copied, and a picture of unchanged data is the same file.
    """
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}), _boxes():
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return compact(_MARKED.sub(r"<g><title>\1</title>", buffer.getvalue()))


@contextmanager
def _boxes() -> Iterator[None]:
    """Draw boxes for letters that no font has, without a warning for each of them: `give_letters` says so."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"(?s)Glyph .* missing from (?:current )?font", UserWarning)
        yield


def to_png(figure: Figure, dots: int = 300) -> bytes:
    """Return the picture as PNG at so many dots per inch, without the name of the program."""
    buffer = io.BytesIO()
    with _boxes():
        figure.savefig(buffer, format="png", dpi=dots, metadata={"Software": None})
    return buffer.getvalue()


def to_pdf(figure: Figure) -> bytes:
    """Return the picture as PDF with its letters as text, without date and name of the program."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    nothing = dict.fromkeys(("CreationDate", "Producer", "Creator"))
    with mpl.rc_context({"pdf.fonttype": 42}), _boxes(), _bare_fonts():
        figure.savefig(buffer, format="pdf", metadata=nothing)
    return buffer.getvalue()


@contextmanager
def _bare_fonts() -> Iterator[None]:
    """Embed fonts without what only a typesetter reads, whose cutting down is most of the time of a PDF."""
    from matplotlib.backends._backend_pdf_ps import subset  # type: ignore[attr-defined]

    load = subset.load_font

    def bare(*given: Any, **named: Any) -> Any:
        font = load(*given, **named)
        for table in {"GDEF", "GPOS", "GSUB"} & set(font.keys()):
            del font[table]
        return font

    with patch.object(subset, "load_font", bare):
        yield


def to_thumbnail(figure: Figure) -> bytes:
    """Return the main panels alone as a small PNG, without a word and with thick lines; spoils the figure."""
    from matplotlib.text import Text
    from PIL import Image

    figure.set_layout_engine(None)
    figure.set_size_inches(*_THUMBNAIL)
    for artist in figure.findobj(lambda a: isinstance(a, Text)):
        artist.set_visible(False)
    for legend in [*figure.legends, *(axes.get_legend() for axes in figure.axes)]:
        if legend is not None:
            legend.set_visible(False)
    _fill(figure.axes)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100, metadata={"Software": None})
    small = io.BytesIO()
    with Image.open(buffer) as picture:
        picture.convert("RGB").quantize(48).save(small, format="png", optimize=True)
    return small.getvalue()


def _fill(axes: list[Any]) -> None:
    """Let the largest of some axes fill their figure, and hide the others."""
    from matplotlib.transforms import Bbox

    boxes = {panel: panel.get_position() for panel in axes}
    largest = max((box.width * box.height for box in boxes.values()), default=0.0)
    kept = {panel: box for panel, box in boxes.items() if box.width * box.height > 0.5 * largest}
    whole = Bbox.union(list(kept.values())) if kept else Bbox.unit()
    for panel in axes:
        panel.set_visible(panel in kept)
        panel.tick_params(length=0)
        for line in panel.get_lines():
            line.set_linewidth(1.5 * line.get_linewidth())
    for panel, box in kept.items():
        left, bottom = (box.x0 - whole.x0) / whole.width, (box.y0 - whole.y0) / whole.height
        across, up = box.width / whole.width, box.height / whole.height
        panel.set_position([0.03 + 0.94 * left, 0.04 + 0.92 * bottom, 0.94 * across, 0.92 * up])


def described(svg: str, alt: str) -> str:
    """Return the SVG, without XML prologue and program name, with `alt` as its accessible name."""
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)
    end = svg.index(">")
    title = f"<title>{saxutils.escape(alt)}</title>"
    return f'{svg[:end]} role="img" aria-label={saxutils.quoteattr(alt)}>\n{title}{svg[end + 1 :]}'
