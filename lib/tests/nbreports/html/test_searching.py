"""What can be found of a page: its words by heading, not its code and not its pictures."""

from nbreports.html.searching import index_of, sections

PAGE = (
    '<h2 id="answer">Answer</h2><p>Median <b>13.0</b> months &amp; more</p>'
    '<div class="code"><div class="hl"><pre>secret = 1</pre></div>\n</div>'
    '<h2 id="result">Result<a class="anchor" href="#result" aria-label="Link to: Result"></a></h2>'
    "<figure><svg><text>drawn</text></svg><figcaption>Kaplan-Meier curve</figcaption></figure>"
    "<table><tr><td>conf_type</td><td>36</td></tr></table>"
)


def test_words_stand_below_their_heading():
    assert sections(PAGE) == [
        ("answer", "Answer", "13.0 answer median months more"),
        ("result", "Result", "conf_type curve kaplan-meier result"),
    ]


def test_of_each_report_the_page_nearest_its_defaults_is_searched():
    def entry(profile, **differs):
        key = f"{profile}/01_a{''.join(differs)}"
        return {
            "report": "01_a",
            "profile": profile,
            "key": key,
            "differs": differs,
            "words": [["", "", "x"]],
        }

    found = index_of([entry("quick"), entry("default", n=1), entry("default")])
    assert [page["key"] for page in found] == ["default/01_a"]
    assert index_of([entry("default") | {"words": []}]) == []
