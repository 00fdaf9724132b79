"""The swimmer plot of all patients, and what the count of long-term survivors depends on."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, Transform

from blina import formats
from blina.endpoint.bands import LEVEL
from blina.figures import style
from blina.figures.parts import draw_band, shortened
from blina.figures.style import COLOURS
from blina.reports.long_term_survivors.numbers import MOST_BARS

_SHORT = {"HYPOCELLULAR": "hypocell.", "REFRACTORY": "refractory", "NE": "not eval."}


@style.also_narrow
def swimmer(course: pd.DataFrame, threshold: float) -> Figure:
    """Draw one bar per patient of `numbers.courses`, the longest survival at the top.

    Transplant and retreatment stand as marks in columns at the left: when they happened is not known.
    """
    shown = course.head(MOST_BARS)
    figure, axes = style.new_figure(height=1.35 + 0.185 * max(len(shown), 4))
    rows = np.arange(len(shown))
    _bars(axes, shown, rows)
    _ends(axes, shown, rows)
    _marks(axes, shown, rows)
    _columns(axes, shown, rows)
    _finish(axes, shown)
    # A threshold far beyond the last bar would leave no room for the bars.
    if threshold <= axes.get_xlim()[1]:
        axes.axvline(threshold, color=COLOURS["muted"], lw=1, ls=(0, (4, 3)), zorder=1)
        axes.text(threshold, -1.0, f"{threshold:g} months", ha="center", va="bottom", fontsize=9)
    return figure


@style.also_narrow
def thresholds(
    sweep: pd.DataFrame, printed: tuple[float, float] | None, ensemble: pd.DataFrame | None
) -> Figure:
    """Draw the number of patients seen at or beyond each threshold, with the ensemble's span.

    `sweep` is `numbers.threshold_sweep`; `printed` the printed threshold and count, if there is one.
    """
    figure, axes = style.new_figure(height=3.3)
    if ensemble is not None:
        label = f"{formats.share(LEVEL)} of the reconstructed cohorts"
        draw_band(axes, ensemble["threshold"], ensemble["lower"], ensemble["upper"], label)
    axes.plot(
        sweep["threshold"], sweep["seen"], color=COLOURS["curve"], marker="o", ms=5, label="this cohort, seen"
    )
    possible = sweep["seen"] + sweep["unknown"]
    if (sweep["unknown"] > 0).any():
        axes.plot(
            sweep["threshold"], possible, color=COLOURS["curve"], lw=1, ls=(0, (4, 2)),
            label="and those lost to sight before it",
        )  # fmt: skip
    if printed is not None:
        _printed_point(axes, *printed)
    axes.set_ylim(0, 1.15 * float(possible.fillna(0).max()) + 1)
    axes.yaxis.get_major_locator().set_params(integer=True)
    style.label_axes(axes, "Threshold, months", "Long-term survivors")
    axes.grid(axis="y")
    axes.legend(loc="lower left")
    return figure


def _bars(axes: Axes, course: pd.DataFrame, rows: np.ndarray) -> None:
    responder = (course["mrd_response"] == "Y").to_numpy()
    colours = np.where(responder, COLOURS["responder"], COLOURS["non_responder"])
    if (course["mrd_response"] == "").all():
        colours = np.full(len(course), COLOURS["curve"])
    alphas = np.where(course["long_term"], 0.85, 0.45)
    axes.barh(
        rows,
        course["months"],
        height=0.62,
        color=[_mixed(c, a) for c, a in zip(colours, alphas, strict=True)],
    )


def _mixed(colour: str, strength: float) -> tuple[float, ...]:
    """Return a colour mixed with white: transparency would let the grid shine through."""
    from matplotlib.colors import to_rgb

    return tuple(1 - strength * (1 - part) for part in to_rgb(colour))


def _ends(axes: Axes, course: pd.DataFrame, rows: np.ndarray) -> None:
    """Mark how each bar ends: death, or alive at last contact."""
    months, died = course["months"].to_numpy(), course["died"].to_numpy()
    end = months + 0.013 * months.max(initial=1.0)
    axes.plot(end[died], rows[died], ls="none", marker="x", ms=5, mew=1.6, color=COLOURS["event"])
    axes.plot(end[~died], rows[~died], ls="none", marker=">", ms=5.5, color=COLOURS["survivor"])


def _marks(axes: Axes, course: pd.DataFrame, rows: np.ndarray) -> None:
    """Mark MRD response and relapse inside the bars."""
    look: dict[str, Any] = {"ls": "none", "mec": COLOURS["ink"], "mew": 0.9}
    axes.plot(course["response_months"], rows, marker="o", ms=5, mfc="white", **look)
    axes.plot(course["relapse_months"], rows, marker="D", ms=5, mfc=COLOURS["printed"], **look)


def _columns(axes: Axes, course: pd.DataFrame, rows: np.ndarray) -> None:
    """Write id, best response, transplant and retreatment at the left of the axis, where they are known."""
    name, response, transplant, retreatment = style.either((2.0, 1.43, 0.5, 0.15), (1.26, 0.0, 0.46, 0.1))
    for row, patient in zip(rows, course["USUBJID"], strict=True):
        text = shortened(str(patient), 12)
        axes.text(0, row, text, transform=_left(axes, name), ha="left", va="center", fontsize=7.5)
    if (course["best_response"] != "").any() and response:
        _head(axes, response, "response", "left")
        for row, found in zip(rows, course["best_response"], strict=True):
            text = _SHORT.get(str(found), str(found))[:14]
            axes.text(0, row, text, transform=_left(axes, response), ha="left", va="center", fontsize=8)
    for inches, column, head, marker in (
        (transplant, "allohct", "alloHCT", "s"),
        (retreatment, "retreated", "retr.", "P"),
    ):
        if (course[column] == "").all():
            continue
        _head(axes, inches, head, "center")
        there = rows[(course[column] == "Y").to_numpy()]
        axes.plot(
            np.zeros(len(there)), there, ls="none", marker=marker, ms=5, color=COLOURS["ink"],
            transform=_left(axes, inches), clip_on=False,
        )  # fmt: skip


def _left(axes: Axes, inches: float) -> Transform:
    """Return where 0 lies so many inches left of the axes, and a row at its height."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return axes.get_yaxis_transform() + ScaledTranslation(-inches, 0, figure.dpi_scale_trans)


def _head(axes: Axes, inches: float, text: str, align: Literal["left", "center"]) -> None:
    axes.text(
        0,
        -1.0,
        text,
        transform=_left(axes, inches),
        ha=align,
        va="bottom",
        fontsize=8,
        color=COLOURS["muted"],
    )


def _finish(axes: Axes, course: pd.DataFrame) -> None:
    axes.set_ylim(len(course) - 0.4, -0.6)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    last = float(course["months"].max()) if len(course) else 1.0
    axes.set_xlim(0, 1.05 * last + 0.5)
    axes.set_xlabel("Months from the start of treatment")
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    figure = axes.get_figure()
    if isinstance(figure, Figure):
        figure.legend(handles=_keys(course), loc="outside upper left", ncols=style.either(3, 2), fontsize=8.5)


def _keys(course: pd.DataFrame) -> list[Line2D]:
    ink = COLOURS["ink"]
    look: dict[str, Any] = {"ls": "none", "mec": ink, "mew": 0.9}
    keys = [
        Line2D([], [], color=COLOURS["responder"], lw=6, label="MRD responder"),
        Line2D([], [], color=COLOURS["non_responder"], lw=6, label="MRD non-responder"),
        Line2D([], [], marker="o", mfc="white", ms=5, label="MRD response", **look),
        Line2D([], [], marker="D", mfc=COLOURS["printed"], ms=5, label="relapse", **look),
        Line2D([], [], ls="none", marker="x", color=COLOURS["event"], mew=1.6, ms=5, label="died"),
        Line2D(
            [], [], ls="none", marker=">", color=COLOURS["survivor"], ms=5.5, label="alive when last seen"
        ),
    ]
    if course["relapse_months"].isna().all():
        del keys[3]
    return keys if (course["mrd_response"] != "").any() else keys[3:]


def _printed_point(axes: Axes, threshold: float, count: float) -> None:
    colour = COLOURS["printed"]
    axes.plot([threshold], [count], marker="D", ms=7, color=colour, mec="white", zorder=6)
    axes.annotate(
        f"printed: {count:g} at {threshold:g} months", (threshold, count), xytext=(-4, -9), ha="right",
        va="top", textcoords="offset points", color=colour, fontsize=9,
    )  # fmt: skip
