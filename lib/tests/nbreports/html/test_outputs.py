"""What a cell shows that does not use the collection's own calls, and text that must stay text."""

from pathlib import Path

import nbformat
import pytest

from nbreports.collection import Collection
from nbreports.html.outputs import CellWriter, plain_value
from nbreports.html.page import anchored_once
from nbreports.run.job import Job

SVG = '<svg width="72pt" height="36pt" viewBox="0 0 72 36"></svg>'


@pytest.fixture
def writer():
    job = Job("none:NONE", "07_sample", "", links={"03_other": "../03_other/index.html"})
    return CellWriter(job, Collection("none:NONE", Path()), "")


def data(**bundle):
    named = {key.replace("_", "/"): value for key, value in bundle.items()}
    return nbformat.v4.new_output("display_data", named)


@pytest.mark.parametrize(
    ("output", "shown"),
    [
        (nbformat.v4.new_output("stream", text="<b>done"), '<pre class="text">&lt;b&gt;done</pre>'),
        (nbformat.v4.new_output("stream", text="  \n"), ""),
        (nbformat.v4.new_output("error", traceback=["\x1b[31mNo\x1b[0m: <i>"]), "&lt;i&gt;"),
        (data(text_markdown="**yes** <script>"), "<strong>yes</strong> &lt;script&gt;</p>"),
        (data(text_html="<table></table>"), 'data-label="Output"><table></table></div>'),
        (data(text_plain="<Figure>"), '<pre class="text">&lt;Figure&gt;</pre>'),
    ],
)
def test_an_output_is_shown_as_what_it_is(writer, output, shown):
    html = writer.output(output)
    assert shown in html
    assert "<script>" not in html


def test_a_picture_of_the_user_s_own_has_its_size_and_says_that_nobody_described_it(writer):
    picture = nbformat.v4.new_output("display_data", {"image/svg+xml": SVG})
    # 72 points are an inch, and an inch 96 pixels.
    assert '<img alt="Picture without a description" width="96" height="48"' in writer.output(picture)


def test_links_to_notebooks_lead_to_their_pages(writer):
    html = writer.words("## A & B\n\n[other](03_other.ipynb), [gone](99_gone.ipynb)")
    assert 'href="../03_other/index.html"' in html
    assert 'href="../../index.html"' in html
    assert '<h2 id="a-b">' in html


def test_a_report_without_parameters_says_so(writer):
    assert "This report has no parameters." in writer.parameters("")


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "yes"), (False, "no"), (2.5, "2.5"), ("/a/b/mine", "mine")]
)
def test_a_value_is_shown_without_the_folders_it_lies_in(value, shown):
    assert plain_value(value) == shown


def test_a_number_that_stands_twice_has_its_anchor_once():
    twice = '<b id="claim-a">1</b><i id="claim-b">2</i><b id="claim-a">1</b>'
    assert anchored_once(twice) == '<b id="claim-a">1</b><i id="claim-b">2</i><b>1</b>'
