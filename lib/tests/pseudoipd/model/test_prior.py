"""The prior's laws: the table that they are read from, the mean of a piece, visits against their formula."""

import dataclasses
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import beta, kstest, multivariate_normal, norm

from blina_base.errors import InputError
from pseudoipd.chain import hazards
from pseudoipd.model import prior
from pseudoipd.model.structs import TABLE_ROWS

LEARNED = prior.learned("relapse", "median")
LAW = prior.Law(200.0, LEARNED, prior.early(LEARNED), 0.25, prior.visit_law("relapse"))
FIRST = prior.edges(900.0, 200.0)
DISTANCE = prior.log_time_steps(FIRST, 900.0)
PACKED = LAW.packed(FIRST, 900.0)
VISITS = (56.0, 0.3, 4.0)


def visiting(log_hazard):
    """The table of a hazard with the visits of VISITS and a tenth cured."""
    interval, between, spread = VISITS
    theta = [
        *log_hazard,
        math.log(interval),
        math.log(between / (1 - between)),
        math.log(spread),
        -math.log(9),
    ]
    table = np.zeros((TABLE_ROWS, len(FIRST)))
    hazards.tabulate(FIRST, np.array(theta), table)
    return table


@pytest.fixture(scope="module")
def table():
    return visiting(np.random.default_rng(1).normal(-5.5, 0.4, len(FIRST)))


def test_the_mean_of_a_piece_is_that_of_the_learned_hazard_over_it():
    # scipy's quadrature of the stepwise hazard of 100 days' median, on pieces that cut across its steps.
    first = np.array([0.0, 20.0, 75.0, 400.0])
    shape = prior.learned("survival", "median")
    steps = math.log(2) / 100 * np.exp(shape.shape)

    def hazard(day):
        return steps[np.searchsorted(prior.SHAPE_FROM, day / 100, side="right") - 1]

    corners = [100 * x for x in prior.SHAPE_FROM]
    for found, a, b in zip(shape.means(first, 700.0, 100.0), first, (*first[1:], 700.0), strict=True):
        inside = [x for x in corners if a < x < b] or None
        assert math.exp(found) == pytest.approx(quad(hazard, a, b, points=inside)[0] / (b - a), rel=1e-6)


def test_density_is_the_mixture_of_two_normal_laws_and_of_the_visits():
    rng = np.random.default_rng(2)

    def expected(theta):
        pieces, found = len(FIRST), []
        for kind in (LAW.kind, LAW.second):
            walk = np.tri(pieces - 1) @ np.diag(np.full(pieces - 1, kind.step_sd))
            loadings = np.column_stack([
                np.full(pieces, kind.level_sd), kind.trend_sd * np.append(0, np.cumsum(DISTANCE)),
                np.vstack([np.zeros(pieces - 1), walk]),
            ])  # fmt: skip
            law = multivariate_normal(kind.means(FIRST, 900.0, 200.0), loadings @ loadings.T)
            cured = expit(theta[-1])
            found.append(
                law.logpdf(theta[:pieces]) + beta.logpdf(cured, *kind.cured) + np.log(cured * (1 - cured))
            )
        visits, between = LAW.visits, expit(theta[-3])
        return (
            np.logaddexp(math.log(0.75) + found[0], math.log(0.25) + found[1])
            + norm.logpdf(theta[-4], math.log(visits.interval), visits.interval_sd)
            + norm.logpdf(theta[-2], math.log(visits.spread), visits.spread_sd)
            + beta.logpdf(between, *visits.between) + np.log(between * (1 - between))
        )  # fmt: skip

    thetas = []
    for _ in range(6):
        theta = np.zeros(len(FIRST) + 4)
        state = rng.integers(1, 2**60, 4, dtype=np.uint64)
        hazards.draw_hazard(state, DISTANCE, PACKED, theta)
        thetas.append(theta + 0.3 * rng.normal(size=len(theta)))
    ours = [hazards.log_hyper_hazard(theta, DISTANCE, PACKED) for theta in thetas]
    assert np.diff(ours) == pytest.approx(np.diff([expected(theta) for theta in thetas]), rel=1e-9)


def test_draws_follow_the_stated_law():
    state, drawn = np.array([5, 6, 7, 8], dtype=np.uint64), np.zeros((20_000, len(FIRST) + 4))
    for theta in drawn:
        hazards.draw_hazard(state, DISTANCE, PACKED, theta)
    means = [kind.means(FIRST, 900.0, 200.0) for kind in (LAW.kind, LAW.second)]
    wanted = 0.75 * means[0] + 0.25 * means[1]
    assert drawn[:, : len(FIRST)].mean(axis=0) == pytest.approx(wanted, abs=0.05)
    visits = LAW.visits
    for column, law in (
        (drawn[:, -4], norm(math.log(visits.interval), visits.interval_sd)),
        (expit(drawn[:, -3]), beta(*visits.between)),
        (drawn[:, -2], norm(math.log(visits.spread), visits.spread_sd)),
    ):
        assert kstest(column, law.cdf).pvalue > 1e-4


def test_compiled_visits_are_their_formula(table):
    days = np.arange(1.0, 1500.0, 7.0)
    passed = [hazards.visits_passed(day, 56.0, 4.0) for day in days]
    assert passed == pytest.approx(prior.visits_passed(days, 56.0, 4.0), abs=1e-12)
    alive = [hazards.survival_probability(day, table) for day in days]
    log_hazard = np.log(table[1])
    assert alive == pytest.approx(
        prior.survival(prior.warped(days, *VISITS), FIRST, log_hazard, 0.1), rel=1e-12
    )


def test_visits_gather_the_events_and_keep_their_number():
    # Spread 4 around day 56: the logistic law holds 88 % of a visit's events within 2.75 spreads.
    near = prior.visits_passed(np.array([45.0, 67.0]), 56.0, 4.0)
    assert near[1] - near[0] == pytest.approx(0.88, abs=0.01)
    assert prior.visits_passed(np.array([28.0, 84.0, 140.0]), 56.0, 4.0) == pytest.approx([0, 1, 2])
    # By the tenth visit drift has spread them: √10 times as wide.
    late = prior.visits_passed(np.array([549.0, 571.0]), 56.0, 4.0)
    assert late[1] - late[0] < 0.6


def test_days_are_drawn_at_visits_as_the_law_says(table):
    state = np.array([3, 1, 4, 1], dtype=np.uint64)
    days = np.array([hazards.draw_event_day(state, table, 10**6) for _ in range(20_000)])
    at = np.array([20.0, 50.0, 56.0, 62.0, 90.0, 115.0, 300.0])
    expected = [hazards.survival_probability(day, table) for day in at]
    # Four standard errors of a share of 20,000 draws.
    assert [(days > day).mean() for day in at] == pytest.approx(expected, abs=0.015)


HEAD = ",".join(prior.COLUMNS)
GOOD = "survival,median,shape,0,0.0,-1.1,200,690"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{HEAD.replace('exposure', 'time')}\n{GOOD}\n", "column exposure: expected the columns"),
        (f"{HEAD}\n{GOOD}\n{GOOD.replace(',690', ',-690')}\n", "row 3, column exposure: '-690' found"),
        (f"{HEAD}\n{GOOD.replace('survival', 'OSS')}\n", "row 2, column class: 'OSS' found"),
        (f"{HEAD}\n{GOOD.replace('-1.1', 'low')}\n", "row 2, column value: 'low' found; expected a number"),
        (f"{HEAD}\nsurvival,median,step_sd,,,-0.2,,\n", "row 2, column value: '-0.2' found"),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_in_one_line(tmp_path, text, wanted):
    (tmp_path / "prior.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=f"prior.csv, {wanted}" if "row" in wanted else wanted) as refused:
        prior.read(tmp_path / "prior.csv")
    assert "\n" not in str(refused.value)


def test_survival_has_no_visits_and_progression_has():
    assert prior.visit_law("survival") is None
    assert 40 < dataclasses.asdict(prior.visit_law("progression"))["interval"] < 90
