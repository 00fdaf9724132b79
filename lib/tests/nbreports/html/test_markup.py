"""Tables as HTML: every cell under the heads that are its own."""

import itertools
from xml.etree import ElementTree

import pandas as pd

from nbreports.html.markup import Noted, table_html

NESTED = pd.DataFrame(
    [["CR", "7 (70%)", "2 (18%)"], ["CRh", "2 (20%)", "1 (9%)"], ["<free>", "6 (60%)", "0 (0%)"]],
    columns=pd.MultiIndex.from_tuples(
        [("", "Outcome"), ("Responders", "late\nn=10"), ("Non-responders", "all\nn=11")]
    ),
    index=pd.Index(["Best response", "Best response", "Relapse"], name="section"),
)


def grid(html):
    """Return the text of a table by row and column, each cell at every place that it spans."""
    table, taken = ElementTree.fromstring(html.replace("<br>", "<br/>")), {}
    for y, row in enumerate(table.iter("tr")):
        x = 0
        for cell in row:
            x = next(free for free in itertools.count(x) if (y, free) not in taken)
            spans = itertools.product(range(int(cell.get("rowspan", 1))), range(int(cell.get("colspan", 1))))
            taken |= {(y + down, x + along): " ".join(cell.itertext()) for down, along in spans}
    return [[taken[y, x] for x in range(3)] for y in range(max(y for y, _ in taken) + 1)]


def test_columns_under_others_and_rows_in_groups_fill_the_table():
    assert grid(table_html(NESTED, "Summary")) == [
        ["Outcome", "Responders", "Non-responders"],
        ["Outcome", "late n=10", "all n=11"],
        ["Best response"] * 3,
        *NESTED.to_numpy().tolist()[:2],
        ["Relapse"] * 3,
        NESTED.to_numpy().tolist()[2],
    ]


def test_every_head_says_what_it_is_the_head_of():
    html = table_html(NESTED, "Summary")
    assert html.count('scope="rowgroup" colspan="3"') == html.count("<tbody>") == 2
    assert html.count('scope="colgroup"') == 2
    assert html.count('scope="row"') == 3
    assert "late<br>n=10" in html
    assert "&lt;free&gt;" in html


def test_a_plain_table_has_one_row_of_heads_and_one_body():
    html = table_html(pd.DataFrame({"what": ["a"], "n": [1]}), "")
    assert html == (
        '<table><thead><tr><th scope="col">what</th><th scope="col" class="num">n</th></tr></thead>\n'
        '<tbody>\n<tr><th scope="row">a</th><td class="num">1</td></tr>\n</tbody></table>'
    )


def test_a_number_that_stands_for_something_carries_its_anchor_and_its_card():
    cell = Noted("13.0", "os_median", (("Printed", "13.0 <months>"), ("Quote", "")))
    html = table_html(pd.DataFrame({"what": ["Median"], "here": [cell]}), "")
    assert '<td class="num"><span class="claim" id="claim-os_median" tabindex="0"' in html
    assert "<b>Printed</b> 13.0 &lt;months&gt;</span>" in html
    assert "Quote" not in html
    assert pd.DataFrame({"here": [cell]}).to_csv(index=False) == "here\n13.0\n"


def test_numbers_and_ranges_stand_at_the_right_and_words_at_the_left():
    frame = pd.DataFrame(
        {
            "row": ["a", "b"],
            "ranges": ["8.5–21.9", "–"],
            "percent": ["31% (17–46%)", "<5%"],
            "twice": ["~18 and 18", ""],
            "open": ["0.73–∞", "<.0001–.0094"],
            "mixed": ["13.0", "reconstructed"],
            "nothing": ["", ""],
        }
    )
    head = table_html(frame, "").partition("</thead>")[0]
    right = {name: f'class="num">{name}<' in head for name in frame}
    assert right == {
        "row": False,
        "ranges": True,
        "percent": True,
        "twice": True,
        "open": True,
        "mixed": False,
        "nothing": False,
    }
