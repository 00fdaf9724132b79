"""Every report at the extremes of every parameter: each rendering ends well, and its page makes sense."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from blina.collection import COLLECTION
from blina_base import project
from extremes import NO_NUMBER, refuted, renderings
from nbreports.plan import plan
from nbreports.plan.plan import Rendering
from nbreports.run import run
from nbreports.run.job import Kind
from nbreports.run.publish import Output

pytestmark = pytest.mark.slow

NOTEBOOKS = sorted(project.notebooks().glob("*.ipynb"))
NO_COHORT = "No cohort that meets every printed number was found under the assumptions chosen here"
MIME = "application/vnd.blina+json"


class Extreme:
    """One rendering of the plan: what was asked, how it ended, and what it left in its folder."""

    def __init__(self, outcome, output: Path) -> None:
        self.rendering: Rendering = outcome.rendering
        self.result = outcome.result
        self.folder = output / outcome.rendering.key

    @functools.cached_property
    def page(self) -> BeautifulSoup:
        """The page without what a reader does not see."""
        page = BeautifulSoup((self.folder / "index.html").read_text(encoding="utf-8"), "html.parser")
        for unseen in page.select("script, style, .code"):
            unseen.decompose()
        return page

    @functools.cached_property
    def outputs(self) -> list[dict]:
        executed = json.loads((self.folder / "notebook.ipynb").read_text(encoding="utf-8"))
        return [output for cell in executed["cells"] for output in cell.get("outputs", ())]

    def letters(self, figure: str) -> list[str]:
        """Return the texts of a picture."""
        drawn = (self.folder / "figures" / f"{figure}.svg").read_text(encoding="utf-8")
        return re.findall(r"<text[^>]*>(.*?)</text>", drawn, re.DOTALL)

    def figures(self) -> list[dict]:
        told = [output["data"][MIME] for output in self.outputs if MIME in output.get("data", {})]
        return [item for item in told if item["show"] == "figure"]


@pytest.fixture(scope="module")
def done(tmp_path_factory) -> list[Extreme]:
    """The whole plan in one run, by the renderer that the command uses."""
    output = tmp_path_factory.mktemp("extremes")
    request = plan.Request(COLLECTION, project.notebooks(), project.root() / "reports" / "profiles")
    pages, options = plan.profile_pages(request), run.Options(jobs=2)
    found = run.render_all(COLLECTION, renderings(), pages, Output(output), options, run.Listener())
    return [Extreme(outcome, output) for outcome in found]


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request) -> Path:
    return request.param


@pytest.fixture
def ended(done, notebook) -> list[Extreme]:
    return [extreme for extreme in done if extreme.rendering.notebook == notebook]


@pytest.fixture
def shown(ended) -> list[Extreme]:
    return [extreme for extreme in ended if extreme.result.kind is Kind.DONE]


def without_cohorts(extreme) -> bool:
    """Say whether a rendering has no page: the cohorts are all that the page on them is about."""
    rendering = extreme.rendering
    return rendering.notebook.stem == "09_reconstruction" and refuted(rendering.parameters)


def test_every_rendering_ends_well(ended):
    assert ended
    bad = [
        (x.rendering.key, str(x.result.kind), x.result.detail)
        for x in ended
        if x.result.kind is not (Kind.DATA_REFUSED if without_cohorts(x) else Kind.DONE)
    ]
    assert bad == []
    assert all("contradict one another under" in x.result.detail for x in ended if without_cohorts(x))


def test_no_cell_complains(shown):
    for extreme in shown:
        assert "Traceback" not in extreme.page.text, extreme.rendering.key
        wrong = [o for o in extreme.outputs if o["output_type"] == "error" or o.get("name") == "stderr"]
        assert wrong == [], extreme.rendering.key


def test_nothing_is_shown_that_is_no_number(shown):
    for extreme in shown:
        texts = [*extreme.page.find_all(string=True), *(i["alt"] for i in extreme.page.find_all("img"))]
        texts += [text for figure in extreme.figures() for text in extreme.letters(figure["name"])]
        assert [text for text in texts if NO_NUMBER.search(text)] == [], extreme.rendering.key


def test_every_picture_says_what_it_shows(shown):
    for extreme in shown:
        assert extreme.figures()
        alts = [image.get("alt", "") for image in extreme.page.find_all("img")]
        assert [alt for alt in alts if len(alt.split()) < 5] == [], extreme.rendering.key


def test_no_table_is_empty(shown):
    for extreme in shown:
        tables = extreme.page.find_all("table")
        assert [t.text[:80] for t in tables if not t.select("tbody td")] == [], extreme.rendering.key


def test_page_and_pictures_say_what_their_data_are(shown):
    for extreme in shown:
        assert extreme.page.select_one("main .chip").text in COLLECTION.kinds.values()
        for figure in extreme.figures():
            unstamped = figure["kind"] == "published"
            stamped = COLLECTION.kinds[figure["kind"]] in extreme.letters(figure["name"])
            assert unstamped or stamped, extreme.rendering.key


def test_cohorts_are_missing_only_where_the_claims_refute_the_reading(shown):
    """Then the page says so in words."""
    for extreme in shown:
        values = extreme.rendering.parameters
        excluded = values.get("draws", 0) > 0 and refuted(values)
        assert (NO_COHORT in extreme.page.main.text) is excluded, extreme.rendering.key
