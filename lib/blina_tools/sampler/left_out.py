"""Printed numbers of other papers that a claims file does not hold, predicted by the cohorts drawn from it.

`python -m blina_tools.sampler.left_out FOLDER` writes the predictions into `FOLDER/left_out_numbers.csv`,
anew and in the same order, at the default assumptions. A row names the file in `FOLDER/open`, or
`loo_NAME__WHAT` for NAME reduced to the number of patients and one number: the median, or S at 24 months.
"""

from __future__ import annotations

import csv
import math
import sys
import tempfile
from pathlib import Path

import numpy as np

from blina.vocabulary import VOCABULARY
from pseudoipd.claims import Claim
from pseudoipd.judge import Judge
from pseudoipd.paper import drawing
from pseudoipd.paper.held_out import DRAWS, spread
from pseudoipd.paper.reading import read_paper

KEPT = {"median": ",median,,", "s24": ",survival,,,24,"}
"""What a reduced file keeps beside the number of patients, as its rows have it."""
CALLED = {
    "cartitude1_os_pfs_as_rfs": "PFS", "dalba_os_rfs": "EFS", "mpact_nabp_os_pfs_as_rfs": "PFS",
}  # fmt: skip
"""Endpoints of all patients that were typed as RFS, by what their papers call them."""
Row = dict[str, str]


def text(folder: Path, name: str) -> str:
    """Return the claims of a row's file."""
    if not name.startswith("loo_"):
        written = (folder / "open" / f"{name}.csv").read_text(encoding="utf-8")
        return written.replace(",RFS,", f",{CALLED[name]},") if name in CALLED else written
    whole, _, what = name.removeprefix("loo_").partition("__")
    head, *rows = (folder / "open" / f"{whole}_os.csv").read_text(encoding="utf-8").splitlines()
    return "\n".join([head, *(row for row in rows if ",OS,n," in row or f",OS{KEPT[what]}" in row)])


def predict(folder: Path, name: str, rows: list[Row], draws: int = DRAWS) -> list[Row]:
    """Return the rows of one file with the middle and the 95% range of the cohorts drawn from it."""
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "claims.csv"
        path.write_text(text(folder, name), encoding="utf-8")
        paper = read_paper(path, VOCABULARY)
    wanted = drawing.requests(paper, {}, 1)
    drawn = drawing.draw(paper, wanted, draws)
    judge = Judge(drawn.ensembles[0], wanted[0].problem.assumptions, paper.parts[0].vocabulary)
    found = []
    for row in rows:
        at = float(row["at"]) if row["at"] else None
        unit = "months" if "median" in row["statistic"] else "%"
        claim = Claim(
            "out", "", row["endpoint"], row["statistic"], "", "all", at, row["printed"], unit, name, ""
        )
        values = judge.values(claim)
        lower, upper = spread(values)
        # Whatever prints as the end of the range is in it.
        inside = claim.interval.lower <= upper and lower <= claim.interval.upper
        middle = float(np.sort(np.where(np.isnan(values), math.inf, values))[(len(values) - 1) // 2])
        shown = {"predicted_median": middle, "lower": lower, "upper": upper}
        found.append(
            row
            | {"draws": str(len(values)), "inside": "yes" if inside else "no"}
            | {name: "NR" if math.isinf(value) else f"{value:.1f}" for name, value in shown.items()}
        )
    return found


def main(folder: Path) -> None:
    """Predict each file's numbers and write them in the order of the table."""
    table = folder / "left_out_numbers.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found: list[Row] = []
    for name in dict.fromkeys(row["file"] for row in rows):
        found += predict(folder, name, [row for row in rows if row["file"] == name])
        print(name, file=sys.stderr, flush=True)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
