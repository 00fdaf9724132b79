"""Which public cohorts there are: those that the stated rules ask for, each for one purpose."""

import numpy as np
import pytest

from blina.facts import read_claims
from blina.reports.validation.numbers import accuracy
from blina.reports.validation.numbers import cohorts as datasets
from blina.reports.validation.numbers.cohorts import PURPOSES, UNITS, chosen, cohorts
from blina.reports.validation.numbers.summary import printed_claims
from blina_base.errors import InputError
from pseudoipd.survival import endpoint_statistic


def test_no_data_set_serves_two_purposes():
    sources = {purpose: {c.dataset.split("/")[-1] for c in chosen(purpose)} for purpose in PURPOSES}
    # Both packages hold a `leukemia`: survival's is another trial than the tuning set.
    assert sources["first"] == {"bmt", "alloauto", "tongue", "veteran", "leukemia", "ovarian", "hodg"}
    (maintenance,) = (c for c in cohorts() if c.name == "AML maintenance")
    assert maintenance.n == 23
    assert sources["second"].isdisjoint(sources["tuning"] | sources["first"])
    assert sources["third"].isdisjoint(sources["tuning"] | sources["first"] | sources["second"])
    seen = set().union(*(sources[purpose] for purpose in ("tuning", "first", "second", "third", "fourth")))
    assert sources["elsewhere"].isdisjoint(seen)
    assert sources["reporting"].isdisjoint(seen | sources["elsewhere"])
    assert sum(len(chosen(purpose)) for purpose in PURPOSES) == len(cohorts())


@pytest.mark.parametrize("purpose", ["second", "third", "fourth", "elsewhere", "reporting"])
def test_series_are_those_of_the_stated_rule(purpose):
    assert all(10 <= c.n <= 300 for c in chosen(purpose))
    medians = [endpoint_statistic("median", c.days, c.died) for c in chosen(purpose)]
    assert np.isfinite(medians).all()


def observed(part):
    return part["time2" if "time2" in part else "time"].to_numpy(dtype=float)


ARMS = {
    "actg": "fac_tx", "aids": "fac_drug", "colon": "fac_rx", "csl": "fac_treat", "d.oropha.rec": "fac_treatm",
    "e1684": "fac_trt", "epileptic": "fac_treat", "Pbc3": "fac_tment", "pharmacoSmoking": "fac_grp",
    "prostate": "fac_rx", "uis": "fac_treat",
}  # fmt: skip


def test_no_randomised_arm_of_survset_that_the_rule_asks_for_is_left_out():
    # Its randomised trials with patients and an arm, less those whose data serve another purpose here
    # (burn, cancer, cgd, GBSG2, heart, ovarian, pbc, veteran) and those of eyes (diabetes, retinopathy).
    asked = set()
    for name, arm in ARMS.items():
        table = datasets.load(f"{datasets.SURVSET}{name}")
        for value, part in table.groupby(arm, observed=True):
            median = endpoint_statistic("median", observed(part), (part["event"] == 1).to_numpy())
            if 10 <= len(part) <= 300 and np.isfinite(median):
                asked.add((f"{datasets.SURVSET}{name}", arm, str(value)))
    assert asked == {(c.dataset, *c.where[0]) for c in chosen("third")}


# Its data sets of patients with cancer or AIDS, less those that serve another purpose here, in the units of
# their documentation.
FATAL = {
    "AML_Bull": "days", "Aids2": "days", "Bergamaschi": "years", "DBCD": "years", "DLBCL": "years",
    "LeukSurv": "days", "MCLcleaned": "years", "Melanoma": "days", "NSBCD": "months", "actg": "days",
    "breast": "months", "chop": "years", "colon": "days", "dataOvarian1": "days", "follic": "years",
    "gse1992": "months", "gse3143": "months", "gse4335": "months", "hepatoCellular": "months",
    "micro.censure": "years", "nki70": "years", "nwtco": "days", "ova": "days", "phpl04K8a": "years",
    "prostateSurvival": "months", "rott2": "months", "stagec": "years", "vdv": "months", "wpbc": "months",
}  # fmt: skip


# The same of patients with any other condition followed to death or relapse; eyes and populations are none.
OTHERS = {
    "Dialysis": "months", "Pbc3": "days", "TRACE": "years", "cost": "days", "dataDIVAT1": "days",
    "dataDIVAT2": "years", "dataDIVAT3": "days", "grace": "days", "heartvalve": "years", "rdata": "days",
    "rhc": "days", "support2": "days", "uis": "days", "vlbw": "days", "whas500": "days", "zinc": "days",
}  # fmt: skip


def groups(table, least, most):
    """The whole table or, where it is larger, its groups by the first column that gives one of this size."""
    if len(table) <= most:
        return {None: table} if len(table) >= least else {}
    for column in (name for name in table if name.startswith("fac_")):
        parts = {(column, str(value)): part for value, part in table.groupby(column, observed=True)}
        fitting = {where: part for where, part in parts.items() if least <= len(part) <= most}
        if fitting:
            return fitting
    return {}


# Longer ones of the same kind, of data sets that are not in the fourth series.
FOURTH = {"AML_Bull", "Aids2", "LeukSurv", "dataOvarian1", "ova"}
LONGER = {name: unit for name, unit in FATAL.items() if name not in FOURTH}


@pytest.mark.parametrize(
    ("purpose", "named"), [("fourth", FATAL), ("elsewhere", OTHERS), ("reporting", LONGER)]
)
def test_no_cohort_of_survset_that_a_rule_asks_for_is_left_out(purpose, named):
    trial = {claim.id: claim.value for claim in read_claims()}
    least, latest = trial["patients"], trial["os_followup_max"]
    assert (least, latest) == (36, 41.9)
    asked = set()
    for name, unit in named.items():
        for where, part in groups(datasets.load(f"{datasets.SURVSET}{name}"), least, 300).items():
            days = np.maximum(1, np.round(observed(part) * UNITS[unit])).astype(int)
            claims = printed_claims(days, (part["event"] == 1).to_numpy())
            median = next(claim.value for claim in claims if claim.statistic == "median")
            longer = accuracy.horizon(claims) > latest
            if np.isfinite(median) and longer == (purpose == "reporting"):
                asked.add((f"{datasets.SURVSET}{name}", where))
    assert asked == {(c.dataset, c.where[0] if c.where else None) for c in chosen(purpose)}


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("unit", "fortnights", "one of days"),
        ("purpose", "fun", "one of elsewhere"),
        ("where", "sex", "column=value"),
    ],
)
def test_a_wrong_row_of_the_file_is_named(tmp_path, column, value, expected):
    row = {
        "name": "a", "purpose": "tuning", "what": "survival", "dataset": "lung", "unit": "days",
        "time": "time", "event": "status", "happened": "1", "where": "sex=1",
    } | {column: value}  # fmt: skip
    file = tmp_path / "public_cohorts.csv"
    file.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", encoding="utf-8")
    with pytest.raises(InputError, match=rf"row 2, column {column}.*{expected}"):
        cohorts(file)
