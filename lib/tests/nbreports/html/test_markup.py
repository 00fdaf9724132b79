"""Tables as HTML: every cell under the heads that are its own."""

import itertools
from xml.etree import ElementTree

import pandas as pd

from nbreports.html.markup import table_html

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
