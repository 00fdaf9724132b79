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
    """Test whether the hazards of all arms are equal (hypergeometric covariance, R's survdiff).

    `order` lists the arms as they are to be shown; the default is the alphabet.
    `chi2` and `p` are nan with fewer than two arms or no death that compares them.
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
    share = present / np.maximum(n, 1)
    weight = d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag(share @ weight) - (share * weight) @ share.T
    difference = (deaths - share * d).sum(axis=1)
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

    Columns arm, reference, hazard_ratio, lower, upper, p. Fitted by lifelines; an arm without a death
    has no finite estimate, and its row holds nan.
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
        try:
            fitter.fit(frame, duration_col="time", event_col="event", fit_options={"precision": 1e-10})
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
