"""When a chain stops, what becomes of one that does not arrive, and how it gets there."""

import numpy as np
import pytest
from scipy import stats

import tiny_cohorts
from claims_files import claims
from pseudoipd import draw
from pseudoipd.chain import assignment, beside, chains, losses, metropolis, parameters, repair
from pseudoipd.chain.keys import MANTEL_BYAR, MEDIAN
from pseudoipd.model.structs import EVENT, GROUPS, NEVER, RESPONSE, STATE, TIME, Counts, Effort, Timing

EFFORT = Effort(structure=0, aimed=0, moves=30, last=10, most=60, strictness=8.0)
BEGIN, RUNS = np.array([[0, 3, 1, 0, 0, 1, 0], [0, 4, 0, 0, 0, 2, 0]]), range(400)


@pytest.fixture(autouse=True)
def wrapping():
    with np.errstate(over="ignore"):
        yield


def generator(seed):
    return np.random.default_rng(seed).integers(1, 2**63, 4).astype(np.uint64)


def run(model, seed, effort=EFFORT):
    """Run a chain of two patients from a course that agrees with the roles; return it and its moves."""
    p = tiny_cohorts.parameters(model.settings)
    chain = chains.new_chain(BEGIN.copy(), p, len(model.timing.endpoint), len(model.timing.statistic))
    return chain, metropolis.run_chain(generator(seed), chain, p, model, effort)


def test_without_claims_a_chain_makes_as_many_moves_as_were_asked_for():
    assert {run(tiny_cohorts.model(), seed)[1] for seed in range(5)} == {EFFORT.moves}


def test_a_chain_that_was_not_there_in_its_last_part_goes_on_to_where_all_claims_hold():
    made = []
    for seed in range(40):
        chain, moves = run(tiny_cohorts.model((1, 2)), seed)
        if moves != metropolis.NOT_FOUND:
            made.append(moves)
            assert chain.x[:, EVENT].sum() == 1
            assert (chain.x[:, EVENT] | chain.x[:, 3]).sum() == 2
    assert min(made) == EFFORT.moves < max(made) < EFFORT.most


def test_a_chain_that_does_not_arrive_is_given_up():
    # Three deaths of two patients.
    assert {run(tiny_cohorts.model((3, 2)), seed)[1] for seed in range(5)} == {metropolis.NOT_FOUND}


def drawn(restarts, draws=24):
    """Draw cohorts of nine patients by chains too short to arrive each time."""
    rows = claims(
        ("OS", "n", "9"), ("OS", "median", "10.0"), ("OS", "followup_median", "20.0"), ("OS", "events", "6"),
        ("OS", "followup_min", "1.2"),
    )  # fmt: skip
    asked = draw.request(rows, None, 1).problem
    model = chains.model_of(asked.roles, asked.timing, asked.settings, asked.counts)
    effort = Effort(structure=0, aimed=30, moves=30, last=3, most=60, strictness=8.0)
    states = np.array([generator(seed) for seed in range(draws)])
    out, moves = chains.draw_cohorts(states, asked.counts, model, asked.start, effort, restarts)
    return model, out, moves


def test_a_chain_that_does_not_arrive_is_counted_and_the_others_meet_all_claims():
    model, out, moves = drawn(restarts=1)
    found = moves != metropolis.NOT_FOUND
    assert 0 < found.sum() < found.size
    assert (moves[found] >= 30).all()
    p = chains.new_parameters(model.settings)
    parameters.tabulate_all(p, model.settings)
    for x in out[found]:
        chain = chains.new_chain(x, p, len(model.timing.endpoint), len(model.timing.statistic))
        assert beside.look_at_all(chain, p, model) < losses.HOLDS


def test_more_restarts_find_more():
    once, often = drawn(1)[-1], drawn(8)[-1]
    assert (often != metropolis.NOT_FOUND).sum() > (once != metropolis.NOT_FOUND).sum()


def small(statistic, low, high, n=8):
    """A chain of patients half of whom respond, and one claim on their first endpoint."""
    model = tiny_cohorts.model()
    one = np.array([0])
    timing = Timing(
        one, np.array([0, 1]), np.array([False]), np.array([statistic == MANTEL_BYAR]), np.array([statistic]),
        np.array([np.nan]), np.array([low]), np.array([high]),
        np.array([False]), np.array([0]), np.zeros((1, 0), int),
    )  # fmt: skip
    model = model._replace(
        roles=np.array([[0, 0, 1, 0, 0, 0, 0, 1]]), timing=timing,
        settings=model.settings._replace(limit=1000, horizon=900.0), second=False,
    )  # fmt: skip
    p = tiny_cohorts.parameters(model.settings)
    x = np.zeros((n, STATE), dtype=np.int64)
    x[:, TIME], x[:, EVENT] = 100 + 20 * np.arange(n), 1
    x[:, RESPONSE] = np.where(np.arange(n) % 2, 29, NEVER)
    return chains.new_chain(x, p, 1, 1), p, model


def test_a_repair_move_puts_the_deciding_patient_into_the_interval():
    # The median of 100, 120 … 240 lies between 160 and 180: either patient moves it by half of the shift.
    for low, high in ((150.0, 155.0), (190.0, 195.0)):
        for seed in range(10):
            chain, p, model = small(MEDIAN, low, high)
            beside.look_at_all(chain, p, model)
            i, j = repair.repair(generator(seed), chain, model)
            assert i == j >= 0
            assert beside.look_at_all(chain, p, model) < losses.time_loss(170.0, low, high)


@pytest.mark.parametrize("larger", [True, False])
def test_a_repair_move_moves_the_test_towards_its_interval(larger):
    repaired = 0
    for seed in range(20):
        chain, p, model = small(MANTEL_BYAR, *((9.0, 10.0) if larger else (-2.0, -1.0)))
        chain.x[:, TIME] = [100, 220, 240, 120, 180, 200, 160, 140]
        beside.look_at_all(chain, p, model)
        i, j = repair.repair(generator(seed), chain, model)
        if i >= 0:
            # A responder and another patient; the later time is the responder's if more is asked for.
            assert (chain.x[i, RESPONSE], chain.x[j, RESPONSE]) == (29, NEVER)
            assert (chain.x[i, TIME] > chain.x[j, TIME]) == larger
            repaired += 1
    assert repaired >= 10


def test_a_claim_that_holds_is_not_repaired():
    chain, p, model = small(MEDIAN, 165.0, 175.0)
    assert beside.look_at_all(chain, p, model) == 0
    assert repair.repair(generator(1), chain, model) == (-1, -1)


# Two columns, each Y or N: types NN, YN, NY, YY. Of four patients two are Y in the first, three in the other.
TYPES = Counts(
    np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32), np.array([2.0, 3.0]), np.array([2.0, 3.0]),
    np.ones(2), np.ones(4, dtype=bool), np.array([1, 2]), np.array([2, 2]), np.array([3, 3, 2, 0]),
)  # fmt: skip


def test_types_are_uniform_over_the_assignments_that_meet_the_counts():
    random, kind, seen = generator(2), TYPES.start.copy(), []
    for _ in range(1200):
        assignment.shuffle_types(random, TYPES, np.zeros((4, GROUPS), dtype=np.int64), 40, kind, False)
        seen.append(tuple(kind))
    # Six ways to choose two of four times four to choose three.
    _, counted = np.unique(seen, axis=0, return_counts=True)
    assert len(counted) == 24
    assert stats.chisquare(counted).pvalue > 1e-3


def test_types_change_only_where_the_times_do_not_care():
    # The first column has a role, the second none.
    roles = np.array([[0], [1], [0], [1]])
    kind, seen = TYPES.start.copy(), set()
    for seed in range(30):
        assignment.shuffle_types(generator(seed), TYPES, roles, 40, kind, True)
        assert np.array_equal(roles[kind, 0], [1, 1, 0, 0])
        seen.add(tuple(kind))
    assert len(seen) == 4


# Last, so that a slip that a short test notices too is noticed there.
@pytest.mark.slow
def test_each_exact_state_of_the_last_part_has_the_same_chance():
    # Of two patients every second state is looked at: after 0, 2 … 10 moves. How often is it the first one?
    def still(moves, last):
        effort = EFFORT._replace(moves=moves, last=last)
        runs = [run(tiny_cohorts.model(), seed, effort)[0].x for seed in RUNS]
        return np.array([np.array_equal(x, BEGIN) for x in runs])

    expected = np.mean([still(moves, 0).mean() for moves in range(0, 11, 2)])
    chosen = still(10, 10)
    assert still(10, 0).mean() < expected - 0.15
    assert abs(chosen.mean() - expected) < 4 * np.sqrt(expected * (1 - expected) / len(chosen))
