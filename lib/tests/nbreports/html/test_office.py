"""Tables for a dossier: what other programs read of them."""

import io
import re
import zipfile
from xml.etree import ElementTree

import pandas as pd

from nbreports.html.markup import Noted, table_html
from nbreports.html.office import read, rtf, workbook

FRAME = pd.DataFrame(
    {"what": ["Median {OS}", "Überleben ≥ 30"], "here": [Noted("13.0", "os", (("Printed", "13.0"),)), "10"]}
)
HTML = table_html(FRAME, "caption")


def unescaped(text):
    return re.sub(r"\\u(-?\d+)\?", lambda found: chr(int(found[1]) % 65536), text)


def test_cells_are_read_without_the_cards_on_their_numbers():
    table = read(HTML)
    assert table.heads == 1
    assert [[text for text, _ in row] for row in table.rows] == [
        ["what", "here"], ["Median {OS}", "13.0"], ["Überleben ≥ 30", "10"],
    ]  # fmt: skip


def test_columns_under_one_head_share_its_width():
    heads = pd.MultiIndex.from_tuples([("", "row"), ("A", "n"), ("A", "%")])
    nested = pd.DataFrame([["x", "1", "2%"]], columns=heads, index=[""])
    edges = [
        re.findall(r"\\cellx(\d+)", line)
        for line in rtf(table_html(nested, ""), "t", []).decode().splitlines()
    ]
    first, second, body = (row for row in edges if row)
    assert first == [body[0], body[2]]
    assert second == body
    assert [text for text, _ in read(table_html(nested, "")).rows[1]] == ["", "n", "%"]


def test_an_rtf_has_balanced_braces_one_row_per_row_and_its_notes():
    text = rtf(HTML, "Table 1", ["Patient-level data: reconstructed", ""]).decode("ascii")
    plain = text.replace(r"\{", "").replace(r"\}", "")
    assert plain.count("{") == plain.count("}")
    assert text.startswith(r"{\rtf1\ansi")
    assert text.endswith("}\n")
    assert text.count(r"\row") == 3
    assert r"Median \{OS\}" in text
    assert "Überleben ≥ 30" in unescaped(text)
    assert "reconstructed" in text


def test_a_workbook_has_a_sheet_for_each_table_with_numbers_as_numbers():
    book = workbook({"a" * 40: "n,what\n1.5,<b>\n,x\n", "a" * 40 + "b": "k\n1\n"})
    assert book == workbook({"a" * 40: "n,what\n1.5,<b>\n,x\n", "a" * 40 + "b": "k\n1\n"})
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
