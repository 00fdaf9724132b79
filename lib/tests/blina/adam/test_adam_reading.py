"""Tables in every format, encoding and spelling are read as the same tables."""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

import adam_samples as sample
from blina.adam import missing, read_tables, write_tables
from blina.adam.check import check
from blina.adam.units import stated_in
from blina_base import project
from blina_base.errors import InputError

OS_DAYS = [100.0, 250.0, 40.0, 31.0]


def adtte_only(folder, text, **options):
    return read_tables(sample.write(folder / "t", adtte=text), **options)


def test_the_endpoint_by_hand(tmp_path):
    tables = read_tables(sample.write(tmp_path / "t"))
    os = tables.endpoint("OS")
    assert os.USUBJID.tolist() == ["A-1", "A-2", "A-3", "A-4"]
    assert os.days.tolist() == OS_DAYS
    assert os.time_months.tolist() == [d / 30.4375 for d in OS_DAYS]
    assert os.event.tolist() == [True, False, True, False]
    assert os.arm.tolist() == ["Low", "Low", "High", "High"]
    assert os.arms == ("High", "Low")
    assert tables.endpoint("RFS").USUBJID.tolist() == ["A-1", "A-3"]
    assert tables.kind == "yours"
    assert tables.warnings == ()


def test_subject_level_values_by_hand(tmp_path):
    adsl = read_tables(sample.write(tmp_path / "t")).adsl
    assert adsl["MRDRESP"].tolist() == ["Y", "N", "Y", ""]
    assert adsl["HSCTFL"].tolist() == ["Y", "N", "N", ""]
    assert np.array_equal(adsl["MRDRDY"], [29, np.nan, 36, np.nan], equal_nan=True)
    assert adsl["SITE"].tolist() == ["Köln", "Ulm", "Ulm", "Berlin"]


@pytest.mark.parametrize("format", ["csv", "parquet", "xpt"])
def test_each_format_reads_back_the_same(tmp_path, format):
    tables = read_tables(sample.write(tmp_path / "t"))
    write_tables(tables.adsl, tables.adtte, tmp_path / "again", format=format)
    again = read_tables(tmp_path / "again")
    pd.testing.assert_frame_equal(again.adsl, tables.adsl)
    pd.testing.assert_frame_equal(again.adtte, tables.adtte)


def test_csv_is_written_the_same_each_time_and_without_float_noise(tmp_path):
    frame = pd.DataFrame({"USUBJID": ["a", "b"], "MRDRDY": [29.0, np.nan], "X": [0.1 + 0.2, 3.0]})
    adtte = pd.DataFrame({"USUBJID": ["a"], "PARAMCD": ["OS"], "AVAL": [1.0], "CNSR": [0]})
    write_tables(frame, adtte, tmp_path)
    assert (tmp_path / "adsl.csv").read_bytes() == b"USUBJID,MRDRDY,X\na,29,0.30000000000000004\nb,,3\n"
    assert (tmp_path / "adtte.csv").read_bytes() == b"USUBJID,PARAMCD,AVAL,CNSR\na,OS,1,0\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_byte_order_marks(tmp_path, encoding):
    folder = sample.write(tmp_path / "t")
    (folder / "adsl.csv").write_bytes(sample.ADSL.encode(encoding))
    tables = read_tables(folder)
    assert tables.adsl["SITE"].tolist() == ["Köln", "Ulm", "Ulm", "Berlin"]
    assert [w.split(":")[0] for w in tables.warnings] == (["ENCODING"] if encoding == "cp1252" else [])


def test_any_case_of_names_line_ends_and_quotes(tmp_path):
    folder = tmp_path / "t"
    folder.mkdir()
    (folder / "AdSL.CSV").write_bytes(
        sample.ADSL.lower().replace("y,29", '"y", 29 ').replace("\n", "\r\n").encode()
    )
    (folder / "ADTTE_final.Csv").write_bytes((sample.ADTTE.lower() + "\n\n").encode())
    tables = read_tables(folder)
    assert tables.endpoint("OS").days.tolist() == OS_DAYS
    assert tables.adsl["MRDRDY"].tolist()[0] == 29
    assert [s.name for s in tables.sources] == ["AdSL.CSV", "ADTTE_final.Csv"]


def test_numeric_ids_and_codes_of_other_formats(tmp_path):
    """Parquet and SAS hold ids as numbers, flags as booleans, categories as codes."""
    adsl = pd.DataFrame({"USUBJID": [1, 2], "MRDRESP": [True, False], "ARM": pd.Categorical(["b", "a"])})
    adtte = pd.DataFrame(
        {"USUBJID": [1.0, 2.0], "PARAMCD": "OS", "AVAL": [5, 6], "AVALU": "WEEKS", "CNSR": [0, 1]}
    )
    (tmp_path / "t").mkdir()
    adsl.to_parquet(tmp_path / "t" / "adsl.parquet")
    adtte.to_parquet(tmp_path / "t" / "adtte.parquet")
    tables = read_tables(tmp_path / "t")
    assert tables.adsl["MRDRESP"].tolist() == ["Y", "N"]
    assert tables.endpoint("OS").days.tolist() == [35, 42]
    assert tables.endpoint("OS").arms == ("a", "b")


@pytest.mark.parametrize(
    ("param", "unit"),
    [
        ("Overall survival (months)", "months"),
        ("Overall Survival (DAYS)", "days"),
        ("Time to relapse in weeks", "weeks"),
        ("Progression-free survival, years", "years"),
        ("OS (mths)", "months"),
        ("Overall survival (Months, from randomization)", "months"),
        ("OS_months", "months"),
        ("Time to death in wks.", "weeks"),
        ("Event-free survival at 2-years", None),
        ("Day 29 response", None),
        ("Survival at 6 months landmark", None),
    ],
)
def test_the_unit_in_the_words_of_param(param, unit):
    assert stated_in(param) == unit


def test_avalu_comes_before_param_and_param_before_the_parameter(tmp_path):
    both = sample.adtte(AVALU=["WEEKS"] * 4, PARAM=["Overall survival"] * 4)
    assert adtte_only(tmp_path, both).time_units == {"OS": "weeks"}
    param = sample.adtte(AVALU=[""] * 4, PARAM=["OS (months)"] * 4, ADT=[""] * 4)
    tables = adtte_only(tmp_path, param, time_unit="days")
    assert tables.time_units == {"OS": "months"}
    assert tables.warnings == (
        "TIME-UNIT-UNUSED: adtte.csv states months for OS; time_unit=days is not used",
    )


def test_months_made_from_days_keep_their_ties(tmp_path):
    """1/30.4375 has no finite decimals: 91 days in months come back as 91 days, tied."""
    months = [repr(91 / 30.4375), "2.989733059548255", repr(7 / 30.4375), "1.0020533880903491"]
    os = adtte_only(tmp_path, sample.adtte(AVAL=months, AVALU=["MONTHS"] * 4, ADT=[""] * 4)).endpoint("OS")
    assert os.days.tolist() == [91, 91, 7, 30.5]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2011-01-01", ["2011-04-11", "2011-09-08", "2011-02-10", "2011-02-01"]),
        ("01JAN2011", ["11APR2011", "08SEP2011", "10FEB2011", "01FEB2011"]),
        # Days since 1960: python3 -c "import datetime as d; print((d.date(2011,1,1)-d.date(1960,1,1)).days)"
        ("18628", ["18728", "18878", "18668", "18659"]),
        # The same as SAS datetimes, seconds since 1960.
        (str(18628 * 86400), [str(d * 86400) for d in (18728, 18878, 18668, 18659)]),
        ("2011-01-01T08:30", ["2011-04-11T10:00", "2011-09-08", "2011-02-10", "2011-02-01"]),
    ],
)
def test_dates_in_each_writing_are_compared_with_aval(tmp_path, start, end):
    assert adtte_only(tmp_path, sample.adtte(STARTDT=[start] * 4, ADT=end)).warnings == ()
    later = [end[0], end[0], *end[2:]]
    (warning,) = adtte_only(tmp_path, sample.adtte(STARTDT=[start] * 4, ADT=later)).warnings
    assert warning.startswith("DATES-DISAGREE: adtte.csv, PARAMCD OS, row 3: ")
    assert "250 days against 100 days" in warning


def test_partial_and_missing_dates_are_no_matter(tmp_path):
    ends = ["2011-04", "", "UNK", "2011-02-01"]
    assert adtte_only(tmp_path, sample.adtte(ADT=ends)).warnings == ()


def test_roles_by_default_and_by_parameter(tmp_path):
    text = sample.ADTTE.replace(",OS,", ",DEATH,").replace(",RFS,", ",EFS,") + "A-1,TTP,x,9,DAYS,0,,\n"
    tables = adtte_only(tmp_path, text)
    assert tables.roles == {"OS": "DEATH", "RFS": "EFS"}
    assert tables.unused_codes == ("TTP",)
    named = adtte_only(tmp_path, text, os_paramcd="TTP|DEATH", rfs_paramcd="efs")
    assert named.roles == {"OS": "TTP", "RFS": "EFS"}
    assert len(named.endpoint("OS")) == 1


def test_an_endpoint_without_a_role_may_be_as_it_likes(tmp_path):
    text = sample.ADTTE + "A-1,DUR,Duration,,HOURS,-1,,\nA-1,DUR,Duration,-4,,,,\n"
    assert adtte_only(tmp_path, text).endpoint("OS").days.tolist() == OS_DAYS


def test_arms_in_the_order_of_their_numbers(tmp_path):
    folder = sample.write(
        tmp_path / "t", adsl="USUBJID,TRT01P,TRT01PN\nA-1,Zero,0\nA-2,Ten,10\nA-3,Two,2\nA-4,,\n"
    )
    assert read_tables(folder).endpoint("OS").arms == ("Zero", "Two", "Ten", "(no arm)")
    # Two numbers for one arm order nothing: the alphabet does.
    split = (folder / "adsl.csv").read_text().replace("A-4,,", "A-4,Two,3")
    (folder / "adsl.csv").write_text(split)
    assert read_tables(folder).endpoint("OS").arms == ("Ten", "Two", "Zero")


def test_an_arm_is_not_taken_for_everyone(tmp_path):
    folder = sample.write(tmp_path / "t", adsl=sample.ADSL.replace("High", "all"))
    assert read_tables(folder).endpoint("OS").arms == ("Low", "arm all")


def test_one_arm_is_no_arm(tmp_path):
    folder = sample.write(tmp_path / "t", adsl=sample.ADSL.replace("High", "Low"))
    assert read_tables(folder).endpoint("OS").arm is None


def test_masked_ids(tmp_path):
    adsl = sample.ADSL.replace("SITE", "SUBJID")
    tables = read_tables(sample.write(tmp_path / "t", adsl=adsl), mask_ids=True)
    assert tables.adsl["USUBJID"].tolist() == ["P1", "P2", "P3", "P4"]
    assert tables.endpoint("RFS").USUBJID.tolist() == ["P1", "P3"]
    assert "SUBJID" not in tables.adsl
    assert not tables.adsl.astype(str).apply(lambda c: c.str.contains("A-1")).any(axis=None)


def test_counts_become_cells_per_microlitre(tmp_path):
    adlb = "USUBJID,PARAMCD,ADY,AVAL,AVALU\nA-1,TCELL,1,1.5,10^9/L\nA-1,BCELL,1,3,cells/uL\nA-1,ALT,1,9,U/L\n"
    table = read_tables(sample.write(tmp_path / "t", adlb=adlb)).adlb
    assert table["AVAL"].tolist() == [1500, 3, 9]
    assert table["AVALU"].tolist() == ["cells/uL", "cells/uL", "U/L"]


def test_what_a_report_would_lack(tmp_path):
    tables = read_tables(sample.write(tmp_path / "t"))
    needs = ["ADSL.MRDRESP", "ADSL.LTSFL", "ADTTE.OS", "ADTTE.RFS", "ADLB.TCELL", "ADLB"]
    assert missing(tables, needs) == ["ADSL.LTSFL", "ADLB.TCELL", "ADLB"]
    assert missing(tables, ["CLAIMS"]) == ["CLAIMS"]
    assert missing(tables, ["CLAIMS"], with_claims=True) == []
    assert missing(read_tables(), ["CLAIMS", "ADLB.TCELL"]) == []
    with pytest.raises(InputError, match=r"blina\.needs"):
        missing(tables, ["ADAE.X"])


def test_check_says_what_is_there_and_what_is_lacking(tmp_path):
    reports = {"a": ["ADTTE.OS"], "b": ["ADSL.COHORT", "ADLB.TCELL"], "c": ["ADTTE.RFS"]}
    adtte = "".join(line for line in sample.ADTTE.splitlines(keepends=True) if ",RFS," not in line)
    found = check(sample.write(tmp_path / "t", adtte=adtte), reports)
    assert [name for name, lacking in found.reports.items() if not lacking] == ["a"]
    text = "\n".join(found.lines())
    assert "4 patients in adsl.csv" in text
    assert "OS: PARAMCD OS (Overall survival), AVAL in days, 4 patients, 2 events" in text
    assert "High: 2 patients, 1 event\n" in text
    assert (
        "b: not applicable: needs ADSL.COHORT (adsl.csv has no column COHORT); ADLB.TCELL (there is no adlb"
        in text
    )
    assert "c: not applicable: needs ADTTE.RFS (adtte.csv has no PARAMCD RFS, DFS, PFS, EFS)" in text
    assert all(len(s.sha256) == 64 for s in found.tables.sources)


def test_a_response_without_a_day_and_a_day_without_a_response_are_named(tmp_path):
    adsl = sample.ADSL.replace("Y,29,", "Y,,").replace("Low,N,,N", "Low,N,71,N")
    one, other = read_tables(sample.write(tmp_path / "t", adsl=adsl)).warnings
    assert one.startswith("RESPONSE-WITHOUT-DAY: adsl.csv, row 2: ")
    assert other.startswith("DAY-WITHOUT-RESPONSE: adsl.csv, row 3: ")


def test_units_that_differ_in_the_words_of_param(tmp_path):
    param = ["OS (days)", "OS (months)", "OS (days)", "OS (days)"]
    with pytest.raises(InputError, match=r"adtte\.csv, row 2, 3, column PARAM: .*one unit for PARAMCD OS"):
        adtte_only(tmp_path, sample.adtte(AVALU=[""] * 4, PARAM=param))


@pytest.mark.parametrize("dates", ["", "2011-13-45"])
def test_the_user_is_asked_for_the_unit_without_a_hint_where_dates_are_of_no_help(tmp_path, dates):
    with pytest.raises(InputError, match=r"time_unit=days\|weeks\|months\|years$"):
        adtte_only(tmp_path, sample.adtte(AVALU=[""] * 4, ADT=[dates] * 4))


def test_the_reference_cohort_by_each_of_its_names():
    assert {read_tables(name).kind for name in (None, "", "reference")} == {"reconstructed"}
    with pytest.raises(InputError, match="PARAMCD"):
        read_tables().endpoint("PFS")


def test_only_made_up_patients_are_ever_called_reconstructed(tmp_path):
    """A copy of the cohort stays reconstructed; a trial's patients are the user's whatever the file says."""
    shutil.copytree(project.reference_cohort(), tmp_path / "copy")
    assert read_tables(tmp_path / "copy").kind == "reconstructed"
    (tmp_path / "copy" / "provenance.json").write_text("{")
    assert read_tables(tmp_path / "copy").kind == "yours"
    folder = sample.write(tmp_path / "trial")
    shutil.copy(project.reference_cohort() / "provenance.json", folder)
    assert read_tables(folder).kind == "yours"


def test_a_time_to_any_event_counts_no_deaths_unless_the_user_says_so(tmp_path):
    text = sample.ADTTE.replace(",OS,", ",TTDE,")
    tables = adtte_only(tmp_path, text)
    assert missing(tables, ["ADTTE.OS", "ADTTE.DEATH"]) == ["ADTTE.DEATH"]
    assert missing(adtte_only(tmp_path, text, os_paramcd="TTDE"), ["ADTTE.DEATH"]) == []
    assert missing(adtte_only(tmp_path, sample.ADTTE), ["ADTTE.DEATH"]) == []
    said = check(tmp_path / "t", {"x": ["ADTTE.DEATH"]}, os_paramcd=None).lines()[-1]
    assert said.endswith("x: can be rendered")
    sample.write(tmp_path / "t", adtte=text)
    assert (
        "os_paramcd=TTDE says that it is death" in check(tmp_path / "t", {"x": ["ADTTE.DEATH"]}).lines()[-1]
    )


def test_sas_days_and_seconds_are_the_day_they_count(tmp_path):
    """1 January 2011 is day 18628 since 1 January 1960; its second 86,399 is still that day."""
    cells = ["18628", "18628.99", str(18628 * 86400), str(18628 * 86400 + 86399)]
    found = adtte_only(tmp_path, sample.adtte(STARTDT=cells, ADT=[""] * 4)).adtte["STARTDT"]
    assert found.dt.strftime("%Y-%m-%d").tolist() == ["2011-01-01"] * 4


def test_a_column_without_values_meets_no_need(tmp_path):
    empty = sample.ADSL.replace(",Y,29,", ",,,").replace(",Y,36,", ",,,")
    tables = read_tables(sample.write(tmp_path / "t", adsl=empty))
    assert missing(tables, ["ADSL.MRDRDY", "ADSL.MRDRESP"]) == ["ADSL.MRDRDY"]


def test_the_plain_name_is_preferred_to_a_longer_one(tmp_path):
    folder = sample.write(tmp_path / "t")
    (folder / "adtte_old.csv").write_text("no,table\n1,2\n")
    assert [s.name for s in read_tables(folder).sources] == ["adsl.csv", "adtte.csv"]


def test_events_at_time_zero_are_events(tmp_path):
    endpoint = adtte_only(tmp_path, sample.adtte(AVAL=["0"] * 4, CNSR=["0"] * 4, ADT=[""] * 4)).endpoint("OS")
    assert endpoint.event.all()
    assert endpoint.days.tolist() == [0] * 4
