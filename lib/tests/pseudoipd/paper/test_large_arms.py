"""Arms of hundreds: where their chains begin, several cohorts of one chain, what is tried at once."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from claims_files import claims
from pseudoipd import draw, engine, judge
from pseudoipd.chain import turns
from pseudoipd.chain.random_numbers import normal
from pseudoipd.draw import request
from pseudoipd.model import anchors
from pseudoipd.paper import drawing, together
from pseudoipd.paper.reading import Comparison
from pseudoipd.paper.together import Together


def ratio(printed, lower="", upper=""):
    """A hazard ratio of two arms and its limits, if there are any."""
    rows = zip(("", "_lower", "_upper"), (printed, lower, upper), strict=True)
    return tuple(
        Comparison(one, 0, 1, "OS")
        for one in claims(*(("OS", f"hazard_ratio{name}", text) for name, text in rows if text))
    )


def arms(*medians):
    """Requests for arms of 40 patients."""
    rows = [(("OS", "n", "40"), ("OS", "median", one)) for one in medians]
    return tuple(request(claims(*own), None, seed, 2000) for seed, own in enumerate(rows))


def test_several_cohorts_of_a_chain_meet_all_claims_and_the_first_is_that_of_a_chain_of_its_own():
    alone = Together(arms("20.1", "12.3"), ratio("0.66"))
    many = replace(alone, of_chain=3)
    own, first, second = alone.chunk(0, 1), many.chunk(0, 3), many.chunk(3, 6)
    for k, asked in enumerate(many.requests):
        assert (first[k].time["OS"][0] == own[k].time["OS"][0]).all()
        assert (second[k].time["OS"][0] == alone.chunk(3, 4)[k].time["OS"][0]).all()
        assert len(np.unique(np.sort(first[k].time["OS"]), axis=0)) == 3
        found = judge.verdicts(
            first[k], asked.problem.used, asked.problem.assumptions, asked.problem.vocabulary
        )
        assert found.all()
    hr = together.values_of(first, many.comparisons)["hazard_ratio_0"]
    assert ((hr >= 0.655) & (hr < 0.665)).all()


def test_what_is_tried_at_once_says_the_same(monkeypatch):
    monkeypatch.setattr(together, "PROBES", ((4, 4), (1,)))
    with ThreadPoolExecutor(2) as pool:
        for printed, possible in (("0.66", True), ("40", False)):
            one = Together(arms("20.1", "12.3"), ratio(printed))
            assert one.found(pool) == one.found() == possible


# The printed numbers of KEYNOTE-189: Gandhi et al., N Engl J Med 2018;378:2078-92.
PEMBROLIZUMAB = (410, ("69.2", "64.1", "73.8"))
PLACEBO = (206, ("49.4", "42.1", "56.2"))


def test_limits_of_ratio_and_survival_tell_how_long_patients_were_followed():
    requests = []
    for n, shares in (PEMBROLIZUMAB, PLACEBO):
        rows = zip(("", "_lower", "_upper"), shares, strict=True)
        own = claims(("OS", "n", str(n)), *(("OS", f"survival{name}", text, 12) for name, text in rows))
        requests.append(draw.request(own, None, 1))
    asked = Together(tuple(requests), ratio("0.49", "0.38", "0.64"))
    for one in together.near_in_events(asked).requests:
        # Followed for 0.2 to 20.4 months, the median being 10.5 (the same).
        assert np.exp(one.problem.start.cens[0]) / 30.4375 == pytest.approx(20.4, rel=0.15)
    # Where arms have a follow-up of their own, nothing else is made of it.
    told = request(
        claims(("OS", "n", "410"), ("OS", "median", "20"), ("OS", "followup_median", "30")), None, 1
    )
    known = replace(asked, requests=(told, requests[1]))
    assert together.near_in_events(known).requests == known.requests


def unreached(**more):
    """A request whose chains begin at a guess of follow-up: the upper limit of the median is not reached."""
    rows = [("OS", "n", "40"), ("OS", "median", "12.0"), ("OS", "median_upper", "NR")]
    return request(claims(*rows, *(("OS", name, text) for name, text in more.items())), None, 1, 200)


def followed(start):
    """Longest and shortest follow-up in days, shape of accrual."""
    longest, share, shape = start.cens
    return np.exp(longest), np.exp(longest) / (1 + np.exp(-share)), np.exp(shape)


def test_a_start_elsewhere_has_the_longest_follow_up_of_its_prior_and_the_median_of_the_guess():
    problem = unreached().problem
    guess = problem.start._replace(cens=anchors.packed((800.0, 240.0, 1.3)))
    # P(C > t) = ((b - t) / (b - a))^shape is 1/2 at 800 - 560 · 0.5^(1 / 1.3) = 800 - 560 · 0.58673.
    middle = 471.43
    for deviate in (-1.0, 0.0, 1.5):
        longest, shortest, shape = followed(anchors.dispersed(guess, problem.hyper, deviate))
        drawn = problem.hyper.longest * np.exp(problem.hyper.longest_sd * deviate)
        assert longest == pytest.approx(drawn)
        assert ((longest - middle) / (longest - shortest)) ** shape == pytest.approx(0.5, abs=1e-4)
    # By far too short: half are followed beyond the median, and somebody beyond the last printed time.
    longest, *_ = followed(anchors.dispersed(guess, problem.hyper, -9.0))
    assert longest == pytest.approx(1.1 * middle, rel=1e-4)
    late = guess._replace(days=np.array([0.0, 700.0]), hazard=np.array([0.0, 1.0]))
    assert followed(anchors.dispersed(late, problem.hyper, -9.0))[0] == pytest.approx(1.05 * 700)


def test_no_start_is_elsewhere_where_the_longest_follow_up_is_printed_or_nothing_tells_of_it():
    printed = unreached(followup_max="20").problem
    assert anchors.dispersed(printed.start, printed.hyper, 1.0) is printed.start
    untold = arms("20.1")[0].problem
    assert anchors.dispersed(untold.start, untold.hyper, 1.0) is untold.start
    for asked in (unreached(followup_max="20"), arms("20.1")[0]):
        assert Together((asked,), of_chain=2)._arms()[0].dispersed is None


def begun_at(monkeypatch, drawer, draws, restarts):
    """Longest follow-ups at which chains are begun, none of which finds a cohort."""
    found, real = [], turns.draw_initial_state

    def noted(random, chain, p, model, start, *curves):
        found.append(float(followed(start)[0]))
        real(random, chain, p, model, start, *curves)

    monkeypatch.setattr(turns, "draw_initial_state", noted)
    monkeypatch.setattr(turns._Run, "exact", lambda run, place: False)
    assert len(drawer.chunk(0, draws, restarts)[0]) == 0
    return np.array(found).reshape(draws, -1)


def test_each_chain_of_several_cohorts_begins_elsewhere_and_at_the_guess_if_that_was_in_vain(monkeypatch):
    asked = unreached()
    found = begun_at(monkeypatch, Together((asked,), of_chain=2), 4, 3)
    own, *_ = followed(asked.problem.start)
    assert (found[:, 1:] == own).all()
    # Cohorts 1 and 3 begin anew, by what is left of the random numbers of 0 and 2.
    assert len(set(found[:, 0])) == 4
    assert own not in found[:, 0]
    first = [normal(draw.stream(asked.seed, number)) for number in (0, 2)]
    drawn = [followed(anchors.dispersed(asked.problem.start, asked.problem.hyper, one))[0] for one in first]
    assert found[[0, 2], 0] == pytest.approx(drawn, rel=1e-12)


def test_what_is_not_met_from_a_start_elsewhere_is_not_sought_there_for_long(monkeypatch):
    asked, moved = replace(unreached(), moves=4_000), []
    begin, move = turns._Run.begin, turns._Run.move

    def begun(run, random, times):
        moved.append(0)
        begin(run, random, times)

    def counted(run, random, turn, some, *more):
        moved[-1] += some
        move(run, random, turn, some, *more)

    monkeypatch.setattr(turns._Run, "begin", begun)
    monkeypatch.setattr(turns._Run, "move", counted)
    monkeypatch.setattr(turns._Run, "exact", lambda run, place: False)
    Together((asked,), of_chain=2).chunk(0, 1, 2)
    # A length and the fifth in which a cohort may be taken; from the guess two and a half lengths.
    assert np.array(moved) / asked.problem.effort(asked.moves).moves == pytest.approx([1.2, 2.5], rel=0.02)


def test_a_chain_of_one_cohort_begins_at_the_guess(monkeypatch):
    pair = (unreached(), replace(unreached(), seed=2))
    drawer = Together(pair, ratio("0.66"))
    found = begun_at(monkeypatch, drawer, 4, 2)
    assert (found == followed(pair[0].problem.start)[0]).all()


class Numbers(list):
    """Stands for an ensemble: its draws are numbers."""

    def concatenate(self, rest):
        return Numbers([*self, *(one for more in rest for one in more)])


class Drawer:
    of_chain = 1

    def chunk(self, first, last):
        return (Numbers(range(first, last)),)


def test_what_no_cohort_agrees_with_is_not_waited_for():
    def of_half(chunk):
        return np.array([[number % 2 == 0, False] for number in chunk[0]])

    (found,) = drawing._pool(Drawer(), of_half, (20, 400), None, None)
    assert len(found) == drawing.LEAST_POOL
    # What half agree with is.
    (found,) = drawing._pool(Drawer(), of_half, (60, 400), None, None)
    assert len(found) == 120


def test_who_has_enough_waits_for_no_others():
    drawer, drawn = Drawer(), []

    def chunk(first, last):
        time.sleep(0.005)
        drawn.extend(range(first, last))
        return (Numbers(range(first, last)),)

    drawer.chunk = chunk
    with ThreadPoolExecutor(1) as pool:
        drawing._pool(drawer, lambda one: np.ones((len(one[0]), 1), bool), (20, 1000), pool, None)
    # Ahead are submitted WINDOW chunks.
    assert 20 <= len(drawn) < engine.WINDOW * engine.CHUNK / 2
