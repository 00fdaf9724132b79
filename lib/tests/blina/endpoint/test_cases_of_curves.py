"""Curves of arms as people have them: many censored, long names, everyone at time 0."""

import itertools
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.font_manager import findfont, fontManager, get_font
from matplotlib.text import Text
from test_survival_report import endpoint

from blina.endpoint import words as endpoint_words
from blina.endpoint.numbers import censor_ticks, endpoint_report
from blina.endpoint.options import Options
from blina.endpoint.pictures import report_figure
from blina.figures import style
from blina.figures.parts import shortened
from blina.reports.historical_controls import pictures, words
from blina.reports.historical_controls.numbers import (
    beside,
    comparators,
    compare,
    forest,
    one_sample_logrank,
    over_ensemble,
    reference,
)
from nbreports.digits import csv_text
from nbreports.html.picture import give_letters, narrow, to_png, to_svg

LONG = "Pembrolizumab 200 mg intravenously every 3 weeks plus carboplatin and paclitaxel followed by "


def ticked(sizes):
    """A report in which so many patients of each arm are censored, each at a time of its own."""
    days = np.concatenate([np.arange(1, n + 1) for n in sizes.values()])
    arms = np.repeat(list(sizes), list(sizes.values()))
    return endpoint_report(endpoint(days, np.zeros(len(days), dtype=bool), arms), "yours", (), Options())


@pytest.mark.parametrize(
    ("sizes", "drawn"),
    [({"A": 300, "B": 300}, ("A", "B")), ({"A": 300, "B": 301}, ()), ({"A": 5, "B": 900, "C": 400}, ())],
)
def test_there_are_ticks_on_all_curves_or_on_none(sizes, drawn):
    report = ticked(sizes)
    assert report.ticked == drawn
    assert bool(censor_ticks(report.curve)) == bool(drawn)
    axes = report_figure(report, "y").axes[0]
    marks = [line for line in axes.get_lines() if line.get_marker() == "|" and len(line.get_xdata())]
    assert len(marks) == len(drawn)


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("many", [2, 4, 5, 11])
@pytest.mark.parametrize("stem", [LONG, LONG[:50], "Arm ", "培美曲塞联合卡铂化疗后安慰剂维持治疗组"])
def test_many_and_long_names_are_told_apart_and_fit(stem, many):
    names = [f"{stem}{number}" for number in range(many)]
    assert len({shortened(name) for name in names}) == many
    assert max(len(shortened(name)) for name in names) <= 22
    arms = np.array(names * 4)
    days = np.arange(4.0 * many) * 40
    report = endpoint_report(endpoint(days, [True] * len(days), arms), "yours", (), Options())
    figure = style.also_narrow(report_figure)(report, "y")
    figure.canvas.draw()
    width = figure.get_size_inches()[0] * figure.dpi
    texts = [text for legend in figure.legends for text in legend.get_texts()]
    texts += [text for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]
    assert [text.get_text() for text in texts if text.get_window_extent().x1 > width + 1] == []
    shown = " ".join(" ".join(text.get_text().split()) for text in texts)
    assert [name for name in names if name not in shown] == []
    curves, below = figure.axes
    said = [text.get_window_extent() for text in curves.texts]
    assert len(said) == (1 if many == 2 else 0), "how two arms compare"
    assert shown.count(": median ") == (many if many <= 4 else 0), "beside the arm's name"
    # In colour or dashes every two curves differ.
    small = narrow(figure)
    small.canvas.draw()
    inside = small.get_size_inches()[0] * small.dpi + 1
    letters = [text for legend in small.legends for text in legend.get_texts()]
    if stem.isascii():
        assert [one.get_text() for one in letters if one.get_window_extent().x1 > inside] == []
    looks = {(line.get_color(), str(line._unscaled_dash_pattern)) for line in _curves(curves)}
    assert len(looks) == many
    rows = [label.get_window_extent() for label in below.get_yticklabels()]
    assert all(one.y0 >= other.y1 - 2 for one, other in itertools.pairwise(rows)), "rows do not overlap"


def _curves(axes):
    return [line for line in axes.get_lines() if line.get_drawstyle() == "steps-post" and line.get_lw() == 2]


def test_letters_that_the_font_lacks_are_named_or_taken_from_another(recwarn):
    arms = np.array(["安慰剂", "プラセボ", "Größe µ 10⁻⁴ ≥"] * 4)
    report = endpoint_report(endpoint(np.arange(12.0) * 40, [True] * 12, arms), "yours", (), Options())
    figure = report_figure(report, "y")
    left = give_letters(figure)
    installed = {entry.name for entry in fontManager.ttflist}
    families = {name for text in figure.findobj(Text) for name in text.get_fontfamily()}
    assert families <= installed | {"DejaVu Sans"}
    assert not [name for name in families if "resort" in name.lower()]
    # Latin letters and signs are the font's own; of the others each is taken from a font or named.
    assert set(left) <= set("安慰剂プラセボ")
    if families == {"DejaVu Sans"}:
        assert set(left) == set("安慰剂プラセボ")
    assert to_png(figure, 50)
    assert "安慰剂" in to_svg(figure)
    assert [str(one.message) for one in recwarn if "Glyph" in str(one.message)] == []


def test_letters_of_a_font_that_is_there_are_drawn_with_it(monkeypatch):
    """A font with a letter that DejaVu Sans lacks, of those that matplotlib brings: STIX, for instance."""
    own = get_font(findfont("DejaVu Sans")).get_charmap()
    other = {
        e.name: get_font(e.fname).get_charmap() for e in fontManager.ttflist if e.name.startswith("STIX")
    }
    extra = next(chr(c) for chars in other.values() for c in chars if c not in own and chr(c).isprintable())
    figure, axes = style.new_figure()
    text = axes.set_title(f"x {extra}")
    assert give_letters(figure) == ""
    assert len(text.get_fontfamily()) == 2
    assert give_letters(style.new_figure()[0]) == ""


def test_arms_that_do_not_overlap_have_no_ratio_to_print():
    """R: coxph(Surv(1:4, c(1, 1, 1, 1)) ~ c(0, 0, 1, 1)) 'did not converge': exp(coef) 4e-10, se 3e4."""
    arms = np.array(["a", "a", "b", "b"])
    report = endpoint_report(endpoint([30.0, 60, 90, 120], [True] * 4, arms), "yours", (), Options())
    shown = endpoint_words.arms_table(report)
    assert shown.loc[1, ["Hazard ratio", "95% limits", "P"]].tolist() == ["–", "–", "–"]
    assert "HR" not in " ".join(text.get_text() for text in report_figure(report, "y").axes[0].texts)


def test_nobody_followed_for_any_time_is_no_division_by_zero():
    found = one_sample_logrank([0, 0, 0], [1, 1, 1], reference(median=10.0))
    assert (found.observed, found.expected) == (3, 0)
    assert math.isnan(found.ratio)
    assert math.isnan(found.p)
    known = comparators().values()
    at_zero = SimpleNamespace(time_months=np.zeros(3), event=np.ones(3, dtype=bool))
    tests = over_ensemble(compare(at_zero.time_months, at_zero.event, known), None, known)
    said = [words.answer(tests), words.chosen(beside(tests, "gokbuget", at_zero))]
    assert all("obody was followed for any time" in text for text in said)
    assert pictures.ratios(tests) is pictures.beside(beside(tests, "gokbuget", at_zero)) is None
    forest_of = forest(known, (), at_zero.time_months, at_zero.event, "log-log")
    assert to_svg(pictures.medians(words.forest_table(forest_of)))
    text = " ".join([*said, *(part for pair in words.key_numbers(tests, "gokbuget") for part in pair)])
    assert re.search(r"\bnan\b|\binf\b|more than expected|fewer", text) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"axes.facecolor": "red", "lines.marker": "o"},
        {"text.usetex": True, "font.size": 30},
        {"axes.grid": True, "legend.loc": "center", "lines.linewidth": 9, "savefig.bbox": "tight"},
    ],
)
def test_a_users_matplotlibrc_does_not_change_the_pictures(settings):
    import matplotlib

    report = endpoint_report(endpoint(np.arange(4.0) * 40, [True] * 4, None), "yours", (), Options())
    before = to_svg(report_figure(report, "y"))
    with matplotlib.rc_context(settings):
        style.apply()
        assert to_svg(report_figure(report, "y")) == before


def test_a_name_that_is_a_formula_is_text_in_what_is_exported():
    import pandas as pd

    hostile = ['=HYPERLINK("http://x.invalid","A")', "@SUM(1)", "+1+1", "-x", "\t=1", "-2.5", "Drug - A"]
    lines = csv_text(pd.DataFrame({"arm": hostile, "n": range(7)})).splitlines()[1:]
    assert [line.lstrip('"')[0] for line in lines[:5]] == ["'"] * 5
    assert [line.split(",")[0] for line in lines[5:]] == ["-2.5", "Drug - A"]


@pytest.mark.parametrize("name", ["=1+1", " @SUM(1)", "\n=2", "＝1", "-x", "+A"])
def test_a_heading_that_is_a_formula_is_text_too(name):
    """An arm's name heads a column of the summary table."""
    import pandas as pd

    text = csv_text(pd.DataFrame({"What": ["Patients"], name: ["3"]}))
    assert text == csv_text(pd.DataFrame({"What": ["Patients"], f"'{name}": ["3"]}))
