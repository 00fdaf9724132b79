"""Whatever is thrown at the reader, it returns tables that the statistics can use or says what is wrong."""

from __future__ import annotations

import tempfile
from pathlib import Path

import adam_samples as sample
import numpy as np
import pandas as pd
import pytest
from blina.adam import Tables, read_tables, write_tables
from blina.errors import InputError
from hypothesis import example, given, settings
from hypothesis import strategies as st

CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "NA",
            ".",
            "0",
            "1",
            "-1",
            "1e400",
            "nan",
            "inf",
            "0.5",
            "1,5",
            "Y",
            "N",
            "A-1",
            "OS",
            "RFS",
            "DAYS",
        ]
    ),
    st.text(max_size=8),
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(repr),
)
COLUMNS = st.sampled_from(
    [
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
    ]
)
EDITS = st.lists(st.tuples(st.integers(0, 6), COLUMNS, CELLS), max_size=6)


def check_valid(tables: Tables) -> None:
    """Assert what every statistic takes for granted."""
    assert tables.adsl["USUBJID"].is_unique
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


def edited(text: str, edits: list[tuple[int, str, str]]) -> pd.DataFrame:
    frame = pd.read_csv(sample.io.StringIO(text), dtype=str, keep_default_na=False)
    for row, column, cell in edits:
        if column not in frame:
            frame[column] = ""
        frame.loc[row % len(frame), column] = cell
    return frame


@settings(max_examples=150, deadline=None, derandomize=True)
@given(EDITS, EDITS, st.sampled_from([None, "days", "months"]))
@example([], [(0, "STARTDT", "1e300")], None)
@example([(0, "ARM", "\x00")], [], None)
def test_mangled_cells(adsl, adtte, unit):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        edited(sample.ADSL, adsl).to_csv(folder / "adsl.csv", index=False)
        edited(sample.ADTTE, adtte).to_csv(folder / "adtte.csv", index=False)
        read_or_refuse(folder, time_unit=unit)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_mangled_bytes_of_a_csv(data):
    content = bytearray(sample.ADTTE.encode())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=4))
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
