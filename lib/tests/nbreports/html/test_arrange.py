"""The order of a page is that of a reader; that of the notebook is the one in which its cells run."""

from pathlib import Path

import nbformat
import pytest

from nbreports.collection import Apart, Collection
from nbreports.html.arrange import arranged
from nbreports.html.outputs import CellWriter
from nbreports.page import MIME
from nbreports.run.job import Job

CLOSING = ("How sure", "What is published", "Parameters", "How it was made")
SVG = '<svg width="72pt" height="36pt" viewBox="0 0 72 36"></svg>'


def words(source):
    return nbformat.v4.new_markdown_cell(source)


def shows(told, **bundle):
    data = {key.replace("_", "/"): value for key, value in bundle.items()} | {MIME: told}
    return nbformat.v4.new_code_cell("show()", outputs=[nbformat.v4.new_output("display_data", data)])


def figure(name, **more):
    told = {"show": "figure", "name": name, "alt": f"Picture {name}", "caption": name, "kind": ""}
    cell = shows(told | more)
    cell.outputs[0].data["image/svg+xml"] = SVG
    return cell


def table(name):
    told = {"show": "table", "name": name, "caption": name, "kind": "", "csv": ""}
    return shows(told, text_html=f"<table><caption>{name}</caption></table>")


def answer():
    return shows({"show": "answer", "text": "It is *seven*.", "numbers": [["7", "cells"]]})


def page(*cells, kind=""):
    job = Job("none:NONE", "03_sample", "")
    kinds = {"": "", "yours": "your data"}
    writer = CellWriter(
        job, Collection("none:NONE", Path(), kinds=kinds, apart={"yours": Apart("Your data")}), kind
    )
    return arranged(nbformat.v4.new_notebook(cells=[words("# Title\n\nWhy?"), *cells]), writer, CLOSING)


def in_order(html, *parts):
    places = [html.index(part) for part in parts]
    assert places == sorted(places), parts


@pytest.fixture
def whole():
    return page(
        words("## What is published\n\nMuch."), words("## Parameters\n\nFew."), words("## Answer"), answer(),
        words("## Result\n\n### The curve"), figure("early"), table("numbers"), words("### The main thing"),
        figure("late", main=True), words("See [figure](#figure-early), [figure](#figure-late)."),
        words("## How it was made\n\nBy hand."), words("## How sure\n\nVery."),
    )  # fmt: skip


def test_answer_and_main_picture_stand_first_and_closing_sections_last(whole):
    in_order(whole.first, '<h2 id="answer">', "<strong>7</strong> cells", "<em>seven</em>", "figure-late")
    in_order(whole.body, "Result", "figure-early", "How sure", "What is published", "Parameters")
    assert "By hand." in whole.last
    assert "<h2" not in whole.last


def test_numbers_follow_the_order_of_the_page_and_references_follow_the_numbers(whole):
    assert "Figure 03.1." in whole.first
    in_order(whole.body, "Figure 03.2.", "Table 03.1.")
    assert '<a href="#figure-early">Figure 03.2</a>, <a href="#figure-late">Figure 03.1</a>' in whole.body


def test_without_a_mark_the_first_picture_is_the_main_one_and_its_heading_goes_if_nothing_is_left_below_it():
    whole = page(words("## Result\n\n### The curve"), figure("only"), words("### More"), table("numbers"))
    assert "figure-only" in whole.first
    assert "The curve" not in whole.body
    assert "More" in whole.body


def test_what_the_answer_s_section_holds_beside_it_follows_the_picture():
    whole = page(words("## Result\n\nLater."), figure("f"), words("## Answer"), answer(), words("And so."))
    in_order(whole.body, "And so.", "Later.")
    assert whole.body.count("<h2") == 1


def test_no_heading_stands_above_nothing_but_the_numbers_of_the_page():
    numbers = shows({"show": "results", "rows": []}, text_html="<details>all of them</details>")
    body = page(words("## Result\n\n### A\n\nText."), words("### Beside"), numbers).body
    assert "all of them" in body
    assert "Beside" not in body


def test_what_is_said_of_the_collection_s_own_data_is_left_out_of_other_pages():
    own = words("Ten survivors.")
    own.metadata["tags"] = ["own"]
    cells = [words("## How sure"), own, words("## Parameters\n\nFew.")]
    assert "Ten survivors" in page(*cells).body
    others = page(*cells, kind="yours").body
    assert "Few" in others
    # Nor does a heading stand above nothing.
    assert "Ten survivors" not in others
    assert "How sure" not in others
