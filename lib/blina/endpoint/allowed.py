"""The ensemble behind a report, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from blina.facts import assumptions as default_assumptions
from blina_base.errors import BlinaError, InputError
from nbreports.html.markup import escape_markdown

if TYPE_CHECKING:
    from pseudoipd.cache import Ensemble

# As many draws as tell whether any cohort can be found; a search in vain takes long per draw.
PROBE = 3


@dataclass(frozen=True, eq=False)
class Cohorts:
    """The ensemble, or None; `note` says in words why there is none although one was asked for."""

    ensemble: Ensemble | None
    note: str = ""


def allowed(
    load: Callable[[int, int], Ensemble | None], assumptions: Mapping[str, str], draws: int, seed: int
) -> Cohorts:
    """Return the cohorts that the printed numbers allow under the assumptions chosen.

    `load` is `Page.ensemble` or the like: so many draws from this seed, None where there are none by nature.
    Under other assumptions than the default the printed numbers may contradict one another, or no cohort
    may be found. That is a finding about the assumption, not a failure of the report: it is put in words.
    """
    chosen = changed(assumptions)
    try:
        if chosen and draws > PROBE:
            load(PROBE, seed)
        return Cohorts(load(draws, seed))
    except InputError:
        raise
    except BlinaError as error:
        if not chosen:
            raise
        stated = ", ".join(f"{name} = {value}" for name, value in chosen.items())
        return Cohorts(
            None,
            "No cohort that meets every printed number was found under the assumptions chosen here "
            f"({escape_markdown(stated)}): {escape_markdown(error)}. Ranges over cohorts are left out.",
        )


def changed(assumptions: Mapping[str, str]) -> dict[str, str]:
    """Return the assumptions that are not the collection's default."""
    defaults = default_assumptions()
    return {name: value for name, value in assumptions.items() if defaults.get(name, value) != value}
