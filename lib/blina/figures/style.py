"""How every picture of the collection looks: type, sizes, colours by role."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib
import seaborn as sns
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from nbreports.html.picture import set_narrow

WIDTH = 8.0
"""Inches: the text column of a page on a laptop."""

NARROW = 3.9
"""Inches: the same on a telephone, where letters of the same size are still read."""

P = ParamSpec("P")
T = TypeVar("T")
F = TypeVar("F", bound=Figure | None)
_NARROW = ContextVar("narrow", default=False)

# The hues of Okabe and Ito (2008), distinguishable with the common colour vision deficiencies, so dark that
# words in them can be read on white (WCAG 2.2, 1.4.3: 4.5 to 1).
PALETTE = ("#0072B2", "#B34700", "#00735A", "#9C3D78", "#8A6100", "#5B4B9E", "#786600", "#000000")

COLOURS = {
    "curve": "#0072B2",
    "responder": "#0072B2",
    "non_responder": "#B34700",
    "survivor": "#00735A",
    "printed": "#A3265C",
    "ensemble": "#7A8794",
    "simulated": "#9C3D78",
    "event": "#000000",
    "muted": "#52606D",
    "grid": "#E3E7EB",
    "ink": "#1F2933",
    "good": "#00735A",
    "bad": "#B34700",
    "neutral": "#9AA5B1",
}
"""Colour by role; a role keeps its colour in every picture."""

_RC: dict[str, Any] = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": COLOURS["muted"],
    "axes.labelcolor": COLOURS["ink"],
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlecolor": COLOURS["ink"],
    "axes.labelsize": 10,
    "axes.prop_cycle": cycler(color=list(PALETTE)),
    "figure.facecolor": "white",
    "figure.dpi": 100,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.color": COLOURS["grid"],
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.8,
    "savefig.dpi": 160,
    # Names of arms are a user's: a dollar sign in them is no formula.
    "text.parse_math": False,
    "text.color": COLOURS["ink"],
    "xtick.color": COLOURS["ink"],
    "ytick.color": COLOURS["ink"],
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}


def apply() -> None:
    """Set matplotlib's parameters, on the theme of seaborn; new figures made after it look alike."""
    # What a user's matplotlibrc says is for the user's own pictures.
    matplotlib.rcdefaults()
    sns.set_theme(context="paper", style="ticks", palette=list(PALETTE), rc=_RC)


def narrow() -> bool:
    """Say whether a picture is being drawn for a telephone."""
    return _NARROW.get()


def width() -> float:
    """Return the width of a picture, in inches."""
    return either(WIDTH, NARROW)


def either(wide: T, on_narrow: T) -> T:
    """Return the one of two looks that the picture being drawn is to have."""
    return on_narrow if narrow() else wide


def also_narrow(draw: Callable[P, F]) -> Callable[P, F]:
    """Let what a function draws be drawn a second time for narrow screens."""

    def drawn_narrow(*given: P.args, **named: P.kwargs) -> Figure:
        token = _NARROW.set(True)
        try:
            figure = draw(*given, **named)
        finally:
            _NARROW.reset(token)
        assert figure is not None
        return figure

    @wraps(draw)
    def drawn(*given: P.args, **named: P.kwargs) -> F:
        figure = draw(*given, **named)
        if figure is not None:
            set_narrow(figure, partial(drawn_narrow, *given, **named))
        return figure

    return drawn


def new_figure(rows: int = 1, columns: int = 1, *, height: float = 4.5, **options: Any) -> tuple[Figure, Any]:
    """Return a figure in the collection's style and its axes (an array if more than one).

    `options` go to `Figure.subplots`. The figure belongs to no pyplot state, so nothing is shown
    twice in a notebook and nothing has to be closed.
    """
    apply()
    figure = Figure(figsize=(width(), height), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.subplots(rows, columns, **options)


def label_axes(axes: Axes, x: str, y: str, title: str = "") -> None:
    """Set both axis labels and, if given, the title."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    if title:
        axes.set_title(title)


Dashes = str | tuple[int, tuple[float, ...]]
"""A line style of matplotlib."""

_DASHES: tuple[Dashes, ...] = ("-", (0, (5, 1.2)), (0, (1.5, 1.2)), (0, (6, 1.5, 1.5, 1.5)))


def dashes(place: int) -> Dashes:
    """Return the line style of the curve in this place: colour is never the only difference.

    Where the colours begin again the styles do not: 32 curves differ.
    """
    return _DASHES[(place + place // len(PALETTE)) % len(_DASHES)]


def arm_colours(arms: list[str]) -> dict[str, str]:
    """Return a colour for each arm, in the order given; more than eight arms share colours."""
    return {arm: PALETTE[i % len(PALETTE)] for i, arm in enumerate(arms)}
