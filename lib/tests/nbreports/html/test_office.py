"""Tables for a dossier: what other programs read of them."""

import csv
import html
import importlib.util
import io
import re
import zipfile
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pandas as pd
import pytest

from nbreports.collection import Collection
from nbreports.digits import csv_text
from nbreports.html import office
from nbreports.html.markup import Noted, table_html
from nbreports.html.office import read, rtf, workbook
from nbreports.html.page import build
from nbreports.page import MIME
from nbreports.run.job import Job

FRAME = pd.DataFrame(
    {"what": ["Median {OS}", "Überleben ≥ 30"], "here": [Noted("13.0", "os", (("Printed", "13.0"),)), "10"]}
)
HTML = table_html(FRAME, "caption")
HEADS = pd.MultiIndex.from_tuples([("", "row"), ("A", "n"), ("A", "%")])
NESTED = pd.DataFrame([["x", "1", "2%"], ["y\x07", "3", "4%"]], columns=HEADS, index=["", "Grüppe"])


def unescaped(text):
    return re.sub(r"\\u(-?\d+)\?", lambda found: chr(int(found[1]) % 65536), text)


def test_cells_are_read_without_the_cards_on_their_numbers():
    table = read(HTML)
    assert table.heads == 1
    assert [[cell.text for cell in row] for row in table.rows] == [
        ["what", "here"], ["Median {OS}", "13.0"], ["Überleben ≥ 30", "10"],
    ]  # fmt: skip


def test_columns_under_one_head_share_its_width():
    table = read(table_html(NESTED, ""))
    edges = [re.findall(r"\\cellx(\d+)", line) for line in rtf(table).decode().splitlines()]
    first, second, body, group, last = (row for row in edges if row)
    assert first == [body[0], body[2]]
    assert second == body == last
    assert group == [body[2]]
    assert [cell.text for cell in table.rows[1]] == ["", "n", "%"]


def test_an_rtf_has_balanced_braces_one_row_per_row_and_its_notes():
    table = read(HTML, title="Table 1", notes=["Patient-level data: reconstructed", ""])
    text = rtf(table).decode("ascii")
    plain = text.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")
    assert text.startswith(r"{\rtf1\ansi")
    assert text.endswith("}\n")
    assert text.count(r"\row") == 3
    assert r"Median \{OS\}" in text
    assert "Überleben ≥ 30" in unescaped(text)
    assert "reconstructed" in text


def test_a_workbook_has_a_sheet_for_each_table_with_numbers_as_numbers():
    tables = [read("", "a" * 40, data="n,what\n1.5,<b>\n,x\n"), read("", "a" * 40 + "b", data="k\n1\n")]
    book = workbook(tables)
    assert book == workbook(tables)
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert archive.testzip() is None
        parts = {name: ElementTree.fromstring(archive.read(name)) for name in archive.namelist()}
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    names = [s.get("name") for s in parts["xl/workbook.xml"].iterfind(".//m:sheet", space)]
    assert len(set(names)) == 2
    assert max(map(len, names)) <= 31
    first = parts["xl/worksheets/sheet1.xml"]
    assert [v.text for v in first.iterfind(".//m:v", space)] == ["1.5"]
    assert [t.text for t in first.iterfind(".//m:t", space)] == ["n", "what", "<b>", "x"]


def reopened(table):
    """Return the Word document of a table as python-docx reads it back, its file the same when made again."""
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    made = office.docx(table)
    assert made == office.docx(table)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    return docx.Document(io.BytesIO(made))


def test_a_word_document_holds_the_rows_of_the_csv_with_title_and_notes():
    frame = pd.DataFrame({"what": ["Median {OS}", "Überleben ≥ 30"], "n": [13.5, 10.25], "<of>": ["36", "a"]})
    notes = ["Patient-level data: reconstructed", "", "03; blina"]
    document = reopened(read(table_html(frame, "c"), title="Table 1", notes=notes))
    (table,) = document.tables
    shown = [[cell.text for cell in row.cells] for row in table.rows]
    assert shown == list(csv.reader(io.StringIO(csv_text(frame))))
    assert [p.text for p in document.paragraphs] == [
        "Table 1",
        "Patient-level data: reconstructed",
        "03; blina",
    ]
    core = document.core_properties
    assert (core.title, core.author, core.created) == ("Table 1", "", datetime(1980, 1, 1, tzinfo=UTC))
    assert document.sections[0].page_width > document.sections[0].page_height


def test_a_word_document_keeps_two_levels_of_heads_and_groups_of_rows():
    (table,) = reopened(read(table_html(NESTED, ""))).tables
    # python-docx gives a cell that spans columns once for each of them.
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["row", "A", "A"], ["", "n", "%"], ["x", "1", "2%"], ["Grüppe"] * 3, ["y", "3", "4%"],
    ]  # fmt: skip
    repeated = [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in table.rows]
    assert repeated == [True, True, False, False, False]
    strong = [[bool(c.paragraphs[0].runs[0].bold) for c in row.cells if c.text] for row in table.rows]
    assert strong == [[True] * 3, [True] * 2, [False] * 3, [True] * 3, [False] * 3]


def test_without_python_docx_a_page_has_no_word_document_and_says_in_one_line_how_to_get_it(monkeypatch):
    told = {"show": "table", "name": "numbers", "caption": "c", "kind": "", "csv": csv_text(FRAME)}
    shown = nbformat.v4.new_output("display_data", {"text/html": HTML, MIME: told})
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1", outputs=[shown])])
    job, collection = Job("", "03_sample", ""), Collection("", Path())
    files, _ = build(deepcopy(content), job, collection)
    assert "tables/numbers.docx" in files
    assert b'href="tables/numbers.docx"' in files["index.html"]
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "docx" else find(name))
    files, _ = build(content, job, collection)
    assert "tables/numbers.rtf" in files
    assert "tables/numbers.docx" not in files
    page = files["index.html"].decode()
    assert "numbers.docx" not in page
    assert html.escape(office.MISSING) in page
    assert "pip install python-docx" in office.MISSING
