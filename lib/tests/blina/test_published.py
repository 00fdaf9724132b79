import math

import pytest
from bs4 import BeautifulSoup

from blina import ensemble, vocabulary
from blina.facts import (
    assumptions,
    cited,
    comparators,
    credit,
    criteria,
    dosing,
    kinetics,
    read_assumptions,
    read_claims,
    read_exhibits,
    read_sources,
)
from blina_base import project
from blina_base.errors import InputError
from claims_files import claims as made
from pseudoipd.claims import decimals, printed_interval, printed_value, select
from pseudoipd.claims.claims import COLUMNS, NEEDED

HEADER = ",".join(COLUMNS)
MEDIAN = "os_median,os_curve,OS,median,,all,,13.0,months,abstract2015,Median OS was 13.0 months"
COUNT = "cr,response_table,RESPONSE,count,cr,all,,17,patients,news2015,Seventeen patients"


def write(folder, *rows, header=HEADER):
    path = folder / "claims.csv"
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path


# The first four are the examples of the grammar's own description.
@pytest.mark.parametrize(
    ("printed", "statistic", "inside", "outside"),
    [
        ("13.0", "median", [12.95, 13.0, 13.0499], [12.9499, 13.05]),
        ("28", "percent", [27.5, 28.4999], [27.4999, 28.5]),
        (".009", "mantel_byar_p", [0.0085, 0.009499], [0.00849, 0.0095]),
        ("~33", "plateau_from", [32.0, 33.0, 34.0], [31.99, 34.01]),
        ("∼18", "plateau_from", [17.0, 19.0], [16.99, 19.01]),
        ("0", "percent", [0.0, 0.49], [-0.01, 0.5]),
        ("<.001", "mantel_byar_p", [0.0, 0.00099], [0.001]),
        ("10", "count", [10.0], [9.0, 9.5, 10.5, 11.0]),
        ("15", "dose", [15.0], [14.9]),
        ("NR", "median_upper", [math.inf, math.nan], [40.0]),
        ("8.5", "median_lower", [8.5], [math.inf, math.nan]),
    ],
)
def test_a_printed_number_stands_for_the_values_that_would_be_printed_so(printed, statistic, inside, outside):
    interval = printed_interval(printed, statistic)
    assert all(interval.contains(value) for value in inside)
    assert not any(interval.contains(value) for value in outside)


@pytest.mark.parametrize("printed", ["", "thirteen", "1,5", "13.0.1", "-3", "1e3", ".", "13 or so", "nan"])
def test_what_is_no_printed_number_is_refused(printed):
    with pytest.raises(ValueError, match="no printed number"):
        printed_interval(printed, "median")
    assert math.isnan(printed_value(printed))


# A plateau from 15 months, give or take one, reaches to 16, the end included; from 15.0 to just below 15.05.
@pytest.mark.parametrize(
    ("printed", "last_event", "in_the_interval", "not_beyond_it"),
    [
        ("~15", 14.0, True, True), ("~15", 16.0, True, True), ("~15", 16.1, False, False),
        ("~15", 13.9, False, True), ("15.0", 15.05, False, False), ("15.0", 15.04, True, True),
        ("15.0", math.nan, False, True),
    ],
)  # fmt: skip
def test_a_plateau_agrees_by_its_rule(printed, last_event, in_the_interval, not_beyond_it):
    plateau, median = made(("OS", "plateau_from", printed), ("OS", "median", printed))
    assert plateau.agrees(last_event) == in_the_interval
    assert plateau.agrees(last_event, "no_event_after") == not_beyond_it
    # The rule is about plateaus only: a median beyond its interval is as wrong as one before it.
    assert median.agrees(last_event, "no_event_after") == in_the_interval


def test_value_and_decimals_of_a_printed_number():
    assert (printed_value(".009"), decimals(".009")) == (0.009, 3)
    assert (printed_value("~33"), decimals("~33")) == (33.0, 0)
    assert (printed_value("NR"), decimals("NR")) == (math.inf, 0)


def test_two_rows_are_read_as_two_claims(tmp_path):
    claims = read_claims(write(tmp_path, MEDIAN, COUNT))
    assert [claim.id for claim in claims] == ["os_median", "cr"]
    assert claims[0].at is None
    assert claims[0].value == 13.0
    assert claims[1].interval.contains(17)
    assert select(claims, statistic="count") == claims[1:]


def test_a_byte_order_mark_and_carriage_returns_do_no_harm(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEADER}\r\n{MEDIAN}\r\n".encode())
    assert read_claims(path)[0].id == "os_median"


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (
            COUNT.replace(",count,", ",cuont,"),
            ["row 3", "column statistic", "'cuont'", "did you mean count?"],
        ),
        (COUNT.replace(",cr,all", ",remission,all"), ["row 3", "column category", "'remission'"]),
        (COUNT.replace(",all,", ",everyone,"), ["row 3", "column population", "'everyone'"]),
        (COUNT.replace(",17,", ",seventeen,"), ["row 3", "column printed", "'seventeen'"]),
        (COUNT.replace(",17,", ",,"), ["row 3", "column printed", "''"]),
        (COUNT.replace(",17,", ",1.5,"), ["row 3", "column printed", "'1.5'", "whole number"]),
        (
            COUNT.replace("cr,response_table", "os_median,x", 1),
            ["row 3", "column id", "'os_median'", "row 2"],
        ),
        (COUNT.replace("cr,response_table", ",x", 1), ["row 3", "column id"]),
        (MEDIAN.replace("os_median,", "b,").replace(",OS,", ",PFX,"), ["row 3", "column endpoint", "'PFX'"]),
        (
            MEDIAN.replace("os_median,", "b,").replace(",months,", ",miles,"),
            ["row 3", "column unit", "'miles'"],
        ),
        (MEDIAN.replace("os_median,", "b,").replace(",all,,", ",all,x,"), ["row 3", "column at", "'x'"]),
        (MEDIAN.replace("os_median,", "b,").replace(",all,,", ",all,inf,"), ["row 3", "column at", "'inf'"]),
        (
            MEDIAN.replace("os_median,", "b,").replace(",median,", ",survival,"),
            ["row 3", "column at", "a time in months"],
        ),
        (
            COUNT.replace("cr,", "b,", 1).replace(",count,", ",percent,").replace(",17,patients", ",170,%"),
            ["row 3", "column printed", "'170'", "0 to 100"],
        ),
        ("b,x,OS,mantel_byar_p,,all,,9,P,s,q", ["row 3", "column printed", "0 to 1"]),
        ("b,x,DESIGN,dose,,all,,15,ug,s,q", ["row 3", "column at", "week"]),
        (COUNT + ",one field more", ["row 3", "11 fields", "not 12"]),
    ],
)
def test_an_error_in_a_row_names_file_row_column_and_value(tmp_path, row, place):
    with pytest.raises(InputError) as caught:
        read_claims(write(tmp_path, MEDIAN, row))
    message = str(caught.value)
    assert message.startswith("claims.csv")
    assert "\n" not in message
    assert all(part in message for part in place), message


def test_a_file_of_your_own_may_leave_columns_out(tmp_path):
    (claim,) = read_claims(write(tmp_path, "m,OS,median,13.0", header="id,endpoint,statistic,printed"))
    assert (claim.value, claim.population, claim.at, claim.exhibit) == (13.0, "all", None, "")


@pytest.mark.parametrize("column", COLUMNS)
def test_in_the_file_of_the_collection_no_column_may_lack(tmp_path, monkeypatch, column):
    header = ",".join(name for name in COLUMNS if name != column)
    own = write(tmp_path, MEDIAN.rsplit(",", 1)[0], header=header)
    monkeypatch.setattr(project, "published", lambda name: own)
    with pytest.raises(InputError, match=f"claims.csv, row 1, column {column}"):
        read_claims()


@pytest.mark.parametrize("column", NEEDED)
def test_a_missing_column_is_named(tmp_path, column):
    header = ",".join(name for name in COLUMNS if name != column)
    with pytest.raises(InputError, match=f"claims.csv, row 1, column {column}"):
        read_claims(write(tmp_path, header=header))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (HEADER.encode(), "row 2: expected at least one row"),
        (HEADER.replace(",", ";").encode(), "commas, not semicolons"),
        (HEADER.replace(",", "\t").encode(), "commas, not tabs"),
        (f"{HEADER}\n{MEDIAN}\nü".encode("latin-1"), "row 3: b'\\\\xfc' found; expected UTF-8"),
        (f"{HEADER}\n\0".encode(), "row 2: .* without zero bytes"),
        (b"PK\x03\x04" + b"\0" * 40, "a workbook"),
        (f'{HEADER}\n"open'.encode(), "comma-separated values"),
        (f"{HEADER},id\n{MEDIAN},again\n".encode(), "column id: expected each column once"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_in_one_line(tmp_path, content, message):
    path = tmp_path / "claims.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_claims(path)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_a_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_claims(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read_claims(tmp_path)


def test_a_default_off_its_alternatives_is_refused(tmp_path):
    path = tmp_path / "assumptions.csv"
    path.write_text("id,topic,default,alternatives,parameter,meaning,source\na,t,x,y; z,p,m,s\n")
    with pytest.raises(InputError, match=r"assumptions.csv, row 2, column default: 'x' found"):
        read_assumptions(path)


# --- the collection's own files ---------------------------------------------------------------------------


def test_every_claim_has_its_exhibit_and_its_source():
    exhibits, sources = read_exhibits(), read_sources()
    for claim in read_claims():
        assert claim.exhibit in exhibits, claim.id
        assert claim.source in sources, claim.id
    for exhibit in exhibits.values():
        assert exhibit.source in sources, exhibit.id


def test_every_source_is_used_and_every_fact_has_one():
    used = {claim.source for claim in read_claims()} | {row.source for row in read_assumptions().values()}
    for frame in (comparators(), kinetics(), criteria(), dosing()):
        used |= set(frame["source"])
    assert used == set(read_sources())


def test_quotes_are_short_and_every_claim_has_one():
    quotes = [claim.quote for claim in read_claims()] + [row.quote for row in read_exhibits().values()]
    assert all(quotes)
    for frame in (comparators(), kinetics(), criteria(), dosing()):
        quotes += frame["quote"].tolist()
    assert max(len(quote.split()) for quote in quotes) <= 20


def test_the_printed_number_of_a_claim_stands_in_its_quote():
    words = {
        "6": "six", "7": "seven", "8": "eight", "9": "nine", "10": "ten", "17": "seventeen", "2": "two",
        "3": "three", "4": "four", "25": "twenty-five", "0": "none",
    }  # fmt: skip
    # The extension cohort has 'the same regimen as cohort 2a'.
    elsewhere = {"cohort_3_dose_week_1", "cohort_3_dose_week_2", "cohort_2b_dose_week_3"}
    for claim in read_claims():
        if claim.qualitative or claim.id in elsewhere:
            continue
        quote = claim.quote.lower().replace("∼", "~")
        spelled = words.get(claim.printed, "\0")
        assert claim.printed in quote or spelled in quote or claim.id.startswith("long_term_survivors_m"), (
            claim.id
        )


def test_counts_and_percentages_of_the_table_belong_together():
    claims = read_claims()
    sizes = {claim.population: claim.value for claim in select(claims, statistic="n", endpoint="OS")}
    for claim in select(claims, exhibit="response_table", statistic="count"):
        twins = select(claims, category=claim.category, population=claim.population, statistic="percent")
        assert len(twins) == 1
        assert twins[0].interval.contains(100 * claim.value / sizes[claim.population]), claim.id


def test_the_columns_of_the_table_add_up():
    claims = select(read_claims(), exhibit="response_table")
    number = {(c.category, c.population): c.value for c in claims if c.statistic in ("n", "count")}
    early, late = "mrd_responder_os_lt_30", "mrd_responder_os_ge_30"
    for category in {claim.category for claim in claims}:
        assert number[category, early] + number[category, late] == number[category, "mrd_responder"]
    best = ("cr", "crh", "hypocellular", "partial_remission")
    for population in (early, late, "mrd_responder"):
        assert sum(number[category, population] for category in best) == number["", population]


def test_the_table_adds_up_to_the_text():
    claims = read_claims()
    table = {
        (c.category, c.population): c.value
        for c in select(claims, exhibit="response_table", statistic="count")
    }
    for claim in select(claims, exhibit="response_rates", statistic="count", population="all"):
        if (claim.category, "mrd_responder") in table:
            both = [table[claim.category, name] for name in ("mrd_responder", "mrd_non_responder")]
            assert sum(both) == claim.value, claim.id
    (everyone,) = select(claims, id="patients")
    parts = ("cr", "crh", "partial_remission", "hypocellular", "refractory", "not_evaluable")
    best = [select(claims, category=name, statistic="count", population="all")[0].value for name in parts]
    cohorts = [select(claims, category=f"cohort_{c}", statistic="count")[0].value for c in vocabulary.COHORTS]
    assert sum(best) == sum(cohorts) == everyone.value


def test_numbers_printed_in_two_precisions_are_two_claims():
    medians = [claim.printed for claim in select(read_claims(), endpoint="OS", statistic="median")]
    plateaus = [claim.printed for claim in select(read_claims(), endpoint="RFS", statistic="plateau_from")]
    assert medians == ["13.0", "13"]
    assert plateaus == ["~18", "18"]


def test_every_exhibit_names_a_notebook_and_every_assumption_a_switch():
    for exhibit in read_exhibits().values():
        assert (project.notebooks() / f"{exhibit.notebook}.ipynb").name[:2].isdigit()
    sources = list((project.notebooks() / "source").glob("*.py"))
    for name, assumption in read_assumptions().items():
        assert assumption.default == assumptions()[name]
        # A convention without an alternative needs no switch.
        assert (len(assumption.alternatives) > 1) == bool(assumption.parameter), name
        switches = [
            path for path in sources if f"\n{assumption.parameter} = " in path.read_text(encoding="utf-8")
        ]
        assert switches or not assumption.parameter, f"no report has a parameter {assumption.parameter}"


def test_a_cycle_of_the_dosing_table_is_six_weeks_of_seven_days():
    table = dosing()
    assert set(table["cohort"]) == set(vocabulary.COHORTS)
    for _, cohort in table.groupby("cohort"):
        assert cohort["week"].tolist() == [1, 2, 3, 4, 5, 6]
        assert (cohort["last_day"] - cohort["first_day"]).tolist() == [6] * 6
        assert cohort["first_day"].tolist() == [1, 8, 15, 22, 29, 36]


def test_the_range_quoted_for_chemotherapy_is_that_of_the_series_behind_it():
    table = comparators()
    quoted = table[(table["relation"] == "quoted") & (table["statistic"] == "median")].set_index("id")
    series = quoted.drop(index="quoted_median")["value"]
    assert [series.min(), series.max()] == quoted.loc["quoted_median", ["lower", "upper"]].tolist()


def test_no_fact_of_other_patients_or_beyond_the_tables_is_a_constraint():
    claims = read_claims()
    beyond = select(claims, statistic="stated") + select(claims, statistic="qualitative")
    kept = ensemble.problem(claims, assumptions()).used
    assert not {claim.id for claim in beyond} & {claim.id for claim in kept}
    words = {claim.id for claim in beyond}
    without = tuple(claim for claim in claims if claim.id not in words)
    assert ensemble.problem(without, assumptions()).used == kept
    # Exactly these 36, by the review that prints them: age 32, 55 days (1 to 150), 712 µg/m².
    by_id = {claim.id: claim.value for claim in claims}
    assert [by_id[f"exposure_{name}"] for name in ("median", "min", "max")] == [55, 1, 150]
    assert (by_id["age_median"], by_id["cumulative_dose_median"]) == (32, 712)
    # Pooled and interim numbers are in another file, with whose they are.
    table = comparators().set_index("id")
    assert table.loc["pooled_serious", ["relation", "n", "value"]].tolist() == ["pooled", 225, 146]
    assert table.loc["asco2012_relapses", ["relation", "n", "value"]].tolist() == ["earlier", 25, 6]
    # The 36 older patients of another report are not these 36.
    assert table.loc["kantarjian_older_response", "relation"] == "overlap not known"


def test_sources_are_cited_by_what_names_them():
    table = cited(["news2015, abstract2015", "abstract2015", "unknown"])
    assert table["Source"].tolist() == ["news2015", "abstract2015"]
    assert table["Address"].str.startswith("https://").all()


def test_a_source_is_read_by_a_short_name_that_leads_to_it_and_kept_by_its_id():
    both = credit("news2015, tower2017, of mine")
    assert both == "news2015, tower2017, of mine"
    names = BeautifulSoup(both.html(), "html.parser")
    assert names.text == "ASH Clinical News 2015, Kantarjian 2017, of mine"
    # A DOI in the citation goes before the place where a copy was read.
    assert [a["href"] for a in names.find_all("a")] == [
        read_sources()["news2015"].address,
        "https://doi.org/10.1056/NEJMoa1609783",
    ]
    # Of this address a part was not kept.
    assert credit("locatelli2023").html() == "Locatelli 2023"
    names = [source.short for source in read_sources().values()]
    assert len(set(names)) == len(names)
