"""A picture in fewer bytes is the same picture, read again with the SVG parser of fontTools."""

import html
import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path

from blina.figures import style
from nbreports.html.svg import compact, relative

HOSTILE = 'an arm <path d="1 2"/> x="3.14159" translate(2.71828 0)'


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    """A picture with lines, marks, curves and a hostile label: as matplotlib wrote it, and compact."""
    figure, axes = style.new_figure()
    days = np.linspace(0, 42, 300)
    axes.plot(days, np.exp(-days / 17), label=HOSTILE)
    axes.scatter(days[::20], np.sin(days[::20]), marker="o")
    axes.fill_between(days, 0, np.cos(days), alpha=0.3)
    axes.annotate("x", (1, 1), (20, 1), arrowprops={"arrowstyle": "->", "connectionstyle": "arc3,rad=.3"})
    style.label_axes(axes, "Months", "Survival (%)", "Überleben")
    axes.legend()
    buffer = io.StringIO()
    axes.text(3, 0.2, "turned\ntwice", rotation=30)
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue(), compact(buffer.getvalue())


def points(path: str) -> list[tuple[str, np.ndarray]]:
    pen = RecordingPen()
    parse_path(path, pen)
    return [(name, np.array(arguments, dtype=float)) for name, arguments in pen.value]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("M 0 208.8 \nL 576 208.8 \nL 576 0 \nz\n", "m0 208.8 576 0 0-208.8z"),
        ("M 1.006 -0.5 \nQ 2 3 4 5 \nQ 4.25 5.5 4 6 \n", "m1.01-.5q.99 3.5 2.99 5.5 .25 .5 0 1"),
        ("M 0 0 \nC 1 1 2 2 3 3 \nz\nM 5 5 \nL 6 6 \nL 5 5", "m0 0c1 1 2 2 3 3zm5 5 1 1-1-1"),
        ("M 0 0 \nA 1 1 0 0 0 2 2", "M 0 0 \nA 1 1 0 0 0 2 2"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_path_by_hand(path, expected):
    assert relative(path) == expected


def test_every_path_leads_through_the_same_points(pair):
    before, after = ([e.get("d") for e in ET.fromstring(svg).iter() if e.get("d")] for svg in pair)
    assert len(before) == len(after) > 10
    for one, other in zip(before, after, strict=True):
        assert len(other) <= len(one)
        for (name, there), (same, here) in zip(points(one), points(other), strict=True):
            assert name == same
            assert here == pytest.approx(there, abs=0.00501)


def test_every_mark_and_letter_stands_where_it_stood(pair):
    before, after = elements(pair)
    assert [e.tag for e in before] == [e.tag for e in after]
    assert [e.text for e in before if e.tag.endswith("text")] == [
        e.text for e in after if e.tag.endswith("text")
    ]
    moved = [
        e for e in zip(before, after, strict=True) if place(e[0]) != pytest.approx(place(e[1]), abs=0.00501)
    ]
    assert moved == []
    assert sum(place(e) != (0, 0) for e in after) > 40


def elements(pair: tuple[str, str]) -> list[list[ET.Element]]:
    """Return the elements of both, without the rule on joins, which the compact one has at its root."""
    both = [list(ET.fromstring(svg).iter()) for svg in pair]
    style = [e for e in both[0] if e.tag.endswith("style")]
    holder = [e for e in both[0] if style[0] in list(e)]
    return [[e for e in both[0] if e not in style + holder], both[1]]


def place(element: ET.Element) -> tuple[float, float]:
    """Where x, y and the translation put an element together."""
    found = re.match(r"translate\((\S+) (\S+)\)", element.get("transform", ""))
    x, y = (float(number) for number in found.groups()) if found else (0.0, 0.0)
    return x + float(element.get("x", 0)), y + float(element.get("y", 0))


def test_what_is_not_a_place_is_kept(pair):
    before, after = elements(pair)
    assert after[0].get("font-family").startswith("DejaVu Sans,")
    for one, other in zip(before[1:], after[1:], strict=True):
        common = re.compile(r"font-family:'DejaVuSans';?|text-anchor:start;?|;$")
        said, meant = (common.sub("", e.get("style", "").replace(" ", "")) for e in (other, one))
        assert said.rstrip(";") == meant.rstrip(";")
        assert turn(other) == pytest.approx(turn(one), abs=0.00501)
        assert set(other.keys()) <= set(one.keys())
    used = re.findall(r'(?:href="|url\()#([^")]+)', pair[1])
    assert set(used) <= set(re.findall(r' id="([^"]+)"', pair[1]))


def turn(element: ET.Element) -> list[float]:
    """Return angle and centre of a rotation; nothing for none, and for one by 0."""
    found = re.search(r"rotate\(([^)]*)\)", element.get("transform", ""))
    numbers = [float(number) for number in found[1].split()] if found else [0.0]
    return numbers if numbers[0] else []


def test_words_are_kept_and_bytes_are_not(pair):
    before, after = pair
    assert html.escape(HOSTILE, quote=False) in after
    assert len(after) < 0.65 * len(before)
    assert after.count("\n") < 0.2 * before.count("\n")
