"""Ten abstracts as files: how many of the numbers that they print can be written as they stand."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from blina.vocabulary import VOCABULARY
from pseudoipd.paper import drawing
from pseudoipd.paper.reading import read_paper

FILES = Path(__file__).parents[2] / "data" / "papers"
ABSTRACTS = sorted(path.stem for path in FILES.glob("*.csv") if not path.stem.endswith("_numbers"))


def printed():
    """Return the outcome numbers that the abstracts print, by abstract, each as often as it is printed."""
    with (FILES / "printed_numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: Counter(row["printed"] for row in rows if row["abstract"] == name) for name in ABSTRACTS}


def taken(name):
    """Return the numbers of a file that are used, each as often as a row has it."""
    paper = read_paper(FILES / f"{name}.csv", VOCABULARY)
    unused = {claim.id for claim, _ in paper.unused}
    with (FILES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return Counter("NR" if row["printed"] == "not reached" else row["printed"]
                       for row in csv.DictReader(file) if row["id"] not in unused)  # fmt: skip


@pytest.mark.parametrize("name", ABSTRACTS)
def test_each_abstract_can_be_read(name):
    paper = read_paper(FILES / f"{name}.csv", VOCABULARY)
    assert paper.unused == ()
    # What is computed of a claim is kept under its id, so no two parts may share one.
    ids = [claim.id for part in paper.parts for claim in part.printed]
    assert len(ids) == len(set(ids))


def test_at_least_85_percent_of_what_abstracts_print_can_be_written_as_printed():
    wanted = printed()
    found = {name: (wanted[name] & taken(name)).total() for name in ABSTRACTS}
    total = sum(counter.total() for counter in wanted.values())
    assert total == 200
    assert sum(found.values()) / total >= 0.85, found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dalba", "mt103_211", "mskcc", "cartitude1", "blast", "eliana"])
def test_what_an_abstract_prints_is_met(name):
    paper = read_paper(FILES / f"{name}.csv", VOCABULARY)
    cohorts = drawing.draw(paper, drawing.requests(paper, {}, 1), 2)
    asked = {claim.id for part in paper.parts for claim in part.printed} & {
        name for name, standing in cohorts.standing.items() if standing != drawing.REPORTED
    }
    claims = [claim for part in paper.parts for claim in part.printed if claim.id in asked]
    assert all(claim.agrees(float(v)) for claim in claims for v in cohorts.values[claim.id])
