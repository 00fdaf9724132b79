"""Comparison of arms: the k-sample log-rank test, and Cox's hazard ratios against the first arm."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from pseudoipd.survival.kaplan_meier import FloatArray, at_risk, snap_ties

MANY = 10_000
"""Patients from which on several are taken to have the event on one day, whatever the trial."""


@dataclass(frozen=True, slots=True)
class LogRank:
    """Deaths observed and expected per arm, in the order of `arms`, and the test of equal hazards."""

    arms: tuple[str, ...]
    n: tuple[int, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]
    chi2: float
    df: int
    p: float


def logrank(time: ArrayLike, event: ArrayLike, arm: ArrayLike, order: Sequence[str] | None = None) -> LogRank:
    """Test whether the hazards of all arms are equal (R's survdiff); `arm` [patients] is a label each.

    E_j = Σ over death times of d n_j / n; chi² = (O - E)ᵀ V⁻ (O - E), V the hypergeometric covariance
    Σ d (n - d) / (n - 1) · (n_j / n) (δ_jk - n_k / n), on rank(V) degrees of freedom.
    `order` lists the arms as they are to be shown; the default is the alphabet. `chi2` and `p` are nan with
    fewer than two arms or no death that compares them.

    Reference: Mantel, Cancer Chemother Rep 1966;50:163; Peto and Peto 1972.
    Example: by hand, E_a = 1/2 + 1/3 + 1/2, V = 1/4 + 2/9 + 1/4, chi² = (2/3)² / V = 8/13.
    R: survdiff(Surv(1:4, c(1, 1, 1, 0)) ~ c("a", "b", "a", "b")) has chisq 0.6153846154, p 0.4327675807

    >>> found = logrank([1, 2, 3, 4], [1, 1, 1, 0], ["a", "b", "a", "b"])
    >>> found.observed, np.round(found.expected, 4).tolist(), round(found.chi2, 6), round(found.p, 6)
    ((2.0, 1.0), [1.3333, 1.6667], 0.615385, 0.432768)
    """
    times, died = snap_ties(time), np.asarray(event, dtype=bool)
    labels = np.asarray(arm).astype(str)
    arms = tuple(order or sorted(set(labels.tolist())))
    moments, row = np.unique(times[died], return_inverse=True)
    deaths = np.array(
        [np.bincount(row[labels[died] == name], minlength=len(moments)) for name in arms], dtype=np.float64
    )
    present = np.array([at_risk(times[labels == name], moments) for name in arms], dtype=np.float64)
    d, n = deaths.sum(axis=0), present.sum(axis=0)
    # Both maxima only keep 0 / 0 away: with n = 1 the factor n - d is 0, and without a death so is d.
    share = present / np.maximum(n, 1)
    weight = d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag(share @ weight) - (share * weight) @ share.T
    difference = (deaths - share * d).sum(axis=1)
    # O - E adds up to 0 over the arms, so V is singular: the pseudo-inverse, and its rank as degrees of
    # freedom (arms that are never at risk together with another at a death count for none).
    rank = int(np.linalg.matrix_rank(covariance)) if len(arms) > 1 and len(moments) else 0
    chi2 = float(difference @ np.linalg.pinv(covariance) @ difference) if rank else float("nan")
    return LogRank(
        arms=arms,
        n=tuple(int((labels == name).sum()) for name in arms),
        observed=tuple(deaths.sum(axis=1).tolist()),
        expected=tuple((share * d).sum(axis=1).tolist()),
        chi2=chi2,
        df=rank,
        p=float(chdtrc(rank, chi2)) if rank else float("nan"),
    )


def hazard_ratios(
    time: ArrayLike,
    event: ArrayLike,
    arm: ArrayLike,
    conf_level: float = 0.95,
    order: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Return the hazard ratio of each arm against the first (of `order`, or the alphabet), Efron's ties.

    exp(β_j) of the Cox model h(t) = h₀(t) exp(β_arm), limits exp(β ± z·se), Wald's p. Columns arm,
    reference, hazard_ratio, lower, upper, p. Fitted by lifelines; an arm without a death has no finite
    estimate, and its row holds nan (all rows, where it is the first).

    Reference: Cox 1972; Efron, J Am Stat Assoc 1977;72:557. Also R's default; SAS's is Breslow's.
    Example: R: summary(coxph(Surv(1:4, c(1, 1, 1, 0)) ~ c("a", "b", "a", "b"))): exp(coef) 0.3903882,
    lower .95 0.03433894, upper .95 4.438196, Pr(>|z|) 0.44821

    >>> found = hazard_ratios([1, 2, 3, 4], [1, 1, 1, 0], ["a", "b", "a", "b"]).round(4)
    >>> found[["hazard_ratio", "lower", "upper", "p"]].values.tolist()
    [[0.3904, 0.0343, 4.4382, 0.4482]]
    """
    labels = np.asarray(arm).astype(str)
    died = np.asarray(event, dtype=bool)
    arms = list(order or sorted(set(labels.tolist())))
    told = [name for name in arms if died[labels == name].any()]
    blank = {"hazard_ratio": np.nan, "lower": np.nan, "upper": np.nan, "p": np.nan}
    fitted = _cox(snap_ties(time), died, labels, told, conf_level) if told and told[0] == arms[0] else {}
    rows = [{"arm": name, "reference": arms[0], **fitted.get(name, blank)} for name in arms[1:]]
    return pd.DataFrame(rows, columns=["arm", "reference", *blank])


def _cox(
    time: FloatArray, died: NDArray[np.bool_], labels: NDArray[np.str_], told: list[str], conf_level: float
) -> dict[str, dict[str, float]]:
    from lifelines import CoxPHFitter
    from lifelines.exceptions import ConvergenceError, ConvergenceWarning

    if len(told) < 2:
        return {}
    kept = np.isin(labels, told)
    frame = pd.DataFrame({f"arm {name}": (labels[kept] == name).astype(float) for name in told[1:]})
    frame = frame.assign(time=time[kept], event=died[kept])
    fitter = CoxPHFitter(alpha=1 - conf_level)
    with warnings.catch_warnings():
        # Arms that do not overlap in time only make the estimate large, which its limits say.
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        # lifelines stops at 1e-7 by default; R's coxph goes on to 1e-9 of the log likelihood.
        precise = {"precision": 1e-10}
        # Day by day is several times as fast where many share one, which lifelines does not guess.
        by_day = True if len(frame) > MANY else None
        try:
            fitter.fit(frame, "time", "event", fit_options=precise, batch_mode=by_day)
        except ConvergenceError:
            return {}
    with np.errstate(over="ignore"):
        limits = np.exp(fitter.confidence_intervals_)
    # By name: the order of lifelines' coefficients is its own.
    return {
        name: {
            "hazard_ratio": float(fitter.hazard_ratios_[f"arm {name}"]),
            "lower": float(limits.loc[f"arm {name}"].iloc[0]),
            "upper": float(limits.loc[f"arm {name}"].iloc[1]),
            "p": float(fitter.summary.loc[f"arm {name}", "p"]),
        }
        for name in told[1:]
    }
