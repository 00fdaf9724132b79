"""The reference cohort: which draw is checked in, and the command that regenerates data/cohort."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from blina import vocabulary
from blina.adam import write_table, write_tables
from blina.facts import assumptions, read_claims
from blina_base import project
from pseudoipd.engine import reconstruct
from pseudoipd.ensemble import Ensemble

DRAWS = 1000
SEED = 2015
GRID_DAYS = 7


def nearest(drawn: Ensemble) -> int:
    """Return the draw whose curves lie nearest to the pointwise median curves of all draws.

    The distance is the mean over endpoints of the mean absolute difference of S(t), week by week, from the
    start to the last observed time of the ensemble. The first of equally near draws is taken.
    """
    return int(np.argmin(distances(drawn)))


def distances(drawn: Ensemble) -> NDArray[np.float64]:
    """Return each draw's mean absolute distance from the pointwise median curves."""
    from pseudoipd.survival import draws as many

    total = np.zeros(len(drawn))
    for name in drawn.time:
        grid = np.arange(0, int(drawn.time[name].max()) + 1, GRID_DAYS)
        curves = many.survival_on_grid(many.curves(drawn.time[name], drawn.event[name]), grid)
        total += np.abs(curves - np.median(curves, axis=0)).mean(axis=1)
    return np.round(total / len(drawn.time), 12)


def write(folder: Path) -> None:
    """Write adsl.csv, adtte.csv and provenance.json of the reference cohort into `folder`."""
    claims, chosen = read_claims(), assumptions()
    drawn = reconstruct(claims, DRAWS, SEED, chosen, vocabulary.VOCABULARY)
    number = nearest(drawn)
    adsl, adtte = drawn.cohort(number)
    write_tables(adsl, adtte, folder)
    provenance = {
        "kind": "reconstructed",
        "what": f"One of {DRAWS} cohorts drawn from the printed numbers; not the trial's patients.",
        "rule": "the draw nearest to the pointwise median curves of OS and RFS",
        "draw": int(drawn.draw[number]),
        "draws": DRAWS,
        "seed": SEED,
        "assumptions": chosen,
        "month_days": vocabulary.DAYS_PER_MONTH,
    }
    (folder / "provenance.json").write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")


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
    write(folder)
    write_counts(folder)


if __name__ == "__main__":
    main()
