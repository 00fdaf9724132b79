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

    Kaplan-Meier by state: a responder is censored without response at the response and enters the other
    state there (delayed entry), at risk on (response, time]. With `tie` "before" a death on the day of
    response counts as without response. Raises ValueError for another rule.

    Reference: Simon and Makuch, Stat Med 1984;3:35.
    Example: by hand, without response A dies among A, C, D, then C of C, D; with response B, alone, dies.
    R: summary(survfit(Surv(start, stop, event) ~ r, x), censored = TRUE): survival 1, .666667, .333333,
    .333333 in r=0 and 0 in r=1

    >>> found = simon_makuch([5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.inf])
    >>> found.without_response.survival.round(6).tolist(), found.with_response.survival.tolist()
    ([1.0, 0.666667, 0.333333, 0.333333], [0.0])
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
    """Compare responders with non-responders from the landmark `at` on (log-rank, Cox, Kaplan-Meier).

    Only patients followed beyond it (time > at) take part; a responder is one with response_time ≤ at, and
    whoever responds later is compared as a non-responder. R and SAS have no such function; who leaves on the
    day of the landmark is a matter of > or ≥ in the user's program. Ties of deaths: Efron's.

    Reference: Anderson, Cain and Gelber, J Clin Oncol 1983;1:710.
    Example: R: survdiff(Surv(c(5, 10, 10, 12), c(1, 1, 1, 0)) ~ c(0, 1, 0, 0)) has chisq 0.01694915254,
    exp(coef) of coxph is 1.302775638. By hand: on the day of A's death A counts nowhere.

    >>> time, event, response = [5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.inf]
    >>> found = landmark(time, event, response, at=3)
    >>> found.responders, found.later_responders, round(found.chi2, 8), round(found.hazard_ratio, 6)
    (1, 1, 0.01694915, 1.302776)
    >>> landmark(time, event, response, at=5).left_out
    1
    """
    times, died, responses = clean(time, event, response_time)
    # Strictly beyond: who dies or is last seen on the day of the landmark has nothing left to compare.
    stays = times > at
    t, e, responder = times[stays], died[stays], responses[stays] <= at
    # The state is fixed: responders had it before any time, the others never get it.
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
    """Return the landmark comparison at each of `landmarks` [landmarks], in their order.

    Example: by hand, one of the four has left by day 5, three by day 11.

    >>> swept = landmark_sweep([5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.inf], [4, 5, 11])
    >>> [found.left_out for found in swept]
    [0, 1, 3]
    """
    return tuple(
        landmark(time, event, response_time, float(at), conf_level=conf_level)
        for at in np.asarray(landmarks, dtype=np.float64)
    )
