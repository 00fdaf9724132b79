"""Curves and numbers at risk by state, as tidy tables."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina.analyses.endpoint import thinned
from blina.analyses.options import Options
from blina.survival import KaplanMeier, limits

STATES = ("responder", "non_responder")


def both_states(
    tables: Mapping[str, KaplanMeier], options: Options, start: Mapping[str, float]
) -> pd.DataFrame:
    """Return the curves of both states under one another; a state in which nobody was has no rows."""
    frames = [curve_frame(state, tables[state], options, start[state]) for state in STATES]
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else frames[0]


def curve_frame(state: str, km: KaplanMeier, options: Options, start: float = 0.0) -> pd.DataFrame:
    """Return one state's curve from `start` (months) on, at 1 there; no rows if nobody was in the state."""
    columns = ["state", "time", "at_risk", "events", "censored", "survival", "lower", "upper"]
    if not len(km.time):
        return pd.DataFrame(columns=columns)
    lower, upper = limits(km, options.conf_type, options.conf_level)
    frame = pd.DataFrame(
        {
            "time": km.time,
            "at_risk": km.at_risk,
            "events": km.events,
            "censored": km.censored,
            "survival": km.survival,
            "lower": lower,
            "upper": upper,
        }
    )
    first = pd.DataFrame(
        {"time": [start], "at_risk": [int(km.at_risk[0])], "events": [0], "censored": [0]}
        | {name: [1.0] for name in ("survival", "lower", "upper")}
    )
    return pd.concat([first, thinned(frame)], ignore_index=True).assign(state=state)[columns]


def risk_frame(
    months: NDArray[np.float64], response: NDArray[np.float64], grid: NDArray[np.float64], tie: str
) -> pd.DataFrame:
    """Return how many patients are at risk in each state just before each month of `grid`.

    A patient is in the response state at t if response < t (`tie` "before") or ≤ t ("at"); at the very
    start nobody is, unless the response came at time 0 and counts there.
    """
    exits, moments = months[:, None], grid[None, :]
    there = exits >= moments - 1e-9
    responded = response[:, None] < moments if tie == "before" else response[:, None] <= moments
    counts = {
        "responder": (there & responded).sum(axis=0),
        "non_responder": (there & ~responded).sum(axis=0),
    }
    return pd.concat(
        [pd.DataFrame({"arm": state, "time": grid, "at_risk": counts[state]}) for state in STATES],
        ignore_index=True,
    )
