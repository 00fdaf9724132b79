"""What the printed numbers leave open, and what is assumed where nothing else is said."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from blina_base.errors import InputError, one_of
from pseudoipd.claims.grammar import DAYS_PER_MONTH, Predicate
from pseudoipd.claims.vocabulary import Vocabulary
from pseudoipd.survival import CONF_TYPES, FOLLOWUP_METHODS

ALTERNATIVES: Mapping[str, tuple[str, ...]] = {
    "conf_type": CONF_TYPES,
    "followup_method": FOLLOWUP_METHODS,
    "rfs_origin": ("response", "start"),
    "rfs_censoring": ("last_assessment", "last_contact"),
    "relapse_free": ("in_remission", "never_relapsed"),
    "remission_day": ("mrd_response", "first_assessment"),
    "death_after_relapse": ("own", "same"),
    "followup_range": ("all", "alive"),
    "plateau_rule": ("last_event", "no_event_after"),
    "mantel_byar_tie": ("before", "at"),
    "prior": ("trials", "flat", "trials_printed", "flat_printed"),
    "days_per_month": (str(DAYS_PER_MONTH),),
}
"""The choices that there are, whatever the trial; the first is the default."""


@dataclasses.dataclass(frozen=True)
class Assumptions:
    """One choice for everything that the numbers leave open; the only place where defaults stand.

    `conf_type` is the kind of limits behind those of the median; `followup_method` says how the median
    follow-up was computed, `followup_range` of whom its range is; `rfs_population` who has the second
    endpoint (a key of `Vocabulary.second`) and `rfs_origin` from which day it counts; `response_days` are
    the study days on which a response can be, and `remission_day` says whether a remission begins with the
    response or on the first of these days; `rfs_censoring` says whether who is free of the second endpoint
    is followed to the last look at the remission or to the last contact, `relapse_free` whether that word
    is about death too, `death_after_relapse` whether death has a law of its own after a relapse; `trial`
    holds the choices of the vocabulary's own;
    `plateau_rule` says whether the last event lies in the printed interval or only not beyond it;
    `mantel_byar_tie` whether a death on the day of the response counts as before it; `prior` what hazards are
    drawn from: learned from trials or around a flat one, on the scale of trials' follow-up, so that no claim
    enters; or the same on the scale of what is printed, which then counts twice.
    """

    conf_type: str = "log-log"
    followup_method: str = "reverse-km"
    rfs_population: str = ""
    rfs_origin: str = "response"
    response_days: tuple[int, ...] = (1,)
    remission_day: str = "mrd_response"
    rfs_censoring: str = "last_assessment"
    relapse_free: str = "in_remission"
    death_after_relapse: str = "own"
    followup_range: str = "all"
    trial: tuple[tuple[str, str], ...] = ()
    plateau_rule: str = "last_event"
    mantel_byar_tie: str = "before"
    prior: str = "trials"

    @classmethod
    def of(cls, given: Mapping[str, str] | None, vocabulary: Vocabulary) -> Assumptions:
        """Return the choices of `given`, name → choice, and the default of every other.

        Days are `29|71`, under the name that the vocabulary's response gives them. InputError for a name or
        a choice that is not known.
        """
        response = vocabulary.response
        known = dict(ALTERNATIVES) | {name: tuple(of) for name, of in vocabulary.choices.items()}
        chosen: dict[str, Any] = {}
        if vocabulary.second:
            known["rfs_population"] = tuple(vocabulary.second)
            chosen["rfs_population"] = known["rfs_population"][0]
        if response is not None:
            chosen["response_days"] = response.days
        for name, choice in (given or {}).items():
            if response is not None and name == response.assumption:
                chosen["response_days"] = _days(name, choice)
                continue
            if name not in known:
                raise InputError.at("assumptions", value=name, expected=one_of(name, known))
            if choice not in known[name]:
                raise InputError.at(
                    "assumptions", column=name, value=choice, expected=one_of(choice, known[name])
                )
            chosen[name] = choice
        chosen.pop("days_per_month", None)  # A convention, not a choice.
        own = {name: chosen.pop(name, next(iter(of))) for name, of in vocabulary.choices.items()}
        return cls(**chosen, trial=tuple(own.items()))

    def excluded(self, vocabulary: Vocabulary) -> tuple[Predicate, ...]:
        """Return who cannot exist under the trial's own choices."""
        return tuple(one for name, choice in self.trial for one in vocabulary.choices[name][choice])


def _days(name: str, text: str) -> tuple[int, ...]:
    parts = text.split("|")
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise InputError.at("assumptions", column=name, value=text, expected="study days, such as 29|71")
    return tuple(int(part) for part in parts)
