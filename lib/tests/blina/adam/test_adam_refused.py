"""Bad data: one line each, with file, column, row and value, as a reader of the file would say them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

import adam_samples as sample
from blina.adam import read_tables, write_tables
from blina_base.errors import InputError

ROW = {"A-1": 2, "A-2": 3, "A-3": 4, "A-4": 5}


def refused(folder, **options):
    with pytest.raises(InputError) as caught:
        read_tables(folder, **options)
    line = str(caught.value)
    assert "\n" not in line
    assert "Traceback" not in line
    assert str(folder) not in line, "a path of the user's machine in the message"
    assert caught.value.exit_code == 2
    return line


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("AVAL", ["100", "", "40", "31"], ["adtte.csv", "row 3", "AVAL", "missing"]),
        ("AVAL", ["100", "NA", "40", "31"], ["row 3", "AVAL", "missing"]),
        ("AVAL", ["100", "250", "-40", "31"], ["row 4", "AVAL", "-40"]),
        ("AVAL", ["100", "250", "40", "x31"], ["row 5", "AVAL", "'x31'", "number"]),
        ("AVAL", ["100", "2,5", "40", "31"], ["row 3", "AVAL", "'2,5'"]),
        ("AVAL", ["100", "inf", "40", "31"], ["row 3", "AVAL", "'inf'"]),
        ("AVAL", ["100", "1e9", "40", "31"], ["row 3", "AVAL", "1000000000", "150 years"]),
        ("CNSR", ["0", "-1", "0", "1"], ["adtte.csv", "row 3", "CNSR", "-1"]),
        ("CNSR", ["0", "1", "0.5", "1"], ["row 4", "CNSR", "0.5"]),
        ("CNSR", ["0", "1", "", "1"], ["row 4", "CNSR", "missing"]),
        ("CNSR", ["0", "1", "yes", "1"], ["row 4", "CNSR", "'yes'"]),
        ("USUBJID", ["A-1", "A-2", "A-9", "A-4"], ["adtte.csv", "row 4", "USUBJID", "'A-9'", "adsl.csv"]),
        ("USUBJID", ["A-1", "A-2", "A-2", "A-4"], ["row 3, 4", "USUBJID", "'A-2'", "once for PARAMCD OS"]),
        ("USUBJID", ["A-1", "", "A-3", "A-4"], ["row 3", "USUBJID", "empty"]),
        ("PARAMCD", ["XX"] * 4, ["row 2", "PARAMCD", "'XX'", "OS|DEATH|TTDE"]),
        ("AVALU", ["DAYS", "MONTHS", "DAYS", "DAYS"], ["row 3", "AVALU", "'MONTHS'", "one unit"]),
        ("AVALU", ["DAYS", "DAYS", "", "DAYS"], ["row 4", "AVALU"]),
        ("AVALU", ["FORTNIGHTS"] * 4, ["row 2, 3, 4 and 1 more", "AVALU", "'FORTNIGHTS'", "months"]),
    ],
)
def test_a_bad_cell_is_named(tmp_path, column, cells, said):
    line = refused(sample.write(tmp_path / "t", adtte=sample.adtte(**{column: cells})))
    assert [word for word in said if word not in line] == []


def test_everyone_censored_at_zero_is_refused(tmp_path):
    line = refused(sample.write(tmp_path / "t", adtte=sample.adtte(AVAL=["0"] * 4, CNSR=["1"] * 4)))
    assert "row 2, 3, 4 and 1 more" in line
    assert "column AVAL" in line
    assert "censored at 0" in line


def test_no_events_is_no_error(tmp_path):
    endpoint = read_tables(sample.write(tmp_path / "t", adtte=sample.adtte(CNSR=["1"] * 4))).endpoint("OS")
    assert endpoint.event.tolist() == [False] * 4


def test_a_duplicate_patient_in_adsl(tmp_path):
    line = refused(sample.write(tmp_path / "t", adsl=sample.ADSL + "A-1,Low,Y,29,Y,Bonn\n"))
    assert [w for w in ("adsl.csv", "row 2, 6", "USUBJID", "'A-1'", "once") if w not in line] == []


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("MRDRESP", "maybe", ["row 2", "column MRDRESP", "'maybe'", "Y, N or empty"]),
        ("MRDRDY", "29.5", ["row 2", "column MRDRDY", "29.5", "whole"]),
        ("MRDRDY", "-3", ["row 2", "column MRDRDY", "-3"]),
    ],
)
def test_a_bad_subject_level_value(tmp_path, column, value, said):
    frame = pd.read_csv(sample.io.StringIO(sample.ADSL), dtype=str, keep_default_na=False)
    frame.loc[0, column] = value
    line = refused(sample.write(tmp_path / "t", adsl=frame.to_csv(index=False)))
    assert [w for w in ["adsl.csv", *said] if w not in line] == []


@pytest.mark.parametrize("name", ["USUBJID", "PARAMCD", "AVAL", "CNSR"])
def test_a_missing_column(tmp_path, name):
    line = refused(sample.write(tmp_path / "t", adtte=sample.ADTTE.replace(name, "OTHER", 1)))
    assert f"adtte.csv, column {name}" in line


def test_without_any_unit_the_user_is_asked(tmp_path):
    folder = sample.write(tmp_path / "t", adtte=sample.adtte(AVALU=[""] * 4))
    line = refused(folder)
    assert "time_unit=" in line
    assert "fit days" in line
    assert read_tables(folder, time_unit="days").time_units == {"OS": "days"}


def test_an_unknown_time_unit(tmp_path):
    assert "'hours'" in refused(sample.write(tmp_path / "t"), time_unit="hours")


def test_a_code_that_was_asked_for_and_is_not_there(tmp_path):
    line = refused(sample.write(tmp_path / "t"), os_paramcd="TTP")
    assert [w for w in ("os_paramcd", "'TTP'", "OS, RFS") if w not in line] == []


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 bytes"),
        (b"PK\x03\x04 and so on", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel"),
        (b"PAR1....", "Parquet"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (sample.ADTTE.replace(",", ";").encode(), "semicolons"),
        (sample.ADTTE.replace(",", "\t").encode(), "tabs"),
        (sample.ADTTE.splitlines()[0].encode(), "empty"),
        (b"\n\n", "empty"),
        (sample.ADTTE.replace("A-2,OS,", "A-2,OS,x,y,", 1).encode(), "row 3"),
        (b'USUBJID,PARAMCD\n"A-1,OS', "comma-separated"),
        (b"USUBJID,USUBJID\nA,B", "'USUBJID'"),
        (b"USUBJID\x00,B\nA,B", "NUL"),
        (b"\xff\xfeU", "utf-16"),
    ],
)
def test_a_file_that_is_no_table(tmp_path, content, said):
    folder = sample.write(tmp_path / "t")
    (folder / "adtte.csv").write_bytes(content)
    line = refused(folder)
    assert said in line
    assert "adtte.csv" in line


@pytest.mark.parametrize("lost", [1, 40, 80, 160, 100_000])
def test_a_truncated_transport_file(tmp_path, lost):
    folder = sample.write(tmp_path / "t")
    # A record of 83 bytes never ends on a block of 80, so that every lost block cuts a record.
    adtte = read_tables(folder).adtte[["USUBJID", "PARAMCD", "AVAL", "CNSR", "AVALU"]]
    whole = write_tables(
        pd.DataFrame({"USUBJID": ["x"]}), adtte.assign(X="y" * 51), tmp_path / "x", format="xpt"
    )[1]
    (folder / "adtte.csv").unlink()
    data = whole.read_bytes()
    (folder / "adtte.xpt").write_bytes(data)
    assert len(read_tables(folder).endpoint("OS")) == 4
    (folder / "adtte.xpt").write_bytes(data[: max(len(data) - lost, 400)])
    assert "adtte.xpt" in (line := refused(folder))
    assert "truncated" in line


def test_a_record_cut_off_within_its_blanks(tmp_path):
    """What is left is blank, as padding is, but longer than padding can be."""
    folder = sample.write(tmp_path / "t")
    adtte = read_tables(folder).adtte[["USUBJID", "PARAMCD", "AVAL", "CNSR", "AVALU"]].head(4)
    # 215 bytes, then 3 + 2 + 8 + 8 + 4: a record is three blocks of 80, and the last one begins with blanks.
    frame = pd.concat([pd.Series(["y" * 215] * 3 + [""], name="X"), adtte], axis="columns")
    path = folder / "adtte.xpt"
    pyreadstat.write_xport(frame, path, file_format_version=5)
    (folder / "adtte.csv").unlink()
    assert len(read_tables(folder).endpoint("OS")) == 4
    path.write_bytes(path.read_bytes()[:-80])
    assert "truncated" in refused(folder)


@pytest.mark.parametrize("suffix", ["parquet", "xpt", "sas7bdat"])
def test_text_under_another_formats_name(tmp_path, suffix):
    folder = sample.write(tmp_path / "t")
    (folder / "adtte.csv").rename(folder / f"adtte.{suffix}")
    assert f"adtte.{suffix}" in refused(folder)


@pytest.mark.parametrize(
    ("suffix", "head"), [("parquet", b"PAR1"), ("sas7bdat", b"\x00" * 12 + b"\xc2\xea\x81\x60")]
)
def test_a_file_that_only_begins_well(tmp_path, suffix, head):
    folder = sample.write(tmp_path / "t")
    (folder / "adtte.csv").unlink()
    (folder / f"adtte.{suffix}").write_bytes(head + b"nonsense" * 100)
    assert "read in full" in refused(folder)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    folder = sample.write(tmp_path / "t")
    reads = Path.open

    def forbidden(path, *arguments, **options):
        if path.name == "adtte.csv":
            raise PermissionError(13, "Permission denied")
        return reads(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", forbidden)
    assert "adtte.csv: expected a file that can be read (Permission denied)" in refused(folder)


def test_two_files_for_one_table(tmp_path):
    folder = sample.write(tmp_path / "t")
    (folder / "ADTTE.CSV").write_text(sample.ADTTE)
    assert "ADTTE.CSV, adtte.csv" in refused(folder)


def test_no_folder_and_no_tables(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        read_tables(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="not a file"):
        read_tables(tmp_path / "file")
    (tmp_path / "empty").mkdir()
    assert "adsl.csv" in refused(tmp_path / "empty")


def test_counts_of_an_unknown_unit(tmp_path):
    adlb = "USUBJID,PARAMCD,ADY,AVAL,AVALU\nA-1,TCELL,1,1.5,bushel\n"
    line = refused(sample.write(tmp_path / "t", adlb=adlb))
    assert [w for w in ("adlb.csv", "row 2", "AVALU", "'bushel'") if w not in line] == []
