"""Write `data/cohort/sensitivity.csv`, the table of what each assumption is worth.

`python -m blina_tools.cohort.sensitivity` draws cohorts for every alternative, which takes some minutes.
"""

from __future__ import annotations

from pathlib import Path

from blina import facts
from blina.reports.reconstruction import sensitivity
from blina_base import project
from blina_base.files import whole


def main(path: Path | None = None) -> None:
    """Draw, and write the table."""
    found = sensitivity.drawn_anew(facts.read_claims(), facts.assumptions())
    with whole(path or project.reference_cohort() / "sensitivity.csv") as aside:
        found.to_csv(aside, index=False, lineterminator="\n", float_format="%.6g")


if __name__ == "__main__":
    main()
