"""The table of conventions in the engine's README: each row recomputed here, and by the R line above it.

R 4.2.2, survival 3.5-3. `t`, `d` of CAMIS, Comp/r-sas_survival.qmd; `x` has one row a patient of
survival::heart.
"""

import re

import numpy as np
import pytest

from blina_base import project
from cohorts_for_survival import heart, lung
from pseudoipd.survival import (
    kaplan_meier,
    limits,
    median_followup,
    quantile,
    quantile_limits,
    rmst,
    survival_at,
)
from pseudoipd.transitions import landmark, mantel_byar, time_dependent_cox

TIMES = [54, 75, 77, 84, 87, 92, 103, 105, 112, 118]
HALF, FALLS = [1] * 5 + [0] * 5, [1] * 5 + [0] * 4 + [1]


def _lung(tau):
    days, died, _, _ = lung()
    value, error = rmst(kaplan_meier(days, died), tau)
    return f"{value:.4f} (SE {error:.4f})"


def _median_and_limits():
    days, died, _, _ = lung()
    low, high = quantile_limits(kaplan_meier(days, died))
    return f"{low:g}–{high:g} (log-log)"


def _landmark(at):
    found = landmark(*heart(), at)
    return f"n {found.responders + found.non_responders}, ratio {found.hazard_ratio:.4f}: out"


def _landmark_response():
    found = landmark(*heart(), 6)
    return f"{found.responders} responders, ratio {found.hazard_ratio:.4f}, χ² {found.chi2:.4f}: in"


def _limits(row, text):
    ends = np.array(
        [limits(kaplan_meier([1, 2, 3, 4, 5], [0, 1, 1, 1, 1]), kind) for kind in ("log-log", "log")]
    )
    assert (ends[..., row] == 1).all() if text == "1" else np.isnan(ends[..., row]).all()
    return text


PAIRS = ([2, 2, 4, 4, 6, 6, 8, 8], [1, 0] * 4)
OURS = {
    # R: print(survfit(Surv(t, d) ~ 1)); quantile(survfit(Surv(t, d) ~ 1), .5)
    "Median, S = 1/2 to the end (CAMIS)": lambda: f"{quantile(kaplan_meier(TIMES, HALF)):g}",
    # R: the same with Surv(1:4, c(1, 1, 0, 0))
    "Median, S = 1/2 to the end (times 1 to 4, two deaths)": lambda: (
        f"{quantile(kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])):g}"
    ),
    # R: d[10] <- 1, then the first line
    "Median, S = 1/2 until the last dies (CAMIS, last one a death)": lambda: (
        f"{quantile(kaplan_meier(TIMES, FALLS)):g}"
    ),
    # R: summary(survfit(Surv(time, status) ~ 1, lung))$table[8:9]; SAS's default by conf.type = "log-log"
    "Median's limits, default type (lung, 310)": _median_and_limits,
    # R: summary(survfit(Surv(t, d) ~ 1), times = 120, extend = TRUE)$surv
    "S(120) beyond the last time, 118 (CAMIS)": lambda: f"{survival_at(kaplan_meier(TIMES, HALF), 120):g}",
    # R: summary(survfit(Surv(time, status) ~ 1, lung), rmean = 2000)$table[5:6]
    "RMST(2000) beyond the last time, 1022 (lung)": lambda: _lung(2000),
    "RMST(1022) at the last time (lung)": lambda: _lung(1022),
    # R: f <- survfit(Surv(1:5, c(0, 1, 1, 1, 1)) ~ 1, conf.type = ct); rbind(f$lower, f$upper)
    "Limits of S before the first event": lambda: _limits(0, "1"),
    "Limits of S where it is 0": lambda: _limits(-1, "none"),
    # R: summary(survfit(Surv(c(2,2,4,4,6,6,8,8), 1 - rep(1:0, 4)) ~ 1))$table["median"]
    "Median follow-up, a death and a censoring at each of 2, 4, 6, 8": lambda: (
        f"{median_followup(*PAIRS):g}: the death leaves first"
    ),
    "Median follow-up, a death and a censoring at 2, a censoring at 4": lambda: (
        f"{median_followup([2, 2, 4], [1, 0, 0]):g}: the death leaves first"
    ),
    # R: r <- as.numeric(x$resp <= L); coxph(Surv(time, event) ~ r, x, subset = time > L)
    "Landmark 30, who leaves on its day (heart)": lambda: _landmark(30),
    "Landmark 90, who leaves on its day (heart)": lambda: _landmark(90),
    # R: survdiff(Surv(time, event) ~ (resp <= 6), x, subset = time > 6)
    "Landmark 6, response on its day (heart)": _landmark_response,
    # R: coxph(Surv(start, stop, event) ~ transplant, heart, ties = "efron")$coef
    "Time-dependent Cox, tied deaths (heart)": lambda: f"{time_dependent_cox(*heart()).coef:.7f} (Efron)",
    # R: coxph(Surv(start, stop, event) ~ transplant, heart)$score
    "Mantel-Byar χ², tied deaths (heart)": lambda: f"{mantel_byar(*heart()).chi2:.7f} (hypergeometric)",
}
"""Case → our value as the table has it."""


def _rows():
    text = (project.root() / "lib" / "pseudoipd" / "README.md").read_text(encoding="utf-8")
    table = text.partition("## Conventions")[2].partition("| case | here |")[2]
    rows = re.findall(r"^\| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", table, re.MULTILINE)
    return {case: (here, r, sas) for case, here, r, sas in rows}


ROWS = _rows()


def test_every_row_of_the_table_is_recomputed():
    assert list(ROWS) == list(OURS)


@pytest.mark.parametrize("case", OURS)
def test_what_is_done_here_is_what_the_table_says(case):
    assert ROWS[case][0] == OURS[case]()


def test_the_other_conventions_give_what_the_table_says_of_r():
    """Those that can be switched on here: R's or SAS's number by our functions."""
    days, died, _, _ = lung()
    low, high = quantile_limits(kaplan_meier(days, died), conf_type="log")
    assert ROWS["Median's limits, default type (lung, 310)"][1] == f"{low:g}–{high:g} (log)"
    breslow = time_dependent_cox(*heart(), cox_ties="breslow").coef
    assert f"{breslow:.7f} (Breslow)" in ROWS["Time-dependent Cox, tied deaths (heart)"][1]
    # Who leaves on the day of the landmark stays in if it is set a hair earlier; who responds on it does not.
    for at in (30, 90):
        time, event, response = heart()
        found = landmark(time, event, np.where(response == at, at - 0.5, response), at - 0.25)
        text = f"n {found.responders + found.non_responders}, ratio {found.hazard_ratio:.4f} with"
        assert text in ROWS[f"Landmark {at}, who leaves on its day (heart)"][1]
    time, event, response = heart()
    found = landmark(time, event, np.where(response == 6, 6.5, response), 6)
    text = f"{found.responders}, {found.hazard_ratio:.4f}, {found.chi2:.4f} with"
    assert text in ROWS["Landmark 6, response on its day (heart)"][1]
