"""Tables as people have them: flags, arms, codes, mappings and units, each read as meant or named.

The tables are made up anew after public reports and files; the numbers are counted by hand.
"""

from __future__ import annotations

import re

import pandas as pd
import pytest
from click.testing import CliRunner

import adam_samples as sample
from blina.adam import missing, read_tables
from blina.adam.check import check
from blina.adam.units import cells_per_ul, count_stated_in
from blina.adam.warnings import NAMES, warning
from blina.cli import cli
from blina.collection import COLLECTION
from blina_base import project
from blina_base.errors import InputError

DAYS = (30, 61, 95, 120, 150, 203)
ADSL = "USUBJID,TRT01P\n" + "".join(f"P{i},{'AB'[i % 2]}\n" for i in range(6))
ADTTE = "USUBJID,PARAMCD,PARAM,AVAL,AVALU,CNSR\n" + "".join(
    f"P{i},OS,Overall survival,{days},DAYS,{int(i in (2, 4))}\n" for i, days in enumerate(DAYS)
)


def table(text, **columns):
    frame = pd.read_csv(sample.io.StringIO(text), dtype=str, keep_default_na=False)
    return frame.assign(**columns).to_csv(index=False)


def tables(tmp_path, adsl=ADSL, adtte=ADTTE, adlb=None, mapping=None, **options):
    folder = sample.write(tmp_path / "t", adsl, adtte, adlb)
    if mapping is not None:
        (folder / "columns.yaml").write_text(mapping, encoding="utf-8")
    return read_tables(folder, **options)


def refused(tmp_path, *arguments, **options):
    with pytest.raises(InputError) as caught:
        tables(tmp_path, *arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def named(found):
    return [warning.split(":")[0] for warning in found.warnings]


# --- the names of warnings --------------------------------------------------------------------------------


def test_each_warning_has_a_name_that_the_dictionary_explains():
    text = (project.root() / "data" / "README.md").read_text(encoding="utf-8")
    section = text.split("a name that stays:")[1].split("## ")[0]
    listed = set(re.findall(r"^\| `([A-Z-]+)` \|", section, flags=re.MULTILINE))
    assert listed == set(NAMES)
    files = [p for p in (project.root() / "lib/blina/adam").glob("*.py") if p.name != "warnings.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [name for name in NAMES if f'"{name}"' not in source] == [], "a warning that is never given"
    with pytest.raises(KeyError):
        warning("SOMETHING-ODD", "x")


# --- flags and populations --------------------------------------------------------------------------------

FLAGGED = (
    "USUBJID,TRT01P,ITTFL\nP0,A,Y\nP1,B,Y\nP2,A,Y\nP3,B,Y\nP4,A,N\nP5,Screen Failure,N\n",
    table(ADTTE, ANL01FL=["Y", "Y", "Y", "N", "Y", "Y"]),
)


def test_only_flagged_patients_and_records_are_analyzed_and_the_others_counted(tmp_path):
    found = tables(tmp_path, *FLAGGED)
    # P4 and P5 are not in the population, the record of P3 is not marked: P0, P1 and P2 are left.
    assert found.endpoint("OS").USUBJID.tolist() == ["P0", "P1", "P2"]
    assert found.endpoint("OS").arms == ("A", "B")
    assert found.patients == 4
    people, records, without = found.warnings
    assert people.startswith("PATIENTS-LEFT-OUT: adsl.csv: 2 of 6 patients are not in the population ITTFL")
    assert without.startswith("PATIENTS-WITHOUT-TIME: 1 patient (P3): no record")
    assert records.startswith("RECORDS-LEFT-OUT: adtte.csv, PARAMCD OS: 1 of 4 records are not marked Y")


def test_the_flags_are_parameters(tmp_path):
    everyone = tables(tmp_path, *FLAGGED, population="all", analysis_flag="all")
    assert len(everyone.endpoint("OS")) == 6
    assert everyone.warnings == ()
    adsl = table(FLAGGED[0], SAFFL=list("YYNNYN"))
    safety = tables(tmp_path, adsl, FLAGGED[1], population="SAFFL", analysis_flag="all")
    assert safety.endpoint("OS").USUBJID.tolist() == ["P0", "P1", "P4"]
    assert "population, " not in refused(tmp_path, *FLAGGED, population="MITTFL")
    assert "'MITTFL' found; expected a flag of adsl.csv" in refused(tmp_path, *FLAGGED, population="MITTFL")
    assert "analysis_flag: 'ANL09FL'" in refused(tmp_path, *FLAGGED, analysis_flag="ANL09FL")


def test_the_data_parameters_of_every_report_choose_the_flags():
    names = {parameter.name: parameter.default for parameter in COLLECTION.data_parameters}
    assert names["population"] == "ITTFL|FASFL"
    assert names["analysis_flag"] == "ANL01FL"


def test_a_flag_that_marks_nobody_is_refused_and_an_empty_one_says_nothing(tmp_path):
    line = refused(tmp_path, table(ADSL, FASFL=["N"] * 6))
    assert "adsl.csv, column FASFL: '6 N' found; expected Y for somebody in FASFL, or population=all" in line
    assert tables(tmp_path, table(ADSL, ITTFL=[""] * 6)).warnings == ()
    assert "'maybe' found; expected Y, N or empty" in refused(
        tmp_path, table(ADSL, ITTFL=["maybe"] + ["Y"] * 5)
    )


def test_two_records_of_which_one_is_marked_are_resolved(tmp_path):
    twice = table(ADTTE, ANL01FL=["Y"] * 6) + "P0,OS,Overall survival,9,DAYS,1,\n"
    found = tables(tmp_path, adtte=twice)
    assert found.endpoint("OS").days[0] == 30
    assert named(found) == ["RECORDS-LEFT-OUT"]
    line = refused(tmp_path, adtte=ADTTE + "P0,OS,Overall survival,9,DAYS,1\n")
    assert "row 2, 8" in line
    assert "ANL01FL Y would mark the record to analyze" in line
    both = refused(tmp_path, adtte=twice.replace(",1,\n", ",1,Y\n"))
    assert "row 2, 8" in both


def test_an_endpoint_that_was_not_flagged_keeps_its_records(tmp_path):
    rfs = "".join(f"P{i},RFS,Relapse-free survival,{20 + i},DAYS,0,\n" for i in range(3))
    found = tables(tmp_path, adtte=table(ADTTE, ANL01FL=["Y"] * 6) + rfs)
    assert len(found.endpoint("RFS")) == 3


def test_screen_failures_are_left_out_whatever_column_says_so(tmp_path):
    adsl = table(
        ADSL, TRT01P=["A", "B", "A", "B", "A", ""], ACTARM=["A", "B", "A", "B", "A", "Screen Failure"]
    )
    found = tables(tmp_path, adsl)
    assert found.endpoint("OS").arms == ("A", "B")
    assert "1 of 6 patients were not assigned to an arm" in found.warnings[0]
    code = table(ADSL, TRT01P=["A", "B"] * 3, ARMCD=["A", "B", "A", "B", "A", "SCRNFAIL"])
    assert tables(tmp_path, code).patients == 5


@pytest.mark.parametrize(
    "word", ["screen fail", "SCREEN-FAILURE", "Not Randomised", "Not assigned to treatment"]
)
def test_screen_failures_have_many_spellings(tmp_path, word):
    assert tables(tmp_path, table(ADSL, TRT01P=["A", "B", "A", "B", "A", word])).patients == 5
    assert tables(tmp_path, table(ADSL, TRT01P=["A", "B", "A", "B", "A", "Not treated"])).patients == 6


def test_rows_are_named_as_they_stand_in_the_file_whatever_was_left_out(tmp_path):
    bad = FLAGGED[1].replace("P2,OS,Overall survival,95,DAYS,1", "P2,OS,Overall survival,-95,DAYS,1")
    adsl = FLAGGED[0].replace("P0,A,Y", "P0,A,N")
    assert "adtte.csv, row 4, column AVAL: -95" in refused(tmp_path, adsl, bad)


# --- arms -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "in_adtte", "source"),
    [
        ({"TRT01P": "p", "ARM": "q", "TRT01A": "r"}, {"TRTP": "s"}, "adsl.csv, TRT01P"),
        ({"ARM": "p", "TRT01A": "q"}, {"TRTP": "s"}, "adsl.csv, ARM"),
        ({"TRT01A": "q", "ACTARM": "q"}, {"TRTP": "p"}, "adtte.csv, TRTP"),
        ({"TRT01A": "q", "ARMCD": "p"}, {}, "adsl.csv, ARMCD"),
        ({"ACTARM": "q"}, {"TRTA": "q"}, "adsl.csv, ACTARM"),
        ({}, {"TRTAN": "q"}, "adtte.csv, TRTAN"),
    ],
)
def test_planned_comes_before_actual_names_before_codes_and_patients_before_records(
    tmp_path, columns, in_adtte, source
):
    bare = table(ADSL).replace("TRT01P", "X")
    adsl = table(bare, **{name: [f"{v}1", f"{v}2"] * 3 for name, v in columns.items()})
    adtte = table(ADTTE, **{name: [f"{v}1", f"{v}2"] * 3 for name, v in in_adtte.items()})
    found = tables(tmp_path, adsl, adtte)
    assert found.arm_source == source
    assert len(found.endpoint("OS").arms) == 2
    assert found.arm_others.count("values") == len(columns) + len(in_adtte) - 1


def test_check_says_which_column_gave_the_arms_and_which_others_could(tmp_path):
    adsl = table(ADSL, TRT01A=["A", "B", "A", "B", "A", "A"], ACTARM=["A", "B"] * 3)
    lines = check(sample.write(tmp_path / "t", adsl, ADTTE), {}).lines()
    assert any(line.endswith("arms of adsl.csv, TRT01P") for line in lines)
    assert "could name arms, too: ADSL.TRT01A (2 values), ADSL.ACTARM (2 values)" in lines
    # One patient took what the others were given: only TRT01A divides them otherwise.
    (warning,) = [line for line in lines if "ARMS-ELSEWHERE" in line]
    assert "ADSL.TRT01A would divide" in warning
    assert "ACTARM" not in warning


@pytest.mark.parametrize(
    "names",
    [
        ["Drug A", "Drug B", "drug a", "Drug B", "Drug A", "Drug  B"],
        ["DRUG A", "Drug B", "Drug A", "Drug B ", "DRUG A", "Drug\u00a0B"],
        ["A-Drug", "Drug B", "A–Drug", "\ufeffDrug B", "A-Drug", "Drug\u200b B"],
    ],
)
def test_spellings_of_one_arm_are_one_arm_with_a_note(tmp_path, names):
    found = tables(tmp_path, table(ADSL, TRT01P=names))
    assert found.endpoint("OS").arms == (names[0], "Drug B")
    assert named(found) == ["ARM-SPELLINGS"]


def test_arms_that_differ_in_more_than_case_and_blanks_stay_apart(tmp_path):
    found = tables(tmp_path, table(ADSL, TRT01P=["Drug-A", "Drug A"] * 3))
    assert found.endpoint("OS").arms == ("Drug A", "Drug-A")
    assert found.warnings == ()


# --- coded columns ----------------------------------------------------------------------------------------


def test_words_of_best_response_are_read_and_named(tmp_path):
    words = ["Complete Remission", "PD", "stable disease", "CRh", "Not Evaluable", "partial response"]
    found = tables(tmp_path, table(ADSL, BESTRESP=words))
    assert found.adsl["BESTRESP"].tolist() == ["CR", "REFRACTORY", "REFRACTORY", "CRh", "NE", "PR"]
    (warning,) = found.warnings
    assert warning.startswith("CODE-READ: adsl.csv, BESTRESP: 'Complete Remission' as CR, 'PD' as REFRACTORY")
    british = "Complete remission with partial haematologic recovery"
    assert tables(tmp_path, table(ADSL, BESTRESP=[british] * 6)).adsl["BESTRESP"][0] == "CRh"


def test_another_response_within_two_cycles_is_none_of_those_counted(tmp_path):
    words = ["Complete remission", "PR", "CRh", "stable disease", "NONE", ""]
    found = tables(tmp_path, table(ADSL, BOR2C=words))
    assert found.adsl["BOR2C"].tolist() == ["CR", "NONE", "CRh", "NONE", "NONE", ""]
    assert named(found) == ["CODE-READ"]
    for word in ("CRi", "CR/CRh", "NE"):
        assert f"column BOR2C: '{word}' found" in refused(tmp_path, table(ADSL, BOR2C=[word, *words[1:]]))


@pytest.mark.parametrize("word", ["CRi", "MLFS", "responder"])
def test_a_word_that_is_none_of_ours_is_refused_by_value(tmp_path, word):
    adsl = table(ADSL, BESTRESP=["CR", "CR", word, "CR", "CR", ""])
    line = refused(tmp_path, adsl)
    assert f"adsl.csv, row 4, column BESTRESP: '{word}' found; expected one of CR, CRh" in line
    mapping = f"values: {{adsl: {{BESTRESP: {{NE: [{word}]}}}}}}"
    assert tables(tmp_path, adsl, mapping=mapping).adsl["BESTRESP"].tolist()[2] == "NE"


# --- the mapping file -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["columns.yml", "COLUMNS.YAML", "Columns.Yml"])
def test_the_mapping_file_may_be_spelled_as_people_spell_it(tmp_path, name):
    folder = sample.write(tmp_path / "t", ADSL.replace("TRT01P", "GRP"), ADTTE)
    (folder / name).write_text("columns: {adsl: {ARM: GRP}}")
    assert read_tables(folder).endpoint("OS").arms == ("A", "B")
    (folder / "columns.YAML").write_text("columns: {}")
    with pytest.raises(InputError, match="one mapping file"):
        read_tables(folder)


@pytest.mark.parametrize("name", ["mapping.yaml", "columns.json", "columns.yaml.txt", "columns (1).yaml"])
def test_a_mapping_of_another_name_is_named_as_not_read(tmp_path, name):
    folder = sample.write(tmp_path / "t", ADSL, ADTTE)
    (folder / name).write_text("columns: {adsl: {ARM: GRP}}")
    (warning,) = read_tables(folder).warnings
    assert warning.startswith(f"FILES-NOT-READ: {name} is there, but not read")


@pytest.mark.parametrize(
    ("mapping", "row"),
    [
        ("columns:\n  adsl: {ARM: G1}\n  adsl: {ARM: G2}\n", 3),
        ("values:\n  adtte:\n    CNSR: {0: [1]}\n    CNSR: {1: [0]}\n", 4),
        ("columns: {}\nvalues: {}\ncolumns: {}\n", 3),
    ],
)
def test_a_name_that_is_given_twice_is_refused_with_its_row(tmp_path, mapping, row):
    assert f"columns.yaml, row {row}: " in (line := refused(tmp_path, mapping=mapping))
    assert "each name once" in line


@pytest.mark.parametrize(
    ("cells", "mapping"),
    [
        (["FALSE", "TRUE"], "{0: [FALSE], 1: [TRUE]}"),
        (["False", "True"], "{0: [false], 1: [TRUE]}"),
        (["No", "Yes"], "{0: [No], 1: [Yes]}"),
        (["off", "on"], "{0: off, 1: on}"),
        (["01", "1"], "{0: [01], 1: [1]}"),
        (["2011-01-01", "~x"], "{0: [2011-01-01], 1: ['~x']}"),
        (["NA", "."], "{0: [NA], 1: ['.']}"),
    ],
)
def test_values_are_the_text_that_they_are_written_as(tmp_path, cells, mapping):
    codes = [cells[int(i in (2, 4))] for i in range(6)]
    found = tables(
        tmp_path, adtte=table(ADTTE, CNSR=codes), mapping=f"values: {{adtte: {{CNSR: {mapping}}}}}"
    )
    assert found.endpoint("OS").event.tolist() == [True, True, False, True, False, True]
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("values: {adsl: {MRDRESP: {Y: [POS]}}}", "adsl.csv has no column MRDRESP"),
        ("values: {adtte: {CNSR: {1: [2, 9]}}}", "'2', '9' is in no cell of adtte.csv"),
        ("columns: {adlb: {AVAL: N}}", "speaks of adlb; there is no such table"),
    ],
)
def test_an_entry_that_meets_nothing_is_named(tmp_path, mapping, said):
    (warning,) = tables(tmp_path, mapping=mapping).warnings
    assert warning.startswith("MAPPING-UNUSED: columns.yaml")
    assert said in warning


# --- CNSR against the other columns -----------------------------------------------------------------------


def test_a_table_in_which_one_is_the_event_is_refused(tmp_path):
    words = ["Alive", "Alive", "Death", "Lost to follow-up", "Death", "Censored at data cutoff"]
    line = refused(tmp_path, adtte=table(ADTTE, EVNTDESC=words))
    assert "column CNSR" in line
    assert "EVNTDESC says the contrary of nearly all records" in line
    mapping = "values: {adtte: {CNSR: {0: [1], 1: [0]}}}"
    assert tables(tmp_path, adtte=table(ADTTE, EVNTDESC=words), mapping=mapping).warnings == ()


@pytest.mark.parametrize(
    ("adsl", "adtte"),
    [
        ({"DTHFL": ["Y", "Y", "N", "Y", "N", "Y"]}, {}),
        ({"DTHDT": ["2011-01-31", "2011-03-03", "", "2011-05-01", "", "2011-07-23"]}, {}),
        # Of the censored nothing is said that is known.
        ({}, {"EVNTDESC": ["Death", "Died", "Completed", "Death", "LTFU", "Deceased"]}),
        ({}, {"CNSDTDSC": ["", "", "Visit", "", "Cutoff", ""], "EVNTDESC": ["Death"] * 2 + [""] * 4}),
    ],
)  # fmt: skip
def test_a_table_turned_round_is_seen_in_each_column_that_tells(tmp_path, adsl, adtte):
    turned = table(ADTTE, CNSR=["1", "1", "0", "1", "0", "1"], **adtte)
    assert "the contrary of nearly all records" in refused(tmp_path, table(ADSL, **adsl), turned)
    assert tables(tmp_path, table(ADSL, **adsl), table(ADTTE, **adtte)).warnings == ()


def test_who_is_no_longer_alive_is_dead(tmp_path):
    words = ["Not alive", "No longer alive", "Alive", "Death", "Alive", "Died"]
    assert tables(tmp_path, adtte=table(ADTTE, EVNTDESC=words)).warnings == ()


@pytest.mark.parametrize(
    ("adsl", "adtte", "rows"),
    [
        ({}, {"EVNTDESC": ["Death", "Alive at last contact", "", "Death", "", "Death"]}, "3"),
        ({}, {"CNSDTDSC": ["", "", "Last visit", "Last visit", "Last visit", ""]}, "5"),
        ({"DTHFL": ["Y", "Y", "", "Y", "Y", ""]}, {}, "6, 7"),
        ({"DTHDT": ["2011-01-31", "2011-03-03", "", "2011-05-01", "2011-05-31", "2011-07-23"]}, {}, "6"),
    ],
)
def test_what_contradicts_cnsr_is_named_by_row(tmp_path, adsl, adtte, rows):
    found = tables(tmp_path, table(ADSL, **adsl), table(ADTTE, **adtte))
    (warning,) = found.warnings
    assert warning.startswith(f"CENSORING-DISAGREES: adtte.csv, PARAMCD OS, row {rows}: ")


def test_a_death_after_the_end_of_the_record_contradicts_nothing(tmp_path):
    """P4 was censored on 31 May and died in August, after the data were cut."""
    dates = ["2011-01-31", "2011-03-03", "2011-04-06", "2011-05-01", "2011-05-31", "2011-07-23"]
    adtte = table(ADTTE, STARTDT=["2011-01-01"] * 6, ADT=dates)
    deaths = [d if i not in (2, 4) else "" for i, d in enumerate(dates)]
    deaths[4] = "2011-08-09"
    adsl = table(ADSL, DTHFL=["Y", "Y", "", "Y", "Y", "Y"], DTHDT=deaths)
    assert tables(tmp_path, adsl, adtte).warnings == ()


# --- patients whose course cannot be ----------------------------------------------------------------------


def test_relapse_after_death_and_relapse_free_beyond_last_contact_are_named_by_patient(tmp_path):
    rfs = "P0,RFS,Relapse-free survival,45,DAYS,0\nP2,RFS,Relapse-free survival,99,DAYS,1\n"
    found = tables(tmp_path, adtte=ADTTE + rfs)
    after, beyond = found.warnings
    assert after == "PROGRESSION-AFTER-DEATH: 1 patient (P0): the event of RFS comes after the death"
    assert beyond.startswith("RFS-BEYOND-OS: 1 patient (P2): ")
    in_months = ADTTE.replace("30,DAYS", "30.4,DAYS") + "P0,RFS,Relapse-free survival,31,DAYS,0\n"
    assert tables(tmp_path, adtte=in_months).warnings == (), "within what a day's rounding may do"


def test_a_response_after_the_end_is_named_by_patient(tmp_path):
    adsl = table(ADSL, MRDRESP=["Y"] + ["N"] * 5, MRDRDY=["71"] + [""] * 5)
    assert tables(tmp_path, adsl).warnings == (
        "RESPONSE-AFTER-END: 1 patient (P0): MRDRDY lies after the patient's death or last contact",
    )


def test_a_long_term_flag_that_the_times_do_not_bear_out_is_named(tmp_path):
    adtte = ADTTE.replace(",203,", ",1000,")
    adsl = table(ADSL, LTSFL=["Y", "N", "Y", "N", "", "N"])
    found = [w.removeprefix("LONG-TERM-DISAGREES: ") for w in tables(tmp_path, adsl, adtte).warnings]
    assert [w.split(":")[0] for w in found] == ["1 patient (P0)", "1 patient (P5)", "1 patient (P2)"]
    assert [w.split("LTSFL is ")[1].split(",")[0] for w in found] == ["Y", "N", "given"]


# --- units, words and codes of an endpoint ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("param", "avalu", "said"),
    [
        ("Overall survival (months)", "DAYS", "AVALU says days, PARAM says months"),
        ("Overall survival in days", "MONTHS", "AVALU says months, PARAM says days"),
        ("Overall survival, years", "WEEKS", "AVALU says weeks, PARAM says years"),
        ("Overall survival months", "DAYS", "AVALU says days, PARAM says months"),
    ],
)
def test_two_units_are_refused_until_the_user_says_which(tmp_path, param, avalu, said):
    adtte = table(ADTTE, PARAM=[param] * 6, AVALU=[avalu] * 6, AVAL=["1", "2", "3", "4", "5", "6"])
    assert said in refused(tmp_path, adtte=adtte)
    right = said.split()[-1]
    found = tables(tmp_path, adtte=adtte, time_unit=right)
    assert found.time_units == {"OS": right}
    assert found.warnings == ()
    assert tables(tmp_path, adtte=adtte, time_unit=avalu.lower()).time_units == {"OS": avalu.lower()}
    third = {"days", "months"} - {right, avalu.lower()} or {"weeks"}
    assert said in refused(tmp_path, adtte=adtte, time_unit=third.pop())


def test_one_code_with_two_endpoints_is_refused(tmp_path):
    words = ["Overall survival"] * 3 + ["Progression-free survival"] * 3
    assert "row 2, 5, column PARAM" in refused(tmp_path, adtte=table(ADTTE, PARAM=words))
    spelled = ["Overall survival", "OVERALL  SURVIVAL", "Overall Survival"] * 2
    assert tables(tmp_path, adtte=table(ADTTE, PARAM=spelled)).warnings == ()


@pytest.mark.parametrize(
    ("code", "words", "role"),
    [
        ("OS", "Progression-free survival", "OS"),
        ("DEATH", "Time to relapse or death", "OS"),
        ("RFS", "Overall survival", "RFS"),
        ("PFS", "Time to death", "RFS"),
    ],
)
def test_words_that_speak_of_another_endpoint_are_named_and_used(tmp_path, code, words, role):
    found = tables(tmp_path, adtte=table(ADTTE, PARAMCD=[code] * 6, PARAM=[words] * 6))
    assert named(found) == ["PARAM-DISAGREES"]
    assert found.endpoint(role).own_name == words
    assert not found.deaths


@pytest.mark.parametrize(
    ("code", "words", "deaths"),
    [
        ("TTPR", "TIME TO FIRST PAIN RELIEF", False),
        ("PFS", "Progression-free survival", False),
        ("TTR", "Time to response", False),
        ("TTDP", "Time to death or progression", False),
        ("OSURV", "Overall survival (ITT)", True),
        ("TTDTH", "Time to Death", True),
    ],
)
def test_naming_a_code_does_not_say_that_its_event_is_death(tmp_path, code, words, deaths):
    adtte = table(ADTTE, PARAMCD=[code] * 6, PARAM=[words] * 6)
    found = tables(tmp_path, adtte=adtte, os_paramcd=code)
    assert missing(found, ["ADTTE.DEATH"]) == ([] if deaths else ["ADTTE.DEATH"])
    assert found.endpoint("OS").own_name == words
    told = check(tmp_path / "t", {"x": ["ADTTE.DEATH"]}, os_paramcd=code).lines()[-1]
    assert ("can be rendered" in told) == deaths
    assert ("PARAMCD: {OS: [" in told) != deaths
    mapping = f"values: {{adtte: {{PARAMCD: {{OS: [{code}]}}}}}}"
    as_os = tables(tmp_path, adtte=adtte.replace(words, ""), mapping=mapping)
    assert as_os.deaths


def test_what_is_lacking_is_an_endpoint_and_not_a_column(tmp_path):
    adtte = table(ADTTE, PARAMCD=["PFS"] * 6, PARAM=["Progression-free survival"] * 6)
    (line,) = check(sample.write(tmp_path / "t", ADSL, adtte), {"x": ["ADTTE.DEATH"]}).lines()[-1:]
    assert line.endswith("needs ADTTE.DEATH (adtte.csv has no PARAMCD OS, DEATH, TTDE)")


# --- counts -----------------------------------------------------------------------------------------------

ADLB = "USUBJID,PARAMCD,ADY,AVAL,AVALU\nP0,TCELL,1,1.5,{unit}\nP0,BCELL,1,3,{unit}\nP0,ALT,1,9,U/L\n"


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("10*9/L", 1000), ("10^9/L", 1000), ("x10^9/L", 1000), ("10E9/L", 1000), ("X 10**9 / L", 1000),
        ("GIGA/L", 1000), ("G/L", 1000), ("Gi/l", 1000), ("10*3/uL", 1000), ("10^3/mm3", 1000),
        ("K/uL", 1000), ("THOU/uL", 1000), ("/nL", 1000), ("10*6/L", 1), ("cells/uL", 1), ("{cells}/uL", 1),
        ("cells/mcL", 1), ("cells/µL", 1), ("/μL", 1), ("cells/mm^3", 1), ("/cumm", 1), ("10^6/L", 1),
        ("cells/mL", 0.001), ("10³/µL", 1000), ("1000/uL", 1000), ("100 cells/mm3", 100), ("109/L", 1000),
    ],
)  # fmt: skip
def test_counts_per_volume_in_the_spellings_of_ucum_and_laboratories(unit, factor):
    assert cells_per_ul(unit) == pytest.approx(factor)


@pytest.mark.parametrize(
    "unit",
    ["%", "10^6/kg", "cells", "U/L", "mg/dL", "10^9", "bushel", "/HPF", "10*99/L x", "1010/L", "102/uL"],
)
def test_what_is_no_count_per_volume_is_none(unit, tmp_path):
    assert cells_per_ul(unit) is None
    assert "column AVALU" in refused(tmp_path, adlb=ADLB.format(unit=unit))


def test_counts_without_a_unit_are_asked_for_and_never_guessed(tmp_path):
    without = ADLB.replace(",AVALU", "").replace(",{unit}", "").replace(",U/L", "")
    for place, adlb in enumerate((without, ADLB.format(unit=""))):
        folder = tmp_path / str(place)
        line = refused(folder, adlb=adlb)
        assert "adlb.csv, row 2, 3, column AVALU: expected the unit of the counts" in line
        assert "count_unit" in line
        found = tables(folder, adlb=adlb, mapping="count_unit: 10^9/L")
        assert found.adlb["AVAL"].tolist() == [1500, 3000, 9]
    assert "'bushel'" in refused(tmp_path, adlb=without, mapping="count_unit: bushel")


def test_the_words_of_param_may_state_the_unit_of_a_count(tmp_path):
    assert count_stated_in("T cells (10^9/L)") == "10^9/L"
    assert count_stated_in("CD3+/CD45+ (%)") == ""
    adlb = ADLB.replace(",AVALU", ",PARAM").format(unit="Cells [10*3/uL]")
    assert tables(tmp_path, adlb=adlb).adlb["AVAL"].tolist() == [1500, 3000, 9]


def test_repeats_are_averaged_and_counted_and_other_times_stay_apart(tmp_path):
    rows = "P0,TCELL,1,100,cells/uL,C1D1\nP0,TCELL,1,300,cells/uL,C1D1\nP0,TCELL,1,900,cells/uL,C1D1 8h\n"
    found = tables(tmp_path, adlb=f"USUBJID,PARAMCD,ADY,AVAL,AVALU,AVISIT\n{rows}")
    assert found.adlb["AVAL"].tolist() == [200, 900]
    (warning,) = found.warnings
    assert warning.startswith("REPEATS-AVERAGED: adlb.csv, row 3: 1 more counts")
    marked = "P0,TCELL,1,100,cells/uL,Y\nP0,TCELL,1,300,cells/uL,N\n"
    chosen = tables(tmp_path, adlb=f"USUBJID,PARAMCD,ADY,AVAL,AVALU,ANL01FL\n{marked}")
    assert chosen.adlb["AVAL"].tolist() == [100]
    assert named(chosen) == ["RECORDS-LEFT-OUT"]


# --- what else the field brings ----------------------------------------------------------------------------


def with_response_dates(*dates):
    return table(ADSL, MRDRESP="Y", TRTSDT="2011-01-01", MRDRDT=[*dates, *["2011-01-29"] * (6 - len(dates))])


@pytest.mark.parametrize(
    ("adsl", "adtte", "said"),
    [
        ("Study X\n\n" + ADSL, ADTTE, "adsl.csv, row 1: .* nothing may stand before the header"),
        ("Study X,\n" + ADSL, ADTTE, "row 2: 'TRT01P' found; .*row 1 is taken for the header"),
        (ADSL, "Study X,,,,,\n" + ADTTE, "adtte.csv, row 1: expected the header"),
        ("<html><td>USUBJID", ADTTE, "a page of HTML"),
        ("version https://git-lfs.github.com/spec/v1\nsize 9\n", ADTTE, "a pointer of Git LFS"),
        (ADSL.replace("USUBJID", "SUBJID"), ADTTE, r"column USUBJID: .*`columns: {adsl: {USUBJID: SUBJID}}`"),
        (ADSL, ADTTE.replace("CNSR", "STATUS"), r"column CNSR: .*{adtte: {CNSR: theirs}}"),
        (ADSL, table(ADTTE, CNSR=["Event", "Censored"] * 3), r"row 2, 3, .*{adtte: {CNSR: {0: \[…\], 1:"),
        (ADSL, table(ADTTE, AVAL=["30,5"] + ["9"] * 5), "row 2, column AVAL: '30,5' found; .*after a point"),
        (table(ADSL, HSCTFL="X"), ADTTE, r"column HSCTFL: 'X' .*{HSCTFL: {Y: \[…\], N: \[…\]}}"),
        (table(ADSL, MRDRDY="-3"), ADTTE, "-3 found; expected a whole study day, 0 or more"),
        (with_response_dates("29/01/2011"), ADTTE, "row 2, column MRDRDT: '29/01/2011' found; .*date"),
        (ADSL, table(ADTTE, ITTFL=["Y"] * 6) + "P0,PFS,PFS,9,DAYS,1,N\n", "row 2, 8, column ITTFL:"),
    ],
)  # fmt: skip
def test_a_refusal_says_how_it_can_be_read(tmp_path, adsl, adtte, said):
    assert re.search(said, refused(tmp_path, adsl, adtte))


@pytest.mark.parametrize("kind", ["folder", "loop", "nowhere"])
def test_a_name_that_is_no_file_is_not_said_to_be_missing(tmp_path, kind):
    sample.write(tmp_path, ADSL, ADTTE)
    (odd := tmp_path / "adtte.csv").unlink()
    odd.mkdir() if kind == "folder" else odd.symlink_to(odd if kind == "loop" else tmp_path / "none")
    with pytest.raises(InputError, match=r"adtte\.csv is there, but no file"):
        read_tables(tmp_path)


def test_the_folder_that_one_is_in_has_a_name(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.chdir(tmp_path / "mine")
    with pytest.raises(InputError, match=r"^mine: expected one of adsl\.csv"):
        read_tables(".")


def test_utf_16_without_its_mark_is_one_line(tmp_path):
    folder = sample.write(tmp_path, ADSL, ADTTE)
    (folder / "columns.yaml").write_text("encoding: utf-16")
    with pytest.raises(InputError, match="utf-16 text, as the mapping file says"):
        read_tables(folder)


@pytest.mark.parametrize(
    ("adsl", "adtte", "names"),
    [
        (table(ADSL, TRT01P=["é", "B", "e\u0301", "B", "é", "B"]), ADTTE, ["ARM-SPELLINGS"]),
        (ADSL.replace(",A\n", ',"A\n1"\n'), ADTTE, ["ARM-SPELLINGS"]),
        (table(ADSL, HSCTFL=["Y", "N", "U", "unknown", "Y", "N"]), ADTTE, []),
        (ADSL.replace("USUBJID", "\u200bUSUBJID"), ADTTE.replace(",PARAMCD,", ', "PARAMCD",'), []),
        (ADSL, table(ADTTE, AVALU="Day(s)"), []),
        (ADSL, table(ADTTE, STARTDT="20110101", ADT=["20110131", "20110303"] + ["2011-04"] * 4), []),
        (ADSL, table(ADTTE, STARTDT="01-Jan-2011", ADT="31-Jan-2012"), ["DATES-DISAGREE"]),
        (ADSL, table(ADTTE, STARTDT="1/31/2011"), ["DATES-NOT-READ"]),
        (
            ADSL.replace("TRT01P", "SITE"),
            table(ADTTE, TRTP=list("ABABAB")) + "P0,PFS,Progression-free survival,9,DAYS,0,B\n",
            ["ARMS-OF-A-PATIENT"],
        ),
    ],
)  # fmt: skip
def test_what_is_read_otherwise_has_a_name(tmp_path, adsl, adtte, names):
    found = tables(tmp_path, adsl, adtte)
    assert named(found) == names
    assert found.endpoint("OS").arms in ((), ("A", "B"), ("A 1", "B"), ("B", "é"))
    assert found.endpoint("OS").days.tolist() == list(DAYS)


def test_counts_of_which_words_and_unit_differ_are_refused(tmp_path):
    adlb = "USUBJID,PARAMCD,PARAM,ADY,AVAL,AVALU\nP0,TCELL,T cells (10^9/L),1,1.5,{}\n"
    assert tables(tmp_path, adlb=adlb.format("GI/L")).adlb["AVAL"].tolist() == [1500]
    assert "row 2, column AVALU: 'cells/uL' found" in refused(tmp_path, adlb=adlb.format("cells/uL"))


def test_response_dates_in_words_and_digits_give_the_day(tmp_path):
    adsl = with_response_dates("29-JAN-2011", "20110129", "29JAN2011", "2011-01-29T08:00", "")
    assert tables(tmp_path, adsl).adsl["MRDRDY"].fillna(0).tolist() == [29, 29, 29, 29, 0, 29]


# --- masked ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("adsl", "adtte"),
    [
        (ADSL, ADTTE + "P0,OS,Overall survival,9,DAYS,1\n"),
        (ADSL + "P3,B\n", ADTTE),
        (ADSL, ADTTE + "P99,OS,Overall survival,9,DAYS,1\n"),
    ],
)
def test_a_refusal_names_no_patient_if_ids_are_to_be_masked(tmp_path, adsl, adtte):
    secret = {f"P{i}": f"SITE-{i}" for i in (*range(6), 99)}
    hide = lambda text: re.sub(r"P\d+", lambda found: secret[found[0]], text)  # noqa: E731
    folder = sample.write(tmp_path / "t", hide(adsl).replace("TRT01P", "TRT01P"), hide(adtte))
    found = CliRunner().invoke(cli, ["check", str(folder), "-p", "mask_ids=true"])
    assert isinstance(found.exception, InputError)
    assert "SITE-" not in str(found.exception) + found.output
    assert "row" in str(found.exception)
    assert "SITE-" in str(CliRunner().invoke(cli, ["check", str(folder)]).exception)


def test_a_warning_names_no_patient_if_ids_are_to_be_masked(tmp_path):
    rfs = "P2,RFS,Relapse-free survival,999,DAYS,0\n"
    (warning,) = tables(tmp_path, adtte=ADTTE + rfs, mask_ids=True).warnings
    assert "(P3)" in warning


# --- what nobody sees unless it is said -------------------------------------------------------------------


@pytest.mark.parametrize(("codes", "shown"), [("12", "1 or 2"), ("11", "1"), ("29", "2 or 9")])
def test_a_table_without_an_event_says_so(tmp_path, codes, shown):
    found = tables(tmp_path, adtte=table(ADTTE, CNSR=[codes[i % 2] for i in range(6)]))
    (line,) = found.warnings
    assert line.startswith(f"NO-EVENT: adtte.csv, PARAMCD OS: CNSR is {shown}, never 0: ")


def test_a_table_without_an_event_is_mended_as_it_says(tmp_path):
    adtte = table(ADTTE, CNSR=["1", "2"] * 3)
    mapping = tables(tmp_path, adtte=adtte).warnings[0].split("`")[1]
    found = tables(tmp_path, adtte=adtte, mapping=mapping)
    assert found.warnings == ()
    assert found.endpoint("OS").event.tolist() == [True, False] * 3


def test_patients_without_a_time_are_counted(tmp_path):
    found = tables(tmp_path, adsl=ADSL + "P6,A\nP7,B\n")
    text = "PATIENTS-WITHOUT-TIME: 2 patients (P6, P7): no record of PARAMCD OS to analyze"
    assert found.warnings == (text,)


@pytest.mark.parametrize(("theirs", "shown"), [("P0\u200b", "'P0\\u200b'"), ("p0", "'p0'")])
def test_an_id_that_looks_the_same_is_shown_with_what_is_not_seen(tmp_path, theirs, shown):
    line = refused(tmp_path, ADSL.replace("P0", theirs))
    assert f"'P0' found; expected a patient of adsl.csv, which has {shown}: the same but for case" in line
