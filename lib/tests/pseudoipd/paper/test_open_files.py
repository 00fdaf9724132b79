"""Files typed before endpoints had names, and the numbers that were left out of them."""

import csv
from pathlib import Path

import pytest

from blina.vocabulary import VOCABULARY
from blina_base import project
from blina_base.errors import InputError
from blina_tools.sampler import left_out
from pseudoipd.claims.grammar import SECOND
from pseudoipd.paper.reading import read_paper

FILES = Path(__file__).parents[2] / "data" / "papers"
OPEN = sorted((FILES / "open").glob("*.csv"))
# Endpoints of all patients that were written as RFS, as no other name was known; by what a paper calls them.
CALLED = {
    "blast_os_rfs": "EFS", "cartitude1_os_pfs_as_rfs": "PFS", "dalba_os_rfs": "EFS", "dalba_os_rfs_cr": "EFS",
    "e1910_blina": "EFS", "e1910_chemo": "EFS", "eliana_os_efs_as_rfs": "EFS",
    "mpact_nabp_os_pfs_as_rfs": "PFS", "mskcc_os_efs_as_rfs": "EFS", "mt103_211": "", "mt103_211_mrd": "",
}  # fmt: skip


@pytest.mark.parametrize("path", OPEN, ids=lambda path: path.stem)
def test_a_file_is_read_or_says_which_endpoint_it_cannot_place(path, tmp_path):
    if path.stem not in CALLED:
        assert read_paper(path, VOCABULARY).unused == ()
        return
    with pytest.raises(InputError, match="whose relapse-free survival it is"):
        read_paper(path, VOCABULARY)
    named = tmp_path / path.name
    called = CALLED[path.stem]
    if called:
        named.write_text(path.read_text().replace(",RFS,", f",{called},"))
        (part,) = read_paper(named, VOCABULARY).parts
        assert part.names[SECOND].code == called
        return
    # Of the responders, whom the file counts under a category.
    head, *rows = path.read_text().splitlines()
    named.write_text(
        "\n".join([f"{head},of", *(f"{row},{'cr_or_crh_2_cycles' * (',RFS,' in row)}" for row in rows)])
    )
    (part,) = read_paper(named, VOCABULARY).parts
    assert part.vocabulary.second == {"said": "cr_or_crh_2_cycles"}


def left_out_numbers():
    with (FILES / "left_out_numbers.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_numbers_that_a_file_does_not_hold_lie_in_the_range_of_95_percent_of_its_cohorts():
    rows = left_out_numbers()
    assert len(rows) == 41
    inside = [row for row in rows if row["inside"] == "yes"]
    # 95 % within two standard errors, as if numbers of one curve did not go together.
    assert abs(len(inside) / 41 - 0.95) <= 2 * (0.95 * 0.05 / 41) ** 0.5
    # The method note tells it, and of which files the others are.
    note = (project.root() / "lib" / "README.md").read_text(encoding="utf-8")
    others = {row["file"] for row in rows if row["inside"] == "no"}
    assert f"{len(inside)} of 41 printed numbers" in note
    assert all(name.split("_")[0].upper()[:9] in note.upper() for name in others)


@pytest.mark.parametrize("name", ["eliana_os", "tower_chemo_os"])
def test_a_prediction_comes_out_again(name, drawn_once):
    """The whole table takes a quarter of an hour: `python -m blina_tools.sampler.left_out`."""
    rows = [row for row in left_out_numbers() if row["file"] == name]
    asked = left_out.text(FILES, name), rows
    assert drawn_once(asked, lambda: left_out.predict(FILES, name, rows)) == rows


def test_what_is_predicted_is_not_in_the_file():
    for row in left_out_numbers():
        written = left_out.text(FILES, row["file"])
        endpoint = left_out.CALLED.get(row["file"], "RFS") if row["endpoint"] == "RFS" else "OS"
        assert f",{endpoint},{row['statistic']},,,{row['at']}," not in written, row
