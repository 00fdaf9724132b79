"""The small claims files of `blina_tools.sampler.exact`, drawn by the sampler, and their quantities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from blina_tools.sampler import exact
from pseudoipd.claims import Claim
from pseudoipd.claims.vocabulary import MINIMAL, Vocabulary
from pseudoipd.draw import Request, draw_chunk
from pseudoipd.model import prior
from pseudoipd.model.assumptions import Assumptions
from pseudoipd.model.problem import compile_problem
from pseudoipd.paper.reading import Comparison
from pseudoipd.paper.together import Together
from pseudoipd.paper.words import counted_from, some


def claims_of(case: exact.Case) -> tuple[Claim, ...]:
    """Return a case as a claims file."""
    size = [("OS", "n", None, str(case.n))]
    return tuple(
        Claim(f"{endpoint}_{name}_{at}", "test", endpoint, name, "", "all", at, printed, "", "test", "")
        for endpoint, name, at, printed in (*size, *case.claims)
    )


def asked(
    case: exact.Case, seed: int, moves: int | None, words: Vocabulary = MINIMAL, more: Sequence[Claim] = ()
) -> Request:
    """Return what is asked of the sampler."""
    hyper = prior.Hyperprior(
        prior.Law(case.median * exact.MONTH),
        prior.Law(case.relapse * exact.MONTH),
        case.longest * exact.MONTH,
    )
    scale = (case.horizon * exact.MONTH, hyper)
    problem = compile_problem((*claims_of(case), *more), Assumptions.of({}, words), words, scale)
    # Else a test of shorter chains would be none of those that users get.
    assert moves is None or moves <= problem.effort().moves
    return Request(problem, seed, moves)


def linked_drawn(draws: int, seed: int, moves: int | None = None) -> dict[str, np.ndarray]:
    """Return the quantities of three endpoints linked with one another, the third of some patients."""
    words = some(MINIMAL, "DOR", "all")
    words = replace(words, linked={"+DOR": counted_from(words, "DOR", 0)})
    responders = Claim("dor_n", "test", "+DOR", "n", "", "all", None, str(exact.RESPONDERS), "", "test", "")
    found = draw_chunk(asked(exact.LINKED, seed, moves, words, (responders,)), 0, draws)
    time, event = found.time["OS"].astype(float), found.event["OS"]
    second, third = (found.time[place].astype(float) for place in ("RFS", "+DOR"))
    has = third >= 0
    return exact.quantities_of_linked(
        time, event, np.where(second < time, second, np.inf),
        np.where(has & (third < time), third, np.inf), has,
    )  # fmt: skip


def drawn(case: exact.Case, draws: int, seed: int, moves: int | None = None) -> dict[str, np.ndarray]:
    """Return the quantities of cohorts that the sampler draws."""
    found = draw_chunk(asked(case, seed, moves), 0, draws)
    time, event = found.time["OS"].astype(float), found.event["OS"]
    if "RFS" not in found.time:
        return exact.quantities(time, event, None)
    # The second endpoint ends with the first unless a relapse comes before.
    second = found.time["RFS"].astype(float)
    return exact.quantities(time, event, np.where(second < time, second, np.inf))


def arms_drawn(draws: int, seed: int, moves: int | None = None, of_chain: int = 1) -> dict[str, np.ndarray]:
    """Return the quantities of two arms drawn together, whose ratio is printed."""
    ratio = Claim("hr", "test", "OS", "hazard_ratio", "", "all", None, exact.RATIO, "", "test", "")
    requests = tuple(asked(case, seed + place, moves) for place, case in enumerate(exact.ARMS))
    found = Together(requests, (Comparison(ratio, 0, 1, "OS"),), of_chain).chunk(0, draws)
    return exact.quantities_of_arms([(one.time["OS"].astype(float), one.event["OS"]) for one in found])
