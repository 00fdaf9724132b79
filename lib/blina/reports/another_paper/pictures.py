"""Curves of another paper: each arm of one reconstructed cohort in the band of all."""

from __future__ import annotations

from matplotlib.figure import Figure

from blina.endpoint.pictures import draw_censored, draw_curve, draw_median, finish
from blina.figures import style
from blina.figures.parts import curves_and_risk, draw_at_risk, legend_above
from blina.figures.style import COLOURS
from blina.reports.another_paper.numbers import Curve


@style.also_narrow
def curves(curve: Curve) -> Figure:
    """Draw the curves of one endpoint with their bands, and the numbers at risk below."""
    arms = list(curve.arms)
    colours = style.arm_colours(arms) if len(arms) > 1 else {arms[0]: COLOURS["curve"]}
    figure, axes, below = curves_and_risk(len(arms), 4.6)
    for place, arm in enumerate(arms):
        band, rows = curve.bands[arm], curve.curve[curve.curve["arm"] == arm]
        shade = colours[arm] if len(arms) > 1 else COLOURS["ensemble"]
        label = f"{curve.draws} cohorts" if place == 0 else None
        axes.fill_between(
            band["time"], band["lower"], band["upper"], color=shade, alpha=0.22, lw=0, label=label
        )
        draw_curve(axes, rows, colours[arm], arm or "one reconstructed cohort", style.dashes(place))
        draw_censored(axes, rows, colours[arm])
        draw_median(axes, curve.medians[arm], colours[arm])
    finish(axes, curve.risk, f"{curve.name[:1].upper()}{curve.name[1:]} (%)")
    legend_above(figure, axes)
    draw_at_risk(below, curve.risk, colours)
    return figure
