"""A drawn paper as files: one cohort for R and Stata, as ADaM tables, all cohorts, printed numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from pseudoipd import output
from pseudoipd.claims import Claim
from pseudoipd.claims.grammar import DAYS_PER_MONTH, STATISTIC_CODES
from pseudoipd.ensemble import Ensemble
from pseudoipd.paper.drawing import Drawn
from pseudoipd.paper.held_out import LeftOut, spread

if TYPE_CHECKING:
    import pandas as pd

NAMES = ("ipd.csv", "draws.csv", "adsl.csv", "adtte.csv", "printed.csv")
"""One cohort; all of them; the one as ADaM; what was printed and how it was met."""
NOTES = "notes.json"


def subjects_named(drawn: Drawn) -> tuple[Ensemble, ...]:
    """Return the ensembles with ids that are unique over arms and over endpoints that are drawn apart."""
    if len(drawn.ensembles) == 1:
        return drawn.ensembles
    middles = []
    for part in drawn.paper.parts:
        words = [part.arm, *(one.code for one in part.names.values())] if part.apart else [part.arm]
        middles.append("-".join(re.sub(r"[\W_]+", "", word.upper()) for word in words if word))
    found = []
    for place, (middle, part) in enumerate(zip(middles, drawn.paper.parts, strict=True), start=1):
        # Arms that differ in signs only, A and A+, are told apart by their number.
        middle += str(place) if middles.count(middle) > 1 else ""
        stem = f"{part.vocabulary.subjects}-{middle}-" if middle else f"{part.vocabulary.subjects}-"
        ensemble = drawn.ensembles[place - 1]
        found.append(
            replace(ensemble, subjects=tuple(stem + one.rpartition("-")[2] for one in ensemble.subjects))
        )
    return tuple(found)


def all_rows(drawn: Drawn) -> pa.Table:
    """Return the rows of all parts, as `output.table` has them."""
    tables = [
        output.table(ensemble, {place: one.code for place, one in part.names.items()}, part.arm)
        for part, ensemble in zip(drawn.paper.parts, subjects_named(drawn), strict=True)
    ]
    return pa.concat_tables(tables, promote_options="default")


def long(drawn: Drawn, draws: range | None = None) -> pd.DataFrame:
    """Return one row per draw, patient and endpoint, as R wants it.

    Columns: draw (from 1), arm, endpoint, id, days, time (months), status (1 event, 0 censored), then what
    the claims tell of patients.
    """
    import pandas as pd

    rows = all_rows(drawn).to_pandas()
    rows = rows[rows["draw"].isin(draws)] if draws is not None else rows
    told = [name for name in rows.columns if name not in _OURS]
    frame = pd.DataFrame(
        {
            "draw": rows["draw"] + 1, "arm": rows.get("ARM", ""), "endpoint": rows["PARAMCD"],
            "id": rows["USUBJID"], "days": rows["AVAL"], "time": (rows["AVAL"] / DAYS_PER_MONTH).round(4),
            "status": 1 - rows["CNSR"],
        }
    )  # fmt: skip
    return pd.concat([frame, rows[told]], axis=1).reset_index(drop=True)


_OURS = {"draw", "USUBJID", "PARAMCD", "AVAL", "AVALU", "CNSR", "DTYPE", "ARM", "STARTDY"}


def adam(drawn: Drawn) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the first cohort as ADSL and ADTTE, marked as reconstructed."""
    import pandas as pd

    adsl, adtte = [], []
    for part, ensemble in zip(drawn.paper.parts, subjects_named(drawn), strict=True):
        patients, times = ensemble.cohort(0)
        if part.arm:
            patients.insert(2, "TRT01P", part.arm)
        for place, endpoint in part.names.items():
            own = times["PARAMCD"] == place
            times.loc[own, "PARAM"] = endpoint.name.capitalize()
            told = np.where(times.loc[own, "CNSR"] == 0, endpoint.event.capitalize(), "Last contact")
            times.loc[own, "EVNTDESC"] = told
        times["PARAMCD"] = times["PARAMCD"].map({place: one.code for place, one in part.names.items()})
        adsl.append(patients)
        adtte.append(times.assign(DTYPE=output.MARK))
    return pd.concat(adsl, ignore_index=True), pd.concat(adtte, ignore_index=True)


def printed(drawn: Drawn) -> pd.DataFrame:
    """Return each printed number beside ours, in months or %: one row a claim, in the order of the file.

    Columns: claim, arm, endpoint, population, category, statistic, at (months), printed, unit, ours (of the
    first cohort), lower and upper (95% of the draws lie between), met (share of the draws), standing.
    """
    import pandas as pd

    rows = []
    spelled = drawn.paper.spelled
    for arm, codes, claim in _claims(drawn):
        values = drawn.values[claim.id]
        met = np.mean([claim.agrees(float(one), drawn.assumptions.plateau_rule) for one in values])
        lower, upper = spread(values)
        rows.append(
            (
                claim.id, arm, codes.get(claim.endpoint, claim.endpoint),
                spelled.get(claim.population, claim.population), spelled.get(claim.category, claim.category),
                claim.statistic, claim.at, claim.printed, claim.unit, float(values[0]), lower, upper,
                float(met), drawn.standing[claim.id],
            )
        )  # fmt: skip
    columns = [
        "claim", "arm", "endpoint", "population", "category", "statistic", "at", "printed", "unit", "ours",
        "lower", "upper", "met", "standing",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _claims(drawn: Drawn) -> Iterator[tuple[str, dict[str, str], Claim]]:
    for part in drawn.paper.parts:
        codes = {place: one.code for place, one in part.names.items()}
        for claim in part.printed:
            if not claim.qualitative and claim.id in drawn.values and claim.id not in drawn.paper.made:
                yield part.arm, codes, claim
    for one in drawn.paper.comparisons:
        first, second = (drawn.paper.parts[k].arm for k in (one.first, one.second))
        yield f"{first} vs {second}", {}, one.claim
    main = {place: one.code for place, one in drawn.paper.parts[0].names.items()}
    for claim in drawn.paper.pooled:
        yield "all", main, claim


def notes(drawn: Drawn, predictions: Sequence[LeftOut] = ()) -> dict[str, Any]:
    """Return what is to be said beside the tables, as JSON: how the file was read, and what was not used."""
    paper = drawn.paper
    return {
        "file": paper.file,
        "draws": len(drawn),
        "of_chain": drawn.of_chain,
        "arms": list(paper.arms),
        "timed": sum(c.statistic in STATISTIC_CODES for part in paper.parts for c in part.asked),
        "readings": list(paper.readings),
        "unused": [{"claim": claim.id, "printed": claim.printed, "why": why} for claim, why in paper.unused],
        "endpoints": [
            {
                "code": one.code, "name": one.name, "event": one.event, "arm": part.arm, "apart": part.apart,
                # Where each draw has a chain of its own there is nothing to be told of chains.
                "chains": [] if max(chains) == 1 else list(chains),
            }
            for part, chains in zip(paper.parts, drawn.chains, strict=True)
            for one in part.names.values()
        ],
        "assumptions": {
            name: getattr(drawn.assumptions, name) for name in ("conf_type", "followup_method", "prior")
        },
        "left_out": [
            {
                "claim": one.claim.id, "arm": one.arm, "printed": one.claim.printed,
                "lower": _plain(one.lower), "middle": _plain(one.middle), "upper": _plain(one.upper),
                "draws": one.draws, "surprising": one.surprising,
            }
            for one in predictions
        ],
    }  # fmt: skip


def _plain(value: float) -> float | None:
    """Return a number for JSON, which has no infinity: None for what is not reached."""
    return None if math.isinf(value) else value


def write(drawn: Drawn, folder: Path) -> tuple[Path, ...]:
    """Write the files of `NAMES` into a folder, and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    adsl, adtte = adam(drawn)
    frames = (long(drawn, range(1)).drop(columns="draw"), long(drawn), adsl, adtte, printed(drawn))
    paths = tuple(folder / name for name in NAMES)
    for path, frame in zip(paths, frames, strict=True):
        frame.to_csv(path, index=False, lineterminator="\n")
    return paths
