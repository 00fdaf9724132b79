"""columns.yaml: other names and codes for our columns, and what is refused in it."""

from __future__ import annotations

import pytest

import adam_samples as sample
from blina.adam import read_tables
from blina.adam.mapping import read_mapping
from blina_base import project
from blina_base.errors import InputError

ADSL = """USUBJID,GROUP,RESP,RESPDT,TRTSDT,TX
A-1,g1,POS,2011-01-29,2011-01-01,1
A-2,g1,NEG,,2011-01-01,0
A-3,g2,POS,2011-03-12,2011-01-01,0
A-4,g2,,,2011-01-01,
"""
MAPPING = """
columns:
  adsl: {MRDRESP: resp, MRDRDT: RESPDT, HSCTFL: TX, ARM: GROUP}
values:
  adsl:
    MRDRESP: {Y: [POS], N: NEG}
"""


def folder_with(tmp_path, mapping, adsl=ADSL):
    folder = sample.write(tmp_path / "t", adsl=adsl)
    (folder / "columns.yaml").write_text(mapping, encoding="utf-8")
    return folder


def test_a_mapping_brings_in_response_date_transplant_and_arm(tmp_path):
    tables = read_tables(folder_with(tmp_path, MAPPING))
    assert tables.adsl["MRDRESP"].tolist() == ["Y", "N", "Y", ""]
    # 29 January is day 29, 12 March day 71 of a treatment that began on 1 January: 28 + 1, 70 + 1.
    assert tables.adsl["MRDRDY"].tolist()[::2] == [29, 71]
    assert tables.adsl["HSCTFL"].tolist() == ["Y", "N", "N", ""]
    assert tables.endpoint("OS").arms == ("g1", "g2")


def test_the_start_of_the_endpoint_serves_where_treatment_has_no_start(tmp_path):
    tables = read_tables(folder_with(tmp_path, MAPPING, ADSL.replace("TRTSDT", "OTHER")))
    assert tables.adsl["MRDRDY"].tolist()[::2] == [29, 71]


def test_a_mapping_file_elsewhere_is_named(tmp_path):
    folder = sample.write(tmp_path / "t", adsl=ADSL)
    (tmp_path / "my.yaml").write_text(MAPPING)
    assert "MRDRESP" in read_tables(folder, mapping_file=tmp_path / "my.yaml").adsl
    assert "MRDRESP" not in read_tables(folder).adsl


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("columns: [a", ["columns.yaml", "row", "YAML"]),
        ("- a", ["columns.yaml", "name: value"]),
        ("colums: {}", ["'colums'", "did you mean"]),
        ("columns: {adfoo: {}}", ["column columns", "'adfoo'"]),
        ("columns: {adsl: {MRDRSP: RESP}}", ["columns.adsl", "'MRDRSP'", "MRDRESP"]),
        ("columns: {adsl: {MRDRESP: RSP}}", ["column MRDRESP", "'RSP'", "adsl.csv", "RESP?"]),
        ("columns: {adsl: {MRDRESP: 3}}", ["columns.adsl.MRDRESP", "3", "column name"]),
        ("columns: {adsl: {MRDRESP: RESP, HSCTFL: RESP}}", ["'RESP'", "once"]),
        ("columns: {adsl: 3}", ["columns.adsl", "3"]),
        ("values: {adsl: {MRDRESP: {Y: [POS], N: [POS]}}}", ["values.adsl.MRDRESP", "'POS'", "once"]),
        ("values: {adsl: {MRDRESP: [POS]}}", ["values.adsl.MRDRESP"]),
        (
            "columns: {adsl: {MRDRESP: RESP}}",
            ["adsl.csv", "row 2, 3, 4", "MRDRESP", "'POS', 'NEG'", "Y, N or empty"],
        ),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path, mapping, said):
    with pytest.raises(InputError) as caught:
        read_tables(folder_with(tmp_path, mapping))
    assert [w for w in said if w not in str(caught.value)] == []
    assert "\n" not in str(caught.value)


def test_a_response_before_treatment_is_refused(tmp_path):
    early = ADSL.replace("2011-01-29", "2010-12-29")
    with pytest.raises(InputError, match=r"adsl\.csv, row 2, column MRDRDT: '2010-12-29'"):
        read_tables(folder_with(tmp_path, MAPPING, early))


def test_a_response_date_without_any_start_is_refused(tmp_path):
    folder = folder_with(tmp_path, MAPPING, ADSL.replace("TRTSDT", "OTHER"))
    (folder / "adtte.csv").write_text(sample.ADTTE.replace("STARTDT", "S"))
    with pytest.raises(InputError, match="column TRTSDT"):
        read_tables(folder)


def test_a_mapping_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_tables(sample.write(tmp_path / "t"), mapping_file=tmp_path / "none.yaml")


def test_a_mapping_that_is_no_text(tmp_path):
    folder = sample.write(tmp_path / "t")
    (folder / "columns.yaml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(InputError, match=r"columns\.yaml"):
        read_tables(folder)


def test_the_documented_example_is_read_as_it_stands(tmp_path):
    text = (project.root() / "data" / "README.md").read_text(encoding="utf-8")
    (tmp_path / "columns.yaml").write_text(text.split("```yaml\n")[1].split("```")[0])
    found = read_mapping(tmp_path / "columns.yaml")
    assert found.columns["adsl"]["MRDRDT"] == "MRDDT"
    assert found.values["adsl"]["MRDRESP"] == {"POSITIVE": "Y", "NEGATIVE": "N"}
