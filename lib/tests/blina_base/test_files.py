"""Files that are whole or not there, their digests, and words that are nearly known."""

import os
import subprocess

import pytest

from blina_base.errors import near, one_of
from blina_base.files import sha256, whole, write_atomically


def test_a_file_is_as_it_was_until_its_successor_is_whole(tmp_path):
    path = tmp_path / "kept.csv"
    write_atomically(path, b"first")
    with whole(path) as aside:
        aside.write_bytes(b"second")
        assert path.read_bytes() == b"first"
    assert path.read_bytes() == b"second"
    assert os.listdir(tmp_path) == ["kept.csv"]


def interrupted(path):
    with whole(path) as aside:
        aside.write_bytes(b"sec")
        raise KeyboardInterrupt


def test_what_fails_halfway_leaves_the_old_file_and_nothing_beside_it(tmp_path):
    path = tmp_path / "kept.csv"
    write_atomically(path, b"first")
    with pytest.raises(KeyboardInterrupt):
        interrupted(path)
    assert path.read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["kept.csv"]


def test_the_digest_is_that_of_coreutils(tmp_path):
    path = tmp_path / "some bytes"
    path.write_bytes(bytes(range(256)) * 1000)
    said = subprocess.run(["sha256sum", path.name], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert sha256(path) == said.stdout.split()[0]


@pytest.mark.parametrize(
    ("word", "meant"), [("medain", "median"), ("MRDFL", "mrdfl"), ("dose", "dose"), ("xyz", "")]
)
def test_the_nearest_known_word_is_found_whatever_its_case(word, meant):
    assert near(word, ("median", "mrdfl", "dose")) == meant


def test_all_known_words_are_listed_in_order():
    assert one_of("medain", ("median", "dose")) == "one of dose, median (did you mean median?)"
    assert one_of("xyz", ("median", "dose")) == "one of dose, median"
    assert one_of("xyz", ()) == "none, as none is known"
