"""Cox regression on one binary state that may begin after time 0; Efron's or Breslow's ties."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import erfc

from pseudoipd.survival.kaplan_meier import FloatArray, kaplan_meier
from pseudoipd.survival.limits import normal_quantile
from pseudoipd.transitions.risk_sets import RiskSets, chi_squared, clean, risk_sets

COX_TIES = ("efron", "breslow")


@dataclass(frozen=True, slots=True)
class Cox:
    """Hazard with the response relative to without: log hazard ratio, its error, Wald limits and P.

    If no death, or every death that could tell, falls in one state, the estimate is infinite: then
    `se` is inf, the limits are 0 and inf and `p` is nan.
    """

    coef: float
    se: float
    hazard_ratio: float
    lower: float
    upper: float
    p: float
    conf_level: float


def time_dependent_cox(
    time: ArrayLike,
    event: ArrayLike,
    response_time: ArrayLike,
    *,
    tie: str = "before",
    cox_ties: str = "efron",
    conf_level: float = 0.95,
) -> Cox:
    """Fit the hazard ratio of the response state, the response being a time-dependent covariate.

    h(t) = h₀(t) exp(β x(t)), x(t) 1 from the response on. `tie` as in `mantel_byar`; "before" is R's coxph on
    (start, stop]. `cox_ties`: how tied deaths enter the partial likelihood, "efron" (R's default) or
    "breslow" (that of SAS). Raises ValueError for another rule.

    Reference: Cox 1972; Crowley and Hu, J Am Stat Assoc 1977;72:27; Efron 1977; Breslow 1974.
    Example: R: summary(coxph(Surv(start, stop, event) ~ r, x)): exp(coef) 1.302775638, lower .95
    0.1169382304, upper .95 14.51385366, Pr(>|z|) 0.829727092; ties = "breslow": exp(coef) 1.137458609

    >>> time, event, response = [5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.inf]
    >>> found = time_dependent_cox(time, event, response)
    >>> [round(x, 6) for x in (found.hazard_ratio, found.lower, found.upper, found.p)]
    [1.302776, 0.116938, 14.513854, 0.829727]
    >>> round(time_dependent_cox(time, event, response, cox_ties="breslow").hazard_ratio, 6)
    1.137459
    """
    sets = risk_sets(*clean(time, event, response_time), tie)
    coef, se = fit(sets, cox_ties)
    return from_fit(float(coef), float(se), conf_level)


def from_fit(coef: float, se: float, conf_level: float) -> Cox:
    """Return the result of a coefficient and its standard error: exp(β), exp(β ± z·se), P of |β| / se.

    Example: by hand, a ratio of 2 whose lower limit is 1 has P = 0.05.

    >>> found = from_fit(float(np.log(2)), float(np.log(2)) / normal_quantile(0.95), 0.95)
    >>> [round(x, 6) for x in (found.hazard_ratio, found.lower, found.upper, found.p)]
    [2.0, 1.0, 4.0, 0.05]
    """
    z = normal_quantile(conf_level)
    if not np.isfinite(se):
        ratio = float("nan") if np.isnan(coef) else (0.0 if coef < 0 else float("inf"))
        return Cox(coef, se, ratio, 0.0, float("inf"), float("nan"), conf_level)
    lower, ratio, upper = (float(np.exp(coef + shift * se)) for shift in (-z, 0.0, z))
    return Cox(coef, se, ratio, lower, upper, float(erfc(abs(coef / se) / np.sqrt(2))), conf_level)


def fit(sets: RiskSets, cox_ties: str = "efron") -> tuple[FloatArray, FloatArray]:
    """Maximise the partial likelihood; risk sets with leading axes are fitted side by side.

    Of each death, with w = exp(β): β·own - log(a w + b), a with response and b without at risk; Efron takes
    from them k/d of the d who die together (k = 0 … d - 1), Breslow nothing. Newton steps on a concave
    function of one variable. Returns coefficient and standard error: (±inf, inf) where the likelihood rises
    for ever, (nan, inf) where no death compares the two states.

    Reference: Efron, J Am Stat Assoc 1977;72:557; Breslow, Biometrics 1974;30:89.
    Example: by hand, Efron's score 1 - w / (w + 3) - w / (w + 2) - w / (w + 3) is 0 at w = (√13 - 1) / 2.

    >>> sets = risk_sets(*clean([5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.inf]))
    >>> round(float(np.exp(fit(sets)[0])) - (13**0.5 - 1) / 2, 9)
    0.0
    """
    if cox_ties not in COX_TIES:
        raise ValueError(f"cox_ties must be one of {', '.join(COX_TIES)}, not {cox_ties!r}")
    share = sets.order / np.maximum(sets.d, 1) if cox_ties == "efron" else np.zeros_like(sets.order)
    with_response = sets.n1 - share * sets.d1
    without = (sets.n - sets.n1) - share * (sets.d - sets.d1)
    # Efron's shares leave rounding errors where a state is empty.
    with_response = np.where(with_response < 1e-9, 0.0, with_response)
    without = np.where(without < 1e-9, 0.0, without)
    observed = (sets.own * sets.counts).sum(axis=-1)
    highest = (sets.counts * (with_response > 0)).sum(axis=-1)
    lowest = (sets.counts * (without <= 0)).sum(axis=-1)
    beta = _newton(sets.counts, with_response, without, observed)
    _, information = _derivatives(beta, sets.counts, with_response, without, observed)
    silent, falling, rising = highest <= lowest, observed <= lowest, observed >= highest
    coef = np.where(silent, np.nan, np.where(falling, -np.inf, np.where(rising, np.inf, beta)))
    finite = ~(silent | falling | rising)
    se = np.where(finite, 1 / np.sqrt(np.where(finite, information, 1.0)), np.inf)
    return coef, se


def proportional_hazards(
    time: ArrayLike,
    event: ArrayLike,
    response_time: ArrayLike,
    *,
    tie: str = "before",
    cox_ties: str = "efron",
) -> tuple[float, float]:
    """Test whether the ratio of `time_dependent_cox` stays the same over time: χ² on one df and P.

    Score test of γ = 0 in h(t) = h₀(t) exp((β + γ g(t)) x(t)), g being 1 less the Kaplan-Meier estimate just
    before t: U = Σ g (own - e) over deaths, V = Σ g² v - (Σ g v)² / Σ v, e and v mean and variance of x in
    the risk set at the estimate. nan where the estimate is not finite, or no death can tell.

    Reference: Grambsch and Therneau, Biometrika 1994;81:515; R's cox.zph, which has this g by default.
    Example: R: cox.zph(coxph(Surv(start, stop, event) ~ r, x))$table[1, c(1, 3)] is 0.637993956658
    0.424438149362

    >>> found = proportional_hazards([5, 10, 10, 12], [1, 1, 1, 0], [5, 3, np.inf, np.inf])
    >>> [round(value, 7) for value in found]
    [0.637994, 0.4244381]
    """
    times, died, responses = clean(time, event, response_time)
    sets = risk_sets(times, died, responses, tie)
    coef, se = fit(sets, cox_ties)
    if not np.isfinite(se):
        return float("nan"), float("nan")
    share = sets.order / np.maximum(sets.d, 1) if cox_ties == "efron" else np.zeros_like(sets.order)
    weight = (sets.n1 - share * sets.d1) * np.exp(coef)
    mean = weight / (weight + (sets.n - sets.n1) - share * (sets.d - sets.d1))
    variance = mean * (1 - mean)
    # The last g of a run of tied deaths is that of the first: the estimate just before they die.
    km = kaplan_meier(times, died)
    deaths = np.sort(times[died])
    g = 1 - np.concatenate([[1.0], km.survival])[np.searchsorted(km.time, deaths, side="left")]
    score = float((g * (sets.own - mean)).sum())
    left = float((g**2 * variance).sum() - (g * variance).sum() ** 2 / variance.sum())
    chi2, p = chi_squared(np.array(score), np.array(0.0), np.array(max(left, 0.0)))
    return float(chi2), float(p)


def _newton(counts: FloatArray, a: FloatArray, b: FloatArray, observed: FloatArray) -> FloatArray:
    beta = np.zeros(observed.shape)
    # Sixty steps of at most 1.5 reach the bounds of ±30 from 0; the loop ends at convergence.
    for _ in range(60):
        score, information = _derivatives(beta, counts, a, b, observed)
        # A full Newton step can overshoot where the information is small, and 0 / 0 is no step.
        step = np.clip(score / np.maximum(information, 1e-12), -1.5, 1.5)
        # Where the likelihood rises for ever the estimate is replaced afterwards; do not overflow.
        beta = np.clip(beta + step, -30, 30)
        if np.all(np.abs(step) < 1e-11) or not step.size:
            break
    return beta


def _derivatives(
    beta: FloatArray, counts: FloatArray, a: FloatArray, b: FloatArray, observed: FloatArray
) -> tuple[FloatArray, FloatArray]:
    weight = a * np.exp(np.asarray(beta))[..., None]
    total = np.maximum(weight + b, 1e-300)
    expected = weight / total
    score = observed - (expected * counts).sum(axis=-1)
    return score, np.asarray((expected * (1 - expected) * counts).sum(axis=-1))
