"""Folders and files as people have them: what Excel leaves, archives, formats of others, odd paths."""

from __future__ import annotations

import gzip
import io

import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner

import adam_samples as sample
from blina.adam import read_tables
from blina.cli import cli
from blina_base.errors import InputError

DAYS = [100.0, 250.0, 40.0, 31.0]


def days(folder):
    return read_tables(folder).endpoint("OS").days.tolist()


def refused(folder, **options):
    with pytest.raises(InputError) as caught:
        read_tables(folder, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# --- what Excel leaves ------------------------------------------------------------------------------------


def lines(change):
    """ADTTE after each of its lines was changed; `change` is given the place of the line and its text."""
    return "".join(change(i, line) + "\n" for i, line in enumerate(sample.ADTTE.splitlines()))


@pytest.mark.parametrize(
    "text",
    [
        lines(lambda i, line: f"{line},,"),
        lines(lambda i, line: f"{line}, ,,,"),
        lines(lambda i, line: f"{line},," if i else line),
        sample.ADTTE + ",,,,,,,\n" * 3,
        sample.ADTTE + " , ,,,,,,\n\n\n",
        lines(lambda i, line: f"{line},\n,,,,,,,," if i == 2 else f"{line},"),
        "sep=,\n" + sample.ADTTE,
        '"sep=;"\n' + sample.ADTTE.replace(",", ";"),
        "\ufeffsep=\t\n" + sample.ADTTE.replace(",", "\t"),
        ",,,,,,,\n\n" + sample.ADTTE,
    ],
)
def test_what_excel_leaves_is_no_data(tmp_path, text):
    assert days(sample.write(tmp_path / "t", adtte=text)) == DAYS


def test_an_empty_column_with_a_value_is_named_by_row(tmp_path):
    text = lines(lambda i, line: f"{line},,{'7' if i == 3 else ''}")
    assert "adtte.csv, row 4: '7' found" in refused(sample.write(tmp_path / "t", adtte=text))


def test_rows_are_counted_as_in_the_file_whatever_excel_left_before(tmp_path):
    bad = sample.ADTTE.replace("A-3,OS,Overall survival,40", "A-3,OS,Overall survival,-40")
    assert "adtte.csv, row 4, column AVAL: -40" in refused(sample.write(tmp_path / "t", adtte=bad))
    assert "row 6, column AVAL" in refused(sample.write(tmp_path / "t", adtte="sep=,\n,,,,,,,\n" + bad))


@pytest.mark.parametrize(("mark", "name"), [(";", ";"), ("\t", "tab"), ("|", "|")])
def test_another_separator_is_refused_until_a_first_line_names_it(tmp_path, mark, name):
    folder = sample.write(tmp_path / "t", adtte=sample.ADTTE.replace(",", mark))
    assert f"which a first line `sep={name}` may say" in refused(folder)
    (folder / "adtte.csv").write_text(f"sep={name}\n{sample.ADTTE.replace(',', mark)}")
    assert days(folder) == DAYS


# --- archives and the formats of others -------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [".tsv", ".csv.gz", ".tsv.gz", ".TSV", ".CSV.GZ"])
def test_tabs_and_gzip_are_read(tmp_path, suffix):
    folder = sample.write(tmp_path / "t")
    text = sample.ADTTE.replace(",", "\t") if "tsv" in suffix.lower() else sample.ADTTE
    content = gzip.compress(text.encode()) if suffix.lower().endswith("gz") else text.encode()
    (folder / "adtte.csv").unlink()
    (folder / f"adtte{suffix}").write_bytes(content)
    assert days(folder) == DAYS
    if suffix.lower().endswith("gz"):
        (folder / f"adtte{suffix}").write_bytes(content[:-20])
        assert "a whole gzip file" in refused(folder)


@pytest.mark.parametrize(
    "suffix", ["xlsx", "xls", "json", "ndjson", "rds", "RData", "sav", "zip", "csv.bz2", "xpt.gz"]
)
def test_what_is_not_read_is_named_alone_and_beside_what_is(tmp_path, suffix):
    folder = sample.write(tmp_path / "t")
    (folder / f"adtte.{suffix}").write_bytes(b"whatever")
    (warning,) = read_tables(folder).warnings
    assert warning == f"FILES-NOT-READ: adtte.{suffix} is there, but not read; adtte.csv is"
    (folder / "adtte.csv").unlink()
    assert f"adtte.{suffix} is there, but such a file is not read: save it as adtte.csv" in refused(folder)


@pytest.mark.parametrize("name", ["adtte (1).csv", "adtte - Copy.csv", "adtte_old.csv", "ADTTE.csv.bak"])
def test_a_copy_of_a_table_is_named_as_not_read(tmp_path, name):
    folder = sample.write(tmp_path / "t")
    (folder / name).write_text("no table")
    assert read_tables(folder).warnings == (f"FILES-NOT-READ: {name} is there, but not read; adtte.csv is",)
    assert days(folder) == DAYS


def test_a_folder_of_parquet_files_is_one_table(tmp_path):
    folder = sample.write(tmp_path / "t")
    table = pd.read_csv(io.StringIO(sample.ADTTE), dtype=str)
    (folder / "adtte.csv").unlink()
    parts = folder / "adtte.parquet"
    parts.mkdir()
    assert "adtte.parquet: expected files of Parquet in this folder" in refused(folder)
    (parts / "_SUCCESS").touch()
    table.iloc[:3].to_parquet(parts / "part-0.parquet")
    table.iloc[3:].to_parquet(parts / "part-1.parquet")
    assert days(folder) == DAYS
    first = read_tables(folder).sources[1].sha256
    table.iloc[3:5].to_parquet(parts / "part-1.parquet")
    assert read_tables(folder).sources[1].sha256 != first


def transport(tmp_path, *members):
    """A SAS transport file of several data sets (name, table): each after the library's own headers."""
    whole = b""
    for name, text in members:
        frame = pd.read_csv(io.StringIO(text)).astype({"USUBJID": str})
        path = tmp_path / f"{name}.xpt"
        pyreadstat.write_xport(frame.fillna(""), path, table_name=name, file_format_version=5)
        data = path.read_bytes()
        whole = whole + data[data.index(b"HEADER RECORD*******MEMBER") :] if whole else data
    return whole


def test_of_several_data_sets_in_one_file_the_one_of_the_name_is_read(tmp_path):
    text = "\n".join(line.rsplit(",", 2)[0] for line in sample.ADTTE.splitlines())
    both = transport(tmp_path, ("ADTTE", text), ("ADSL", "USUBJID,ARM\nA-1,x\nA-2,y\nA-3,x\nA-4,y\n"))
    folder = tmp_path / "t"
    folder.mkdir()
    for table in ("adsl", "adtte"):
        (folder / f"{table}.xpt").write_bytes(both)
    assert days(folder) == DAYS
    assert read_tables(folder).endpoint("OS").arms == ("x", "y")
    other = transport(tmp_path, ("ADTTE2", text), ("ADRS", text), ("ADEFF", text))
    (folder / "adtte.xpt").write_bytes(other)
    assert "'3 data sets (ADTTE2, ADRS, ADEFF)' found; expected one that is called ADTTE" in refused(folder)
    twice = transport(tmp_path, ("ADTTE", text), ("ADTTE", text))
    (folder / "adtte.xpt").write_bytes(twice)
    assert "2 data sets (ADTTE, ADTTE)" in refused(folder)


# --- paths ------------------------------------------------------------------------------------------------


def test_paths_that_cannot_be_resolved_are_one_line(tmp_path):
    folder = sample.write(tmp_path / "t")
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    (tmp_path / "gone").symlink_to("nowhere")
    for path in ("~nouser/x", tmp_path / "a", tmp_path / "gone", "x" * 5000):
        assert "there is no such folder" in refused(path)
        report = ["render", "03", "-p", f"data_dir={path}", "--output", str(tmp_path / "out")]
        for command in (["check", str(path)], report):
            found = CliRunner().invoke(cli, command)
            assert isinstance(found.exception, InputError), command
            assert "\n" not in str(found.exception)
    for path in ("~nouser/x.yaml", tmp_path / "a", tmp_path / "gone"):
        for name in ("mapping_file", "claims"):
            found = CliRunner().invoke(cli, ["check", str(folder), "-p", f"{name}={path}"])
            assert isinstance(found.exception, InputError), (name, path)
