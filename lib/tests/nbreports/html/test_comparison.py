"""Renderings side by side: the numbers that move, and only those."""

import json
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from blina_base.errors import InputError
from chromium import LOOKS
from nbreports.collection import Collection
from nbreports.html import comparison
from nbreports.run.compare import lines


def row(statistic, value, population="all"):
    return {"analysis": "growth", "population": population, "statistic": statistic, "value": value}


def entry(key, **parameters):
    differs = {name: value for name, value in parameters.items() if value != {"days": 7}.get(name)}
    return {
        "key": f"default/{key}", "profile": "default", "report": "01_growth", "outcome": "done",
        "parameters": {"days": 7, "kind": "bean"} | parameters, "differs": differs,
    }  # fmt: skip


SWEPT = [entry("01_growth--days=14", days=14), entry("01_growth", days=7)]
RESULTS = {
    "default/01_growth": [row("mean_height", 14.0), row("n", 3), row("height", 5.0, "tall")],
    "default/01_growth--days=14": [row("mean_height", 28.0), row("n", 3), row("height", 5.0 + 1e-12, "tall")],
}


def test_a_sweep_is_one_table_with_the_default_first_and_what_moved_in_bold():
    page = comparison.page(SWEPT, RESULTS, Collection("none:NONE", Path()))
    soup = BeautifulSoup(page, "html.parser")
    cells = [[c.get_text(strip=True) for c in r.find_all(["th", "td"])] for r in soup.find_all("tr")]
    assert cells == [["Page", "days", "growth, mean height"], ["default", "7", "14"], ["page 2", "14", "28"]]
    assert [strong.text for strong in soup.find_all("strong")] == ["28"]
    assert "2 numbers are the same in all of them" in soup.text
    assert soup.find("a", href="default/01_growth--days=14/index.html")


@LOOKS
def test_axe_finds_nothing_to_complain_about_in_a_comparison(browser, tmp_path, scheme, width):
    page = tmp_path / "comparison.html"
    page.write_text(comparison.page(SWEPT, RESULTS, Collection("none:NONE", Path())))
    assert browser.complaints(page, scheme, width) == []


def test_one_rendering_of_a_report_is_no_sweep_and_a_failed_one_is_none():
    failed = entry("01_growth--days=9", days=9) | {"outcome": "failed"}
    assert comparison.sweeps([SWEPT[1], failed]) == {}


def test_two_pages_are_compared_line_by_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, rows in zip(("a", "b"), RESULTS.values(), strict=True):
        (tmp_path / name).mkdir()
        (tmp_path / name / "results.json").write_text(json.dumps(rows))
    assert lines(Path("a"), Path("b")) == [
        "                           a   b",
        "growth, all, mean_height  14  28",
        "1 number differs, 2 are the same",
    ]
    assert lines(tmp_path / "a", tmp_path / "a") == ["no difference: all 3 numbers are the same"]
    with pytest.raises(InputError, match="expected the folder of a rendered page"):
        lines(tmp_path / "a", tmp_path / "c")
