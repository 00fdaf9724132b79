"""The ensemble of the default assumptions, the reference cohort among its draws, and their command.

What the pages show at their default parameters is read from these files, so that nothing is drawn for them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina import ensemble, vocabulary
from blina.adam import write_table, write_tables
from blina.facts import assumptions, read_claims
from blina.reports.reconstruction.numbers import longer_chains
from blina_base import project
from pseudoipd import cache, output
from pseudoipd.engine import reconstruct
from pseudoipd.ensemble import Ensemble
from pseudoipd.model.possible import relapsed

DRAWS = 500
"""Cohorts that are checked in; a page asks for no more."""
OTHER_DRAWS = 200
"""Cohorts of the companions, as reports 04 and 09 ask for by default."""
SEED = 1
"""The seed of the pages' parameter `seed`."""
GRID_DAYS = 7


def nearest(drawn: Ensemble) -> int:
    """Return the draw whose curves lie nearest to the pointwise median curves of all draws.

    The distance is the mean over endpoints of the mean absolute difference of S(t), week by week, from the
    start to the last observed time of the ensemble. The first of equally near draws is taken. Only draws
    count that have as many relapses as the median draw: curves do not tell relapses from deaths in remission,
    so that the nearest might lie at either end of what is open.
    """
    relapses = relapsed(drawn).sum(axis=1)
    middling = relapses == np.sort(relapses)[(len(relapses) - 1) // 2]
    return int(np.argmin(np.where(middling, distances(drawn), np.inf)))


def distances(drawn: Ensemble) -> NDArray[np.float64]:
    """Return each draw's mean absolute distance from the pointwise median curves."""
    from pseudoipd.survival import draws as many

    total = np.zeros(len(drawn))
    for name in drawn.time:
        grid = np.arange(0, int(drawn.time[name].max()) + 1, GRID_DAYS)
        curves = many.survival_on_grid(many.curves(drawn.time[name], drawn.event[name]), grid)
        total += np.abs(curves - np.median(curves, axis=0)).mean(axis=1)
    return np.round(total / len(drawn.time), 12)


def write_ensembles(folder: Path) -> None:
    """Draw into `folder` what the pages show by default: ensemble.parquet, and its two companions.

    These are of longer chains (report 09), and of the other population of relapse-free survival (report 04).
    """
    write_ensemble(folder / "ensemble.parquet", DRAWS, SEED)
    longer = longer_chains(read_claims(), assumptions(), SEED)
    write_ensemble(folder / "ensemble_longer.parquet", OTHER_DRAWS, *longer)
    other = {"rfs_population": "mrd_responder"}
    write_ensemble(folder / "ensemble_mrd_responders.parquet", OTHER_DRAWS, SEED, switched=other)


def write(folder: Path) -> None:
    """Write adsl.csv, adtte.csv and provenance.json of one cohort of the ensemble into its folder."""
    drawn, _ = output.read(folder / "ensemble.parquet")
    number = nearest(drawn)
    adsl, adtte = drawn.cohort(number)
    write_tables(adsl, adtte, folder)
    provenance = {
        "kind": "reconstructed",
        "what": f"One of the {DRAWS} cohorts of ensemble.parquet, drawn from the printed numbers; "
        "not the trial's patients.",
        "rule": "of the draws with the median number of relapses that nearest to the pointwise median "
        "curves of OS and RFS",
        "draw": int(drawn.draw[number]),
        "draws": DRAWS,
        "seed": SEED,
        "assumptions": assumptions(),
        "month_days": vocabulary.DAYS_PER_MONTH,
    }
    (folder / "provenance.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


def write_ensemble(
    path: Path, draws: int, seed: int, moves: int | None = None, switched: Mapping[str, str] | None = None
) -> None:
    """Draw cohorts under the default assumptions, but for those switched, and note what was asked for."""
    claims, chosen = read_claims(), {**assumptions(), **(switched or {})}
    drawn = reconstruct(
        claims, draws, seed, chosen, vocabulary.VOCABULARY, jobs=os.cpu_count() or 1, moves=moves
    )
    asked = cache.asked(claims, chosen, seed, moves, vocabulary.VOCABULARY)
    output.write([drawn], path, {ensemble.ASKED: asked})


def write_counts(folder: Path) -> None:
    """Write adlb.csv, the simulated cell counts of the patients in adsl.csv, for as long as each is alive."""
    from blina.reports.t_cell_kinetics import numbers as kinetics

    adsl = pd.read_csv(folder / "adsl.csv", keep_default_na=False)
    adtte = pd.read_csv(folder / "adtte.csv", keep_default_na=False)
    table = kinetics.simulate_adlb(adsl, kinetics.SEED, adtte=adtte)
    write_table("adlb", table, folder)


def main() -> None:
    """Regenerate data/cohort; the simulated counts of cells follow from the tables written first."""
    folder = project.reference_cohort()
    write_ensembles(folder)
    write(folder)
    write_counts(folder)


if __name__ == "__main__":
    main()
