"""Each page of the default profile, and the index: loads nothing, says what it is, works for everyone."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from blina.collection import COLLECTION
from blina.facts import read_claims, read_exhibits, read_sources
from blina.scorecard.numbers import describe
from blina_base import project
from chromium import LOOKS, Browser
from nbreports.html.inline import in_the_dark
from nbreports.html.page import assets
from nbreports.plan.plan import declarations

pytestmark = pytest.mark.slow

REPORTS = sorted(path.stem for path in project.notebooks().glob("*.ipynb"))
TEMPLATES = project.root() / "lib" / "nbreports" / "html" / "templates"
HEADINGS = [
    "Answer",
    "Result",
    "What it means, and how sure",
    "What is published",
    "Parameters",
    "How it was made",
]
LIMIT = 150_000
"""Bytes of a page without figures, and without what a figure is drawn from in the browser."""
LIVE_LIMIT = 300_000
"""Bytes of what figures are drawn from in the browser."""
LARGEST = 900_000
"""Bytes of a page."""


@pytest.fixture(scope="session")
def site(request) -> Path:
    """The default profile, rendered as a user does into a folder of the tests; what is fresh there stays."""
    pages = request.config.cache.mkdir("pages")
    take_over(project.root() / "reports", pages)
    command = [sys.executable, "-m", "blina.cli", "render", "--output", str(pages)]
    finished = subprocess.run(command, cwd=project.root(), capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    index = project.root() / finished.stdout.splitlines()[-1]
    assert index.name == "index.html"
    return index.parent


def take_over(made: Path, pages: Path) -> None:
    """Copy what `make reports` has made since the tests last rendered, so that it is not made again."""
    there, here = (folder / "manifest.json" for folder in (made, pages))
    if there.is_file() and not (here.is_file() and here.stat().st_mtime >= there.stat().st_mtime):
        shutil.rmtree(pages)
        shutil.copytree(made, pages, ignore=shutil.ignore_patterns("README.md", "profiles", ".*"))


@pytest.fixture(scope="session", params=REPORTS)
def folder(site, request) -> Path:
    return site / "default" / request.param


@pytest.fixture(scope="session")
def html(folder) -> str:
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def page(html) -> BeautifulSoup:
    """A page as all tests of it read it: one that changes it parses its own."""
    return BeautifulSoup(html, "html.parser")


def loads(page: BeautifulSoup) -> list[str]:
    """Return the addresses that a browser would fetch to show the page."""
    found = [
        tag[name] for name in ("src", "srcset", "data", "poster") for tag in page.find_all(attrs={name: True})
    ]
    found += [tag["href"] for tag in page.find_all(["link", "image", "use"]) if tag.has_attr("href")]
    styles = [tag.text for tag in page.find_all("style")] + [t["style"] for t in page.find_all(style=True)]
    return found + re.findall(r"@import\s*\S+|url\([^)]*\)", " ".join(styles))


def test_a_page_loads_nothing_from_anywhere(page):
    # A hatched area is filled with a pattern of the picture itself.
    assert [a for a in loads(page) if not a.startswith(("data:image/", "url(#"))] == []
    assert page.find_all(["iframe", "object", "embed", "link", "base", "form"]) == []
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_the_only_script_is_our_own(page):
    # What has a type is data, and does not run.
    (script,) = page.find_all("script", type=None)
    live = bool(page.find("script", attrs={"data-figure": True}))
    assert script.text.strip() == assets(live)["script"].strip()
    handlers = [n for tag in page.find_all(True) for n in tag.attrs if n.startswith("on")]
    assert handlers == []


def test_every_picture_says_what_it_shows(page):
    assert page.find_all("img") == []
    for picture in page.select("figure svg"):
        assert picture["role"] == "img"
        assert len(picture["aria-label"].split()) >= 5, picture["aria-label"]


def test_an_id_stands_once(page):
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert [name for name in set(ids) if ids.count(name) > 1] == []


def test_every_table_has_header_cells(page):
    for table in page.find_all("table"):
        assert table.find("th"), table.text[:80]
        assert all(cell.get("scope") or cell.get("id") for cell in table.find_all("th")), table.text[:80]


def test_a_page_holds_no_path_of_this_machine(html):
    for place in {str(project.root()), str(Path.home()), sys.prefix, "site-packages", "/tmp/"}:
        assert place not in html


def test_a_page_holds_no_clock(html):
    assert re.findall(r"\b20\d\d-\d\d-\d\dT|\b\d\d:\d\d:\d\d\b|\bUTC\b", html) == []


def test_the_headings_are_the_same_everywhere_and_in_order(page):
    assert len(page.find_all("h1")) == 1
    assert [heading.text for heading in page.find_all("h2")] == HEADINGS
    assert page.html["lang"] == "en"
    assert page.title.text == page.h1.text


def test_every_link_to_a_file_leads_to_one(page, folder):
    links = [a["href"] for a in page.find_all("a") if not a["href"].startswith(("#", "http"))]
    assert [link for link in links if not (folder / link.partition("#")[0]).is_file()] == []


def test_the_footer_says_what_the_page_was_made_from(page, folder):
    footer = page.footer.text
    manifest = json.loads((folder.parents[1] / "manifest.json").read_text(encoding="utf-8"))
    entry = next(e for e in manifest["renderings"] if e["key"] == f"default/{folder.name}")
    assert COLLECTION.kinds[entry["kind"]] in footer
    assert re.search(r"requirements\.lock\s*sha256 [0-9a-f]{64}", footer)
    assert re.search(r"matplotlib\s*\d+\.\d+", footer)
    declared = [p.name for p in declarations(project.notebooks(), COLLECTION)[folder.name]]
    own = [code.text for code in page.select("main table code")]
    assert [name for name in own if name in declared and name not in footer] == []


def test_a_page_is_small_and_smaller_without_its_figures(html):
    assert len(html.encode("utf-8")) < LARGEST
    data = re.findall(r'<script type="application/json".*?</script>', html, flags=re.DOTALL)
    assert sum(len(part.encode("utf-8")) for part in data) < LIVE_LIMIT
    for figure in [*re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL), *data]:
        html = html.replace(figure, "")
    assert len(html.encode("utf-8")) < LIMIT


def test_code_is_folded_behind_one_button(page):
    assert [button["id"] for button in page.find_all("button")] == ["theme", "code"]
    assert page.body.get("class") is None
    assert ".code { display: none;" in page.style.text


def test_files_beside_the_page_are_there_and_readable(page, folder):
    pictures = {path.stem for path in folder.glob("figures/*.svg")}
    for form in ("png", "pdf"):
        assert pictures == {path.stem for path in folder.glob(f"figures/*.{form}")}
    assert len(page.find_all("figure")) == len(pictures)
    for table in folder.glob("tables/*.csv"):
        assert len(list(csv.reader(table.read_text(encoding="utf-8").splitlines()))) > 1, table.name
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    for row in rows:
        assert set(row) == {"report", "analysis", "population", "statistic", "value", "unit", "claim"}
        assert row["report"] == folder.name


def test_each_table_is_a_word_document_too_as_python_docx_reads_it_back(html, folder):
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    page = BeautifulSoup(html, "html.parser")
    for card in page.select(".card"):
        card.decompose()
    names = {path.stem for path in folder.glob("tables/*.csv")}
    assert {path.stem for path in folder.glob("tables/*.docx")} == names
    for name in names:
        document = docx.Document(folder / "tables" / f"{name}.docx")
        (table,) = document.tables
        # A cell that spans columns is given once for each of them.
        cells = [{id(cell._tc): cell.text for cell in row.cells} for row in table.rows]
        shown = page.find(id=f"table-{name}").find_all("tr")
        assert ["".join(" ".join(row.values()).split()) for row in cells] == [
            "".join(row.get_text(" ").split()) for row in shown
        ], name
        assert page.find(id=f"table-{name}").caption.text.endswith(document.paragraphs[0].text), name


def test_figures_and_tables_say_which_kind_of_data_they_show(page, folder):
    executed = json.loads((folder / "notebook.ipynb").read_text(encoding="utf-8"))
    outputs = [o["data"] for cell in executed["cells"] for o in cell.get("outputs", ()) if "data" in o]
    told = [data["application/vnd.blina+json"] for data in outputs if "application/vnd.blina+json" in data]
    exhibits = [item for item in told if item["show"] in ("figure", "table") and item["kind"] != "published"]
    assert exhibits or page.select_one("main .chip").text == COLLECTION.kinds["published"]
    for item in exhibits:
        if item["show"] == "figure":
            picture = (folder / "figures" / f"{item['name']}.svg").read_text(encoding="utf-8")
            assert f">{COLLECTION.kinds[item['kind']]}</text>" in picture, item["name"]
        elif item["csv"]:
            link = page.find("a", href=f"tables/{item['name']}.csv")
            assert COLLECTION.kinds[item["kind"]] in link.find_parent("p").text, item["name"]


def test_the_index_leads_to_every_page(site):
    index = BeautifulSoup((site / "index.html").read_text(encoding="utf-8"), "html.parser")
    links = {a["href"] for a in index.select("h3 a")}
    assert {f"default/{report}/index.html" for report in REPORTS} <= links
    assert all((site / link).is_file() for link in links)
    assert all((site / image["src"]).is_file() for image in index.find_all("img"))
    assert index.find("input", id="filter")
    card = (site / "default/11_scorecard/tables/scorecard.csv").read_text(encoding="utf-8")
    verdicts = [row["verdict"] for row in csv.DictReader(card.splitlines())]
    assert f"Scorecard: {verdicts.count('reproduced')} printed numbers reproduced" in index.text


# Their own report shows what they follow from; each stands on the scorecard.
ONLY_ON_THE_SCORECARD = {"primary_mrd_response_percent"}


def linked(site: Path) -> set[str]:
    """Return the reports to which the overview links."""
    overview = BeautifulSoup((site / "default/00_overview/index.html").read_text("utf-8"), "html.parser")
    found = [re.fullmatch(r"\.\./([^/]+)/index\.html", a["href"]) for a in overview.main.find_all("a")]
    return {match[1] for match in found if match}


def rows(page: Path) -> set[tuple[str, str]]:
    """Return the first two cells of every row of the page's tables."""
    soup = BeautifulSoup(page.read_text("utf-8"), "html.parser")
    cells = [[c.get_text(" ", strip=True) for c in row.find_all(["th", "td"])] for row in soup.find_all("tr")]
    return {(row[0], row[1]) for row in cells if len(row) > 1}


def test_every_claim_is_one_link_from_the_overview_on_the_scorecard(site):
    assert "11_scorecard" in linked(site)
    shown = rows(site / "default/11_scorecard/index.html")
    missing = [c.id for c in read_claims() if (" ".join(describe(c).split()), c.printed) not in shown]
    assert missing == []


def test_every_printed_number_is_one_link_from_the_overview_on_the_report_of_its_exhibit(site):
    reports, texts = linked(site) | {"00_overview"}, {}
    for report in reports:
        page = BeautifulSoup((site / "default" / report / "index.html").read_text("utf-8"), "html.parser")
        pictures = [path.read_text("utf-8") for path in (site / "default" / report).glob("figures/*.svg")]
        drawn = [text for svg in pictures for text in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL)]
        for unseen in page.select(".code, script"):
            unseen.decompose()
        texts[report] = " ".join([page.main.get_text(" "), *drawn])
    missing = set()
    for claim in read_claims():
        number = rf"(?<![\d.]){re.escape(claim.printed)}(?!\.?\d)"
        if not claim.qualitative and not re.search(number, texts[read_exhibits()[claim.exhibit].notebook]):
            missing.add(claim.id)
    assert missing == ONLY_ON_THE_SCORECARD


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_contrast_formula_on_known_pairs():
    # WCAG 2.2, understanding 1.4.3: black on white is 21:1, #777777 on white just misses with 4.48.
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_enough_contrast(scheme):
    css = (TEMPLATES / "base.css").read_text("utf-8")
    both = re.findall(r"--(\w+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", css)
    colours = {name: pair[scheme] for name, *pair in both}
    text = ["ink", "soft", "accent", "good", "bad", "wait"]
    pairs = [(name, ground) for name in text for ground in ("ground", "card")]
    pairs += [("ink", "chip"), ("soft", "chip"), ("ink", "code")]
    low = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in low.items() if ratio < 4.5} == {}


def test_code_colours_have_enough_contrast():
    css = (TEMPLATES / "report" / "page.css").read_text("utf-8")
    pair = r"light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)"
    (grounds,) = re.findall(rf"--code: {pair}", (TEMPLATES / "base.css").read_text("utf-8"))
    rules = re.findall(rf"\.hl [^{{]*\{{ color: {pair}", css)
    assert rules
    assert min(contrast(colour, grounds[i]) for rule in rules for i, colour in enumerate(rule)) >= 4.5


def test_words_in_pictures_have_enough_contrast(page):
    grounds = ("#ffffff", "#1d232a")
    styles = [text.get("style", "") for text in page.select("figure svg text")]
    found = {name for style in styles for name in re.findall(r"fill:var\(--f([0-9a-f]{6})\)", style)}
    assert {
        n for n in found if contrast(f"#{n}", grounds[0]) < 4.5 or contrast(in_the_dark(n), grounds[1]) < 4.5
    } == set()


def test_a_page_opens_in_a_browser_without_a_request_or_complaint(browser, folder):
    browser.open(folder / "index.html")
    assert browser.quiet(folder), browser.events
    broken = "[...document.images].filter(i => !(i.complete && i.naturalWidth)).length"
    assert browser.evaluate(broken) == 0
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # On a wide window a table fits in its column.
    boxes = "[...document.querySelectorAll('.scroll')].filter(s => s.scrollWidth > s.clientWidth)"
    assert browser.evaluate(f"{boxes}.map(s => s.dataset.label)") == []


@pytest.mark.parametrize(("width", "half"), [(1280, True), (420, False)])
def test_the_answer_stands_in_the_first_window_and_on_a_wide_one_half_of_the_picture(
    browser, folder, width, half
):
    window = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.call("Emulation.setDeviceMetricsOverride", **window)
    browser.open(folder / "index.html")
    # A page remembers that code was shown on another.
    browser.evaluate("localStorage.clear()")
    browser.open(folder / "index.html")
    place = (
        "(s) => { const r = document.querySelector(s).getBoundingClientRect(); return [r.top, r.bottom]; }"
    )
    answer, picture = (
        browser.evaluate(f"({place})({selector!r})") for selector in (".answer", "main figure svg")
    )
    browser.call("Emulation.clearDeviceMetricsOverride")
    assert answer[1] <= 800
    assert not half or sum(picture) / 2 <= 800


LETTERS = """
(() => {
  const svg = [...document.querySelectorAll("main figure svg")].find((s) => s.getBoundingClientRect().width);
  const frame = svg.getBoundingClientRect(), scale = frame.width / svg.viewBox.baseVal.width;
  const words = [...svg.querySelectorAll("text")].filter((t) => t.textContent.trim());
  const boxes = words.map((t) => [t.getBoundingClientRect(), t.textContent.trim()]);
  const outside = boxes.filter(([b]) => b.left < frame.left - 1 || b.right > frame.right + 1);
  const over = boxes.flatMap(([a, one], i) => boxes.slice(i + 1)
    .filter(([b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 0.4 * Math.min(a.height, b.height))
    .map(([, other]) => [one, other]));
  return {
    fits: frame.right <= innerWidth, outside: outside.map(([, text]) => text), over,
    size: Math.min(...words.map((t) => scale * parseFloat(getComputedStyle(t).fontSize))),
  };
})()
"""
"""Of the first picture shown: whether it fits, words outside it, words over others, the smallest letters."""


@pytest.mark.parametrize("width", [1280, 420])
def test_the_words_of_the_main_picture_are_read_at_any_width_without_scrolling(browser, folder, width):
    window = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.call("Emulation.setDeviceMetricsOverride", **window)
    browser.open(folder / "index.html")
    found = browser.evaluate(LETTERS)
    browser.call("Emulation.clearDeviceMetricsOverride")
    assert (found["fits"], found["outside"], found["over"]) == (True, [], [])
    assert found["size"] >= 9


def test_an_answer_has_forty_words_at_most(page):
    said = page.select_one(".answer").find_all("p", recursive=False)
    assert 5 <= len(" ".join(p.text for p in said).split()) <= 40


def test_a_source_is_shown_by_its_name_and_not_by_its_id(html):
    page = BeautifulSoup(html, "html.parser")
    for unseen in page.select(".code, script, code"):
        unseen.decompose()
    shown = page.get_text(" ")
    assert [name for name in read_sources() if re.search(rf"(?<![\w/.-]){name}(?![\w/-])", shown)] == []


def test_the_contents_lead_to_every_heading(page):
    assert [a["href"][1:] for a in page.select(".contents a")] == [
        h["id"] for h in page.main.select("h2, h3")
    ]


@LOOKS
def test_axe_finds_nothing_to_complain_about(browser, folder, scheme, width):
    assert browser.complaints(folder / "index.html", scheme, width) == []


def test_axe_complains_about_a_pale_cell_of_a_table(browser, site, tmp_path):
    # That nothing is found on a page means something: a table has a shadow as its ground.
    text = (site / "default/02_response_table/index.html").read_text("utf-8")
    pale = tmp_path / "index.html"
    pale.write_text(re.sub("<td[^>]*>", '<td style="color: #bbbbbb">', text, count=1), "utf-8")
    assert [name for name, _ in browser.complaints(pale, "light", 1280)] == ["color-contrast"]


def test_the_scorecard_is_one_table_that_is_sorted_and_filtered_by_its_columns(browser, site):
    folder = site / "default" / "11_scorecard"
    browser.open(folder / "index.html")
    card = list(csv.DictReader((folder / "tables" / "scorecard.csv").read_text("utf-8").splitlines()))
    verdicts = [row["verdict"] for row in card]
    rows = "[...document.querySelectorAll('#table-scorecard tbody tr')]"
    head = "[...document.querySelectorAll('#table-scorecard th')].find(h => /^Verdict/.test(h.textContent))"
    for direction, first in (("ascending", min(verdicts)), ("descending", max(verdicts))):
        browser.evaluate(f"{head}.querySelector('.sort').click()")
        assert browser.evaluate(f"{head}.ariaSort") == direction
        assert browser.evaluate(f"{rows}[0].cells[{head}.cellIndex].textContent") == first
    browser.evaluate(
        "s = [...document.querySelectorAll('.find label')].find(l => /^Verdict/.test(l.textContent)).control;"
        "s.value = 'not checkable'; s.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    left = verdicts.count("not checkable")
    assert 0 < left < len(card)
    assert browser.evaluate(f"{rows}.filter(r => !r.hidden).length") == left
    said = browser.evaluate("document.querySelector('.find [role=status]').textContent")
    assert said == f"{left} of {len(card)} rows"


def test_the_switch_between_light_and_dark_is_kept(browser, site):
    browser.open(site / "default" / REPORTS[0] / "index.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = browser.evaluate(ground)
    browser.evaluate("document.getElementById('theme').click()")
    assert browser.evaluate(ground) != light
    browser.open(site / "default" / REPORTS[1] / "index.html")
    assert browser.evaluate(ground) != light
    browser.evaluate("document.getElementById('theme').click(); localStorage.clear()")


def test_the_code_button_works_by_keyboard(browser, site):
    browser.open(site / "default" / REPORTS[0] / "index.html")
    shown = "getComputedStyle(document.querySelector('.code')).display"
    assert browser.evaluate(shown) == "none"
    reached = [_tab(browser) for _ in range(9)]
    assert "code" in reached, reached
    while browser.evaluate("document.activeElement.id") != "code":
        browser.press("Tab")
    browser.press("Enter")
    assert browser.evaluate(shown) == "block"
    assert browser.evaluate("document.getElementById('code').textContent") == "Hide code"


def _tab(browser: Browser) -> object:
    browser.press("Tab")
    return browser.evaluate("document.activeElement.id")


def test_the_index_opens_without_a_complaint_and_filters(browser, site):
    browser.open(site / "index.html")
    assert browser.quiet(site), browser.events
    visible = "[...document.querySelectorAll('.card')].filter(c => c.offsetParent).length"
    everything = browser.evaluate(visible)
    browser.evaluate(
        "b = document.getElementById('filter'); b.value = 'scorecard'; b.dispatchEvent(new Event('input'))"
    )
    assert 0 < browser.evaluate(visible) < everything
    assert "of" in browser.evaluate("document.getElementById('shown').textContent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_colour_schemes_reach_the_page(browser, site, scheme):
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.call("Emulation.setEmulatedMedia", features=[feature])
    browser.open(site / "default" / REPORTS[0] / "index.html")
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", str(ground))[0])
    assert (red > 200) is (scheme == "light")
    browser.call("Emulation.setEmulatedMedia", features=[])
