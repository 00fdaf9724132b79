"""Whatever is thrown at the reader, it returns tables that the statistics can use or says what is wrong."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import adam_samples as sample
from blina.adam import Tables, read_tables, write_tables
from blina.adam.schema import NO_PATIENTS
from blina.adam.warnings import NAMES as WARNINGS
from blina_base.errors import InputError

pytestmark = pytest.mark.slow

TELLING = [
    "",
    "NA",
    ".",
    "0",
    "1",
    "2",
    "-1",
    "1e400",
    "nan",
    "inf",
    "0.5",
    "1,5",
    "Y",
    "N",
    "A-1",
    "A-2",
    "A-9",
    "OS",
    "RFS",
    "DAYS",
    "MONTHS",
    "2011-01-01",
    "18628",
    "Screen Failure",
    "Low",
    "LOW ",
    "PD",
    "CRi",
    "Overall survival (months)",
    "Progression-free survival",
    "Death",
    "Alive",
    "10^9/L",
    "%",
]
CELLS = st.one_of(st.sampled_from(TELLING), st.text(max_size=8), st.integers(-(10**20), 10**20).map(str))
NAMES = [
    "USUBJID",
    "PARAMCD",
    "PARAM",
    "AVAL",
    "AVALU",
    "CNSR",
    "STARTDT",
    "ADT",
    "MRDRESP",
    "MRDRDY",
    "ARM",
    "TRTP",
    "X",
    "ITTFL",
    "ANL01FL",
    "TRT01A",
    "ARMCD",
    "BESTRESP",
    "LTSFL",
    "EVNTDESC",
    "CNSDTDSC",
    "DTHFL",
    "DTHDT",
]
COLUMNS = st.sampled_from(NAMES)
# Numbers that are nearly right are found by no arbitrary cell in an arbitrary column.
NUMBERS = st.sampled_from(["-1", "-0.5", "0", "0.5", "2", "", "1e9", "inf"])
EDIT = st.one_of(
    st.tuples(st.integers(0, 6), COLUMNS, CELLS),
    st.tuples(st.integers(0, 6), st.sampled_from(["AVAL", "CNSR", "MRDRDY"]), NUMBERS),
)
EDITS = st.lists(EDIT, max_size=4)
# Which records a table keeps, some perhaps twice; None is all of them.
ROWS = st.none() | st.lists(st.integers(0, 5), min_size=1, max_size=7)
TELLING_BYTES = st.sampled_from([b'"', b'""', b"\n", b"\r", b",", b";", b"\x00", b"\xff", b"'", b" "])


def check_valid(tables: Tables) -> None:
    """Assert what every statistic takes for granted."""
    assert tables.adsl["USUBJID"].is_unique
    assert set(tables.adtte["USUBJID"]) <= set(tables.adsl["USUBJID"])
    assert all(warning.split(":")[0] in WARNINGS for warning in tables.warnings)
    # Neither case nor blanks make an arm.
    assert len({" ".join(arm.split()).casefold() for arm in tables.arms}) == len(tables.arms)
    assert tables.kind == "yours"
    assert tables.roles
    for role in tables.roles:
        end = tables.endpoint(role)
        assert len(end) > 0
        assert np.isfinite(end.time_months).all()
        assert (end.time_months >= 0).all()
        assert end.event.dtype == bool
        assert len(set(end.USUBJID)) == len(end)
        assert set(end.USUBJID) <= set(tables.adsl["USUBJID"])
        assert end.arm is None or set(end.arm) == set(end.arms)


def read_or_refuse(folder: Path, **options: object) -> None:
    try:
        tables = read_tables(folder, **options)
    except InputError as error:
        message = str(error)
    else:
        check_valid(tables)
        message = ""
    assert "\n" not in message


def edited(text: str, edits: list[tuple[int, str, str]], rows: list[int] | None = None) -> pd.DataFrame:
    frame = pd.read_csv(sample.io.StringIO(text), dtype=str, keep_default_na=False)
    if rows is not None:
        frame = frame.iloc[[row % len(frame) for row in rows]].reset_index(drop=True)
    for row, column, cell in edits:
        if column not in frame:
            frame[column] = ""
        frame.loc[row % len(frame), column] = cell
    return frame


@settings(max_examples=300, deadline=None, derandomize=True)
@given(EDITS, EDITS, ROWS, ROWS, st.sampled_from([None, "days", "months"]))
@example([], [(0, "STARTDT", "1e300")], None, None, None)
@example([(0, "ARM", "\x00")], [], None, None, None)
@example([], [(0, "AVAL", "")], None, None, None)
def test_mangled_cells_and_rows(adsl, adtte, patients, records, unit):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edited(sample.ADSL, adsl, patients).to_csv(folder / "adsl.csv", index=False)
        edited(sample.ADTTE, adtte, records).to_csv(folder / "adtte.csv", index=False)
        read_or_refuse(folder, time_unit=unit)


FLAGS = st.sampled_from(["Y", "N", "", "1", "true", "maybe"])
ARMS = st.sampled_from(["A", "a", " A", "B", "Screen Failure", "", "all", "=A", "(no arm)", "高用量"])
LETTERS = st.sampled_from(["Köln", "München", "Plzeň", "Łódź", "高用量", "低剂量", "Größe – “x”", "é", "A"])


def columns_of(cells: st.SearchStrategy[str], *names: str) -> st.SearchStrategy[dict[str, list[str]]]:
    """Some of these columns of ADSL, a cell for each of its four patients."""
    lists = st.lists(cells, min_size=4, max_size=4)
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, lists))


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp1250", "mac_roman", "shift_jis", "gb18030", "big5"]


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    columns_of(FLAGS, "ITTFL", "FASFL", "SAFFL", "LTSFL"),
    columns_of(ARMS, "TRT01P", "ARM", "ACTARM", "ARMCD"),
    st.none() | st.lists(FLAGS, min_size=6, max_size=6),
    st.sampled_from([None, "all", "SAFFL"]),
)
def test_flags_and_arms(flags, arms, records, population):
    """Whoever is left out is counted: patients that stay and those that are named add up to all."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edited(sample.ADSL, []).assign(**flags, **arms).to_csv(folder / "adsl.csv", index=False)
        adtte = edited(sample.ADTTE, [])
        marked = adtte if records is None else adtte.assign(ANL01FL=records)
        marked.to_csv(folder / "adtte.csv", index=False)
        try:
            tables = read_tables(folder, population=population)
        except InputError:
            return
        check_valid(tables)
        if population != "all" and len(tables.arms) > 1:
            assert not any(map(NO_PATIENTS.fullmatch, tables.arms))
        named = [w for w in tables.warnings if w.startswith("PATIENTS-LEFT-OUT")]
        counted = sum(int(re.search(r"(\d+) of 4 patients", w)[1]) for w in named)
        assert tables.patients + counted == 4


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(LETTERS, min_size=4, max_size=4), st.sampled_from(ENCODINGS))
def test_letters_are_read_as_they_were_written_or_the_user_is_asked(names, encoding):
    """No encoding is guessed: what is read has the letters that were written."""
    text = edited(sample.ADSL, []).assign(SITE="x", TRT01P=names).to_csv(index=False)
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = sample.write(Path(name))
        (folder / "adsl.csv").write_bytes(content)
        try:
            tables = read_tables(folder)
        except InputError as error:
            asked = "encoding: " in str(error)
            (folder / "columns.yaml").write_text(f"encoding: {encoding}")
            tables = read_tables(folder)
            assert asked
        assert tables.adsl["TRT01P"].tolist() == names


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_mangled_bytes_of_a_csv(data):
    content = bytearray(sample.ADTTE.encode())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 5))] = data.draw(
            st.one_of(TELLING_BYTES, st.binary(max_size=4))
        )
    with tempfile.TemporaryDirectory() as name:
        folder = sample.write(Path(name))
        (folder / "adtte.csv").write_bytes(bytes(content))
        read_or_refuse(folder)


OBJECTS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.floats(),
    st.text(max_size=4),
    st.dates(),
    st.binary(max_size=3),
)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.dictionaries(COLUMNS, st.lists(OBJECTS, min_size=4, max_size=4), max_size=4))
def test_columns_of_any_type(columns):
    """A Parquet file may hold anything; only what pyarrow can write at all is tried."""
    adtte = edited(sample.ADTTE, []).head(4).assign(**columns)
    with tempfile.TemporaryDirectory() as name:
        folder = sample.write(Path(name))
        (folder / "adtte.csv").unlink()
        try:
            adtte.to_parquet(folder / "adtte.parquet")
        except (ValueError, TypeError, OverflowError):
            return
        read_or_refuse(folder)


@pytest.fixture(scope="module")
def binary_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("binary")
    tables = read_tables(sample.write(folder / "csv"))
    files = {}
    for format in ("xpt", "parquet"):
        write_tables(tables.adsl, tables.adtte, folder / format, format=format)
        files[format] = (folder / format / f"adtte.{format}").read_bytes()
    return files


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data(), format=st.sampled_from(["xpt", "parquet"]))
def test_mangled_binary_files(binary_files, data, format):
    content = bytearray(binary_files[format])
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 80))] = data.draw(st.binary(max_size=8))
    with tempfile.TemporaryDirectory() as name:
        folder = sample.write(Path(name))
        (folder / "adtte.csv").unlink()
        (folder / f"adtte.{format}").write_bytes(bytes(content))
        read_or_refuse(folder)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=40).map(lambda b: b.decode("latin-1"))))
@example("columns: &a [*a]")
@example("columns: {adsl: {MRDRESP: &x [*x]}}")
@example("? [a]\n: b")
def test_mangled_mappings(text):
    with tempfile.TemporaryDirectory() as name:
        folder = sample.write(Path(name))
        (folder / "columns.yaml").write_text(text, encoding="utf-8", errors="replace")
        read_or_refuse(folder)
