"""Members to choose among on a page: their data in few bytes, and what a browser makes of them."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import live_pages
from nbreports.html.live import Interval, Live, Measure, Panel, packed, to_text
from nbreports.page import MIME

SIZE, OTHERS = 60, 25


def test_numbers_are_packed_as_source_maps_pack_them():
    # The signed numbers of a source map are twice as large: its specification's 16 is gB, and AAgBC is
    # 0, 0, 16, 1.
    assert packed([2 * 16]) == "gB"
    assert packed([0, 0, 2 * 16, 2 * 1]) == "AAgBC"
    with pytest.raises(ValueError, match="-1 is below 0"):
        packed([-1])


@pytest.fixture(scope="module")
def frame():
    """One row per member: cells killed after 1 … 4 days, hits, a dose, which some others have not."""
    rng = np.random.default_rng(5)
    size = SIZE + OTHERS
    deaths = np.sort(rng.permuted(np.tile(np.arange(1, 40), (size, 1)), axis=1)[:, :4], axis=1)
    found = pd.DataFrame(deaths, columns=list("abcd")).assign(
        hits=rng.integers(2, 9, size), dose=rng.uniform(1.0, 2.0, size)
    )
    found.loc[SIZE:, "dose"] = [0.2, 3.5, np.nan, np.inf, 1.6] * (OTHERS // 5)
    return found


@pytest.fixture(scope="module")
def live(frame):
    curves = [(row, [0.75, 0.5, 0.25, 0.0]) for row in frame[list("abcd")].to_numpy()]
    return Live(
        noun="plate", groups=[("of one lot", SIZE), ("of another", OTHERS)], level=0.8,
        axis="Weeks", unit=7.0, most=6, at=2,
        panels=[Panel("Cells <alive>", "Alive", curves)],
        measures=[Measure("Hits", frame["hits"], chosen=True)],
        intervals=[Interval("Dose", frame["dose"], 1.0, 2.0, digits=2)],
        words=("Asked", "Closer", "None left.", "Lot"),
    )  # fmt: skip


@pytest.fixture(scope="module")
def page(live, tmp_path_factory):
    return live_pages.written(live, tmp_path_factory.mktemp("live"))


@pytest.fixture
def opened(browser, page):
    browser.open(page)
    # As a new reader sees it: another page may have left the code shown.
    browser.evaluate("localStorage.clear()")
    browser.open(page)
    assert browser.quiet(page.parent), browser.events
    return browser


def alive(frame, week):
    return 100 - 25 * (frame[list("abcd")] <= 7 * week).sum(axis=1)


def spelled(values, suffix=""):
    """Median and band of values, by pandas: of n the 0.1 (n + 1)-th smallest and largest, whole down."""
    order, edge = values.sort_values(), max(1, int(0.1 * (len(values) + 1) + 1e-9)) - 1
    middle, low, high = (int(order.iloc[i]) for i in ((len(order) - 1) // 2, edge, len(order) - 1 - edge))
    return f"{middle}{suffix}" if low == high else f"{middle}{suffix} ({low}–{high}{suffix})"


# Controls in order: the week, alive at least and at most, hits at least and at most, the part, the dose.
WEEK, AT_LEAST, AT_MOST, FEWEST, MOST, PART, DOSE = range(7)


@pytest.mark.parametrize(
    ("positions", "kept"),
    [
        ({}, lambda f: alive(f, 2) >= 0),
        ({WEEK: 3, AT_LEAST: 50}, lambda f: alive(f, 3) >= 50),
        ({WEEK: 1, AT_MOST: 75, FEWEST: 4, MOST: 6}, lambda f: (alive(f, 1) <= 75) & f["hits"].between(4, 6)),
        ({PART: 40, DOSE: True}, lambda f: f["dose"].between(1.3, 1.7)),
    ],
)
@pytest.mark.parametrize("lot", [0, 1])
def test_what_is_left_is_what_pandas_keeps(opened, frame, positions, kept, lot):
    live_pages.choose(opened, lot)
    for place, value in positions.items():
        live_pages.put(opened, place, value)
    # The others are held against the first ones.
    first, chosen = frame[:SIZE], (frame[:SIZE], frame[SIZE:])[lot]
    some, week = chosen[kept(chosen)], positions.get(WEEK, 2)
    assert live_pages.left(opened) == f"{len(some)} of {len(chosen)} plates are left."
    rows = live_pages.table(opened)
    assert rows[f"Alive at {week} weeks"] == [spelled(alive(part, week), "%") for part in (first, some)]
    assert rows["Hits"] == [spelled(part["hits"]) for part in (first, some)]
    drawn = "[...document.querySelectorAll('.live .members path')].map(p => p.getAttribute('d')).join('')"
    assert str(opened.evaluate(drawn)).count("M") == len(some)


def test_nobody_left_is_said_and_everyone_comes_back(opened):
    live_pages.choose(opened, 1)
    live_pages.put(opened, WEEK, 6)
    live_pages.put(opened, AT_LEAST, 100)
    assert live_pages.left(opened) == "None left."
    assert live_pages.table(opened)["Hits"][1] == "–"
    opened.evaluate("document.querySelector('.live button').click()")
    assert live_pages.left(opened) == f"{SIZE} of {SIZE} plates are left."


def test_an_end_pushes_the_other(opened):
    live_pages.put(opened, MOST, 3)
    live_pages.put(opened, FEWEST, 7)
    assert opened.evaluate(f"document.querySelectorAll('.live input')[{MOST}].value") == "7"


def test_keys_alone_are_enough(opened):
    """Tab leads to each control, which has a name and shows where one is; arrows and space work it."""
    named = "(e => (e.labels[0] ?? e).textContent.trim())(document.activeElement)"
    outlined = "getComputedStyle(document.activeElement).outlineStyle"
    opened.evaluate("document.querySelector('h1').tabIndex = -1; document.querySelector('h1').focus()")
    names = []
    for key in ("ArrowDown", "ArrowLeft", *["ArrowRight"] * 4, "ArrowLeft", " "):
        opened.press("Tab")
        names.append(opened.evaluate(named))
        assert opened.evaluate(outlined) == "solid", names
        opened.press(key)
    assert names == [
        "Lot", "Read the curves at 2 weeks", "at least", "at most", "at least", "at most",
        "Middle part of the rounding kept: 50%", "Dose",
    ]  # fmt: skip
    values = opened.evaluate("[...document.querySelectorAll('.live input')].map(i => i.value)")
    assert opened.evaluate("document.querySelector('.live select').value") == "1"
    assert values[:6] == ["1", "1", "100", "3", "8", "40"]
    assert opened.evaluate("document.querySelector('.live input[type=checkbox]').checked")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 420)])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(opened, scheme, width):
    axe = pytest.importorskip("axe_core_python", reason="axe-core is not installed")
    opened.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False
    )
    opened.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    opened.evaluate(Path(axe.__file__).with_name("axe.min.js").read_text("utf-8"))
    found = opened.evaluate("axe.run().then(r => r.violations.map(v => [v.id, v.nodes.map(n => n.html)]))")
    wide = opened.evaluate("document.documentElement.scrollWidth <= innerWidth")
    opened.call("Emulation.setEmulatedMedia", features=[])
    opened.call("Emulation.clearDeviceMetricsOverride")
    assert found == []
    assert wide


def test_without_a_script_the_picture_stays(live, page):
    html = page.read_text("utf-8")
    figure = html[html.index('<figure id="figure-play">') : html.index("</figure>")]
    assert 'aria-label="Curves to choose among"' in figure
    assert "hidden" not in figure
    assert "Cells <alive>" not in html
    (data,) = re.findall(r'<script type="application/json" data-figure="figure-play">(.*?)</script>', html)
    assert data == to_text(live)


def test_the_stored_notebook_holds_the_picture_alone(live):
    bundle, _ = live_pages.shown(live, export=False)
    assert set(bundle) == {"image/svg+xml", "text/plain", MIME}
