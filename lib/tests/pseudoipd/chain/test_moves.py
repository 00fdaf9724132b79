"""Each move is reversible under the target: shown on cohorts so small that all their states can be listed."""

import re

import numpy as np
import pytest
from scipy import stats

import tiny_cohorts
from pseudoipd.chain import beside, chains, metropolis, moves
from pseudoipd.model.structs import EVENT, RELAPSE, RELAPSED, RESPONSE, STATE, TIME, UNSEEN

pytestmark = pytest.mark.slow

EVENTS = (1, 1)
DRAWS = {move.code: 48_000 if move.code == moves.OTHER_END else 24_000 for move in moves.MOVES}
"""One way leads to many states, so each of these steps is rare."""
FIRST_LOOK, GRAVE = 6, 1e-4
"""Most slips show in so small a part of the draws, at a P value that hardly any sound move has."""


@pytest.fixture(autouse=True)
def wrapping():
    """The random numbers wrap around at 2^64, of which numpy warns where nothing is compiled."""
    with np.errstate(over="ignore"):
        yield


def changes(move, draws):
    """Make a move so often from many states of two patients; return what became of the first, if anything.

    Their rows before and after [changes, STATE], and the target's probability of each of these steps. States
    are drawn by the root of their probability: by itself it would hardly ever give the rare ones, in which
    some slips show, and all alike the rest.
    """
    x, mass = tiny_cohorts.states(EVENTS)
    model = tiny_cohorts.model(EVENTS)
    p = tiny_cohorts.parameters(model.settings)
    random = np.array([1, 2, 3, 4], dtype=np.uint64)
    chain = chains.new_chain(np.zeros((2, STATE), dtype=np.int64), p, len(EVENTS), len(EVENTS))
    before, after, weight = [], [], []
    share = np.sqrt(mass) / np.sqrt(mass).sum()
    often = np.random.default_rng(1).multinomial(draws, share)
    for state, times, probability in zip(x, often, mass / (draws * share), strict=True):
        if times == 0:
            continue
        chain.x[:] = state
        loss = beside.look_at_all(chain, p, model)
        for _ in range(times):
            patients = moves.pick_patients(random, chain.x, move, model.settings)
            metropolis.reversible_move(random, move, patients, loss, tiny_cohorts.STRICTNESS, chain, p, model)
            if np.array_equal(chain.x, state):
                continue
            if not np.array_equal(chain.x[0], state[0]):
                before.append(state[0])
                after.append(chain.x[0].copy())
                weight.append(probability)
            chain.x[:] = state
            beside.look_at_all(chain, p, model)
    return np.array(before), np.array(after), np.array(weight)


def symmetry(before, after, weight):
    """Return the P value of a test that each change is as probable as its reverse: Bowker's, with weights."""
    _, place = np.unique(np.concatenate([before, after]), axis=0, return_inverse=True)
    flow, variance, count = np.zeros((3, place.max() + 1, place.max() + 1))
    for table, value in ((flow, weight), (variance, weight**2), (count, 1)):
        np.add.at(table, (place[: len(before)], place[len(before) :]), value)
    seen = np.triu(count + count.T >= 20, 1)
    if not seen.any():
        return 1.0
    chi2 = ((flow - flow.T)[seen] ** 2 / (variance + variance.T)[seen]).sum()
    return stats.chi2.sf(chi2, seen.sum())


@pytest.mark.parametrize("move", moves.MOVES, ids=lambda move: re.sub(r"\W+", "-", move.name))
def test_a_move_is_made_as_often_there_as_back(move):
    # In the target a reversible move makes each change as often as its reverse, whatever of the state is
    # looked at. The target is that of `tiny_cohorts`, by formulas that are not the sampler's.
    possible = set(map(tuple, tiny_cohorts.states()[0][:, 0]))
    looks = [[TIME], [EVENT], [RELAPSED], [RELAPSE], [RESPONSE], [UNSEEN], list(range(STATE))]
    for part, least in ((FIRST_LOOK, GRAVE), (1, 1e-3)):
        before, after, weight = changes(move.code, DRAWS[move.code] // part)
        assert len(before) >= 200 // part
        assert set(map(tuple, after)) <= possible
        assert min(symmetry(before[:, look], after[:, look], weight) for look in looks) > least


def test_neighbors_are_shifted_apart_as_often_there_as_back():
    # As the law of the steps is symmetric, so must be that of the pairs: from times drawn uniformly each
    # change is as frequent as its reverse. Patients 0, 1 and 3 have the event; 2, who lies between, has not.
    settings = tiny_cohorts.model().settings._replace(known_survivors=True)
    p = tiny_cohorts.parameters(settings)
    random = np.array([9, 8, 7, 6], dtype=np.uint64)
    rng, roles = np.random.default_rng(2), tiny_cohorts.model().roles
    x = np.zeros((4, STATE), dtype=np.int64)
    x[:, EVENT] = [1, 1, 0, 1]
    drawn = rng.integers(1, 5, (100_000, 4))
    drawn[:, 2] = 2
    after = np.empty_like(drawn)
    for row, times in enumerate(drawn):
        x[:, TIME] = times
        i, j = moves.pick_patients(random, x, moves.SHIFT_APART, settings)
        moves.propose_first(moves.SHIFT_APART, i, j, x, random, roles, settings, p)
        after[row] = x[:, TIME]
    seen = (after != drawn).any(axis=1) & (after >= 1).all(axis=1) & (after <= 4).all(axis=1)
    assert seen.sum() > 3000
    assert (after[:, 2] == 2).all()
    assert symmetry(drawn[seen], after[seen], np.ones(seen.sum())) > 1e-3


def test_moves_are_picked_as_often_as_their_weights_say():
    random = np.array([5, 6, 7, 8], dtype=np.uint64)
    for second in (False, True):
        picked = np.bincount(
            [moves.pick_move(random, second) for _ in range(20_000)], minlength=len(moves.MOVES)
        )
        share = np.array([move.weight for move in moves.MOVES]) / 100
        if second:
            share[:8] *= 0.60
        else:
            share[8:] = 0
        assert np.abs(picked / 20_000 - share).max() < 0.012
