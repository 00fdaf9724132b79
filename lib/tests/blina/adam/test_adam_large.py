"""Large files: read by Arrow where there is one way to read them, and as the reader of records does."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import adam_samples as sample
from blina.adam import reading
from blina_base.errors import BlinaError, InputError

PARTS = st.sampled_from(
    ["a", "b c", '"', '""', ",", ";", "\n", "\r\n", "\r", " ", "é", '"a"', '"a,b"', '"a""b"', '"a\nb"', ""]
)


def either_way(path, monkeypatch, wanted=None):
    """Return what both readers make of a file: a table, or the line of the refusal; and who read it."""
    found = []
    for least in (0, 1 << 40):
        monkeypatch.setattr(reading, "_LARGE", least)
        try:
            found.append(reading.read(path, "adsl", wanted)[0])
        except InputError as error:
            found.append(str(error))
    return found


def same(one, other):
    if isinstance(one, str) or isinstance(other, str):
        assert isinstance(one, str) == isinstance(other, str), (one, other)
        assert one == other
    else:
        pd.testing.assert_frame_equal(one.astype(object), other, check_index_type=False)


@pytest.mark.slow
@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(PARTS, max_size=14).map("".join))
@example('x,y\n"a","b')
@example('x,y\n"a,"b",c\n')
@example('x,y\n""a,b\n')
@example("x,y\n,\nb,c\n")
@example("x,y\n\nb,c\n")
@example("x\ry\nb,c\rd,e")
@example('x,y\n"",""\n"a\n","b"\n')
def test_both_readers_agree_on_any_text(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("t") / "adsl.csv"
    path.write_bytes(b"USUBJID,A,B\nx,y,z\n" + text.encode())
    with pytest.MonkeyPatch.context() as patch:
        same(*either_way(path, patch))


@pytest.mark.parametrize("mark", ["", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [",", "\t"])
def test_a_regular_file_is_read_by_arrow_and_only_its_wanted_columns(
    tmp_path, monkeypatch, mark, end, separator
):
    path = tmp_path / ("adsl.csv" if separator == "," else "adsl.tsv")
    rows = [["USUBJID", "X", "Arm"], ["A-1", "1", "Köln"], ["A-2", "", "NA"], ["A-3", "007", " B "]]
    text = end.join(separator.join(f"{mark}{cell}{mark}" for cell in row) for row in rows)
    path.write_bytes(text.encode())
    monkeypatch.setattr(reading._Csv, "frame", lambda _: pytest.fail("the reader of single records"))
    monkeypatch.setattr(reading, "_LARGE", 0)
    frame, notes = reading.read(path, "adsl", frozenset({"ARM", "USUBJID"}))
    assert frame.to_dict("list") == {"USUBJID": ["A-1", "A-2", "A-3"], "ARM": ["Köln", "NA", " B "]}
    assert notes == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("USUBJID,A\nx,1\ny\n", "adsl.csv, row 3: 1 found; expected 2 cells, as in the header"),
        ("USUBJID,A\nx,1\ny,2,3\n", "adsl.csv, row 3: 3 found; expected 2 cells, as in the header"),
        ('USUBJID,A\nx,"1"2\n', "comma-separated text"),
        ("USUBJID,A,\nx,1,3\n", "row 2: '3' found; expected nothing below an empty name"),
    ],
)
def test_what_is_irregular_is_refused_as_in_a_small_file(tmp_path, monkeypatch, text, said):
    path = tmp_path / "adsl.csv"
    path.write_text(text)
    one, other = either_way(path, monkeypatch)
    assert one == other
    assert said in one


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xpt", ".sas7bdat"])
def test_memory_that_ends_within_a_reader_is_one_line(tmp_path, monkeypatch, suffix):
    def full(*_):
        raise MemoryError

    folder = sample.write(tmp_path / "t")
    (folder / "adtte.csv").rename(folder / f"adtte{suffix}")
    monkeypatch.setitem(reading._READERS, suffix, full)
    monkeypatch.setattr(reading.finding, "check_content", lambda _: None)
    with pytest.raises(BlinaError, match=rf"^adtte\{suffix}: not enough memory to read its columns$"):
        reading.read(folder / f"adtte{suffix}", "adtte")


_LIMITED = """
import resource, sys
import blina.adam.reading, pandas, pyarrow.csv
from blina import cli
size = int(next(l for l in open("/proc/self/status") if l.startswith("VmSize")).split()[1]) * 1024
resource.setrlimit(resource.RLIMIT_AS, (size + {room}, resource.RLIM_INFINITY))
sys.argv = ["blina", "check", {folder!r}]
cli.main()
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of memory that Linux keeps")
def test_a_limit_of_memory_ends_in_one_line(tmp_path):
    """20 MB of room for a table whose ids alone take more: neither a traceback nor half a result."""
    folder = sample.write(tmp_path / "t")
    ids = [f"PATIENT-{i:07d}" for i in range(200_000)]
    (folder / "adsl.csv").write_text("USUBJID,WORDS\n" + "".join(f"{one},words on {one}\n" for one in ids))
    program = _LIMITED.format(room=20 << 20, folder=str(folder))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert "not enough memory" in line
