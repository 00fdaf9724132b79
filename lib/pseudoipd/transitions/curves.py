"""Curves by current state (Simon-Makuch) and from a landmark on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pseudoipd.survival.kaplan_meier import FloatArray, KaplanMeier, kaplan_meier
from pseudoipd.transitions.cox import fit, from_fit
from pseudoipd.transitions.risk_sets import check_tie_rule, chi_squared, clean, risk_sets


@dataclass(frozen=True, slots=True, eq=False)
class SimonMakuch:
    """One Kaplan-Meier table per current state, patients entering a state when they change to it.

    `start` is the time from which the curve with response is drawn (the first response); before it
    nobody is at risk there. `changed` patients were ever in the response state.
    """

    with_response: KaplanMeier
    without_response: KaplanMeier
    start: float
    changed: int


def simon_makuch(
    time: ArrayLike, event: ArrayLike, response_time: ArrayLike, *, tie: str = "before"
) -> SimonMakuch:
    """Estimate survival per current state (Simon and Makuch 1984).

    A responder is censored without response at the response and enters the other state there
    (delayed entry). With `tie` "before" a death on the day of response counts as without response.
    """
    check_tie_rule(tie)
    times, died, responses = clean(time, event, response_time)
    changed = responses < times if tie == "before" else responses <= times
    entry = responses[changed]
    # Someone who responds at time 0 was never at risk without response.
    before = ~changed | (responses > 0)
    until = np.where(changed, responses, times)[before]
    return SimonMakuch(
        with_response=kaplan_meier(times[changed], died[changed], entry=entry - _shift(times, tie)),
        without_response=kaplan_meier(until, (died & ~changed)[before]),
        start=float(entry.min()) if len(entry) else float("nan"),
        changed=int(changed.sum()),
    )


def _shift(times: FloatArray, tie: str) -> float:
    """Return by how much entry moves forward: patients are at risk on (entry, time].

    With "at", one who responds at t is at risk at t already. The shift is larger than what counts as
    a tie and smaller than any unit of time in use.
    """
    return 1e-6 * max(1.0, float(times.max(initial=0.0))) if tie == "at" else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """Comparison among those still under observation after the landmark, state fixed there.

    `left_out` = `died_before` + `censored_before` had left by the landmark; `later_responders` are
    counted as non-responders although they responded afterwards. Curves keep time since treatment
    start and are 1 up to the landmark. The hazard ratio is that of responders; `p` the log-rank's.
    """

    at: float
    responders: int
    non_responders: int
    left_out: int
    died_before: int
    censored_before: int
    later_responders: int
    chi2: float
    p: float
    hazard_ratio: float
    lower: float
    upper: float
    with_response: KaplanMeier
    without_response: KaplanMeier


def landmark(
    time: ArrayLike, event: ArrayLike, response_time: ArrayLike, at: float, *, conf_level: float = 0.95
) -> Landmark:
    """Compare responders with non-responders from the landmark `at` (Anderson, Cain, Gelber 1983).

    Only patients followed beyond `at` take part; a responder is one with response_time ≤ at.
    """
    times, died, responses = clean(time, event, response_time)
    stays = times > at
    t, e, responder = times[stays], died[stays], responses[stays] <= at
    sets = risk_sets(t, e, np.where(responder, -np.inf, np.inf))
    chi2, p = chi_squared(*sets.score_test())
    coef, se = fit(sets)
    cox = from_fit(float(coef), float(se), conf_level)
    return Landmark(
        at=float(at),
        responders=int(responder.sum()),
        non_responders=int((~responder).sum()),
        left_out=int((~stays).sum()),
        died_before=int((died & ~stays).sum()),
        censored_before=int((~died & ~stays).sum()),
        later_responders=int((np.isfinite(responses[stays]) & ~responder).sum()),
        chi2=float(chi2),
        p=float(p),
        hazard_ratio=cox.hazard_ratio,
        lower=cox.lower,
        upper=cox.upper,
        with_response=kaplan_meier(t[responder], e[responder]),
        without_response=kaplan_meier(t[~responder], e[~responder]),
    )


def landmark_sweep(
    time: ArrayLike,
    event: ArrayLike,
    response_time: ArrayLike,
    landmarks: ArrayLike,
    *,
    conf_level: float = 0.95,
) -> tuple[Landmark, ...]:
    """Return the landmark comparison at each of `landmarks`."""
    return tuple(
        landmark(time, event, response_time, float(at), conf_level=conf_level)
        for at in np.asarray(landmarks, dtype=np.float64)
    )
