"""Pages of another paper: from a claims file to pages that know nothing of this collection's own trial."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest

from blina.reports.another_paper import numbers, pictures, words
from blina.reports.another_paper.collection import FILES, check_folder, render
from blina.vocabulary import VOCABULARY
from blina_base.errors import InputError
from chromium import LOOKS
from pseudoipd.paper import command, held_out

pytestmark = pytest.mark.slow

CLAIMS = """id,arm,endpoint,statistic,category,at,printed,unit
n1,new,OS,n,,,40,patients
n2,old,OS,n,,,30,patients
m1,new,OS,median,,,14.2,months
m2,old,OS,median,,,NR,months
s2,old,OS,survival,,2 years,61,%
hr,new vs old,OS,hazard_ratio,,,1.6,
p,,OS,logrank_p,,,.12,P
c1,new,RESPONSE,percent,ORR,,45,%
e1,new,PFS,median,,,7.0,months
e2,old,PFS,median,,,30,weeks
d,new,DESIGN,qualitative,,,blinded,
"""
OURS = re.compile(r"blinatumomab|zugmaier|leuk|lymphoblastic|mrd|your data|nan\b|\binf\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("paper")
    (place / "claims.csv").write_text(CLAIMS)
    # Short chains: what is looked at here are files and pages, not whether chains have reached their law.
    order = command.Order(6, 1, None, moves=8000)
    command.report(place / "claims.csv", order, place / FILES, {}, VOCABULARY, "A trial (2020)")
    return place


@pytest.fixture(scope="module")
def written(folder):
    return numbers.read(folder / FILES)


def test_the_files_are_those_that_r_and_an_adam_reader_expect(folder):
    ipd = pd.read_csv(folder / FILES / "ipd.csv")
    assert list(ipd.columns[:6]) == ["arm", "endpoint", "id", "days", "time", "status"]
    assert ipd.groupby(["arm", "endpoint"]).size().to_dict() == {
        ("new", "OS"): 40, ("new", "PFS"): 40, ("old", "OS"): 30, ("old", "PFS"): 30,
    }  # fmt: skip
    draws = pd.read_csv(folder / FILES / "draws.csv")
    assert sorted(draws["draw"].unique()) == [1, 2, 3, 4, 5, 6]
    adtte = pd.read_csv(folder / FILES / "adtte.csv")
    first = draws[draws["draw"] == 1]
    assert set(adtte["DTYPE"]) == {"RECONSTRUCTED"}
    # CNSR 0 is the event, where status 1 is.
    assert (adtte["CNSR"] == 0).sum() == first["status"].sum()
    assert set(pd.read_csv(folder / FILES / "adsl.csv")["TRT01P"]) == {"new", "old"}
    # Nobody is without the event of PFS for longer than alive.
    wide = draws.pivot_table(index=["draw", "id"], columns="endpoint", values="days")
    assert (wide["PFS"] <= wide["OS"]).all()


@pytest.mark.parametrize(
    ("name", "said"),
    [("a", "can be written"), ("a/b", "can be written"), ("b/files/ipd.csv", "can be written"),
     ("b", "of another origin"), ("c", "nothing there that rendering has not made")],
)  # fmt: skip
def test_a_folder_that_cannot_take_the_pages_is_refused_before_anything_is_drawn(tmp_path, name, said):
    (tmp_path / "a").write_text("")
    (tmp_path / "b" / FILES).mkdir(parents=True)
    (tmp_path / "b" / FILES / "ipd.csv").write_text("mine")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "index.html").write_text("mine")
    with pytest.raises(InputError, match=said):
        check_folder(tmp_path / name)


def test_a_new_folder_and_one_of_our_own_can_take_them(tmp_path, folder):
    check_folder(tmp_path / "new" / "pages")
    assert not (tmp_path / "new").exists()
    check_folder(folder)


def test_a_picture_says_whether_its_patients_are_those_of_another_endpoint(written):
    (curve, *_) = numbers.curves(written)
    assert "apart" not in words.curve_caption(curve)
    assert "drawn apart" in words.curve_caption(replace(curve, apart=True))


def test_what_was_read_and_left_out_is_noted(folder, written):
    notes = json.loads((folder / FILES / "notes.json").read_text())
    assert [one["claim"] for one in notes["unused"]] == ["d"]
    assert notes["open"] == [["new", "OS"], ["new", "PFS"], ["old", "OS"], ["old", "PFS"]]
    # Without its one number an endpoint is not there, so that of PFS cannot be left out.
    assert {one["claim"] for one in notes["left_out"]} == {"m1", "m2", "s2"}
    assert words.left_out(written).startswith("Of 5 numbers on times 3 could be left out; ")
    assert notes["title"] == "A trial (2020)"
    assert {one["draws"] for one in notes["left_out"]} <= set(range(1, held_out.DRAWS + 1))
    assert f"of {held_out.DRAWS} cohorts drawn without the number" in words.left_out(written)


def test_follow_up_that_is_printed_of_one_endpoint_is_missed_at_another_alone(written):
    notes = {**written.notes, "open": [["new", "PFS"]]}
    said = [words.tail(replace(written, notes=notes), curve) for curve in numbers.curves(written)]
    assert [text.count("No follow-up of its own is printed") for text in said] == [0, 1]


def test_each_printed_number_is_met_or_said_not_to_be(written):
    table = written.printed.set_index("claim")
    assert (table.loc[["n1", "n2", "m1", "m2", "s2", "c1", "e1", "e2"], "met"] == 1).all()
    assert table.loc["hr", "standing"] == "met by each cohort"
    shown = words.printed_table(written).set_index("What")
    assert shown.loc["OS: hazard ratio, new vs old", "Printed"] == "1.6"
    assert shown.loc["PFS: median, old", "Printed"] == "30 weeks"
    assert shown.loc["OS: median, old", "All cohorts"] == "not reached"


def test_curves_have_a_band_for_each_arm(written):
    os, pfs = numbers.curves(written)
    assert (os.code, pfs.code, os.arms) == ("OS", "PFS", ("new", "old"))
    for arm in os.arms:
        band = os.bands[arm]
        assert (band["lower"] <= band["upper"]).all()
        # The cohort that is drawn is one of those in the band of all six.
        first = os.curve[os.curve["arm"] == arm]
        assert first["survival"].is_monotonic_decreasing
    assert os.sizes["new"][0] == 40
    assert pictures.curves(os).axes[0].get_ylabel() == "Overall survival (%)"
    assert "this is a guess" in words.tail(written, os)


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="a folder that `blina reconstruct` wrote"):
        numbers.read(tmp_path)


def test_pages_are_about_this_paper_and_no_other(folder):
    assert render(folder, "A trial (2020)", 2) == 0
    index = (folder / "index.html").read_text()
    assert "A trial (2020)" in index
    pages = sorted((folder / "default").glob("*/index.html"))
    assert [page.parent.name for page in pages] == [
        "01_survival",
        "02_printed_numbers",
        "03_files_and_method",
    ]
    for page in [folder / "index.html", *pages]:
        visible = re.sub(
            r"<(script|style)\b.*?</\1>|<svg.*?</svg>|<[^>]*>|data:[^\"]*", " ", page.read_text(), flags=re.S
        )
        found = OURS.search(visible)
        assert found is None, (page.parent.name, visible[max(0, found.start() - 80) : found.end() + 40])
        assert "KeyError" not in visible
        # Whose folder it is says nothing to a reader.
        assert "written = files" not in visible


@LOOKS
def test_axe_finds_nothing_to_complain_about_on_pages_of_another_paper(browser, folder, scheme, width):
    assert render(folder, "A trial (2020)", 2) == 0
    pages = [folder / "index.html", *sorted((folder / "default").glob("*/index.html"))]
    assert len(pages) == 4
    found = {str(page): browser.complaints(page, scheme, width) for page in pages}
    assert [page for page, wrong in found.items() if wrong] == [], found
