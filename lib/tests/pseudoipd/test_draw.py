"""Requests that travel between processes, chunks ahead of their turn, ensembles taken apart."""

import pickle
from concurrent.futures import Future

import numpy as np

from claims_files import claims
from pseudoipd import engine
from pseudoipd.draw import draw_chunk, request

FEW = claims(("OS", "n", "12"), ("OS", "median", "6.1"), ("RFS", "n", "8"))


def same(one, other):
    return all(
        np.array_equal(getattr(one, part)[name], getattr(other, part)[name])
        for part in ("time", "event", "columns", "origin")
        for name in getattr(one, part)
    ) and np.array_equal(one.draw, other.draw)


def test_a_request_that_was_sent_draws_the_same_cohorts():
    wanted = request(FEW, {"conf_type": "plain"}, 7)
    sent = pickle.loads(pickle.dumps(wanted))
    assert sent is not wanted
    assert same(draw_chunk(sent, 0, 4), draw_chunk(wanted, 0, 4))
    # A process that is sent many chunks of one request unpacks it once.
    assert pickle.loads(pickle.dumps(wanted)) is sent


def test_an_ensemble_taken_apart_and_put_together_is_the_same():
    whole = draw_chunk(request(FEW, None, 7), 0, 6)
    parts = [whole.subset(np.array(rows)) for rows in ([0, 1], [2], [3, 4, 5])]
    assert [len(part) for part in parts] == [2, 1, 3]
    assert same(parts[0].concatenate(parts[1:]), whole)
    assert parts[1].draw.tolist() == [2]


class Ahead:
    """An executor that answers at once and counts what was asked for and not yet given back."""

    def __init__(self):
        self.open = self.most = 0

    def submit(self, chunk, first, last):
        self.open += 1
        self.most = max(self.most, self.open)
        answer = Future()
        answer.set_result([None] * (last - first))
        return answer


def test_no_more_chunks_than_the_window_are_computed_ahead():
    ahead, tried = Ahead(), []
    for _ in engine.chunks(
        request(FEW, None, 7), 300 * engine.CHUNK, ahead, lambda *counts: tried.append(counts)
    ):
        ahead.open -= 1
    assert ahead.most == engine.WINDOW
    assert tried[-1] == (300 * engine.CHUNK, 300 * engine.CHUNK)
    assert len(tried) == 300
