"""Files typed before endpoints had names, and the numbers that were left out of them."""

import csv
from pathlib import Path

import pytest

from blina.vocabulary import VOCABULARY
from blina_base.errors import InputError
from pseudoipd.claims import printed_value
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


def test_the_numbers_left_out_are_numbers_about_these_files():
    with (FILES / "left_out_numbers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 41
    stems = {path.stem for path in OPEN}
    assert {row["file"] for row in rows if not row["file"].startswith("loo_")} <= stems
    for row in rows:
        printed, lower, upper = (printed_value(row[name]) for name in ("printed", "lower", "upper"))
        # Judged on the cohorts of an earlier prior; the rounding of the printed number counts as inside.
        last = 10.0 ** -len(row["printed"].partition(".")[2]) / 2
        assert (lower - last <= printed <= upper + last) == (row["inside"] == "yes"), row
