"""What the printed numbers allow at the least and at the most: read off cohorts that were searched for it.

A band says what most of the cohorts drawn show. A bound says what *some* cohort shows that meets every
printed number: `data/cohort/witnesses.parquet` holds such cohorts, two for each quantity, found by
`blina_tools.cohort.bounds`. Other cohorts may reach farther, so a bound is one of 'at least'.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from blina.ensemble import ASKED
from blina.vocabulary import VOCABULARY
from blina_base import project
from pseudoipd import cache

if TYPE_CHECKING:
    from pseudoipd.claims import Claim
    from pseudoipd.ensemble import Ensemble

NAME = "witnesses.parquet"


def asked(claims: Sequence[Claim], assumptions: Mapping[str, str]) -> str:
    """Return the digest of claims and assumptions that witnesses are noted with."""
    return cache.asked(claims, assumptions, 0, vocabulary=VOCABULARY)


def witnesses_of(claims: Sequence[Claim], assumptions: Mapping[str, str]) -> Ensemble | None:
    """Return the checked-in witnesses if they are of these claims and assumptions, else None."""
    if not (project.reference_cohort() / NAME).exists():
        return None
    found, noted = _read()
    return found if noted == asked(claims, assumptions) else None


@functools.cache
def _read() -> tuple[Ensemble, str]:
    from pseudoipd import output

    found, noted = output.read(project.reference_cohort() / NAME)
    return found, noted.get(ASKED, "")
