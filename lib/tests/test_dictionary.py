"""data/README.md describes every file and column that is there, and nothing else."""

from __future__ import annotations

import hashlib
import shutil

import pytest
from blina import dictionary, project
from blina.errors import InputError

DATA = project.root() / "data"


def test_the_checked_in_dictionary_is_the_generated_one():
    """`python -m blina.dictionary` mends it."""
    assert (DATA / "README.md").read_text(encoding="utf-8") == dictionary.text()


def test_it_names_every_file_with_its_digest():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for path in DATA.rglob("*.csv"):
        assert f"`{path.parent.name}/{path.name}`" in text
        assert hashlib.sha256(path.read_bytes()).hexdigest() in text


def test_an_undescribed_column_or_file_is_an_error(tmp_path):
    shutil.copytree(DATA, tmp_path / "data")
    claims = tmp_path / "data" / "published" / "claims.csv"
    claims.write_text(claims.read_text(encoding="utf-8").replace("exhibit,", "novelty,", 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"published/claims\.csv, column novelty"):
        dictionary.text(tmp_path / "data")
    claims.rename(claims.with_name("other.csv"))
    with pytest.raises(InputError, match=r"published/other\.csv"):
        dictionary.text(tmp_path / "data")
