"""The one-sample log-rank test of a cohort against a survival function made from printed numbers.

A comparator enters the test as a survival function made from its own printed numbers (`Reference`):
exponential through the median, exponential through an n-year rate, or, where both are printed, a mixture in
which a fraction never dies and the others die at a constant rate. Each is an assumption, not a finding.

The test is that of Breslow (1975), as in R: `survival::survdiff(Surv(time, event) ~ offset(S0))`, with
E = Σ −log S0(t_i) over all patients, chi² = (O − E)² / E on one degree of freedom. The limits of O/E are
the exact ones of a Poisson count.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import optimize, stats

from blina_base.errors import InputError

Floats = npt.NDArray[np.float64]
LN2 = float(np.log(2.0))


@dataclass(frozen=True)
class Reference:
    """Survival function S0(t) = cured + (1 − cured)·exp(−rate·t), t in months; `rate` per month."""

    rate: float
    cured: float = 0.0
    assumption: str = "exponential"

    def survival(self, months: npt.ArrayLike) -> Floats:
        """Return S0 at each time."""
        t = np.asarray(months, dtype=float)
        return np.asarray(self.cured + (1.0 - self.cured) * np.exp(-self.rate * t))

    def cumulative_hazard(self, months: npt.ArrayLike, delay: float = 0.0) -> Floats:
        """Return −log S0 over the time since study entry, given survival of the first `delay` months.

        `delay` is the time by which the comparator's clock is ahead: a series counts from relapse, a trial
        from the start of treatment, and whoever died in between is in the one and not in the other.

        Example: by hand, a constant hazard of ln 2 / 10 a month for 20 months, whatever came before.

        >>> against = reference(median=10.0)
        >>> round(float(against.cumulative_hazard(20)) / LN2, 9)
        2.0
        >>> round(float(against.cumulative_hazard(20, delay=3)) / LN2, 9)
        2.0
        """
        t = np.asarray(months, dtype=float)
        return np.asarray(np.log(self.survival(delay)) - np.log(self.survival(t + delay)))

    def median(self) -> float:
        """Return the median in months; infinite where half or more never die."""
        if self.cured >= 0.5:
            return float("inf")
        return float(np.log((1.0 - self.cured) / (0.5 - self.cured)) / self.rate)


def reference(
    median: float | None = None, rate_percent: float | None = None, at_months: float | None = None
) -> Reference:
    """Return the survival function through what a comparator prints.

    The median alone or a rate alone gives the exponential through it; both give the mixture with a cured
    fraction, or, where the printed rate lies below the exponential through the median, that exponential.
    `rate_percent` in %, times in months. Raises InputError where neither is given.

    Reference: Berkson and Gage, J Am Stat Assoc 1952;47:501, for the mixture.
    Example: by hand, cured .2: of the others .375 live at 6 months; S(12) = .2 + .8 · .375² = .3125.

    >>> against = reference(median=6.0, rate_percent=31.25, at_months=12.0)
    >>> round(against.cured, 9), against.survival([6, 12]).round(9).tolist(), round(against.median(), 9)
    (0.2, [0.5, 0.3125], 6.0)
    """
    if median is not None and rate_percent is not None and at_months is not None:
        return _mixture(median, rate_percent / 100.0, at_months)
    if median is not None:
        return Reference(LN2 / median, assumption="exponential through the median")
    if rate_percent is not None and at_months is not None:
        rate = -float(np.log(rate_percent / 100.0)) / at_months
        return Reference(rate, assumption=f"exponential through the rate at {at_months:g} months")
    raise InputError("a comparator needs a printed median, or a survival rate with its time")


def _mixture(median: float, survival: float, at: float) -> Reference:
    """Return the cured-fraction mixture with S(median) = 1/2 and S(at) = survival."""

    def excess(cured: float) -> float:
        alive = (0.5 - cured) / (1.0 - cured)
        return float(cured + (1.0 - cured) * alive ** (at / median) - survival)

    if excess(0.0) >= 0.0:
        return Reference(LN2 / median, assumption="exponential through the median")
    cured = float(optimize.brentq(excess, 0.0, min(survival, 0.5)))
    rate = float(np.log((1.0 - cured) / (0.5 - cured)) / median)
    return Reference(rate, cured, "a fraction cured, the others exponential")


@dataclass(frozen=True)
class OneSampleLogRank:
    """Deaths observed and expected under a reference, with chi² (1 df), p, and O/E with its limits."""

    observed: float
    expected: float
    chi2: float
    p: float
    ratio: float
    ratio_lower: float
    ratio_upper: float


def one_sample_logrank(
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    against: Reference,
    *,
    delay: float = 0.0,
    conf_level: float = 0.95,
) -> OneSampleLogRank:
    """Test one cohort against a reference; `time` in months, `event` true for a death [patients].

    E = Σ -log S0(t_i) over all patients, dead or alive; chi² = (O - E)² / E on one degree of freedom; O/E
    with the limits of a Poisson count O, divided by E. `delay` as in `Reference.cumulative_hazard`.

    Reference: Breslow, Int Stat Rev 1975;43:45.
    Example: by hand, E = ln 2 · (10 + 20 + 30) / 10. R 4.2.2, survival 3.5-3: S0 <- 2^(-c(10, 20, 30) / 10);
    survdiff(Surv(c(10, 20, 30), c(1, 1, 0)) ~ offset(S0)) has exp 4.158883083, p 0.2897721274;
    poisson.test(2, 6 * log(2))$conf.int is 0.05823902084 1.73717017837

    >>> found = one_sample_logrank([10, 20, 30], [1, 1, 0], reference(median=10.0))
    >>> round(found.expected, 9), round(found.p, 9)
    (4.158883083, 0.289772127)
    >>> round(found.ratio_lower, 9), round(found.ratio_upper, 9)
    (0.058239021, 1.737170178)
    """
    observed = float(np.sum(np.asarray(event, dtype=bool)))
    expected = float(np.sum(against.cumulative_hazard(time, delay)))
    lower, upper = poisson_limits(observed, conf_level)
    chi2 = (observed - expected) ** 2 / expected
    return OneSampleLogRank(
        observed,
        expected,
        chi2,
        float(stats.chi2.sf(chi2, 1)),
        observed / expected,
        lower / expected,
        upper / expected,
    )


def poisson_limits(count: float, conf_level: float = 0.95) -> tuple[float, float]:
    """Return the exact limits of a Poisson mean.

    χ²(α/2; 2·count) / 2, which is 0 for no event, and χ²(1 - α/2; 2·count + 2) / 2, quantiles of chi-squared.

    Reference: Garwood, Biometrika 1936;28:437.
    Example: R 4.2.2: poisson.test(18)$conf.int is 10.66794078 28.44776027, poisson.test(0)$conf.int
    0 3.688879454

    >>> [round(limit, 8) for limit in (*poisson_limits(18), *poisson_limits(0))]
    [10.66794078, 28.44776027, 0.0, 3.68887945]
    """
    tail = (1.0 - conf_level) / 2.0
    lower = stats.chi2.ppf(tail, 2.0 * count) / 2.0 if count > 0 else 0.0
    return float(lower), float(stats.chi2.ppf(1.0 - tail, 2.0 * count + 2.0) / 2.0)


def over_cohorts(
    time: npt.ArrayLike, event: npt.ArrayLike, against: Reference, *, delay: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Return observed, expected and p of each cohort; `time` (months) and `event` are draws × patients.

    A negative time stands for a patient without the endpoint and counts for nothing.

    Example: R's numbers of `one_sample_logrank`, with a fourth patient who is not there.

    >>> found = over_cohorts([[10, 20, 30, -1]], [[1, 1, 0, 0]], reference(median=10.0))
    >>> [value.round(9).tolist() for value in found]
    [[2.0], [4.158883083], [0.289772127]]
    """
    t = np.asarray(time, dtype=float)
    present = t >= 0.0
    observed = np.sum(np.asarray(event, dtype=bool) & present, axis=-1).astype(float)
    hazard = against.cumulative_hazard(np.where(present, t, 0.0), delay)
    expected = np.asarray(np.sum(hazard, axis=-1))
    p = np.asarray(stats.chi2.sf((observed - expected) ** 2 / expected, 1))
    return observed, expected, p
