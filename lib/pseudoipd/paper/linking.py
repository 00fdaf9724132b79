"""Which endpoints that end with death can be had by the same patients, as far as a few chains tell.

Linked endpoints share their last contacts. A paper may have censored one of them otherwise, at a transplant
say, so that its limits cannot be had together with those of survival. Such an endpoint is drawn apart. One
that is printed to last longer than survival is refused: what is wrong is then not its follow-up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from blina_base.errors import ContradictionError
from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import FIRST, SECOND, STATISTIC_CODES
from pseudoipd.draw import request
from pseudoipd.paper.reading import Paper, Part
from pseudoipd.paper.together import Together

_OF_TIMES = ("median", "survival")
"""What says how long an endpoint lasts, for however long patients were followed."""


def unlinked(paper: Paper, assumptions: Mapping[str, str], seed: int) -> tuple[str, ...]:
    """Return the codes of endpoints without which cohorts are found: of one where that does, or else of all.

    Raises ContradictionError for one that lasts too long, and as `draw.request` does.
    """
    apart: dict[str, str] = {}
    for part in paper.parts:
        further = [place for place in part.names if place not in (FIRST, SECOND)]
        if not further or _found(part, _without(part, apart), assumptions, seed):
            continue
        # Where even the first two endpoints are hard to have, one more or less tells nothing.
        several = len(further) > 1 and _found(part, _without(part, further), assumptions, seed)
        alone = [(place,) for place in reversed(further)] if several else []
        fine = (places for places in alone if _found(part, _without(part, places), assumptions, seed))
        for place in next(fine, tuple(further)):
            own = [claim for claim in part.asked if _of_times(claim, place)]
            if not _found(part, own, assumptions, seed):
                raise _outlasting(part, place, own)
            apart[place] = part.names[place].code
    return tuple(apart.values())


def _without(part: Part, places: Collection[str]) -> list[Claim]:
    return [claim for claim in part.asked if claim.endpoint not in places]


def _of_times(claim: Claim, place: str) -> bool:
    """Say whether a claim is a number of patients, or how long survival or the endpoint at a place lasts."""
    return claim.statistic not in STATISTIC_CODES or (
        claim.endpoint in (FIRST, place) and claim.statistic in _OF_TIMES
    )


def _found(part: Part, claims: Sequence[Claim], assumptions: Mapping[str, str], seed: int) -> bool:
    return Together((request(claims, assumptions, seed, vocabulary=part.vocabulary),)).found()


def _outlasting(part: Part, place: str, claims: Sequence[Claim]) -> ContradictionError:
    named = [claim for claim in claims if claim.statistic in _OF_TIMES]
    whose, numbers = f" of arm {part.arm}" if part.arm else "", [f"{c.id} ({c.printed})" for c in named]
    return ContradictionError(
        f"claims: {', '.join(numbers)}: no cohort{whose} was found "
        f"in which {part.names[place].code} ends with death at the latest; this is not a proof",
        tuple(claim.id for claim in named),
    )
