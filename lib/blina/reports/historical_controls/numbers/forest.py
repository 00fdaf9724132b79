"""The lines of the forest of medians: what each series prints, and this trial's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from blina.reports.historical_controls.numbers.comparators import Comparator
from blina.reports.historical_controls.words import months, rate
from pseudoipd.claims import Claim, select
from pseudoipd.survival import kaplan_meier, quantile, quantile_limits


@dataclass(frozen=True)
class Line:
    """One line of the forest: a label, a median in months with limits (NaN: none), the text at the right."""

    label: str
    median: float
    lower: float
    upper: float
    text: str
    kind: str


def own_lines(
    claims: tuple[Claim, ...], time: npt.ArrayLike, event: npt.ArrayLike, conf_type: str
) -> list[Line]:
    """Return this trial's lines: as printed, and as computed from the tables (`time` in months)."""
    printed = {
        claim.statistic: claim
        for statistic in ("median", "median_lower", "median_upper")
        for claim in select(claims, endpoint="OS", population="all", statistic=statistic)[:1]
    }
    km = kaplan_meier(time, event)
    found = (quantile(km), *quantile_limits(km, conf_type=conf_type))
    computed = Line("computed from these tables", *found, _rounded(*found), "cohort")
    if len(printed) < 3:
        return [computed]
    texts = [claim.printed for claim in printed.values()]
    text = f"{texts[0]} ({texts[1]}–{texts[2]})"
    values = [claim.value for claim in printed.values()]
    return [Line("as printed", values[0], values[1], values[2], text, "cohort"), computed]


def _rounded(*numbers: float) -> str:
    median, lower, upper = (f"{x:.1f}" if np.isfinite(x) else "NR" for x in numbers)
    return f"{median} ({lower}–{upper})"


def forest_groups(known: Sequence[Comparator], own: Sequence[Line]) -> dict[str, list[Line]]:
    """Return the forest's lines by group, in drawing order.

    Without a printed line among `own` the tables are another study's; the trial's earlier cuts stand alone.
    """
    earlier = [_line(c, "cohort") for c in known if c.relation == "earlier"]
    printed = len(own) > 1
    groups = {"This trial": [*own, *earlier]} if printed else {"These tables": [*own], "MT103-206": earlier}
    others = [c for c in known if c.relation != "earlier"]
    trials = [c for c in others if c.treatment == "blinatumomab"]
    return {
        "Chemotherapy": [_line(c) for c in others if c.treatment == "chemotherapy"],
        **groups,
        "Blinatumomab, relapsed/refractory": [_line(c) for c in trials if "refractory" in c.setting],
        "Blinatumomab, MRD in remission": [_line(c) for c in trials if "refractory" not in c.setting],
    }


def _line(found: Comparator, kind: str = "") -> Line:
    numbers = (found.median, found.median_lower, found.median_upper)
    text = "; ".join(part for part in (months(*numbers), rate(found)) if part != "–")
    size = "" if np.isnan(found.patients) else f" (n = {found.patients:g})"
    return Line(f"{found.study}{size}", *numbers, text, kind or found.treatment)
