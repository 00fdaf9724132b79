"""The grammar of trials: arms, endpoints by name, groups of one's own, what is asked and what chooses."""

from dataclasses import replace

import numpy as np
import pytest

from blina.vocabulary import VOCABULARY
from blina_base.errors import InputError
from pseudoipd import judge
from pseudoipd.claims.grammar import FIRST, SECOND
from pseudoipd.paper import drawing, files, together
from pseudoipd.paper.command import remarks
from pseudoipd.paper.reading import read_paper
from pseudoipd.paper.together import Together

HEAD = "id,arm,endpoint,statistic,category,population,at,printed,unit,conf_level,of,origin"
EMPTY = dict.fromkeys(HEAD.split(","), "")


def write(tmp_path, *rows):
    """Write rows of `column=value` words, each with an id of its own unless it names one."""
    lines = [HEAD]
    for number, row in enumerate(rows):
        given = dict(word.split(":", 1) for word in row.split(" | "))
        lines.append(",".join(({**EMPTY, "id": f"c{number}"} | given).values()))
    path = tmp_path / "claims.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def read(tmp_path, *rows):
    return read_paper(write(tmp_path, *rows), VOCABULARY)


N = "endpoint:OS | statistic:n | printed:60"


def row(endpoint, statistic, printed, **more):
    return " | ".join(
        [f"endpoint:{endpoint}", f"statistic:{statistic}", f"printed:{printed}"]
        + [f"{k}:{v}" for k, v in more.items()]
    )


@pytest.mark.parametrize(
    ("endpoint", "slot"),
    [("PFS", SECOND), ("efs", SECOND), ("TTNT", SECOND)],
)
def test_an_endpoint_of_all_patients_stands_beside_overall_survival(tmp_path, endpoint, slot):
    (part,) = read(tmp_path, N, row("OS", "median", "20"), row(endpoint, "median", "8")).parts
    assert {place: one.code for place, one in part.names.items()} == {FIRST: "OS", slot: endpoint.upper()}


THREE = (
    N, row("OS", "median", "20"), row("EFS", "median", "8"), row("TTP", "median", "9"),
    row("RFS", "n", "40"), row("RFS", "survival", "52%", at="3 years"),
)  # fmt: skip


def test_what_ends_with_death_is_of_the_same_patients_and_what_does_not_is_drawn_apart(tmp_path):
    found = read(tmp_path, *THREE)
    assert [(part.apart, [one.code for one in part.names.values()]) for part in found.parts] == [
        (False, ["OS", "EFS", "RFS"]), (True, ["TTP"]),
    ]  # fmt: skip
    assert [line for line in found.readings if "same patients" in line] == [
        "OS, EFS, RFS are of the same patients, with one death and one last contact each; relapse or "
        "progression is drawn for each endpoint by itself"
    ]
    assert [line for line in found.readings if "apart" in line] == [
        "TTP is drawn apart: its patients are not linked with the others, as death is no event of TTP"
    ]


def test_why_an_endpoint_stays_apart_is_said(tmp_path):
    why = {
        "no overall survival is printed": [row("PFS", "n", "60"), row("PFS", "median", "8"), THREE[2]],
        "what is printed leads no chain to it": [*THREE[:3], row("PFS", "rmst_lower", "7", at="1 year")],
    }  # fmt: skip
    for reason, rows in why.items():
        (line,) = [line for line in read(tmp_path, *rows).readings if "apart" in line]
        assert line.endswith(reason)
    left = read_paper(write(tmp_path, *THREE), VOCABULARY, ("RFS",))
    assert any(line.endswith("no cohort was found whose patients have it too") for line in left.readings)


def test_three_endpoints_are_had_by_the_same_patients(tmp_path):
    found = read(
        tmp_path, row("OS", "n", "24"), row("OS", "median", "12"), row("EFS", "median", "7"),
        row("RESPONSE", "count", "14", category="cr"), row("RFS", "median", "8", of="cr", origin="day 29"),
        row("DOR", "n", "9"), row("DOR", "median", "7"), row("DOR", "censored", "3"),
    )  # fmt: skip
    wanted = drawing.requests(found, {}, 1)
    drawn = drawing.draw(found, wanted, 3)
    (cohorts,), (part,) = drawn.ensembles, found.parts
    assert judge.verdicts(cohorts, part.printed, drawn.assumptions, part.vocabulary).all()
    assert set(drawn.standing.values()) == {drawing.ASKED}
    days, died = cohorts.time[FIRST], cohorts.event[FIRST]
    for place, one in part.names.items():
        has = cohorts.time[place] >= 0
        since = cohorts.origin.get(place, np.zeros_like(days))
        end = cohorts.time[place] + since
        assert (end <= days)[has].all()
        # What ends with survival ends as survival does; what ends before is the endpoint's own event.
        assert np.where(end == days, cohorts.event[place] == died, cohorts.event[place])[has].all()
        assert set(since[has].tolist()) == ({29} if one.code == "RFS" else {0})
    assert np.array_equal(cohorts.time["+RFS"] >= 0, cohorts.columns["CR"] == "Y")
    rows = files.long(drawn, range(1))
    own = {code: set(some["id"]) for code, some in rows.groupby("endpoint")}
    assert own["OS"] == own["EFS"]
    assert (len(own["RFS"]), len(own["DOR"])) == (14, 9)
    assert own["DOR"] | own["RFS"] <= own["OS"]


def test_arms_with_three_endpoints_meet_a_ratio_of_the_third(tmp_path):
    arms = {"new": ("14", "9", "8"), "old": ("10", "6", "5")}
    rows = [f"arm:{arm} | {row('OS', 'n', '20')}" for arm in arms]
    for arm, medians in arms.items():
        rows += [
            f"arm:{arm} | {row(one, 'median', m)}"
            for one, m in zip(("OS", "PFS", "EFS"), medians, strict=True)
        ]
    found = read(tmp_path, *rows, "arm:new vs old | " + row("EFS", "hazard_ratio", "0.6", id="hr"))
    drawn = drawing.draw(found, drawing.requests(found, {}, 1), 2)
    assert drawn.standing["hr"] == drawing.ASKED
    assert drawn.values["hr"].round(1).tolist() == [0.6, 0.6]
    (ratio,) = found.comparisons
    assert ratio.place == "+EFS"


def test_overall_survival_is_drawn_with_an_endpoint_that_all_have_before_one_that_some_have(tmp_path):
    found = read(
        tmp_path, N, row("OS", "median", "20"), row("DOR", "n", "40"), row("DOR", "median", "9"),
        row("PFS", "median", "8"),
    )  # fmt: skip
    assert [[*(one.code for one in part.names.values())] for part in found.parts] == [["OS", "PFS", "DOR"]]


def test_whose_an_endpoint_is_may_be_a_group_of_the_file(tmp_path):
    found = read(
        tmp_path, N, row("RESPONSE", "count", "40", category="CR"), row("OS", "median", "20"),
        row("RFS", "median", "8", of="cr", origin="day 29"),
    )  # fmt: skip
    cohorts = drawing.draw(found, drawing.requests(found, {}, 1), 4).ensembles[0]
    has = cohorts.time[SECOND] >= 0
    assert np.array_equal(has, cohorts.columns["CR"] == "Y")
    assert (has.sum(axis=1) == 40).all()
    # Relapse-free survival ends with death at the latest, and counts from day 29.
    assert (cohorts.time[SECOND][has] + 29 <= cohorts.time[FIRST][has]).all()


def test_a_duration_of_response_is_that_of_the_one_group_that_is_counted(tmp_path):
    rows = [N, row("OS", "median", "20"), row("PFS", "median", "9"), row("DOR", "median", "NR")]
    (part,) = (found := read(tmp_path, *rows, row("RESPONSE", "percent", "45%", category="ORR"))).parts
    assert part.vocabulary.linked["+DOR"].second == {"said": "orr"}
    assert (
        "DOR: duration of response (progression or death) of ORR, from the start (from when is not said)"
        in (found.readings)
    )
    with pytest.raises(InputError, match="whose duration of response"):
        read(tmp_path, *rows, *(row("RESPONSE", "percent", "10%", category=one) for one in ("CR", "PR")))


def test_a_share_of_those_assessed_says_nothing_of_the_others(tmp_path):
    found = read(
        tmp_path, N, row("RESPONSE", "count", "26", category="cr"),
        row("RESPONSE", "count", "20", category="mrd", population="cr & known mrd"),
        row("RESPONSE", "percent", "83", category="mrd", population="cr & known mrd", unit="%"),
        row("OS", "median", "20"),
    )  # fmt: skip
    columns = drawing.draw(found, drawing.requests(found, {}, 1), 4).ensembles[0].columns
    cr, yes, no = columns["CR"] == "Y", columns["MRD"] == "Y", columns["MRD"] == "N"
    assert ((cr & yes).sum(axis=1) == 20).all()
    # 20 is 83 % of 24, and of no other number.
    assert ((cr & (yes | no)).sum(axis=1) == 24).all()


def test_limits_have_levels_of_their_own(tmp_path):
    found = read(
        tmp_path, N, row("OS", "median", "20"), row("OS", "median_lower", "8", conf_level="97.5%"),
        row("OS", "survival", "60", at="12", unit="%"), row("OS", "survival_lower", "46", at="12", unit="%"),
        row("OS", "rmst_lower", "11", at="18"),
        row("RESPONSE", "percent", "50", category="cr"),
        row("RESPONSE", "percent_lower", "39", category="cr", conf_level="90"),
    )  # fmt: skip
    (part,) = found.parts
    assert {claim.id: claim.conf_level for claim in part.printed if claim.conf_level != 0.95} == {
        "c2": 0.975, "c7": 0.9,
    }  # fmt: skip
    # The sampler meets limits of one level, the first that is printed, and no limits of a mean.
    assert [claim.id for claim in part.chosen] == ["c4", "c5"]
    # R 4.2.2: binom.test(30, 60, conf.level = .9)$conf.int has 0.3874 as its lower limit, .95 has 0.3681.
    cohorts = drawing.draw(found, drawing.requests(found, {}, 1), 4)
    assert cohorts.values["c7"] == pytest.approx([38.74] * 4, abs=0.01)


ARMS = (
    row("OS", "n", "60", arm="new"), row("OS", "n", "50", arm="old"), row("OS", "median", "20", arm="new"),
    row("OS", "median", "12", arm="old"),
)  # fmt: skip


@pytest.mark.slow
def test_arms_are_drawn_together_to_meet_the_hazard_ratio(tmp_path):
    found = read(
        tmp_path, *ARMS, row("OS", "hazard_ratio", "0.66"), row("OS", "n", "110", arm="all"),
        row("RESPONSE", "percent", "50", arm="new", category="cr"),
        row("RESPONSE", "percent", "30", arm="old", category="cr"),
        row("", "fisher_p", ".051", category="cr"),
    )  # fmt: skip
    cohorts = drawing.draw(found, drawing.requests(found, {}, 1), 10)
    assert (cohorts.standing["c4"], cohorts.standing["c8"]) == (drawing.ASKED, drawing.CHOSEN)
    assert ((cohorts.values["c4"] >= 0.655) & (cohorts.values["c4"] < 0.665)).all()
    assert (cohorts.values["c5"] == 110).all()
    # R 4.2.2: fisher.test(matrix(c(30, 30, 15, 35), 2))$p.value is 0.0510
    assert cohorts.values["c8"] == pytest.approx([0.05096] * 10, abs=1e-4)
    table = files.printed(cohorts).set_index("claim")
    assert table.loc["c4", "arm"] == "new vs old"
    assert (table["met"] == 1).all()
    # Both arms have draws 1 to 10 and ids of their own.
    rows = files.long(cohorts)
    assert set(rows["arm"]) == {"new", "old"}
    assert rows["id"].nunique() == 110
    assert set(rows["draw"]) == set(range(1, 11))
    assert [line.split()[0] for line in remarks(cohorts)] == ["c5"]


def test_arms_are_not_begun_when_it_is_too_late(tmp_path):
    found = read(tmp_path, *ARMS, row("OS", "hazard_ratio", "0.66"))
    wanted = tuple(replace(one, until=0.0) for one in drawing.requests(found, {}, 1))
    assert [len(arm) for arm in Together(wanted, found.comparisons).chunk(0, 3)] == [0, 0]


def test_where_no_arms_have_the_ratio_the_search_ends_and_says_so(tmp_path, monkeypatch):
    """Medians of 20 and 12 months in 110 patients leave no ratio of 40 against the new arm."""
    monkeypatch.setattr(together, "PROBES", ((4,),))
    found = read(tmp_path, *ARMS, row("OS", "hazard_ratio", "40"))
    wanted = drawing.requests(found, {}, 1)
    cohorts = drawing.draw(found, wanted, 5)
    assert cohorts.standing["c4"] == drawing.GIVEN_UP
    assert remarks(cohorts)[0].startswith("c4 (40): given up, as no draw of a few met it; 0% of the cohorts")


def test_what_was_given_up_and_holds_in_all_cohorts_is_met(tmp_path, monkeypatch):
    """Any two arms with medians of 20 and 12 months differ by some P."""
    monkeypatch.setattr(Together, "found", lambda self, executor: False)
    found = read(tmp_path, *ARMS, row("OS", "logrank_p", "<.999"), row("OS", "hazard_ratio", "40"))
    cohorts = drawing.draw(found, drawing.requests(found, {}, 1), 5)
    assert (cohorts.standing["c4"], cohorts.standing["c5"]) == (drawing.ASKED, drawing.GIVEN_UP)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([*ARMS, row("OS", "events", "30", arm="nwe")], ["row 6, column arm: 'nwe'", "did you mean new?"]),
        ([*ARMS, row("OS", "hazard_ratio", ".7", arm="new vs odl")], ["row 6, column arm", "of new, old"]),
        ([N, row("OS", "median", "20 weeks", unit="years")], ["row 3, column printed: '20 weeks'"]),
        ([N, row("OS", "median", "20", unit="%")], ["row 3, column unit: '%'", "years, weeks or days"]),
        ([N, row("OS", "median", "20", at="12")], ["row 3, column at: '12'", "nothing, for median"]),
        ([N, row("OS", "events", "20", at="12")], ["did you mean events_by?"]),
        ([N, row("OS", "survival", "1.00", at="12")], ["row 3, column printed: '1.00'", "% or fraction"]),
        ([N, row("OS", "survival", ".42", at="12")], ["row 3, column printed: '.42'", "% or fraction"]),
        ([N, row("OS", "median follow-up", "20")], ["'median_follow_up'", "did you mean followup_median?"]),
        ([N, row("OS", "survival", "20", at="12 parsecs")], ["row 3, column at: '12 parsecs'"]),
        ([N, row("", "followup_median", "20")], ["'' found", "the endpoint that has this median follow-up"]),
        # Near in letters, far in meaning.
        ([N, row("OS", "mean", "20")], ["'mean'", "did you mean rmst?"]),
        ([row("OS", "n", "2", arm="A"), row("OS", "n", "3", arm="a")], ["arm: 'a'", "A as above"]),
        ([row("", "n", "60"), row("RFS", "median", "8", of="cr")], ["column of: 'cr'", "a row n of RFS"]),
        ([N, row("OSS", "median", "20")], ["row 3, column endpoint: 'OSS'", "did you mean OS?"]),
        ([N, row("OS", "median_lower", "20", conf_level="5")], ["row 3, column conf_level: '5'"]),
        ([row("OS", "median", "20")], ["a row with statistic n"]),
        ([N, row("RFS", "n", "30"), row("RFS", "median", "8", origin="later")], ["column origin: 'later'"]),
        ([row("RESPONSE", "n", "60"), row("RFS", "median", "8")], ["whose relapse-free survival"]),
        ([N, row("OS", "survival_lower", "60%", at="12"), row("OS", "survival", "50%", at="12")],
         ["row 3, column printed", "not beyond 50% (c2)"]),
        # An n that is no count: a thousand with its point, about so many, fewer than so many.
        ([row("OS", "n", "1.000")], ["row 2, column printed: '1.000'", "a whole number without a point"]),
        ([row("OS", "n", "~100")], ["row 2, column printed: '~100'", "the number of patients itself"]),
        ([row("OS", "n", "<100")], ["row 2, column printed: '<100'", "the number of patients itself"]),
    ],
)  # fmt: skip
def test_what_must_be_guessed_is_refused(tmp_path, rows, words):
    with pytest.raises(InputError) as refused:
        read(tmp_path, *rows)
    assert all(word in str(refused.value) for word in ("claims.csv", *words)), str(refused.value)


def test_a_group_is_shown_as_it_was_typed_and_a_code_in_words(tmp_path):
    found = read(
        tmp_path, N, row("RESPONSE", "count", "26", category="cr_or_cri"),
        row("RESPONSE", "count", "20", category="MRD response", population="CR/CRi & known MRD response"),
        row("OS", "n", "60", population="ITT"), row("RFS", "median", "8", of="cr_or_cri"),
    )  # fmt: skip
    assert found.spelled == {
        "cr_or_cri": "CR or CRi", "mrd response": "MRD response",
        "cr_or_cri&known mrd response": "CR/CRi & known MRD response",
    }  # fmt: skip
    assert found.readings[-1].endswith("of CR or CRi, from the start (from when is not said)")


def test_the_name_of_a_statistic_may_be_spelled_as_in_print(tmp_path):
    found = read(
        tmp_path, *ARMS, row("OS", "Hazard ratio", "0.66", arm="new vs old"), row("os", "LOGRANK P", ".1")
    )
    assert [one.claim.statistic for one in found.comparisons] == ["hazard_ratio", "logrank_p"]
    assert found.parts[0].printed[1].statistic == "median"


def test_a_row_without_an_arm_is_said_to_be_of_all(tmp_path):
    found = read(tmp_path, *ARMS, row("OS", "survival", "42", at="24", id="blank"))
    assert "of all arms together, as no arm is named: blank" in found.readings
    assert read(tmp_path, row("OS", "n", "60", arm="all")).arms == ("",)


def test_of_which_arm_a_ratio_is_taken_is_said(tmp_path):
    found = read(tmp_path, *ARMS, row("OS", "hazard_ratio", "0.66"), row("PFS", "hazard_ratio", ".5"))
    assert found.readings[-1].startswith(
        "hazard ratio 0.66 of OS: new against old, in the order of their rows"
    )
    named = read(tmp_path, *ARMS, row("OS", "hazard_ratio", "0.66", arm="old vs new"))
    assert not any("hazard ratio" in line for line in named.readings)


@pytest.mark.parametrize(
    ("at", "months"),
    [("3-year", 36), ("Month 18", 18), ("year 2", 24), ("36 months", 36), ("18", 18), ("24-mo", 24)],
)
def test_a_time_and_an_endpoint_may_be_written_as_in_print(tmp_path, at, months):
    found = read(tmp_path, N, row("Overall survival", "survival", "42", at=at))
    assert [(c.endpoint, c.at) for c in found.parts[0].printed if c.statistic == "survival"] == [
        ("OS", months)
    ]


@pytest.mark.parametrize(("printed", "value"), [("P=.01", 0.01), ("p < 0.001", 0.001), ("= .2", 0.2)])
def test_a_p_value_may_bear_its_letter(tmp_path, printed, value):
    (one,) = read(tmp_path, *ARMS, row("OS", "logrank_p", printed)).comparisons
    assert one.claim.value == value


@pytest.mark.parametrize(("at", "said"), [(">3-year", "'>3-year'"), ("2-3-year", "'2-3-year'")])
def test_what_is_no_one_time_is_refused(tmp_path, at, said):
    with pytest.raises(InputError, match=f"column at: {said} found"):
        read(tmp_path, N, row("OS", "survival", "42", at=at))


@pytest.mark.parametrize(
    ("words", "instead"),
    [
        (row("OS", "median", "7.7 (5.6–9.6)"), "its limits are rows median_lower and median_upper"),
        (row("OS", "median", "NR (12.3–NR)"), "its limits are rows median_lower and median_upper"),
        (row("OS", "median", "NOT REACHED (NR)"), "or NR (not reached)"),
        (row("OS", "followup_median", "12 (range 1–40)"), "its range is rows followup_min and followup_max"),
        (row("RESPONSE", "percent", "50% (18 of 36)", category="cr"),
         "a number of patients (18) is a row of its own, count"),
        (row("RESPONSE", "percent", "18/36", category="cr"),
         "a number of patients (18) is a row of its own, count"),
        (row("OS", "median", "52 weeks", unit="months"), "the column unit says months, and the number weeks"),
    ],
)  # fmt: skip
def test_what_stands_beside_the_number_is_sent_to_its_place(tmp_path, words, instead):
    with pytest.raises(InputError) as refused:
        read(tmp_path, N, words)
    assert str(refused.value).endswith(instead)


def test_the_shortest_follow_up_with_a_plus_is_that_of_somebody_alive(tmp_path):
    (part,) = read(tmp_path, N, row("OS", "followup_min", "0.1+"), row("OS", "followup_max", "41.9+")).parts
    spans = [(round(c.interval.lower, 2), round(c.interval.upper, 2)) for c in part.printed[1:]]
    assert spans == [(0.05, 0.15), (41.85, 41.95)]


@pytest.mark.parametrize(
    ("one", "other"),
    [("MRD+", "MRD-"), ("mrd positive", "MRD negative"), ("age <60", "age >= 60"), ("PD-L1 >1%", "PD-L1 ≤1%"),
     ("male", "female"), ("HER2+", "HER2-negative")],
)  # fmt: skip
def test_groups_that_exclude_one_another_have_no_patient_in_both(tmp_path, one, other):
    part = read(
        tmp_path, N, row("RESPONSE", "count", "25", category=one),
        row("RESPONSE", "count", "35", category=other), row("OS", "median", "9", population=one),
    ).parts[0]  # fmt: skip
    first, second = (part.vocabulary.category(c.category) for c in part.printed[1:3])
    assert [*first] == [*second]
    assert not set(*first.values()) & set(*second.values())


def test_groups_that_have_nothing_but_letters_of_another_script_are_two(tmp_path):
    found = read(
        tmp_path, N, row("RESPONSE", "count", "25", category="完全寛解"),
        row("RESPONSE", "count", "20", category="部分寛解"),
    ).parts[0].vocabulary  # fmt: skip
    assert len(found.codings) == 2


def test_no_group_takes_the_place_of_a_column_that_tables_have(tmp_path):
    names = ("USUBJID", "AVAL", "CNSR", "arm", "ParamCD", "DTYPE")
    rows = [row("RESPONSE", "count", "25", category=name) for name in names]
    codings = read(tmp_path, N, *rows).parts[0].vocabulary.codings
    assert len(codings) == len(names)
    assert not {name.upper() for name in names} & codings.keys()


TABLE = "id,endpoint,statistic,printed\nn,OS,n,60\nm,OS,median,20\n"


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{line},,\n" for line in TABLE.splitlines()),
        TABLE.replace("\nm,", ",,\nm,"),
        TABLE + ",,,\n , ,,\n\n",
        TABLE.replace("\n", "\r\n").replace("m,OS", ",,,\r\n\r\nm,OS"),
        TABLE.replace("id,endpoint,statistic,printed", "ID,Endpoint,Statistic,Printed"),
    ],
)
def test_what_excel_leaves_of_a_claims_file_is_no_claim(tmp_path, text):
    (tmp_path / "claims.csv").write_text(text)
    (part,) = read_paper(tmp_path / "claims.csv", VOCABULARY).parts
    assert [(claim.statistic, claim.printed) for claim in part.asked] == [("n", "60"), ("median", "20")]


@pytest.mark.parametrize(
    "text", [TABLE + "x,OS,median\n", TABLE + ",,,,9\n", TABLE.replace("20\n", "20,,7\n")]
)
def test_a_row_of_another_length_is_still_refused(tmp_path, text):
    (tmp_path / "claims.csv").write_text(text)
    with pytest.raises(InputError, match="4 fields as in the header"):
        read_paper(tmp_path / "claims.csv", VOCABULARY)
