"""What is written of a paper: ids, what counts as printed, and whose file is not replaced."""

from types import SimpleNamespace

import numpy as np
import pytest

from blina.vocabulary import VOCABULARY
from blina_base.errors import InputError
from pseudoipd.ensemble import Ensemble
from pseudoipd.paper import command, files
from pseudoipd.paper.reading import read_paper


def write(tmp_path, rows):
    path = tmp_path / "claims.csv"
    path.write_text("id,arm,endpoint,statistic,category,printed,of\n" + rows, encoding="utf-8")
    return path


def test_cohorts_never_replace_the_claims_that_they_are_drawn_from(tmp_path):
    path = write(tmp_path, "n,,OS,n,,60,\nm,,OS,median,,9,\n")
    before = path.read_bytes()
    (tmp_path / "same.csv").symlink_to(path)
    with pytest.raises(InputError, match=r"--out .*: expected another name than that of the claims file"):
        command.run(path, command.Order(2, 1, tmp_path / "same.csv"))
    assert path.read_bytes() == before


@pytest.mark.parametrize("arms", [("A", "A+"), ("安慰剂", "药物"), ("new", "old")])
def test_no_two_patients_of_two_arms_have_one_id(tmp_path, arms):
    rows = "".join(f"n{place},{arm},OS,n,,2,\n" for place, arm in enumerate(arms))
    paper = read_paper(write(tmp_path, rows), VOCABULARY)
    two = Ensemble(("RECON-1", "RECON-2"), {}, {}, {}, np.arange(1), {}, "RECON")
    named = files.subjects_named(SimpleNamespace(paper=paper, ensembles=(two, two)))
    assert len({one for ensemble in named for one in ensemble.subjects}) == 4


def test_a_number_of_patients_that_no_row_prints_is_not_among_the_printed(tmp_path):
    rows = "n,,OS,n,,60,\nm,,OS,median,,20,\nc,,RESPONSE,percent,cr,50,\nd,,DOR,median,,8,cr\n"
    paper = read_paper(write(tmp_path, rows + "t,,TTP,median,,9,\n"), VOCABULARY)
    assert paper.made == {"n_ttp"}
    values = {claim.id: 0.0 for part in paper.parts for claim in part.printed}
    shown = files._claims(SimpleNamespace(paper=paper, values=values, pairings=()))
    assert sorted(claim.id for *_, claim in shown) == ["c", "d", "m", "n", "t"]


def test_a_file_in_its_own_words_is_drawn_from_the_prior_asked_for(tmp_path):
    path, found = write(tmp_path, "n,,OS,n,,12,\nm,,OS,median,,9,\n"), {}
    for name in ("trials", "flat"):
        order = command.Order(2, 1, tmp_path / f"{name}.csv", jobs=1, moves=500)
        command.run(path, order, {"prior": name})
        found[name] = order.out.read_bytes()
    command.run(path, command.Order(2, 1, tmp_path / "default.csv", jobs=1, moves=500))
    assert (tmp_path / "default.csv").read_bytes() == found["trials"] != found["flat"]
    with pytest.raises(InputError, match="column prior: 'broad' found; expected one of flat, "):
        command.run(path, command.Order(2, 1, tmp_path / "none.csv"), {"prior": "broad"})
