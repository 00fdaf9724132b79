"""The scorecard: every claim, the value recomputed from the patient-level tables, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from blina import facts, formats
from blina.endpoint import response
from blina.scorecard import dependence, held_out
from blina.vocabulary import (
    CATEGORY_LABELS,
    DESIGN_STATISTICS,
    POPULATION_LABELS,
    POPULATIONS,
    RESPONSE_STATISTICS,
    member,
)
from nbreports.page import RESULT_COLUMNS
from pseudoipd.claims import Claim, decimals
from pseudoipd.claims.grammar import REGISTRY, STATED
from pseudoipd.claims.proportion import response_statistic
from pseudoipd.survival import endpoint_statistic
from pseudoipd.transitions import mantel_byar

if TYPE_CHECKING:
    from blina.adam import Tables

REPRODUCED = "reproduced"
NOT_REPRODUCED = "not reproduced"
QUALITATIVE = "qualitative"
NOT_CHECKABLE = "not checkable"
NO_DATA = "no data"
_MOST_PLACES = 6
TRANSCRIBED, HELD_OUT, CONSTRAINT = "transcribed", "held out", "constraint"

COLUMNS = (
    "id", "exhibit", "what", "endpoint", "statistic", "category", "population", "at", "printed", "unit",
    "ours", "shown", "verdict", "holds", *held_out.PREDICTION, "source", "quote",
)  # fmt: skip

_STATISTIC_LABELS = {row.name: row.words for row in REGISTRY.values()} | {
    "n": "",
    "mantel_byar_p": "by MRD response, Mantel-Byar P",
}


@dataclass(frozen=True)
class _Recomputation:
    """What the claims are recomputed from: patient-level tables, dosing table, assumptions in force.

    `adsl` is that of the tables, with long-term survival as the times say it.
    """

    tables: Tables
    adsl: pd.DataFrame
    dosing: pd.DataFrame
    assumptions: Mapping[str, str]

    def value(self, claim: Claim) -> float:
        """Return our value of a claim; KeyError where the tables lack what it needs."""
        if claim.statistic in RESPONSE_STATISTICS:
            return self._response(claim)
        if claim.statistic in DESIGN_STATISTICS:
            return self._design(claim)
        return self._endpoint(claim)

    def _response(self, claim: Claim) -> float:
        count, n = response.count(self.adsl, claim.category, claim.population)
        unknown, members = response.unknown(self.adsl, claim.category, claim.population)
        limited = claim.statistic.startswith("percent_")
        if unknown or (members and (limited or claim.statistic == "n")):
            return math.nan
        return response_statistic(claim.statistic, count, n)

    def _design(self, claim: Claim) -> float:
        cycles = self.dosing
        if claim.population.startswith("cohort_"):
            cycles = cycles[cycles["cohort"] == claim.population.removeprefix("cohort_")]
        if claim.statistic == "dose":
            return _only(cycles.loc[cycles["week"] == claim.at, "dose"])
        infused = cycles["dose"] > 0
        if claim.statistic == "day":
            # Marrow is looked at on the first day without infusion.
            return _only(cycles[infused].groupby("cohort")["last_day"].max() + 1)
        chosen = {"cycle": cycles, "infusion": cycles[infused], "treatment_free": cycles[~infused]}
        return _only(chosen[claim.category].groupby("cohort")["week"].count())

    def _endpoint(self, claim: Claim) -> float:
        if claim.endpoint not in self.tables.roles:
            raise KeyError(claim.endpoint)
        endpoint = self.tables.endpoint(claim.endpoint)
        adsl = self.adsl.set_index("USUBJID", drop=False).loc[endpoint.USUBJID]
        inside = member(adsl, POPULATIONS[claim.population])
        if claim.statistic == "mantel_byar_p":
            responded = np.where(adsl["MRDRESP"] == "Y", adsl["MRDRDY"].astype(float), np.inf)
            tie = self.assumptions["mantel_byar_tie"]
            return mantel_byar(endpoint.days[inside], endpoint.event[inside], responded[inside], tie=tie).p
        return endpoint_statistic(
            claim.statistic,
            endpoint.time_months[inside],
            endpoint.event[inside],
            claim.at,
            conf_type=self.assumptions["conf_type"],
            followup_method=self.assumptions["followup_method"],
        )


def scorecard(
    tables: Tables, claims: Sequence[Claim] | None = None, assumptions: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return one row per claim, in file order, with COLUMNS.

    `ours` is the recomputed value (NaN for words and where the tables lack a column), `shown` the same at
    one digit more than is printed, `verdict` one of the five above. The columns of
    `held_out.PREDICTION` are what cohorts show that were drawn without the number; empty where it was not
    left out. `holds` says what agreement is worth: constraint (the cohort was made to meet it), held out
    (made to meet it, and predicted when left out), derived (follows from constraints), transcribed (a dose
    or a week, compared with the dosing table, which was typed from the same page), recomputed (from patients
    who were not made from the claims), stated (a number that no table of patients holds), statement (words).
    Who is a long-term survivor is judged by overall survival wherever a claim asks for it, not by the flag.
    `claims` and `assumptions` default to those of the publication; doses are recomputed from `dosing.csv`.
    """
    claims = facts.read_claims() if claims is None else tuple(claims)
    chosen = {**facts.assumptions(), **(assumptions or {})}
    source = _Recomputation(tables, response.judged(tables), facts.dosing(), chosen)
    follows = dependence.derived(claims)
    predicted = _predictions(claims, chosen) if tables.kind == "reconstructed" else {}
    rows = []
    for claim in claims:
        value = _value_or_nan(claim, source)
        prediction = predicted.get(claim.id, held_out.NOT_LEFT_OUT)
        rows.append(
            {
                **{name: getattr(claim, name) for name in COLUMNS if hasattr(claim, name)},
                "what": describe(claim),
                "at": math.nan if claim.at is None else claim.at,
                "ours": value,
                "shown": show(claim, value),
                "verdict": verdict(claim, value, chosen["plateau_rule"]),
                "holds": _holds(claim, follows, tables.kind, prediction["left_out"]),
                **prediction,
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def of_exhibit(
    tables: Tables, claims: Sequence[Claim], exhibit: str, assumptions: Mapping[str, str] | None = None
) -> pd.DataFrame:
    """Return the scorecard of one exhibit; how a claim holds is judged beside all the others."""
    card = scorecard(tables, claims, assumptions)
    return card[card["exhibit"] == exhibit].reset_index(drop=True)


def verdict(claim: Claim, value: float | None, plateau_rule: str = "last_event") -> str:
    """Return the verdict on a claim whose recomputed value is `value` (None: could not be recomputed)."""
    if claim.qualitative:
        return NOT_CHECKABLE if claim.statistic == STATED else QUALITATIVE
    if value is None or (math.isnan(value) and not claim.interval.not_reached):
        return NO_DATA
    return REPRODUCED if claim.agrees(value, plateau_rule) else NOT_REPRODUCED


def show(claim: Claim, value: float) -> str:
    """Return our value with one digit more than is printed; counts and doses as they are.

    Where that digit, rounded, would contradict the verdict (21.947 agrees with 21.9, 21.95 would not), more
    are shown.
    """
    if claim.qualitative or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "NR"
    exact = claim.interval.lower == claim.interval.upper
    places = 0 if exact and value.is_integer() else decimals(claim.printed) + 1
    inside = claim.interval.contains(value)
    while places < _MOST_PLACES and claim.interval.contains(round(value, places)) != inside:
        places += 1
    text = f"{value:.{places}f}"
    return text.removeprefix("0") if claim.printed.startswith(".") else text


def describe(claim: Claim) -> str:
    """Return in words what a claim is about, without its number."""
    if claim.statistic == "dose":
        return f"{POPULATION_LABELS[claim.population]}, dose from week {claim.at:g}"
    if claim.statistic in ("weeks", "day"):
        return f"{claim.category.replace('_', '-').capitalize()}, {_STATISTIC_LABELS[claim.statistic]}"
    if claim.qualitative:
        return f"“{claim.quote}”"
    about = CATEGORY_LABELS.get(claim.category) or ("Patients" if claim.statistic == "n" else claim.endpoint)
    at = f" {claim.at:g} months" if claim.at is not None else ""
    words = ", ".join(part for part in (about, _STATISTIC_LABELS[claim.statistic] + at) if part)
    return words if claim.population == "all" else f"{words} ({POPULATION_LABELS[claim.population]})"


def reproduced(card: pd.DataFrame) -> tuple[int, int]:
    """Return how many printed numbers of a card are reproduced, and how many there are, without words.

    Those that nothing can be compared with count among the second.
    """
    return int((card["verdict"] == REPRODUCED).sum()), int((card["verdict"] != QUALITATIVE).sum())


def score(part: pd.DataFrame) -> str:
    """Return how many numbers of an exhibit agree: `8 of 8`, `20 of 23`, `stated only`, `words only`."""
    good, numbers = reproduced(part)
    if numbers and not len(checkable(part)):
        return "stated only"
    return formats.of(good, numbers) if numbers else "words only"


def checkable(card: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a card that something can be compared with: no words, no number merely stated."""
    return card[~card["verdict"].isin([QUALITATIVE, NOT_CHECKABLE])]


def left_out(card: pd.DataFrame) -> pd.DataFrame:
    """Return what the others predict for each number of a card that was left out: id, what, PREDICTION."""
    columns = ["id", "what", "printed", "unit", *held_out.PREDICTION]
    return card.loc[card["left_out"] != "", columns].reset_index(drop=True)


def results(card: pd.DataFrame) -> pd.DataFrame:
    """Return the recomputed values as tidy results, one row per numeric claim."""
    rows = []
    for row in checkable(card).to_dict("records"):
        at = "" if math.isnan(row["at"]) else f" at {row['at']:g}"
        statistic = f"{row['category'] or row['endpoint']} {row['statistic']}{at}"
        rows.append(("scorecard", row["population"], statistic, row["ours"], row["unit"], row["id"]))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS))


def _value_or_nan(claim: Claim, source: _Recomputation) -> float:
    if claim.qualitative:
        return math.nan
    try:
        return source.value(claim)
    except KeyError:
        return math.nan


def _holds(claim: Claim, follows: frozenset[str], kind: str, left_out: str) -> str:
    if claim.qualitative:
        return "stated" if claim.statistic == STATED else "statement"
    if claim.statistic in DESIGN_STATISTICS:
        return TRANSCRIBED
    if kind != "reconstructed":
        return "recomputed"
    if claim.id in follows:
        return "derived"
    return HELD_OUT if left_out == held_out.PREDICTED else CONSTRAINT


def _predictions(claims: Sequence[Claim], assumptions: Mapping[str, str]) -> dict[Any, dict[Any, Any]]:
    """Return the checked-in predictions by claim id, of claims that are printed as they were then.

    They hold under the default assumptions and for the publication's own claims; else there are none.
    """
    if tuple(claims) != facts.read_claims() or dict(assumptions) != facts.assumptions():
        return {}
    return held_out.read()[list(held_out.PREDICTION)].to_dict("index")


def _only(values: pd.Series) -> float:
    """Return the one value that all entries share; KeyError where there is none, or more than one."""
    found = values.unique()
    if len(found) != 1:
        raise KeyError("no single value")
    return float(found[0])
