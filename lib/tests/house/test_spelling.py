"""Nowhere a second spelling of numbers: not on a page, not in a picture, not in another room than `formats`.

The pages are read in the stored notebooks, which nbval holds equal to what is rendered.
"""

import ast
import html
import json
import re

import pytest

from blina_base import project

NUMBER = r"\d[\d.,]*"
SECOND = {
    "a space before the percent sign": re.compile(rf"{NUMBER}[ \u00a0\u202f]%"),
    "a range in words": re.compile(
        rf"(?<![-\w.])(?:{NUMBER}%?|not reached) to {NUMBER}%?(?= ?[|.,;)]|$| months)"
    ),
    "P with a zero, or without its sign": re.compile(r"\bP (?:\*\*)?[<>]?[\d.]|\bP [=<>] 0"),
    "an infinity or nothing as a program prints it": re.compile(r"\b(?:inf|nan)\b"),
}
ROOMS = ("endpoint", "figures", "reports", "scorecard")


def said(notebook):
    """Yield every text of a notebook that a reader sees, in pictures too; not the numbers shown as data."""
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            yield "".join(cell["source"])
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            yield "".join(data.get("text/markdown", ""))
            shown = data.get("application/vnd.blina+json", {})
            yield from (shown.get("alt", ""), shown.get("caption", ""))
            svg = "".join(data.get("image/svg+xml", ""))
            yield from (
                html.unescape(text) for text in re.findall(r"<text[^>]*>(.*?)</text>", svg, re.DOTALL)
            )
            table = re.sub(r"<details>.*?</details>", "", "".join(data.get("text/html", "")), flags=re.DOTALL)
            yield html.unescape(re.sub(r"<[^>]+>", "|", table))


@pytest.mark.parametrize(
    "text",
    ["50 % of them", "50\u00a0%", "8.5 to 21.9 months", "13.0 (8.5 to 21.9)", "P 0.009", "P = 0.009", "nan"],
)
def test_a_second_spelling_is_seen(text):
    assert any(second.search(text) for second in SECOND.values())


@pytest.mark.parametrize(
    "text", ["50% of them", "8.5–21.9 months", "P = .009", "P < .0001", "day 1 to day 29"]
)
def test_the_one_spelling_is_left_alone(text):
    assert not any(second.search(text) for second in SECOND.values())


@pytest.mark.parametrize("notebook", sorted(project.notebooks().glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_page_spells_a_number_another_way(notebook):
    found = {
        name: match.group()
        for text in said(notebook)
        for name, second in SECOND.items()
        if (match := second.search(text))
    }
    assert found == {}


def test_no_other_room_formats_a_number_for_reading():
    elsewhere = [
        f"{path.relative_to(project.root())}:{node.lineno}"
        for room in ROOMS
        for path in sorted((project.root() / "lib" / "blina" / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.search(r"^[,#+]?\.\d+[fge%]$|\{[^{}]*:[,#+]?\.\d+[fge%]\}", node.value)
    ]
    assert elsewhere == []


BRITISH = re.compile(
    r"\b(?:gr[e]y|colour|leukaemi|haemat|tumour|randomis|licence|digitis|favour|programme[sd]?\b|centre\b)\w*",
    re.IGNORECASE,
)
"""One spelling, that of the sources: US. Identifiers and quotes of sources keep theirs."""


def read_by_readers():
    """The texts that a reader meets: words of the reports, notebooks, guides."""
    lib = project.root() / "lib" / "blina"
    yield from sorted((project.root() / "notebooks" / "source").glob("*.py"))
    yield from (project.root() / name for name in ("README.md", "CONTRIBUTING.md"))
    yield from (lib / "endpoint" / "words.py", lib / "scorecard" / "words.py")
    yield from sorted(lib.glob("reports/*/words.py"))


def test_texts_for_readers_have_one_spelling():
    found = {
        f"{path.name}:{number}": match.group()
        for path in read_by_readers()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if (match := BRITISH.search(line))
    }
    assert found == {}
