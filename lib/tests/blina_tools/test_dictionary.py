"""data/README.md describes every file and column that is there, and nothing else."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from blina.adam import read_tables
from blina_base import project
from blina_base.errors import InputError
from blina_tools import dictionary
from pseudoipd.claims import claims

DATA = project.root() / "data"


def test_the_checked_in_dictionary_is_the_generated_one():
    """`python -m blina_tools.dictionary` mends it."""
    assert (DATA / "README.md").read_text(encoding="utf-8") == dictionary.text()


def test_it_names_every_file_with_its_digest():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for path in DATA.rglob("*.csv"):
        assert f"`{path.parent.name}/{path.name}`" in text
        assert hashlib.sha256(path.read_bytes()).hexdigest() in text


def test_the_examples_can_be_read(tmp_path):
    (tmp_path / "adsl.csv").write_text("USUBJID\n101-001\n101-002\n", encoding="utf-8")
    (tmp_path / "adtte.csv").write_text(dictionary.ADTTE_EXAMPLE, encoding="utf-8")
    overall = read_tables(tmp_path).endpoint("OS")
    assert (overall.days.tolist(), overall.event.tolist()) == ([412, 95], [False, True])
    (tmp_path / "claims.csv").write_text(claims.EXAMPLE, encoding="utf-8")
    assert [claim.value for claim in claims.read_claims(tmp_path / "claims.csv")] == [60, 10.4, 7.9, 14.2, 42]


def test_an_undescribed_column_or_file_is_an_error(tmp_path):
    shutil.copytree(DATA, tmp_path / "data")
    claims = tmp_path / "data" / "published" / "claims.csv"
    claims.write_text(claims.read_text(encoding="utf-8").replace("exhibit,", "novelty,", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"published/claims\.csv, column novelty"):
        dictionary.text(tmp_path / "data")
    claims.rename(claims.with_name("other.csv"))
    with pytest.raises(InputError, match=r"published/other\.csv"):
        dictionary.text(tmp_path / "data")
