"""Pictures in fewer bytes: what matplotlib writes, without digits and names that nobody can see.

Stored notebooks and pages are pictures for the most part. Letters stay text. Nothing is drawn otherwise:
a place keeps two decimals, a hundredth of 1/72 inch, and a path goes on from where it is instead of naming
each point anew.
"""

from __future__ import annotations

import re

_NUMBER = r"-?\d+(?:\.\d+)?"
# Words of a user stand in comments and titles, where matplotlib writes their angle brackets as entities.
_TAG = re.compile(r"<[a-z][^>]*>")
_PATH = re.compile(r'(?<= d=")[^"]*')
_PLACE = re.compile(rf'(?<= [xy]="){_NUMBER}|(?<=translate\(){_NUMBER} {_NUMBER}')
_TURN = re.compile(rf' transform="rotate\(-?0(?: {_NUMBER}){{2}}\)"')
_TURNED = re.compile(rf"(?<=rotate\()({_NUMBER}) ({_NUMBER}) ({_NUMBER})")
# What all letters have in common is said once, at the root.
_FONT = re.compile(r" ?font-family: 'DejaVu Sans'[^;\"]*;?| ?text-anchor: start;?")
_ROOT = ' font-family="DejaVu Sans, Verdana, sans-serif" stroke-linejoin="round">'
_JOINS = re.compile(r"<defs>\s*<style[^>]*>\*\{[^<]*</style>\s*</defs>")
_GROUP = re.compile(r'(?<=<g) id="[\w.]+_\d+"')
_STYLE = re.compile(r'(?<=style=")[^"]*')
_BETWEEN = re.compile(r">\s*\n\s*<")
_TOKEN = re.compile(rf"[MLQCz]|{_NUMBER}")
_FOREIGN = re.compile(r"[^MLQCz\d\s.-]")
_POINTS = {"M": 1, "L": 1, "Q": 2, "C": 3}

Point = tuple[int, int]


def compact(svg: str) -> str:
    """Return a picture that looks the same, in about half of the bytes.

    `svg` is what matplotlib writes with letters as text. The words in it are kept.
    """
    svg = _JOINS.sub("", svg)
    if "font-family" not in svg.partition(">")[0] and (root := svg.find("<svg")) >= 0:
        end = svg.index(">", root)
        svg = svg[:end] + _ROOT + svg[end + 1 :]
    return _BETWEEN.sub(_joined, _TAG.sub(_shortened, svg))


def _joined(found: re.Match[str]) -> str:
    """Begin a line at a comment, which is a word or a label that is drawn; at no other tag."""
    return ">\n<" if found.string.startswith("!--", found.end()) else "><"


def _shortened(found: re.Match[str]) -> str:
    tag = _GROUP.sub("", found[0])
    tag = _PATH.sub(lambda path: relative(path[0]), tag)
    tag = _PLACE.sub(lambda place: " ".join(_plain(_hundredths(n)) for n in place[0].split()), tag)
    if tag.startswith("<text"):
        tag = _TURNED.sub(
            lambda turn: " ".join(_plain(_hundredths(n)) for n in turn.groups()), _TURN.sub("", tag)
        )
        tag = _FONT.sub("", tag)
    return _STYLE.sub(lambda style: re.sub(r"([:;]) ", r"\1", style[0].strip(" ;")), tag)


def relative(path: str) -> str:
    """Return the data of a path with each point given from where the last step ended.

    Steps are those that matplotlib writes, M, L, Q, C and z; a path with others is returned as it is.
    """
    if _FOREIGN.search(path):
        return path
    written, here, start, last = list[str](), (0, 0), (0, 0), ""
    for command, points in _steps(path):
        if command == "z":
            written.append("z")
            here, last = start, ""
            continue
        steps = [value for x, y in points for value in (x - here[0], y - here[1])]
        written.append(_step("" if command == last else command.lower(), steps))
        here = points[-1]
        start = here if command == "M" else start
        # A point after that of M, without a letter, is a line.
        last = "L" if command == "M" else command
    return "".join(written)


def _steps(path: str) -> list[tuple[str, list[Point]]]:
    """Return the steps of a path: each a letter with its points, in hundredths."""
    found: list[tuple[str, list[Point]]] = []
    command, numbers = "", list[int]()
    for token in _TOKEN.findall(path):
        if token.isalpha():
            command, numbers = token, []
            if token == "z":
                found.append((token, []))
            continue
        numbers.append(_hundredths(token))
        if len(numbers) == 2 * _POINTS[command]:
            found.append((command, list(zip(numbers[::2], numbers[1::2], strict=True))))
            numbers = []
    return found


def _step(letter: str, values: list[int]) -> str:
    """Return a step; between numbers stands a space where neither sign nor letter parts them."""
    words = [_plain(value) for value in values]
    gaps = ["" if letter else " ", *[" "] * (len(words) - 1)]
    return letter + "".join(w if w.startswith("-") else gap + w for gap, w in zip(gaps, words, strict=True))


def _hundredths(number: str) -> int:
    return round(float(number) * 100)


def _plain(hundredths: int) -> str:
    """Return a number of hundredths in the shortest form that SVG reads: `-.5`, `12`, `0`."""
    whole, rest = divmod(abs(hundredths), 100)
    decimals = f".{rest:02d}".rstrip("0") if rest else ""
    return f"{'-' if hundredths < 0 else ''}{whole or '' if decimals else whole}{decimals}"
