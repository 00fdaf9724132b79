"""A picture within a page: its words are the page's, and its colours follow light and dark."""

from __future__ import annotations

import re
from collections.abc import Iterable

_COLOUR = re.compile(r"(?<=[:\"])#[0-9a-f]{6}")
_STYLED = re.compile(r"""(?:style|fill|stroke)="[^"]*\"""")
_TITLE = re.compile(r"\n?<title>[^<]*</title>")


def inlined(svg: str) -> str:
    """Return a picture as part of a page: colours by name, no title that would follow the pointer about."""
    body = _TITLE.sub("", svg, count=1)
    return _STYLED.sub(lambda s: _COLOUR.sub(lambda c: f"var(--f{c[0][1:]})", s[0]), body)


def colours(pages: Iterable[str]) -> str:
    """Return the style that gives every colour named in some HTML its value in light and in dark."""
    named = sorted({name for page in pages for name in re.findall(r"var\(--f([0-9a-f]{6})\)", page)})
    values = "".join(f" --f{name}: light-dark(#{name}, {in_the_dark(name)});" for name in named)
    return f":root {{{values} }}\n" if values else ""


def in_the_dark(name: str) -> str:
    """Return the colour `rrggbb` for a dark ground: the same hue, light for dark and dark for light.

    White is the page's own card. Lightness is that of OKLab (Ottosson 2020); the middle ends above the
    middle, so that a colour that is read on white is read on the dark ground as well.
    """
    if name == "ffffff":
        return "#1d232a"
    light, a, b = _oklab(tuple(int(name[i : i + 2], 16) / 255 for i in (0, 2, 4)))
    turned = 0.93 - 0.076 * light - 0.604 * light * light
    for strength in (1.0, 0.9, 0.8, 0.6, 0.4, 0.2, 0.0):
        found = _rgb(turned, strength * a, strength * b)
        if all(-1e-6 <= part <= 1 + 1e-6 for part in found):
            break
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, part))):02x}" for part in found)


def _oklab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def _rgb(light: float, a: float, b: float) -> tuple[float, ...]:
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return tuple(12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in linear)
