import dataclasses
import math

import numpy as np
import pytest

from blina import facts, formats
from blina.adam import read_tables
from blina.ensemble import printings
from blina.reports.scorecard import numbers, pictures, words
from blina.scorecard import numbers as scorecard
from blina.scorecard.words import predicted

MONTH = 30.4375


def verdicts(tables):
    return scorecard.scorecard(tables).set_index("id")["verdict"]


def with_adtte(tables, patient, paramcd, **changes):
    adtte = tables.adtte.copy()
    row = (adtte["USUBJID"] == patient) & (adtte["PARAMCD"] == paramcd)
    assert row.sum() == 1
    for column, value in changes.items():
        adtte.loc[row, column] = value
    return dataclasses.replace(tables, adtte=adtte)


# --- the reference cohort reproduces everything that is printed ---------------------------------------------


def test_every_numeric_claim_is_reproduced(card, claims):
    numeric = [claim.id for claim in claims if not claim.qualitative]
    found = card.set_index("id").loc[numeric, "verdict"]
    assert found[found != "reproduced"].to_dict() == {}
    assert len(numeric) > 140


def test_every_claim_is_on_the_card_in_file_order(card, claims):
    assert card["id"].tolist() == [claim.id for claim in claims]
    assert set(card["holds"]) == {"constraint", "held out", "derived", "transcribed", "stated", "statement"}
    assert (card["what"] != "").all()


FLAGS = ["MRDRESP", "HSCTFL", "RETRTFL", "RLPFRFL"]


@pytest.mark.parametrize("column", FLAGS)
def test_any_single_flag_that_is_turned_breaks_a_claim(reference, column):
    # Transplants are printed after CR, CRh and hypocellular marrow only.
    counted = reference.adsl["BESTRESP"].isin(["CR", "CRh", "HYPOCELLULAR"]) | (column != "HSCTFL")
    for patient in np.flatnonzero(counted)[::5]:
        adsl = reference.adsl.copy()
        old = adsl.loc[patient, column]
        adsl.loc[patient, column] = "N" if old == "Y" else "Y"
        changed = verdicts(dataclasses.replace(reference, adsl=adsl))
        assert (changed == "not reproduced").any(), (patient, column)


@pytest.mark.parametrize(("column", "value"), [("BESTRESP", "CR"), ("BOR2C", "CR"), ("COHORT", "1")])
def test_any_single_category_that_is_changed_breaks_a_claim(reference, column, value):
    for patient in np.flatnonzero(reference.adsl[column] != value)[::4]:
        adsl = reference.adsl.copy()
        adsl.loc[patient, column] = value
        changed = verdicts(dataclasses.replace(reference, adsl=adsl))
        assert (changed == "not reproduced").any(), patient


def test_long_term_survival_is_judged_by_survival_and_not_by_its_flag(reference, claims):
    # By hand: of the 10 who were seen for 30 months one is last seen on day 900, 29.6 months, flag unchanged.
    adtte = reference.adtte
    seen = adtte[(adtte["PARAMCD"] == "OS") & (adtte["AVAL"] >= 30 * MONTH)]["USUBJID"].iloc[0]
    short = scorecard.scorecard(with_adtte(reference, seen, "OS", AVAL=900), claims).set_index("id")
    assert short.loc[["table_os_ge_30_n", "long_term_survivors_count"], "ours"].tolist() == [9, 9]
    assert short.loc["table_os_lt_30_n", "ours"] == 16
    assert short.loc["table_os_ge_30_n", "verdict"] == "not reproduced"
    turned = reference.adsl.assign(LTSFL="Y")
    assert verdicts(dataclasses.replace(reference, adsl=turned)).equals(verdicts(reference))


def test_a_printed_number_that_no_table_holds_is_counted_as_one(card, claims):
    stated = [claim.id for claim in claims if claim.statistic == "stated"]
    assert {"centres", "first_treatment", "mrd_criterion", "age_median", "exposure_max"} <= set(stated)
    rows = card.set_index("id").loc[stated]
    assert set(rows["verdict"]) == {"not checkable"}
    assert set(rows["shown"]) == {"–"}
    good, printed = scorecard.reproduced(card)
    assert printed == good + len(stated)
    assert words.key_numbers(card) == [(f"{good} of {printed}", "printed numbers come out as printed")]
    assert f"{len(stated)} more no patient table can show" in words.answer(card)
    assert scorecard.score(card[card["exhibit"] == "baseline"]) == "stated only"


def test_doses_check_a_transcription_and_no_patients(card, claims, four):
    doses = [c.id for c in claims if c.statistic in ("dose", "weeks", "day")]
    assert len(doses) == 12
    assert (card.set_index("id").loc[doses, "holds"] == "transcribed").all()
    assert "12 only check a transcription" in words.answer(card)
    assert "they check the typing" in words.weight(card)
    assert "transcription" not in words.answer(scorecard.scorecard(*four))


def test_one_altered_time_breaks_the_claim_that_rests_on_it(reference):
    os = reference.adtte[reference.adtte["PARAMCD"] == "OS"].set_index("USUBJID")["AVAL"]
    last = with_adtte(reference, os.idxmax(), "OS", AVAL=os.max() + 10)
    assert verdicts(last)["os_followup_max"] == "not reproduced"
    first = with_adtte(reference, os.idxmin(), "OS", AVAL=os.min() + 10)
    assert verdicts(first)["os_followup_min"] == "not reproduced"
    near = (os - 13 * MONTH).abs().idxmin()
    middle = with_adtte(reference, near, "OS", AVAL=os[near] + 60)
    assert verdicts(middle)[["os_median", "os_median_news"]].eq("not reproduced").any()
    just_short = os[os >= 30 * MONTH].idxmin()
    short = with_adtte(reference, just_short, "OS", AVAL=29 * MONTH)
    assert verdicts(short)["long_term_survivors_count"] == "not reproduced"


def test_one_death_taken_for_censoring_breaks_a_claim(reference):
    os = reference.adtte[(reference.adtte["PARAMCD"] == "OS") & (reference.adtte["CNSR"] == 0)]
    last = os.loc[os["AVAL"].idxmax(), "USUBJID"]
    assert verdicts(with_adtte(reference, last, "OS", CNSR=1))["os_plateau_from"] == "not reproduced"


def test_response_days_that_move_break_mantel_byar(reference):
    adsl = reference.adsl.copy()
    adsl["MRDRDY"] = adsl["MRDRDY"].where(adsl["MRDRDY"].isna(), 1)
    changed = scorecard.scorecard(dataclasses.replace(reference, adsl=adsl)).set_index("id")
    before = scorecard.scorecard(reference).set_index("id")
    assert changed.loc["mantel_byar_p", "ours"] != before.loc["mantel_byar_p", "ours"]


# --- by hand ------------------------------------------------------------------------------------------------


ADSL = "USUBJID,BESTRESP,MRDRESP,MRDRDY\nA,CR,Y,29\nB,CRh,N,\nC,CR,N,\nD,NE,N,\n"
ADTTE = (
    "USUBJID,PARAMCD,AVAL,AVALU,CNSR\nA,OS,40,MONTHS,1\nB,OS,3,MONTHS,0\nC,OS,2,MONTHS,0\nD,OS,1,MONTHS,0\n"
)
CLAIMS = """id,exhibit,endpoint,statistic,category,population,at,printed,unit,source,quote
n,x,OS,n,,all,,4,patients,s,q
events,x,OS,events,,all,,3,patients,s,q
median,x,OS,median,,all,,2.5,months,s,q
wrong,x,OS,median,,all,,2,months,s,q
survival,x,OS,survival,,all,2,50,%,s,q
last,x,OS,plateau_from,,all,,~3,months,s,q
later,x,OS,plateau_from,,all,,8,months,s,q
cr,x,,count,cr,all,,2,patients,s,q
share,x,,percent,cr,mrd_non_responder,,33,%,s,q
lacking,x,,count,allohct,all,,1,patients,s,q
no_rfs,x,RFS,median,,all,,9,months,s,q
words,x,,qualitative,,all,,more,,s,more
"""


@pytest.fixture
def four(tmp_path):
    for name, text in {"adsl": ADSL, "adtte": ADTTE, "claims": CLAIMS}.items():
        (tmp_path / f"{name}.csv").write_text(text)
    return read_tables(tmp_path), facts.read_claims(tmp_path / "claims.csv")


def test_four_patients_by_hand(four):
    card = scorecard.scorecard(*four).set_index("id")
    expected = {"n": 4, "events": 3, "median": 2.5, "survival": 50, "last": 3, "cr": 2, "share": 100 / 3}
    for name, value in expected.items():
        assert card.loc[name, "ours"] == pytest.approx(value), name
        assert card.loc[name, "verdict"] == "reproduced", name
    assert card.loc["wrong", "verdict"] == "not reproduced"
    assert card.loc["wrong", "shown"] == "2.5"
    assert card.loc[["lacking", "no_rfs"], "verdict"].tolist() == ["no data", "no data"]
    assert card.loc["words", ["verdict", "holds", "shown"]].tolist() == ["qualitative", "statement", "–"]
    assert set(card["holds"]) == {"recomputed", "statement"}


def test_a_plateau_may_also_mean_no_event_after_it(four):
    tables, claims = four
    later = scorecard.scorecard(tables, claims).set_index("id").loc["later", "verdict"]
    lenient = scorecard.scorecard(tables, claims, {"plateau_rule": "no_event_after"}).set_index("id")
    assert (later, lenient.loc["later", "verdict"]) == ("not reproduced", "reproduced")


def test_totals_words_and_headline_agree(four):
    card = scorecard.scorecard(*four)
    counts = card["verdict"].value_counts().to_dict()
    assert counts == {"reproduced": 7, "not reproduced": 2, "qualitative": 1, "no data": 2}
    answer = words.answer(card)
    assert words.key_numbers(card)[0][0] == "7 of 11"
    links = [f"[{name}](11_scorecard.ipynb#claim-{name})" for name in ("wrong", "later")]
    assert f"**2 are not as printed**: {', '.join(links)}" in answer
    assert "2 could not be recomputed" in words.weight(card)
    assert pictures.headline(card) == "7 of 11 printed numbers reproduced"
    assert scorecard.reproduced(card) == (7, 11)
    assert "1 more claim is a statement in words" in words.weight(card)


def test_without_claims_there_is_nothing_to_compare(four):
    card = scorecard.scorecard(four[0], ())
    assert card.empty
    assert list(card) == list(scorecard.COLUMNS)
    assert "no claims" in words.answer(card).lower()
    assert numbers.results(card).empty
    assert words.claims_table(card).empty


def test_results_leave_words_out_and_name_their_claim(four):
    results = numbers.results(scorecard.scorecard(*four)).set_index("claim")
    assert "words" not in results.index
    assert results.loc["survival", "statistic"] == "OS survival at 2"
    assert results.loc["cr", "value"] == 2


def test_units_are_read_as_they_are_printed(card):
    assert {"µg/m²/day", "per µL"} <= set(words.reading(card)["Unit"])


def test_our_value_is_shown_with_one_digit_more(claims):
    by_id = {claim.id: claim for claim in claims}
    assert scorecard.show(by_id["os_median"], 13.0123) == "13.01"
    assert scorecard.show(by_id["mantel_byar_p"], 0.00912) == ".0091"
    assert scorecard.show(by_id["cr_count"], 17.0) == "17"
    assert scorecard.show(by_id["os_median_upper"], math.inf) == "NR"
    # 21.9 stands for 21.85 up to 21.95: this value agrees, and its rounding to 21.95 would not.
    assert scorecard.show(by_id["os_median_upper"], 21.9472) == "21.947"
    assert scorecard.show(by_id["os_median_upper"], 21.9503) == "21.95"


def test_exhibits_come_in_their_own_order(card):
    assert list(numbers.exhibit_titles(card))[:3] == ["study_design", "response_criteria", "baseline"]


def test_one_table_holds_every_claim_exceptions_first(four):
    card = scorecard.scorecard(*four)
    table = words.claims_table(card.assign(exhibit="os_curve"))
    assert sorted(table["Claim"]) == sorted(card["what"])
    # By hand: two are not reproduced, then two without data; what agrees follows in the file's order.
    assert table["Verdict"].tolist() == [
        *["not reproduced"] * 2, *["no data"] * 2, *["reproduced"] * 7, "qualitative",
    ]  # fmt: skip
    assert table["Report"].iloc[0] == "03 Overall survival"
    assert table["Report"].iloc[0].address == "03_overall_survival.ipynb"
    assert set(words.claims_table(card)["Report"]) == {"–"}


def test_what_the_others_contradict_stands_right_behind_what_does_not_agree(four):
    card = scorecard.scorecard(*four)
    last = card.index[card["verdict"] == "reproduced"][-1]
    card.loc[last, "left_out"] = "contradicted"
    ordered = numbers.exceptions_first(card)
    assert ordered["verdict"].tolist()[:4] == ["not reproduced", "not reproduced", "reproduced", "no data"]
    assert ordered["id"].iloc[2] == card["id"].loc[last]


def test_the_picture_and_its_words_say_the_same(card, four):
    titles = numbers.exhibit_titles(card)
    figure = pictures.scorecard(card, titles)
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert pictures.headline(card) in texts
    assert set(titles.values()) <= texts
    assert len(figure.axes[0].patches) == len(card)
    assert "Overall survival 8 of 8" in words.scorecard_alt(card, titles)
    assert "T-cell expansion by survival words only" in words.scorecard_alt(card, titles)
    assert words.scorecard_alt(card[:0], {}) == "No claims were given."
    odd = scorecard.scorecard(*four)
    assert len(pictures.scorecard(odd, numbers.exhibit_titles(odd)).axes[0].patches) == len(odd)
    pictures.scorecard(odd[:0], {})


def test_numbers_left_out_stand_on_the_card_under_default_assumptions_only(reference, card, claims):
    held = numbers.left_out(card)
    assert set(held["id"]) == {same[0].id for same in printings(claims)}
    assert (card.loc[card["holds"] == "held out", "left_out"] == "predicted").all()
    assert set(card.loc[card["left_out"] == "contradicted", "holds"]) <= {"constraint"}
    other = numbers.left_out(scorecard.scorecard(reference, claims, {"conf_type": "log"}))
    assert other.empty
    assert "nothing to show" in words.left_out(other)
    assert pictures.left_out(other) is None


def test_words_table_and_picture_of_the_numbers_left_out(card):
    held = numbers.left_out(card).assign(left_out="predicted", p=0.5)
    held.loc[0, ["left_out", "p"]] = "contradicted", 0.004
    held.loc[1, "left_out"] = "not contradicted"
    said = predicted(held)
    # By hand: .004 among 11 looks is .044 by Bonferroni.
    assert said == (
        "Left out in turn, 9 of 11 are predicted to within 6 months and **1 contradicted** (OS, median; "
        "P ≤ .044 for 11 looks)."
    )
    assert "1 of 1 is predicted to within 6 months and **0 contradicted**." in predicted(held[2:3])
    told = words.left_out(held)
    assert "P ≤ .004 by itself, P ≤ .044 for 11 looks. It may warn that an assumption or the prior" in told
    assert "1 number within a wider band (of a P: by more than a factor of 2) is called not" in told
    drawn = {text.get_text() for text in pictures.left_out(held).axes[0].texts}
    assert drawn == {
        f"printed {row.printed}, {'outside' if row.left_out == 'contradicted' else 'within'} "
        f"{formats.between(row.lower, row.upper, row.unit)}"
        for row in held.itertuples()
    }
    below = held.set_index("id").loc["os_median", "below"]
    assert f"OS, median: {formats.share(below)}" in words.left_out_alt(held)


def test_a_reader_sees_words_and_the_prediction_where_there_is_one(card):
    table = words.reading(card)
    assert "Left out, it is" in table
    row = table[table["Claim"] == "OS, median"].iloc[0]
    assert row["Printed"] == "13.0"
    # A band from 10.7 to 17.4 months is wider than six months, one from 5.9 to 11.0 is not.
    assert row["Left out, it is"].startswith("not contradicted (")
    lower = table[table["Claim"] == "OS, median, lower limit"].iloc[0]
    assert lower["Left out, it is"].startswith("predicted (")
    counts = card[card["exhibit"] == "response_table"]
    assert "Left out, it is" not in words.reading(counts)
    assert words.reading(counts)["Claim"].tolist()[4] == "CR, number (MRD responders, OS ≥30 months)"


def test_the_answer_weighs_constraints_and_numbers_left_out(card, reference, claims):
    answer = words.answer(card)
    made = card["holds"].isin(["constraint", "held out"]).sum()
    assert f"{made} were constraints that the cohort was made to meet" in words.weight(card)
    held = (card["holds"] == "held out").sum()
    assert f"{held} of 11 {'is' if held == 1 else 'are'} predicted to within" in answer
    assert len(answer.split()) <= 40
    other = words.answer(scorecard.scorecard(reference, claims, {"conf_type": "log"}))
    assert "eft out" not in other
    assert "not as printed**" in other


def test_one_exhibit_is_judged_beside_all_others(reference, claims):
    part = scorecard.of_exhibit(reference, claims, "rfs_curve")
    assert part["id"].tolist() == [claim.id for claim in claims if claim.exhibit == "rfs_curve"]


def test_a_dosing_table_without_a_single_answer_reproduces_nothing(reference, claims, monkeypatch):
    table = facts.dosing()
    table.loc[(table["cohort"] == "1") & (table["week"] == 5), "dose"] = 15
    monkeypatch.setattr(scorecard.facts, "dosing", lambda: table)
    verdict = scorecard.scorecard(reference, claims).set_index("id")["verdict"]
    assert verdict["infusion_weeks"] == "no data"
    assert verdict["cohort_1_dose_week_1"] == "reproduced"
    table.loc[(table["cohort"] == "1") & (table["week"] == 1), "dose"] = 10
    verdict = scorecard.scorecard(reference, claims).set_index("id")["verdict"]
    assert verdict["cohort_1_dose_week_1"] == "not reproduced"
