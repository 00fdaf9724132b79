"""A posted record of a registry becomes a claims file: what is certain is taken, the rest is named.

The record is made up, in the structure of the registry's API (version 2); the rows were written by hand.
"""

import copy
import csv
import json

import pytest
from click.testing import CliRunner

from blina.cli import cli
from blina.vocabulary import VOCABULARY
from blina_base.errors import InputError
from pseudoipd.paper.reading import read_paper
from pseudoipd.paper.registry import read_record

GROUPS = [{"id": "OG000", "title": "Old drug"}, {"id": "OG001", "title": "New drug"}]
DENOMS = [
    {
        "units": "Participants",
        "counts": [{"groupId": "OG000", "value": "134"}, {"groupId": "OG001", "value": "271"}],
    }
]


def outcome(title, kind, unit, *classes, dispersion="95% Confidence Interval", analyses=(), groups=GROUPS):
    """One posted outcome; a class is its title and the (value, lower, upper) of each group."""
    return {
        "type": "PRIMARY", "title": title, "paramType": kind, "dispersionType": dispersion,
        "unitOfMeasure": unit,
        "timeFrame": "up to 3 years", "reportingStatus": "POSTED", "groups": groups, "denoms": DENOMS,
        "classes": [
            {"title": name, "categories": [{"measurements": [
                {"groupId": group["id"], "value": value, "lowerLimit": lower, "upperLimit": upper}
                for group, (value, lower, upper) in zip(groups, values, strict=True)
            ]}]}
            for name, *values in classes
        ],
        "analyses": list(analyses),
    }  # fmt: skip


RATIO = {
    "groupIds": ["OG000", "OG001"], "paramType": "Hazard Ratio (HR)", "paramValue": "0.71",
    "ciPctValue": "95",
    "ciNumSides": "TWO_SIDED", "ciLowerLimit": "0.55", "ciUpperLimit": "0.93", "pValue": "0.012",
    "statisticalMethod": "Log Rank",
}  # fmt: skip
SURVIVAL = outcome(
    "Overall Survival",
    "MEDIAN",
    "months",
    ("", ("4.0", "2.9", "5.3"), ("7.7", "5.6", "NA")),
    analyses=[RATIO],
)
RATE = outcome(
    "Event-free Survival Rate at 6 Months", "NUMBER", "percent probability",
    ("", ("12", "7", "18"), ("31", "25", "37")),
)  # fmt: skip
TAKEN = """arm,endpoint,statistic,at,printed,unit,conf_level
Old drug,OS,n,,134,patients,
New drug,OS,n,,271,patients,
Old drug,OS,median,,4.0,months,
Old drug,OS,median_lower,,2.9,months,95
Old drug,OS,median_upper,,5.3,months,95
New drug,OS,median,,7.7,months,
New drug,OS,median_lower,,5.6,months,95
New drug,OS,median_upper,,NR,months,95
Old drug vs New drug,OS,logrank_p,,0.012,P,
New drug vs Old drug,OS,hazard_ratio,,0.71,,
New drug vs Old drug,OS,hazard_ratio_lower,,0.55,,95
New drug vs Old drug,OS,hazard_ratio_upper,,0.93,,95
Old drug,EFS,n,,134,patients,
New drug,EFS,n,,271,patients,
Old drug,EFS,survival,6 months,12,%,
Old drug,EFS,survival_lower,6 months,7,%,95
Old drug,EFS,survival_upper,6 months,18,%,95
New drug,EFS,survival,6 months,31,%,
New drug,EFS,survival_lower,6 months,25,%,95
New drug,EFS,survival_upper,6 months,37,%,95
"""


def record(tmp_path, *outcomes):
    path = tmp_path / "NCT00000000.json"
    path.write_text(
        json.dumps({"resultsSection": {"outcomeMeasuresModule": {"outcomeMeasures": list(outcomes)}}})
    )
    return path


def test_what_a_record_holds_are_claims_that_can_be_read(tmp_path):
    found = read_record(record(tmp_path, SURVIVAL, RATE))
    expected = list(csv.DictReader(TAKEN.splitlines()))
    assert [{name: row[name] for name in expected[0]} for row in found.rows] == expected
    assert found.left == []
    (tmp_path / "claims.csv").write_text(found.text())
    paper = read_paper(tmp_path / "claims.csv", VOCABULARY)
    assert paper.arms == ("Old drug", "New drug")
    assert [one.claim.statistic for one in paper.comparisons][1:] == [
        "hazard_ratio", "hazard_ratio_lower", "hazard_ratio_upper",
    ]  # fmt: skip


@pytest.mark.parametrize("names", [("Gem", "Nab/Gem"), ("Chemo", "Drug vs Chemo"), ("A\nB", "A / C")])
def test_names_of_arms_may_hold_what_stands_between_two(tmp_path, names):
    other = copy.deepcopy(SURVIVAL)
    for group, name in zip(other["groups"], names, strict=True):
        group["title"] = name
    (tmp_path / "claims.csv").write_text(read_record(record(tmp_path, other)).text())
    paper = read_paper(tmp_path / "claims.csv", VOCABULARY)
    assert paper.arms == tuple(" ".join(name.split()) for name in names)
    # The P value names the arms in their order, the ratio that of the new drug against the old.
    assert [(one.first, one.second) for one in paper.comparisons] == [(0, 1), *[(1, 0)] * 3]


ONE = [{"id": "OG000", "title": "All"}]


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (outcome("Duration of Exposure", "MEAN", "days", ("", ("3", "", ""), ("4", "", ""))), "no endpoint"),
        (outcome("OS and PFS", "MEDIAN", "months", ("", ("3", "", ""), ("4", "", ""))), "no endpoint"),
        (outcome("Progression-free Survival", "MEDIAN", "months", ("Men", ("3", "", ""), ("4", "", "")),
                 ("Women", ("3", "", ""), ("4", "", ""))), "one of several classes"),
        (outcome("PFS", "MEDIAN", "months", ("", ("3", "1", "9"), ("4", "1", "9")), dispersion="Full Range"),
         "the limits are not those of confidence"),
        (outcome("Percentage of Participants With PFS Events", "NUMBER", "percentage of participants",
                 ("Month 6", ("3", "", ""), ("4", "", ""))), "a share with the event"),
        (outcome("PFS rate", "NUMBER", "percentage of participants", ("", ("3", "", ""), ("4", "", ""))),
         "at no certain time"),
        (outcome("Number with PFS", "NUMBER", "participants", ("", ("3", "", ""), ("4", "", ""))),
         "not said that they had the event"),
        (outcome("PFS", "GEOMETRIC_MEAN", "ng/mL", ("", ("3", "", ""), ("4", "", ""))),
         "GEOMETRIC_MEAN in ng/ml"),
        (outcome("PFS", "MEDIAN", "months", ("", ("see note", "", ""), ("4", "", ""))), "is no number"),
        (outcome("PFS", "MEDIAN", "months", ("", ("3", "", "")), groups=ONE), "not the arms of the first"),
        (outcome("Overall Survival, Update", "MEDIAN", "months", ("", ("4.1", "", ""), ("7.5", "", ""))),
         "median of OS is there already"),
        (outcome("PFS", "MEDIAN", "months", ("", ("3", "", ""), ("4", "", "")),
                 groups=[{**group, "title": "Arm"} for group in GROUPS]), "two groups have one title"),
        (outcome("Survival 2 (PFS2)", "MEDIAN", "months", ("", ("3", "", ""), ("4", "", ""))), "no endpoint"),
        (outcome("PFS Rate at 24 Months", "NUMBER", "percentage of participants with event",
                 ("", ("3", "", ""), ("4", "", ""))), "a share with the event"),
        ({"title": "PFS", "groups": [{}]}, "not of the form of a posted outcome"),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_named_and_not_taken(tmp_path, added, said):
    alone = read_record(record(tmp_path, SURVIVAL))
    found = read_record(record(tmp_path, SURVIVAL, added))
    assert any(said in line and line.startswith("outcome 2 (") for line in found.left), found.left
    new = [row for row in found.rows[len(alone.rows) :] if row["statistic"] != "n"]
    assert {row["printed"] for row in new} <= (
        {"3", "4"} if said.startswith(("the limits", "is no")) else set()
    )


def test_a_group_of_all_together_is_no_arm(tmp_path):
    groups = [*GROUPS, {"id": "OG002", "title": "All Participants"}]
    values = ("", ("4.0", "", ""), ("7.7", "", ""), ("6.0", "", ""))
    found = read_record(record(tmp_path, outcome("OS", "MEDIAN", "months", values, groups=groups)))
    assert {row["arm"] for row in found.rows} == {"Old drug", "New drug"}
    assert found.left == ["outcome 1 (OS): a group of all together, All Participants"]


def test_what_is_of_everybody_comes_before_what_is_of_some(tmp_path):
    some = outcome("OS in Participants With PD-L1 ≥10", "MEDIAN", "months", ("", *[("9", "", "")] * 2))
    found = read_record(record(tmp_path, some, SURVIVAL))
    assert [row["printed"] for row in found.rows if row["statistic"] == "median"] == ["4.0", "7.7"]
    assert sum("OS in Participants" in line for line in found.left) == 2
    # Alone it is taken, and said to be taken as that of the whole groups.
    alone = read_record(record(tmp_path, some))
    assert alone.told == ["outcome 1 (OS in Participants With PD-L1 ≥10): taken to be of all of each group"]


@pytest.mark.parametrize(
    ("comment", "printed"),
    [("Median was not reached", ["NR", "7.7"]), ("Data were not collected after termination", ["7.7"])],
)
def test_what_was_not_measured_is_not_said_to_be_not_reached(tmp_path, comment, printed):
    other = copy.deepcopy(SURVIVAL)
    other["classes"][0]["categories"][0]["measurements"][0] |= {"value": "NA", "comment": comment}
    found = read_record(record(tmp_path, other))
    assert [row["printed"] for row in found.rows if row["statistic"] == "median"] == printed
    assert sum(comment in line for line in found.left) == 2 - len(printed)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"statisticalMethod": "Stratified Log Rank"},
            "P 0.012 of Stratified Log Rank is not that of a plain",
        ),
        ({"groupIds": ["OG000"]}, "an analysis of 1 groups"),
        ({"paramValue": "1.0"}, "hazard ratio 1.0: of which arm"),
    ],
)
def test_an_analysis_that_is_not_certain_is_named(tmp_path, change, said):
    other = copy.deepcopy(SURVIVAL)
    other["analyses"][0] |= change
    (line,) = read_record(record(tmp_path, other)).left
    assert said in line


def test_a_ratio_above_one_is_that_of_the_arm_that_did_worse(tmp_path):
    other = copy.deepcopy(SURVIVAL)
    other["analyses"][0] |= {"paramValue": "1.41"}
    taken = read_record(record(tmp_path, other))
    assert next(r["arm"] for r in taken.rows if r["statistic"] == "hazard_ratio") == "Old drug vs New drug"
    # A record does not say it, so that it was told by a rule is said.
    (line,) = taken.told
    assert "hazard ratio 1.41 is taken as Old drug vs New drug" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "a record as JSON"), ("", "a record as JSON"), ("[1]", "a record with results"),
        ("3", "with results"),
        ('{"resultsSection": {"outcomeMeasuresModule": {"outcomeMeasures": []}}}', "with results"),
        ('{"protocolSection": {}}', "with results"), ("[" * 100_000, "a record as JSON"),
        ('{"resultsSection": {"outcomeMeasuresModule": {"outcomeMeasures": [7]}}}', "a title for outcome 1"),
        ('{"resultsSection": {"outcomeMeasuresModule": {"outcomeMeasures": [{"title": "x"}]}}}',
         "a time to an event"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_one_line(tmp_path, text, said):
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_record(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_writes_a_claims_file_and_overwrites_none(tmp_path):
    path = record(tmp_path, SURVIVAL, outcome("Exposure", "MEAN", "days", ("", ("3", "", ""), ("4", "", ""))))
    out = tmp_path / "mine.csv"
    done = CliRunner().invoke(cli, ["claims", str(path), "--out", str(out)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "not taken: outcome 2 (Exposure)" in done.stderr
    assert read_paper(out, VOCABULARY).arms == ("Old drug", "New drug")
    again = CliRunner().invoke(cli, ["claims", str(path), "--out", str(out)])
    assert isinstance(again.exception, InputError)
    assert "there is such a file already" in str(again.exception)
